"""Minutes that a text tells of one kind of work, where they are no session time."""

import re
from collections.abc import Collection, Iterator, Mapping

from features.notes.durations import durations
from models.coding_reading import Reading


def minutes_near(reading: Reading, groups: Collection[str]) -> int | None:
    """Minutes told in the sentences that speak of something, added up; None where none is."""
    numbers = {reading.prose.index(s.start) for s in reading.sightings if s.group in groups}
    told = [
        duration.minutes
        for number in sorted(numbers)
        for sentence in [reading.prose.sentences[number]]
        for duration in durations(reading.prose.low, sentence.start, sentence.end)
    ]
    return sum(told) if told else None


_CLAUSE = re.compile(r"[;,|]|\.\s|\bthen\b|\bfollowed by\b|\bafter which\b|\n")


def _clauses(reading: Reading) -> Iterator[tuple[int, int]]:
    """The stretches of the text that are separated by more than a blank, plans left out."""
    low = reading.prose.low
    for sentence in reading.prose.sentences:
        if sentence.section == "plan":
            continue
        start = sentence.start
        for hit in _CLAUSE.finditer(low, sentence.start, sentence.end):
            yield start, hit.start()
            start = hit.end()
        yield start, sentence.end


def minutes_apart(reading: Reading, groups: Mapping[str, str]) -> dict[str, int]:
    """Minutes by kind of work, where clauses tell a duration of one kind alone.

    groups: names of groups of phrases, and the kind of work that each speaks of.
    """
    found: dict[str, int] = {}
    seen = [(s.start, groups[s.group]) for s in reading.sightings if s.group in groups]
    if not seen:
        return found
    for start, end in _clauses(reading):
        kinds = {kind for at, kind in seen if start <= at < end}
        told = durations(reading.prose.low, start, end)
        if len(kinds) == 1 and len(told) == 1:
            kind = kinds.pop()
            found[kind] = found.get(kind, 0) + told[0].minutes
    return found


def minutes_of_codes(reading: Reading, codes: Collection[str]) -> dict[str, int]:
    """Minutes told right after codes, as "96136 30 min"; a code told twice is added up."""
    low = reading.prose.low
    found: dict[str, int] = {}
    for hit in re.finditer(r"\b(?:\d{5}|\d{4}t|[a-z]\d{4})\b", low):
        code = hit[0].upper()
        end = min(hit.end() + 25, len(low))
        further = re.compile(r"\b(?:\d{5}|\d{4}t)\b|[;\n]").search(low, hit.end(), end)
        told = durations(low, hit.end(), further.start() if further else end)
        if code in codes and told:
            found[code] = found.get(code, 0) + told[0].minutes
    return found


def only_duration(reading: Reading) -> int | None:
    """The one duration that the text tells, where it tells no other.

    Work on tests is not all face to face, and a report's one duration is the work's.
    """
    found = {
        duration.minutes
        for sentence in reading.prose.sentences
        if sentence.section != "plan"
        for duration in durations(reading.prose.low, sentence.start, sentence.end)
    }
    return found.pop() if len(found) == 1 else None
