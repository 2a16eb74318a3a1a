"""Ranges of clock times, each with points for what stands around it.

A range is judged by its clause: words of the session speak for it, words of another day, person
or plan against it. Which range is the session's is decided in `session_time`.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from features.notes.clock import Clock, clocks, span_of
from features.notes.durations import durations
from features.notes.phrases import load
from features.notes.prose import Prose, Sentence

_RULES = load("time")["clock"]
_SEPARATOR = re.compile(
    r"(?:[ ]in the (?:morning|afternoon|evening)|[ ]at night)?[ \n]{0,2}(?:-{1,2}>?|–|—|→|>|~|to|until|till|'?til|thru|through|and|/)[ \n]{0,2}(?:about |approx\.? |around |an? )?"  # noqa: E501, RUF001
)
_BETWEEN = re.compile(r"\b(?:between|from)(?: the hours of)?[ ]{1,2}$")
START = re.compile(
    rf"(?<![\w-])(?:{_RULES['start']}{_RULES['bridge']}|(?:started|began|begun)[^.;|\n]{{0,24}}"
    r"|(?:hopped|jumped|logged|got) on[^.;|\n]{0,60} at )$"
)
STOP = re.compile(
    rf"(?<![\w-])(?:{_RULES['stop']}{_RULES['bridge']}"
    r"|(?:good-?bye|finished|ended|stopped|closed|concluded)[^.;|\n\d]{0,24}\bat )$"
)
_START_AFTER = re.compile(_RULES["start_after"])
_STOP_AFTER = re.compile(_RULES["stop_after"])
_OWN = re.compile(rf"(?<![\w-]){_RULES['own']}(?![\w])")
_FOREIGN = re.compile(rf"(?<![\w-]){_RULES['foreign']}(?![\w])")
HELD = re.compile(
    r"\b(?:hold|held|paused?|on break|break|waited|stepped out|dropped|interrupted)\b"
)
_PLANNED = re.compile(r"slot|sched|booked|appt|appointment")
_SLOT = re.compile(r"(?<!signed )\bfor (?:an? |the |his |her |our )?$")
_SLOT_AFTER = re.compile(r"[ ]?(?:session|sess|appt|appointment|slot|visit|time)")
_ACTUAL = re.compile(r"\b(?:so|actual(?:ly)?|but|seen|saw|instead|today)\b")
_CLAUSE_MARK = re.compile(r"[;(.,|]")
_OTHER_VISIT = re.compile(
    r"\b(?:last|previous|prior|next|yesterday'?s?|calendar|reserved|booked|scheduled?|slot)\b[^.;\n]{0,40}$"
)
_AFTERNOON = re.compile(_RULES["afternoon"])
_EVENING = re.compile(
    r"\b(?:this evening|an evening with|tonight|evening (?:session|visit|group))\b"
)
_MORNING = re.compile(_RULES["morning"])
_CODE = re.compile(r"(?<![\w.])(?:9[0-9]\d{3}|0[23][67][23]t|[gh]\d{4})(?!\w)")
PLAN_SECTIONS = frozenset(
    {
        "plan",
        "home_program",
        "signature",
        "medication",
        "history",
        "goal",
        "supervision",
        "plan_of_care",
    }
)


@dataclass(frozen=True, slots=True)
class Span:
    """A range of clock times in the text: where it stands, what it says, how well it fits."""

    start: int
    end: int
    first: int
    last: int
    points: float
    coded: bool = False
    """A code or an activity's own block, not the visit."""
    other: bool = False
    """Of another visit, or a planned one."""
    slot: bool = False
    """Scheduled or booked: what was planned."""

    @property
    def minutes(self) -> int:
        """Length in minutes."""
        return self.last - self.first


