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

from features.notes.clock import clock_text, clocks, minute_of_day, span_of
from features.notes.lateness import came_late
from features.notes.prose import Prose
from features.notes.spans import HELD, START, STOP, Span, told_backwards
from features.notes.totals import Total, find_breaks, find_totals, only_total

LEAST_POINTS = 3
SURE_POINTS = 4.5
"""Points from which a second range or length is no chance likeness of a session's."""
NOT_FOREIGN = -2.0
"""Points above which nothing gives a range to another day or person; a plan alone costs 5."""
SHORTEST, LONGEST = 5, 240


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


def session_time(
    prose: Prose,
    spans: list[Span],
    activity_spans: tuple[tuple[int, int], ...] = (),
    timed: int = 0,
) -> SessionTime:
    """The session's time as the note tells it.

    spans: the note's ranges of time, from `find_spans`. activity_spans: offsets of durations that
    belong to one timed activity, which are no total. timed: minutes of all timed activities;
    a total beyond them is rather the visit's than one that equals them.
    """
    totals = [
        t
        for t in find_totals(prose)
        if not any(start < t.end and t.start < end for start, end in activity_spans)
    ]
    breaks = find_breaks(prose)
    timed_totals = [t for t in totals if t.timed and t.points > -3]
    chosen = _choose(prose, spans)
    stated = [
        t for t in totals if not t.timed and not _taken_out(t, breaks) and t.points >= LEAST_POINTS
    ]
    best = max(stated, key=lambda t: (t.points, -t.start), default=None)
    if best is not None and best.minutes == timed:
        best = max(stated, key=lambda t: (t.minutes, t.points))
    timed_minutes = timed_totals[-1].minutes if timed_totals else None
    common = SessionTime(
        timed_minutes=timed_minutes,
        timed_evidence=tuple((t.start, t.end) for t in timed_totals[-1:]),
        spans=tuple(spans),
        totals=tuple(totals),
        breaks=tuple(breaks),
    )
    if not chosen and best is None:
        chosen = _only(spans, totals) or _from_slot(prose, spans)
        best = None if chosen else only_total(prose, totals)
    if chosen:
        time = _from_clock(prose, common, chosen, best, breaks)
        return replace(time, conflict=_two_sessions(spans, chosen) or time.conflict)
    if best:
        begun, ended = _one_end(prose, best)
        return replace(
            common,
            minutes=best.minutes,
            start=begun,
            stop=ended,
            evidence=((best.start, best.end),),
            conflict=_two_lengths(stated, best),
        )
    if told_backwards(prose):
        return replace(common, conflict="the stop stands before the start: neither is read")
    return common


def _taken_out(total: Total, breaks: list[tuple[int, int, int]]) -> bool:
    """Whether a number of minutes is a break's own."""
    return any(start <= total.start < end for start, end, _ in breaks)


def _two_sessions(spans: list[Span], chosen: list[Span]) -> str | None:
    """What is unclear where a second range of the text could be the session's as well."""
    first, last = chosen[0].first, max(s.last for s in chosen)
    for other in spans:
        if other in chosen or other.coded or other.slot or other.points < SURE_POINTS:
            continue
        if not SHORTEST <= other.minutes <= LONGEST:
            continue
        told = (
            f"{clock_text(first)} to {clock_text(last)} and "
            f"{clock_text(other.first)} to {clock_text(other.last)}"
        )
        if other.last <= first or last <= other.first:
            return f"two sessions are told of, {told}: one is read; give each its own note"
        inside = first <= other.first and other.last <= last
        around = other.first <= first and last <= other.last
        if not inside and not around:
            return f"start and stop are told twice, {told}: which holds is unclear"
    return None


def _two_lengths(stated: list[Total], best: Total) -> str | None:
    """What is unclear where a second length is stated as surely as the one that is read."""
    for other in stated:
        if other.minutes != best.minutes and other.points >= SURE_POINTS:
            return (
                f"two lengths are stated, {best.minutes} and {other.minutes} minutes: "
                f"{best.minutes} is read"
            )
    return None


_PLAINLY = re.compile(r"(?:start|beg|commenc|pick|open|stop|end|finish|conclu|until|till|clos)")


