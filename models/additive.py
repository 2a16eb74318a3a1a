"""The additive part of denial risk: what adds to the log odds of each reason against being paid.

Payers' habits mostly add, but each within its own reason: a missing authorization weighs on denials
for authorization, a thin note on denials for documentation. A line is denied for one reason or
another, so the odds of the reasons are summed; log odds summed over all reasons at once would let a
certain denial of one kind hide a likely one of another. Boosted trees then take what does not add
up. Trees need many lines to learn a sum; this needs few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from features.lines import CATEGORIES
from features.table import Table
from models.scopes import PayerChange, under

Floats = NDArray[np.float64]

CROSSES: tuple[tuple[str, ...], ...] = (
    ("payer",),
    ("plan",),
    ("procedure",),
    ("provider",),
    ("taxonomy",),
    ("payer", "procedure"),
    ("plan", "procedure"),
    ("payer", "taxonomy"),
    ("payer", "diagnosis"),
    ("payer", "provider"),
    ("payer", "place"),
    ("payer", "modifiers"),
    ("payer", "procedure", "place"),
    ("payer", "credential"),
    ("payer", "codes"),
    ("diagnosis_code",),
    ("payer", "diagnosis_code"),
    ("plan", "procedure", "taxonomy", "place"),
    ("writer",),
    ("payer", "writer"),
    ("first",),
    ("payer", "first"),
)
"""Category columns whose combinations have a weight each."""
BY_PAYER = (
    "element.", "lack.", "note.", "edit.", "findings.", "ledger.", "claim.", "line.",
    "client.eligibility", "client.coordination", "client.benefit_limit", "client.visits",
    "provider.new",
)  # fmt: skip
"""Number columns whose weight differs from payer to payer."""
REVIEW = len(CATEGORIES)
"""The column of weights after the reasons': whether a claim is looked at, the gate to one."""
BEHIND_REVIEW = CATEGORIES.index("documentation")
"""The reason that only those claims can be denied for whose record the payer asks: what a note
lacks does no harm to a claim that nobody looks at, so the two chances multiply and do not add."""
RATES = ".denied_"
"""Marks number columns that are rates: they enter as log odds."""
EDIT = "edit."
"""Begins number columns that are severities of findings, 0 to 3."""
LOWEST_RATE = 0.002
SEPARATOR = "\x1f"
CHANGED = "payer_change"
"""Under which what changes of payers add is told."""


def words(table: Table, cross: Sequence[str]) -> list[str]:
    """Each line's combination of some category columns, as one word."""
    columns = [table.words[name] for name in cross]
    if len(columns) == 1:
        return columns[0]
    return [SEPARATOR.join(parts) for parts in zip(*columns, strict=True)]


@dataclass(frozen=True)
class Scaling:
    """How number columns enter: filled where missing, cut at the ends, put on one scale."""

    names: tuple[str, ...]
    fill: Floats
    low: Floats
    high: Floats
    mean: Floats
    scale: Floats
    absent: tuple[str, ...]
    """Columns whose being missing says something of its own."""

    @cached_property
    def _rates(self) -> NDArray[np.int64]:
        """Places of the columns that are rates."""
        return np.flatnonzero([RATES in name for name in self.names])

    @cached_property
    def _absent(self) -> list[int]:
        """Places of the columns whose being missing counts."""
        at = {name: place for place, name in enumerate(self.names)}
        return [at[name] for name in self.absent]

    def raw(self, table: Table) -> Floats:
        """(lines, names): the columns before scaling, rates as log odds, NaN where missing."""
        if table.names == self.names:
            raw = table.numbers.astype(np.float64)
        else:
            at = {name: place for place, name in enumerate(table.names)}
            raw = np.full((len(table), len(self.names)), np.nan, dtype=np.float64)
            for place, name in enumerate(self.names):
                if name in at:
                    raw[:, place] = table.numbers[:, at[name]]
        raw[:, self._rates] = entering(RATES, raw[:, self._rates])
        return raw

    def apply(self, table: Table) -> Floats:
        """(lines, names and absent): the scaled values, then which were missing."""
        raw = self.raw(table)
        missing = np.isnan(raw)
        values = np.clip(np.where(missing, self.fill, raw), self.low, self.high)
        return np.hstack([(values - self.mean) / self.scale, missing[:, self._absent]])


