"""Fitting on a made-up table whose rule is known."""

from pathlib import Path

import numpy as np
import pytest

from claims.problem import ClaimwrightError
from features.attributes import CATEGORICAL
from features.table import Table
from models.denial import DenialModel, expit
from tests.features.test_history import practice
from training.metrics import calibration_error, log_loss
from training.splits import by_time
from training.train import Settings, calibrate, fit

QUICK = Settings(rounds=150, patience=15, rate=0.1, threads=1)


def made_up(seed: int = 1, length: int = 6000) -> tuple[Table, np.ndarray, np.ndarray]:
    """Denial depends on payer, on one element of the note and on one edit."""
    lines, _ = practice(seed, length)
    draw = np.random.default_rng(seed)
    element = np.where(draw.random(length) < 0.7, 1.0, -1.0)
    edit = np.where(draw.random(length) < 0.1, 3.0, 0.0)
    harsh = np.array([payer == "payer0" for payer in lines.payer])
    truth = 1 / (1 + np.exp(-(-2.0 - 1.2 * element + 0.9 * edit + 1.0 * harsh)))
    names = ("element.intervention", "edit.modifier.missing", "claim.noise")
    numbers = np.column_stack([element, edit, draw.normal(size=length)]).astype(np.float32)
    words = {name: getattr(lines, name, [""] * length) for name in CATEGORICAL}
    table = Table(lines, names, numbers, words, lines.charge * 0.7)
    return table, truth, (draw.random(length) < truth).astype(np.int8)


def test_risks_come_near_the_truth_and_reasons_sum_to_them(tmp_path: Path) -> None:
    table, truth, denied = made_up()
    category = np.where(denied == 1, np.where(table.numbers[:, 1] > 0, 4, 7), -1).astype(np.int8)
    split = by_time(table.lines.submitted)
    fitted = fit(table, denied, category, split, ("modifier.missing",), QUICK)
    risks = fitted.model.risks(table)
    best, base = log_loss(truth, truth), log_loss(np.full(len(truth), truth.mean()), truth)
    assert (base - log_loss(risks.line, truth)) / (base - best) > 0.9
    assert calibration_error(risks.line, truth) < 0.03
    assert risks.reasons.sum(axis=1) == pytest.approx(risks.line)
    assert risks.reasons[table.numbers[:, 1] > 0, 4].mean() > 0.2

    fitted.model.save(tmp_path / "model", "# card\n")
    again = DenialModel.load(tmp_path / "model").risks(table)
    assert again.line == pytest.approx(risks.line, rel=1e-9)
    assert again.claim == pytest.approx(risks.claim, rel=1e-9)


def test_a_model_folder_changed_by_hand_is_refused(tmp_path: Path) -> None:
    table, _, denied = made_up(length=2000)
    split = by_time(table.lines.submitted)
    fitted = fit(table, denied, np.full(len(denied), -1, dtype=np.int8), split, (), QUICK)
    fitted.model.save(tmp_path, "# card\n")
    schema = tmp_path / "schema.json"
    schema.write_text(schema.read_text().replace("claim.noise", "claim.signal"))
    with pytest.raises(ClaimwrightError, match="changed by hand"):
        DenialModel.load(tmp_path)


def test_shuffled_outcomes_teach_nothing() -> None:
    table, _truth, denied = made_up()
    shuffled = np.random.default_rng(9).permutation(denied)
    split = by_time(table.lines.submitted)
    category = np.full(len(denied), -1, dtype=np.int8)
    model = fit(table, shuffled, category, split, (), QUICK).model
    risk = model.risks(table).line[split.calibrate]
    rate = np.full(len(risk), shuffled.mean())
    known = shuffled[split.calibrate].astype(float)
    assert log_loss(risk, known) > log_loss(rate, known) - 0.01
    assert risk.std() < 0.1


def test_trees_are_kept_only_where_later_weeks_show_that_they_help() -> None:
    table, _, denied = made_up()
    split = by_time(table.lines.submitted)
    category = np.full(len(denied), -1, dtype=np.int8)
    shuffled = np.random.default_rng(9).permutation(denied)
    assert fit(table, shuffled, category, split, (), QUICK).rounds == 1
    # What no weighted sum says: a number that is bad at both ends.
    risk = np.where(np.abs(table.numbers[:, 2]) > 0.67, 0.5, 0.05)
    bent = (np.random.default_rng(3).random(len(table)) < risk).astype(np.int8)
    named = np.where(bent == 1, 4, -1).astype(np.int8)
    assert fit(table, bent, named, split, (), QUICK).rounds > 10


def test_the_same_seed_gives_the_same_model() -> None:
    table, _, denied = made_up(length=2000)
    category = np.full(len(denied), -1, dtype=np.int8)
    split = by_time(table.lines.submitted)
    first, second = (fit(table, denied, category, split, (), QUICK) for _ in range(2))
    assert first.model.line.model_to_string() == second.model.line.model_to_string()
    assert first.model.calibration == second.model.calibration


def test_calibration_does_not_follow_some_weeks_all_the_way() -> None:
    draw = np.random.default_rng(1)
    raw = draw.normal(-1.8, 1.0, 60_000)
    denied = (draw.random(60_000) < expit(raw - 0.3)).astype(np.int8)
    many = calibrate(raw, np.zeros(60_000), denied, np.arange(60_000), np.ones(60_000))
    few = calibrate(raw[:3000], np.zeros(3000), denied[:3000], np.arange(3000), np.ones(3000))
    assert -0.15 < many.line[0] < few.line[0] + 0.05 < 0
