"""ICD-10-CM: which codes may be billed on a day, and what is left open in them.

The table holds codes and marks, no titles: built by `make diagnoses` from simple-icd-10-cm
(public domain data of the CDC). It is read once, when first asked: 75,000 codes.
"""

import gzip
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from claims.codes.table import TABLES, day

TABLE = TABLES / "diagnoses.csv.gz"
RELEASE_FROM, RELEASE_TO = date(2025, 10, 1), date(2026, 9, 30)
"""The fiscal year of the table's release (April 2026); earlier years are known by their
differences, later ones not at all."""
SIDES: dict[str, Literal["right", "left", "bilateral", "unspecified"]] = {
    "R": "right",
    "L": "left",
    "B": "bilateral",
    "U": "unspecified",
}
Standing = Literal["billable", "incomplete", "not_in_force", "unknown"]
"""billable; incomplete: longer codes stand under it, one of which is due; not_in_force: billable
on other days; unknown: no such code."""


class DiagnosisFacts(NamedTuple):
    """A code that may be billed."""

    code: str
    """Without its dot."""
    is_unspecified: bool
    """Its title leaves something open ("unspecified")."""
    side: Literal["right", "left", "bilateral", "unspecified"] | None
    """unspecified: the side is left open though codes that tell it exist."""
    first_day: date | None
    """None: before October 2021 at the latest."""
    last_day: date | None

    def applies(self, on: date) -> bool:
        """Whether it may be billed for a day of service."""
        return (self.first_day is None or self.first_day <= on) and (
            self.last_day is None or on <= self.last_day
        )


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    """Code to the rest of its row: parsed only where asked, so that reading takes no time."""
    with gzip.open(TABLE, "rt", encoding="utf-8") as packed:
        lines = packed.read().splitlines()
    return dict(line.split(",", 1) for line in lines[1:])


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    found: set[str] = set()
    for code in _table():
        found.update(code[:length] for length in range(3, len(code)))
    return frozenset(found)


@lru_cache(maxsize=8192)
def diagnosis(code: str) -> DiagnosisFacts | None:
    """A billable code, whether or not in force; None where none is known.

    code: with or without its dot.

    >>> diagnosis("F41.9").is_unspecified, diagnosis("M25.561").side
    (True, 'right')
    >>> diagnosis("F41") is None
    True
    """
    plain = code.replace(".", "").upper()
    found = _table().get(plain)
    if found is None:
        return None
    unspecified, side, first, last = found.split(",")
    return DiagnosisFacts(plain, unspecified == "u", SIDES.get(side), day(first), day(last))


@lru_cache(maxsize=65536)
def window(code: str) -> tuple[int, int] | None:
    """First and last day, as ordinals, on which a code may be billed; None where it never may.

    >>> window("F41.1") == (date.min.toordinal(), date.max.toordinal()), window("F41")
    (True, None)
    """
    found = diagnosis(code)
    if found is None:
        return None
    first, last = found.first_day or date.min, found.last_day or date.max
    return first.toordinal(), last.toordinal()


def standing(code: str, on: date) -> Standing:
    """Whether a code may be billed for a day of service, and if not, why.

    >>> standing("F41", date(2026, 3, 2)), standing("F41.1", date(2026, 3, 2))
    ('incomplete', 'billable')
    """
    found = diagnosis(code)
    if found is not None and found.applies(on):
        return "billable"
    plain = code.replace(".", "").upper()
    if plain in _beginnings():
        return "incomplete"
    return "unknown" if found is None else "not_in_force"


def is_covered(on: date) -> bool:
    """Whether the table knows the codes of a day of service: not after its release's year."""
    return on <= RELEASE_TO


def is_external_cause(code: str) -> bool:
    """V00 to Y99: how it came about; never a first diagnosis (ICD-10-CM guidelines I.C.20.a.6)."""
    return code[:1].upper() in "VWXY"


def is_factor(code: str) -> bool:
    """Z00 to Z99: a reason for the contact that is no illness (ICD-10-CM guidelines I.C.21)."""
    return code[:1].upper() == "Z"
