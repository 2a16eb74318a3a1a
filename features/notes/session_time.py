"""When the session began and ended and how long it took, told apart from every other time.

A note names many times: the next appointment, a dose, a hold, another therapist's block, the
homework. Each range and each duration gets points for what stands around it; the best one is
the session's if it has enough. Conventions (reference rubric of documentation elements): the
clock decides over a stated total that disagrees; minutes that the writer takes out are out; a
total of timed minutes alone, an appointment time or a scheduled length is no session time.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from features.notes.clock import (
    NUMBER_WORD_STARTS,
    NUMBER_WORDS,
    Clock,
    Duration,
    clock_text,
    clocks,
    durations,
    minute_of_day,
    number_in_words,
    span_of,
)
from features.notes.phrases import load
from features.notes.prose import Prose, Sentence
from features.notes.starts import Starts

_CLOCK_RULES = load("time")["clock"]
_DURATION_RULES = load("time")["duration"]

_SEPARATOR = re.compile(
    r"[ ]{0,2}(?:-{1,2}>?|–|—|→|>|to|until|till|'?til|thru|through|and|/)[ ]{0,2}(?:about |approx\.? |around )?"  # noqa: E501, RUF001
)
_BETWEEN = re.compile(r"\bbetween(?: the hours of)?[ ]{1,2}$")
_START = re.compile(
    rf"(?<![\w-])(?:{_CLOCK_RULES['start']}{_CLOCK_RULES['bridge']}|(?:started|began|begun)[^.;|\n]{{0,24}})$"
)
_STOP = re.compile(rf"(?<![\w-]){_CLOCK_RULES['stop']}{_CLOCK_RULES['bridge']}$")
_OWN = re.compile(rf"(?<![\w-]){_CLOCK_RULES['own']}(?![\w])")
_FOREIGN = re.compile(rf"(?<![\w-]){_CLOCK_RULES['foreign']}(?![\w])")
_HELD = re.compile(
    r"\b(?:hold|held|paused?|on break|break|waited|stepped out|dropped|interrupted)\b"
)
_PLANNED = re.compile(r"slot|sched|booked|appt|appointment")
_SLOT = re.compile(r"(?<!signed )\bfor (?:an? |the |his |her |our )?$")
_SLOT_AFTER = re.compile(r"[ ]?(?:session|sess|appt|appointment|slot|visit|time)")
_ACTUAL = re.compile(r"\b(?:so|actual(?:ly)?|but|seen|saw|instead|today)\b")
_CLAUSE_MARK = re.compile(r"[;(.,|]")
_AFTERNOON = re.compile(_CLOCK_RULES["afternoon"])
_MORNING = re.compile(_CLOCK_RULES["morning"])
_TOTAL_BEFORE = re.compile(
    rf"(?<![\w]){_DURATION_RULES['total_before']}(?: \(\w{{1,8}}\))?[ ]{{0,2}}[:=~≈-]?[ ]{{0,2}}(?:about |approx\.? )?$"  # noqa: E501
)
_TOTAL_AFTER = re.compile(rf"[ ]{{0,2}}[-,)(]?[ ]?(?:of )?{_DURATION_RULES['total_after']}")
_SERVICE_BEFORE = re.compile(
    rf"(?<![\w]){_DURATION_RULES['service_before']}[^\w.;|\n]{{0,3}}(?:for |of |lasting )?(?:\w{{1,14}}[ ,]{{1,2}}){{0,3}}\(?$"  # noqa: E501
)
_TIMES = re.compile(r"(?<![\d)] )(?<![\d)])\bx[ ]?$")
_FOREIGN_SUBJECT = re.compile(
    rf"\b{_DURATION_RULES['foreign_subject']} (?:lasted|ran|took|went|was|of|for)[ ](?:about |for )?$"  # noqa: E501
)
_TIMED_BEFORE = re.compile(
    rf"(?<![\w]){_DURATION_RULES['timed_before']}[ ]{{0,2}}[:=(]{{0,2}}[ ]{{0,2}}$"
)
_TIMED_AFTER = re.compile(rf"[ ]{{0,2}}{_DURATION_RULES['timed_after']}(?!\w)")
_FOREIGN_BEFORE = re.compile(rf"(?<![\w]){_DURATION_RULES['foreign_before']}[ :(,~-]{{0,3}}$")
_FOREIGN_AFTER = re.compile(rf"[ ]{{0,2}}(?:-|–)?[ ]?{_DURATION_RULES['foreign_after']}(?!\w)")  # noqa: RUF001
_BREAK = re.compile(_DURATION_RULES["break"].replace("NUMBER", NUMBER_WORDS))
# A bare number behind a label: "TOTAL 52", "TT 53 / TU 4", "TIMED MIN 22".
_BARE = re.compile(
    r"(?<![\w])(?P<timed>(?:total )?timed(?: (?:code|tx|treatment))?(?: (?:minutes|mins?|time))?|tcm|timed total)?"  # noqa: E501
    r"(?P<total>total(?: (?:tx|treatment|session|visit|therapy))?(?: (?:time|minutes|mins?))?(?: \(min(?:ute)?s?\))?"  # noqa: E501
    r"|ttt?|duration|session (?:length|minutes|mins?)|(?:tx|treatment)(?: (?:time|mins?|minutes))?|(?:session|visit) (?:time|mins?|minutes)|time|minutes|mins)?"  # noqa: E501
    r"(?(timed)|(?(total)|(?!)))(?: (?:was|is|of|likewise|also)){0,2}[ ]{0,2}[:=]?[ ]{0,2}(?P<n>\d{1,3})(?![\d:/%x°]|\.\d|[ ]?(?:min|hr|hour|m\b|'|x\b|x/|visits|units|reps|am\b|pm\b|a\b|p\b|of))"  # noqa: E501
)
_BARE_NUMBERS = Starts(_BARE, load("time")["begins"]["bare"], digits=False)
_BREAKS = Starts(_BREAK, [*load("time")["begins"]["break"], *NUMBER_WORD_STARTS])
# A field that holds a number alone: "Duration (min): 45", "Length: 0:45".
_FIELD = re.compile(r"(?:0:)?(?P<n>\d{2,3})[ ]?(?:min(?:ute)?s?)?\.?")
_LENGTH = re.compile(r"total|duration|length|minutes|mins|time\b|face|f2f|tt\b|timed")
_CODE = re.compile(r"(?<![\w.])(?:9[0-9]\d{3}|0[23][67][23]t|[gh]\d{4})(?!\w)")
_PLAN_SECTIONS = frozenset(
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
LEAST_POINTS = 3
NOT_FOREIGN = -2.0
"""Points above which nothing gives a range to another day or person; a plan alone costs 5."""
SHORTEST, LONGEST = 8, 240


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
    slot: bool = False
    """Scheduled or booked: what was planned."""

    @property
    def minutes(self) -> int:
        """Length in minutes."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Total:
    """A stated number of minutes and how well it fits."""

    start: int
    end: int
    minutes: int
    points: float
    timed: bool = False