def entering(name: str, values: NDArray[Any]) -> Floats:
    """A number column as it enters: a rate as its log odds, anything else as it is."""
    found = np.asarray(values, dtype=np.float64)
    if RATES not in name:
        return found
    held = np.clip(found, LOWEST_RATE, 1 - LOWEST_RATE)
    return np.asarray(np.log(held / (1 - held)))


@dataclass(frozen=True)
class AdditiveStage:
    """Weights of numbers and words for each reason; gives log odds against being paid."""

    intercept: Floats
    """(columns): of each of CATEGORIES, then of review."""
    scaling: Scaling
    numbers: Floats
    """(names of `Scaling.apply`, columns)."""
    by_payer: Mapping[str, Floats]
    """Further weights of the same columns for lines of one payer."""
    crosses: Mapping[tuple[str, ...], Mapping[str, int]]
    """Row of `words` for each known combination."""
    words: Floats
    """(combinations, then changes, columns)."""
    vague: Mapping[str, Floats]
    """Share of each reason's denials that a payer leaves unnamed; "" for a payer not seen."""
    changes: tuple[PayerChange, ...] = ()
    """Seen in the answers that the weights were fitted on."""

    def odds(self, table: Table) -> Floats:
        """(lines, reasons and unnamed): log odds of each against being paid."""
        causes = behind_review(self._sums(table))[0]
        usual = self.vague[""]
        silent = np.array([self.vague.get(payer, usual) for payer in table.words["payer"]])
        silent = silent.reshape(len(table), len(usual))
        unnamed = summed(causes + np.log(silent))
        return np.column_stack([causes + np.log1p(-silent), unnamed])

    def _sums(self, table: Table) -> Floats:
        """(lines, columns): what adds up."""
        scaled = self.scaling.apply(table)
        total = self.intercept + scaled @ self.numbers
        for payer, rows in rows_by(table.words["payer"]).items():
            own = self.by_payer.get(payer)
            if own is not None:
                total[rows] += scaled[rows] @ own
        told = self._told(table, self.crosses) @ self.words
        if self.changes:
            told += under(self.changes, table.lines) @ self.words[-len(self.changes) :]
        return np.asarray(total + told)

    def _told(
        self, table: Table, crosses: Mapping[tuple[str, ...], Mapping[str, int]]
    ) -> sparse.csr_matrix:
        return incidence(
            [[at.get(word, -1) for word in words(table, cross)] for cross, at in crosses.items()],
            len(table),
            len(self.words),
        )

    def shares(self, table: Table) -> Floats:
        """(lines, reasons and unnamed): each one's part of the risk; they sum to one."""
        odds = self.odds(table)
        return np.asarray(np.exp(odds - summed(odds)[:, None]))

    def log_odds(self, table: Table) -> Floats:
        """Of denial for any reason, for each line of the table."""
        return summed(self.odds(table))

    def contributions(self, table: Table) -> tuple[list[str], Floats]:
        """What each number and each category column adds to the log odds of denial, against the
        usual line's; and names.

        Each reason's parts count by the reason's share of the line's risk. A combination's weight
        is told under its last column: payer and code under the code.
        """
        odds, slopes = behind_review(self._sums(table))
        share = np.exp(odds - summed(odds)[:, None])
        behind = share[:, BEHIND_REVIEW].copy()
        share[:, BEHIND_REVIEW] = behind * slopes[0]
        share = np.column_stack([share, behind * slopes[1]])
        scaled = self.scaling.apply(table)
        parts = scaled * (share @ self.numbers.T)
        for payer, rows in rows_by(table.words["payer"]).items():
            own = self.by_payer.get(payer)
            if own is not None:
                parts[rows] += scaled[rows] * (share[rows] @ own.T)
        names = self.scaling.names
        numbers = parts[:, : len(names)]
        at = {name: place for place, name in enumerate(names)}
        for place, name in enumerate(self.scaling.absent):
            numbers[:, at[name]] += parts[:, len(names) + place]
        told: dict[str, Floats] = {}
        for cross, known in self.crosses.items():
            weights = self._told(table, {cross: known}) @ self.words
            part = (np.asarray(weights) * share).sum(axis=1)
            told[cross[-1]] = told.get(cross[-1], 0.0) + part
        if self.changes:
            moved = under(self.changes, table.lines) @ self.words[-len(self.changes) :]
            told[CHANGED] = (np.asarray(moved) * share).sum(axis=1)
        return [*names, *told], np.column_stack([numbers, *told.values()])

    def as_json(self) -> dict[str, Any]:
        """What additive.json holds: names, words and scaling; the weights are in `weights`."""
        scaling = self.scaling
        columns = (scaling.fill, scaling.low, scaling.high, scaling.mean, scaling.scale)
        return {
            "names": list(scaling.names),
            "absent": list(scaling.absent),
            "scaling": [[float(value) for value in column] for column in columns],
            "payers": list(self.by_payer),
            "vague": {payer: share.tolist() for payer, share in self.vague.items()},
            "crosses": [[list(cross), list(known)] for cross, known in self.crosses.items()],
            "changes": [change.as_json() for change in self.changes],
        }

    def weights(self) -> NDArray[np.float32]:
        """What additive.npy holds: (all weights, columns); intercept, numbers, payers', words."""
        parts = [self.intercept[None, :], self.numbers, *self.by_payer.values(), self.words]
        return np.vstack(parts).astype(np.float32)

    @classmethod
    def of(cls, values: Mapping[str, Any], weights: NDArray[np.float32]) -> "AdditiveStage":
        """The stage that `as_json` and `weights` gave.

        Raises ValueError where the two do not belong together.
        """
        names, absent = tuple(values["names"]), tuple(values["absent"])
        fill, low, high, mean, scale = (np.array(column) for column in values["scaling"])
        payers: list[str] = values["payers"]
        crosses: dict[tuple[str, ...], dict[str, int]] = {}
        place = 0
        for cross, known in values["crosses"]:
            crosses[tuple(cross)] = {word: place + at for at, word in enumerate(known)}
            place += len(known)
        changes = tuple(PayerChange.of(one) for one in values.get("changes", ()))
        place += len(changes)
        width = len(names) + len(absent)
        ends = np.cumsum([1, width, *(width for _ in payers), place])
        if weights.shape != (ends[-1], len(CATEGORIES) + 1):
            raise ValueError(f"{weights.shape} weights, where the names want {ends[-1]}")
        parts = np.split(weights.astype(np.float64), ends[:-1])
        return cls(
            parts[0][0],
            Scaling(names, fill, low, high, mean, scale, absent),
            parts[1],
            dict(zip(payers, parts[2:-1], strict=True)),
            crosses,
            parts[-1],
            {payer: np.array(share) for payer, share in values["vague"].items()},
            changes,
        )


