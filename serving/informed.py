"""The informed learner beside ours, on a synthetic practice: the price of finite data.

It knows the world's own functional form and fits its hidden values on what was settled, so what it
lacks against the truth is data alone. The practice is replayed from its truth folder, which costs
about as much as writing it did.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from claims.problem import ClaimwrightError
from training.evaluate import Peer
from training.truth import Key, Truth

AGREES = 1e-6
"""Difference in probability above which a replay is not the practice that was written."""


def informed_learner(folder: Path, keys: Sequence[Key], truth: Truth) -> Peer:
    """What the informed learner says of the lines with these keys, fitted as of any day.

    folder: `truth/` of what `claimwright synth` wrote. truth: of the same lines.
    Raises ClaimwrightError where the replay is another practice than the one that was written.
    """
    from data.synthetic.hidden import Hidden
    from data.synthetic.informed import fit
    from data.synthetic.replay import judge_again, order_of, replay
    from data.synthetic.truth import Chances

    order = order_of(folder.parent)
    claims = replay(order)
    true = Hidden(order.world, order.seed)

    def by_key(chances: Sequence[Chances]) -> dict[Key, float]:
        return {
            (one.case.claim_id, line.line, one.case.submitted.isoformat()): risk
            for one, found in zip(claims, chances, strict=True)
            for line, risk in zip(one.case.lines, found.totals, strict=True)
        }

    def of_lines(found: dict[Key, float]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.array([found.get(key, np.nan) for key in keys])

    off = np.abs(of_lines(by_key([one.best for one in claims])) - truth.probability)
    if not np.nanmax(off, initial=0.0) < AGREES:
        raise ClaimwrightError(
            f"{folder}: was written by another release of the synthetic practice, so the informed "
            "learner cannot be replayed; leave it out with --no-informed"
        )

    def peer(day: date) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        fitted = fit(true, claims, day)
        return of_lines(by_key(list(judge_again(claims, fitted, order.world.start))))

    return peer