@dataclass(frozen=True, slots=True)
class SessionTime:
    """What the text says of the session's time; None where it does not say."""

    minutes: int | None = None
    start: str | None = None
    stop: str | None = None
    conflict: str | None = None
    timed_minutes: int | None = None
    evidence: tuple[tuple[int, int], ...] = ()
    timed_evidence: tuple[tuple[int, int], ...] = ()
    spans: tuple[Span, ...] = ()
    totals: tuple[Total, ...] = ()
    breaks: tuple[tuple[int, int, int], ...] = ()
    """(start, end, minutes) of what the writer takes out."""


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


def _find_spans(prose: Prose) -> list[Span]:
    low = prose.low
    spans: list[Span] = []
    mentions = clocks(low, 0, len(low))
    # "2019" is a year before it is a time.
    day_in_24 = any(c.hour >= 13 and (c.sure or (c.military and c.hour < 19)) for c in mentions)
    used: set[int] = set()
    for one, two in pairwise(mentions):
        if one.start in used or two.start - one.end > 16:
            continue
        between = low[one.end : two.start]
        if not _SEPARATOR.fullmatch(between):
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
    spans += _apart(prose, mentions, day_in_24, used | {s.start for s in spans})
    # A range that holds others is the visit around its parts.
    return [
        replace(s, points=s.points + 2.5)
        if any(o is not s and s.first <= o.first and o.last <= s.last for o in spans)
        else s
        for s in spans
    ]


