"""Minutes listed behind or before activities without a unit: "TE 14, NMR 12, gait 9 = 35".

A bare number is minutes only where something in the note bears it out: the numbers of a list add
up to a length that the note states or that its clock gives, every one stands behind a code, or the
list has a heading that says minutes.
"""

import re
from collections.abc import Iterable

from features.notes.amounts import LEAST_BARE, MOST_OF_ONE
from features.notes.durations import Duration, durations
from features.notes.mentions import CODE, Mention
from features.notes.number_words import NUMBER_WORDS, number_told

_NUMBER = rf"\d{{1,3}}|{NUMBER_WORDS}|half an hour"
_AFTER = re.compile(
    r"[)\]]?(?:[ ]{0,2}\([^()\n]{0,48}\)|[ ](?:at|in|on|with|w/)[ ]\w{1,12})?"
    r"(?:[ ]{0,14}(?:\||[-\u2013\u2014]{1,3}|[:;=,~/\u2192(]|\.{2,20}(?!\.)|got|took(?: up)?|the (?:other|remaining|last|rest)|another|was|were|total|for|x|\u00d7"  # noqa: E501
    r"|min(?:ute)?s?\b)){0,4}[ ]{0,14}"
    r"(?:(?P<u>\d{1,2})[ ]?u(?:n|nits?)?\b[ ]?[/,|\u2013-]?[ ]{0,4})?"
    rf"(?P<n>{_NUMBER})(?P<unit>[ ]?(?:min(?:ute)?s?\b|m\b|'|\"))?"
    r"(?:[ ]{0,3}[|][ ]{0,3}(?P<b>\d{1,3})(?![\w/.:%])|[ ]{2,16}(?P<c>\d{1,2})(?=[ ]{0,3}(?:\n|$)))?"  # noqa: E501
    r"(?![\w%\u00b0\u00d7#]|[/:.]\d|[ ]?(?:reps?|sets?|secs?|seconds?|s|ft|feet|lbs?|kg|cm|mm|deg\w*|x|trials?"  # noqa: E501
    r"|times|visits?|units?|u|of (?!those|these|them|it|that|which|\d+ min)\w+|y/?o|yrs?|years?|weeks?|wks?|days?"  # noqa: E501
    r"|hours?|hrs?|percent|points?)\b|[ ]?x[ ]?\d)"
)
_BEFORE = re.compile(
    rf"(?<![\w/.:])(?P<n>\d{{1,3}}|{NUMBER_WORDS})(?:[ ]?min(?:ute)?s?)?"
    r"[ ](?:was|were|of|on|for|went to|to|in|as|under|at)[ ]"
    r"(?:\w{1,14}[ ])?$"
)
_CELL_BEFORE = re.compile(r"[ ]{2}(?P<n>\d{1,3})(?:[ ]{2,10}|[ ]?\|[ ]?)$")
_PAIRED = re.compile(
    r"(?<!\d)(9\d{4})[ ]?/[ ]?(9\d{4})\)?[ ]{0,2}(?:min(?:ute)?s?)?[ ]?[:=]?[ ]{0,2}(\d{1,3})[ ]?/[ ]?(\d{1,3})(?![\d/])"  # noqa: E501
)
_HEADED = re.compile(
    r"\bmin(?:ute)?s?\b(?=[ ]{0,14}(?:units?\b|\||:|\n|listed|by code|per code|each))"
)
_STATED = re.compile(
    r"(?:=|\b(?:so|total|timed|ttt?|tx|net|session|visit|treated|treatment)\b[^\d\n]{0,14})[ ]?(?P<n>\d{1,3})(?![\d:%]|/\d\d)"  # noqa: E501
    r"|(?<![\d.:/])(?P<t>\d{1,3})[ ](?:timed|total|tx|net|treatment|skilled|direct|billable)\b"
)


_BY_COUNT = re.compile(r"[ )][x\u00d7][ ]?$")


def _minutes(told: str) -> int:
    if told == "half an hour":
        return 30
    return number_told(told) or 0


def lengths(low: str, spans: Iterable[int]) -> frozenset[int]:
    """Every length in minutes that a note states or that one of its ranges of time gives.

    spans: minutes of the ranges.
    """
    found = {d.minutes for d in durations(low, 0, len(low))} | set(spans)
    for hit in _STATED.finditer(low):
        found.add(int(hit["n"] or hit["t"]))
    return frozenset(found)


_FIELD = re.compile(r"[^\d\n;|\[]{0,40}?\bmin(?:ute)?s?\b[ ]?[:=][ ]{0,3}(?P<n>\d{1,3})(?![\d:/%])")


