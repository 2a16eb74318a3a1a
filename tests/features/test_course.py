"""How far along things are: counted against a plain loop over the same lines."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.course import LONGEST, NEW, PERSONAL, SETTLED
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


def test_a_clinician_is_new_only_where_the_practice_is_not() -> None:
    lines, answers = practice(3, 400)
    columns = History(lines, answers).features(lines, lines.submitted)
    begun = int(lines.submitted.min())
    for row in range(0, 400, 23):
        day = int(lines.submitted[row])
        sent = [
            int(lines.submitted[other])
            for other in range(len(lines))
            if lines.provider[other] == lines.provider[row] and lines.submitted[other] < day
        ]
        age = day - min(sent) if sent else 0
        older = (day - begun if day > begun else 0) - age >= SETTLED
        for days in NEW:
            assert columns[f"provider.new_{days}"][row] == float(age < days and older)
