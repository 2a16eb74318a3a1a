"""Chance by counter: every draw is a function of the seed and of what it is drawn for.

Nothing depends on the order in which people, weeks or claims are worked through, so a practice
is the same to the byte whatever the number of processes.
"""

import math
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate
from statistics import NormalDist
from struct import Struct
from typing import TypeVar

T = TypeVar("T")

WORDS = Struct("<8Q")
SCALE = 2.0**-53
NORMAL = NormalDist()


class Draws:
    """A stream of draws belonging to one thing, such as ("session", client, day).

    >>> Draws(1, "session", 7).random() == Draws(1, "session", 7).random()
    True
    """

    __slots__ = ("block", "counter", "hash")

    def __init__(self, seed: int, *what: object) -> None:
        self.hash = blake2b("\x1f".join(map(str, (seed, *what))).encode(), digest_size=64)
        self.block: list[float] = []
        self.counter = 0

    def _more(self) -> None:
        block = self.hash.copy()
        block.update(self.counter.to_bytes(8, "little"))
        self.counter += 1
        self.block = [(word >> 11) * SCALE for word in WORDS.unpack(block.digest())]

    def random(self) -> float:
        """Uniform in [0, 1)."""
        if not self.block:
            self._more()
        return self.block.pop()

    def chance(self, probability: float) -> bool:
        """True with `probability`."""
        if not self.block:
            self._more()
        return self.block.pop() < probability

    def below(self, count: int) -> int:
        """A whole number from 0 up to, and without, `count`."""
        return int(self.random() * count)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def normal(self, mean: float = 0.0, deviation: float = 1.0) -> float:
        """From the normal distribution."""
        return mean + deviation * NORMAL.inv_cdf(min(max(self.random(), 1e-12), 1 - 1e-12))

    def one_of(self, values: Sequence[T]) -> T:
        """One of `values`, all alike."""
        return values[self.below(len(values))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """A key of `weights`, in proportion to its weight; at least one must be above zero."""
        mark = self.random() * sum(weights.values())
        for value, weight in weights.items():
            mark -= weight
            if mark < 0 and weight > 0:
                return value
        return next(value for value in reversed(list(weights)) if weights[value] > 0)

    def position(self, weights: Sequence[float]) -> int:
        """An index of `weights`, in proportion to the weight there."""
        sums = list(accumulate(weights))
        mark = self.random() * sums[-1]
        return next((i for i, top in enumerate(sums) if mark < top), len(sums) - 1)

    def geometric(self, mean: float) -> int:
        """0, 1, 2, …, with the given mean."""
        if mean <= 0:
            return 0
        return int(math.log1p(-self.random()) / math.log(mean / (1 + mean)))


def logistic(x: float) -> float:
    """The probability whose log odds are `x`.

    >>> logistic(0.0)
    0.5
    """
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    odds = math.exp(x)
    return odds / (1 + odds)


def logit(probability: float) -> float:
    """The log odds of `probability`, which lies strictly between 0 and 1."""
    return math.log(probability / (1 - probability))
