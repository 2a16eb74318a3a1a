"""Boosted trees on what the additive part leaves over; on this machine or on a cluster.

A `Boost` takes rows to fit on and later rows, by which the number of trees is found.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.denial import Schema

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Lines as the booster takes them."""

    matrix: NDArray[np.float32]
    denied: NDArray[np.int8]
    weight: Floats
    start: Floats
    """The additive part's log odds, where the booster begins."""


@dataclass(frozen=True)
class Task:
    """What is to be fitted."""

    schema: Schema
    parameters: Mapping[str, Any]
    fit: Rows
    stop: Rows
    """Later rows."""
    rounds: int
    patience: int = 60


Boost = Callable[[Task], lightgbm.Booster]
"""Fits a task: a booster with as many trees as it should have."""


def column_names(schema: Schema) -> list[str]:
    """The schema's names as LightGBM takes them."""
    return [name.replace(".", "_").replace(" ", "_") for name in schema.names]


def category_places(schema: Schema) -> list[int]:
    """Places of the category columns in the matrix."""
    return list(range(len(schema.numbers), len(schema.names)))


BINNING = {"verbosity": -1, "max_bin": 127}


def here(task: Task) -> lightgbm.Booster:
    """Fits a task in this process."""
    fitting = _data(task.schema, task.fit)
    grown = lightgbm.train(
        dict(task.parameters),
        fitting,
        num_boost_round=task.rounds,
        valid_sets=[_data(task.schema, task.stop, fitting)],
        callbacks=[lightgbm.early_stopping(task.patience, verbose=False)],
    )
    return cut(grown, grown.best_iteration or grown.current_iteration())


def cut(booster: lightgbm.Booster, rounds: int) -> lightgbm.Booster:
    """The first trees of a booster."""
    if rounds >= booster.current_iteration():
        return booster
    return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=rounds))


def _data(
    schema: Schema, rows: Rows, reference: lightgbm.Dataset | None = None
) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        rows.matrix,
        label=rows.denied,
        weight=rows.weight,
        init_score=rows.start,
        feature_name=column_names(schema),
        categorical_feature=category_places(schema),
        reference=reference,
        params=BINNING,
        free_raw_data=True,
    )


def losses(booster: lightgbm.Booster, rows: Rows, rounds: int) -> Floats:
    """Log loss of each row by the first trees, in nats."""
    raw = rows.start.copy()
    if rounds:
        raw = raw + np.asarray(
            booster.predict(rows.matrix, raw_score=True, num_iteration=rounds), dtype=float
        )
    return np.asarray(np.logaddexp(0.0, raw) - rows.denied * raw)


SURE = 2.0
"""Standard errors by which later rows must show a gain before trees are kept: with a few hundred
rows to stop by, the best of many hundred tree counts is often chance, and costs."""


def surely_better(booster: lightgbm.Booster, rows: Rows, claim: NDArray[np.int64]) -> bool:
    """Whether the trees beat their start on later rows beyond chance; lines of a claim go together.

    claim: of each row.
    """
    gain = rows.weight * (
        losses(booster, rows, 0) - losses(booster, rows, booster.current_iteration())
    )
    by_claim = np.bincount(np.unique(claim, return_inverse=True)[1], gain)
    error = np.sqrt(((by_claim - by_claim.mean()) ** 2).sum())
    return bool(gain.sum() > SURE * error)
