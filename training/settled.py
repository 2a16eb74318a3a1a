"""Which lines have settled, and what a young answered line stands for.

Payers answer denials later than payments, so the newest weeks look cleaner than they are. The lag
of each payer, by outcome, is learned from its older weeks; a line that was answered while others
of its age and outcome were still waiting counts for these too (inverse probability of having been
answered), and weeks too young for that are left out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.lines import NEVER, Answers, Lines

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MATURE = 120
"""Days after which nearly every answer that will ever come has come: published lags end by 60."""
FEWEST = 60
"""Answers below which a payer's lag is taken from all payers."""
COMMON = 0.05
"""Share of the denials from which a reason's lag decides whether a line is too young."""
PAID, NONE = -2, -3
"""In the place of a denial's category: paid, and not answered."""
LEAST_SEEN = 0.25
"""Below this chance of having been answered by now, a line says too little to be counted."""


@dataclass(frozen=True)
class Settled:
    """Rows to learn from."""

    rows: Ints
    weight: Floats
    """For each of `rows`: 1 or more."""
    excluded: dict[str, int]
    """How many lines were left out, by reason."""


def answered_by(lag: Ints, pools: Sequence[NDArray[np.bool_]], age: Ints, fewest: int) -> Floats:
    """Share answered by each age, in the first pool that has `fewest` answers (else the last);
    all where that has none.

    lag: days to each line's answer. pools: the lines of each, the nearest first.
    """
    pool = next((one for one in pools if one.sum() >= fewest), pools[-1])
    known = np.sort(lag[pool])
    if not len(known):
        return np.ones(len(age))
    return np.asarray(np.searchsorted(known, age, side="right") / len(known))


def settled(lines: Lines, answers: Answers, as_of: int) -> Settled:
    """Lines whose first final adjudication was known before `as_of`, and their weights.

    answers: as far as they were known then (`Answers.before`).
    """
    age = as_of - lines.submitted
    answered = (answers.denied >= 0) & (answers.known < NEVER)
    lag = np.where(answered, answers.known - lines.submitted, -1)
    old = answered & (age >= MATURE)
    if old.sum() < FEWEST:
        old = answered
    payers = np.array(lines.payer, dtype=object)
    of_payer = [payers == payer for payer in sorted(set(lines.payer))]
    outcome = np.where(answers.denied == 1, np.maximum(answers.category, -1), PAID)
    outcome = np.where(answers.denied < 0, NONE, outcome)
    seen = np.ones(len(lines))
    least = np.ones(len(lines))
    denied = max(int((old & (answers.denied == 1)).sum()), 1)
    for one in np.unique(outcome[old]):
        alike = old & (outcome == one)
        wider = old & ((outcome == PAID) == (one == PAID))
        common = one == PAID or alike.sum() >= COMMON * denied
        for own in of_payer:
            share = answered_by(lag, (alike & own, alike, wider), age[own], FEWEST)
            if common:
                least[own] = np.minimum(least[own], share)
            seen[own] = np.where(outcome[own] == one, share, seen[own])
    young = answered & (least < LEAST_SEEN)
    rows = np.flatnonzero(answered & ~young)
    none = (answers.known < NEVER) & (answers.denied < 0)
    excluded = Counter(
        {
            "no answer yet": int((answers.known >= NEVER).sum()),
            "answer says neither paid nor denied": int(none.sum()),
            "too young: most denials of its age are still out": int(young.sum()),
        }
    )
    return Settled(rows, 1.0 / np.maximum(seen[rows], LEAST_SEEN), dict(excluded))