def _one_end(prose: Prose, total: Total) -> tuple[str | None, str | None]:
    """A start or a stop told beside the length: "Began 12:10 pm and lasted 40 minutes"."""
    low = prose.low
    sentence = prose.sentence(total.start)
    for clock in clocks(low, sentence.start, sentence.end):
        if not clock.sure or clock.words:
            continue
        left = max(sentence.start, clock.start - 30)
        told = clock_text(minute_of_day(clock, clock.half, day_in_24=False))
        begun, ended = START.search(low, left, clock.start), STOP.search(low, left, clock.start)
        if begun and _PLAINLY.match(begun[0]):
            return told, None
        if ended and _PLAINLY.match(ended[0]):
            return None, told
    return None, None


def _only(spans: list[Span], totals: list[Total]) -> list[Span]:
    """The one range of the text, where nothing else tells the session's time.

    Writers have words of their own for it; a range that nothing around it gives to another day
    or person, or whose length is also stated, is the session's.
    """
    whole = [s for s in spans if not s.coded and not s.other and SHORTEST <= s.minutes <= LONGEST]
    told = {t.minutes for t in totals if not t.timed}
    backed = [s for s in whole if s.minutes in told]
    if len(backed) == 1:
        return backed
    return whole if len(whole) == 1 and whole[0].points >= NOT_FOREIGN else []


def _from_slot(prose: Prose, spans: list[Span]) -> list[Span]:
    """A planned range within which the text says when the client came."""
    came = [s for s in spans if s.slot and came_late(prose, s) is not None]
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
    fit = [
        s
        for s in spans
        if s.points >= LEAST_POINTS and not (_is_pause(prose, s) and _is_within(s, spans))
    ]
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
        if HELD.search(prose.low, max(0, one.start - 30), two.start):
            span = span_of(one, two, False)
            if span and span[1] - span[0] < chosen[-1].last - chosen[0].first:
                return span[1] - span[0]
    return 0


_PAUSE = re.compile(
    r"\b(?:breaks?|pause[ds]?|lunch|nap|snack|do ?n'?t count|not (?:billed|counted|billable|charged|included|working|aba|ot|pt|st)"  # noqa: E501
    r"|unbilled|excluded)\b"
)


def _is_pause(prose: Prose, span: Span) -> bool:
    """Whether the writer calls a range a break, or leaves it out."""
    sentence = prose.sentence(span.start)
    left, right = max(sentence.start, span.start - 30), min(sentence.end, span.end + 32)
    return _PAUSE.search(prose.low, left, right) is not None


def _is_within(span: Span, spans: list[Span]) -> bool:
    return any(
        o is not span and o.first <= span.first and span.last <= o.last and o.minutes > span.minutes
        for o in spans
    )


def _paused(prose: Prose, common: SessionTime, chosen: list[Span]) -> int:
    """Minutes of ranges within the session that the writer calls a break or does not bill."""
    first, last = chosen[0].first, max(s.last for s in chosen)
    minutes = 0
    for span in common.spans:
        within = first <= span.first and span.last <= last and span.minutes < last - first
        if not within or span in chosen:
            continue
        if _is_pause(prose, span):
            minutes += span.minutes
    return minutes


def _from_clock(
    prose: Prose,
    common: SessionTime,
    chosen: list[Span],
    best: Total | None,
    breaks: list[tuple[int, int, int]],
) -> SessionTime:
    first, last = chosen[0].first, max(s.last for s in chosen)
    late = came_late(prose, chosen[0]) if len(chosen) == 1 else None
    if late is not None:
        chosen = [replace(chosen[0], first=late)]
        first = late
    covered = 0
    reached = first
    for span in chosen:
        covered += max(0, span.last - max(span.first, reached))
        reached = max(reached, span.last)
    minutes = covered
    taken = sum(b[2] for b in breaks) or _held(prose, chosen) or _paused(prose, common, chosen)
    if 0 < taken * 2 < minutes:
        minutes -= taken
    conflict = None
    told = [t for t in common.totals if not _taken_out(t, breaks)]
    stated = [t for t in told if not t.timed and t.points >= LEAST_POINTS]
    # A total in brackets right behind the clock is the writer's own sum of it.
    beside = [t for t in told if 0 <= t.start - chosen[-1].end <= 6 and not t.timed]
    stated += beside
    best = beside[0] if beside else best
    if best and _taken_out(best, breaks):
        best = None
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
