"""Rows that were made before are those that would be made now, and only new ones are made."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import training.dataset
import training.kept_rows
from claims.store import Store
from claims.store.folders import files_of
from features.table import Part
from models.judge import EDITS
from training.dataset import Dataset, gather


def same(one: Dataset, other: Dataset) -> None:
    """Every row and every answer, to the bit."""
    assert np.array_equal(one.table.numbers, other.table.numbers, equal_nan=True)
    assert one.table.words == other.table.words
    assert vars(one.table.lines).keys() == vars(other.table.lines).keys()
    for name, column in vars(one.table.lines).items():
        assert np.array_equal(column, getattr(other.table.lines, name))
    assert one.claims.tolist() == other.claims.tolist()
    assert one.digest == other.digest


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lines were made each time; few are made at once here."""
    monkeypatch.setattr(training.kept_rows, "AT_ONCE", 60)
    seen: list[int] = []
    part_between = training.dataset.part_between

    def counted(*given: object) -> tuple[Part | None, list[int]]:
        found = part_between(*given)  # type: ignore[arg-type]
        seen.append(0 if found[0] is None else len(found[0].lines))
        return found

    monkeypatch.setattr(training.dataset, "part_between", counted)
    return seen


def taken(made: list[int]) -> int:
    """Lines made since it was last asked."""
    total = sum(made)
    made.clear()
    return total


def newest(store: Store) -> date:
    day = store.newest_known_day()
    assert day is not None
    return day


def test_only_what_is_new_is_made(
    practice: Path, batch: Path, store_of: Callable[..., Store], tmp_path: Path, made: list[int]
) -> None:
    weeks = sorted(file.stem for file in (practice / "claims").iterdir())
    until = weeks[weeks.index(batch.stem) + 3]
    notes = sorted(file for file in (practice / "notes").iterdir() if file.stem < until)
    late, *unread = notes[-6], *notes[:-9]

    def had(file: Path) -> bool:
        # Reading notes takes most of the time: some weeks of them are enough.
        return file not in (late, *unread) and (
            file.parent.name == "policies" or file.name[:10] < batch.stem
        )

    store = store_of(had, tmp_path)
    first = gather(store, None, newest(store), EDITS, keep=True)
    assert len(made) > 2
    before = taken(made)
    same(first, gather(store, None, newest(store), EDITS, keep=True))
    assert not made

    for file in files_of([practice]):
        if batch.stem <= file.name[:10] < until:
            store.ingest(file)
    gather(store, None, newest(store), EDITS, keep=True)
    assert 0 < taken(made) < before / 2

    store.ingest(late)
    for file in sorted(tmp_path.glob("rows/*/*/*.npz"))[:2]:
        file.write_bytes(file.read_bytes()[:100])
    grown = gather(store, None, newest(store), EDITS, keep=True)
    changed = taken(made)
    same(grown, gather(store, None, newest(store), EDITS))
    assert 0 < changed < taken(made)
