"""Relative values of the physician fee schedule, by year: what Medicare pays for a code.

National, without the locality's adjustment. Source: CMS PPRRVU files; tables/SOURCES.md.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from claims.codes.table import Release, cached, releases

CENT = Decimal("0.01")
REDUCED_SHARE = Decimal("0.5")
"""Of the practice expense, on the second and later therapy services of a day (indicator 5)."""


class RelativeValue(NamedTuple):
    """One code's values in one year's release."""

    code: str
    status: str
    """A active, R restricted, I not valid for Medicare, N not covered, C priced by the
    contractor, B bundled, X excluded by law, E, …"""
    work: Decimal
    practice_expense: Decimal
    """Outside a facility."""
    malpractice: Decimal
    pctc_indicator: str
    """7: physical therapy service."""
    multiple_procedure_indicator: str
    """5: the practice expense of the second and later services of a day is halved."""
    conversion_factor: Decimal
    """Dollars for one relative value unit."""
    release: date

    @property
    def total(self) -> Decimal:
        """Relative value units of one unit of the service."""
        return self.work + self.practice_expense + self.malpractice

    @property
    def is_reduced(self) -> bool:
        """Whether second and later services of a day are paid less."""
        return self.multiple_procedure_indicator == "5"

    def amount(self, reduced: bool = False) -> Decimal:
        """Dollars that Medicare allows for one unit, before locality and sequestration.

        reduced: as a second or later therapy service of the day.
        """
        units = self.total
        if reduced and self.is_reduced:
            units -= self.practice_expense * (1 - REDUCED_SHARE)
        return (units * self.conversion_factor).quantize(CENT)


@cache
def _table(release: Release) -> Mapping[str, RelativeValue]:
    return {
        row["code"]: RelativeValue(
            row["code"],
            row["status"],
            Decimal(row["work_rvu"]),
            Decimal(row["nonfacility_pe_rvu"]),
            Decimal(row["mp_rvu"]),
            row["pctc_indicator"],
            row["multiple_procedure_indicator"],
            Decimal(row["conversion_factor"]),
            release.effective,
        )
        for row in release.rows()
    }


cached(_table.cache_clear)


def has_year(year: int) -> bool:
    """Whether a release of that year is at hand."""
    return any(release.effective.year == year for release in releases("relative_values"))


def relative_value(code: str, on: date) -> RelativeValue | None:
    """A code's values for a day of service; None where no release of that year has it.

    Never another year's: values and the conversion factor change each January. Within a year
    the newest release made for that day, else the year's first at hand.

    >>> relative_value("90837", date(2026, 3, 2)).amount()
    Decimal('167.00')
    >>> relative_value("90837", date(2031, 3, 2)) is None
    True
    """
    year = [release for release in releases("relative_values") if release.effective.year == on.year]
    if not year:
        return None
    before = [release for release in year if release.effective <= on]
    return _table((before or year[:1])[-1]).get(code)
