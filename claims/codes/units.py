"""Minutes to units: the rules of the manuals, each a function with its source and an example.

Pure arithmetic. Which rule holds for a claim is the policy's to say (`claims.policies`).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from claims.codes.procedures import Procedure, procedure, procedures
from claims.note import UnitRule

UNIT = 15
"""Minutes that a unit of the timed therapy and ABA codes stands for."""
LEAST = 8
"""Minutes of a last, partial unit that count as one: more than half."""
DE_MINIMIS = 10
"""Percent of a unit's minutes that an assistant may furnish without its modifier."""


def units_of(minutes: int, span: int = UNIT, minimum: int | None = None) -> int:
    """Units of one code: one for each full span and one more where enough minutes remain.

    span: minutes of a unit. minimum: least minutes of the last unit; None: more than half.
    Source: CPT, introduction, "Time": a unit of time is attained when the midpoint is passed.

    >>> [units_of(m) for m in (7, 8, 22, 23, 38)]
    [0, 1, 1, 2, 3]
    >>> [units_of(m, 60, 31) for m in (30, 31, 90, 91)]
    [0, 1, 1, 2]
    """
    least = span // 2 + 1 if minimum is None else minimum
    whole, rest = divmod(max(minutes, 0), span)
    return whole + (1 if rest >= least else 0)