def _behind(low: str, mention: Mention, end: int) -> Duration | None:
    hit = _AFTER.match(low, mention.end, end)
    if hit is None:
        field = _FIELD.match(low, mention.end, end)
        if field is None or not CODE.search(low, mention.start, mention.end):
            return None
        return Duration(*field.span("n"), int(field["n"]))
    minutes, place = _minutes(hit["n"]), hit.span("n")
    second = hit["b"] or hit["c"]
    if second and not hit["unit"]:
        # Two cells are minutes and units, in either order.
        other = int(second)
        if _are_units(minutes, other):
            minutes, place = other, hit.span("b" if hit["b"] else "c")
    if not 1 <= minutes <= MOST_OF_ONE or low[mention.end : place[0]].count("\n"):
        return None
    return Duration(*place, minutes)


def _are_units(count: int, minutes: int) -> bool:
    """Whether a count of units goes with minutes of which each unit has 15."""
    return count < minutes and abs(minutes - 15 * count) <= 15


def _ahead(low: str, mention: Mention, start: int) -> Duration | None:
    hit = _BEFORE.search(low, max(start, mention.start - 40), mention.start)
    if hit is None and CODE.search(low, mention.start, mention.end):
        hit = _CELL_BEFORE.search(low, max(start, mention.start - 16), mention.start)
    if hit is None or not 1 <= _minutes(hit["n"]) <= MOST_OF_ONE:
        return None
    return Duration(*hit.span("n"), _minutes(hit["n"]))


def listed(
    low: str, parts: Iterable[tuple[int, int, list[Mention]]], spans: Iterable[int]
) -> list[tuple[Mention, Duration]]:
    """Activities with the bare minutes that belong to them; empty where nothing bears them out.

    parts: start, end and mentions of each part of the note that tells what was done. spans:
    minutes of the note's ranges of time.
    """
    behind: list[tuple[Mention, Duration]] = []
    ahead: list[tuple[Mention, Duration]] = []
    for start, end, mentions in parts:
        for mention in mentions:
            if not mention.code:
                continue
            after = _behind(low, mention, end)
            if after is not None:
                behind.append((mention, after))
            before = _ahead(low, mention, start)
            if before is not None:
                ahead.append((mention, before))
    told = {m.code for m, _ in behind if CODE.search(low, m.start, m.end)}
    behind = [(m, d) for m, d in behind if m.code not in told or CODE.search(low, m.start, m.end)]
    if not behind and not ahead:
        return _by_pairs(low)
    known = lengths(low, spans)
    if _is_borne_out(low, behind, known):
        return behind
    return ahead if _adds_up(ahead, known) else _by_pairs(low)


def _adds_up(pairs: list[tuple[Mention, Duration]], known: frozenset[int]) -> bool:
    return len(pairs) > 1 and sum(d.minutes for _, d in pairs) in known


def _is_borne_out(low: str, pairs: list[tuple[Mention, Duration]], known: frozenset[int]) -> bool:
    if not pairs or len({m.start for m, _ in pairs}) < len(pairs):
        return False
    counted = [d for m, d in pairs if _BY_COUNT.search(low, m.end, d.start)]
    if len(pairs) > 1 and any(d.minutes < LEAST_BARE for d in counted):
        return False  # counts of units
    if _adds_up(pairs, known):
        return True
    minutes = [d.minutes for _, d in pairs]
    if len(pairs) == 1:
        mention, told = pairs[0]
        coded = CODE.search(low, mention.start, mention.end) is not None
        if (
            coded
            and (told.minutes in known or "min" in low[mention.end : told.start])
            and told.minutes >= LEAST_BARE
        ):
            return True
        if coded and known and _BY_COUNT.search(low, mention.end, told.start):
            # More units than the longest length told would hold: a count of minutes.
            return told.minutes * 15 - 7 > max(known)
        alone = not low[low.rfind("\n", 0, mention.start) + 1 : mention.start].strip(" -*\u2022")
        return told.minutes in known and told.minutes >= LEAST_BARE and alone
    if min(minutes) >= LEAST_BARE and all(_BY_COUNT.search(low, m.end, d.start) for m, d in pairs):
        return True
    if all("min" in low[m.end : d.end + 4] or low[d.end : d.end + 1] == '"' for m, d in pairs):
        return True
    coded = all(CODE.search(low, m.start, m.end) for m, _ in pairs)
    headed = _HEADED.search(low) is not None
    return min(minutes) >= LEAST_BARE and (coded or headed)


def _by_pairs(low: str) -> list[tuple[Mention, Duration]]:
    """ "97129/97130: 15/29"."""
    hit = _PAIRED.search(low)
    if hit is None:
        return []
    return [
        (
            Mention(*hit.span(code), hit[code]),
            Duration(*hit.span(number), int(hit[number])),
        )
        for code, number in ((1, 3), (2, 4))
    ]
