"""NCCI procedure-to-procedure edits: codes that Medicare does not simply pay together.

Pairs hold for the same patient, day and provider. Source: Medicare NCCI practitioner edits and
the NCCI Policy Manual, ch. 1; tables/SOURCES.md says which releases are here and what they lack.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from claims.codes.table import cached, day, releases


class NcciPair(NamedTuple):
    """One edit, between two days."""

    column_one: str
    """What is paid."""
    column_two: str
    """What is bundled into it; it bears the modifier, where one is allowed."""
    effective: date | None
    """None: not known to us, which is not "always"."""
    deleted: date | None
    """The last day on which it holds; None: active in its release."""
    modifier_allowed: bool
    rationale: str
    release: str
    """The last quarter in which the pair was seen: `2026Q4`."""

    def applies(self, on: date) -> bool:
        """Whether it holds on a day of service, as far as its days are known."""
        return (self.effective is None or self.effective <= on) and (
            self.deleted is None or on <= self.deleted
        )


@cache
def pairs() -> Mapping[tuple[str, str], tuple[NcciPair, ...]]:
    """Every pair ever in force, by column one and column two.

    The newest release that has a pair tells all its days. Indicator 9 (deleted back to its
    first day) is no edit and left out.
    """
    found: dict[tuple[str, str], tuple[NcciPair, ...]] = {}
    for release in releases("ncci"):
        newer: dict[tuple[str, str], list[NcciPair]] = {}
        for row in release.rows():
            several = newer.setdefault((row["column_one"], row["column_two"]), [])
            if row["modifier_allowed"] == "9":
                continue
            several.append(
                NcciPair(
                    row["column_one"],
                    row["column_two"],
                    day(row["effective_date"]),
                    day(row["deletion_date"]),
                    row["modifier_allowed"] == "1",
                    row["rationale"],
                    row["last_seen_quarter"],
                )
            )
        found.update({key: tuple(several) for key, several in newer.items()})
    return MappingProxyType({key: several for key, several in found.items() if several})


@cache
def bundled_into() -> Mapping[str, frozenset[str]]:
    """By code: those that are column one of any pair in which it is column two."""
    found: dict[str, set[str]] = {}
    for one, two in pairs():
        found.setdefault(two, set()).add(one)
    return MappingProxyType({two: frozenset(ones) for two, ones in found.items()})


cached(pairs.cache_clear)
cached(bundled_into.cache_clear)


def ncci_pair(code: str, other: str, on: date) -> NcciPair | None:
    """The edit between two codes on a day of service, whichever is column one; None: no edit.

    >>> pair = ncci_pair("97530", "97150", date(2026, 3, 2))
    >>> pair.column_one, pair.column_two, pair.modifier_allowed
    ('97150', '97530', True)
    >>> ncci_pair("97530", "97140", date(2026, 3, 2)) is None
    True
    """
    table = pairs()
    for key in ((code, other), (other, code)):
        for pair in table.get(key, ()):
            if pair.applies(on):
                return pair
    return None
