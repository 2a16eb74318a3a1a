"""The figures of an evaluation, each with the interval that chance alone would leave.

Where the true probability is known, log loss, Brier score, calibration and dollars are expected
ones, against it; areas under curves and precision are of what payers answered. Intervals come
from drawing whole clients again: the lines of one client are not independent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.denial import REASONS
from training.evaluate import BASE, BEST, INFORMED, OURS, Judged
from training.metrics import (
    Interval,
    auc,
    average_precision,
    brier,
    calibration_error,
    caught,
    log_loss,
    precision_at,
    resampled,
)

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
SHARES = (0.05, 0.1, 0.2)
TIMES = 200
LEAST_GROUP = 100
"""Lines below which a group has no figures of its own."""
LARGE_GROUP = 2_000
"""Lines of a payer from which its calibration is held to an aim."""


@dataclass(frozen=True)
class Scoreboard:
    """Everything that an evaluation found, ready to be written."""

    methods: Mapping[str, Mapping[str, Interval]]
    """Figures by method."""
    against_best: Mapping[str, Interval]
    """What needs more than one method; empty where no truth is known."""
    months: tuple[Mapping[str, Any], ...]
    groups: tuple[Mapping[str, Any], ...]
    calibration: Mapping[str, tuple[Mapping[str, float], ...]]
    """Points of the curve, for lines and for claims."""
    dollars: Mapping[str, tuple[float, ...]]
    """Share of denied dollars caught by share of claims looked at, in steps of 1 in 50."""


def figures(judged: Judged, lines: Rows, claims: Rows) -> dict[str, dict[str, float]]:
    """Every figure of every method on some of the lines and claims."""
    target, outcome = judged.target[lines], judged.outcome[lines]
    claim_target, claim_outcome = judged.claim_target[claims], judged.claim_outcome[claims]
    dollars = judged.claim_dollars[claims]
    found: dict[str, dict[str, float]] = {}
    for name, risks in judged.risks.items():
        risk, claim_risk = risks[lines], judged.claim_risks[name][claims]
        order = judged.order[name][claims]
        own = {
            "log_loss": log_loss(risk, target),
            "brier": brier(risk, target),
            "calibration_error": calibration_error(risk, target),
            "roc_auc": auc(risk, outcome),
            "average_precision": average_precision(risk, outcome),
            "claim_log_loss": log_loss(claim_risk, claim_target),
            "claim_calibration_error": calibration_error(claim_risk, claim_target),
        }
        for share in SHARES:
            own[f"dollars_caught_{share:.0%}"] = caught(order, dollars, share)
            own[f"precision_{share:.0%}"] = precision_at(claim_risk, claim_outcome, share)
        found[name] = own
    return found


def against_best(judged: Judged, lines: Rows, claims: Rows) -> dict[str, float]:
    """How far we get from the base rate to the best attainable, in loss, dollars and reasons."""
    truth = judged.truth
    if truth is None:
        return {}
    found: dict[str, float] = {}
    target = truth.probability[lines]
    loss = {name: log_loss(risk[lines], target) for name, risk in judged.risks.items()}
    for name in judged.risks:
        if name not in (BASE, BEST):
            found[f"gap_closed {name}"] = _way(loss[BASE], loss[name], loss[BEST])
    if INFORMED in loss:
        found["part_of_informed_gain"] = _way(loss[BASE], loss[OURS], loss[INFORMED])
    dollars = judged.claim_dollars[claims]
    for share in SHARES:
        top = {n: caught(judged.order[n][claims], dollars, share) for n in (BASE, OURS, BEST)}
        found[f"dollars_way_{share:.0%}"] = _way(top[BASE], top[OURS], top[BEST])
    found |= _reasons(judged.reasons[lines], truth.reasons[lines])
    risk = judged.risks[OURS][lines]
    top_rows = np.argsort(-risk, kind="stable")[: max(1, len(risk) // 10)]
    found["calibration_error_top_decile"] = calibration_error(risk[top_rows], target[top_rows], 5)
    return found


def _way(start: float, here: float, end: float) -> float:
    """Part of the way from `start` to `end`."""
    return (here - start) / (end - start) if end != start else float("nan")


def _reasons(ours: Floats, true: Floats) -> dict[str, float]:
    """Expected hits of our likeliest named reason, by those of the truth's own likeliest.

    The second leaves the commonest reason out on both sides: lines of it are not counted.
    """
    named = len(REASONS) - 1
    own, best = ours[:, :named].argmax(axis=1), true[:, :named].argmax(axis=1)
    rows = np.arange(len(true))
    commonest = int(true[:, :named].sum(axis=0).argmax())
    hits, most = true[rows, own], true[rows, best]
    other, most_other = hits[own != commonest], most[best != commonest]
    return {
        "reason_hits": float(hits.sum() / most.sum()),
        "reason_hits_without_commonest": float(other.sum() / most_other.sum())
        if most_other.sum()
        else float("nan"),
    }


def scoreboard(
    judged: Judged, client: Rows, groups: Mapping[str, NDArray[np.object_]], times: int = TIMES
) -> Scoreboard:
    """Every figure with its interval, and by month and group.

    client: a number for who was treated on each line. groups: words of each line by kind of
    group, such as payer.
    """
    names = [(method, key) for method, own in _all(judged).items() for key in own]

    def everything(lines: Rows, claims: Rows) -> Floats:
        found = figures(judged, lines, claims)
        beyond = against_best(judged, lines, claims)
        return np.array([*(found[m][k] for m, k in names), *beyond.values()])

    beyond = list(against_best(judged, *_whole(judged)))
    intervals = resampled(everything, [client, client[judged.first]], times)
    methods: dict[str, dict[str, Interval]] = {}
    for (method, key), interval in zip(names, intervals, strict=False):
        methods.setdefault(method, {})[key] = interval
    return Scoreboard(
        methods=methods,
        against_best=dict(zip(beyond, intervals[len(names) :], strict=True)),
        months=tuple(_months(judged)),
        groups=tuple(_groups(judged, groups)),
        calibration={
            "lines": tuple(_curve(judged.risks[OURS], judged.target)),
            "claims": tuple(_curve(judged.claim_risks[OURS], judged.claim_target)),
        },
        dollars={
            name: tuple(caught(order, judged.claim_dollars, step / 50) for step in range(1, 51))
            for name, order in judged.order.items()
        },
    )


def _whole(judged: Judged) -> tuple[Rows, Rows]:
    return np.arange(len(judged.rows)), np.arange(len(judged.first))


def _all(judged: Judged) -> dict[str, dict[str, float]]:
    return figures(judged, *_whole(judged))


def _months(judged: Judged) -> list[dict[str, Any]]:
    """Log loss of each method by month judged."""
    found = []
    for month in np.unique(judged.month):
        rows = np.flatnonzero(judged.month == month)
        found.append(
            {
                "from": date.fromordinal(int(month)).isoformat(),
                "lines": len(rows),
                "fitted_on": judged.fitted_on[int(month)],
                "log_loss": {
                    name: log_loss(risk[rows], judged.target[rows])
                    for name, risk in judged.risks.items()
                },
            }
        )
    return found


def _groups(judged: Judged, groups: Mapping[str, NDArray[np.object_]]) -> list[dict[str, Any]]:
    """Our figures within each group of some size, the base rate's and the best attainable's beside.

    Lines of payers and providers that are new to us, and of changes that nobody could yet know,
    are groups too, however few they are.
    """
    chosen: list[tuple[str, str, Rows]] = []
    for kind, words in groups.items():
        for word in sorted(set(words)):
            rows = np.flatnonzero(words == word)
            if len(rows) >= LEAST_GROUP:
                chosen.append((kind, str(word), rows))
    chosen += [("new to us", name, np.flatnonzero(new)) for name, new in judged.new.items()]
    if judged.truth is not None:
        unannounced = judged.truth.unannounced
        chosen.append(("change", "unannounced", np.flatnonzero(unannounced)))
        chosen.append(("change", "known, or none", np.flatnonzero(~unannounced)))
    return [_group(judged, kind, word, rows) for kind, word, rows in chosen]


def _group(judged: Judged, kind: str, word: str, rows: Rows) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": kind, "group": word, "lines": len(rows)}
    if not len(rows):
        return found
    risk, target, outcome = judged.risks[OURS][rows], judged.target[rows], judged.outcome[rows]
    found |= {
        "denied": float(outcome.mean()),
        "calibration_error": calibration_error(risk, target),
        "roc_auc": auc(risk, outcome),
        "average_precision": average_precision(risk, outcome),
        "brier": brier(risk, target),
        "log_loss": {
            name: log_loss(other[rows], target)
            for name, other in judged.risks.items()
            if name in (OURS, BASE, INFORMED, BEST)
        },
    }
    within = np.zeros(len(judged.rows), dtype=bool)
    within[rows] = True
    stake, lost = (
        judged.per_claim(np.where(within, values, 0.0))
        for values in (judged.risks[OURS] * judged.dollars, judged.target * judged.dollars)
    )
    there = np.flatnonzero(judged.per_claim(within.astype(float)))
    for share in SHARES:
        found[f"dollars_caught_{share:.0%}"] = caught(stake[there], lost[there], share)
        found[f"precision_{share:.0%}"] = precision_at(risk, outcome, share)
    return found


def _curve(risk: Floats, target: Floats, bins: int = 10) -> list[dict[str, float]]:
    """Mean risk and mean target over equally filled bins."""
    parts = np.array_split(np.argsort(risk, kind="stable"), min(bins, len(risk)))
    return [
        {
            "risk": float(risk[part].mean()),
            "target": float(target[part].mean()),
            "count": float(len(part)),
        }
        for part in parts
    ]
