"""Minutes as treatment notes tell them of activities, and which activity each belongs to."""

import re
from itertools import pairwise

from features.notes.clock import clocks, span_of
from features.notes.durations import Duration, durations
from features.notes.mentions import CODE, Mention
from features.notes.number_words import NUMBER_WORDS, number_told

# Seconds, repetitions, distances and the like: never minutes, though they look the part.
HOLD = re.compile(
    r"[ ]?(?:hold|holds|rest|walk|delay|ea\b|each|x ?\d|intervals?|bid|tid|qd|daily|per|wear|pre-tx)"  # noqa: E501
)


def stands_at(mention: Mention, amounts: list[Duration]) -> bool:
    """Whether minutes stand right beside an activity: what is told of home stands apart."""
    return any(
        0 <= a.start - mention.end <= CLOSE or 0 <= mention.start - a.end <= CLOSE + 2
        for a in amounts
    )


_CLOSES = re.compile(r"[ ]?[-\u2013\u2014=:|(][ ]{0,2}$")


def closing(
    low: str, mentions: list[Mention], amounts: list[Duration], start: int, end: int
) -> list[Duration]:
    """The amount that closes a line of one activity, where it holds what the others are parts of.

    "TE: leg raises 3x12, heel slides, bike 8' - 24 min" is 24 minutes of exercise.
    """
    if len({m.code for m in mentions}) != 1 or len(amounts) < 2 or mentions[0].start - start > 6:
        return amounts
    last = amounts[-1]
    closes = not low[last.end : end].strip(" .;,)|") and _CLOSES.search(low, start, last.start)
    if closes and last.minutes >= sum(a.minutes for a in amounts[:-1]):
        return [last]
    return amounts


_TOTAL = re.compile(
    r"(?<!\w)(?:total(?: (?:timed|tx|treatment|time|min|mins|minutes|code)){0,4}|tx time|timed|tt|duration|session)[ :=]{0,3}$"  # noqa: E501
)


def is_total(low: str, start: int, duration: Duration) -> bool:
    """Whether the words before a duration make it a total, of no one activity."""
    return bool(_TOTAL.search(low, max(start, duration.start - 40), duration.start))


def is_beside(block: Duration, amounts: list[Duration]) -> bool:
    """Whether the length of a range of clock times is stated right behind it."""
    return any(a.minutes == block.minutes and abs(a.start - block.end) < 8 for a in amounts)


def blocks_in(low: str, start: int, end: int) -> list[Duration]:
    """Ranges of clock times as durations: "10:05–10:31 | 97535"."""  # noqa: RUF002
    found = []
    mentions = clocks(low, start, end)
    for one, two in pairwise(mentions):
        between = low[one.end : two.start].strip()
        if between not in ("-", "–", "—", "to", "until", "->", "→", "till"):  # noqa: RUF001
            continue
        if (one.sure and two.sure) or (one.military and two.military):
            span = span_of(one, two, False)
            if span and span[1] - span[0] <= 480:
                found.append(Duration(one.start, two.end, span[1] - span[0]))
    return found


_CELL = re.compile(
    r"[ ]{0,6}(?:x ?\d{1,2}(?:[ ]?(?:u|units?))?)?[ ]{0,6}(?:\||[-–—:=]{1,5}|\()[ ]{0,6}(?P<n>\d{1,3})(?![\d:/%.'x°-]|[ ]?(?:x|reps|sets|ft|lb|#|sec|mhz|hz|w/cm|u\b|units?))"  # noqa: E501, RUF001
)
_ROW_END = re.compile(r"\|[ ]{0,6}(?P<n>\d{1,3})[ ]{0,4}\|?[ ]{0,3}$")


def row_end(low: str, start: int, end: int) -> list[Duration]:
    """Minutes without a unit in the last cell of a table's row."""
    row = _ROW_END.search(low, start, end)
    if row and 1 <= int(row["n"]) <= MOST_OF_ONE:
        return [Duration(row.start("n"), row.end("n"), int(row["n"]))]
    return []


_FURTHER = re.compile(
    r"[ ]{0,4}\(?(?:first|each(?: further| additional| add'?l)?|further|additional|add'?l)"
    r"[ ]{1,2}15[ ]?min\w{0,4}\)?"
    r"[ ]{0,2}[:=-][ ]{0,3}(?P<n>\d{1,3})(?![\d:/])"
)


def further_minutes(low: str, mentions: list[Mention], end: int) -> list[tuple[Mention, Duration]]:
    """Minutes behind a code's own words: "97130 each further 15 min: 23"."""
    found = []
    for mention in mentions:
        told = _FURTHER.match(low, mention.end, end)
        if told and mention.code and 1 <= int(told["n"]) <= MOST_OF_ONE:
            found.append((mention, Duration(told.start("n"), told.end("n"), int(told["n"]))))
    return found


_ELIDED = re.compile(
    rf"\b(?:the (?:first|last|next|other|remaining|final)|a further|another) "
    rf"(?P<n>{NUMBER_WORDS}|\d{{1,3}})(?= (?:were|was|on|for|went|to|in)\b)"
    rf"|(?<![\w-])(?P<of>{NUMBER_WORDS}|\d{{1,3}}) of (?:those|these|the|its|our) (?:minutes|mins)\b"  # noqa: E501
)


def elided(low: str, start: int, end: int) -> list[Duration]:
    """ "The first fifty minutes were …; the last forty were …": minutes that go without saying."""
    found = []
    for hit in _ELIDED.finditer(low, start, end):
        if durations(low, max(0, hit.start() - 250), hit.start()):
            minutes = number_told(hit["n"] or hit["of"]) or 0
            if 0 < minutes <= MOST_OF_ONE:
                found.append(Duration(hit.start(), hit.end(), minutes))
    return found


