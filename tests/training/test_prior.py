"""The prior for small practices: nothing of anybody's own in it, strong with few lines only."""

import numpy as np

from models.additive import summed
from tests.training.test_train import made_up
from training.additive import Fit, fit_additive
from training.metrics import log_loss
from training.prior import GENERAL, general, shipped
from training.spread import Spread


def some(count: int, seed: int) -> tuple:  # type: ignore[type-arg]
    table, truth, denied = made_up(seed)
    category = np.where(denied == 1, np.where(table.numbers[:, 1] > 0, 4, 7), -1).astype(np.int8)
    return table, truth, denied, category, np.arange(count)


def expected(fit: Fit, truth: np.ndarray, rows: np.ndarray, table: object) -> float:
    stage = fit.stage(fit.solve(np.ones(len(rows))))
    risk = 1 / (1 + np.exp(-summed(stage.odds(table))))  # type: ignore[arg-type]
    return log_loss(risk, truth)


def test_few_lines_gain_from_it_and_many_lose_nothing() -> None:
    table, _, denied, category, rows = some(6000, 1)
    taught = general(fit_additive(table, denied, category, rows, np.ones(6000)))
    gained = []
    for seed in (2, 3, 4):
        other, truth, denied, category, few = some(150, seed)
        alone = Fit(other, denied, category, few, Spread())
        both = Fit(other, denied, category, few, Spread(), taught)
        gained.append(expected(alone, truth, few, other) - expected(both, truth, few, other))
    assert min(gained) > 0
    many = np.arange(6000)
    alone = Fit(other, denied, category, many, Spread())
    both = Fit(other, denied, category, many, Spread(), taught)
    assert expected(both, truth, many, other) < expected(alone, truth, many, other) + 0.003


def test_the_shipped_prior_names_nobody() -> None:
    stage = shipped()
    assert stage is not None
    assert stage.by_payer == {}
    assert set(stage.crosses) == set(GENERAL)
    assert all(len(code) == 5 for code in stage.crosses[("procedure",)])
    assert sum(len(known) for known in stage.crosses.values()) == len(stage.words)


def test_what_it_knows_counts_before_it_is_seen_here() -> None:
    table, _, denied, category, rows = some(6000, 1)
    taught = general(fit_additive(table, denied, category, rows, np.ones(6000)))
    other, _, denied, category, few = some(150, 5)
    other.numbers[few, 1] = 0.0  # the edit never spoke in these lines
    both = fit_additive(other, denied, category, few, np.ones(150), centre=taught)
    spoken = other.take(np.flatnonzero(other.numbers[:, 1] > 0)[:50])
    silent = other.take(few[:50])
    assert both.log_odds(spoken).mean() > both.log_odds(silent).mean() + 0.3
