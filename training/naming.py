"""Weights by the names of what they belong to: combinations of words, and another stage's."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from features.table import Table
from models.additive import CROSSES, AdditiveStage, Scaling, words

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


def vocabulary(
    table: Table,
    rows: Rows,
    rarest: int,
    told: Mapping[tuple[str, ...], Mapping[str, int]],
) -> tuple[dict[tuple[str, ...], dict[str, int]], list[list[int]]]:
    """The combinations that have a weight, and each row's place among them, cross by cross.

    told: combinations that have one though the rows may not have them.
    """
    crosses: dict[tuple[str, ...], dict[str, int]] = {}
    incidences = []
    start = 0
    for cross in CROSSES:
        column = words(table, cross)
        chosen = [column[row] for row in rows]
        found: dict[str, int] = {}
        for word in chosen:
            found[word] = found.get(word, 0) + 1
        common = {word for word, count in found.items() if count >= rarest}
        kept = sorted(common.union(told.get(cross, ())))
        at = {word: start + place for place, word in enumerate(kept)}
        start += len(kept)
        crosses[cross] = at
        incidences.append([at.get(word, -1) for word in chosen])
    return crosses, incidences


def numbers_of(centre: AdditiveStage, weights: Floats, scaling: Scaling) -> Floats:
    """(names and absent of `scaling`, columns): the centre's weights; nothing where it has none.

    weights: the centre's, of all or of one payer.
    """
    width = len(centre.scaling.names)
    at = {name: place for place, name in enumerate(centre.scaling.names)}
    gone = {name: width + place for place, name in enumerate(centre.scaling.absent)}
    rows = [at.get(name, -1) for name in scaling.names]
    rows += [gone.get(name, -1) for name in scaling.absent]
    return _picked(weights, rows)


def words_of(centre: AdditiveStage, crosses: Mapping[tuple[str, ...], Mapping[str, int]]) -> Floats:
    """(combinations, columns): the centre's weights of words; zero where it has none."""
    return _picked(
        centre.words,
        [
            centre.crosses.get(cross, {}).get(word, -1)
            for cross, known in crosses.items()
            for word in known
        ],
    )


def _picked(weights: Floats, rows: Sequence[int]) -> Floats:
    """Some rows of weights; zero where there is none (-1)."""
    places = np.array(rows, dtype=np.int64)
    found = np.zeros((len(places), weights.shape[1]))
    found[places >= 0] = weights[places[places >= 0]]
    return found
