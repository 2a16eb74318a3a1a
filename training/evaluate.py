"""How good the denial model is: on months that it had not seen, beside what it has to beat.

Rolling origins: for each of the last months, everything is fitted on what was known on its first
day and judged on the lines sent in it. Where the truth of a synthetic practice is at hand, figures
are taken against the true probabilities, and the best attainable stands beside them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claims.problem import ClaimwrightError
from models.judge import EDITS
from training import baselines
from training.dataset import Dataset
from training.metrics import (
    Interval,
    auc,
    average_precision,
    bootstrap,
    brier,
    calibration_error,
    caught,
    log_loss,
    precision_at,
)
from training.settled import settled
from training.splits import by_time
from training.train import Settings, fit

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
MONTH = 30
SHARES = (0.05, 0.1, 0.2)
LEAST_FIT = 300


@dataclass(frozen=True)
class Judged:
    """Lines of the months judged, with every method's risk."""

    rows: Rows
    """Of the data set's table."""
    outcome: Floats
    risks: Mapping[str, Floats]
    truth: Floats | None
    """True probability of each line, on synthetic practices."""


def backtest(
    dataset: Dataset,
    months: int = 3,
    settings: Settings | None = None,
    probability: Floats | None = None,
    told: Callable[[str, int, int], None] = lambda *_: None,
) -> Judged:
    """Every method fitted at the start of each of the last months, and asked about that month.

    probability: true probability of each line of the table, where it is known.
    Raises ClaimwrightError where the data reach back too short a time.
    """
    settings = settings or Settings()
    lines = dataset.table.lines
    answered = dataset.settled.rows
    last = int(lines.submitted[answered].max()) + 1
    origins = [last - MONTH * back for back in range(months, 0, -1)]
    parts: list[tuple[Rows, dict[str, Floats]]] = []
    for number, origin in enumerate(origins):
        told("months", number, len(origins))
        asked = answered[
            (lines.submitted[answered] >= origin) & (lines.submitted[answered] < origin + MONTH)
        ]
        known = dataset.answers.before(origin)
        chosen = settled(lines, known, origin)
        rows = chosen.rows[lines.submitted[chosen.rows] < origin]
        if len(rows) < LEAST_FIT or not len(asked):
            continue
        weight = np.ones(len(dataset.table))
        weight[chosen.rows] = chosen.weight
        parts.append((asked, _risks(dataset, rows, asked, weight, settings)))
    told("months", len(origins), len(origins))
    if not parts:
        raise ClaimwrightError(
            f"fewer than {LEAST_FIT} lines had settled before the months asked for; ask for fewer"
        )
    rows = np.concatenate([asked for asked, _ in parts])
    risks = {name: np.concatenate([found[name] for _, found in parts]) for name in parts[0][1]}
    truth = probability[rows] if probability is not None else None
    if truth is not None:
        risks["best attainable"] = truth
    return Judged(rows, dataset.answers.denied[rows].astype(float), risks, truth)


def _risks(
    dataset: Dataset, rows: Rows, asked: Rows, weight: Floats, settings: Settings
) -> dict[str, Floats]:
    table, denied = dataset.table, dataset.answers.denied
    inner = by_time(table.lines.submitted[rows])
    split = type(inner)(rows[inner.fit], rows[inner.stop], rows[inner.calibrate])
    fitted = fit(table, denied, dataset.answers.category, split, EDITS, settings, weight=weight)
    return {
        "base rate": baselines.base_rate(table.lines, denied, rows, asked),
        "edits alone": baselines.edits_alone(table, denied, rows, asked),
        "logistic regression": baselines.logistic(table, denied, rows, asked),
        "histogram boosting": baselines.histogram_boosting(table, denied, rows, asked),
        "claimwright": fitted.model.risks(table).line[asked],
    }


def _on(
    figure: Callable[[Floats, Floats], float], one: Floats, other: Floats
) -> Callable[[Rows], float]:
    """The figure as a function of some of the rows."""
    return lambda rows: figure(one[rows], other[rows])


def figures(dataset: Dataset, judged: Judged) -> dict[str, dict[str, Interval]]:
    """Every figure of every method, with intervals over claims drawn again."""
    target = judged.outcome if judged.truth is None else judged.truth
    dollars = np.nan_to_num(dataset.table.allowed[judged.rows])
    claim = dataset.table.lines.claim[judged.rows]
    found: dict[str, dict[str, Interval]] = {}
    for name, risk in judged.risks.items():
        measures = {
            "log_loss": _on(log_loss, risk, target),
            "brier": _on(brier, risk, target),
            "calibration_error": _on(calibration_error, risk, target),
            "roc_auc": _on(auc, risk, judged.outcome),
            "average_precision": _on(average_precision, risk, judged.outcome),
        }
        for share in SHARES:
            measures[f"dollars_caught_{share:.0%}"] = _on(
                partial(caught, share=share), risk * dollars, target * dollars
            )
            measures[f"precision_{share:.0%}"] = _on(
                partial(precision_at, share=share), risk, judged.outcome
            )
        found[name] = {key: bootstrap(value, claim, 100) for key, value in measures.items()}
    return found


def gap_closed(judged: Judged) -> dict[str, float] | None:
    """Share of the way in log loss from the base rate to the best attainable, by method."""
    if judged.truth is None:
        return None
    base = log_loss(judged.risks["base rate"], judged.truth)
    best = log_loss(judged.truth, judged.truth)
    return {
        name: (base - log_loss(risk, judged.truth)) / (base - best)
        for name, risk in judged.risks.items()
    }


def by_group(dataset: Dataset, judged: Judged, least: int = 200) -> dict[str, dict[str, Any]]:
    """Log loss and calibration of our model within each payer and kind of service of some size."""
    target = judged.outcome if judged.truth is None else judged.truth
    ours, lines = judged.risks["claimwright"], dataset.table.lines
    found: dict[str, dict[str, Any]] = {}
    for kind, column in (("payer", lines.payer), ("kind of service", lines.family)):
        words = np.array([column[row] for row in judged.rows], dtype=object)
        for word in sorted(set(words)):
            rows = np.flatnonzero(words == word)
            if len(rows) >= least:
                found[f"{kind} {word}"] = {
                    "lines": len(rows),
                    "log_loss": log_loss(ours[rows], target[rows]),
                    "calibration_error": calibration_error(ours[rows], target[rows], 5),
                }
    return found


def probabilities(truth: Path, dataset: Dataset) -> Floats:
    """True probability of each line of the table, out of a synthetic practice's truth folder.

    NaN for a line that the truth does not name, such as one that was sent again.
    """
    import pyarrow.parquet as parquet

    names = ["claim_id", "line", "submitted", "probability"]
    table = parquet.read_table(truth / "lines.parquet", columns=names).to_pydict()
    known = {
        (claim, line, day): value
        for claim, line, day, value in zip(*(table[name] for name in names), strict=True)
    }
    days = [date.fromordinal(int(day)).isoformat() for day in dataset.table.lines.submitted]
    keys: Sequence[tuple[str, int, str]] = [
        (str(claim), int(line), day)
        for claim, line, day in zip(dataset.claims, dataset.numbers, days, strict=True)
    ]
    return np.array([known.get(key, np.nan) for key in keys])
