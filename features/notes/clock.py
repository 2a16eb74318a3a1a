"""Clock times as therapists write them, found and turned into minutes.

What a mention means (this session, the next one, a hold, a dose) is decided elsewhere
(`session_time`); here a mention is only read.
"""

import re
from dataclasses import dataclass, replace

from features.notes.number_words import (
    HOUR_WORD,
    HOURS,
    NUMBER_WORDS,
    TEEN_WORD,
    TEENS,
    TENS,
    TENS_TO_FIFTY,
    UNIT_WORD,
    number_in_words,
    number_told,
)
from features.notes.starts import Starts


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time as written: hour and minute, and what is known of the half of the day."""

    start: int
    end: int
    hour: int
    minute: int
    half: str = ""
    """a, p, or '' where the text does not say."""
    sure: bool = True
    """False where it could be any number: a bare hour, four digits, a point for a colon."""
    words: bool = False
    military: bool = False


_CLOCK = re.compile(
    r"(?<![\w/:$#])(?<![^.]\.)(?P<d>\d{1,2})(?P<s>[:.h])(?P<m>[0-5]\d)(?::[0-5]\d)?(?![\d/%]|\.\d)"
    r"[ ]?(?P<h>[ap](?:\.?m\b\.?|(?![\w']))|h(?:rs?)?\b)?"
    r"|(?<![\w/.:$#])(?P<d4>(?:[01]\d|2[0-3])[0-5]\d|[1-9][0-5]\d)(?![\w%°]|/\d|\.\d|[ ]?(?:mg|ml|ft|feet|m\b))"  # noqa: E501
    r"[ ]?(?P<h4>hrs?\b|hours\b|h\b|[ap]\.?m\b\.?)?"
    r"|(?<![\w/.:$#])(?P<d4x>(?:[01]\d|2[0-3])[0-5]\d|[1-9][0-5]\d)(?P<h4x>hrs?\b|h\b|[ap]m?\b)"
    r"|(?<![\w/.:$#])(?P<d2>\d{1,2})[ ]?(?P<h2>[ap]\.?m\b\.?|[ap](?![\w'./]))"
    r"|(?<![\w/.:$#])(?P<d1>\d{1,2})(?![\w/%:°#'\"]|\.\d)"
    rf"|\b(?:(?P<wm>{NUMBER_WORDS}|quarter|quater|half|\d{{1,2}})(?:[ ](?:minutes?|mins?))?[ ]"
    rf"(?P<wr>past|to|after|before|till|til|of)[ ](?P<wh>{HOUR_WORD}|\d{{1,2}}|noon|midnight)"
    r"(?![\w:])(?:[ ]?(?P<whh>[ap]\.?m\b\.?))?"
    rf"|(?P<oh>{HOUR_WORD}|\d{{1,2}})[ ]?o'?clock"
    rf"|half[ ](?P<half>{HOUR_WORD})(?![\w-])"
    rf"|(?P<hh>{HOUR_WORD})[ -](?P<hm>(?:oh|o)[ -](?:{UNIT_WORD})|(?:{TENS_TO_FIFTY})(?:[ -](?:{UNIT_WORD}))?|ten|{TEEN_WORD})(?![\w-])(?!\s(?:min|percent|per cent|sec|hour|degree|point|of|out|word|item|trial|time|month|year|feet|pound|dollar))"  # noqa: E501
    rf"|(?P<bare>{HOUR_WORD})(?![\w-])"
    r"|(?P<noon>noon|midday|midnight))"
)
_CLOCKS = Starts(
    _CLOCK, {*HOURS, *TEENS, *TENS, "quarter", "quater", "half", "noon", "midday", "midnight"}
)


def _half(mark: str | None) -> str:
    return mark[0] if mark and mark[0] in "ap" else ""


def clocks(low: str, start: int, end: int) -> list[Clock]:
    """Every clock time in low[start:end] (lower case), the doubtful ones too, in their order."""
    found: list[Clock] = []
    reached = start
    for hit in _CLOCKS.finditer(low, start, end):
        if hit.start() < reached:
            continue
        spoken = _minutes_to(low, hit, end)
        if spoken is not None:
            found.append(spoken)
            reached = spoken.end
            continue
        pair = _word_range(low, hit)
        if pair:
            found += pair
            continue
        clock = _clock(hit)
        if clock is not None:
            found.append(_with_part_of_day(low, clock, end))
    return found


_FROM = re.compile(r"\b(?:from|between)[ ]$")
_BETWEEN = re.compile(r"\bbetween[ ]$")
_AND = re.compile(r"[ ]{0,2}and[ ]")
_GOES_ON = re.compile(r"[ ]{0,2}(?:to|until|till|til|-|–)[ ]")  # noqa: RUF001


_PART_OF_DAY = re.compile(r"[ ]?(?:in the (?P<part>morning|afternoon|evening)|at night)\b")


def _with_part_of_day(low: str, clock: Clock, end: int) -> Clock:
    """ "11:40 in the evening"."""
    told = None if clock.half or clock.hour > 12 else _PART_OF_DAY.match(low, clock.end, end)
    if told is None:
        return clock
    return replace(clock, half="a" if told["part"] == "morning" else "p")


_LEADS = re.compile(r"(?:\b(?:until|till|til|at|by|around|about|to)|@|-)[ ]?$")
_TO_THE_HOUR = re.compile(
    r"(?P<m>\d{1,2})[ ](?P<r>to|till|til|past|after|before)[ ]"
    rf"(?P<h>\d{{1,2}}|{HOUR_WORD})(?![\w:.])"
)


def _minutes_to(low: str, hit: re.Match[str], end: int) -> Clock | None:
    """ "From 2 til 10 to 4": minutes in figures before or after an hour, where a time is due."""
    if not hit["d1"] or not _LEADS.search(low, max(0, hit.start() - 8), hit.start()):
        return None
    told = _TO_THE_HOUR.match(low, hit.start(), end)
    if told is None:
        return None
    minute, hour = int(told["m"]), int(HOURS.get(told["h"], 0) or told["h"])
    if minute % 5 or not 0 < minute < 60 or not 1 <= hour <= 12:
        return None
    if told["r"] in ("to", "till", "til", "before"):
        hour, minute = (hour - 1) % 12 or 12, 60 - minute
    return Clock(told.start(), told.end(), hour, minute, words=True)


def _word_range(low: str, hit: re.Match[str]) -> tuple[Clock, Clock] | None:
    """ "from ten to eleven" is a range, "ten to eleven" alone a time."""
    first, last = hit["wm"], hit["wh"]
    if not first or hit["wr"] not in ("to", "till", "til") or first not in HOURS:
        return None
    if last not in HOURS or not _FROM.search(low, max(0, hit.start() - 9), hit.start()):
        return None
    if _GOES_ON.match(low, hit.end()):
        return None
    if _BETWEEN.search(low, max(0, hit.start() - 9), hit.start()) and _AND.match(low, hit.end()):
        # "between five to nine and twenty to ten".
        return None
    middle = hit.start("wr")
    return (
        Clock(hit.start(), middle - 1, HOURS[first], 0, words=True),
        Clock(hit.start("wh"), hit.end(), HOURS[last], 0, _half(hit["whh"]), words=True),
    )


def _clock(hit: re.Match[str]) -> Clock | None:
    at = hit.start(), hit.end()
    if hit["d"]:
        hour, minute, half = int(hit["d"]), int(hit["m"]), _half(hit["h"])
        sure = hit["s"] == ":" or (hit["s"] == "." and bool(half)) or hit["s"] == "h"
        military = hour >= 13
        if hour > 23 or (half and hour > 12):
            return None
        return Clock(*at, hour, minute, half, sure, military=military)
    four = hit["d4"] or hit["d4x"]
    if four:
        mark = hit["h4"] or hit["h4x"]
        hour, minute = int(four[:-2]), int(four[-2:])
        half = _half(mark)
        if half and hour > 12:
            return None
        return Clock(*at, hour, minute, half, bool(mark), military=not half and len(four) == 4)
    if hit["d2"]:
        hour = int(hit["d2"])
        return Clock(*at, hour, 0, _half(hit["h2"])) if 1 <= hour <= 12 else None
    if hit["d1"]:
        hour = int(hit["d1"])
        return Clock(*at, hour, 0, sure=False) if 1 <= hour <= 23 else None
    if hit["wm"]:
        return _spoken(hit, at)
    if hit["oh"]:
        return Clock(*at, int(HOURS.get(hit["oh"], 0) or hit["oh"]), 0, words=True)
    if hit["half"]:
        return Clock(*at, HOURS[hit["half"]], 30, words=True)
    if hit["hh"]:
        told = re.sub(r"^(?:oh|o)[ -]", "", hit["hm"])
        minute = number_in_words(told) or 0
        # "Three fifty one", "ten oh three" can be little else; "three forty" could be a count.
        sure = told != hit["hm"] or re.search(r"[ -]", told) is not None
        return Clock(*at, HOURS[hit["hh"]], minute, sure=sure, words=True)
    if hit["bare"]:
        return Clock(*at, HOURS[hit["bare"]], 0, sure=False, words=True)
    return Clock(*at, 0 if hit["noon"] == "midnight" else 12, 0, "p", words=True, military=False)


def _spoken(hit: re.Match[str], at: tuple[int, int]) -> Clock | None:
    words = hit["wm"]
    if words in ("quarter", "quater"):
        minutes = 15
    elif words == "half":
        minutes = 30
    else:
        minutes = number_told(words) or 0
    if hit["wh"] in ("noon", "midnight"):
        hour = 12 if hit["wh"] == "noon" else 0
    else:
        hour = int(HOURS.get(hit["wh"], 0) or hit["wh"])
    if not 0 < minutes < 60 or hour > 12:
        return None
    if hit["wr"] in ("to", "before", "till", "til", "of"):
        hour, minutes = (hour - 1) % 12 or 12, 60 - minutes
    # "three to four" is a range of two hours, "twenty to four" a time.
    sure = (
        hit["wr"] in ("past", "after") or words in ("quarter", "quater", "half") or minutes % 5 == 0
    )
    if words in HOURS and words not in ("five", "ten"):
        sure = False
    # "three minutes past eleven" can be nothing else.
    sure = sure or " min" in hit[0]
    if words.isdigit() and hit["wr"] in ("to", "till", "til", "of", "before"):
        return None
    half = _half(hit["whh"]) or (
        "p" if hit["wh"] == "noon" and hit["wr"] in ("past", "after") else ""
    )
    return Clock(*at, hour, minutes, half, sure, words=True)


AFTERNOON_UNTIL = 7
"""Without am or pm, 1 to 6 o'clock is read as the afternoon: practices open at seven."""