def _plausible(low: str, one: Clock, two: Clock) -> bool:
    """Whether two numbers with a dash between them can be a range of times."""
    if one.sure and two.sure:
        return True
    if one.military and two.military and not one.sure and not two.sure:
        # 1405-1500; but a license or phone number is no time, and "2019-2021" are years.
        years = 1950 <= one.hour * 100 + one.minute <= 2059 and two.hour * 100 + two.minute >= 1950
        return not years
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


def _hint(prose: Prose, clock: Clock) -> str:
    if clock.half:
        return ""
    sentence = prose.sentence(clock.start)
    left = max(sentence.start, clock.start - 80)
    if _AFTERNOON.search(prose.low, left, min(sentence.end, clock.end + 60)):
        return "p"
    if _MORNING.search(prose.low, left, min(sentence.end, clock.end + 60)):
        return "a"
    return ""


def _apart(prose: Prose, mentions: list[Clock], day_in_24: bool, used: set[int]) -> list[Span]:
    """A start and a stop that stand apart: "Began 3:34, ended 4:18"."""
    low = prose.low
    found: list[Span] = []
    opened: tuple[Clock, int] | None = None
    for clock in mentions:
        if clock.start in used:
            continue
        floor = max(0, clock.start - 40)
        last_line = low.rfind("\n", floor, clock.start) + 1
        left = max(floor, last_line)
        if not clock.sure and not clock.military and not clock.words:
            if not re.search(
                r"(?:start|began|end|stop|finish|out|in)\w{0,4}[ :@]{1,3}(?:at )?$",
                low[left : clock.start],
            ):
                continue
        elif not clock.sure and clock.words:
            continue
        # Once a start is known a stop word is preferred: "from" and "to" serve both.
        stop = _STOP.search(low, left, clock.start)
        if stop and _HELD.search(low, max(0, stop.start() - 25), stop.start()):
            continue
        start = _START.search(low, left, clock.start)
        if opened and stop and clock.start - opened[0].end <= 1200:
            span = span_of(opened[0], clock, day_in_24 and not clock.words, _hint(prose, opened[0]))
            if span is not None:
                found.append(
                    _judge(prose, opened[1], clock.end, span, ranged=False, stop_at=clock.start)
                )
                opened = None
                continue
        if start:
            weak = re.match(r"(?:arriv|left|on|in\b)", start[0])
            if opened is None or not weak:
                opened = (clock, start.start())
    return found


def _judge(
    prose: Prose, start: int, end: int, span: tuple[int, int], *, ranged: bool, stop_at: int = 0
) -> Span:
    low = prose.low
    sentence = prose.sentence(start)
    left, right = _reach(prose, start, end)
    near_left, near_right = max(left, start - 60), min(right, end + 45)
    points = 2.0 if ranged else 2.5
    if sentence.section == "time":
        points += 3
    elif sentence.section in _PLAN_SECTIONS:
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
    if minutes < 8 or minutes > 300:
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
    return Span(start, end, span[0], span[1], points, coded, slot)


def _find_totals(prose: Prose, spans: list[Span]) -> list[Total]:
    low = prose.low
    totals = [_judge_total(prose, duration) for duration in durations(low, 0, len(low))]
    for sentence in prose.sentences:
        field = _FIELD.fullmatch(low, sentence.start, sentence.end)
        if field and sentence.section == "time" and _LENGTH.search(sentence.label):
            totals.append(
                Total(sentence.start, sentence.end, int(field["n"]), 5.0, "timed" in sentence.label)
            )
    for bare in _BARE_NUMBERS.finditer(low, 0, len(low)):
        minutes = int(bare["n"])
        if not 5 <= minutes <= 480 or any(
            t.start <= bare.end() and bare.start() <= t.end and t.points > 2 for t in totals
        ):
            continue
        sentence = prose.sentence(bare.start())
        # The last lines of a flow sheet stand below its plan, yet tell the visit's own time.
        opens = bare.start() - sentence.start <= 14
        if sentence.section in _PLAN_SECTIONS and not opens:
            continue
        if bare["total"] in (
            "tx",
            "treatment",
            "session",
            "visit",
            "time",
            "minutes",
            "mins",
        ) and not (
            (opens and sentence.label_start < 0)
            or prose.text[bare.start() : bare.start() + 2].isupper()
        ):
            continue
        if _FOREIGN_AFTER.match(low, bare.end()):
            continue
        totals.append(
            Total(bare.start(), bare.end(), minutes, 4.5, timed=bare["timed"] is not None)
        )
    return totals


