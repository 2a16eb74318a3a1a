"""Building the training table without notes, in seconds and memory, beside fitting LightGBM on it.

Out of a store whose notes are left out: every settled line judged as of its own day, attributes and
history. The peer is LightGBM's own fitting of the same table with the settings of training.
Processor time of one process. `python -m benchmarks.training_table HOME` takes the store of a home;
without one a small practice is made first.
"""

import argparse
import resource
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.round import bare
from benchmarks.row import Row
from claims.store import Store
from features.history import History
from features.lines import Answers, Lines
from features.table import Part, with_history
from models.judge import EDITS
from training.dataset import Dataset, gather

NOTES = ("note_facts", "notes")


def without_notes(home: Path, folder: Path) -> Path:
    """A copy of a home's SQLite store whose notes are left out."""
    copy = folder / "home"
    copy.mkdir()
    for name in ("claimwright.db", "member.key"):
        shutil.copy(home / name, copy / name)
    with closing(sqlite3.connect(copy / "claimwright.db")) as database:
        for table in NOTES:
            database.execute(f"DELETE FROM {table}")  # noqa: S608 (our own names)
        database.commit()
    return copy


def gathered(home: Path, keep: bool = False) -> tuple[Dataset, float]:
    """The data set, and the seconds that it took. keep: from rows that were made before."""
    with Store.open(f"sqlite:///{home / 'claimwright.db'}", "main", home) as store:
        day = store.newest_known_day()
        assert day is not None
        begun = time.process_time()
        return gather(store, None, day, EDITS, keep=keep), time.process_time() - begun


def history(dataset: Dataset, size: int) -> tuple[float, float, float]:
    """With attributes in hand, the rest of the table for `size` lines.

    Gives seconds, the most gigabytes that this process ever held, and those of the table itself.
    The data set's own lines come round with other clients, so that nothing is counted twice.
    """
    table, answers = dataset.table, dataset.answers
    times = -(-size // len(table))
    rows = np.tile(np.arange(len(table)), times)[:size]
    lines = table.lines.take(rows)
    clients = [f"{client}/{at // len(table)}" for at, client in enumerate(lines.client)]
    lines = Lines(**{**vars(lines), "client": clients})
    known = Answers(
        answers.known[rows], answers.denied[rows], answers.category[rows], answers.allowed[rows]
    )
    part = Part(
        lines,
        table.names,
        table.numbers[rows],
        {name: [words[row] for row in rows] for name, words in table.words.items()},
    )
    begun = time.process_time()
    made = with_history(part, History(lines, known), EDITS)
    taken = time.process_time() - begun
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return taken, most / 1e9, made.numbers.nbytes / 1e9


def rows(home: Path, size: int) -> list[Row]:
    """Every figure of a home's store; `size` lines for the history alone."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = without_notes(home, Path(temporary))
        dataset, taken = gathered(copy)
        gathered(copy, keep=True)
        _, again = gathered(copy, keep=True)
    fit = bare(dataset, threads=1)
    count = len(dataset.table)
    seconds, most, table = history(dataset, size)
    return [
        Row(f"training table of {count:,} lines", taken, fit, "LightGBM, 200 rounds", "s", -1.0),
        Row("the same from rows kept", again, fit, "LightGBM, 200 rounds", "s"),
        Row(
            f"history of {size:,} lines", seconds, fit * size / count,
            "LightGBM, scaled to as many", "s", -1.0,
        ),
        Row(f"memory of the process, {size:,} lines", most, table, "the table itself", "GB"),
    ]  # fmt: skip


def run(size: int) -> list[Row]:
    """On a practice of some two thousand lines."""
    from typer.testing import CliRunner

    from serving.cli import app

    with tempfile.TemporaryDirectory() as temporary:
        practice, home = Path(temporary) / "practice", Path(temporary) / "home"
        for asked in (
            ["synth", str(practice), "--lines", "2000", "--months", "8", "--seed", "7"],
            ["--home", str(home), "ingest",
             *(str(practice / name) for name in ("claims", "remittances", "policies"))],
        ):  # fmt: skip
            result = CliRunner().invoke(app, asked)
            assert result.exit_code == 0, result.output
        return rows(home, max(size, 10_000))


def main() -> None:
    """Prints the figures of one home."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training_table", description=__doc__
    )
    parser.add_argument("home", type=Path)
    parser.add_argument("--size", type=int, default=200_000, help="lines for the history alone")
    given = parser.parse_args()
    shown = Table("What", "Ours", "Peer", "", "Ratio", "Aim")
    for row in rows(given.home, given.size):
        shown.add_row(row.what, *row.cells())
    Console(width=150).print(shown)


if __name__ == "__main__":
    main()
