"""Service lines as columns: one entry a line, the same for a year of claims and for one.

Everything that is learned or scored starts here. Strings are what the claim says; days are
proleptic ordinals (`date.toordinal`), so that windows are subtraction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from claims.finding import Category

Strings = list[str]
Days = NDArray[np.int64]
Floats = NDArray[np.float64]

NEVER = 1 << 22
"""A day after any other: not answered yet."""

CATEGORIES: tuple[Category, ...] = Category.__args__  # type: ignore[attr-defined]
"""Why a payer denies, in the order that decides ties; an index into it stands in columns."""
UNNAMED = len(CATEGORIES)
"""The index of a denial whose remittance names no category."""


@dataclass(frozen=True)
class Lines:
    """What was known of each line when it was sent."""

    claim: NDArray[np.int64]
    """Which claim of the batch the line belongs to, from 0; lines of one claim stand together."""
    payer: Strings
    plan: Strings
    """Group number or name, else the filing indicator: the finest that the claim tells."""
    procedure: Strings
    family: Strings
    """Kind of service of the procedure, from the code table."""
    modifiers: Strings
    """Sorted, separated by blanks."""
    place: Strings
    diagnosis: Strings
    """The category (three characters) of the diagnosis that the line points to first."""
    provider: Strings
    """NPI of who rendered."""
    taxonomy: Strings
    client: Strings
    """The store's keyed hash of payer, member and patient; never a member id."""
    service: Days
    submitted: Days
    units: Floats
    charge: Floats
    """US dollars."""

    def __len__(self) -> int:
        return len(self.claim)

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Self:
        """Some of the lines, in the order of `rows`."""
        chosen = np.asarray(rows, dtype=np.int64)
        values: dict[str, Any] = {}
        for field in fields(self):
            column = getattr(self, field.name)
            values[field.name] = (
                [column[row] for row in chosen] if isinstance(column, list) else column[chosen]
            )
        return type(self)(**values)

    @classmethod
    def join(cls, parts: "list[Self]") -> Self:
        """Several batches as one; claims are counted on."""
        values: dict[str, Any] = {}
        for field in fields(cls):
            columns = [getattr(part, field.name) for part in parts]
            if field.name == "claim":
                shift = np.cumsum([0] + [int(c[-1]) + 1 if len(c) else 0 for c in columns[:-1]])
                values["claim"] = np.concatenate(
                    [column + s for column, s in zip(columns, shift, strict=True)]
                )
            elif columns and isinstance(columns[0], list):
                values[field.name] = [value for column in columns for value in column]
            else:
                values[field.name] = np.concatenate(columns)
        return cls(**values)


@dataclass(frozen=True)
class Answers:
    """The first final adjudication of each line of a `Lines`, and when the practice had it."""

    known: Days
    """The day the remittance was received; NEVER where none came yet."""
    denied: NDArray[np.int8]
    """1 denied or partly denied, 0 paid or the patient's; -1 no answer, or none to learn from."""
    category: NDArray[np.int8]
    """Index into CATEGORIES, UNNAMED, or -1 where the line was not denied."""
    allowed: Floats
    """US dollars the payer allowed; NaN where it did not say."""

    def before(self, day: int) -> "Answers":
        """The same as far as it was known on the morning of `day`: later answers are not there."""
        late = self.known >= day
        return Answers(
            known=np.where(late, NEVER, self.known),
            denied=np.where(late, -1, self.denied).astype(np.int8),
            category=np.where(late, -1, self.category).astype(np.int8),
            allowed=np.where(late, np.nan, self.allowed),
        )