def _judge_total(prose: Prose, duration: Duration) -> Total:
    low = prose.low
    sentence = prose.sentence(duration.start)
    floor = sentence.start if sentence.label_start < 0 else sentence.label_start
    left = max(floor, duration.start - 60)
    timed = bool(
        _TIMED_BEFORE.search(low, left, duration.start) or _TIMED_AFTER.match(low, duration.end)
    )
    points = 0.0
    if sentence.section == "time" and sentence.label:
        points += 4 if sentence.label not in ("timed", "tcm") else 0
        timed = timed or sentence.label.startswith(("timed", "total timed", "tcm"))
    elif sentence.section in _PLAN_SECTIONS:
        points -= 1 if _TOTAL_BEFORE.match(low[sentence.start : duration.start]) else 6
    told = _TOTAL_BEFORE.search(low, left, duration.start) is not None
    if told:
        points += 4
    if _TOTAL_AFTER.match(low, duration.end):
        points += 3
    if _SERVICE_BEFORE.search(low, left, duration.start) or _TIMES.search(
        low, left, duration.start
    ):
        points += 2.5
    if _FOREIGN_SUBJECT.search(low, left, duration.start):
        points -= 6
    if prose.index(duration.start) == 0 or (
        sentence.section in ("", "header") and prose.index(duration.start) <= 2
    ):
        points += 1
    if 20 <= duration.minutes <= 120:
        points += 0.5
    if not told and _FOREIGN_BEFORE.search(low, left, duration.start):
        points -= 4
    if _FOREIGN_AFTER.match(low, duration.end):
        points -= 4
    if duration.minutes < 8:
        points -= 2
    return Total(duration.start, duration.end, duration.minutes, points, timed)


def _breaks(prose: Prose) -> list[tuple[int, int, int]]:
    found = []
    for hit in _BREAKS.finditer(prose.low, 0, len(prose.low)):
        sentence = prose.sentence(hit.start())
        if sentence.section in _PLAN_SECTIONS:
            continue
        number = hit[1] or hit[2] or hit[3]
        minutes = int(number) if number.isdigit() else number_in_words(number) or 0
        if minutes:
            found.append((hit.start(), hit.end(), minutes))
    return found


def session_time(prose: Prose, activity_spans: tuple[tuple[int, int], ...] = ()) -> SessionTime:
    """The session's time as the note tells it.

    activity_spans: offsets of durations that belong to one timed activity, which are no total.
    """
    spans = _find_spans(prose)
    totals = [
        t
        for t in _find_totals(prose, spans)
        if not any(start <= t.start < end for start, end in activity_spans)
    ]
    breaks = _breaks(prose)
    timed = [t for t in totals if t.timed and t.points > -3]
    chosen = _choose(prose, spans)
    stated = [
        t
        for t in totals
        if not t.timed
        and not any(b[0] <= t.start < b[1] for b in breaks)
        and t.points >= LEAST_POINTS
    ]
    best = max(stated, key=lambda t: (t.points, -t.start), default=None)
    timed_minutes = timed[-1].minutes if timed else None
    common = SessionTime(
        timed_minutes=timed_minutes,
        timed_evidence=tuple((t.start, t.end) for t in timed[-1:]),
        spans=tuple(spans),
        totals=tuple(totals),
        breaks=tuple(breaks),
    )
    if not chosen and best is None:
        chosen = _only(spans, totals) or _from_slot(prose, spans)
    if chosen:
        return _from_clock(prose, common, chosen, best, breaks)
    if best:
        return replace(common, minutes=best.minutes, evidence=((best.start, best.end),))
    return common


def _only(spans: list[Span], totals: list[Total]) -> list[Span]:
    """The one range of the text, where nothing else tells the session's time.

    Writers have words of their own for it; a range that nothing around it gives to another day
    or person, or whose length is also stated, is the session's.
    """
    whole = [s for s in spans if not s.coded and SHORTEST <= s.minutes <= LONGEST]
    told = {t.minutes for t in totals if not t.timed}
    backed = [s for s in whole if s.minutes in told]
    if len(backed) == 1:
        return backed
    return whole if len(whole) == 1 and whole[0].points >= NOT_FOREIGN else []


