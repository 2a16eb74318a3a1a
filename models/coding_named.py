"""Bills of services that a text names plainly: wound care, needling, screening, care by the month.

No model knows them. A phrase or the code itself names one (`models/phrases/services.yaml`); the
code table counts it.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from claims.codes.procedures import procedure
from claims.codes.units import units_for
from claims.note import NoteFacts
from models.coding_lines import Bill, Line, Refusal
from models.coding_minutes import only_duration
from models.coding_reading import NAMED, Reading, load

_AREA = re.compile(
    r"(\d{1,4}(?:\.\d)?)\s{0,2}(?:x\s{0,2}(\d{1,3}(?:\.\d)?)\s{0,2})?"
    r"(?:sq\.?\s{0,2}cm|cm2|cm\^2|square cent\w+|cm²)"
)
_NUMBER = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "several": 3}
_MUSCLES = re.compile(r"\b(\d|one|two|three|four|five|six|several)\s(?:\w{1,15}\s)?muscles?\b")


@cache
def services(place: str) -> dict[str, dict[str, Any]]:
    """The services of `services.yaml` that are billed `instead` or `beside`, by name."""
    found: dict[str, dict[str, Any]] = load("services")[place]
    return found


def named_service(kind: str, facts: NoteFacts, reading: Reading, on: date | None) -> Bill:
    """The bill of a service that is the visit's own."""
    name = kind.removeprefix(NAMED)
    return _bill(services("instead")[name], facts, reading, on)


def beside(facts: NoteFacts, reading: Reading, on: date | None) -> list[Line]:
    """Lines of services that the text names and that are billed beside others or alone."""
    found = {
        name: service
        for name, service in services("beside").items()
        if reading.discipline in service["disciplines"] and _told(name, service, facts, reading)
    }
    for service in list(found.values()):
        found.pop(service.get("instead_of", ""), None)
    return [line for service in found.values() for line in _bill(service, facts, reading, on).lines]


def _told(name: str, service: dict[str, Any], facts: NoteFacts, reading: Reading) -> bool:
    stated = set(facts.codes_stated) & set(service["codes"])
    return bool(stated) or reading.has(f"{NAMED}{name}")


def _bill(service: dict[str, Any], facts: NoteFacts, reading: Reading, on: date | None) -> Bill:
    codes, label = service["codes"], service["label"]
    by = service.get("by")
    if by == "minutes":
        return _by_minutes(codes, label, facts, reading, on)
    if by == "area":
        return _by_area(codes, label, reading)
    code = codes[0]
    if by == "muscles":
        code = codes[1] if _muscles(reading) > 2 else codes[0]
    stated = [c for c in facts.codes_stated if c in codes]
    code = stated[0] if stated else code
    row = procedure(code, on)
    if row is None:
        text = f"{code} does not hold on the date of service."
        return Bill(refusal=Refusal("not_skilled", text))
    return Bill((Line(code, 1, f"{label[0].upper()}{label[1:]} is told: {code}."),))


def _by_minutes(
    codes: list[str], label: str, facts: NoteFacts, reading: Reading, on: date | None
) -> Bill:
    by_code = facts.session.minutes_by_code
    minutes = next((by_code[c] for c in codes if c in by_code), facts.session.minutes)
    minutes = minutes if minutes is not None else only_duration(reading)
    if minutes is None:
        text = f"{codes[0]} is counted by time, and the note does not say how long it took."
        return Bill(refusal=Refusal("time_missing", text))
    for code in codes:
        units = units_for(code, minutes, on=on)
        if units:
            return Bill(
                tuple(
                    Line(c, n, f"{minutes} minutes of {label}: {n} x {c}.", minutes)
                    for c, n in units.items()
                )
            )
    text = f"{minutes} minutes of {label} are too few for {codes[0]}."
    return Bill(refusal=Refusal("too_short", text))


def _areas(reading: Reading) -> Iterator[float]:
    for hit in _AREA.finditer(reading.prose.low):
        yield float(hit[1]) * float(hit[2] or 1)


def _by_area(codes: list[str], label: str, reading: Reading) -> Bill:
    """A first code up to an area; then another, or one more for each further such area."""
    first, second = codes
    most = load("services")["areas"][first]
    area = sum(_areas(reading))
    said = f"{label[0].upper()}{label[1:]} of {area:g} square centimetres"
    if not area:
        said = f"{label[0].upper()}{label[1:]} is told"
    row = procedure(second)
    if row is None or row.time_rule != "count":
        code = second if area > most else first
        return Bill((Line(code, 1, f"{said}: {code}."),))
    lines = [Line(first, 1, f"{said}: {first}.")]
    further = -int(-(area - most) // most) if area > most else 0
    if further:
        lines.append(Line(second, further, f"{further} further area(s) of {most}: {second}."))
    return Bill(tuple(lines))


def _muscles(reading: Reading) -> int:
    hit = _MUSCLES.search(reading.prose.low)
    return (_NUMBER.get(hit[1]) or int(hit[1])) if hit else 1