def _clause(low: str, sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    """The clause around a mention: between semicolons, within its sentence."""
    left = low.rfind(";", sentence.start, start)
    right = low.find(";", end, sentence.end)
    return (left + 1 if left >= 0 else sentence.start), (right if right >= 0 else sentence.end)


def _reach(prose: Prose, start: int, end: int) -> tuple[int, int]:
    sentence = prose.sentence(start)
    first = sentence.start if sentence.label_start < 0 else sentence.label_start
    left, right = _clause(prose.low, sentence, start, end)
    if left == sentence.start:
        left = first
    return min(left, start), max(right, end)


def find_spans(prose: Prose) -> list[Span]:
    """Every range of clock times in a note, with its points."""
    low = prose.low
    spans: list[Span] = []
    mentions = clocks(low, 0, len(low))
    # "2019" is a year before it is a time.
    day_in_24 = any(c.hour >= 13 and (c.sure or (c.military and c.hour < 19)) for c in mentions)
    used: set[int] = set()
    for one, two in pairwise(mentions):
        if one.start in used or two.start - one.end > 34:
            continue
        between = low[one.end : two.start]
        if not _SEPARATOR.fullmatch(between) and not _side_by_side(low, one, two, between):
            continue
        if between.strip() == "/" and prose.sentence(one.start).section == "time":
            pass
        elif between.strip() in ("and", "/") and not (
            between.strip() == "and" and _BETWEEN.search(low, max(0, one.start - 25), one.start)
        ):
            continue
        if not _plausible(low, one, two):
            continue
        span = span_of(one, two, day_in_24 and not one.words, _hint(prose, one))
        if span is None:
            continue
        used.add(two.start)
        spans.append(_judge(prose, one.start, two.end, span, ranged=True))
    spans += _slashed(prose, day_in_24)
    spans += _apart(prose, mentions, day_in_24, used | {s.start for s in spans})
    # A range that holds others is the visit around its parts.
    return [
        replace(s, points=s.points + 2.5)
        if any(o is not s and s.first <= o.first and o.last <= s.last for o in spans)
        else s
        for s in spans
    ]


_TWICE = re.compile(
    r"(?<![\w/.:$#-])(?:(?:[01]\d|2[0-3])[0-5]\d[ ]?/[ ]?(?:[01]\d|2[0-3])[0-5]\d"
    r"|\d{1,2}:[0-5]\d[ ]?[ap]m?[ ]?/[ ]?\d{1,2}:[0-5]\d[ ]?[ap]m?)(?![\w/%-])"
)


def _slashed(prose: Prose, day_in_24: bool) -> list[Span]:
    """A start and a stop written alike about a stroke: "1305/1358", "1:05p/1:58p"."""
    found = []
    for hit in _TWICE.finditer(prose.low):
        times = clocks(hit[0].replace("/", "-"), 0, len(hit[0]))
        if len(times) != 2 or not _plausible(hit[0], times[0], times[1]):
            continue
        span = span_of(times[0], times[1], day_in_24)
        if span is not None:
            found.append(_judge(prose, hit.start(), hit.end(), span, ranged=True))
    return found


def _side_by_side(low: str, one: Clock, two: Clock, between: str) -> bool:
    """A start and a stop with a blank between, whose length follows: "10:00 10:30 30 min"."""
    if between.strip(" ") == "|" and one.half and two.half:
        # Two cells of a heading: "| 4:15p | 4:47p |".
        return low.rfind("\n", 0, one.start) < 0 or "|" in low[two.end : two.end + 3]
    if between.strip(" ") or low[two.start - 1] != " " or not (one.sure and two.sure):
        return False
    span = span_of(one, two, False)
    stated = durations(low, two.end, min(len(low), two.end + 20))
    return span is not None and any(d.minutes == span[1] - span[0] for d in stated)


def _plausible(low: str, one: Clock, two: Clock) -> bool:
    """Whether two numbers with a dash between them can be a range of times."""
    if one.sure and two.sure:
        return True
    if (
        _dotted(low, one)
        and _dotted(low, two)
        and (_in_fives(one, two) or _LED_IN.search(low, max(0, one.start - 24), one.start))
    ):
        return True
    if one.military and two.military and not one.sure and not two.sure:
        # 1405-1500; but a license or phone number is no time, and "2019-2021" are years.
        years = 1950 <= one.hour * 100 + one.minute <= 2059 and two.hour * 100 + two.minute >= 1950
        return not years
    if one.military and two.military:
        return True
    four = (one.military and not one.half) != (two.military and not two.half)
    if four and not (one.sure and two.sure):
        return False
    if one.words and two.words:
        return one.sure or two.sure
    if two.sure and (two.half or two.hour >= 1) and not one.words:
        # "3-3:45", "2.10 to 2.36pm", "11-12:15p"
        return bool(two.half) or (one.minute == 0 and one.hour <= 12)
    if one.sure and not two.words:
        return bool(one.half) or two.minute > 0 or two.hour <= 12
    if one.minute and two.minute and not one.sure and not two.sure and not one.words:
        return bool(one.half or two.half)
    return one.words and two.words


def _dotted(low: str, clock: Clock) -> bool:
    """Whether a time is written with a full stop: "10.05"."""
    return not clock.words and "." in low[clock.start : clock.start + 3]


_RESUMED = re.compile(r"\b(?:back|reconnect\w*|rejoin\w*|resum\w*|again)\b")


def _in_fives(one: Clock, two: Clock) -> bool:
    """Whether two times lie on the clock's own marks and make a visit between them."""
    span = span_of(one, two, False)
    return (
        one.minute % 5 == two.minute % 5 == 0
        and span is not None
        and 10 <= span[1] - span[0] <= 180
    )


_LED_IN = re.compile(
    r"\b(?:from|between|seen|saw|sat|met|session|time|visit|tx|treatment|together|on|in)\b[^.;\n]{0,18}$"
)


def _hint(prose: Prose, clock: Clock) -> str:
    if clock.half:
        return ""
    sentence = prose.sentence(clock.start)
    left = max(sentence.start, clock.start - 80)
    if _AFTERNOON.search(prose.low, left, min(sentence.end, clock.end + 60)):
        return "p"
    if _MORNING.search(prose.low, left, min(sentence.end, clock.end + 60)):
        return "a"
    if clock.hour in (6, 7, 8, 9) and _EVENING.search(prose.low):
        return "" if _MORNING.search(prose.low) else "p"
    return ""


def _apart(prose: Prose, mentions: list[Clock], day_in_24: bool, used: set[int]) -> list[Span]:
    """A start and a stop that stand apart: "Began 3:34, ended 4:18"."""
    low = prose.low
    found: list[Span] = []
    opened: tuple[Clock, int] | None = None
    closed: tuple[Clock, int] | None = None
    for clock in mentions:
        if clock.start in used:
            continue
        left = max(0, clock.start - 40, low.rfind("\n", 0, clock.start) + 1)
        if not _times(low, left, clock, opened is not None):
            continue
        # Once a start is known a stop word is preferred: "from" and "to" serve both.
        stop = STOP.search(low, left, clock.start)
        if stop and HELD.search(low, max(0, stop.start() - 25), stop.start()):
            continue
        if stop and _SOMEBODY.search(low, max(0, stop.start() - 30), stop.start()):
            continue
        lost = stop is not None and stop[0].startswith(("dropped", "disconnected", "cut out"))
        if lost and _RESUMED.search(low, clock.end, clock.end + 70):
            continue
        start = START.search(low, left, clock.start)
        if start and _SOMEBODY.search(low, max(0, start.start() - 22), start.start()):
            start = None
        begins = start is not None or _START_AFTER.match(low, clock.end) is not None
        ends = stop is not None or _STOP_AFTER.match(low, clock.end) is not None
        stop_at = stop.start() if stop else clock.start
        start_at = start.start() if start else clock.start
        if opened and ends and clock.start - opened[0].end <= FARTHEST:
            span = span_of(opened[0], clock, day_in_24 and not clock.words, _hint(prose, opened[0]))
            if span is not None:
                found.append(_judge(prose, opened[1], clock.end, span, ranged=False))
                opened = None
                continue
        if closed and begins and clock.start - closed[0].end <= NEXT:
            # "We stopped at 3:00, having begun at 2:05."
            span = span_of(clock, closed[0], day_in_24 and not clock.words, _hint(prose, clock))
            if span is not None:
                found.append(_judge(prose, closed[1], clock.end, span, ranged=False))
                closed = opened = None
                continue
        if ends and not opened:
            closed = (clock, stop_at)
        if begins:
            weak = start is not None and re.match(r"(?:arriv|left|on|in\b|came)", start[0])
            if opened is None or not weak:
                opened = (clock, start_at)
    return found


def told_backwards(prose: Prose) -> bool:
    """Whether a start and a stop are told of which the stop is the earlier one."""
    for line in prose.low.split("\n"):
        times = [c for c in clocks(line, 0, len(line)) if c.sure]
        for one, two in pairwise(times):
            if (
                two.start - one.end <= NEXT
                and START.search(line, max(0, one.start - 40), one.start)
                and STOP.search(line, one.end, two.start)
                and span_of(one, two, day_in_24=False) is None
            ):
                return True
    return False


SHORTEST = 8
"""Minutes under which a range is rarely a session."""
FARTHEST = 3000
"""Characters within which a stop belongs to a start."""
NEXT = 60
"""Characters within which a start told behind the stop belongs to it."""


def _times(low: str, left: int, clock: Clock, opened: bool) -> bool:
    """Whether what could be a time is one, standing alone.

    opened: whether a start was told, to which a stop is due.
    """
    if clock.sure or clock.military:
        return True
    led = START.search(low, left, clock.start) or STOP.search(low, left, clock.start)
    if clock.words:
        if clock.minute:
            return led is not None or _AT.search(low, left, clock.start) is not None
        return opened and led is not None and _AT.search(low, left, clock.start) is not None
    if clock.minute and _dotted(low, clock):
        return led is not None or _AT.search(low, left, clock.start) is not None
    if opened and led is not None and _AT.search(low, left, clock.start):
        return True
    return _LABELLED.search(low, left, clock.start) is not None


_SOMEBODY = re.compile(
    r"\b(?:front desk|desk|lobby|pd|police|ems|officers?|deput(?:y|ies)|attending|nurse|rn|doctor|dr|mother|mom|father|dad|sister|brother|wife|husband|partner|"  # noqa: E501
    r"teacher|aide|supervisor|daughter|son)\b[^.;\n]{0,12}$"
)
_AT = re.compile(r"\b(?:at|until|till|til)[ ]$")
_LABELLED = re.compile(r"(?:start|began|end|stop|finish|out|in)\w{0,4}[ :@]{1,3}(?:at )?$")


def _judge(prose: Prose, start: int, end: int, span: tuple[int, int], *, ranged: bool) -> Span:
    low = prose.low
    sentence = prose.sentence(start)
    left, right = _reach(prose, start, end)
    near_left, near_right = max(left, start - 60), min(right, end + 45)
    points = 2.0 if ranged else 2.5
    if sentence.section == "time":
        points += 3
    elif sentence.section in PLAN_SECTIONS:
        points -= 5
    if sentence.section == "" or prose.index(start) <= 1:
        points += 1.5
    if _OWN.search(low, near_left, min(end + 20, near_right)):
        points += 1.5
    foreign = _FOREIGN.search(low, near_left, start)
    slot = foreign is not None and _PLANNED.match(foreign[0]) is not None
    if foreign and not _ACTUAL.search(low, foreign.end(), start):
        points -= 6
    after = _FOREIGN.search(low, end, near_right)
    if after and after.start() - end < 30 and not _CLAUSE_MARK.search(low, end, after.start()):
        points -= 2.5
    if _SLOT.search(low, max(0, start - 14), start) and _SLOT_AFTER.match(low, end):
        points -= 6
    minutes = span[1] - span[0]
    if (ranged and minutes < SHORTEST) or minutes > 300:
        # A start and a stop told apart are the session's however short it was.
        points -= 1.5
    for stated in durations(low, end, min(len(low), end + 30)):
        if stated.minutes == minutes:
            points += 3
    line_left = low.rfind("\n", 0, start) + 1
    line_right = low.find("\n", end)
    line_right = len(low) if line_right < 0 else line_right
    coded = bool(
        ranged and (_CODE.search(low, max(line_left, start - 40), min(line_right, end + 40)))
    )
    other = _OTHER_VISIT.search(low, near_left, start) is not None
    return Span(start, end, span[0], span[1], points, coded, other, slot)
