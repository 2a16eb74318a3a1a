"""Bills of mental and behavioural health services."""

import re
from datetime import date

from claims.codes.procedures import procedure
from claims.codes.units import crisis_units, psychotherapy_code, stepped_units
from claims.note import Note, NoteFacts
from features.notes.durations import durations
from models.coding_lines import Bill, Line, Refusal
from models.coding_reading import Reading, credential_role, credentials_of

SHORTEST, MIDDLE, LONGEST = "90832", "90834", "90837"

_NO_TIME = Refusal(
    "time_missing",
    "The note does not say how long the session took, so no time-based code is supported; "
    "add start and stop.",
)


def least(code: str, on: date | None = None) -> int:
    """The least minutes of a code.

    >>> least("90837"), least("90847"), least("90839")
    (53, 26, 30)
    """
    found = procedure(code, on) or procedure(code)
    return (found.minimum if found else None) or 0


def individual(facts: NoteFacts, reading: Reading, on: date | None = None) -> Bill:
    """Individual psychotherapy by its minutes, with interactive complexity where shown."""
    minutes = facts.session.minutes
    if minutes is None:
        return Bill(refusal=_NO_TIME)
    code = psychotherapy_code(minutes, on=on)
    if code is None:
        return Bill(
            refusal=Refusal(
                "too_short",
                f"{least(SHORTEST, on)} minutes are the least for psychotherapy; "
                f"the note supports {minutes}.",
            )
        )
    lines = [Line(code, 1, f"{minutes} minutes of individual psychotherapy: {code}.", minutes)]
    lines += interactive_complexity(reading)
    refused = [
        f"{least(named, on)} minutes are needed for {named}; the note supports {minutes}: {code}."
        for named in facts.codes_stated
        if named in (MIDDLE, LONGEST) and named > code
    ]
    if not refused and code != LONGEST:
        longer = MIDDLE if code == SHORTEST else LONGEST
        refused.append(
            f"{least(longer, on)} minutes are needed for {longer}; "
            f"the note supports {minutes}: {code}."
        )
    return Bill(tuple(lines), refused=tuple(refused), near=_by_other_time(facts, code, on))


def _by_other_time(
    facts: NoteFacts, code: str, on: date | None
) -> tuple[tuple[str, float, str], ...]:
    """The code that a conflicting total in the text would give."""
    if not facts.session.conflict:
        return ()
    found: dict[str, tuple[str, float, str]] = {}
    for number in re.findall(r"\b(\d{1,3})\b", facts.session.conflict):
        other = psychotherapy_code(int(number), on=on)
        if other and other != code:
            why = f"if the {number} minutes also stated were right"
            found.setdefault(other, (other, 0.08, why))
    return tuple(found.values())


def interactive_complexity(reading: Reading) -> list[Line]:
    """90785, where the text shows one of its four factors and not merely names the code."""
    named = reading.has("complexity_named")
    factor = reading.first("complexity_factor", "complexity_report")
    if reading.has("complexity_report") or (named and factor):
        what = (
            "a mandated report was made and talked through in the session"
            if reading.has("complexity_report")
            else "the text shows a factor of interactive complexity"
        )
        return [Line("90785", 1, f"Interactive complexity: {what}.")]
    return []


def family(facts: NoteFacts, *, client_here: bool, on: date | None = None) -> Bill:
    """Family psychotherapy; the client's presence decides between two codes."""
    code = "90847" if client_here else "90846"
    minutes = facts.session.minutes
    if minutes is None:
        return Bill(refusal=_NO_TIME)
    needed = least(code, on)
    if minutes < needed:
        return Bill(
            refusal=Refusal(
                "too_short",
                f"{needed} minutes are needed for {code}; the note supports {minutes}, "
                "and describes no individual service to bill in its stead.",
            )
        )
    presence = "with the client present" if client_here else "without the client"
    other = "90846" if client_here else "90847"
    refused: tuple[str, ...] = ()
    if other in facts.codes_stated:
        was = "was present" if client_here else "was not present"
        refused = (f"{other} is named, but the client {was}: {code}.",)
    why = f"{minutes} minutes of family psychotherapy {presence}: {code}."
    return Bill((Line(code, 1, why, minutes),), refused=refused)


