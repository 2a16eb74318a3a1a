"""How good a risk is: discrimination, calibration and money, each with an interval.

Where the true probability is known (synthetic worlds), `expected_log_loss` and the like are
taken against it: an expectation has no chance in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
FLOOR = 1e-6


def log_loss(risk: Floats, outcome: Floats, weight: Floats | None = None) -> float:
    """Mean loss in nats. outcome: 0 or 1, or the true probability (then: the expected loss).
    weight: of each line; alike where None.

    >>> round(log_loss(np.array([0.5, 0.5]), np.array([0.0, 1.0])), 4)
    0.6931
    """
    clipped = np.clip(risk, FLOOR, 1 - FLOOR)
    gained = outcome * np.log(clipped) + (1 - outcome) * np.log1p(-clipped)
    return -float(np.mean(gained) if weight is None else np.average(gained, weights=weight))


def brier(risk: Floats, outcome: Floats) -> float:
    """Mean squared error of the risk."""
    return float(np.mean((risk - outcome) ** 2))


def calibration_error(
    risk: Floats, outcome: Floats, bins: int = 10, weight: Floats | None = None
) -> float:
    """Expected calibration error: mean gap between risk and outcome over equally filled bins.

    outcome: 0 or 1, or the true probability. With outcomes a perfect model shows an error by
    chance alone; with probabilities it does not. weight: of each line; alike where None.
    """
    order = np.argsort(risk, kind="stable")
    gap = 0.0
    for part in np.array_split(order, min(bins, len(order))):
        own = None if weight is None else weight[part]
        gap += len(part) * abs(float(np.average(risk[part] - outcome[part], weights=own)))
    return gap / len(risk)


def auc(risk: Floats, outcome: Floats) -> float:
    """Area under the ROC curve: how often a denied line has the higher risk of the two, ties half;
    NaN where only one kind of outcome occurs.

    By ranks: scikit-learn's checks of its input take longer than the figure, and an interval asks
    for it hundreds of times.
    """
    hits = outcome > 0
    denied, paid = int(hits.sum()), int((~hits).sum())
    if not denied or not paid:
        return float("nan")
    return float((rankdata(risk)[hits].sum() - denied * (denied + 1) / 2) / (denied * paid))


def average_precision(risk: Floats, outcome: Floats) -> float:
    """Area under the precision-recall curve, as steps; NaN where nothing was denied."""
    hits = outcome > 0
    if not hits.any():
        return float("nan")
    order = np.argsort(-risk, kind="stable")
    last = np.append(np.diff(risk[order]) != 0, True)  # of several lines of one risk
    found = np.cumsum(hits[order])[last]
    precision = found / (np.flatnonzero(last) + 1)
    return float((np.diff(found, prepend=0) * precision).sum() / hits.sum())


def caught(order_by: Floats, dollars: Floats, share: float) -> float:
    """Share of all denied dollars on the top `share` of claims.

    order_by: what the list is ranked by. dollars: denied, or expected to be, on each claim.
    """
    top = np.argsort(-order_by, kind="stable")[: max(1, round(share * len(order_by)))]
    total = float(dollars.sum())
    return float(dollars[top].sum()) / total if total else float("nan")


def precision_at(order_by: Floats, outcome: Floats, share: float) -> float:
    """Share of denied among the top `share`."""
    top = np.argsort(-order_by, kind="stable")[: max(1, round(share * len(order_by)))]
    return float(outcome[top].mean())


@dataclass(frozen=True)
class Interval:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def bootstrap(
    figure: Callable[[NDArray[np.int64]], float],
    groups: NDArray[np.int64],
    times: int = 200,
    seed: int = 1,
) -> Interval:
    """A figure with its percentile interval, whole groups (claims, clients) drawn again.

    figure: of row numbers. groups: of each row; rows of one group are not independent.
    """
    numbers, place = np.unique(groups, return_inverse=True)
    order = np.argsort(place, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(place))])
    draw = np.random.default_rng(seed)
    values = []
    for _ in range(times):
        drawn = draw.integers(0, len(numbers), len(numbers))
        values.append(figure(_rows_of(drawn, order, bounds)))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Interval(figure(np.arange(len(groups))), float(low), float(high))


def resampled(
    figures: Callable[..., Floats],
    levels: Sequence[NDArray[np.int64]],
    times: int = 200,
    seed: int = 1,
) -> list[Interval]:
    """Many figures with their percentile intervals, whole groups drawn again once for all of them.

    figures: of row numbers, one array a level (lines, claims). levels: the group of each row, by
    level; a group drawn twice counts twice on every level. NaN figures count as not drawn.
    """
    groups = np.unique(np.concatenate(levels))
    indexes = []
    for level in levels:
        place = np.searchsorted(groups, level)
        bounds = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=len(groups)))])
        indexes.append((np.argsort(place, kind="stable"), bounds))
    draw = np.random.default_rng(seed)
    values = []
    for _ in range(times):
        drawn = draw.integers(0, len(groups), len(groups))
        values.append(figures(*(_rows_of(drawn, *index) for index in indexes)))
    whole = figures(*(np.arange(len(level)) for level in levels))
    found = []
    for value, column in zip(whole, np.array(values).T, strict=True):
        there = column[np.isfinite(column)]
        low, high = np.percentile(there, [2.5, 97.5]) if len(there) else (np.nan, np.nan)
        found.append(Interval(float(value), float(low), float(high)))
    return found


def _rows_of(
    drawn: NDArray[np.int64], order: NDArray[np.int64], bounds: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The rows of the groups drawn, as often as they were drawn."""
    lengths = bounds[drawn + 1] - bounds[drawn]
    starts = np.repeat(bounds[drawn] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return np.asarray(order[starts + np.arange(int(lengths.sum()))])