def _from_slot(prose: Prose, spans: list[Span]) -> list[Span]:
    """A planned range within which the text says when the client came."""
    came = [s for s in spans if s.slot and _late(prose, s) is not None]
    return came if len(came) == 1 else []


def whole_visit(time: SessionTime, psychotherapy: int | None) -> SessionTime:
    """The time of a medical visit, where what was taken for it is its psychotherapy alone."""
    if psychotherapy is None or time.start or time.minutes != psychotherapy:
        return time
    longer = [t for t in time.totals if not t.timed and t.minutes > psychotherapy and t.points >= 2]
    if not longer:
        return time
    best = max(longer, key=lambda t: t.points)
    return replace(time, minutes=best.minutes, evidence=((best.start, best.end),))


def _choose(prose: Prose, spans: list[Span]) -> list[Span]:
    """The span of the session, or the spans of one with a gap in it."""
    fit = [s for s in spans if s.points >= LEAST_POINTS]
    whole = [s for s in fit if not s.coded]
    if not whole:
        coded = [s for s in spans if s.coded and s.points >= LEAST_POINTS - 1.5]
        return sorted(coded, key=lambda s: s.first)
    best = max(whole, key=lambda s: (s.points, -s.start))
    chosen = [best]
    # "10:00-10:30 and 10:45-11:05": one session in two parts.
    for other in sorted(whole, key=lambda s: s.start):
        between = prose.low[min(best.end, other.end) : max(best.start, other.start)]
        apart = other.first >= best.last or other.last <= best.first
        if other is not best and apart and re.fullmatch(r"[ ,;&+and]{1,8}", between):
            chosen.append(other)
    return sorted(chosen, key=lambda s: s.first)


def _held(prose: Prose, chosen: list[Span]) -> int:
    """Minutes between two clock times inside the session that the writer calls a hold or break."""
    inside = [
        c for c in clocks(prose.low, chosen[0].start, chosen[-1].end) if c.sure or c.military
    ][1:-1]
    for one, two in pairwise(inside):
        if _HELD.search(prose.low, max(0, one.start - 30), two.start):
            span = span_of(one, two, False)
            if span and span[1] - span[0] < chosen[-1].last - chosen[0].first:
                return span[1] - span[0]
    return 0


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


def _late(prose: Prose, span: Span) -> int | None:
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
    minutes = int(told) if told.isdigit() else number_in_words(told) or 0
    return span.first + minutes if 0 < minutes <= LATEST else None


_SO = re.compile(r"\b(?:so|thus|therefore|hence|then|actual\w{0,2}|met|seen|saw)\b")


def _from_clock(
    prose: Prose,
    common: SessionTime,
    chosen: list[Span],
    best: Total | None,
    breaks: list[tuple[int, int, int]],
) -> SessionTime:
    first, last = chosen[0].first, max(s.last for s in chosen)
    late = _late(prose, chosen[0]) if len(chosen) == 1 else None
    if late is not None:
        chosen = [replace(chosen[0], first=late)]
        first = late
    covered = 0
    reached = first
    for span in chosen:
        covered += max(0, span.last - max(span.first, reached))
        reached = max(reached, span.last)
    minutes = covered
    taken = sum(b[2] for b in breaks) or _held(prose, chosen)
    if 0 < taken < minutes:
        minutes -= taken
    conflict = None
    stated = [t for t in common.totals if not t.timed and t.points >= LEAST_POINTS]
    # A total in brackets right behind the clock is the writer's own sum of it.
    beside = [t for t in common.totals if 0 <= t.start - chosen[-1].end <= 6 and not t.timed]
    stated += beside
    best = beside[0] if beside else best
    if best and all(t.minutes not in (minutes, covered) for t in stated):
        conflict = (
            f"the clock gives {minutes} minutes, the stated total is {best.minutes}: "
            "the clock decides"
        )
    return replace(
        common,
        minutes=minutes,
        start=clock_text(first),
        stop=clock_text(last),
        conflict=conflict,
        evidence=tuple((s.start, s.end) for s in chosen),
    )
