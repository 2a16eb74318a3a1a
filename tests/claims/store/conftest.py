"""A fresh store in SQLite and in PostgreSQL: every test of the store runs on both."""

import shutil
from collections.abc import Iterator
from itertools import count

import pytest

from claims.store import Store
from claims.store.engine import open_engine

NUMBERS = count(1)
KINDS = ["sqlite", "postgresql"]


def empty_database(kind: str, request) -> str:
    """The URL of a database without tables."""
    if kind == "sqlite":
        return f"sqlite:///{request.getfixturevalue('tmp_path')}/claimwright.db"
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture(params=KINDS)
def empty_url(request) -> str:
    """The URL of a database without tables, of either kind."""
    return empty_database(request.param, request)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> str:
    """A SQLite database with our tables, made once."""
    path = tmp_path_factory.mktemp("template") / "claimwright.db"
    open_engine(f"sqlite:///{path}").dispose()
    return str(path)


@pytest.fixture(scope="session")
def postgres_url(postgres) -> str:
    """A PostgreSQL database with our tables, made once: each test is a practice of its own."""
    url = postgres.new_database()
    open_engine(url).dispose()
    return url


@pytest.fixture(params=KINDS)
def url(request, tmp_path) -> str:
    """The URL of a database with our tables, of either kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    path = tmp_path / "claimwright.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def practice() -> str:
    """A practice that no other test knows."""
    return f"elm{next(NUMBERS)}"


@pytest.fixture
def store(url, practice, tmp_path) -> Iterator[Store]:
    """A practice's empty store."""
    with Store.open(url, practice, tmp_path / "home") as opened:
        yield opened
