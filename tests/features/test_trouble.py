"""Trouble with coverage: what claims answered, and claims still open, tell of the next one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from features.history import History
from features.lines import CATEGORIES, NEVER, Answers, Lines

BEGUN = 738_000


def columns_of(
    *rows: tuple[int, int, int | None, str], left: float = np.nan
) -> dict[str, NDArray[np.float64]]:
    """History columns of one client's claims, each as known on the day on which it was sent.

    rows: day of service and of sending, days until the answer (None: open), and what it was.
    left: visits left of the benefit before each.
    """
    count = len(rows)
    named = {"late": "timely_filing", "paid": ""}
    category = [
        CATEGORIES.index(name) if (name := named.get(what, what)) else -1 for *_, what in rows
    ]
    lines = Lines(
        claim=np.arange(count), payer=["P"] * count, plan=["A"] * count,
        procedure=["90834"] * count, family=["psychotherapy"] * count, modifiers=[""] * count,
        place=["11"] * count, diagnosis=["F41"] * count, provider=["1"] * count,
        taxonomy=["T"] * count, client=["C"] * count,
        service=np.array([BEGUN + day for day, *_ in rows]),
        submitted=np.array([BEGUN + sent for _, sent, *_ in rows]),
        units=np.ones(count), charge=np.full(count, 100.0),
    )  # fmt: skip
    answers = Answers(
        np.array([NEVER if wait is None else BEGUN + sent + wait for _, sent, wait, _ in rows]),
        np.array([-1 if wait is None else int(what != "paid") for _, _, wait, what in rows],
                 dtype=np.int8),
        np.array(category, dtype=np.int8),
        np.full(count, np.nan),
    )  # fmt: skip
    history = History(lines, answers)
    return history.features(lines, lines.submitted, left=np.full(count, left))


def told(*claims: tuple[int, int, int | None, str], asked: int = 100, on: int = 103) -> float:
    """Log odds of an eligibility denial on a day of service, sent on another.

    claims: as `columns_of`.
    """
    columns = columns_of(*claims, (asked, on, None, ""))
    return float(columns["client.eligibility_chain"][-1])


PAID = [(day, day + 2, 14, "paid") for day in range(0, 80, 7)]


def test_a_client_who_was_always_paid_is_hardly_in_trouble() -> None:
    assert told(*PAID) < -4.5


def test_one_denial_may_be_a_slip_and_two_in_a_row_are_not() -> None:
    one = told(*PAID, (84, 86, 8, "eligibility"))
    two = told(*PAID, (84, 86, 8, "eligibility"), (91, 93, 8, "eligibility"))
    assert -3 < one < 1.5
    assert two > 1.5


def test_a_payment_after_it_ends_the_trouble() -> None:
    denied = told(*PAID, (70, 72, 8, "eligibility"), (77, 79, 8, "eligibility"))
    ended = told(
        *PAID, (70, 72, 8, "eligibility"), (77, 79, 8, "eligibility"), (84, 86, 14, "paid")
    )
    assert ended < denied - 2


def test_long_silence_where_such_denials_come_fast_says_that_all_is_well() -> None:
    quick = [(day, day + 2, 8, "eligibility") for day in range(-200, -100, 2)]
    before = (*quick, *PAID, (81, 82, 8, "eligibility"))
    assert told(*before, (83, 84, None, "")) < told(*before) - 1
    assert told(*before, (83, 102, None, "")) == pytest.approx(told(*before), abs=0.2)


def test_a_claim_sent_back_before_it_was_looked_up_says_nothing() -> None:
    assert told(*PAID, (90, 92, 8, "late")) == pytest.approx(told(*PAID), abs=0.01)


def test_what_came_after_the_morning_of_sending_is_not_known() -> None:
    later = (95, 96, 8, "eligibility")
    assert told(*PAID, later) == pytest.approx(told(*PAID, (95, 96, None, "")), abs=1e-12)