def minute_of_day(clock: Clock, half: str, day_in_24: bool) -> int:
    """Minutes since midnight, with the half of the day told or guessed."""
    hour = clock.hour
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    elif not half and 1 <= hour < AFTERNOON_UNTIL and not clock.military and not day_in_24:
        hour += 12
    return hour * 60 + clock.minute


def span_of(first: Clock, last: Clock, day_in_24: bool, hint: str = "") -> tuple[int, int] | None:
    """Start and stop of a range in minutes since midnight; None where it makes no session.

    hint: the half of the day that the text tells elsewhere ("this afternoon").

    >>> c = clocks("11:30-12:15pm", 0, 13)
    >>> span_of(c[0], c[1], False)
    (690, 735)
    """
    halves: list[tuple[str, str]]
    if first.half and last.half:
        halves = [(first.half, last.half)]
    elif last.half:
        halves = [(last.half, last.half), ("a" if last.half == "p" else "p", last.half)]
    elif first.half:
        halves = [(first.half, first.half), (first.half, "p" if first.half == "a" else "a")]
    else:
        halves = [(hint, hint), ("", "")] if hint else [("", "")]
        # Nobody is seen from four to seven in the morning.
        late = first.hour < AFTERNOON_UNTIL and not first.military
        halves += (
            [("p", "p"), ("a", "p"), ("a", "a")] if late else [("a", "p"), ("a", "a"), ("p", "p")]
        )
    for one, other in halves:
        start = minute_of_day(first, one, day_in_24)
        stop = minute_of_day(last, other, day_in_24)
        if 0 < stop - start <= LONGEST_SESSION:
            return start, stop
    if first.half != last.half or not first.half:
        # A crisis or a night shift goes beyond midnight.
        start = minute_of_day(first, first.half, day_in_24=True)
        stop = minute_of_day(last, last.half, day_in_24=True) + DAY
        if start >= LATE and 0 < stop - start <= LONGEST_NIGHT:
            return start, stop
    return None


DAY = 24 * 60
LATE = 18 * 60
"""From then on a visit may go beyond midnight."""
LONGEST_NIGHT = 240


LONGEST_SESSION = 600
"""Minutes. Day programmes and ABA run for hours; beyond ten it is no session."""


def clock_text(minute: int) -> str:
    """Minutes since midnight as HH:MM.

    >>> clock_text(785)
    '13:05'
    """
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
