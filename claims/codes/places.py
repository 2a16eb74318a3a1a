"""Places of service. Labels are ours.

Source: CMS place of service code set; the rate paid: Medicare Claims Processing Manual ch. 26
§10.5, and for telehealth ch. 12 §190 (home at the rate of an office).
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

from claims.codes.table import day, rows


class Place(NamedTuple):
    """Where a service took place."""

    place: str
    label: str
    rate: Literal["facility", "nonfacility", ""]
    """Which of Medicare's two rates; empty: it depends."""
    telehealth: bool
    first_day: date | None


@cache
def places() -> Mapping[str, Place]:
    """Every place of service that is assigned."""
    return MappingProxyType(
        {
            row["place"]: Place(
                row["place"],
                row["label"],
                cast(Literal["facility", "nonfacility", ""], row["rate"]),
                row["telehealth"] == "yes",
                day(row["first_day"]),
            )
            for row in rows("places.csv")
        }
    )


def place(code: str, on: date | None = None) -> Place | None:
    """The place of a code, with or without its leading zero; None where it is not assigned.

    >>> place("2").label, place("10", date(2021, 12, 31))
    ('telehealth, client not at home', None)
    """
    found = places().get(code.zfill(2))
    if found and on and found.first_day and on < found.first_day:
        return None
    return found
