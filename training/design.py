"""Rows and weights as the additive fit takes them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
FILLED = 8
"""Single-precision numbers that one register of the processor holds."""


@dataclass
class Design:
    """The rows as the fit takes them: a wide dense block and words.

    Rows of one payer stand together, so that what it makes otherwise of a number costs nothing
    beside the number's own weight: each payer's rows are multiplied by the sum of the two.
    """

    dense: Singles
    """Put in another order, payer by payer, while this is made."""
    varying: Rows
    """Columns of `dense` that have weights by payer."""
    payers: dict[str, Rows]
    words: sparse.csr_matrix

    def __post_init__(self) -> None:
        rest = np.ones(len(self.dense), dtype=bool)
        for rows in self.payers.values():
            rest[rows] = False
        parts = [*self.payers.values(), np.flatnonzero(rest)]
        self.order = np.concatenate(parts)
        ends = np.cumsum([len(rows) for rows in parts])
        self.blocks = [
            slice(int(end) - len(rows), int(end)) for rows, end in zip(parts, ends, strict=True)
        ]
        self.dense = self.dense[self.order]
        self.turned = self.words.T

    def forward(self, weights: "Weights") -> Floats:
        """(rows, reasons): log odds against being paid."""
        total = self.words @ weights.words + weights.intercept
        width = total.shape[1]
        # Products of a width that fills the processor's registers are half again as fast.
        common = np.zeros((len(weights.numbers), -(-width // FILLED) * FILLED), dtype=np.float32)
        common[:, :width] = weights.numbers
        for part, block in zip(self._by_payer(weights.by_payer), self.blocks, strict=True):
            own = common
            if part is not None:
                own = common.copy()
                own[self.varying, :width] += part.astype(np.float32)
            total[self.order[block]] += (self.dense[block] @ own)[:, :width]
        return np.asarray(total)

    def backward(self, slope: Floats) -> "Weights":
        """Slopes of all weights from those of the rows' log odds."""
        numbers, by_payer = self._turned(slope, lambda block: block)
        return Weights(slope.sum(axis=0), numbers, by_payer, np.asarray(self.turned @ slope))

    def curvature(self, information: Floats) -> Floats:
        """How sharply the rows bend the loss along each weight, as one vector.

        information: (rows, columns) along each row's sums.
        """
        numbers, by_payer = self._turned(information, np.square)
        return Weights(
            information.sum(axis=0), numbers, by_payer, np.asarray(self.turned @ information)
        ).flat()

    def _turned(self, slope: Floats, taken: Callable[[Singles], Singles]) -> tuple[Floats, Floats]:
        """Sums over rows of numbers, as `taken`, times slopes: of all rows, and of each payer's."""
        numbers = np.zeros((self.dense.shape[1], slope.shape[1]))
        by_payer = np.zeros((len(self.payers), len(self.varying), slope.shape[1]))
        single = np.ascontiguousarray(slope.astype(np.float32)[self.order].T)
        for part, block in zip(self._by_payer(by_payer), self.blocks, strict=True):
            found = (single[:, block] @ taken(self.dense[block])).T.astype(np.float64)
            numbers += found
            if part is not None:
                part[:] = found[self.varying]
        return numbers, by_payer

    def _by_payer(self, parts: Floats) -> list[Floats | None]:
        """What belongs to each block: a payer's part, and none for the rows of no payer."""
        return [*parts, None]


@dataclass
class Weights:
    """All that is fitted, by kind."""

    intercept: Floats
    numbers: Floats
    by_payer: Floats
    words: Floats

    def flat(self) -> Floats:
        """As one vector."""
        return np.concatenate(
            [self.intercept, self.numbers.ravel(), self.by_payer.ravel(), self.words.ravel()]
        )

    def like(self, flat: Floats) -> "Weights":
        """Another vector as weights of the same shapes."""
        parts, at = [], 0
        for one in (self.intercept, self.numbers, self.by_payer, self.words):
            parts.append(flat[at : at + one.size].reshape(one.shape))
            at += one.size
        return Weights(*parts)
