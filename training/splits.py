"""Time-ordered parts of a training set: each later than the one before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Row numbers: fitted on, stopped early on, calibrated on; whole days stay together."""

    fit: Rows
    stop: Rows
    calibrate: Rows


def by_time(day: NDArray[np.int64], stop: float = 0.1, calibrate: float = 0.1) -> Split:
    """Rows split by the day they were submitted: the newest calibrate, those before them stop.

    day: ordinal of each row. stop, calibrate: their shares of the rows, as nearly as whole days
    allow; every part gets at least one day.
    Raises ValueError for fewer than three days.
    """
    days, counts = np.unique(day, return_counts=True)
    if len(days) < 3:
        raise ValueError("fewer than three days of submissions cannot be split by time")
    share = np.cumsum(counts) / len(day)
    first = int(np.searchsorted(share, 1 - stop - calibrate, side="left"))
    second = int(np.searchsorted(share, 1 - calibrate, side="left"))
    first = min(max(first, 0), len(days) - 3)
    second = min(max(second, first + 1), len(days) - 2)
    return Split(
        np.flatnonzero(day <= days[first]),
        np.flatnonzero((day > days[first]) & (day <= days[second])),
        np.flatnonzero(day > days[second]),
    )
