"""A payer's change is named once: whom it hits, since when, and nothing where there is none."""

import numpy as np
import pytest

from features.lines import CATEGORIES
from tests.training.payers import START, answered, practice, usual
from training.changes import Change, Scan

DAY = 240


def telehealth_refused(payer: str, procedure: str, remote: bool, day: int) -> float:
    hit = payer == "P1" and procedure == "90837" and remote and day >= DAY
    return 0.35 if hit else 0.06


def all_refused(payer: str, procedure: str, remote: bool, day: int) -> float:
    return 0.22 if payer == "P2" and day >= DAY else 0.06


def changes(rate: object, seed: int, as_of: int = 420) -> list[Change]:
    lines, answers = practice(rate, seed)  # type: ignore[arg-type]
    return Scan(answered(lines, answers, as_of)).changes()


# Some sixty lines since the day, a third of them denied: of six such histories three are named.
@pytest.mark.parametrize("seed", [1, 4])
def test_one_code_with_telehealth_is_named_once_with_its_day(seed: int) -> None:
    found = [one for one in changes(telehealth_refused, seed) if one.scope.payer == "P1"]
    assert [one.scope.procedures for one in found] == [("90837",)]
    change = found[0]
    assert change.scope.kind in ("modifier", "telehealth", "place")
    assert abs(change.since - START - DAY) <= 14
    assert change.category == "non_covered"
    assert change.before == pytest.approx(0.06, abs=0.04)
    assert change.low <= 0.35 <= change.high


def test_a_payer_that_denies_everything_more_often_is_named_without_a_code() -> None:
    found = [one.scope for one in changes(all_refused, 3) if one.scope.payer == "P2"]
    assert [(one.procedures, one.kind) for one in found] == [((), "")]


def test_payers_that_never_change_raise_an_alarm_a_year_at_most() -> None:
    # Each history is thirteen months of four payers; the promise is one false alarm a quarter.
    assert sum(len(changes(usual, seed)) for seed in (4, 5, 6)) <= 3


def test_a_change_is_named_within_six_weeks_of_its_first_remittances() -> None:
    found = changes(all_refused, 9, as_of=DAY + 25 + 42)
    days = [one.since - START for one in found if one.scope.payer == "P2"]
    assert len(days) == 1
    assert abs(days[0] - DAY) <= 14


def test_young_weeks_are_compared_with_young_weeks() -> None:
    lines, answers = practice(usual, 5)
    known = answered(lines, answers, 395)
    young = known.age < 35
    assert known.denied[young].mean() < 0.045  # cleaner than the payers are
    rows = np.flatnonzero(young)
    assert known.rate(rows) == pytest.approx(0.06, abs=0.02)


def test_one_clients_lapse_is_no_payers_change() -> None:
    lines, answers = practice(usual, 6, reason="eligibility")
    for row in np.flatnonzero(lines.service >= START + DAY)[::40]:
        lines.client[row], lines.payer[row] = "client7", "P1"
        answers.denied[row], answers.category[row] = 1, CATEGORIES.index("eligibility")
    assert "P1" not in [one.scope.payer for one in Scan(answered(lines, answers, 420)).changes()]
