"""The analyst's whole round: seconds by step, peak memory, and bare LightGBM beside it.

    python -m benchmarks.round [--size 10000] [--home HOME] [--workers 2]

A practice of so many lines is written and taken in; its notes are read once before anything is
timed, as what they say is kept by digest. Then: reading and features, the denial fit (additive
part, trees, calibration), figures, the second fit on everything and registration; once with every
row to be made, once as in a weekly round, with all but the newest week's rows kept. The peer is
`lightgbm.train` alone on the finished table, 31 leaves and 200 rounds. With workers the features
are also made by one and by so many processes of a Dask cluster on this machine.

A home made by `python -m benchmarks.enlarged` is a larger one. Seconds of processor time, so that
what runs beside it does not count, unless it says by the clock.
"""

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import lightgbm
from rich.console import Console
from rich.table import Table

from benchmarks.row import Row
from claims.store import Store
from claims.store.folders import files_of
from data.synthetic.folder import Order, clients_for, write_practice
from data.synthetic.world import load_world
from models.denial import Schema
from models.judge import EDITS
from models.registry import Registry
from training.challenger import train_challenger
from training.dataset import Dataset, gather
from training.prior import shipped
from training.train import Settings, words_of

MONTHS = 12.0
READ = "read and features"


def made(size: int, home: Path) -> None:
    """A home with a practice of so many lines in its store, its notes read."""
    world = load_world(Path("default"))
    with tempfile.TemporaryDirectory() as folder:
        clients = clients_for(world, size, MONTHS, 5)
        write_practice(Order(world, clients, MONTHS, 5, 5), Path(folder) / "practice", 2)
        home.mkdir(parents=True, exist_ok=True)
        with opened(home) as store:
            for kind in (
                "policies", "authorizations", "benefits", "notes", "claims", "remittances",
            ):  # fmt: skip
                for file in files_of([Path(folder) / "practice" / kind]):
                    store.ingest(file)
    features(home)  # reads the notes


def opened(home: Path) -> Store:
    return Store.open(f"sqlite:///{home.resolve() / 'claimwright.db'}", "main", home)


def features(home: Path, keep: bool = False) -> tuple[Dataset, float]:
    """The data set, and the seconds of processor time that it took.

    keep: from the rows that were made before, where they are there.
    """
    begun = time.process_time()
    with opened(home) as store:
        day = store.newest_known_day()
        assert day is not None
        found = gather(store, None, day, EDITS, keep=keep)
    return found, time.process_time() - begun


class Spread(NamedTuple):
    """Features made by a cluster on this machine."""

    clock: float
    """Seconds by the clock."""
    busiest: float
    """Processor seconds of the busiest worker."""
    own: float
    """Of the process that asked."""


def spread(home: Path, workers: int) -> Spread:
    """The features by so many processes, on a cluster that is there already."""
    from distributed import LocalCluster

    from training.scale import Cluster, Where

    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as local,
        Cluster(
            local.scheduler_address,
            Where.of(f"sqlite:///{home.resolve() / 'claimwright.db'}", "main", home, None, None),
            60,
            workers,
        ) as cluster,
        opened(home) as store,
    ):
        day = store.newest_known_day()
        assert day is not None
        # Libraries are loaded by the first piece of work: a cluster is asked more than once.
        cluster.client.run(_loaded)
        before = cluster.client.run(time.process_time)
        begun, own = time.perf_counter(), time.process_time()
        gather(store, None, day, EDITS, spread=cluster.parts, stretches=cluster.stretches)
        after = cluster.client.run(time.process_time)
        return Spread(
            time.perf_counter() - begun,
            max(after[worker] - before[worker] for worker in after),
            time.process_time() - own,
        )


def _loaded() -> None:
    import training.scale  # noqa: F401