def crisis(facts: NoteFacts, reading: Reading, on: date | None = None) -> Bill:
    """Psychotherapy for crisis from 30 minutes on; under that, individual psychotherapy."""
    minutes = facts.session.minutes
    if minutes is None:
        return Bill(refusal=_NO_TIME)
    units = crisis_units(minutes)
    if not units:
        shorter = individual(facts, reading, on)
        said = f"{least('90839', on)} minutes are needed for 90839; the note supports {minutes}."
        return Bill(
            tuple(line for line in shorter.lines if line.code != "90785"),
            shorter.refusal,
            refused=(said,),
        )
    lines = [Line("90839", 1, f"{minutes} minutes face to face in a crisis: 90839.", minutes)]
    more = units.get("90840")
    if more:
        why = f"{minutes - 60} minutes beyond the first hour: {more} x 90840."
        lines.append(Line("90840", more, why))
    return Bill(tuple(lines))


def intake(facts: NoteFacts, note: Note | None, reading: Reading) -> Bill:
    """Diagnostic evaluation; 90792 only by those who may practise medicine."""
    medical = credential_role(credentials_of(facts, note)) == "prescriber"
    code = "90792" if medical else "90791"
    kind = "with medical services" if medical else "without medical services"
    refused: tuple[str, ...] = ()
    if not medical and "90792" in facts.codes_stated:
        refused = ("90792 needs somebody who may practise medicine: 90791.",)
    why = f"A diagnostic evaluation {kind} is told; it is not counted by time: {code}."
    lines = [Line(code, 1, why, facts.session.minutes), *interactive_complexity(reading)]
    return Bill(tuple(lines), refused=refused)


_WHOLE = re.compile(r"\b(?:total|visit|session|encounter|appointment|face)\b")


def _therapy_minutes(reading: Reading) -> int | None:
    """The minutes of psychotherapy that a sentence tells as apart from the medical visit."""
    low = reading.prose.low
    for seen in reading.sightings:
        if seen.group != "psychotherapy_apart":
            continue
        sentence = reading.prose.sentence(seen.start)
        told = durations(low, sentence.start, sentence.end)
        if len(told) == 1 and not _WHOLE.search(low, sentence.start, sentence.end):
            return told[0].minutes
    return None


_LEVEL = re.compile(r"\b(992(?:0[2-5]|1[1-5]))\b")
_CHANGED = re.compile(
    r"\b(?:increas\w+|decreas\w+|start\w*|titrat\w+|taper\w*|switch\w*|add(?:ed)?|lower\w*|"
    r"rais\w+|stop\w*|d/c|discontinu\w+|chang\w+|↑|↓)\b"
)


def medical_visit(
    facts: NoteFacts, reading: Reading, *, therapy: bool, on: date | None = None
) -> Bill:
    """A medical visit, and psychotherapy beside it where its own minutes are told.

    The level is of low certainty: it follows decision making, which a text shows poorly.
    """
    stated = [c for c in facts.codes_stated if _LEVEL.fullmatch(c)]
    low = reading.prose.low
    moderate = len(facts.diagnoses) > 1 or bool(_CHANGED.search(low) and "mg" in low)
    level = stated[0] if stated else "99214" if moderate else "99213"
    why = f"A medical visit is told; {level} is a proposal, decision making decides the level."
    lines = [Line(level, 1, why, facts.session.minutes)]
    minutes = facts.session.psychotherapy_minutes
    if minutes is None and therapy:
        minutes = _therapy_minutes(reading)
    refused: tuple[str, ...] = ()
    code = psychotherapy_code(minutes, with_medical_visit=True, on=on) if minutes else None
    if code:
        why = f"{minutes} minutes of psychotherapy apart from the medical visit: {code}."
        lines.append(Line(code, 1, why, minutes))
        lines += interactive_complexity(reading)
    elif minutes is not None:
        refused = (
            f"{least('90833', on)} minutes are needed for 90833; the note tells {minutes} of "
            "psychotherapy.",
        )
    elif therapy:
        refused = (
            "Psychotherapy beside a medical visit needs its own minutes; "
            "the note gives one undivided total.",
        )
    return Bill(tuple(lines), refused=refused)


def counted_in_steps(
    code: str, facts: NoteFacts, minutes: int | None, what: str, on: date | None = None
) -> Bill:
    """Testing and health behaviour: a first code and its add-on."""
    if minutes is None:
        minutes = facts.session.minutes
    if minutes is None:
        return Bill(refusal=_NO_TIME)
    units = stepped_units(code, minutes, on)
    if not units:
        return Bill(
            refusal=Refusal("too_short", f"{minutes} minutes of {what} are too few for {code}.")
        )
    return Bill(
        tuple(
            Line(c, n, f"{minutes} minutes of {what}: {n} x {c}.", minutes)
            for c, n in units.items()
        )
    )
