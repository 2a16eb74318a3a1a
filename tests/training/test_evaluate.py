"""An evaluation of a made-up practice whose rule, and so whose best attainable, is known."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from claims.problem import ClaimwrightError
from features.history import History
from features.lines import Answers
from models.denial import REASONS
from models.scorer import Terms
from tests.training.test_train import QUICK, made_up
from training.dataset import Dataset
from training.evaluate import BASE, BEST, OURS, Judged, backtest
from training.report import document, metrics, page
from training.scoreboard import Scoreboard, scoreboard
from training.settled import Settled
from training.truth import Truth, read_truth

TERMS = Terms(Decimal("25.00"), 0.22)


@pytest.fixture(scope="module")
def world() -> tuple[Dataset, Truth]:
    """A data set of four thousand lines, every answer known, and its truth."""
    table, truth, denied = made_up(length=4000)
    lines = table.lines
    category = np.where(denied == 1, np.where(table.numbers[:, 1] > 0, 4, 7), -1).astype(np.int8)
    answers = Answers(lines.submitted + 14, denied, category, lines.charge * 0.7)
    rows = np.arange(len(table))
    reasons = np.zeros((len(table), len(REASONS)))
    reasons[rows, np.where(table.numbers[:, 1] > 0, 4, 7)] = truth
    dataset = Dataset(
        table, answers, Settled(rows, np.ones(len(rows)), {}), date(2026, 1, 1),
        History(lines, answers), np.array([f"C{row}" for row in rows], dtype=object),
        np.ones(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool),
    )  # fmt: skip
    return dataset, Truth(truth, truth, lines.charge * 0.7, reasons, np.arange(len(rows)) % 50 == 0)


@pytest.fixture(scope="module")
def judged(world: tuple[Dataset, Truth]) -> Judged:
    dataset, truth = world
    return backtest(dataset, 2, TERMS, QUICK, truth)


@pytest.fixture(scope="module")
def board(world: tuple[Dataset, Truth], judged: Judged) -> Scoreboard:
    lines = world[0].table.lines
    client = np.array([int(lines.client[row].removeprefix("client")) for row in judged.rows])
    payer = np.array([lines.payer[row] for row in judged.rows], dtype=object)
    return scoreboard(judged, client, {"payer": payer}, times=20)


def test_only_the_last_months_are_judged_and_nothing_of_them_was_fitted_on(
    world: tuple[Dataset, Truth], judged: Judged
) -> None:
    submitted = world[0].table.lines.submitted
    assert len(set(judged.month)) == 2
    assert (submitted[judged.rows] >= judged.month).all()
    assert (submitted[judged.rows] < judged.month + 30).all()
    for month, count in judged.fitted_on.items():
        assert count <= (submitted < month).sum()


def test_the_best_attainable_is_best_and_the_model_comes_near_it(board: Scoreboard) -> None:
    loss = {name: row["log_loss"].value for name, row in board.methods.items()}
    assert min(loss, key=loss.__getitem__) == BEST
    assert loss[OURS] < loss[BASE]
    gap = board.against_best[f"gap_closed {OURS}"]
    assert gap.low <= gap.value <= gap.high <= 1
    assert gap.value > 0.6
    assert board.against_best["reason_hits"].value > 0.7
    assert board.methods[BEST]["calibration_error"].value == 0


def test_an_order_by_what_is_lost_catches_most(board: Scoreboard) -> None:
    caught = {name: row["dollars_caught_10%"].value for name, row in board.methods.items()}
    assert max(caught, key=caught.__getitem__) == BEST
    assert board.dollars[BEST][-1] == pytest.approx(1)


def test_unannounced_changes_stand_apart(board: Scoreboard, judged: Judged) -> None:
    groups = {(group["kind"], group["group"]): group for group in board.groups}
    apart = groups["change", "unannounced"]
    assert apart["lines"] + groups["change", "known, or none"]["lines"] == len(judged.rows)
    assert groups["new to us", "payer"]["lines"] == 0
    assert {name for kind, name in groups if kind == "payer"} == {"payer0", "payer1", "payer2"}


def test_without_truth_the_figures_are_of_what_payers_answered(
    world: tuple[Dataset, Truth],
) -> None:
    found = backtest(world[0], 1, TERMS, QUICK, most=1500)
    assert list(found.fitted_on.values()) == [1500]
    assert BEST not in found.risks
    assert (found.target == found.outcome).all()
    board = scoreboard(found, np.zeros(len(found.rows), dtype=np.int64), {}, times=2)
    assert not board.against_best


def test_the_report_is_one_page_and_its_document_is_json(board: Scoreboard, judged: Judged) -> None:
    text = page(board, judged, "2026-01-01")
    assert text.count("<svg") == 3
    assert not re.search(r"<script|<link|https?://(?!www\.w3\.org)", text)
    found = json.loads(json.dumps(document(board, judged, "2026-01-01"), allow_nan=False))
    assert found["figures"][OURS]["log_loss"]["value"] == board.methods[OURS]["log_loss"].value
    assert all(re.fullmatch(r"[\w./ -]+", key) for key in metrics(board))


def test_too_short_a_past_is_said(world: tuple[Dataset, Truth]) -> None:
    dataset = world[0]
    rows = dataset.settled.rows[:200]
    short = Dataset(
        dataset.table, dataset.answers, Settled(rows, np.ones(200), {}), dataset.as_of,
        dataset.history, dataset.claims, dataset.numbers, dataset.authorization,
    )  # fmt: skip
    with pytest.raises(ClaimwrightError, match="fewer than 300 lines had settled"):
        backtest(short, 1, TERMS, QUICK)


def test_truth_is_found_by_claim_line_and_day(tmp_path: Path) -> None:
    shares = {f"probability_{name}": [0.0] for name in REASONS} | {"probability_coding": [0.25]}
    parquet.write_table(
        pa.table(
            {"claim_id": ["A"], "line": [2], "submitted": ["2026-01-05"], "probability": [0.25],
             "allowed": [80.0], "unannounced": [1], **shares}
        ),
        tmp_path / "lines.parquet",
    )  # fmt: skip
    parquet.write_table(
        pa.table({"claim_id": ["A"], "submitted": ["2026-01-05"], "probability": [0.4]}),
        tmp_path / "claims.parquet",
    )
    found = read_truth(tmp_path, [("A", 2, "2026-01-05"), ("A", 2, "2026-01-06")])
    assert found.known.tolist() == [True, False]
    assert found.claim[0] == 0.4
    assert found.unannounced.tolist() == [True, False]
    with pytest.raises(ClaimwrightError, match="names no line"):
        read_truth(tmp_path, [("B", 2, "2026-01-05")])
    with pytest.raises(ClaimwrightError, match="truth folder"):
        read_truth(tmp_path / "elsewhere", [])
