"""Adjustment reasons (CARC) and remarks (RARC), and what each means for an outcome.

Source of the codes: the lists that X12 (CARC) and CMS (RARC) publish, as of 2026-08-17; treatment
and category are ours, one reading of each published text. No official wording is kept.
"""

from functools import lru_cache
from typing import Literal, NamedTuple, cast

from claims.codes.table import rows
from claims.finding import Category

Treatment = Literal[
    "denial", "contractual", "patient", "other_payer", "held", "information", "unclassified"
]
"""unclassified: deactivated codes that nobody should meet."""


class Reason(NamedTuple):
    """A claim adjustment reason code."""

    code: str
    current: bool
    treatment: Treatment
    category: Category | None
    """Why it denies; None where only a remark can tell, or where it is no denial."""


class RemarkCode(NamedTuple):
    """A remittance advice remark code."""

    code: str
    current: bool
    alert: bool
    """It informs, and explains no adjustment."""
    category: Category | None


def _category(value: str) -> Category | None:
    return cast(Category, value) if value else None


@lru_cache(maxsize=1)
def _reasons() -> dict[str, Reason]:
    return {
        row["code"]: Reason(
            row["code"],
            row["status"] == "current",
            cast(Treatment, row["treatment"]),
            _category(row["category"]),
        )
        for row in rows("carc.csv")
    }


@lru_cache(maxsize=1)
def _remarks() -> dict[str, RemarkCode]:
    return {
        row["code"]: RemarkCode(
            row["code"],
            row["status"] == "current",
            row["alert"] == "1",
            _category(row["category"]),
        )
        for row in rows("rarc.csv")
    }


def reason(carc: str) -> Reason | None:
    """The adjustment reason of that code; None where no such code was ever published.

    >>> reason("29").category, reason("45").treatment, reason("999")
    ('timely_filing', 'contractual', None)
    """
    return _reasons().get(carc.strip().upper().lstrip("0"))


def remark(rarc: str) -> RemarkCode | None:
    """The remark of that code; None where no such code was ever published.

    >>> remark("MA01").alert, remark("XYZ")
    (True, None)
    """
    return _remarks().get(rarc.strip().upper())
