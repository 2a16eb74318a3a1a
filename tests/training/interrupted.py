"""Rounds that are killed: a process of its own that forks one for each line it is told.

`python -m tests.training.interrupted HOME INBOX`, then a line a round on standard input: the
seconds of processor time after which the round gets a SIGKILL (inf: never). Each round is answered
with `killed`, or `done` and the seconds that it took. Libraries are loaded once, before the first.

A round takes in what lies in INBOX, trains, registers, compares and promotes, all of it as
`claimwright retrain --promote` does, but for the table: that is a small made-up one.
"""

import os
import signal
import sys
import threading
import time
from datetime import date
from pathlib import Path

import numpy as np
from sqlalchemy.orm import configure_mappers

import training.challenger
import training.promotion
from claims.store import Store
from features.history import History
from features.lines import Answers
from models.registry import Registry
from tests.training.test_train import made_up
from training.dataset import Dataset
from training.retrain import Folder, one_round
from training.settled import Settled
from training.train import Settings

QUICK = Settings(rounds=4, patience=3, rate=0.3, threads=1)


def dataset(as_of: date) -> Dataset:
    """Four thousand made-up lines, all settled."""
    table, _, denied = made_up(length=4000)
    count = len(table)
    none = np.full(count, -1, dtype=np.int8)
    answers = Answers(table.lines.submitted + 20, denied, none, table.allowed)
    return Dataset(
        table,
        answers,
        Settled(np.arange(count), np.ones(count), {}),
        as_of,
        History(table.lines.take([]), answers.take(np.array([], dtype=np.int64))),
        np.array([str(row) for row in range(count)], dtype=object),
        np.ones(count, dtype=np.int64),
        np.zeros(0, dtype=bool),
    )


def one(home: Path, inbox: Path, made: Dataset) -> None:
    """A whole round."""
    training.challenger.gather = lambda *_, **__: made  # type: ignore[assignment]
    training.promotion.gather = lambda *_, **__: made  # type: ignore[assignment]
    registry = Registry(f"sqlite:///{home / 'mlflow.db'}", home / "artifacts")
    with Store.open(f"sqlite:///{home / 'claimwright.db'}", "main", home) as store:
        done = one_round(
            store, registry, None, Folder(inbox, home).ready(at_once=True),
            home / "decisions.jsonl", settings=QUICK, least=0, promote=True,
        )  # fmt: skip
    assert done.decision is not None, done.why_not


def killer(after: float) -> None:
    """Ends this very process, as `kill -9` would, once it has used so much processor time."""
    while time.process_time() < after:
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Serves until standard input ends."""
    # Loaded once and not in each round; not on import, for its warnings are a test's errors.
    import mlflow.store.model_registry.sqlalchemy_store
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401

    home, inbox = Path(sys.argv[1]), Path(sys.argv[2])
    made = dataset(date(2025, 1, 31))
    configure_mappers()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                begun = time.process_time()
                after = float(line)
                if after != float("inf"):
                    threading.Thread(target=killer, args=(begun + after,), daemon=True).start()
                one(home, inbox, made)
                (home / "seconds").write_text(str(time.process_time() - begun), encoding="ascii")
                status = 0
            finally:
                os._exit(status)
        _, code = os.waitpid(child, 0)
        if os.WIFSIGNALED(code) and os.WTERMSIG(code) == signal.SIGKILL:
            print("killed", flush=True)  # noqa: T201
        else:
            assert code == 0, code
            print("done", (home / "seconds").read_text(encoding="ascii"), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
