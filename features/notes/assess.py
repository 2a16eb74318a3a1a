"""What of a note applies to its visit, what is missing, and what to say to the therapist.

`read` knows the text alone; here come the visit's payer, place and credential.
"""

from collections.abc import Iterable
from typing import Literal

from claims.note import ElementKey, NotBillableReason, Note, NoteFacts, Passage
from claims.record import Record
from features.notes.mentions import TIMED_CODES
from features.notes.phrases import load
from features.notes.signing import kind_of
from features.notes.similarity import CLONE, most_alike

MOST_HINTS = 5
REHAB = ("OT", "PT", "SLP")
TELEHEALTH_PLACES = ("02", "10")
LEAST_PSYCHOTHERAPY = 16
"""Minutes under which no psychotherapy code is due (CPT's midpoint convention)."""
LEAST_FAMILY = 26
"""Minutes under which no family psychotherapy code is due."""
LEAST_UNIT = 8
"""Minutes under which no 15-minute unit is due (Medicare Claims Processing Manual ch. 5 §20.2)."""

_HINTS = load("hints")
_CARRY_HALF: frozenset[str] = frozenset({"home_program", "objective_measure"})
_GROUP_CODES = frozenset({"90853", "90849", "97150", "92508", "97154", "97157", "97158"})
_FAMILY_CODES = frozenset({"90846", "90847", "90849"})


class ElementReview(Record):
    """One element as the review shows it."""

    present: bool
    applies: bool
    evidence: tuple[Passage, ...] = ()
    hint: str | None = None


class NotBillable(Record):
    """Why a note supports no bill."""

    reason: NotBillableReason
    text: str


class Review(Record):
    """A note against what its payer expects of it."""

    elements: dict[ElementKey, ElementReview]
    completeness: float
    """Share of what applies that is there; recommended elements count half."""
    billable: bool
    not_billable_because: NotBillable | None = None
    warnings: tuple[str, ...] = ()
    alike: float = 0.0
    """Greatest likeness to an earlier note of the same client or writer, 0 to 1."""


def assess(
    facts: NoteFacts, note: Note | None = None, earlier: Iterable[tuple[int, ...]] = ()
) -> Review:
    """What applies to this visit, what is missing, and whether the text supports a bill.

    note: what is known about the visit; None for the text alone.
    earlier: signatures of earlier notes of the same client or writer, newest first.
    """
    against = not_billable(facts, note)
    applying = {key: applies(key, facts, note) for key in facts.elements}
    missing = [k for k, fact in facts.elements.items() if applying[k] and not fact.present]
    hints = _hints(missing, facts, note)
    elements = {
        key: ElementReview(
            present=fact.present,
            applies=applying[key],
            evidence=fact.evidence,
            hint=hints.get(key),
        )
        for key, fact in facts.elements.items()
    }
    likeness, _ = most_alike(facts.signature, earlier)
    return Review(
        elements=elements,
        completeness=_completeness(facts, applying),
        billable=against is None,
        not_billable_because=against,
        warnings=tuple(_warnings(facts, likeness)),
        alike=round(likeness, 3),
    )


def applies(key: ElementKey, facts: NoteFacts, note: Note | None = None) -> bool:
    """Whether an element is expected of this visit's note.

    Source: the rubric of documentation elements by discipline (docs/note-reading.md), after
    Medicare Benefit Policy Manual ch. 15 §220.3 and the psychotherapy coverage determinations.
    """
    if facts.not_a_visit in ("no_show", "cancelled"):
        return key in ("plan", "signature")
    discipline = (note.discipline if note else None) or facts.discipline
    rule = _APPLIES.get(key)
    return True if rule is None else rule(facts, note, discipline)


def _timed(facts: NoteFacts, note: Note | None, discipline: str | None) -> bool:
    if discipline in ("MH", None) and not facts.activities:
        return False
    if facts.not_a_visit == "not_a_visit":
        return False
    # An evaluation looks at gait and strength without treating them.
    told = [a for a in facts.activities if a.minutes is not None or not facts.evaluation]
    codes = {*facts.codes_stated, *(a.code for a in told if a.code)}
    if codes & TIMED_CODES or facts.session.timed_minutes:
        return discipline != "SLP" or bool(codes & _SLP_TIMED) or bool(facts.session.timed_minutes)
    if discipline == "ABA":
        return facts.not_a_visit is None or facts.not_a_visit == "not_skilled"
    # Therapy by OT and PT is timed by nature; an evaluation alone is not.
    return discipline in ("OT", "PT") and not facts.evaluation and not facts.group


