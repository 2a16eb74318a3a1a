"""A claim put right has the chances of one that was right from the start."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.synthetic.hidden import Hidden
from data.synthetic.learnable import Past
from data.synthetic.mended import FEATURES, mended

Slips = dict[tuple[str, str], frozenset[str]]


@pytest.fixture(scope="module")
def past(practice: Path) -> Past:
    return Past.read(practice)


@pytest.fixture(scope="module")
def slips(practice: Path) -> Slips:
    """The errors of each claim, by number and day."""
    names = ["claim_id", "submitted", "slips"]
    found: Slips = {}
    for row in pq.read_table(practice / "truth" / "lines.parquet", columns=names).to_pylist():
        key = row["claim_id"], row["submitted"]
        found[key] = found.get(key, frozenset()) | frozenset(row["slips"].split())
    return found


def test_a_claim_without_errors_stays_as_it_is(past: Past, slips: Slips) -> None:
    hidden = Hidden(past.order.world, past.order.seed)
    clean = [
        one
        for one in past.claims
        if not slips[one.case.claim_id, one.case.submitted.isoformat()] & FEATURES.keys()
    ]
    assert len(clean) > 50
    for one in clean[:50]:
        assert mended(hidden, one, frozenset(FEATURES)).totals == pytest.approx(one.best.totals)


def test_errors_put_right_lower_the_risk_all_in_all(past: Past, slips: Slips) -> None:
    hidden = Hidden(past.order.world, past.order.seed)
    before, after = [], []
    for one in past.claims:
        errors = slips[one.case.claim_id, one.case.submitted.isoformat()] & FEATURES.keys()
        if errors:
            before.append(one.best.claim)
            after.append(mended(hidden, one, errors).claim)
            assert 0 <= after[-1] <= 1
    assert len(before) > 10
    assert sum(after) < 0.8 * sum(before)
