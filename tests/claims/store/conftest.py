"""A fresh store in SQLite and in PostgreSQL: every test of the store runs on both."""

from collections.abc import Iterator

import pytest

from claims.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/claimwright.db"
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def store(url, tmp_path) -> Iterator[Store]:
    """An empty store of the practice `elm`."""
    with Store.open(url, "elm", tmp_path / "home") as opened:
        yield opened
