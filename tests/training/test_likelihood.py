"""The likelihood of answers and waits: its slope is that of its value."""

import numpy as np
import pytest

from features.lines import CATEGORIES, UNNAMED
from models.additive import BEHIND_REVIEW
from training.likelihood import Likelihood

ROWS = 60
COLUMNS = len(CATEGORIES) + 1


def drawn(seed: int) -> tuple[Likelihood, np.ndarray]:
    draw = np.random.default_rng(seed)
    reason = draw.choice([-1, -1, -1, 0, 3, BEHIND_REVIEW, UNNAMED], ROWS)
    vague = draw.uniform(0.05, 0.3, (ROWS, len(CATEGORIES)))
    likelihood = Likelihood(reason, draw.uniform(0.5, 2, ROWS), vague, draw.normal(0, 2, ROWS))
    return likelihood, draw.normal(-1.5, 1.0, (ROWS, COLUMNS))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_slope_is_that_of_the_loss(seed: int) -> None:
    likelihood, sums = drawn(seed)
    _, slope = likelihood.loss(sums)
    draw = np.random.default_rng(seed)
    for _ in range(40):
        row, column = draw.integers(ROWS), draw.integers(COLUMNS)
        step = np.zeros_like(sums)
        step[row, column] = 1e-5
        by_steps = (likelihood.loss(sums + step)[0] - likelihood.loss(sums - step)[0]) / 2e-5
        assert slope[row, column] == pytest.approx(by_steps, abs=2e-5)


def test_a_row_without_weight_says_nothing() -> None:
    draw = np.random.default_rng(4)
    reason = np.array([-1, 3, BEHIND_REVIEW, UNNAMED])
    vague = np.full((4, len(CATEGORIES)), 0.1)
    waits = np.array([2.0, 0.0, 0.0, 0.0])
    sums = draw.normal(-1, 1, (4, COLUMNS))
    for row in range(4):
        without = np.ones(4)
        without[row] = 0.0
        loss, slope = Likelihood(reason, without, vague, waits).loss(sums)
        moved = sums.copy()
        moved[row] += 1.0
        assert Likelihood(reason, without, vague, waits).loss(moved)[0] == pytest.approx(loss)
        assert not slope[row].any()


def test_a_long_wait_speaks_for_a_look() -> None:
    reason = np.array([-1])
    vague = np.full((1, len(CATEGORIES)), 0.1)
    sums = np.full((1, COLUMNS), -1.0)
    long = Likelihood(reason, np.ones(1), vague, np.array([3.0])).loss(sums)[1]
    short = Likelihood(reason, np.ones(1), vague, np.array([-3.0])).loss(sums)[1]
    assert long[0, -1] < 0 < short[0, -1]
