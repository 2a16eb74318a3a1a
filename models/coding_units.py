"""From a kind of service to the lines of a bill: codes and units by arithmetic on the minutes.

Nothing here guesses: what the minutes do not bear is refused with the sentence that says why.
"""

from functools import cache

from claims.note import Note, NoteFacts, UnitRule
from models.coding_aba import adaptive_behavior
from models.coding_kind import Kinds
from models.coding_lines import Bill, Line, Refusal
from models.coding_mental import (
    counted_in_steps,
    crisis,
    family,
    individual,
    intake,
    medical_visit,
)
from models.coding_minutes import (
    minutes_apart,
    minutes_near,
    minutes_of_codes,
    only_duration,
)
from models.coding_named import named_service, services
from models.coding_reading import NAMED, Reading, load
from models.coding_rehab import treatment
from models.coding_speech import speech

TESTING = {
    "testing_psychological": "96130",
    "testing_neuro": "96132",
    "testing_administration": "96136",
    "testing_technician": "96138",
    "neurobehavioral": "96116",
    "developmental_testing": "96112",
}
SHORTEST = 8
"""Minutes under which no service is counted, whichever it was."""
ONCE = {"group": "90853", "multi_family": "90849", "psychoanalysis": "90845",
        "health_assessment": "96156"}  # fmt: skip


def bill_for(
    kind: str,
    facts: NoteFacts,
    note: Note | None,
    reading: Reading,
    kinds: Kinds,
    rule: UnitRule,
) -> Bill:
    """What a note supports if it describes this kind of service."""
    on = note.date_of_service if note else None
    client_here = not facts.session.participants or "client" in facts.session.participants
    if kind.startswith(NAMED):
        return named_service(kind, facts, reading, on)
    minutes = facts.session.minutes
    if kind == "no_service" and minutes is not None and minutes < SHORTEST:
        text = f"The note tells of {minutes} minutes; no code is borne by fewer than {SHORTEST}."
        return Bill(refusal=Refusal("too_short", text))
    if kind == "no_service":
        return Bill(refusal=Refusal("not_skilled", _no_skill(reading)))
    if kind == "individual":
        return individual(facts, reading, on)
    if kind in ("family_with", "family_without"):
        # Who was in the room decides, not what the text calls it.
        here = client_here if facts.session.participants else kind == "family_with"
        return family(facts, client_here=here, on=on)
    if kind == "crisis":
        return crisis(facts, reading, on)
    if kind == "intake":
        return intake(facts, note, reading)
    if kind in ("em", "em_psychotherapy"):
        return medical_visit(facts, reading, therapy=kind == "em_psychotherapy", on=on)
    if kind in ONCE:
        return _once(ONCE[kind], kind, facts)
    if kind in TESTING:
        return _testing(kind, facts, reading)
    if kind == "health_intervention":
        return _health(facts, reading, client_here=client_here)
    if kind == "caregiver_training":
        return _caregiver_training(facts)
    if kind == "remote_monitoring":
        return _remote_monitoring(facts)
    if kind in ("timed", "evaluation", "reevaluation", "group_rehab"):
        return treatment(facts, note, reading, kinds, rule)
    if kind.startswith("aba_"):
        return adaptive_behavior(kind, facts, note, reading)
    return speech(kind, facts, note, reading, rule)


_NO_SKILL = {
    "supervision_only": "The note tells of supervising or training staff, not of a service to the "
    "client; nothing can be billed.",
    "no_service": "The note tells of errands, calls or time without skilled work with the client; "
    "nothing can be billed.",
}


def _no_skill(reading: Reading) -> str:
    # The words themselves are not repeated: they may hold a name.
    seen = reading.first("supervision_only", "no_service")
    return _NO_SKILL[seen.group if seen else "no_service"]


def _once(code: str, kind: str, facts: NoteFacts) -> Bill:
    label = load("codes")["labels"][kind]
    why = f"{label[0].upper()}{label[1:]} is told; it is counted once: {code}."
    return Bill((Line(code, 1, why, facts.session.minutes),))


