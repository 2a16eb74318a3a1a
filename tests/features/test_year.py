"""Visits of a year, and what is left of a benefit that they use up."""

from datetime import date

import numpy as np
import pytest

from features.course import SETTLED
from features.history import History
from features.year import BATCH, PACE, THERE_BEFORE, VISITS
from tests.features.test_history import practice
from tests.features.test_trouble import columns_of

TELLS = (5, 7, 14, "paid"), (12, 14, 14, "paid")


def limit(*claims: tuple[int, int, int | None, str], left: float, asked: int = 60) -> float:
    """Chance of a denial for the limit of a claim sent on day `asked` + 2."""
    columns = columns_of(*claims, (asked, asked + 2, None, ""), left=left)
    return float(1 / (1 + np.exp(-columns["client.benefit_limit_chain"][-1])))


def test_visits_of_the_year_are_those_of_the_services_own_year() -> None:
    lines, answers = practice(5, 400)
    columns = History(lines, answers).features(lines, lines.submitted)
    begun = int(lines.submitted.min())
    whole = 0
    for row in range(0, 400, 7):
        year = date.fromordinal(int(lines.service[row])).replace(month=1, day=1).toordinal()
        sent = [
            other
            for other in range(len(lines))
            if lines.client[other] == lines.client[row]
            and lines.submitted[other] < lines.submitted[row]
        ]
        days = {int(lines.service[other]) for other in sent if lines.service[other] >= year}
        days -= {day for day in days if day >= year + 365}
        first = min((int(lines.submitted[other]) for other in sent), default=lines.submitted[row])
        expected = float(len(days))
        if first - begun < SETTLED and begun - BATCH > year:
            since = max(int(lines.service[row]) - (begun - BATCH), 0)
            pace = (len(days) + PACE[0]) / (since + PACE[1])
            expected += THERE_BEFORE * pace * (begun - BATCH - year)
        else:
            whole += 1
        found = columns["client.visits_of_year"][row]
        assert found == pytest.approx(1 + expected)
        for most in VISITS:
            assert columns[f"client.visits_of_year_to_{most}"][row] == min(found, most)
    assert 10 < whole < 50, "both kinds of lines must have been looked at"


def test_a_visit_within_the_limit_is_hardly_denied_and_one_over_it_is() -> None:
    assert limit(*TELLS, left=20.0) < 0.05
    assert limit(*TELLS, left=0.0) > 0.9
    assert limit(*TELLS, left=20.0) < limit(*TELLS, left=4.0) < limit(*TELLS, left=1.0)


def test_a_denial_for_the_limit_stays_true_until_the_new_year() -> None:
    over = (*TELLS, (19, 21, 14, "benefit_limit"))
    assert limit(*over, left=15.0) > 0.9
    # BEGUN is a day in July: the next year begins within 200 days.
    assert limit(*over, left=15.0, asked=220) < 0.1


def test_a_payment_since_says_that_the_limit_is_another_one() -> None:
    over = (*TELLS, (19, 21, 14, "benefit_limit"), (26, 28, 14, "paid"))
    assert limit(*over, left=15.0) < 0.1
    assert limit(*TELLS, left=-5.0) < 0.1


def test_one_denial_may_be_a_slip_where_no_limit_is_known_and_two_are_not() -> None:
    one = (*TELLS, (19, 21, 14, "benefit_limit"))
    two = (*one, (26, 28, 14, "benefit_limit"))
    assert limit(*TELLS, left=np.nan) < 0.01
    assert 0.2 < limit(*one, left=np.nan) < 0.8
    assert limit(*two, left=np.nan) > 0.9


def test_what_is_answered_later_changes_nothing() -> None:
    later = (*TELLS, (19, 21, 90, "benefit_limit"))
    assert limit(*later, left=15.0) == limit(*TELLS, (19, 21, None, ""), left=15.0)


def test_what_a_payment_leaves_room_for_lowers_the_chance() -> None:
    few = limit((12, 14, None, ""), left=3.0)
    paid = limit((12, 14, 14, "paid"), left=3.0)
    assert paid < few
