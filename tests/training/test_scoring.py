"""A claim scored alone says what it says in its batch, fixes and drivers too."""

from datetime import date
from pathlib import Path

import numpy as np

from claims.claim import Submission
from claims.files import read
from claims.store import Store
from models.score import ModelReference
from serving.scoring import Scoring
from serving.settings import Settings
from tests.training.test_train import QUICK, made_up
from training.splits import by_time
from training.train import fit


def test_a_claim_alone_is_the_claim_in_its_batch_with_its_fixes_and_drivers(
    that_morning: tuple[Store, date], batch: Path, tmp_path: Path
) -> None:
    table, _, denied = made_up(length=2000)
    category = np.where(denied == 1, 4, -1).astype(np.int8)
    split = by_time(table.lines.submitted)
    model = fit(table, denied, category, split, ("modifier.missing",), QUICK).model
    scoring = Scoring(Settings(home=tmp_path), that_morning[0])
    scoring.champion.current = lambda: (  # type: ignore[method-assign]
        model, ModelReference(name="denial", version="1")
    )  # fmt: skip
    submissions = [item for item in read(batch) if isinstance(item, Submission)]
    together = {one.position: one for one in scoring.score(submissions, explain=None)}
    assert len(together) == len(submissions) > 5
    for submission in submissions[:12]:
        (alone,) = scoring.score([submission], explain=None)
        assert alone == together[submission.source.position]
    assert all(one.risk is not None for one in together.values())
    assert any(finding.risk_after is not None for one in together.values()
               for finding in one.findings)  # fmt: skip
    assert all(line.drivers for one in together.values() for line in one.lines)