def _testing(kind: str, facts: NoteFacts, reading: Reading) -> Bill:
    """Evaluation by the hour and administration by the half hour, each with its own minutes."""
    kinds = load("codes")["kinds"]
    told = {**minutes_of_codes(reading, {c for k in TESTING for c in kinds[k]}),
            **facts.session.minutes_by_code}  # fmt: skip
    by_kind = {k: m for k in TESTING if (m := sum(told.get(code, 0) for code in kinds[k]))}
    if not by_kind:
        by_kind = minutes_apart(reading, _testing_words(kind, reading))
    minutes = by_kind.pop(kind, None)
    if minutes is None and not by_kind:
        minutes = minutes_near(reading, (kind,))
        if minutes is None and facts.session.minutes is None:
            minutes = only_duration(reading)
        return counted_in_steps(TESTING[kind], facts, minutes, load("codes")["labels"][kind])
    lines: list[Line] = []
    refusal = None
    for one, spent in ({kind: minutes} | by_kind).items():
        if spent is None:
            continue
        bill = counted_in_steps(TESTING[one], facts, spent, load("codes")["labels"][one])
        lines += bill.lines
        refusal = refusal or bill.refusal
    lines.sort(key=lambda line: line.code)
    return Bill(tuple(lines), None if lines else refusal)


_EVALUATES = frozenset({"testing_psychological", "testing_neuro"})


def _testing_words(kind: str, reading: Reading) -> dict[str, str]:
    """Groups of phrases by the kind of testing work that they tell."""
    technician = reading.has("testing_technician")
    gives = "testing_technician" if technician else "testing_administration"
    neuro = kind == "testing_neuro" or reading.has("testing_neuro")
    judges = "testing_neuro" if neuro else "testing_psychological"
    if kind not in _EVALUATES and kind not in ("testing_administration", "testing_technician"):
        return {}
    return {
        "testing_administration": gives,
        "testing_technician": gives,
        "testing_psychological": judges,
        "testing_judgement": judges,
    }


def _health(facts: NoteFacts, reading: Reading, *, client_here: bool) -> Bill:
    people = set(facts.session.participants)
    if "group" in people or (facts.session.group_size or 0) > 1 or reading.has("group"):
        code = "96164"
    elif not client_here or reading.has("parents_only"):
        code = "96170"
    elif people - {"client", "interpreter", "other"} or reading.has("family_with_patient"):
        code = "96167"
    else:
        code = "96158"
    return counted_in_steps(code, facts, None, load("codes")["labels"]["health_intervention"])


def _caregiver_training(facts: NoteFacts) -> Bill:
    by_code = facts.session.minutes_by_code
    if (facts.session.group_size or 0) > 1 or "97552" in facts.codes_stated:
        return Bill((Line("97552", 1, "Caregivers of several patients were trained: 97552."),))
    minutes = by_code.get("97550", 0) + by_code.get("97551", 0) or None
    label = load("codes")["labels"]["caregiver_training"]
    return counted_in_steps("97550", facts, minutes, label)


def _remote_monitoring(facts: NoteFacts) -> Bill:
    """By the codes that the text names: its rules count days and months that no note shows."""
    named = [c for c in facts.codes_stated if c in load("codes")["kinds"]["remote_monitoring"]]
    if named:
        why = "Remote monitoring is told under this code; check the month's days and minutes."
        return Bill(tuple(Line(c, 1, why) for c in named))
    minutes = facts.session.minutes
    if minutes is None or minutes < 20:
        text = "Remote monitoring is billed from 20 minutes in a month on; the note tells fewer."
        reason = "time_missing" if minutes is None else "too_short"
        return Bill(refusal=Refusal(reason, text))  # type: ignore[arg-type]
    why = f"{minutes} minutes of management of remote monitoring in the month: 98980."
    return Bill((Line("98980", 1, why, minutes),), unclear=("Remote monitoring is counted by the "
                "month; one note shows a part of it.",))  # fmt: skip


@cache
def label_of(kind: str) -> str:
    """What a kind is called in a sentence."""
    if kind.startswith(NAMED):
        return str(services("instead")[kind.removeprefix(NAMED)]["label"])
    return str(load("codes")["labels"].get(kind, kind.replace("_", " ")))
