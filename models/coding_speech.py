"""Bills of speech-language services."""

from collections.abc import Sequence
from datetime import date

from claims.codes.procedures import procedure
from claims.codes.units import units_for_all, units_of
from claims.note import Note, NoteFacts, UnitRule
from models.coding_kind import topic
from models.coding_lines import Bill, Line, Refusal
from models.coding_minutes import minutes_apart, only_duration
from models.coding_reading import Reading, load
from models.coding_rehab import COGNITION, NO_MINUTES, timed_lines


def speech(
    kind: str, facts: NoteFacts, note: Note | None, reading: Reading, rule: UnitRule
) -> Bill:
    """Speech-language services: mostly once a day, cognition by 15 minutes."""
    session = facts.session
    if kind == "evaluation_speech":
        return _speech_evaluation(facts, reading, note.date_of_service if note else None)
    if kind == "cognition":
        found = {c: m for c, m in session.minutes_by_code.items() if c in COGNITION}
        # A session of cognition alone: what it took is what was treated.
        total = sum(found.values()) or session.timed_minutes or session.minutes
        total = total if total is not None else only_duration(reading)
        if total is None:
            return Bill(refusal=NO_MINUTES)
        lines, refused = timed_lines(facts, note, {COGNITION[0]: total}, rule)
        if not lines:
            text = f"{total} minutes are told; the least for 97129 is 8."
            return Bill(refusal=Refusal("too_short", text))
        if COGNITION[1] in facts.codes_stated and len(lines) == 1:
            refused.append(
                f"97130 needs 8 minutes beyond the first 15; the note supports {total} in all."
            )
        return Bill((*lines, *_second(kind, facts, reading)), refused=tuple(refused))
    code = {
        "swallowing": "92526",
        "sgd_use": "92609",
        "group_speech": "92508",
        "voice_prosthesis": "92597",
    }.get(kind, "92507")
    label = load("codes")["labels"][kind]
    why = f"{label[0].upper()}{label[1:]} is told; it is counted once a day: {code}."
    line = Line(code, 1, why, session.minutes_by_code.get(code, session.minutes))
    return Bill((line, *_second(kind, facts, reading)))


_APART = {
    "speech_treatment": "92507",
    "swallowing_treatment": "92526",
    "sgd_use": "92609",
    "cognition": "97129",
}
"""Groups of phrases by the speech-language treatment that they tell."""


def _second(kind: str, facts: NoteFacts, reading: Reading) -> Sequence[Line]:
    """Another speech-language treatment of the same visit, told with minutes of its own."""
    own = load("codes")["kinds"][kind]
    told = facts.session.minutes_by_code
    if len(told) < 2 and len({s.group for s in reading.sightings} & set(_APART)) > 1:
        told = minutes_apart(reading, _APART)
    lines = []
    for code, minutes in told.items():
        if code in own or code not in _APART.values() or len(told) < 2:
            continue
        why = f"{minutes} minutes of {code} are told apart."
        units = units_for_all({code: minutes}) if code == COGNITION[0] else {code: 1}
        lines += [Line(c, n, why, minutes, separate=True) for c, n in units.items()]
    return lines


OTHER_TOPICS = 0.3
"""How likely a speech-language evaluation was of something else than the topic most spoken of."""


def speech_evaluations(facts: NoteFacts, reading: Reading) -> dict[str, float]:
    """How likely each code of a speech-language evaluation is, its level of detail left aside."""
    codes = load("codes")["evaluations"]
    own = load("codes")["kinds"]["evaluation_speech"]
    if any(c in own for c in (*facts.session.minutes_by_code, *facts.codes_stated)):
        return {}
    topics = topic(reading)
    if not topics:
        return {codes["language"]: 0.5, codes["sounds"]: 0.2, codes["swallowing"]: 0.15}
    others = [codes[name] for name in topics[1:3]]
    others += [codes["language"]] if topics[0] in ("sounds", "language") else []
    return dict.fromkeys(others, OTHER_TOPICS / max(1, len(others)))


def _speech_evaluation(facts: NoteFacts, reading: Reading, on: date | None) -> Bill:
    codes = load("codes")["evaluations"]
    own = load("codes")["kinds"]["evaluation_speech"]
    stated = [c for c in (*facts.session.minutes_by_code, *facts.codes_stated) if c in own]
    topics = topic(reading)
    named = topics[0] if topics else "language"
    if {"sounds", "language"} <= set(topics[:2]) and named in ("sounds", "language"):
        named = "sounds+language"
    code = stated[0] if stated else codes[named]
    minutes = facts.session.minutes_by_code.get(code, facts.session.minutes)
    unclear: tuple[str, ...] = ()
    if not topics and not stated:
        unclear = (f"The note does not say what was evaluated; {code} is a guess.",)
    if code in ("92607", "96125", "96105"):
        minutes = minutes if minutes is not None else only_duration(reading)
        if minutes is None:
            text = f"{code} is counted by the hour, and the note does not say how long it took."
            return Bill(refusal=Refusal("time_missing", text))
        units = units_for_all({code: minutes}, on=on)
        if not units:
            row = procedure(code, on) or procedure(code)
            needed = row.minimum if row else None
            text = f"{code} needs {needed} minutes; the note supports {minutes}."
            return Bill(refusal=Refusal("too_short", text))
        lines = [
            Line(c, n, f"{minutes} minutes of evaluation: {n} x {c}.", minutes)
            for c, n in units.items()
        ]
        return Bill(tuple(lines), unclear=unclear)
    what = named.replace("_", " ").replace("+", " and ")
    why = f"An evaluation ({what}) is told; it is not counted by time: {code}."
    lines = [Line(code, 1, why, minutes)]
    further = units_of(minutes - 60, 30) if code == "92605" and minutes else 0
    if further:
        why = f"{minutes} minutes, beyond the first hour: {further} x 92618."
        lines.append(Line("92618", further, why))
    return Bill(tuple(lines), unclear=unclear)
