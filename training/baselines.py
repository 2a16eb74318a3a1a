"""What a model has to beat: rates, edits, and two well-known learners on the same table."""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from features.lines import Lines
from features.table import Table
from models.denial import logit

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


def base_rate(lines: Lines, denied: NDArray[np.int8], fit: Rows, ask: Rows) -> Floats:
    """Denial rate by payer and code on the `fit` rows, shrunk to the payer's and to all."""
    overall = float(denied[fit].mean()) if len(fit) else 0.08
    strength = 20.0
    by_payer: dict[str, list[float]] = {}
    by_both: dict[tuple[str, str], list[float]] = {}
    for row in fit:
        payer = lines.payer[row]
        for total in (
            by_payer.setdefault(payer, [0.0, 0.0]),
            by_both.setdefault((payer, lines.procedure[row]), [0.0, 0.0]),
        ):
            total[0] += denied[row]
            total[1] += 1
    risk = np.empty(len(ask))
    for place, row in enumerate(ask):
        found, seen = by_payer.get(lines.payer[row], [0.0, 0.0])
        rate = (found + strength * overall) / (seen + strength)
        found, seen = by_both.get((lines.payer[row], lines.procedure[row]), [0.0, 0.0])
        risk[place] = (found + strength * rate) / (seen + strength)
    return risk


def edits_alone(table: Table, denied: NDArray[np.int8], fit: Rows, ask: Rows) -> Floats:
    """Logistic regression on what the edits found, and nothing else."""
    chosen = [
        place for place, name in enumerate(table.names)
        if name.startswith(("edit.", "findings."))
    ]  # fmt: skip
    inputs = np.nan_to_num(table.numbers[:, chosen])
    model = LogisticRegression(C=1.0, max_iter=500).fit(inputs[fit], denied[fit])
    return np.asarray(model.predict_proba(inputs[ask])[:, 1])


def logistic(table: Table, denied: NDArray[np.int8], fit: Rows, ask: Rows) -> Floats:
    """Logistic regression on every number of the table; rates enter as log odds."""
    inputs = np.array(table.numbers, dtype=float)
    for place, name in enumerate(table.names):
        if ".denied_" in name:
            inputs[:, place] = logit(inputs[:, place])
    inputs = np.column_stack([np.nan_to_num(inputs), np.isnan(table.numbers[:, ::7])])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
    model.fit(inputs[fit], denied[fit])
    return np.asarray(model.predict_proba(inputs[ask])[:, 1])


def histogram_boosting(
    table: Table, denied: NDArray[np.int8], fit: Rows, ask: Rows, seed: int = 1
) -> Floats:
    """scikit-learn's gradient boosting with its own early stopping, on the same numbers."""
    model = HistGradientBoostingClassifier(
        learning_rate=0.06, max_leaf_nodes=31, l2_regularization=5.0, early_stopping=True,
        random_state=seed,
    )  # fmt: skip
    # It cannot bin a column of which the fitted rows know nothing.
    known = np.isfinite(table.numbers[fit]).any(axis=0)
    model.fit(table.numbers[fit][:, known], denied[fit])
    return np.asarray(model.predict_proba(table.numbers[ask][:, known])[:, 1])
