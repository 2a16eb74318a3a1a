"""Notes written a second, beside one sentence for each element filled in by `str.format`."""

from random import Random

from benchmarks.row import Row, side_by_side
from data.synthetic.bank import read_bank
from data.synthetic.corpus import corpus
from data.synthetic.visit import Visit
from data.synthetic.voice import Voice, read_voices
from data.synthetic.writing import speaker

_FORM = (
    "Session {start} to {stop}, {minutes} minutes.\nDiagnosis: {name} ({code}).\n"
    "{client} reports a hard week.\nPractised skills with cues.\nEngaged and did the tasks.\n"
    "Goal 1: progress.\nNeeds skilled care.\nContinue weekly.\n{writer}, {credential}"
)


def _fill(visit: Visit) -> str:
    return _FORM.format(
        start=visit.start,
        stop=visit.stop,
        minutes=visit.minutes,
        name=visit.diagnosis.name,
        code=visit.diagnosis.code,
        client=visit.client.name,
        writer=visit.writer.name,
        credential=visit.writer.credential,
    )


def run(size: int) -> list[Row]:
    """Frames compiled before; on one core."""
    count = min(size, 2_000)
    bank, voices = read_bank(), read_voices()
    work: list[tuple[Voice, Visit]] = [
        (voices[written.voice], visit) for _, written, visit in corpus(count, seed=1)
    ]

    def write() -> None:
        for number, (voice, visit) in enumerate(work):
            speaker(voice, bank).write(visit, Random(number))

    def fill() -> None:
        for _, visit in work:
            _fill(visit)

    write()
    ours, peer = side_by_side(write, fill)
    return [Row("notes in voices", count / ours, count / peer, "a form filled in", "notes/s")]
