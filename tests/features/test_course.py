"""How far along things are: counted against a plain loop over the same lines."""

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.course import BEGINS, ENDS, LONGEST, PERSONAL
from features.history import History
from features.lines import CATEGORIES, UNNAMED
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


def test_coverage_is_told_by_the_answers_nearest_the_service() -> None:
    for seed in range(6):
        lines, answers = practice(seed, 200)
        columns = History(lines, answers).features(lines, lines.submitted)
        trouble = CATEGORIES.index("eligibility")
        silent = {CATEGORIES.index(name) for name in ("duplicate", "timely_filing", "provider")}
        found = columns["client.eligibility_chain"]
        usual = np.log(BEGINS / ENDS)
        for row in range(0, 200, 7):
            day, service = int(lines.submitted[row]), int(lines.service[row])
            seen = [
                (int(lines.service[other]), int(answers.category[other] == trouble))
                for other in range(len(lines))
                if lines.client[other] == lines.client[row]
                and answers.denied[other] >= 0
                and answers.known[other] < day
                and int(answers.category[other]) not in silent | {UNNAMED}
            ]
            if not seen:
                assert np.isclose(found[row], usual)
                continue
            earlier = [one for one in seen if one[0] <= service]
            later = [one for one in seen if one[0] > service]
            last = {state for when, state in earlier if when == max(earlier)[0]}
            following = {state for when, state in later if when == min(later)[0]}
            if last | following == {1}:
                assert found[row] > usual
            if last | following == {0}:
                assert found[row] < usual


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