def bare(dataset: Dataset, threads: int) -> float:
    """Seconds of LightGBM alone on the finished table: 31 leaves, 200 rounds."""
    table, rows = dataset.table, dataset.settled.rows
    words = words_of(table, rows, Settings().rarest_word, tuple(table.words))
    schema = Schema(table.names, words, EDITS)
    matrix = schema.matrix(table)[rows]
    begun = time.process_time()
    lightgbm.train(
        {"objective": "binary", "num_leaves": 31, "num_threads": threads, "verbosity": -1},
        lightgbm.Dataset(matrix, label=dataset.answers.denied[rows], params={"verbosity": -1}),
        num_boost_round=200,
    )
    return time.process_time() - begun


def timed(home: Path, threads: int) -> tuple[dict[str, float], int, float]:
    """Processor seconds by step of one round, settled lines, the most gigabytes held."""
    registry = Registry(f"sqlite:///{home.resolve() / 'mlflow.db'}", home / "artifacts")
    registry.make()  # once in an installation's life
    marks: dict[tuple[str, int], float] = {}

    def told(step: str, done: int, _: int) -> None:
        marks.setdefault((step, done), time.process_time())

    begun = time.process_time()
    with opened(home) as store:
        day = store.newest_known_day()
        assert day is not None
        challenger = train_challenger(
            store, registry, None, day, Settings(threads=threads), told, shipped()
        )
    fit, fitted, second = marks["fit", 0], marks["fit", 1], marks["register", 0]
    steps = {
        READ: fit - begun,
        "fit and calibration": fitted - fit,
        "figures": second - fitted,
        "second fit, files, registration": time.process_time() - second,
    }
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return steps, int(challenger.manifest["settled_lines"]), most


def rows(home: Path, workers: int, threads: int = 1) -> list[Row]:
    """Every figure of one home.

    First a round in which every row is made; then one that finds them as the round before left
    them, all but those of the newest week.
    """
    shutil.rmtree(home / "rows", ignore_errors=True)
    first, count, most = timed(home, threads)
    _forget_newest(home)
    steps, _, _ = timed(home, threads)
    dataset, _ = features(home, keep=True)
    peer = bare(dataset, threads)
    against = "lightgbm.train, 200 rounds"
    found = [
        Row(f"read and features, all rows made, {count:,} lines", first[READ], peer, against, "s"),
        *(
            Row(f"{name}, {count:,} lines", took, peer, against, "s")
            for name, took in steps.items()
        ),
        Row(f"a weekly round, {count:,} lines", sum(steps.values()), peer, against, "s", -2.0),
        Row(f"the first round, {count:,} lines", sum(first.values()), peer, against, "s"),
        Row("most memory", most, dataset.table.numbers.nbytes / 1e9, "the table itself", "GB"),
    ]
    if workers > 1:
        alone, several = spread(home, 1), spread(home, workers)
        for what, one, other in (
            ("by the clock", several.clock, alone.clock),
            ("busiest worker", several.busiest, alone.busiest),
            ("in the asking process", several.own, alone.own),
        ):
            title = f"features by {workers} processes, {what}"
            found.append(Row(title, one, other, "by one process", "s"))
    return found


def _forget_newest(home: Path) -> None:
    """Lets go of the newest week's rows, as if it had just come in."""
    kept = sorted(home.glob("rows/*/*/*.npz"), key=lambda file: int(file.stem))
    for file in kept:
        if int(file.stem) > int(kept[-1].stem) - 7:
            file.unlink()


def run(size: int) -> list[Row]:
    """On a practice of so many lines."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        made(size, home)
        return rows(home, 1)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.round")
    parser.add_argument("--size", type=int, default=10_000, help="lines")
    parser.add_argument("--home", type=Path, help="kept for the next time; a new one where absent")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder) / "home"
        if not (home / "claimwright.db").exists():
            made(given.size, home)
        table = Table("What", "Ours", "Peer", "", "Ratio", "Aim")
        for row in rows(home, given.workers, given.threads):
            table.add_row(row.what, *row.cells())
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
