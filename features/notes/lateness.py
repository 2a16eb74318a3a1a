"""When a client came late: to a session that had begun, or to a slot that was planned."""

import re

from features.notes.clock import clocks, minute_of_day
from features.notes.number_words import NUMBER_WORDS, number_told
from features.notes.prose import Prose
from features.notes.spans import Span

_LATE = re.compile(
    r"\b(?:arriv\w{1,3}|came(?: in)?|logged (?:on|in)|walked in|got here|joined|connected|appeared|showed(?: up)?|"  # noqa: E501
    r"started|began)(?: late)?(?: \w{2,8})?[ ]?(?:at|@)?[ ]?$"
)
_LATE_BY = re.compile(
    r"\b(?:client|clt|cl|ct|pt|patient|consumer|member|he|she|they|family|couple|mr|ms|mrs)\b[^.;\n]{0,30}?"
    rf"(?:\b(?P<n>\d{{1,2}}|{NUMBER_WORDS})[ -]?(?:min(?:ute)?s?|m|')[ ]late\b"
    rf"|\blate by (?P<by>\d{{1,2}}|{NUMBER_WORDS})[ ](?:min|m\b|'))"
)
_NOT_THIS_ONE = re.compile(
    r"\b(?:work|school|class|last|usual\w{0,2}|always|often|bus|husband|wife|mother|father)\b"
)  # noqa: E501, RUF100
_SOMEBODY = re.compile(
    r"\b(?:mother|mom|father|dad|grand\w{2,7}|wife|husband|spouse|partner|parents?|sister|brother|son|"
    r"daughter|aunt|uncle|teacher|nurse|he|she|rbt|bcba|supervisor|caregiver|who)\b"
)
LATEST = 45
"""Minutes by which a client may come late to a session that is counted from his coming."""


def came_late(prose: Prose, span: Span) -> int | None:
    """When the client came to a session that had begun without him."""
    for clock in clocks(prose.low, span.end, min(len(prose.low), span.end + 250)):
        if not clock.sure and not clock.military:
            continue
        left = max(0, clock.start - 30)
        came = _LATE.search(prose.low, left, clock.start)
        if came is None or _SOMEBODY.search(prose.low, max(0, came.start() - 25), came.start()):
            continue
        for half in (clock.half, "p", "a"):
            minute = minute_of_day(clock, half, False)
            if span.first < minute <= span.first + LATEST and minute < span.last:
                return minute
    return _late_by(prose, span)


def _late_by(prose: Prose, span: Span) -> int | None:
    """The start by the minutes that the client came late, where the range is the hour's own."""
    if span.first % 15 or span.last % 15:
        return None
    hit = _LATE_BY.search(prose.low, max(0, span.start - 80), min(len(prose.low), span.end + 120))
    if hit is None or _NOT_THIS_ONE.search(hit[0]):
        return None
    if _SO.search(prose.low, hit.end(), max(hit.end(), span.start)):
        return None
    told = hit["n"] or hit["by"]
    minutes = number_told(told) or 0
    return span.first + minutes if 0 < minutes <= LATEST else None


_SO = re.compile(r"\b(?:so|thus|therefore|hence|then|actual\w{0,2}|met|seen|saw)\b")
