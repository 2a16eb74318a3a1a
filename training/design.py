"""Rows and weights as the additive fit takes them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


@dataclass
class Design:
    """The rows as the fit takes them: a wide dense block, slices of it by payer, and words."""

    dense: Singles
    varying: Rows
    """Columns of `dense` that have weights by payer."""
    payers: dict[str, Rows]
    words: sparse.csr_matrix
    slices: dict[str, Singles] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for payer, rows in self.payers.items():
            self.slices[payer] = np.ascontiguousarray(self.dense[np.ix_(rows, self.varying)])
        self.turned = self.words.T.tocsr()

    def forward(self, weights: "Weights") -> Floats:
        """(rows, reasons): log odds against being paid."""
        total = (self.dense @ weights.numbers.astype(np.float32)).astype(np.float64)
        for payer, part in zip(self.payers, weights.by_payer, strict=True):
            total[self.payers[payer]] += self.slices[payer] @ part.astype(np.float32)
        return np.asarray(total + self.words @ weights.words + weights.intercept)

    def backward(self, slope: Floats) -> "Weights":
        """Slopes of all weights from those of the rows' log odds."""
        single = slope.astype(np.float32)
        return Weights(
            slope.sum(axis=0),
            (self.dense.T @ single).astype(np.float64),
            np.array(
                [self.slices[payer].T @ single[rows] for payer, rows in self.payers.items()],
                dtype=np.float64,
            ).reshape(len(self.payers), len(self.varying), slope.shape[1]),
            np.asarray(self.turned @ slope),
        )

    def curvature(self, information: Floats) -> Floats:
        """How sharply the rows bend the loss along each weight, as one vector.

        information: (rows, columns) along each row's sums.
        """
        single = information.astype(np.float32)
        parts = [
            single.sum(axis=0, keepdims=True),
            (self.dense**2).T @ single,
            *((self.slices[payer] ** 2).T @ single[rows] for payer, rows in self.payers.items()),
            self.turned @ information,
        ]
        return np.concatenate([np.asarray(part).ravel() for part in parts])


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
