"""The informed learner: the world's own form, its hidden values fitted on the past."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from claims.problem import ClaimwrightError
from data.synthetic.learnable import Past, expected_loss, informed


@pytest.fixture(scope="module")
def past(practice: Path) -> Past:
    return Past.read(practice)


def test_each_later_line_has_its_probabilities(past: Past, practice: Path) -> None:
    day = past.cut()
    found = informed(past, as_of=day)
    rows = pq.read_table(practice / "truth" / "lines.parquet").to_pylist()
    truth = {
        (row["claim_id"], row["line"]): row["probability"]
        for row in rows
        if row["submitted"] >= day.isoformat()
    }
    assert {(one.claim_id, one.line): one.truth for one in found} == pytest.approx(truth)
    assert all(0 < one.informed < 1 for one in found)


def test_it_lies_between_the_base_rate_and_the_best_attainable(past: Past) -> None:
    found = informed(past)
    truth, base, risk = (
        np.array([getattr(one, name) for one in found]) for name in ("truth", "base", "informed")
    )
    best = expected_loss(truth, truth)
    assert best < expected_loss(truth, risk) < expected_loss(truth, base)


def test_a_day_before_any_answer_is_refused(past: Past) -> None:
    with pytest.raises(ClaimwrightError, match="name a later day"):
        informed(past, as_of=date(2000, 1, 3))


def test_a_folder_without_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClaimwrightError, match="claimwright synth"):
        informed(tmp_path)
