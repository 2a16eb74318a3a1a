"""A payer's change is found in what was known on a day, and gets a weight that the answers set."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from features.attributes import CATEGORICAL
from features.history import History
from features.table import Table
from models.additive import AdditiveStage
from models.scopes import PayerChange, Scope
from tests.training.payers import START, practice
from training.additive import fit_additive
from training.dataset import Dataset
from training.payer_changes import payer_changes
from training.settled import Settled

DAY = 250


def rate(payer: str, code: str, _: bool, day: int) -> float:
    """P1 stops paying 90837 on a day."""
    return 0.55 if payer == "P1" and code == "90837" and day >= DAY else 0.06


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    lines, answers = practice(rate, seed=2)
    count = len(lines)
    words = {name: getattr(lines, name, [""] * count) for name in CATEGORICAL}
    numbers = np.random.default_rng(1).normal(size=(count, 1)).astype(np.float32)
    table = Table(lines, ("claim.age",), numbers, words, lines.charge)
    rows = np.flatnonzero(answers.denied >= 0)
    return Dataset(
        table, answers, Settled(rows, np.ones(len(rows)), {}), date.fromordinal(START + 400),
        History(lines, answers), np.array([str(row) for row in range(count)], dtype=object),
        np.ones(count, dtype=np.int64), np.zeros(count, dtype=bool),
    )  # fmt: skip


@pytest.fixture(scope="module")
def found(dataset: Dataset) -> tuple[PayerChange, ...]:
    return payer_changes(dataset)


def test_it_is_found_with_its_scope_day_and_reason(found: tuple[PayerChange, ...]) -> None:
    (change,) = found
    assert change.scope == Scope("P1", ("90837",))
    assert abs(change.since - START - DAY) <= 14
    assert change.category == "non_covered"


def test_nothing_later_is_looked_at(dataset: Dataset) -> None:
    early = START + DAY
    then = replace(dataset, as_of=date.fromordinal(early))
    for found in (payer_changes(then), payer_changes(dataset, early)):
        assert not [change for change in found if change.scope.payer == "P1"]


def test_lines_under_it_are_judged_by_it(dataset: Dataset, found: tuple[PayerChange, ...]) -> None:
    table, answers, rows = dataset.table, dataset.answers, dataset.settled.rows
    day, own = table.lines.service - START, np.array(table.lines.payer) == "P1"
    own &= np.array(table.lines.procedure) == "90837"

    def fitted(changes: tuple[PayerChange, ...]) -> AdditiveStage:
        return fit_additive(
            table, answers.denied, answers.category, rows, np.ones(len(rows)), changes=changes
        )

    def risk(stage: AdditiveStage, part: np.ndarray) -> float:
        return float(1 / (1 + np.exp(-stage.log_odds(table)[part].mean())))

    plain, told = fitted(()), fitted(found)
    after, before = own & (day >= DAY + 14), own & (day < DAY - 14)
    assert 0.55 - risk(told, after) < 0.5 * (0.55 - risk(plain, after))
    assert risk(told, before) == pytest.approx(0.06, abs=0.03)
    again = AdditiveStage.of(json.loads(json.dumps(told.as_json())), told.weights())
    assert again.changes == found
    assert (again.odds(table) == told.odds(table)).all()
    assert told.odds(table.take(np.array([5]))) == pytest.approx(told.odds(table)[[5]])
    names, parts = told.contributions(table)
    moved = parts[:, names.index("payer_change")]
    assert (moved[after] > 0.5).all()
    assert not moved[~own].any()
