"""Minutes that a text tells of one kind of work, where they are no session time."""

from collections.abc import Collection

from features.notes.clock import durations
from models.coding_kind import Reading


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
