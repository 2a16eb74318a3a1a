"""A small invented practice on disk, and a store that has taken it in, shared by the tests here."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from claims.files import day_in_name
from claims.store import Store
from claims.store.folders import files_of
from data.synthetic.folder import Order, write_practice
from data.synthetic.world import load_world

CLIENTS = 9
MONTHS = 6
KEY = "5a" * 32
"""Every store of these tests has the same member key, so that clients can be compared."""


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a practice with some nine clients in care, over six months."""
    folder = tmp_path_factory.mktemp("practice") / "out"
    write_practice(Order(load_world(Path("default")), CLIENTS, MONTHS, 3, 3), folder, 1)
    return folder


@pytest.fixture(scope="session")
def store_of(
    practice: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Store]]:
    """Makes a store of those of the practice's files that a test keeps."""
    opened: list[Store] = []

    def make(keep: Callable[[Path], bool], home: Path | None = None) -> Store:
        home = home or tmp_path_factory.mktemp("home")
        (home / "member.key").write_text(KEY + "\n", encoding="ascii")
        store = Store.open(f"sqlite:///{home / 'claimwright.db'}", "main", home)
        opened.append(store)
        for file in files_of([practice]):
            if keep(file):
                store.ingest(file)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture(scope="session")
def whole_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of the store `whole`."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="session")
def whole(store_of: Callable[..., Store], whole_home: Path) -> Store:
    """Everything that the practice ever had."""
    return store_of(lambda _: True, whole_home)


@pytest.fixture(scope="session")
def batch(practice: Path) -> Path:
    """A batch from the last third of the time, with later batches and answers after it."""
    files = sorted((practice / "claims").glob("*.837"))
    return files[len(files) * 3 // 4]


@pytest.fixture(scope="session")
def that_morning(
    store_of: Callable[[Callable[[Path], bool]], Store], batch: Path
) -> tuple[Store, date]:
    """A store of what the practice had on the morning of the batch, and that day."""
    day = day_in_name(batch.name) or date.max

    def had(file: Path) -> bool:
        written = day_in_name(file.name) or date.min
        return file != batch and (
            written < day if file.parent.name in ("remittances", "claims") else written <= day
        )

    return store_of(had), day
