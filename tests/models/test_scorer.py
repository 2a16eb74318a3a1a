"""What a denied claim costs."""

from decimal import Decimal

import pytest

from models.scorer import Terms

TERMS = Terms(Decimal("25.00"), 0.2)


def test_a_claim_loses_its_risk_of_what_is_not_recovered_and_the_rework() -> None:
    assert TERMS.loss(0.5, 100) == pytest.approx(0.5 * (100 * 0.8 + 25))


def test_of_one_line_both_ways_of_counting_are_one() -> None:
    assert TERMS.loss_by_line(0.5, 0.5 * 100) == pytest.approx(TERMS.loss(0.5, 100))


def test_lines_that_are_denied_apart_do_not_stand_for_the_whole_claim() -> None:
    one_of_two_at_risk = TERMS.loss_by_line(0.5, 0.5 * 100 + 0.0 * 100)
    assert one_of_two_at_risk == pytest.approx(0.5 * (100 * 0.8 + 25))
    assert one_of_two_at_risk < TERMS.loss(0.5, 200)
