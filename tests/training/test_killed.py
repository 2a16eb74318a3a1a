"""Killed at any moment, a round leaves nothing half registered, and the next one goes on."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import pytest

from claims.store import Store
from models.denial import DenialModel
from models.registry import CHALLENGER, CHAMPION, DENIAL, Registry
from tests.training.conftest import KEY
from training.challenger import HELD_OUT
from training.promotion import DECISION

ROOT = Path(__file__).parents[2]
TIMES = 20
BEFORE_THE_FIRST = 2
"""Of these, kills before any round came through: MLflow's database is made in them."""
MAKING = 1.8
"""Seconds of processor time that the making takes at least."""
Rounds = Callable[[float], tuple[str, float]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    (made / "member.key").write_text(KEY + "\n", encoding="ascii")
    return made


@pytest.fixture
def rounds(home: Path, tmp_path: Path) -> Iterator[Rounds]:
    """Starts a round and tells whether it was killed, or done and how long it took."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.training.interrupted", str(home), str(inbox)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None

    def start(after: float) -> tuple[str, float]:
        process.stdin.write(f"{after}\n")
        process.stdin.flush()
        told = process.stdout.readline().split()
        assert told, "the round failed by itself"
        return told[0], float(told[1]) if len(told) > 1 else after

    yield start
    process.stdin.close()
    process.wait()
    process.stdout.close()


def versions(home: Path) -> dict[str, Path]:
    """Folder of each registered version; every alias names one of them."""
    database = home / "mlflow.db"
    if not database.exists():
        return {}
    with closing(sqlite3.connect(database)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = {
            str(number): Path(unquote(urlparse(source).path))
            for number, source in file.execute("SELECT version, source FROM model_versions")
        }
        named = file.execute("SELECT version FROM registered_model_aliases").fetchall()
    assert {str(number) for (number,) in named} <= set(found)
    return found


def whole(home: Path, checked: set[str]) -> None:
    """Nothing in the home is half there."""
    for number, folder in versions(home).items():
        if number not in checked:
            for one in (folder, folder / HELD_OUT):
                DenialModel.load(one).self_test()
            json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            checked.add(number)
    log = home / "decisions.jsonl"
    for entry in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        json.loads(entry)


def days(store: Store) -> Counter[str]:
    """How many lines were taken in of each day's batch."""
    newest = store.newest_known_day()
    if newest is None:
        return Counter()
    return Counter(str(day) for day in store.read_lines(newest, ("known_on",))["known_on"])


def test_killed_at_twenty_random_moments_the_next_round_goes_on(
    practice: Path, store_of: Callable[..., Store], home: Path, tmp_path: Path, rounds: Rounds
) -> None:
    batches = sorted((practice / "claims").iterdir())[: TIMES + 2]
    answers = sorted((practice / "remittances").iterdir())[: 3 * len(batches)]
    taken = [*batches, *answers]
    wanted = store_of(lambda file: file in taken)
    arriving = [[batch, *answers[3 * at : 3 * at + 3]] for at, batch in enumerate(batches)]
    draw = np.random.default_rng(20)
    killed, checked, length = 0, set[str](), 0.0

    def arrive() -> None:
        for file in arriving.pop(0):
            (tmp_path / "inbox" / file.name).write_bytes(file.read_bytes())

    def look() -> None:
        whole(home, checked)
        if (home / "claimwright.db").exists():
            with Store.open(f"sqlite:///{home / 'claimwright.db'}", "main", home) as store:
                assert days(store).items() <= days(wanted).items()

    for at in range(TIMES):
        arrive()
        if at == BEFORE_THE_FIRST:
            assert rounds(float("inf"))[0] == "done"
            arrive()
            told, length = rounds(float("inf"))
            assert told == "done"
            assert len(versions(home)) >= 2
        early = at < BEFORE_THE_FIRST
        part, parts = (
            (at, BEFORE_THE_FIRST) if early else (at - BEFORE_THE_FIRST, TIMES - BEFORE_THE_FIRST)
        )
        killed += (
            rounds((part + draw.random()) / parts * (MAKING if early else length))[0] == "killed"
        )
        look()
    assert killed >= TIMES - 3  # the last may end a little sooner than the one that was timed

    before = len(versions(home))
    arrive()
    assert rounds(float("inf"))[0] == "done"
    look()
    assert len(versions(home)) == before + 1
    registry = Registry(f"sqlite:///{home / 'mlflow.db'}", home / "artifacts")
    challenger, champion = (registry.version(DENIAL, alias) for alias in (CHALLENGER, CHAMPION))
    assert challenger is not None
    assert champion is not None
    assert challenger.version == str(before + 1)
    assert DECISION in challenger.tags
    assert not list(home.glob(".mlflow.db.*"))
    kept = {path.relative_to(challenger.folder.parent).as_posix()
            for path in challenger.folder.parent.rglob("*") if path.is_file()}  # fmt: skip
    assert {"card.md", "environment.txt", "plots/calibration.svg", "model/manifest.json"} <= kept
    with closing(sqlite3.connect(home / "mlflow.db")) as file:
        states = Counter(state for (state,) in file.execute("SELECT status FROM runs"))
    assert states.keys() == {"FINISHED", "KILLED"}
    with Store.open(f"sqlite:///{home / 'claimwright.db'}", "main", home) as store:
        newest = wanted.newest_known_day()
        assert newest is not None
        assert days(store) == days(wanted)
        ours, theirs = (
            Counter(one.read_outcomes(newest)["label"].tolist()) for one in (store, wanted)
        )
        assert ours == theirs
