"""How the code tables are read: CSV in the package, and newer releases in the practice's home.

A table of a CMS release is named by its kind and the first day it holds for:
`ncci_2024-07-01.csv`. What a practice imports (`claimwright codes import`) lies in the same
columns under `codes/` in its home folder; `use_home` names that folder once, at start.
"""

import csv
import gzip
import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

ReleaseKind = Literal["ncci", "mue", "relative_values"]
TABLES = Path(__file__).parent / "tables"
_home: Path | None = None
_forget: list[Callable[[], None]] = []


class Release(NamedTuple):
    """One table of one CMS release."""

    effective: date
    """The first day of service that it was made for."""
    path: Path

    def rows(self) -> Iterator[dict[str, str]]:
        """Its rows, read anew."""
        return _rows(self.path)


def use_home(folder: Path | None) -> None:
    """Reads imported tables from `codes/` of a home folder from now on; None: shipped ones only.

    Set once when a process starts: lookups by date of service stay pure functions of the tables.
    """
    global _home
    _home = folder / "codes" if folder else None
    forget()


def forget() -> None:
    """Reads all releases again when next asked: after an import."""
    for clear in _forget:
        clear()


def cached(clear: Callable[[], None]) -> None:
    """Registers a reader's cache, to be cleared by `forget`."""
    _forget.append(clear)


@lru_cache(maxsize=8)
def releases(kind: ReleaseKind) -> tuple[Release, ...]:
    """Every release of a kind, the oldest first; an imported one replaces a shipped one."""
    found: dict[date, Path] = {}
    for folder in (TABLES, _home):
        for path in folder.glob(f"{kind}_????-??-??.csv") if folder else ():
            found[date.fromisoformat(path.stem.removeprefix(f"{kind}_"))] = path
    return tuple(Release(day, found[day]) for day in sorted(found))


cached(releases.cache_clear)


@lru_cache(maxsize=1)
def digest() -> str:
    """SHA-256 over all code tables in use: a score and a model name it."""
    found = hashlib.sha256()
    for folder in (TABLES, _home):
        for path in sorted(folder.glob("*.csv*")) if folder else ():
            found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


cached(digest.cache_clear)


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a shipped table; a name that ends in `.gz` is unpacked on the way."""
    return _rows(TABLES / name)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.suffix == ".gz":
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
