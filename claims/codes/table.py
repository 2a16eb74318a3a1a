"""How the code tables are read: CSV in the package, newer ones in the practice's home before it.

Every table of a CMS release that a practice imports lies under `codes/` in its home folder,
in the columns of the shipped one; `use_home` names that folder once, at start.
"""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path

TABLES = Path(__file__).parent / "tables"


def rows(name: str, folder: Path = TABLES) -> Iterator[dict[str, str]]:
    """The rows of a table; a name that ends in `.gz` is unpacked on the way."""
    path = folder / name
    if name.endswith(".gz"):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as packed:
            yield from csv.DictReader(packed)
    else:
        with path.open(encoding="utf-8", newline="") as plain:
            yield from csv.DictReader(plain)


def day(text: str) -> date | None:
    """An ISO day; None where the table has none.

    >>> day("2026-01-01"), day("")
    (datetime.date(2026, 1, 1), None)
    """
    return date.fromisoformat(text) if text else None


def number(text: str) -> int | None:
    """A whole number; None where the table has none."""
    return int(text) if text else None