def _sums_up(low: str, minutes: list[int]) -> bool:
    """Whether the text states the sum of several numbers as minutes: "TE 14, MT 12 = 26"."""
    total = sum(minutes)
    return len(minutes) > 1 and bool(
        re.search(
            r"(?:=|\btotal(?: timed)?(?: min\w{0,4})?|\btimed(?: min\w{0,4})?|\btt)"
            rf"[ :=]{{0,3}}{total}(?!\d)"
            rf"|(?<!\d){total}[ ]?(?:min\w{{0,4}}[ ])?(?:timed|total)",
            low,
        )
    )


_TIMES = re.compile(
    r"[ ]{0,2}[x\u00d7][ ]?(?P<n>\d{1,3})"
    r"(?!\d|:\d|[/x]|\.\d|[ ]?(?:u|un|units?|reps?|sets?|ea|wk|sec|s)\b)"
)


def cells_in(
    low: str, mentions: list[Mention], start: int, end: int, *, aba: bool
) -> list[tuple[Mention, Duration]]:
    """Minutes without a unit right behind a code or a name: "97110: 22", "97112 28"."""
    found = []
    beside = [_BESIDE.match(low, m.end, end) for m in mentions if m.code]
    summed = _sums_up(low, [int(b["n"]) for b in beside if b])
    for mention in mentions:
        cell = _CELL.match(low, mention.end, end)
        if cell is None and not aba and CODE.search(low, mention.start, mention.end):
            # More than any therapist's units: "97140 x15" is minutes.
            times = _TIMES.match(low, mention.end, end)
            cell = times if times and int(times["n"]) >= LEAST_BARE else None
        bare = None if cell else _BESIDE.match(low, mention.end, end)
        number = cell or bare
        if number is None or not mention.code:
            continue
        minutes = int(number["n"])
        coded = CODE.search(low, mention.start, mention.end) is not None
        alone = bare and mention.start - start <= 4 and bare.end() >= end - 1
        if bare and not summed and (minutes < LEAST_BARE or not (coded or alone)):
            continue
        if 1 <= minutes <= MOST_OF_ONE:
            found.append((mention, Duration(number.start("n"), number.end("n"), minutes)))
    return found


MOST_OF_ONE = 240
"""Minutes of one activity beyond which a number is something else."""
LEAST_BARE = 8
"""A smaller number right behind a code is its units."""
_BESIDE = re.compile(
    r"(?:\)?[ ]{1,2}|/)(?P<n>\d{1,3})(?!:\d)(?=[ ]?(?:[,;:)|/+&=]|$)|\.(?!\d)|[ ](?:and|then)\b)(?![ ]?/[ ]?\d{4})"  # noqa: E501
)


def pair(
    low: str, mentions: list[Mention], amounts: list[Duration]
) -> list[tuple[Mention, Duration]]:
    """Each duration with the nearest activity, each activity with one duration.

    A list either names the activity first ("TE 7', NMR 7'") or the minutes first ("15 min TE");
    "of" and brackets bind tighter than any distance.
    """
    in_turn = _in_turn(mentions, amounts)
    if in_turn:
        return in_turn
    candidates = []
    for mention in mentions:
        for amount in amounts:
            if amount.start >= mention.end:
                gap = low[mention.end : amount.start]
                cost = len(gap) + 0.0
            else:
                gap = low[amount.end : mention.start]
                cost = len(gap) + 3.0
                if re.fullmatch(
                    r"[ ]?(?:of|in|on|for|were|was|spent on|to)[ ](?:\w+[ ]){0,3}|[ ]{0,2}[-–—:(|]{0,3}[ ]{0,2}",  # noqa: E501, RUF001
                    gap,
                ):
                    cost -= 8
            if len(gap) <= CLOSE and CODE.search(low, mention.start, mention.end):
                cost -= 12
            elif "," in gap or ";" in gap:
                cost += 12
            if any(
                o is not mention
                and min(mention.end, amount.end) <= o.start < max(mention.start, amount.start)
                for o in mentions
            ):
                cost += 40
            if cost <= 140:
                candidates.append((cost, mention.start, mention, amount))
    pairs: list[tuple[Mention, Duration]] = []
    for _, _, mention, amount in sorted(candidates, key=lambda c: (c[0], c[1])):
        if all(m is not mention and d is not amount for m, d in pairs):
            pairs.append((mention, amount))
    return sorted(pairs, key=lambda p: p[1].start)


def _in_turn(mentions: list[Mention], amounts: list[Duration]) -> list[tuple[Mention, Duration]]:
    """Pairs where activities and minutes follow each other in strict turn, whichever comes first."""  # noqa: E501
    if len(mentions) != len(amounts) or len(mentions) < 2:
        return []
    pairs = list(zip(mentions, sorted(amounts, key=lambda a: a.start), strict=True))
    first = pairs[0][0].start < pairs[0][1].start
    if any((m.start < a.start) is not first for m, a in pairs):
        return []
    ends = [a.end if first else m.end for m, a in pairs]
    begins = [m.start if first else a.start for m, a in pairs]
    return pairs if all(e <= b for e, b in zip(ends, begins[1:], strict=False)) else []


CLOSE = 3
"""Characters between a code and its minutes that leave no doubt."""
DOES = re.compile(
    r"\b(?:walk|stand|sit|drive|run|ride|tolerate|attend|sleep|play|type|read)\w{0,3}[ ](?:for |x )?$"  # noqa: E501
)
