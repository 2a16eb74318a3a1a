"""History: what was known on a day, counted two ways."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.grains import GRAINS, PARENT
from features.history import CLIENT_STRENGTH, STRENGTH, WINDOWS, History
from features.lines import CATEGORIES, NEVER, Answers, Lines

START = 738_000


def practice(seed: int, length: int) -> tuple[Lines, Answers]:
    """Lines with answers drawn at random; some never answered."""
    draw = np.random.default_rng(seed)

    def words(name: str, kinds: int) -> list[str]:
        return [f"{name}{value}" for value in draw.integers(0, kinds, length)]

    service = START + draw.integers(0, 500, length)
    submitted = np.sort(service + draw.integers(1, 30, length))
    denied = draw.integers(-1, 2, length).astype(np.int8)
    known = np.where(denied < 0, NEVER, submitted + draw.integers(5, 90, length))
    lines = Lines(
        claim=np.arange(length),
        payer=words("payer", 3),
        plan=words("plan", 2),
        procedure=words("code", 4),
        family=words("family", 2),
        modifiers=words("m", 2),
        place=words("place", 2),
        diagnosis=words("F", 3),
        provider=words("npi", 4),
        taxonomy=words("tax", 2),
        client=words("client", 12),
        service=service,
        submitted=submitted,
        units=draw.integers(1, 5, length).astype(float),
        charge=draw.integers(50, 300, length).astype(float),
    )
    category = np.where(denied == 1, draw.integers(0, len(CATEGORIES), length), -1)
    allowed = np.where(denied == 0, lines.charge * 0.7, np.nan)
    return lines, Answers(known, denied, category.astype(np.int8), allowed)


def select(lines: Lines, answers: Answers, rows: Any) -> tuple[Lines, Answers]:
    """The chosen rows of both."""
    values = {}
    for name, column in vars(lines).items():
        values[name] = [column[row] for row in rows] if isinstance(column, list) else column[rows]
    return Lines(**values), Answers(
        **{name: column[rows] for name, column in vars(answers).items()}
    )


def rate(
    lines: Lines, answers: Answers, row: int, name: str | None, day: int, window: int
) -> float:
    """A smoothed rate, counted line by line as the definition says it."""
    if name is None:
        return 0.08
    strength = CLIENT_STRENGTH if name.startswith("client") else STRENGTH[window]
    place = WINDOWS.index(window)
    if place:
        parent = rate(lines, answers, row, name, day, WINDOWS[place - 1])
    else:
        parent = rate(lines, answers, row, PARENT.get(name), day, window)
    seen = [
        other
        for other in range(len(lines))
        if answers.denied[other] >= 0
        and day - window <= answers.known[other] < day
        and all(getattr(lines, c)[other] == getattr(lines, c)[row] for c in GRAINS[name])
    ]
    denied = sum(int(answers.denied[other] == 1) for other in seen)
    return (denied + strength * parent) / (len(seen) + strength)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_rates_are_those_counted_line_by_line(seed: int) -> None:
    lines, answers = practice(seed, 120)
    columns = History(lines, answers).features(lines, lines.submitted)
    for row in (0, 60, 119):
        for name in GRAINS:
            for window in WINDOWS:
                expected = rate(lines, answers, row, name, int(lines.submitted[row]), window)
                assert columns[f"{name}.denied_{window}"][row] == pytest.approx(expected)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 399))
def test_a_row_is_the_same_from_what_was_known_that_day(seed: int, row: int) -> None:
    lines, answers = practice(seed, 400)
    day = int(lines.submitted[row])
    asked, _ = select(lines, answers, np.array([row]))
    whole = History(lines, answers).features(asked, asked.submitted)
    earlier = np.flatnonzero(lines.submitted < day)
    if not len(earlier):
        return
    past, known = select(lines, answers.before(day), earlier)
    then = History(past, known).features(asked, asked.submitted)
    for name, column in whole.items():
        assert np.array_equal(column, then[name], equal_nan=True), name


def test_later_remittances_change_no_earlier_row() -> None:
    lines, answers = practice(7, 600)
    cut = START + 300
    late = answers.known >= cut
    moved = Answers(
        np.where(late & (answers.known < NEVER), answers.known + 17, answers.known),
        np.where(late & (answers.denied >= 0), 1 - answers.denied, answers.denied).astype(np.int8),
        answers.category,
        answers.allowed,
    )
    rows = np.flatnonzero(lines.submitted < cut)
    asked, _ = select(lines, answers, rows)
    before = History(lines, answers).features(asked, asked.submitted)
    after = History(lines, moved).features(asked, asked.submitted)
    for name, column in before.items():
        assert np.array_equal(column, after[name], equal_nan=True), name


def test_a_payer_never_seen_has_no_counts_but_a_rate() -> None:
    lines, answers = practice(3, 200)
    asked, _ = select(lines, answers, np.array([199]))
    stranger = Lines(**(vars(asked) | {"payer": ["nobody"], "client": ["nobody"]}))
    columns = History(lines, answers).features(stranger, stranger.submitted)
    assert columns["payer_code.answered_365"][0] == 0
    assert columns["payer_code.denied_365"][0] == pytest.approx(columns["all.denied_365"][0])
    assert np.isnan(columns["client.answer_1"][0])


def test_an_empty_history_answers_too() -> None:
    lines, answers = practice(3, 5)
    nothing, none = select(lines, answers, np.array([], dtype=np.int64))
    columns = History(nothing, none).features(lines, lines.submitted)
    assert columns["payer.denied_365"] == pytest.approx(0.08)
    assert np.isnan(columns["client.answer_1"]).all()


def test_allowed_is_learned_from_paid_lines_by_payer_and_code() -> None:
    lines, answers = practice(5, 500)
    day = lines.submitted + 400
    found = History(lines, answers).allowed(lines, np.minimum(day, START + 620))
    assert found == pytest.approx(lines.charge * 0.7, rel=0.05)