def units_by_total_time(minutes: Mapping[str, int]) -> dict[str, int]:
    """Units for timed codes under the CMS 8-minute rule.

    minutes: minutes furnished by code, in the order documented; untimed codes left out.
    The total decides how many units: 8 to 22 minutes make one, and so on by 15. They go to the
    codes by whole 15s first, then to the largest remainders; at equal remainders either code
    will do, and the one listed first gets it.
    Returns units by code; codes that earn none are absent.
    Source: Medicare Claims Processing Manual, ch. 5, §20.2.

    >>> units_by_total_time({"97110": 20, "97140": 10})
    {'97110': 1, '97140': 1}
    >>> units_by_total_time({"97112": 24, "97110": 23})
    {'97112': 2, '97110': 1}
    >>> units_by_total_time({"97110": 7, "97112": 7, "97116": 7})
    {'97110': 1}
    """
    told = {code: max(given, 0) for code, given in minutes.items()}
    earned = {code: given // UNIT for code, given in told.items()}
    left = units_of(sum(told.values())) - sum(earned.values())
    # sorted is stable: equal remainders stay in the order documented.
    for code in sorted(told, key=lambda code: -(told[code] % UNIT))[:left]:
        earned[code] += 1
    return {code: units for code, units in earned.items() if units}


def units_by_midpoint(minutes: Mapping[str, int]) -> dict[str, int]:
    """Units for timed codes by the midpoint rule: code by code, nothing pooled.

    minutes: minutes furnished by code. Codes with less than 8 minutes are absent.
    Source: CPT, introduction, "Time" (many commercial payers).

    >>> units_by_midpoint({"97110": 23, "97140": 8, "97530": 7})
    {'97110': 2, '97140': 1}
    """
    earned = {code: units_of(given) for code, given in minutes.items()}
    return {code: units for code, units in earned.items() if units}


def psychotherapy_code(
    minutes: int, with_medical_visit: bool = False, on: date | None = None
) -> str | None:
    """The individual psychotherapy code that face-to-face minutes support; None under 16.

    with_medical_visit: the add-on beside an E/M visit, by the psychotherapy's own minutes.
    Source: CMS Local Coverage Article A57520; CPT time rule.

    >>> [psychotherapy_code(m) for m in (15, 16, 37, 38, 52, 53)]
    [None, '90832', '90832', '90834', '90834', '90837']
    >>> psychotherapy_code(40, with_medical_visit=True)
    '90836'
    """
    family = "psychotherapy_add_on" if with_medical_visit else "psychotherapy"
    for code in procedures():
        found = procedure(code, on)
        if found and found.family == family and _in_range(found, minutes):
            return code
    return None


def crisis_units(minutes: int) -> dict[str, int]:
    """Units of crisis psychotherapy: the first hour, then each further half hour.

    Source: CMS A57520: 30 to 74 minutes make 90839 alone; from 75 on one 90840 for each 30
    further minutes, a part of at least 15 counting as one.

    >>> crisis_units(29), crisis_units(74), crisis_units(75), crisis_units(105)
    ({}, {'90839': 1}, {'90839': 1, '90840': 1}, {'90839': 1, '90840': 2})
    """
    return stepped_units("90839", minutes)


def stepped_units(first: str, minutes: int, on: date | None = None) -> dict[str, int]:
    """Units of a first code and of the add-on in which it continues.

    first: a code of the time rule `first`: health behaviour, testing, crisis, caregiver training.
    Returns {} where the first code's least minutes are not reached.
    Raises ValueError for a code that does not continue in another.
    Source: the row of the code in `procedures.csv`.

    >>> [stepped_units("96158", m) for m in (15, 37, 38, 53)]
    [{}, {'96158': 1}, {'96158': 1, '96159': 1}, {'96158': 1, '96159': 2}]
    >>> stepped_units("96130", 91), stepped_units("96136", 46)
    ({'96130': 1, '96131': 1}, {'96136': 1, '96137': 1})
    """
    begin = procedure(first, on)
    further = procedure(begin.continues, on) if begin and begin.continues else None
    if begin is None or further is None or not begin.minutes or not further.minutes:
        raise ValueError(f"{first} does not continue in an add-on code")
    if minutes < (begin.minimum or 1):
        return {}
    more = units_of(minutes - begin.minutes, further.minutes, further.minimum)
    return {first: 1, further.code: more} if more else {first: 1}


def units_for(
    code: str, minutes: int, rule: UnitRule = "ama_midpoint", on: date | None = None
) -> dict[str, int]:
    """Units of one service from its minutes, its add-on code included.

    rule: how 15-minute codes are counted; for one code alone both rules agree.
    Returns {} where the minutes do not support the code, or where it is not known on that day.
    Untimed codes, levels of medical visits and instruments are one unit whatever the minutes.

    >>> units_for("97153", 147), units_for("90837", 52), units_for("97129", 41)
    ({'97153': 10}, {}, {'97129': 1, '97130': 2})
    """
    return units_for_all({code: minutes}, rule, on)


def units_for_all(
    minutes: Mapping[str, int], rule: UnitRule = "ama_midpoint", on: date | None = None
) -> dict[str, int]:
    """Units of all services of one visit, by the table's time rules.

    minutes: minutes by code, in the order documented; an add-on's may stand under it or under
    its first code. rule: `cms_8_minute` pools the minutes of the codes that take part.
    Codes that earn no unit, or are not known on that day, are absent.

    >>> units_for_all({"97161": 30, "97110": 10, "97140": 6}, "cms_8_minute")
    {'97161': 1, '97110': 1}
    """
    told = _by_first_and_further(minutes, on)
    pooled = {
        code: given for code, given in told.items() if (row := procedure(code, on)) and row.pool
    }
    earned = units_by_total_time(pooled) if rule == "cms_8_minute" else units_by_midpoint(pooled)
    for code, given in told.items():
        row = procedure(code, on)
        if code in pooled or row is None:
            continue
        earned.update(_own_units(row, given, on))
    order = {code: position for position, code in enumerate(told)}
    return dict(sorted(earned.items(), key=lambda item: order.get(item[0], len(order))))


def _own_units(row: Procedure, minutes: int, on: date | None) -> dict[str, int]:
    if row.time_rule == "first":
        return stepped_units(row.code, minutes, on)
    if row.time_rule == "each" and row.minutes:
        units = units_of(minutes, row.minutes, row.minimum)
    elif row.time_rule in ("range", "minimum"):
        units = 1 if _in_range(row, minutes) else 0
    else:
        units = 1
    return {row.code: units} if units else {}


def _in_range(row: Procedure, minutes: int) -> bool:
    return (row.minimum or 0) <= minutes <= (row.maximum or minutes)


def _by_first_and_further(minutes: Mapping[str, int], on: date | None) -> dict[str, int]:
    """Minutes of a first code and its add-on, however they were told, in their right places.

    Codes in the 8-minute pool keep a first code's own span and give the rest to the add-on;
    outside it the whole time stands under the first code, whose steps count it.
    """
    told: dict[str, int] = {}
    for code, given in minutes.items():
        row = procedure(code, on)
        first = row
        if row and row.time_rule == "each" and len(row.add_on_to) == 1:
            before = procedure(row.add_on_to[0], on)
            first = before if before and before.continues == code else row
        target = first.code if first else code
        told[target] = told.get(target, 0) + given
    placed: dict[str, int] = {}
    for code, given in told.items():
        row = procedure(code, on)
        if row and row.pool and row.time_rule == "first" and row.continues and row.minutes:
            placed[code] = min(given, row.minutes)
            if given > row.minutes:
                placed[row.continues] = given - row.minutes
        else:
            placed[code] = given
    return placed


class AssistantSplit(NamedTuple):
    """Units of one code, apart by whether the assistant's modifier (CQ, CO) is due."""

    without: int
    with_modifier: int


def assistant_split(units: int, therapist: int, assistant: int) -> AssistantSplit:
    """Which of a code's units bear CQ or CO.

    units: all units of the code, by whichever rule. therapist: minutes furnished by the
    therapist, alone or together with the assistant. assistant: minutes by the assistant alone.
    Whole 15s of each are settled first. Of one unit that is left: none where the therapist gave
    8 minutes or more of it, else the modifier where the assistant gave more than 10% of it. Of
    two that are left (each gave 9 to 14 minutes): one with and one without.
    Source: CMS, Therapy Services and Billing examples using CQ/CO modifiers; 42 CFR 410.59(a)(4),
    410.60(a)(4).

    >>> assistant_split(3, therapist=22, assistant=23)
    AssistantSplit(without=1, with_modifier=2)
    >>> assistant_split(2, therapist=13, assistant=14)
    AssistantSplit(without=1, with_modifier=1)
    >>> assistant_split(1, therapist=8, assistant=7)
    AssistantSplit(without=1, with_modifier=0)
    """
    own, own_rest = divmod(max(therapist, 0), UNIT)
    other, other_rest = divmod(max(assistant, 0), UNIT)
    own = min(own, units)
    other = min(other, units - own)
    left = units - own - other
    if left == 1:
        if own_rest < LEAST and assistant_in_part(own_rest, other_rest):
            other += 1
        else:
            own += 1
    elif left >= 2:
        own += left - 1
        other += 1
    return AssistantSplit(own, other)


def assistant_in_part(therapist: int, assistant: int) -> bool:
    """Whether an untimed service bears CQ or CO: the assistant gave more than 10% of its minutes.

    therapist: minutes by the therapist, alone or together with the assistant. assistant: minutes
    by the assistant alone. Timed codes go unit by unit: `assistant_split`.
    Source: CMS, Therapy Services (de minimis standard); 42 CFR 410.59(a)(4), 410.60(a)(4).

    >>> assistant_in_part(27, 3), assistant_in_part(26, 4)
    (False, True)
    """
    return assistant * 100 > DE_MINIMIS * (therapist + assistant)


def over_threshold(used: Decimal, threshold: Decimal, allowed: Decimal = Decimal(0)) -> bool:
    """Whether KX is due: with this service the year's amount goes beyond the threshold.

    used: dollars of the benefit that all providers have used before, from the benefits file or
    the payer. allowed: what this service adds.
    Source: Medicare Claims Processing Manual, ch. 5, §10.3.

    >>> over_threshold(Decimal(2400), Decimal(2480), Decimal(95))
    True
    >>> over_threshold(Decimal(2480), Decimal(2480))
    False
    """
    return used + allowed > threshold
