"""Figures of quality on cases whose answer is known."""

import numpy as np
import pytest
from sklearn import metrics as sklearn
from sklearn.metrics import log_loss as reference

from training.metrics import (
    auc,
    average_precision,
    bootstrap,
    calibration_error,
    caught,
    log_loss,
    precision_at,
    resampled,
)


def test_log_loss_is_that_of_scikit_learn() -> None:
    draw = np.random.default_rng(1)
    risk, outcome = draw.uniform(0.01, 0.99, 500), draw.integers(0, 2, 500).astype(float)
    assert log_loss(risk, outcome) == pytest.approx(reference(outcome, risk))


def test_expected_log_loss_is_least_at_the_true_probability() -> None:
    truth = np.random.default_rng(2).uniform(0.05, 0.6, 1000)
    assert log_loss(truth, truth) < min(log_loss(truth * 1.1, truth), log_loss(truth * 0.9, truth))


def test_a_risk_ten_points_too_high_has_an_error_of_ten_points() -> None:
    truth = np.linspace(0.1, 0.8, 1000)
    assert calibration_error(truth + 0.1, truth) == pytest.approx(0.1)
    assert calibration_error(truth, truth) == 0


def test_the_best_order_catches_most() -> None:
    dollars = np.array([100.0, 0, 0, 0, 50, 0, 0, 0, 0, 0])
    assert caught(dollars, dollars, 0.1) == pytest.approx(2 / 3)
    assert caught(-dollars, dollars, 0.1) == 0
    assert precision_at(dollars, dollars > 0, 0.2) == 1


def test_one_kind_of_outcome_has_no_area() -> None:
    assert np.isnan(auc(np.array([0.1, 0.2]), np.array([0.0, 0.0])))


def test_groups_are_drawn_whole() -> None:
    value = np.repeat([0.0, 1.0], 50)
    rows = np.arange(100)
    alone = bootstrap(lambda chosen: float(value[chosen].mean()), rows)
    together = bootstrap(lambda chosen: float(value[chosen].mean()), np.repeat(np.arange(4), 25))
    assert alone.value == together.value == 0.5
    assert together.high - together.low > 2 * (alone.high - alone.low)


@pytest.mark.parametrize("decimals", [1, 8])
def test_areas_are_those_of_scikit_learn_with_ties_and_without(decimals: int) -> None:
    draw = np.random.default_rng(3)
    risk = np.round(draw.random(400), decimals)
    outcome = (draw.random(400) < risk).astype(float)
    assert auc(risk, outcome) == pytest.approx(sklearn.roc_auc_score(outcome, risk))
    expected = sklearn.average_precision_score(outcome, risk)
    assert average_precision(risk, outcome) == pytest.approx(expected)


def test_figures_of_lines_and_claims_are_drawn_together() -> None:
    client = np.array([0, 0, 1, 2, 2, 2])
    claim_client = np.array([0, 1, 2])

    def counts(lines: np.ndarray, claims: np.ndarray) -> np.ndarray:
        share = np.bincount(client[lines], minlength=3) - [2, 1, 3] * np.bincount(
            claim_client[claims], minlength=3
        )
        return np.array([np.abs(share).sum(), float(len(lines))])

    same, length = resampled(counts, [client, claim_client], times=50)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert length.value == 6
    assert length.low < 6 < length.high
