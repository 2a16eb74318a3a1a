"""What a denied claim costs."""

from decimal import Decimal

import pytest

from models.scorer import Terms

TERMS = Terms(Decimal("25.00"), 0.2)


def test_a_claim_of_one_line_loses_its_risk_of_what_is_not_recovered_and_the_rework() -> None:
    assert TERMS.loss(0.5, 0.5 * 100) == pytest.approx(0.5 * (100 * 0.8 + 25))


def test_lines_that_are_denied_apart_do_not_stand_for_the_whole_claim() -> None:
    one_of_two = TERMS.loss(0.5, 0.5 * 100 + 0.0 * 100)
    assert one_of_two == pytest.approx(0.5 * (100 * 0.8 + 25))
