"""The additive part of denial risk: what each payer makes of each code, plan, clinician and gap in
a note, added up in log odds. Boosted trees then take what does not add up.

Payers' habits mostly add: a harsh reviewer is harsh with every code, a thin note costs more with
one payer than another. Trees need many lines to learn a sum; this needs few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.table import Table

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
)
"""Category columns whose combinations have a weight each."""
BY_PAYER = ("element.", "note.", "edit.", "findings.", "ledger.")
"""Number columns whose weight differs from payer to payer."""
SEPARATOR = "\x1f"


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

    def apply(self, table: Table) -> Floats:
        """(lines, 2 x names): the scaled values, then whether each was missing."""
        at = {name: place for place, name in enumerate(table.names)}
        raw = np.full((len(table), len(self.names)), np.nan)
        for place, name in enumerate(self.names):
            if name in at:
                raw[:, place] = table.numbers[:, at[name]]
        missing = np.isnan(raw)
        values = np.clip(np.where(missing, self.fill, raw), self.low, self.high)
        return np.hstack([(values - self.mean) / self.scale, missing])


@dataclass(frozen=True)
class LinearStage:
    """Weights of words and numbers; gives log odds."""

    intercept: float
    scaling: Scaling
    numbers: Floats
    """Weight of each column that `Scaling.apply` gives."""
    by_payer: Mapping[str, Floats]
    """Further weights of the same columns for lines of one payer."""
    crosses: Mapping[tuple[str, ...], Mapping[str, float]]

    def log_odds(self, table: Table) -> Floats:
        """Of denial, for each line of the table."""
        scaled = self.scaling.apply(table)
        total = self.intercept + scaled @ self.numbers
        payers = table.words["payer"]
        for payer in set(payers):
            own = self.by_payer.get(payer)
            if own is not None:
                rows = np.array([name == payer for name in payers])
                total[rows] += scaled[rows] @ own
        for cross, weights in self.crosses.items():
            total += np.array([weights.get(word, 0.0) for word in words(table, cross)])
        return np.asarray(total)

    def contributions(self, table: Table) -> tuple[list[str], Floats]:
        """What each number and each category column adds, against the usual line's; and names.

        A combination's weight is told under its last column: payer and code under the code.
        """
        scaled = self.scaling.apply(table)
        weights = np.tile(self.numbers, (len(table), 1))
        for row, payer in enumerate(table.words["payer"]):
            own = self.by_payer.get(payer)
            if own is not None:
                weights[row] += own
        parts = scaled * weights
        half = len(self.scaling.names)
        numbers = parts[:, :half] + parts[:, half:]
        told: dict[str, Floats] = {}
        for cross, known in self.crosses.items():
            part = np.array([known.get(word, 0.0) for word in words(table, cross)])
            told[cross[-1]] = told.get(cross[-1], 0.0) + part
        return [*self.scaling.names, *told], np.column_stack([numbers, *told.values()])

    def as_json(self) -> dict[str, Any]:
        """What linear.json holds."""
        scaling = self.scaling
        return {
            "intercept": self.intercept,
            "names": list(scaling.names),
            "scaling": [
                [float(value) for value in column]
                for column in (
                    scaling.fill, scaling.low, scaling.high, scaling.mean, scaling.scale
                )
            ],
            "numbers": [float(value) for value in self.numbers],
            "by_payer": {name: [float(v) for v in row] for name, row in self.by_payer.items()},
            "crosses": [[list(cross), dict(weights)] for cross, weights in self.crosses.items()],
        }  # fmt: skip

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "LinearStage":
        """The stage that `as_json` gave."""
        columns = [np.array(column, dtype=float) for column in values["scaling"]]
        return cls(
            float(values["intercept"]),
            Scaling(tuple(values["names"]), *columns),
            np.array(values["numbers"], dtype=float),
            {name: np.array(row, dtype=float) for name, row in values["by_payer"].items()},
            {tuple(cross): dict(weights) for cross, weights in values["crosses"]},
        )
