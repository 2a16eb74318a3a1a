"""How far along things are: counted against a plain loop over the same lines."""

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.course import LONGEST, PERSONAL
from features.history import History
from features.lines import CATEGORIES
from tests.features.test_history import practice


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 149))
def test_a_clients_course_is_that_counted_line_by_line(seed: int, row: int) -> None:
    lines, answers = practice(seed, 150)
    columns = History(lines, answers).features(lines, lines.submitted)
    day = int(lines.submitted[row])
    own = [other for other in range(len(lines)) if lines.client[other] == lines.client[row]]
    sent = [other for other in own if lines.submitted[other] < day]
    answered = [
        other for other in sent if answers.denied[other] >= 0 and answers.known[other] < day
    ]
    visits = {int(lines.service[other]) for other in sent}
    assert np.isclose(np.expm1(columns["client.visits"][row]), len(visits))
    assert np.isclose(np.expm1(columns["client.unanswered"][row]), len(sent) - len(answered))
    if sent:
        first = min(int(lines.submitted[other]) for other in sent)
        assert np.isclose(np.expm1(columns["client.first_days"][row]), min(day - first, LONGEST))
        assert columns["client.since_visit"][row] == lines.service[row] - max(visits)
    else:
        assert columns["client.first_days"][row] == 0
        assert np.isnan(columns["client.since_visit"][row])
    paid = [int(lines.service[other]) for other in answered if answers.denied[other] == 0]
    for category in PERSONAL:
        index = CATEGORIES.index(category)
        denied = [
            int(lines.service[other]) for other in answered if answers.category[other] == index
        ]
        if not denied:
            assert np.isnan(columns[f"client.{category}_days"][row])
            assert columns[f"client.{category}_open"][row] == 0
        else:
            assert columns[f"client.{category}_days"][row] == lines.service[row] - max(denied)
            assert columns[f"client.{category}_open"][row] == (max(denied) >= max(paid, default=0))


def test_visits_of_the_year_begin_anew_in_january() -> None:
    lines, answers = practice(5, 400)
    columns = History(lines, answers).features(lines, lines.submitted)
    for row in range(0, 400, 37):
        day = int(lines.submitted[row])
        january = date.fromordinal(day).replace(month=1, day=1).toordinal()
        seen: set[int] = set()
        expected = 0
        for other in np.argsort(lines.submitted, kind="stable"):
            if lines.client[other] != lines.client[row] or lines.submitted[other] >= day:
                continue
            if int(lines.service[other]) not in seen and lines.submitted[other] >= january:
                expected += 1
            seen.add(int(lines.service[other]))
        assert columns["client.visits_year"][row] == expected
