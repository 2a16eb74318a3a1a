"""What the wait for an answer tells of whether the payer looked at the record.

A payer who asks for records answers late. Few claims that were looked at are denied, so denials
alone say little of who is looked at; the waits of the paid ones say it of all. How long a look
takes is learned from denials for documentation, before which there always was one, and what other
answers take from the rest of the paid ones. Where denials for documentation come as fast as
payments, nothing is concluded.
"""

import numpy as np
from numpy.typing import NDArray

from models.additive import BEHIND_REVIEW

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

USUAL_STRENGTH = 20.0
"""Answers of a payer that the usual wait of all payers counts for."""
PARTS = 8
"""Equally filled parts into which the waits of paid and of looked-at lines are cut each."""
FEWEST = 10
"""Denials for documentation without which nothing is concluded."""
STRENGTH = 20.0
"""Looked-at lines that waits of all paid ones count for."""
MOST_LOOKED_AT = 0.6
"""Share of the paid lines that can have been looked at."""
SAFE = 0.9
"""Part of the largest share that the waits allow which is taken for looked at."""
FULL = 0.04
"""Share of the looked-at lines from which a part of the waits bounds that share."""
SURELY = 4.0
"""Standard deviations by which looked-at lines must have waited otherwise than paid ones do by
chance."""
SURE = 4.0
"""Log likelihood ratio at which it is cut."""


def looked_at(payer: Rows, wait: Floats, reason: Rows) -> Floats:
    """Log likelihood ratio of each line's wait, a look at the record against none; 0 for denials.

    payer: a number for each line's payer. wait: days from sending to the answer. reason: -1 paid,
    else as `models.denial.REASONS`.
    """
    ratio = np.zeros(len(wait))
    paid, looked = reason < 0, reason == BEHIND_REVIEW
    if looked.sum() < FEWEST or paid.sum() < FEWEST:
        return ratio
    relative = np.log1p(np.maximum(wait, 0.0)) - np.log1p(_usual(payer, wait, paid))
    cuts = np.linspace(0.0, 1.0, PARTS + 1)[1:-1]
    edges = np.unique([np.quantile(relative[paid], cuts), np.quantile(relative[looked], cuts)])
    part = np.searchsorted(edges, relative)
    parts = len(edges) + 1
    every = np.bincount(part[paid], minlength=parts) / paid.sum()
    counts = np.bincount(part[looked], minlength=parts)
    by_chance = looked.sum() * every
    apart = float(((counts - by_chance) ** 2 / np.maximum(by_chance, 1.0)).sum())
    if apart < parts + SURELY * np.sqrt(2.0 * parts):
        return ratio
    after = counts + STRENGTH * every
    after /= after.sum()
    full = after > FULL
    share = min(MOST_LOOKED_AT, SAFE * float((every[full] / after[full]).min()))
    without = np.maximum((every - share * after) / (1.0 - share), 1e-4)
    told = np.log(np.maximum(after, 1e-4)) - np.log(without)
    ratio[paid] = np.clip(told, -SURE, SURE)[part[paid]]
    return ratio


def _usual(payer: Rows, wait: Floats, paid: NDArray[np.bool_]) -> Floats:
    """The usual wait for each line's payer, drawn towards that of all."""
    everyone = float(np.median(wait[paid]))
    usual = np.full(int(payer.max()) + 1, everyone)
    for one in np.unique(payer[paid]):
        own = wait[paid & (payer == one)]
        weight = len(own) / (len(own) + USUAL_STRENGTH)
        usual[one] = weight * np.median(own) + (1.0 - weight) * everyone
    return usual[payer]
