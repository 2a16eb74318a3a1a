"""Files as they come: what kind one is, told from its content, and what it holds."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from claims.problem import ClaimwrightError
from claims.x12.fields import parse_day
from claims.x12.reader import Item, group_day, read_x12

DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])-?([0-3]\d)(?!\d)")


def read(path: Path) -> Iterator[Item]:
    """What a file holds, in order, as it is read, and every problem with it.

    Raises ClaimwrightError where it cannot be opened.
    """
    try:
        with path.open("rb") as content:
            yield from read_x12(content, path.name)
    except OSError as error:
        raise ClaimwrightError(f"{path.name} cannot be read: {error.strerror}") from error


def received_day(path: Path) -> date | None:
    """The day on which the practice had a file: that in its name, else GS04; never its mtime.

    Raises ClaimwrightError where it cannot be opened.
    """
    named = day_in_name(path.name)
    if named:
        return named
    try:
        with path.open("rb") as content:
            return parse_day(group_day(content))
    except OSError as error:
        raise ClaimwrightError(f"{path.name} cannot be read: {error.strerror}") from error


def day_in_name(name: str) -> date | None:
    """The first day that stands in a file's name.

    >>> day_in_name("2026-03-14-oak.835"), day_in_name("era_20260314.txt"), day_in_name("a.835")
    (datetime.date(2026, 3, 14), datetime.date(2026, 3, 14), None)
    """
    for found in DAY_IN_NAME.finditer(name):
        day = parse_day("".join(found.groups()))
        if day:
            return day
    return None
