"""Minutes by code or activity, as treatment notes tell them.

"97110 x2 – 23 min", "TE 7', NMR 7'", "22 minutes of sensory integration work (97533)",
"10:05–10:31 | 97535 | LB dressing": each duration goes to the activity or the code that stands
nearest to it within its line, and minutes of one code are added up.
"""  # noqa: RUF002

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from features.notes.amounts import (
    DOES,
    HOLD,
    LEAST_BARE,
    MOST_OF_ONE,
    blocks_in,
    cells_in,
    closing,
    elided,
    further_minutes,
    is_beside,
    is_total,
    pair,
    row_end,
    stands_at,
)
from features.notes.durations import Duration, durations
from features.notes.lists import listed
from features.notes.mentions import CODE, Mention, codes_stated, mentions_in
from features.notes.prose import Prose

_ASSISTANT = re.compile(r"(?<!\w)(?:pta|cota|cota/l|ota|assistant|slpa|by pta|by cota)(?!\w)")
_THERAPIST = re.compile(r"(?<!\w)(?:pt|ot|otr|otr/l|dpt|therapist|by pt|by ot)(?!\w)")
_UNITS = re.compile(
    r"[ ]{0,2}(?:\(?x ?|× ?|, ?)?(?P<n>\d{1,2})(?:[ ]?(?:u|un|units?|ea)\b|(?=[ )]))"  # noqa: RUF001
)


@dataclass(frozen=True, slots=True)
class Timed:
    """Minutes that belong to one code, where they stand and who gave them."""

    code: str
    minutes: int
    start: int
    end: int
    by: str = ""
    """assistant, therapist or ''."""


@dataclass(frozen=True, slots=True)
class Activities:
    """Timed activities of a note, the codes that it names, and stretches that are no total."""

    timed: tuple[Timed, ...] = ()
    codes: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    """Codes of the activities named without any minutes beside them."""
    durations: tuple[tuple[int, int], ...] = ()
    units: tuple[tuple[str, int], ...] = ()


def activities(prose: Prose, discipline: str | None, spans: Iterable[int] = ()) -> Activities:
    """Minutes by code, for the disciplines that count them.

    spans: minutes of the note's ranges of time, with which bare numbers may agree.
    """
    codes = codes_stated(prose)
    if discipline == "MH":
        return Activities(codes=codes)
    aba = discipline == "ABA" or (discipline is None and any(c.startswith("9715") for c in codes))
    parts = list(_told(prose, aba))
    plain = listed(prose.low, parts, spans) if any(p[2] for p in parts) else []
    timed: list[Timed] = []
    taken: list[tuple[int, int]] = []
    mentioned: list[str] = []
    units: list[tuple[str, int]] = []
    for start, end, mentions in parts:
        own = [(m, d) for m, d in plain if start <= m.start < end]
        found = _in_part(prose, start, end, mentions, own, aba=aba)
        timed += found.timed
        taken += found.durations
        mentioned += found.mentioned
        units += found.units
    return Activities(
        tuple(_without_sums(prose.low, timed)),
        codes,
        tuple(dict.fromkeys(mentioned)),
        tuple(taken),
        tuple(units),
    )


def _told(prose: Prose, aba: bool) -> Iterator[tuple[int, int, list[Mention]]]:
    """The parts of a note that tell what was done, with the activities that they name."""
    line_start = 0
    for line in prose.low.split("\n"):
        line_end = line_start + len(line)
        for start, end in _parts(prose.low, line_start, line_end):
            if prose.sentence(start).section in ("plan", "home_program") and (
                start > line_start or not CODE.match(prose.low, start)
            ):
                continue
            yield start, end, mentions_in(prose, start, end, aba)
        line_start = line_end + 1


def _without_sums(low: str, timed: list[Timed]) -> list[Timed]:
    """The minutes less those that a name tells once more for its codes together.

    "Cognitive intervention 23' (97129 x15', 97130 x8')".
    """
    coded = [t for t in timed if CODE.search(low, t.start, t.end)]
    total = sum(t.minutes for t in coded)
    if len(coded) < 2:
        return timed
    return [t for t in timed if t in coded or t.minutes != total]


_PART = re.compile(r"(?<!\.)(?<!\bth)(?<!\bther)(?<!\bman)[.;][ ]+(?=\S)")


def _parts(low: str, start: int, end: int) -> list[tuple[int, int]]:
    """A line cut at full stops and semicolons; pipes hold a row together."""
    if "|" in low[start:end]:
        return [(start, end)]
    cuts = [start, *(hit.end() for hit in _PART.finditer(low, start, end)), end]
    return [(a, b) for a, b in pairwise(cuts) if b > a]


def _in_part(
    prose: Prose,
    start: int,
    end: int,
    mentions: list[Mention],
    own: list[tuple[Mention, Duration]],
    *,
    aba: bool,
) -> Activities:
    """What one part tells; own: minutes that the list of the whole note gives its activities."""
    low = prose.low
    timed_mentions = [m for m in mentions if m.code]
    if not timed_mentions:
        return Activities()
    units = []
    for mention in timed_mentions:
        stated = _UNITS.match(low, mention.end, end)
        if stated and (aba or int(stated["n"]) < LEAST_BARE):
            units.append((mention.code, int(stated["n"])))
    pairs = own or _paired(low, mentions, start, end, aba=aba)
    by = _by(prose, start, end)
    timed = tuple(
        Timed(m.code, d.minutes, min(m.start, d.start), max(m.end, d.end), by)
        for m, d in pairs
        if m.code
    )
    paired = {m for m, _ in pairs}
    return Activities(
        timed=timed,
        mentioned=tuple(m.code for m in timed_mentions if m not in paired),
        durations=tuple((d.start, d.end) for m, d in pairs),
        units=tuple(units),
    )


def _paired(
    low: str, mentions: list[Mention], start: int, end: int, *, aba: bool
) -> list[tuple[Mention, Duration]]:
    """The activities of one part with the minutes that stand nearest to each."""
    amounts = [
        d
        for d in durations(low, start, end)
        if d.minutes <= MOST_OF_ONE
        and not HOLD.match(low, d.end, min(end, d.end + 12))
        and not DOES.search(low, max(start, d.start - 16), d.start)
        and not is_total(low, start, d)
    ]
    further = further_minutes(low, mentions, end)
    amounts = [a for a in amounts if not any(m.end <= a.start <= f.end for m, f in further)]
    amounts += elided(low, start, end)
    amounts = closing(low, [m for m in mentions if m.code], amounts, start, end)
    if _AT_HOME.search(low, start, end):
        # What is done at home is no time of the visit; a code behind it still is.
        mentions = [
            m for m in mentions if CODE.search(low, m.start, m.end) or stands_at(m, amounts)
        ]
    cells = further + ([] if amounts else cells_in(low, mentions, start, end, aba=aba))
    amounts += [] if amounts or cells else row_end(low, start, end)
    blocks = blocks_in(low, start, end)
    amounts = [a for a in amounts if not any(b.start <= a.start < b.end for b in blocks)]
    return cells or pair(low, mentions, amounts + [b for b in blocks if not is_beside(b, amounts)])


_AT_HOME = re.compile(
    r"\b(?:daily|nightly|(?:at )?bedtime|at home|an? day|a week|each (?:day|night|morning|evening)"
    r"|every (?:day|night|morning|other)|hep|demo'd|bid|tid|x/day|asked to)\b"
)


def _by(prose: Prose, start: int, end: int) -> str:
    part = prose.low[start:end]
    assistant = _ASSISTANT.search(part)
    if assistant:
        return "assistant"
    return "therapist" if _THERAPIST.search(part) else ""
