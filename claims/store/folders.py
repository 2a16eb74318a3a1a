"""Which files a person means by a path, and where what was wrong with them is written down."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from claims.problem import Problem

TRUTH = "truth"
"""Folder of what a synthetic practice never holds."""
NOT_DATA = (".md", ".parquet", ".log")
"""Endings of what may lie beside a practice's files; in a folder they are passed over."""
REJECTS_FILE = "rejects.csv"
COLUMNS = ("file", "severity", "segment", "segment_id", "row", "field", "claim_id", "message")


def files_of(paths: Sequence[Path], home: Path | None = None) -> list[Path]:
    """The files named, and those in the folders named, each folder's in the order of their names.

    Hidden files are passed over in folders, the folder `truth` of a synthetic practice, and
    home, the practice's own folder.
    A path where there is nothing is given back too: reading it says so.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += _inside(path, home.resolve() if home else None)
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _inside(folder: Path, home: Path | None) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if path.name != TRUTH and path.resolve() != home:
                yield from _inside(path, home)
        elif path.suffix.lower() not in NOT_DATA:
            yield path


def write_rejects(home: Path, problems: Iterable[Problem]) -> Path:
    """Writes down every bad record in the home folder: file, place, field, reason; no values."""
    path = home / REJECTS_FILE
    new = path.with_suffix(f".{os.getpid()}.new")
    new.touch(mode=0o600)
    with new.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in problems:
            writer.writerow([getattr(one, column) for column in COLUMNS])
    new.replace(path)
    return path
