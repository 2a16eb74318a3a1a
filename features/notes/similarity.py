"""Cloned text: near-duplicates of earlier notes, found by signatures that hold no text."""

import re
from collections.abc import Iterable
from copy import copy
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datasketch import MinHash  # type: ignore[import-untyped]

PERMUTATIONS = 64
"""Standard error of the estimated likeness: 1/8 at worst, 0.04 near a likeness of 0.9."""
SHINGLE = 3
"""Words in a row that make one item of the set."""
LEAST_WORDS = 12
"""Shorter texts look alike by nature."""
CLONE = 0.8
"""Likeness from which a note is called cloned."""

_WORD = re.compile(r"[^\W\d_]+|\d+")


@cache
def _blank() -> "MinHash":
    from datasketch import MinHash

    return MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=crc32)


def signature_of(low: str) -> tuple[int, ...]:
    """MinHash of the text's runs of three words, numbers left out; empty for short texts.

    Dates and scores are what a copier changes, so they do not count.
    """
    words = [w for w in _WORD.findall(low) if not w.isdigit()]
    if len(words) < LEAST_WORDS:
        return ()
    shingles = {" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
    # A plain copy of the object and of what changes in it: its own copy() draws all anew.
    sketch = copy(_blank())
    sketch.hashvalues = sketch.hashvalues.copy()
    sketch.update_batch([s.encode() for s in shingles])
    return tuple(int(v) for v in sketch.hashvalues)


def likeness(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Estimated share of runs of words that two notes have in common; 0 where one is unknown."""
    if not one or len(one) != len(other):
        return 0.0
    first: NDArray[np.uint64] = np.asarray(one, dtype=np.uint64)
    return float(np.mean(first == np.asarray(other, dtype=np.uint64)))


def most_alike(
    signature: tuple[int, ...], earlier: Iterable[tuple[int, ...]]
) -> tuple[float, int | None]:
    """The greatest likeness to an earlier note, and that note's position; (0, None) for none."""
    best, position = 0.0, None
    for number, other in enumerate(earlier):
        value = likeness(signature, other)
        if value > best:
            best, position = value, number
    return best, position
