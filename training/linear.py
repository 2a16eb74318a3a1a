"""Fits the additive part of denial risk: ridge logistic regression on words and numbers."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from features.table import Table
from models.linear import BY_PAYER, CROSSES, LinearStage, Scaling, words

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

RAREST = 15
"""Lines that a word must occur on to have a weight."""
MOST_PAYERS = 40
CROSS_SCALE = 0.7
"""Words enter at less than one, so that the ridge holds their weights closer to nothing."""
PAYER_SCALE = 0.5


def scaling_of(table: Table, rows: Rows) -> Scaling:
    """Fill, ends, mean and scale of every number column, from some rows."""
    chosen = np.asarray(table.numbers[rows], dtype=float)
    known = np.isfinite(chosen)
    counts = known.any(axis=0)
    chosen[:, ~counts] = 0.0
    fill = np.nanmedian(chosen, axis=0)
    low, high = np.nanpercentile(chosen, [0.5, 99.5], axis=0)
    values = np.clip(np.where(np.isfinite(chosen), chosen, fill), low, high)
    scale = values.std(axis=0)
    return Scaling(
        table.names, fill, low, high, values.mean(axis=0), np.where(scale > 1e-9, scale, 1.0)
    )


def fit_linear(
    table: Table, denied: NDArray[np.int8], rows: Rows, weight: Floats, strength: float = 0.01
) -> LinearStage:
    """The additive stage fitted on some rows.

    weight: of each of `rows`. strength: inverse ridge (scikit-learn's C).
    """
    scaling = scaling_of(table, rows)
    scaled = scaling.apply(table)[rows]
    live = scaled.std(axis=0) > 1e-9
    blocks: list[sparse.csr_matrix] = [sparse.csr_matrix(scaled[:, live])]
    payers = np.array(table.words["payer"], dtype=object)[rows]
    names, counts = np.unique(payers, return_counts=True)
    own = [name for _, name in sorted(zip(-counts, names, strict=True))][:MOST_PAYERS]
    varying = np.array([name.startswith(BY_PAYER) for name in scaling.names] * 2) & live
    for payer in own:
        mask = (payers == payer).astype(float) * PAYER_SCALE
        blocks.append(sparse.csr_matrix(scaled[:, varying] * mask[:, None]))
    vocabulary: list[tuple[tuple[str, ...], list[str]]] = []
    for cross in CROSSES:
        column = words(table, cross)
        chosen = [column[row] for row in rows]
        found: dict[str, int] = {}
        for word in chosen:
            found[word] = found.get(word, 0) + 1
        kept = sorted(word for word, count in found.items() if count >= RAREST)
        at = {word: place for place, word in enumerate(kept)}
        places = np.array([at.get(word, -1) for word in chosen])
        there = np.flatnonzero(places >= 0)
        blocks.append(
            sparse.csr_matrix(
                (np.full(len(there), CROSS_SCALE), (there, places[there])),
                shape=(len(rows), len(kept)),
            )
        )
        vocabulary.append((cross, kept))
    model = LogisticRegression(C=strength, max_iter=300, tol=1e-4)
    model.fit(sparse.hstack(blocks, format="csr"), denied[rows], sample_weight=weight)
    weights = model.coef_[0]
    numbers = np.zeros(len(live))
    numbers[live] = weights[: live.sum()]
    at_weight = int(live.sum())
    by_payer = {}
    for payer in own:
        row = np.zeros(len(live))
        row[varying] = weights[at_weight : at_weight + varying.sum()] * PAYER_SCALE
        by_payer[str(payer)] = row
        at_weight += int(varying.sum())
    crosses = {}
    for cross, kept in vocabulary:
        part = weights[at_weight : at_weight + len(kept)] * CROSS_SCALE
        crosses[cross] = {word: float(w) for word, w in zip(kept, part, strict=True)}
        at_weight += len(kept)
    return LinearStage(float(model.intercept_[0]), scaling, numbers, by_payer, crosses)
