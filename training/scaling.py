"""On what scale number columns enter the additive part."""

import numpy as np
from numpy.typing import NDArray

from features.course import SURE
from features.table import Table
from models.additive import EDIT, Scaling, entering
from training.spread import CHAIN

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


FEW_VALUES = 12
"""Different values up to which a column is taken for a flag or a count, and never cut."""
LOOKED_AT = 20_000
"""Rows in which different values are counted."""


def scaling_of(table: Table, rows: Rows) -> Scaling:
    """Fill, ends, mean and scale of every number column, from some rows."""
    chosen = np.column_stack(
        [entering(name, table.numbers[rows, place]) for place, name in enumerate(table.names)]
    )
    missing = np.isnan(chosen)
    chosen[:, missing.all(axis=0)] = 0.0
    fill = np.nanmedian(chosen, axis=0)
    low, high = np.nanpercentile(chosen, [0.5, 99.5], axis=0)
    for place, column in enumerate(chosen.T):
        # What is rare by nature, a finding or a flag, is not an outlier.
        if len(np.unique(column[~missing[:, place]][:LOOKED_AT])) <= FEW_VALUES:
            low[place], high[place] = np.nanmin(column), np.nanmax(column)
        if table.names[place].endswith(CHAIN):
            low[place], high[place] = -SURE, SURE
        if table.names[place].startswith(EDIT):
            low[place], high[place] = 0.0, 3.0
    values = np.clip(np.where(missing, fill, chosen), low, high)
    scale = values.std(axis=0)
    seen: set[bytes] = set()
    absent = []
    for place, name in enumerate(table.names):
        share = missing[:, place].mean()
        pattern = np.packbits(missing[:, place]).tobytes()
        if 0.0 < share < 1.0 and pattern not in seen:
            seen.add(pattern)
            absent.append(name)
    return Scaling(
        table.names, fill, low, high, values.mean(axis=0), np.where(scale > 1e-9, scale, 1.0),
        tuple(absent),
    )  # fmt: skip


def on_scale_of(own: Scaling, other: Scaling) -> Scaling:
    """The scaling of some rows, columns that another has on the other's scale."""
    at = {name: place for place, name in enumerate(other.names)}
    here = [place for place, name in enumerate(own.names) if name in at]
    there = [at[own.names[place]] for place in here]

    def joined(mine: Floats, theirs: Floats) -> Floats:
        column = mine.copy()
        column[here] = theirs[there]
        return column

    absent = [*own.absent, *(name for name in other.absent if name in own.names)]
    return Scaling(
        own.names,
        joined(own.fill, other.fill),
        joined(own.low, other.low),
        joined(own.high, other.high),
        joined(own.mean, other.mean),
        joined(own.scale, other.scale),
        tuple(dict.fromkeys(absent)),
    )
