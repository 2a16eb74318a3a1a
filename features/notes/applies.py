"""Which elements a visit's note is expected to hold, by discipline, visit, payer and credential."""

from claims.note import ElementKey, Note, NoteFacts
from features.notes.mentions import TIMED_CODES
from features.notes.signing import kind_of

REHAB = ("OT", "PT", "SLP")
TELEHEALTH_PLACES = ("02", "10")
GROUP_CODES = frozenset({"90853", "90849", "97150", "92508", "97154", "97157", "97158"})
FAMILY_CODES = frozenset({"90846", "90847", "90849"})


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
    if codes & (GROUP_CODES | FAMILY_CODES) or "client" not in facts.session.participants:
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
