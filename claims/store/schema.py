"""The store's tables: their common ground, and how a column is said.

Every table belongs to practices: `practice_id` stands in every key and every query. Numbers of
rows are given out by us, from 1 within a practice, so that what hangs together can be written
in bulk. Money is held as whole cents, a day as a date, an instant as ISO 8601 text in UTC.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

VERSION_TABLE = "claimwright_alembic_version"
"""Not Alembic's own name: other tools that use Alembic may share a PostgreSQL database."""

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _column(name: str, kind: TypeEngine[Any], meaning: str, *, maybe: bool = False) -> Column[Any]:
    return Column(name, kind, nullable=maybe, comment=meaning)


def text(name: str, meaning: str, *, maybe: bool = False) -> Column[Any]:
    """A column of text; `maybe`: NULL where it was not sent."""
    return _column(name, Text(), meaning, maybe=maybe)


def number(name: str, meaning: str, *, maybe: bool = False) -> Column[Any]:
    """A column of whole numbers."""
    return _column(name, BigInteger(), meaning, maybe=maybe)


def cents(name: str, meaning: str, *, maybe: bool = False) -> Column[Any]:
    """A column of money."""
    return _column(name, BigInteger(), f"{meaning}, in cents", maybe=maybe)


def real(name: str, meaning: str, *, maybe: bool = False) -> Column[Any]:
    """A column of numbers that may have decimals."""
    return _column(name, Float(), meaning, maybe=maybe)


def day(name: str, meaning: str, *, maybe: bool = False) -> Column[Any]:
    """A column of days."""
    return _column(name, Date(), meaning, maybe=maybe)


def flag(name: str, meaning: str) -> Column[Any]:
    """A column of yes or no."""
    return _column(name, Boolean(), meaning)


def small(name: str, meaning: str, *, maybe: bool = False) -> Column[Any]:
    """A column of small whole numbers: positions, versions."""
    return _column(name, Integer(), meaning, maybe=maybe)


def content(name: str, meaning: str) -> Column[Any]:
    """A column of bytes."""
    return _column(name, LargeBinary(), meaning)


def known_on() -> Column[Any]:
    """The second clock: the day on which the practice had the fact."""
    return day("known_on", "The day on which the practice had this")


def from_file() -> tuple[Column[Any], ...]:
    """Where a row comes from, so that its file can be read again."""
    return (
        number("file_id", "The received file that it stands in"),
        number("position", "Its place among those of its kind in the file, from 1"),
    )


def from_segments() -> tuple[Column[Any], ...]:
    """Where a row comes from, for what may come as X12."""
    return (
        *from_file(),
        text("interchange", "ISA13; empty where the file is no X12"),
        text("transaction_number", "ST02; empty where the file is no X12"),
        number("first_segment", "Number of its first segment in the file, from 1", maybe=True),
        number("last_segment", "Number of its last segment", maybe=True),
    )


def table(name: str, meaning: str, key: tuple[str, ...], *parts: Any, rows: bool = True) -> Table:
    """A practice's table with its primary key, which `practice_id` begins.

    rows: whether SQLite numbers its rows; where they are narrow it finds them faster without.
    """
    practice = Column(
        "practice_id", Text(), nullable=False, comment="Whose it is: the setting `practice`"
    )
    return Table(
        name,
        METADATA,
        practice,
        *parts,
        PrimaryKeyConstraint("practice_id", *key),
        comment=meaning,
        sqlite_with_rowid=rows,
    )


def belongs_to(other: Table, *columns: str) -> ForeignKeyConstraint:
    """The rows of `other` must be there; theirs may not go before ours."""
    return ForeignKeyConstraint(
        ["practice_id", *columns],
        [f"{other.name}.practice_id", *(f"{other.name}.{c}" for c in columns)],
    )
