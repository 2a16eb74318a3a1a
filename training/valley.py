"""The valley in whose lowest point the additive part's weights lie, as the search walks it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from training.design import Design, Weights

Floats = NDArray[np.float64]
SAMPLE = 4_000
"""Rows that tell how numbers go together."""


class Valley:
    """Units in which the loss is about as steep in all directions, so that the search is short.

    Many numbers say nearly the same, so of them all pairs are looked at, in a sample of rows and
    for each column of the weights; of all other weights each by itself. Whatever the units, the
    lowest point is the same.
    """

    def __init__(self, steep: Floats, roots: Sequence[Floats], numbers: slice) -> None:
        """steep: of each weight by itself. roots: of the numbers, by column (Cholesky, upper).
        numbers: where they stand in a vector of all weights."""
        self.steep = steep
        self.roots = roots
        self.numbers = numbers

    @classmethod
    def of(cls, design: Design, unit: Weights, information: Floats) -> "Valley":
        """Seen from some weights.

        unit: the spread of each weight. information: (rows, columns) how sharply each row bends
        the loss along its sums there.
        """
        steep = np.sqrt(1.0 + design.curvature(information) * unit.flat() ** 2)
        rows = len(information)
        sample = np.random.default_rng(0).choice(rows, min(rows, SAMPLE), replace=False)
        numbers = design.dense[sample].astype(np.float64)
        share = information[design.order[sample]] * (rows / len(sample))
        roots = []
        for column in range(share.shape[1]):
            seen = numbers * np.sqrt(share[:, column])[:, None] * unit.numbers[:, column]
            bends = seen.T @ seen
            bends[np.diag_indices(len(bends))] += 1.0
            roots.append(np.asarray(np.linalg.cholesky(bends).T, dtype=np.float64))
        first = unit.intercept.size
        return cls(steep, roots, slice(first, first + unit.numbers.size))

    def into(self, place: Floats) -> Floats:
        """Weights less their middle, in units of their spreads, at a place of the search."""
        return self._solved(place / self.steep, place, "N")

    def out(self, weights: Floats) -> Floats:
        """The place of such weights."""
        place = weights * self.steep
        part = weights[self.numbers].reshape(-1, len(self.roots))
        place[self.numbers] = np.column_stack(
            [root @ part[:, column] for column, root in enumerate(self.roots)]
        ).ravel()
        return place

    def back(self, slope: Floats) -> Floats:
        """The slope along the search's own directions, from that along the weights."""
        return self._solved(slope / self.steep, slope, "T")

    def _solved(self, found: Floats, given: Floats, turned: str) -> Floats:
        part = given[self.numbers].reshape(-1, len(self.roots))
        found[self.numbers] = np.column_stack(
            [
                solve_triangular(root, part[:, column], trans=turned, check_finite=False)
                for column, root in enumerate(self.roots)
            ]
        ).ravel()
        return found
