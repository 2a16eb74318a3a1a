"""The informed learner beside ours, on a synthetic practice: the price of finite data.

It knows the world's own functional form and fits its hidden values on what was settled, so what it
lacks against the truth is data alone. The practice is replayed from its truth folder, which costs
about as much as writing it did.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from claims.problem import ClaimwrightError
from training.evaluate import Peer
from training.truth import Key, Truth

AGREES = 1e-6
"""Difference in probability above which a replay is not the practice that was written."""


def informed_learner(
    folder: Path, keys: Sequence[Key], truth: Truth, most: int | None = None
) -> Peer:
    """What the informed learner says of the lines with these keys, fitted as of any day.

    folder: `truth/` of what `claimwright synth` wrote. truth: of the same lines. most: answered
    lines that it learns from, the newest; all where None.
    The function that it gives raises ClaimwrightError where the replay is another practice than
    the one that was written.
    """
    from data.synthetic.learnable import Past, informed

    past = Past.read(folder.parent)

    def peer(day: date) -> NDArray[np.float64]:
        said = {
            (one.claim_id, one.line, one.submitted.isoformat()): one
            for one in informed(past, most, day)
        }
        risk, off = np.full(len(keys), np.nan), 0.0
        for row, key in enumerate(keys):
            one = said.get(key)
            if one is not None:
                risk[row] = one.informed
                off = max(off, abs(one.truth - float(truth.probability[row])))
        if off > AGREES or not np.isfinite(risk).any():
            raise ClaimwrightError(
                f"{folder}: was written by another release of the synthetic practice, so the "
                "informed learner cannot be replayed; leave it out with --no-informed"
            )
        return risk

    return peer
