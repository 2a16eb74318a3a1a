"""Numbers of minutes and hours as therapists write them; what one is of is decided elsewhere."""

import re
from dataclasses import dataclass

from features.notes.number_words import (
    HOUR_WORD,
    HOURS,
    NUMBER_WORDS,
    TEENS,
    TENS,
    number_in_words,
    number_told,
)
from features.notes.starts import Starts


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of minutes as written."""

    start: int
    end: int
    minutes: int


_DURATION = re.compile(
    r"(?:(?<![\w/.:$-])|(?<=[ (]x))(?<!\d[-–])(?:"  # noqa: RUF001
    r"(?P<h>\d{1,2}(?:\.\d{1,2})?|\.\d{1,2})[ -]?(?:hours?|hrs?|h)\b\.?"
    r"(?:[ ]?(?:and|&|,)?[ ]?(?P<hm>\d{1,2})[ -]?(?:minutes?|mins?|min|m)?\b)?"
    r"|(?P<m>\d{1,3})(?:\.0)?(?:[ ]?(?:-|–)?[ ]?(?:minutes?|mins?|minute|mns?|mintues?|minuets?|mintes?)\b|[ ]?'(?!['\w])|[ ]?m(?=[ ,;:.)/\n]|$)(?![ ]?walk))"  # noqa: E501, RUF001
    r")"
    r"|(?<![\w/.:-])(?P<h60>[0-7]):(?P<m60>[0-5]\d)[ ]?(?:hours|hrs?)\b"
    rf"|\b(?P<wm>{NUMBER_WORDS})[ -](?:minutes?|mins?)\b(?! (?:past|to|after|before|till|til) (?:{HOUR_WORD}|\d{{1,2}}|noon|midnight)\b)"  # noqa: E501
    rf"|\b(?:(?P<wh>{HOUR_WORD}|an?|the)[ -])?(?P<hour>hours?)\b"
    rf"(?:(?:[ ]and|,)?[ ](?P<plus>a[ ]half|a[ ]quarter|(?:{NUMBER_WORDS}|\d{{1,2}})[ ](?:minutes?|mins?)|(?:ten|fifteen|twenty|thirty|forty|fifty)(?=[ ]?(?:[.,;:)]|$))))?"  # noqa: E501
    rf"|\b(?:{NUMBER_WORDS})[ ]\((?P<br>\d{{1,3}})\)[ ](?:minutes?|mins?)\b"
    r"|\b(?P<halves>one|two|three)[ ]and[ ]a[ ]half[ ]hours?\b"
    r"|\b(?P<frac>half[ ](?:an?[ ])?hour|half-hour|three[ -]quarters[ ]of[ ]an[ ]hour|quarter[ ](?:of[ ]an[ ])?hour)\b"  # noqa: E501
)
_DURATIONS = Starts(
    _DURATION,
    {*HOURS, *TEENS, *TENS, "a", "an", "the", "hour", "hours", "half", "three", "quarter"},
)


_A_DAY = re.compile(r"[ ]?/[ ]?(?:mo|month|wk|week|yr|year|night)\b")
_METRES = re.compile(r"^[1-9]\d\d ?m$")


def durations(low: str, start: int, end: int) -> list[Duration]:
    """Every duration in low[start:end] (lower case) that could be a session's or an activity's.

    >>> [d.minutes for d in durations("53 min f2f, 1.25 hrs, an hour and ten minutes", 0, 44)]
    [53, 75, 70]
    """
    found = []
    for hit in _DURATIONS.finditer(low, start, end):
        minutes = _minutes(hit)
        if _A_DAY.match(low, hit.end(), end) or (hit[0].endswith("m") and _METRES.search(hit[0])):
            continue
        if minutes is not None and 0 < minutes <= 720:
            found.append(Duration(hit.start(), hit.end(), minutes))
    return found


def _minutes(hit: re.Match[str]) -> int | None:
    if hit["h"]:
        return round(float(hit["h"]) * 60) + int(hit["hm"] or 0)
    if hit["m"]:
        return int(hit["m"])
    if hit["br"]:
        return int(hit["br"])
    if hit["halves"]:
        return HOURS[hit["halves"]] * 60 + 30
    if hit["h60"]:
        return int(hit["h60"]) * 60 + int(hit["m60"])
    if hit["wm"]:
        return number_in_words(hit["wm"])
    if hit["frac"]:
        return {"h": 30, "t": 45, "q": 15}[hit["frac"][0]]
    if hit["hour"]:
        count = hit["wh"]
        if count is None and not hit["plus"]:
            return None
        minutes = 60 * (HOURS.get(count, 1) if count else 1)
        plus = hit["plus"]
        if plus:
            if plus == "a half":
                minutes += 30
            elif plus == "a quarter":
                minutes += 15
            else:
                word = re.sub(r"[ ](?:minutes?|mins?)$", "", plus)
                minutes += number_told(word) or 0
        return minutes if count != "the" else None
    return None
