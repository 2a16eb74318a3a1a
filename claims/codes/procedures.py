"""The procedure codes of the five disciplines, by date of service.

`tables/procedures.csv` says for each code what kind of service it is, who bills it, how its
time is counted and from when until when it may be billed, with the source of each row.
Labels are ours.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Literal

from claims.codes.table import day, number, rows
from claims.note import Discipline
from claims.record import Record

TimeRule = Literal["untimed", "range", "minimum", "first", "each", "level", "count"]
"""untimed: one unit, whatever the time. range: one unit where the minutes lie between minimum
and maximum. minimum: one unit from the minimum on. first: one unit from the minimum on, and
what goes beyond `minutes` belongs to the code it `continues` in. each: a unit for each full
`minutes`, and one more where at least `minimum` remain. level: medical visits, whose level the
decision making or the minutes tell. count: by instrument or area, which minutes do not tell."""
REVIEWED_THROUGH = date(2026, 12, 31)
"""The last day of service for which the tables were read against their sources; what a later
code set says is not known to them."""


class Procedure(Record):
    """One code between two days."""

    code: str
    label: str
    """A few words of our own."""
    family: str
    """The kind of service: psychotherapy, therapeutic_procedure, aba_treatment, …"""
    disciplines: tuple[Discipline, ...]
    """Who bills it, the usual one first."""
    therapy: Literal["always", "sometimes", ""] = ""
    """Whether Medicare holds it to be a therapy service (GN, GO, GP)."""
    time_rule: TimeRule
    minutes: int | None = None
    """What one unit stands for."""
    minimum: int | None = None
    """Least minutes of one (or the last) unit."""
    maximum: int | None = None
    """Most minutes, where a longer service has another code."""
    continues: str | None = None
    """The add-on code for the time beyond `minutes`."""
    add_on_to: tuple[str, ...] = ()
    """Codes and ranges of which one must stand beside it on the same day."""
    pool: bool = False
    """Its minutes count into the total of Medicare's 8-minute rule."""
    face_to_face: bool = True
    """Only time with the client (or the family) counts."""
    per: Literal["day", "month", "episode", "instrument", "area"] = "day"
    """What one unit, or the first one, is given for."""
    first_day: date | None = None
    """None: before the earliest claim that anyone sends today."""
    last_day: date | None = None
    uncertain_from: date | None = None
    """From this day of service the code set is known to change in a way not yet read."""
    source: str
    comment: str = ""

    @property
    def is_timed(self) -> bool:
        """Whether minutes decide if it may be billed, or how often."""
        return self.time_rule in ("range", "minimum", "first", "each")

    @property
    def is_add_on(self) -> bool:
        """Whether it never stands alone."""
        return bool(self.add_on_to)

    def is_uncertain(self, on: date) -> bool:
        """Whether this row may no longer hold on a day of service."""
        return self.uncertain_from is not None and on >= self.uncertain_from

    def applies(self, on: date) -> bool:
        """Whether the code may be billed for a day of service."""
        return not (
            (self.first_day is not None and on < self.first_day)
            or (self.last_day is not None and on > self.last_day)
        )


def _read(row: Mapping[str, str]) -> Procedure:
    return Procedure.model_validate(
        {
            **row,
            "disciplines": tuple(row["disciplines"].split()),
            "minutes": number(row["minutes"]),
            "minimum": number(row["minimum"]),
            "maximum": number(row["maximum"]),
            "continues": row["continues"] or None,
            "add_on_to": tuple(row["add_on_to"].split()),
            "pool": row["pool"] == "yes",
            "face_to_face": row["face_to_face"] == "yes",
            "first_day": day(row["first_day"]),
            "last_day": day(row["last_day"]),
            "uncertain_from": day(row["uncertain_from"]),
        }
    )


@cache
def procedures() -> Mapping[str, tuple[Procedure, ...]]:
    """Every code with its rows, the newest first."""
    found: dict[str, list[Procedure]] = {}
    for row in rows("procedures.csv"):
        found.setdefault(row["code"], []).append(_read(row))
    return MappingProxyType(
        {
            code: tuple(sorted(several, key=lambda p: p.first_day or date.min, reverse=True))
            for code, several in found.items()
        }
    )


@lru_cache(maxsize=16384)
def procedure(code: str, on: date | None = None) -> Procedure | None:
    """What a code is on a day of service; None where it is unknown or not in force that day.

    on: None for the newest row, whether or not it is in force.

    >>> procedure("90837", date(2026, 3, 2)).minimum
    53
    >>> procedure("97532", date(2026, 3, 2)) is None, procedure("97532").last_day.isoformat()
    (True, '2017-12-31')
    """
    several = procedures().get(code, ())
    if on is None:
        return several[0] if several else None
    return next((row for row in several if row.applies(on)), None)


@cache
def families() -> frozenset[str]:
    """Every family of procedures."""
    return frozenset(row.family for several in procedures().values() for row in several)
