"""Medically unlikely edits: the most units of a code that Medicare takes.

Source: Medicare NCCI MUE table for practitioner services; tables/SOURCES.md.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from claims.codes.table import Release, cached, releases


class MueLimit(NamedTuple):
    """The limit of one code."""

    code: str
    units: int
    counted: Literal["line", "day"]
    """line: each line by itself (indicator 1); day: the day's lines together (2 and 3)."""
    absolute: bool
    """Indicator 2: set by law or by what the code means; never overridden."""
    rationale: str
    release: date
    """The quarter's first day."""


@cache
def _table(release: Release) -> Mapping[str, MueLimit]:
    return {
        row["code"]: MueLimit(
            row["code"],
            int(row["mue"]),
            "line" if row["adjudication_indicator"].startswith("1") else "day",
            row["adjudication_indicator"].startswith("2"),
            row["rationale"],
            release.effective,
        )
        for row in release.rows()
    }


@cache
def limited_codes(units: int | None = None) -> frozenset[str]:
    """Codes that any release at hand limits; with `units`: to so many."""
    return frozenset(
        code
        for release in releases("mue")
        for code, limit in _table(release).items()
        if units is None or limit.units == units
    )


@lru_cache(maxsize=16384)
def _limit(code: str, on: date) -> MueLimit | None:
    at_hand = releases("mue")
    if not at_hand:
        return None
    before = [release for release in at_hand if release.effective <= on]
    return _table((before or at_hand[:1])[-1]).get(code)


cached(_table.cache_clear)
cached(limited_codes.cache_clear)
cached(_limit.cache_clear)


def mue_limit(code: str, on: date) -> MueLimit | None:
    """The limit of a code on a day of service; None where the table has none.

    From the newest release made for that day or before it, else the oldest at hand: a limit
    changes rarely, and its release is told with it.

    >>> mue_limit("97530", date(2026, 5, 1))[:4]
    ('97530', 6, 'day', False)
    """
    return _limit(code, on)
