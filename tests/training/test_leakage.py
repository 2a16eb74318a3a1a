"""No row of the training set knows anything of its own day's later hours, or of any later day."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from claims.claim import Submission
from claims.files import read
from claims.store import Store
from features.table import Part, Table, build, with_history
from models.judge import EDITS
from serving.scoring import Scoring
from serving.settings import Settings
from training.dataset import Dataset, gather


@pytest.fixture(scope="module")
def dataset(whole: Store) -> Dataset:
    """The training set of everything that the practice ever had."""
    day = whole.newest_known_day()
    assert day is not None
    return gather(whole, None, day, EDITS)


Key = tuple[str, str, int, float]


def rows_of(table: Table) -> dict[Key, np.ndarray]:
    """Rows by client, code, day of service and units, where these name just one."""
    found: dict[Key, np.ndarray] = {}
    twice: set[Key] = set()
    lines = table.lines
    for row in range(len(table)):
        key = (
            lines.client[row], lines.procedure[row], int(lines.service[row]),
            float(lines.submitted[row]),
        )  # fmt: skip
        if key in found:
            twice.add(key)
        found[key] = table.numbers[row]
    return {key: row for key, row in found.items() if key not in twice}


def differing(table: Table, one: np.ndarray, other: np.ndarray) -> list[str]:
    """Names of the columns in which two rows are not equal to the bit."""
    return [
        name
        for name, value, again in zip(table.names, one, other, strict=True)
        if not np.array_equal(value, again, equal_nan=True)
    ]


def served(store: Store, batch: Path, home: Path) -> tuple[Table, Scoring]:
    """The batch as serving sees it, in a store of that morning."""
    scoring = Scoring(Settings(home=home), store)
    submissions = [item for item in read(batch) if isinstance(item, Submission)]
    cases, _, history = scoring.cases(submissions, None, {})
    return build(cases, history, EDITS), scoring


def test_training_rows_are_those_that_serving_made_that_morning(
    dataset: Dataset, that_morning: tuple[Store, date], batch: Path, tmp_path: Path
) -> None:
    store, _ = that_morning
    table, _ = served(store, batch, tmp_path)
    learned = rows_of(dataset.table)
    compared = 0
    for key, row in rows_of(table).items():
        if key in learned:
            assert not differing(table, row, learned[key])
            compared += 1
    assert compared >= 5


def test_a_claim_scored_alone_is_the_claim_in_its_batch(
    that_morning: tuple[Store, date], batch: Path, tmp_path: Path
) -> None:
    store, _ = that_morning
    together, scoring = served(store, batch, tmp_path)
    submissions = [item for item in read(batch) if isinstance(item, Submission)]
    cases, _, history = scoring.cases(submissions, None, {})
    for place, case in enumerate(cases[:10]):
        alone = with_history(Part.of([case], EDITS), history, EDITS)
        rows = together.lines.claim == place
        assert np.array_equal(alone.numbers, together.numbers[rows], equal_nan=True)


def test_the_future_teaches_the_past_nothing(
    dataset: Dataset, store_of: Callable[[Callable[[Path], bool]], Store], batch: Path
) -> None:
    """Remittances after a day are left out: no row submitted before it changes."""
    cut = batch.stem
    store = store_of(lambda file: file.parent.name != "remittances" or file.name[:10] < cut)
    day = store.newest_known_day()
    assert day is not None
    earlier = gather(store, None, day, EDITS)
    learned, compared = rows_of(earlier.table), 0
    for key, row in rows_of(dataset.table).items():
        if key[3] < date.fromisoformat(cut).toordinal() and key in learned:
            assert not differing(dataset.table, row, learned[key])
            compared += 1
    assert compared >= 100


def test_the_manifest_says_what_was_left_out(dataset: Dataset) -> None:
    manifest = dataset.manifest()
    assert manifest["settled_lines"] == len(dataset.settled.rows) > 200
    assert manifest["digest"] == dataset.digest
    assert set(dataset.settled.excluded) >= {"no answer yet"}