_SLP_TIMED = frozenset({"97129", "97130", "97110", "97112", "97530", "97535"})


def _participants(facts: NoteFacts, note: Note | None, discipline: str | None) -> bool:
    others = any(p not in ("client", "group") for p in facts.session.participants)
    if others or facts.group or discipline == "ABA":
        return True
    codes = set(facts.codes_stated)
    if codes & (_GROUP_CODES | _FAMILY_CODES) or "client" not in facts.session.participants:
        return True
    child = facts.minor or (note is not None and note.age is not None and note.age < 18)
    return discipline == "MH" and child


def _supervision(facts: NoteFacts, note: Note | None, discipline: str | None) -> bool:
    kind = kind_of(note.credential if note else None)
    if not kind:
        kinds = {kind_of(c) for c in facts.credentials}
        kind = next((k for k in ("trainee", "assistant", "technician") if k in kinds), "")
    return kind in ("trainee", "assistant", "technician")


def _telehealth(facts: NoteFacts, note: Note | None, discipline: str | None) -> bool:
    if facts.session.telehealth:
        return True
    return note is not None and note.place_of_service in TELEHEALTH_PLACES


def _goal(facts: NoteFacts, note: Note | None, discipline: str | None) -> bool:
    first = note is not None and note.visit_number == 1
    return not facts.evaluation and not first


def _mental_status(facts: NoteFacts, note: Note | None, discipline: str | None) -> bool:
    return discipline in ("MH", None) and "client" in facts.session.participants


def _risk(facts: NoteFacts, note: Note | None, discipline: str | None) -> bool:
    return discipline in ("MH", None)


def _plan_of_care(facts: NoteFacts, note: Note | None, discipline: str | None) -> bool:
    return discipline in (*REHAB, "ABA")


def _caregiver_there(facts: NoteFacts) -> bool:
    return any(p not in ("client", "group", "other") for p in facts.session.participants)


def _home_program(facts: NoteFacts, note: Note | None, discipline: str | None) -> bool:
    if discipline == "ABA":
        return (
            "97156" in facts.codes_stated
            or "97156" in facts.session.minutes_by_code
            or (facts.elements["home_program"].present and _caregiver_there(facts))
        )
    return discipline in REHAB


_APPLIES = {
    "timed_minutes": _timed,
    "participants": _participants,
    "supervision": _supervision,
    "telehealth_statement": _telehealth,
    "goal_progress": _goal,
    "mental_status": _mental_status,
    "risk": _risk,
    "plan_of_care": _plan_of_care,
    "home_program": _home_program,
}


def _completeness(facts: NoteFacts, applying: dict[ElementKey, bool]) -> float:
    total = said = 0.0
    for key, fact in facts.elements.items():
        if applying[key]:
            weight = 0.5 if key in _CARRY_HALF else 1.0
            total += weight
            said += weight * fact.present
    return round(said / total, 3) if total else 1.0


def _hints(missing: list[ElementKey], facts: NoteFacts, note: Note | None) -> dict[ElementKey, str]:
    """At most five hints, by what most lowers the risk of a denial with this payer."""
    payer = (note.payer_type if note else None) or "unknown"
    discipline = (note.discipline if note else None) or facts.discipline or "any"

    def weight(key: ElementKey) -> float:
        hint = _HINTS["hints"][key]
        return float(hint.get("by_payer", {}).get(payer, hint["weight"]))

    ranked = sorted(missing, key=lambda k: -weight(k))[:MOST_HINTS]
    return {key: _hint(key, payer, discipline, facts) for key in ranked}


def _hint(key: ElementKey, payer: str, discipline: str, facts: NoteFacts) -> str:
    hint = _HINTS["hints"][key]
    why = hint["why"]
    if key == "session_time" and (facts.evaluation or facts.group):
        why = hint["untimed_why"]
    examples = hint["example"]
    example = examples.get(discipline) or examples.get("any") or next(iter(examples.values()))
    return f'{hint["missing"]}: {why.format(payer=_HINTS["payers"][payer])}; write, for example, "{example}"'  # noqa: E501


Kind = Literal["psychotherapy", "family", "timed", "untimed"]