def behind_review(sums: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    """(lines, reasons): log odds of each reason; and by how much those of the reason behind review
    rise with its own sum and with review's.

    sums: (lines, columns).
    """
    odds = sums[:, :-1].copy()
    found = -np.logaddexp(0.0, -sums[:, BEHIND_REVIEW])
    looked = -np.logaddexp(0.0, -sums[:, -1])
    left = -np.expm1(np.minimum(found + looked, -1e-9))
    odds[:, BEHIND_REVIEW] = found + looked - np.log(left)
    return odds, (-np.expm1(found) / left, -np.expm1(looked) / left)


def summed(odds: Floats) -> Floats:
    """Log odds of any reason from those of each against being paid: (lines, reasons) to (lines)."""
    most = odds.max(axis=1)
    return np.asarray(most + np.log(np.exp(odds - most[:, None]).sum(axis=1)))


def rows_by(column: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Row numbers of each value of a column."""
    names, place = np.unique(np.array(column, dtype=object), return_inverse=True)
    order = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place, minlength=len(names)))
    return {
        str(name): order[end - count : end]
        for name, end, count in zip(names, ends, np.bincount(place), strict=True)
    }


def incidence(columns: Sequence[Sequence[int]], lines: int, width: int) -> sparse.csr_matrix:
    """(lines, width): 1 where a column names a place; -1 names none."""
    places = np.array(columns, dtype=np.int64).reshape(len(columns), lines).T
    there = places >= 0
    ends = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
    found = places[there]
    return sparse.csr_matrix((np.ones(len(found)), found, ends), shape=(lines, width))
