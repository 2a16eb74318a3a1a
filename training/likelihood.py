"""How likely what payers answered is, given the sums of the additive part."""

import numpy as np
from numpy.typing import NDArray

from features.lines import CATEGORIES, UNNAMED
from models.additive import BEHIND_REVIEW, behind_review, summed
from models.denial import expit

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


class Likelihood:
    """Of some rows' answers, and of how long they took; made ready for many looks."""

    def __init__(self, reason: Rows, weight: Floats, vague: Floats, looked_at: Floats) -> None:
        """reason: of each row, -1 paid, else as `models.denial.REASONS`. weight: of each row; 0
        leaves it out. vague: (rows, reasons) share of each reason's denials that the row's payer
        leaves unnamed. looked_at: as `training.waiting.looked_at`."""
        self.weight = weight
        self.denied = np.flatnonzero(reason >= 0)
        self.unnamed = np.flatnonzero(reason[self.denied] == UNNAMED)
        self.named = np.flatnonzero(reason[self.denied] != UNNAMED)
        self.reason = reason[self.denied[self.named]]
        self.silent = np.log(vague[self.denied[self.unnamed]])
        self.waited = np.flatnonzero((reason < 0) & (looked_at != 0.0) & (weight > 0.0))
        self.likelier = np.exp(looked_at[self.waited])

    def usual(self) -> Floats:
        """(reasons): log odds of each against being paid, were all rows alike."""
        rows = self.denied[self.named]
        share = np.bincount(self.reason, self.weight[rows], minlength=len(CATEGORIES)) + 0.1
        return np.asarray(np.log(share / self.weight.sum()))

    def loss(self, sums: Floats) -> tuple[float, Floats]:
        """Negative log likelihood, and how it rises with each of the sums.

        sums: (rows, columns).
        """
        weight = self.weight
        odds, rising = behind_review(sums)
        most = np.maximum(odds.max(axis=1), 0.0)
        raised = np.exp(odds - most[:, None])
        total = raised.sum(axis=1) + np.exp(-most)
        fine = float(weight @ (most + np.log(total)))
        slope = raised / total[:, None]
        named = self.denied[self.named]
        behind = np.zeros((len(self.denied), len(CATEGORIES)))
        behind[self.named, self.reason] = 1.0
        fine -= float(weight[named] @ odds[named, self.reason])
        if len(self.unnamed):
            # The reason of an unnamed denial is one of the others, each as likely as left so.
            rows = self.denied[self.unnamed]
            hidden = odds[rows] + self.silent
            whole = summed(hidden)
            behind[self.unnamed] = np.exp(hidden - whole[:, None])
            fine -= float(weight[rows] @ whole)
        slope[self.denied] -= behind
        slope *= weight[:, None]
        looked = slope[:, BEHIND_REVIEW] * rising[1]
        slope[:, BEHIND_REVIEW] *= rising[0]
        if len(self.waited):
            more, lifts = of_waits(sums[self.waited], self.likelier)
            own = weight[self.waited]
            fine -= float(own @ more)
            looked[self.waited] -= own * lifts[0]
            slope[self.waited, BEHIND_REVIEW] -= own * lifts[1]
        return fine, np.column_stack([slope, looked])


def of_waits(sums: Floats, likelier: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    """Log likelihood of the waits of lines that were not denied for what a look finds, and by how
    much it rises with the sum of review and with that of the reason behind it.

    likelier: how many times as likely each wait is after a look.
    """
    looked, found = expit(sums[:, -1]), expit(sums[:, BEHIND_REVIEW])
    passed = 1.0 - looked + looked * (1.0 - found) * likelier
    spared = 1.0 - looked * found
    by_look = ((1.0 - found) * likelier - 1.0) / passed + found / spared
    by_finding = looked / spared - looked * likelier / passed
    rising = (by_look * looked * (1 - looked), by_finding * found * (1 - found))
    return np.log(passed) - np.log(spared), rising
