"""The changes of payers that a model is told of: those which the answers at hand show.

The scan of the drift report (`training.changes`), run on what was known when the model is fitted.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.scopes import PayerChange
from training.answered import Answered
from training.changes import Scan

if TYPE_CHECKING:
    from training.dataset import Dataset

FEWEST = 600
"""Answered lines below which no change is looked for."""
MOST = 150_000
"""Answered lines, the newest, that are looked through."""


def begins(dataset: "Dataset", rows: NDArray[np.int64]) -> int:
    """The day on which the first of some rows of the table was sent."""
    return int(dataset.table.lines.submitted[rows].min())


def payer_changes(dataset: "Dataset", sent_before: int | None = None) -> tuple[PayerChange, ...]:
    """Every change that the answers known on the data set's day show.

    sent_before: lines sent on this day or later are not looked at, for a model that is judged on
    them.
    """
    lines, answers = dataset.history.lines, dataset.history.answers
    as_of = dataset.as_of.toordinal() + 1
    seen = (answers.known < as_of) & (answers.denied >= 0)
    if sent_before is not None:
        seen &= lines.submitted < sent_before
    rows = np.flatnonzero(seen)
    rows = rows[np.argsort(lines.service[rows], kind="stable")][-MOST:]
    if len(rows) < FEWEST:
        return ()
    answered = Answered.of(
        rows, lines.take(rows), answers.take(rows), as_of, dataset.authorization[rows]
    )
    return tuple(
        PayerChange(one.scope, one.since, one.category) for one in Scan(answered).changes()
    )
