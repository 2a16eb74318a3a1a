"""Service lines as columns: one entry a line, the same for a year of claims and for one.

Everything that is learned or scored starts here. Strings are what the claim says; days are
proleptic ordinals (`date.toordinal`), so that windows are subtraction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from claims.codes.procedures import procedure
from claims.finding import Category

Strings = list[str]
Days = NDArray[np.int64]
Floats = NDArray[np.float64]

EPOCH = date(1970, 1, 1).toordinal()
NEVER = 1 << 22
"""A day after any other: not answered yet."""

CATEGORIES: tuple[Category, ...] = Category.__args__  # type: ignore[attr-defined]
"""Why a payer denies, in the order that decides ties; an index into it stands in columns."""
UNNAMED = len(CATEGORIES)
"""The index of a denial whose remittance names no category."""


@lru_cache(maxsize=65_536)
def kind_of(code: str, day: date) -> tuple[str, bool, float, float]:
    """Family, whether time counts, the least minutes of the first unit and of each further one."""
    found = procedure(code, day)
    if found is None:
        return "unknown", False, 0.0, 0.0
    further = float(found.minutes or 0) if found.time_rule == "each" else 0.0
    return found.family, found.is_timed, float(found.minimum or 0), further


def _ordinals(days: NDArray[Any]) -> Days:
    return np.asarray(days.astype("datetime64[D]").astype(np.int64) + EPOCH)


def _first_diagnosis(codes: str, pointers: str) -> str:
    """Category of the diagnosis that is pointed to first; the first one's without pointers."""
    listed = codes.split()
    place = int(pointers.split()[0]) - 1 if pointers.strip() else 0
    return listed[place][:3] if place < len(listed) else ""


STORED = (
    "claim_id",
    "line",
    "payer_id",
    "plan",
    "filing_indicator",
    "procedure",
    "modifiers",
    "place_of_service",
    "diagnoses",
    "diagnosis_pointers",
    "rendering_npi",
    "rendering_taxonomy",
    "person_key",
    "service_from",
    "submitted",
    "units",
    "charge_cents",
)
"""Columns of `Store.read_lines` that are asked for: fewer are read quicker."""


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

    @classmethod
    def of_store(cls, columns: Mapping[str, NDArray[Any]]) -> Self:
        """The lines of `Store.read_lines`, in its order."""
        service = _ordinals(columns["service_from"])
        days = {day: date.fromordinal(int(day)) for day in np.unique(service)}
        procedures = [str(code) for code in columns["procedure"]]
        first = zip(columns["diagnoses"], columns["diagnosis_pointers"], strict=True)
        _, claim = np.unique(columns["submission_id"], return_inverse=True)
        return cls(
            claim=claim.astype(np.int64),
            payer=[str(value) for value in columns["payer_id"]],
            plan=[
                str(plan or filing)
                for plan, filing in zip(columns["plan"], columns["filing_indicator"], strict=True)
            ],
            procedure=procedures,
            family=[
                kind_of(code, days[day])[0] for code, day in zip(procedures, service, strict=True)
            ],
            modifiers=[" ".join(sorted(str(value).split())) for value in columns["modifiers"]],
            place=[str(value) for value in columns["place_of_service"]],
            diagnosis=[_first_diagnosis(str(codes), str(pointers)) for codes, pointers in first],
            provider=[str(value) for value in columns["rendering_npi"]],
            taxonomy=[str(value) for value in columns["rendering_taxonomy"]],
            client=[str(value) for value in columns["person_key"]],
            service=service,
            submitted=_ordinals(columns["submitted"]),
            units=columns["units"].astype(np.float64),
            charge=columns["charge_cents"] / 100.0,
        )

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

    @classmethod
    def of_store(cls, key: Days, columns: Mapping[str, NDArray[Any]]) -> Self:
        """What `Store.read_outcomes` tells of the lines with these keys."""
        asked = columns["key"]
        known = np.full(len(key), NEVER, dtype=np.int64)
        denied = np.full(len(key), -1, dtype=np.int8)
        category = np.full(len(key), -1, dtype=np.int8)
        allowed = np.full(len(key), np.nan)
        if len(asked) and len(key):
            order = np.argsort(key)
            place = np.minimum(np.searchsorted(key[order], asked), len(key) - 1)
            rows = order[place]
            there = key[rows] == asked
            rows = rows[there]
            number: dict[str, int] = {name: place for place, name in enumerate(CATEGORIES)}
            reasons = np.array([number.get(str(name), UNNAMED) for name in columns["category"]])
            known[rows] = _ordinals(columns["known_on"])[there]
            denied[rows] = columns["label"][there]
            category[rows] = np.where(columns["label"] == 1, reasons, -1)[there]
            allowed[rows] = columns["allowed_cents"][there] / 100.0
        return cls(known, denied, category, allowed)

    def take(self, rows: NDArray[np.int64]) -> "Answers":
        """Some of the answers, in the order of `rows`."""
        return Answers(self.known[rows], self.denied[rows], self.category[rows], self.allowed[rows])

    def before(self, day: int) -> "Answers":
        """The same as far as it was known on the morning of `day`: later answers are not there."""
        late = self.known >= day
        return Answers(
            known=np.where(late, NEVER, self.known),
            denied=np.where(late, -1, self.denied).astype(np.int8),
            category=np.where(late, -1, self.category).astype(np.int8),
            allowed=np.where(late, np.nan, self.allowed),
        )
