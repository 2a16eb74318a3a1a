"""On what scale number columns enter the additive part."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from features.course import CHAIN, SURE
from features.table import Table
from models.additive import EDIT, Scaling, entering

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


FEW_VALUES = 12
"""Different values up to which a column is taken for a flag or a count, and never cut."""
LOOKED_AT = 20_000
"""Rows in which different values are counted."""
SORTED = 200_000
"""Values of a column that are sorted for its median and its ends."""
COLUMNS_AT_ONCE = 16
ROWS_AT_ONCE = 50_000


def scaling_of(table: Table, rows: Rows) -> Scaling:
    """Fill, ends, mean and scale of every number column, from some rows."""
    width = len(table.names)
    fill, low, high, mean, scale = (np.zeros(width) for _ in range(5))
    seen: set[bytes] = set()
    absent = []
    for place, column in enumerate(_columns(table, rows)):
        name = table.names[place]
        missing = np.isnan(column)
        share = missing.mean()
        there = column[~missing] if share < 1.0 else np.zeros(1)
        sorted_ = np.sort(there[:: len(there) // SORTED + 1])
        fill[place] = np.median(sorted_)
        low[place], high[place] = np.percentile(sorted_, [0.5, 99.5])
        # What is rare by nature, a finding or a flag, is not an outlier.
        if len(np.unique(there[:LOOKED_AT])) <= FEW_VALUES:
            low[place], high[place] = there.min(), there.max()
        if name.endswith(CHAIN):
            low[place], high[place] = -SURE, SURE
        if name.startswith(EDIT):
            low[place], high[place] = 0.0, 3.0
        values = np.clip(np.where(missing, fill[place], column), low[place], high[place])
        mean[place], scale[place] = values.mean(), values.std()
        pattern = np.packbits(missing).tobytes()
        if 0.0 < share < 1.0 and pattern not in seen:
            seen.add(pattern)
            absent.append(name)
    return Scaling(
        table.names, fill, low, high, mean, np.where(scale > 1e-9, scale, 1.0), tuple(absent)
    )


def _columns(table: Table, rows: Rows) -> Iterator[Floats]:
    """Each number column of some rows, as it enters; a few at a time, as a table may be large."""
    for start in range(0, len(table.names), COLUMNS_AT_ONCE):
        names = table.names[start : start + COLUMNS_AT_ONCE]
        some = np.ascontiguousarray(table.numbers[rows, start : start + COLUMNS_AT_ONCE].T)
        for name, column in zip(names, some, strict=True):
            yield entering(name, column)


def scaled(scaling: Scaling, table: Table, rows: Rows) -> NDArray[np.float32]:
    """`Scaling.apply` of some rows in single precision, some at a time."""
    width = len(scaling.names) + len(scaling.absent)
    found = np.empty((len(rows), width), dtype=np.float32)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        found[start : start + len(some)] = scaling.apply(table.take(some))
    return found


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
