"""Nothing that the practice can see adds to the true probability."""

import zlib
from typing import Any

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from data.synthetic.order import Order
from data.synthetic.practice import Shard
from data.synthetic.world import World

WORDS = 64
Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def seen(world: World) -> tuple[Floats, list[dict[str, Any]]]:
    """What can be seen of each answered line, as numbers, and its row of the truth."""
    order = Order(world, 60, 6, seed=1, outcome_seed=1)
    shard = Shard(world, 1, 1, order.people(), order.scribe(), 0, 1, order.weeks)
    notes: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    for week in range(order.weeks):
        batch = shard.step(week)
        notes |= {one["claim_id"]: one["text"] for one in batch.notes}
        rows += batch.lines
    answers: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        if row["denied"] is not None:
            answers.setdefault(row["client"], []).append((row["settled"], row["denied"]))
    table = []
    for place, row in enumerate(rows):
        known = [
            denied for day, denied in sorted(answers.get(row["client"], ()))
            if day < row["submitted"]
        ]  # fmt: skip
        text = notes.get(row["claim_id"], "")
        words = np.zeros(WORDS)
        for word in text.lower().split():
            words[zlib.crc32(word.encode()) % WORDS] += 1
        fields = [
            zlib.crc32(row[name].encode()) % 997
            for name in ("payer", "plan", "provider", "procedure", "client", "claim_id", "slips")
        ]
        numbers = [
            place, row["line"], row["charge"], row["allowed"], len(text), len(known),
            np.mean(known) if known else -1, np.mean(known[-3:]) if known else -1,
            int(row["date_of_service"][5:7]), len(row["slips"]), row["probability"],
        ]  # fmt: skip
        table.append([*fields, *numbers, *words])
    kept = [i for i, row in enumerate(rows) if row["denied"] is not None]
    return np.array(table)[kept], [rows[i] for i in kept]


def gain(x: Floats, rows: list[dict[str, Any]], risk: Floats) -> tuple[float, float]:
    """Log loss that boosting from `risk` saves on the other half of the clients; its error."""
    denied = np.array([row["denied"] for row in rows], dtype=float)
    half = np.array([zlib.crc32(row["client"].encode()) % 2 for row in rows]) == 0
    start = np.log(risk / (1 - risk))
    model = lightgbm.train(
        {
            "objective": "binary", "learning_rate": 0.05, "num_leaves": 7, "lambda_l2": 5.0,
            "min_data_in_leaf": 30, "verbose": -1, "num_threads": 1, "seed": 1,
            "deterministic": True,
        },
        lightgbm.Dataset(x[half], denied[half], init_score=start[half]),
        40,
    )  # fmt: skip
    better = 1 / (1 + np.exp(-(start + model.predict(x, raw_score=True))))

    def loss(p: Floats) -> Floats:
        return np.asarray(-np.log(np.where(denied == 1, p, 1 - p)))

    saved = (loss(risk) - loss(better))[~half]
    clients = np.unique([row["client"] for row in rows], return_inverse=True)[1][~half]
    by_client = np.bincount(clients, saved - saved.mean())
    return float(saved.mean()), float(np.sqrt(np.sum(by_client**2)) / len(saved))


def true_risk(rows: list[dict[str, Any]]) -> Floats:
    return np.clip([row["probability"] for row in rows], 1e-6, 1 - 1e-6)


def test_boosting_from_the_truth_gains_nothing(
    seen: tuple[Floats, list[dict[str, Any]]],
) -> None:
    x, rows = seen
    assert len(rows) > 1_000
    saved, error = gain(x, rows, true_risk(rows))
    assert saved <= 2 * error


def test_boosting_from_less_than_the_truth_gains(
    seen: tuple[Floats, list[dict[str, Any]]],
) -> None:
    x, rows = seen
    flat = np.full(len(rows), true_risk(rows).mean())
    saved, error = gain(x, rows, flat)
    assert saved > 2 * error


def test_a_mark_that_gives_the_answer_away_would_be_seen(
    seen: tuple[Floats, list[dict[str, Any]]],
) -> None:
    x, rows = seen
    marked = x.copy()
    luck = np.random.default_rng(1).random(len(rows)) < 0.3
    marked[:, -1] += 50.0 * luck * np.array([row["denied"] for row in rows])
    saved, error = gain(marked, rows, true_risk(rows))
    assert saved > 2 * error
