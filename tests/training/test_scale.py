"""Two workers make the same features to the bit, and a model as good."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from claims.problem import ClaimwrightError
from claims.store import Store
from models.judge import EDITS
from tests.training.test_train import made_up
from training.boosting import here
from training.dataset import Dataset, gather
from training.metrics import auc, brier, log_loss
from training.scale import Cluster, Where
from training.splits import by_time
from training.train import Settings, fit

QUICK = Settings(rounds=40, patience=40, rate=0.1, threads=1)
WAIT = 60
"""Seconds that a loaded machine may need to start three processes."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler and two worker processes."""
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    started = [
        ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *common],
        *2
        * [["distributed.cli.dask_worker", "--host", "127.0.0.1", "--no-nanny", "--nthreads", "1",
            "--local-directory", str(folder), *common]],
    ]  # fmt: skip
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *arguments], cwd=folder, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for arguments in started
    ]  # fmt: skip
    try:
        end = time.monotonic() + WAIT
        while not file.exists() and time.monotonic() < end:
            time.sleep(0.1)
        yield str(json.loads(file.read_text(encoding="utf-8"))["address"])
    finally:
        for process in reversed(processes):
            process.kill()
        for process in processes:
            process.wait()


@pytest.fixture(scope="module")
def cluster(address: str, whole: Store, whole_home: Path) -> Iterator[Cluster]:
    url = f"sqlite:///{whole_home / 'claimwright.db'}"
    with Cluster(address, Where.of(url, "main", whole_home, None, None), WAIT, 2) as found:
        assert len(found.workers) == 2
        yield found


def same(one: Dataset, other: Dataset) -> None:
    """Every row and every answer, to the bit."""
    assert one.table.names == other.table.names
    assert np.array_equal(one.table.numbers, other.table.numbers, equal_nan=True)
    assert one.table.words == other.table.words
    assert one.table.lines.client == other.table.lines.client
    assert np.array_equal(one.table.lines.claim, other.table.lines.claim)
    assert one.claims.tolist() == other.claims.tolist()
    assert one.digest == other.digest


def test_features_are_the_same_exactly(cluster: Cluster, whole: Store) -> None:
    day = whole.newest_known_day()
    assert day is not None
    alone = gather(whole, None, day, EDITS)
    spread = gather(whole, None, day, EDITS, spread=cluster.parts, stretches=cluster.stretches)
    same(alone, spread)


def test_the_model_is_as_good(cluster: Cluster) -> None:
    table, _, denied = made_up(length=12_000)
    category = np.full(len(denied), -1, dtype=np.int8)
    split = by_time(table.lines.submitted)
    outcome = denied[split.calibrate].astype(float)
    found = []
    for boost in (here, cluster.boost):
        fitted = fit(table, denied, category, split, (), QUICK, boost=boost)
        risk = fitted.model.risks(table).line[split.calibrate]
        found.append([log_loss(risk, outcome), auc(risk, outcome), brier(risk, outcome)])
    assert found[1] == pytest.approx(found[0], rel=0.005)


def test_a_cluster_elsewhere_must_be_encrypted(tmp_path: Path) -> None:
    where = Where.of("sqlite:///x.db", "main", tmp_path, None, None)
    with pytest.raises(ClaimwrightError, match="tls"):
        Cluster("tcp://10.0.0.7:8786", where)


def test_a_password_does_not_travel(tmp_path: Path) -> None:
    where = Where.of("postgresql://user:secret@host/db", "main", tmp_path, None, None)
    assert "secret" not in repr(where)
    with pytest.raises(ClaimwrightError, match="CLAIMWRIGHT_DATABASE_URL"):
        where.open()
