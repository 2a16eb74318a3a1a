"""Live performance: what was said of claims before they were sent, beside what came of them.

A score speaks of a claim as it stood. Where a biller fixed the claim afterwards, the payer judged
something else, and that it was paid does not show the score to have been wrong. So every scored
claim that was sent falls into one of three groups:

* as scored: the very content that was scored was sent, and nothing else of that claim was scored
  before. Score and outcome speak of the same thing.
* fixed and scored again: what was sent was scored, and earlier another content was. The last
  score speaks of what the payer judged and counts like the first group's; the first score is told
  beside it, as what the fix was worth.
* fixed, not scored again: no score speaks of what was sent. Left out of every figure of quality.

Fixes are made where the risk is high, so what is judged as scored has fewer high risks than what
was scored. The second estimate weights each line back: by how many of the lines of its tenth of
first risks were judged at all. Training is not touched by any of this: it learns from claims as
they were sent, with the outcome of what was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.metrics import auc, calibration_error, log_loss

Columns = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float64]
AS_SCORED, AGAIN, UNSEEN = 0, 1, 2
FEWEST = 50
"""Judged lines below which no figure of quality is given."""
STRATA = 10


@dataclass(frozen=True)
class Scored:
    """A row a sent line that anything was said of: the first and the last score before sending."""

    key: NDArray[np.int64]
    """As `Store.read_lines`."""
    group: NDArray[np.int64]
    """AS_SCORED, AGAIN or UNSEEN."""
    first: Floats
    """The risk first given to the claim's line of that number."""
    last: Floats
    """The risk given to what was sent; NaN for UNSEEN."""
    as_of: NDArray[np.datetime64]
    """Day of the last score, else of the first."""
    version: NDArray[np.object_]


def scored(scores: Columns, lines: Columns) -> Scored:
    """Scores by sent line.

    scores: `Store.read_scores`. lines: `Store.read_lines` with digest, claim_id, line and
    known_on. Of several submissions of a claim the first that was sent on or after its first
    score counts.
    """
    given: dict[tuple[str, int], list[int]] = {}
    usable = (scores["line"] > 0) & ~np.isnan(scores["risk"])
    for row in np.flatnonzero(usable).tolist():
        given.setdefault((scores["claim_id"][row], int(scores["line"][row])), []).append(row)
    taken: set[tuple[str, int]] = set()
    rows: list[tuple[int, int, float, float, Any, str]] = []
    for place in np.argsort(lines["known_on"], kind="stable").tolist():
        name = (lines["claim_id"][place], int(lines["line"][place]))
        said = given.get(name)
        if said is None or name in taken:
            continue
        said = [row for row in said if scores["as_of"][row] <= lines["known_on"][place]] or [
            row for row in said if scores["submission_digest"][row] == lines["digest"][place]
        ]
        if not said:
            continue
        taken.add(name)
        digest = lines["digest"][place]
        same = [row for row in said if scores["submission_digest"][row] == digest]
        other = any(scores["submission_digest"][row] != digest for row in said)
        group = UNSEEN if not same else AGAIN if other else AS_SCORED
        row = same[-1] if same else said[0]
        rows.append(
            (
                int(lines["key"][place]),
                group,
                float(scores["risk"][said[0]]),
                float(scores["risk"][same[-1]]) if same else float("nan"),
                scores["as_of"][row],
                str(scores["model_version"][row]),
            )
        )
    rows.sort(key=lambda row: row[0])
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    return Scored(
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=np.int64),
        np.array(columns[2], dtype=float),
        np.array(columns[3], dtype=float),
        np.array(columns[4], dtype="datetime64[D]"),
        np.array(columns[5], dtype=object),
    )


def performance(found: Scored, key: NDArray[np.int64], denied: NDArray[np.bool_]) -> dict[str, Any]:
    """How the scores fared, and what became of claims that were acted on.

    key, denied: of every line with an answer.
    """
    outcome = dict(zip(key.tolist(), denied.tolist(), strict=True))
    answer = np.array([outcome.get(int(one), -1) for one in found.key], dtype=np.int64)
    judged = (answer >= 0) & (found.group != UNSEEN)
    document: dict[str, Any] = {
        "scored_lines": len(found.key),
        "answered": int((answer >= 0).sum()),
        "as_scored": int((found.group == AS_SCORED).sum()),
        "fixed_and_scored_again": int((found.group == AGAIN).sum()),
        "fixed_not_scored_again": int((found.group == UNSEEN).sum()),
        "judged": int(judged.sum()),
    }
    if judged.sum() >= FEWEST and 0 < answer[judged].sum() < judged.sum():
        risk, truth = found.last[judged], answer[judged].astype(float)
        document |= {
            "mean_risk": float(risk.mean()),
            "denied": float(truth.mean()),
            "log_loss": log_loss(risk, truth),
            "log_loss_of_the_rate": log_loss(np.full(len(truth), truth.mean()), truth),
            "roc_auc": auc(risk, truth),
            "calibration_error": calibration_error(risk, truth),
        }
        weight = _weights(found.first, judged)
        clipped = np.clip(risk, 1e-6, 1 - 1e-6)
        loss = -(truth * np.log(clipped) + (1 - truth) * np.log1p(-clipped))
        document["log_loss_weighted_back"] = float((weight * loss).sum() / weight.sum())
    acted = (found.group == AGAIN) & (answer >= 0)
    if acted.any():
        document["acted_on"] = {
            "lines": int(acted.sum()),
            "risk_before": float(found.first[acted].mean()),
            "risk_after": float(found.last[acted].mean()),
            "denied": float(answer[acted].mean()),
        }
    return document


def _weights(first: Floats, judged: NDArray[np.bool_]) -> Floats:
    """For each judged line: scored lines of its tenth of first risks over the judged ones."""
    edges = np.quantile(first, np.linspace(0, 1, STRATA + 1)[1:-1])
    tenth = np.searchsorted(edges, first, side="right")
    all_of = np.bincount(tenth, minlength=STRATA)
    judged_of = np.bincount(tenth[judged], minlength=STRATA)
    return np.asarray((all_of / np.maximum(judged_of, 1))[tenth[judged]])
