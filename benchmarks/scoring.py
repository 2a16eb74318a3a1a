"""Scoring one claim and a batch, notes unread, beside what cannot be done without.

One claim: through note, edits, features, model and reasons, and as the service gives it (with the
store and every fix tried), in processor time; the peer tokenizes the same note with spaCy's bare
English tokenizer and predicts one numpy row with the line booster. A batch: claims a second by the
clock, two processes reading, as a part of what reading the same notes alone does.

`python -m benchmarks.scoring HOME` takes a home that holds a practice and a promoted model; without
one, the demo's is made first.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import spacy
from rich.console import Console
from rich.table import Table

from benchmarks.row import Row
from claims.claim import Submission
from claims.note import Note
from features.notes import read
from features.table import build
from models.judge import judge
from serving.scoring import Scoring
from serving.settings import Settings
from training.knowledge import read_notes

Pair = tuple[Submission, Note]
SINGLES = 200
"""Claims scored one by one."""
DRIVERS = 40
"""Claims of a batch that get drivers: what one looks at in a day."""


def fresh(note: Note, number: int) -> Note:
    """The same note as nobody has read it before."""
    return note.replace(text=f"{note.text}\nRef x{number}q")


def pairs(scoring: Scoring, size: int) -> list[Pair]:
    """The newest claims of the store that have a note, each with it."""
    day = scoring.store.newest_known_day()
    assert day is not None
    found: list[Pair] = []
    everything = [one.submission for some in scoring.store.read_submissions(day) for one in some]
    for start in range(len(everything), 0, -1000):
        some = everything[max(0, start - 1000) : start]
        notes = scoring.store.notes_for(some, known_by=day)
        found += [(one, own[0]) for one, own in zip(some, notes, strict=True) if len(own) == 1]
        if len(found) >= size:
            break
    return found[:size]


def milliseconds(works: Sequence[Callable[[int], object]], times: int) -> list[tuple[float, float]]:
    """p50 and p99 of each, in turns, in milliseconds of processor time."""
    spent: list[list[float]] = [[] for _ in works]
    for number in range(-3, times):
        for work, own in zip(works, spent, strict=True):
            begun = time.process_time()
            work(number)
            if number >= 0:  # the first few warm up
                own.append((time.process_time() - begun) * 1e3)
    return [tuple(np.percentile(own, [50, 99])) for own in spent]  # type: ignore[misc]


def one_by_one(scoring: Scoring, claims: Sequence[Pair]) -> list[Row]:
    """One claim: ours and the service's, beside tokenizing and one row predicted."""
    model, _ = scoring.champion.current()
    assert model is not None
    nlp = spacy.blank("en")
    day = scoring.store.newest_known_day()
    assert day is not None
    submissions = [one for one, _ in claims]
    keys = [scoring.store.members.of_claim(one.claim) for one in submissions]
    context, history, _ = scoring.kept.on(day, submissions, {member for member, _ in keys})
    first = build(
        [judge(submissions[0], keys[0][1], [], context, day)], history, model.schema.edits
    )
    row = model.schema.matrix(first)[:1].astype(np.float64)

    def peer(number: int) -> None:
        nlp.make_doc(fresh(claims[number][1], number).text)
        model.line.predict(row, num_threads=1)

    def ours(number: int) -> None:
        submission, note = claims[number]
        new = fresh(note, number + 10_000)
        facts = read(new.text, new.discipline)
        case = judge(submission, keys[number][1], [(new, facts)], context, day)
        model.risks(build([case], history, model.schema.edits))

    def served(number: int) -> None:
        submission, note = claims[number]
        scoring.score([submission], day, 0, {0: [fresh(note, number + 20_000)]})

    (b50, b99), (p50, p99), (s50, s99) = milliseconds([peer, ours, served], len(claims))
    against = "tokenizing and one row predicted"
    return [
        Row("one claim, p50", p50, b50, against, "ms", -10.0),
        Row("one claim, p99", p99, b99, against, "ms"),
        Row("one claim as served, p50", s50, b50, against, "ms"),
        Row("one claim as served, p99", s99, b99, against, "ms"),
    ]


def batch(scoring: Scoring, claims: Sequence[Pair], rounds: int = 2) -> list[Row]:
    """Claims a second with notes unread, drivers off and on, by the clock."""
    day = scoring.store.newest_known_day()
    submissions = [one for one, _ in claims]
    turn = count(time.time_ns(), 100_000)  # what another run read is kept in the store

    def notes() -> list[Note]:
        start = next(turn)
        return [fresh(note, start + number) for number, (_, note) in enumerate(claims)]

    def alone() -> None:
        read_notes(scoring.store, notes())

    def scored(explain: int) -> Callable[[], None]:
        def work() -> None:
            given = {place: [note] for place, note in enumerate(notes())}
            scoring.score(submissions, day, explain, given)

        return work

    works = [alone, scored(0), scored(DRIVERS)]
    scored(0)()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, own in zip(works, taken, strict=True):
            begun = time.perf_counter()
            work()
            own.append(time.perf_counter() - begun)
    reading, plain, driven = (len(claims) / min(own) for own in taken)
    against = "reading the same notes"
    return [
        Row(f"batch of {len(claims)}, no drivers", plain, reading, against, "claims/s", 0.7),
        Row(
            f"batch of {len(claims)}, {DRIVERS} with drivers", driven, reading, against, "claims/s"
        ),
    ]


def rows(home: Path, size: int) -> list[Row]:
    """Every figure on a home that holds a practice and a promoted model."""
    scoring = Scoring(Settings(home=home))
    try:
        claims = pairs(scoring, max(size, SINGLES))
        return [*one_by_one(scoring, claims[:SINGLES]), *batch(scoring, claims[:size])]
    finally:
        scoring.close()


def run(size: int) -> list[Row]:
    """On the demo's practice, at most 800 claims."""
    from typer.testing import CliRunner

    from serving.cli import app

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "demo"
        result = CliRunner().invoke(app, ["demo", str(folder)])
        assert result.exit_code == 0, result.output
        return rows(folder / "home", min(size, 800))


def main() -> None:
    """Prints the figures of one home."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--size", type=int, default=800, help="claims of the batch")
    given = parser.parse_args()
    table = Table("What", "Ours", "Peer", "", "Ratio", "Aim")
    for row in rows(given.home, given.size):
        table.add_row(row.what, *row.cells())
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