def not_billable(facts: NoteFacts, note: Note | None = None) -> NotBillable | None:
    """Why the text supports no bill, where it does not; None where it does.

    A missing signature or a vague but untimed service keeps its code: the lack is a hint.
    """
    reason = facts.not_a_visit
    if reason is not None:
        return NotBillable(reason=reason, text=_REASONS[reason])
    minutes = facts.session.minutes
    discipline = (note.discipline if note else None) or facts.discipline
    if discipline == "MH":
        return _psychotherapy(facts, minutes)
    if discipline in ("OT", "PT"):
        return _timed_only(facts)
    if discipline == "SLP":
        return _speech(facts, minutes)
    if discipline == "ABA":
        total = sum(facts.session.minutes_by_code.values()) or minutes
        if total is None:
            return NotBillable(reason="time_missing", text=_REASONS["time_missing"])
        if total < LEAST_UNIT:
            return NotBillable(
                reason="too_short",
                text=f"{total} minutes are stated; the first unit of 15 minutes needs {LEAST_UNIT}.",  # noqa: E501
            )
    return None


def _psychotherapy(facts: NoteFacts, minutes: int | None) -> NotBillable | None:
    stated = set(facts.codes_stated)
    if (
        facts.evaluation
        or facts.group
        or stated & _GROUP_CODES
        or facts.session.psychotherapy_minutes
    ):
        return None
    if any(c.startswith(("992", "961", "H")) for c in stated):
        return None
    if minutes is None:
        return NotBillable(reason="time_missing", text=_REASONS["time_missing"])
    if minutes < LEAST_PSYCHOTHERAPY:
        return NotBillable(
            reason="too_short",
            text=f"{minutes} minutes are stated; psychotherapy needs {LEAST_PSYCHOTHERAPY}.",
        )
    family = stated & _FAMILY_CODES or "client" not in facts.session.participants
    if family and minutes < LEAST_FAMILY:
        return NotBillable(
            reason="too_short",
            text=f"{minutes} minutes are stated; family psychotherapy needs {LEAST_FAMILY}.",
        )
    return None


def _timed_only(facts: NoteFacts) -> NotBillable | None:
    codes = {c for c in (*facts.codes_stated, *(a.code for a in facts.activities)) if c}
    timed = codes & TIMED_CODES
    if facts.evaluation or facts.group or (codes and not timed):
        return None
    minutes = facts.session.minutes_by_code
    total = sum(minutes.values()) or facts.session.timed_minutes
    if not total and (timed or not codes):
        if facts.session.minutes and not timed:
            return None
        return NotBillable(reason="time_missing", text=_REASONS["time_missing"])
    if total and total < LEAST_UNIT:
        return NotBillable(
            reason="too_short",
            text=f"{total} timed minutes are stated; the first unit needs {LEAST_UNIT}.",
        )
    return None


def _speech(facts: NoteFacts, minutes: int | None) -> NotBillable | None:
    """Speech-language services are untimed but for a few; no few minutes make one."""
    codes = {c for c in (*facts.codes_stated, *(a.code for a in facts.activities)) if c}
    if codes and codes <= TIMED_CODES and minutes is None:
        return _timed_only(facts)
    if minutes is not None and minutes < LEAST_UNIT and not facts.evaluation:
        return NotBillable(
            reason="too_short",
            text=f"{minutes} minutes are stated; a session needs {LEAST_UNIT}.",
        )
    return None


_REASONS: dict[NotBillableReason, str] = {
    "no_show": "The text tells of a client who did not come.",
    "cancelled": "The text tells of a visit that was cancelled.",
    "not_a_visit": "The text tells of no treatment of the client.",
    "not_skilled": "The text describes errands, attendance or company, and no skilled service.",
    "time_missing": "No time is stated, and the service is billed by time.",
    "too_short": "The stated time is too short for any code.",
}


def _warnings(facts: NoteFacts, likeness: float) -> list[str]:
    found = []
    if facts.process_note:
        found.append(
            "This reads like psychotherapy process notes: keep them apart from the record and out "
            "of claims (45 CFR 164.501)."
        )
    if likeness >= CLONE:
        found.append(
            f"{likeness:.0%} of the text is that of an earlier note: payers deny cloned notes."
        )
    if facts.session.conflict:
        found.append(f"Times disagree: {facts.session.conflict}.")
    return found
