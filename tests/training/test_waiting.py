"""The wait for an answer: who was looked at."""

import numpy as np

from models.additive import BEHIND_REVIEW
from training.waiting import looked_at


def answers(seed: int, look: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Payer, wait, reason and whether each line was looked at; a look takes `look` days more."""
    draw = np.random.default_rng(seed)
    payer = draw.integers(0, 3, 4000)
    looked = draw.random(4000) < 0.15
    wait = 10 + 6 * payer + draw.integers(0, 6, 4000) + np.where(looked, look, 0.0)
    reason = np.where(looked & (draw.random(4000) < 0.2), BEHIND_REVIEW, -1)
    return payer, wait, reason, looked


def test_paid_lines_that_waited_as_long_as_looked_at_ones_were_looked_at() -> None:
    payer, wait, reason, looked = answers(1, 25.0)
    ratio = looked_at(payer, wait, reason)
    paid = reason < 0
    assert ratio[paid & looked].mean() > 2
    assert ratio[paid & ~looked].mean() < -1.5
    assert not ratio[~paid].any()


def test_nothing_is_concluded_where_a_look_takes_no_time() -> None:
    for seed in range(2, 12):
        payer, wait, reason, _ = answers(seed, 0.0)
        assert not looked_at(payer, wait, reason).any()


def test_nothing_is_concluded_from_few_denials() -> None:
    payer, wait, reason, _ = answers(3, 25.0)
    few = np.where(np.cumsum(reason == BEHIND_REVIEW) > 5, -1, reason)
    assert not looked_at(payer, wait, few).any()
