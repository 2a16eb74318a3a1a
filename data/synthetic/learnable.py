"""How much of a practice can be learned: base rate, informed learner, best attainable.

All are judged in expectation, against the true probabilities, so that no luck of outcomes is in
the figures.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from claims.problem import ClaimwrightError
from data.synthetic.hidden import Hidden
from data.synthetic.informed import fit
from data.synthetic.order import Order
from data.synthetic.replay import Judged, judge_again, order_of, replay

Floats = NDArray[np.float64]
SHRINK = 20.0
"""Lines' worth of the payer's, and of the overall rate, in a base rate by payer and code."""


class Step(NamedTuple):
    """One step of the ladder at one size of the past."""

    lines: int
    """Answered lines that were learned from."""
    base: float
    informed: float
    best: float
    """Expected log loss of each."""

    @property
    def part(self) -> float:
        """How far the informed learner gets from the base rate to the best attainable."""
        return (self.base - self.informed) / (self.base - self.best or float("nan"))


class Line(NamedTuple):
    """A line of the judged weeks, with what each learner says of it."""

    claim_id: str
    line: int
    submitted: date
    truth: float
    """The best attainable probability."""
    base: float
    """By the denial rate of payer and code."""
    informed: float


@dataclass(frozen=True, slots=True)
class Past:
    """A practice's claims in the order of submission, judged anew from its truth folder."""

    order: Order
    claims: list[Judged]

    @classmethod
    def read(cls, practice: Path) -> Self:
        """Raises ClaimwrightError where `practice` holds no truth of ours."""
        order = order_of(practice)
        return cls(order, replay(order))

    def cut(self, test: float = 0.25) -> date:
        """The day from which the last `test` part of the claims was sent."""
        return self.claims[
            min(len(self.claims) - 1, int((1 - test) * len(self.claims)))
        ].case.submitted

    def newest(self, as_of: date, lines: int | None) -> list[Judged]:
        """The newest claims sent and answered before a day, until they have so many lines."""
        kept, count = list[Judged](), 0
        for one in reversed(self.claims):
            answered = one.decision.answered
            if answered is None or answered >= as_of or one.case.submitted >= as_of:
                continue
            if lines is not None and count >= lines:
                break
            kept.append(one)
            count += len(one.case.lines)
        return kept


def informed(
    practice: Path | Past, lines: int | None = None, as_of: date | None = None
) -> list[Line]:
    """What the informed learner makes of each line sent on `as_of` or later.

    practice: the folder that `claimwright synth` wrote, with its truth; or a Past read from it,
    where several sizes are asked for. lines: so many answered lines to learn from, the newest
    before `as_of`; all where absent. as_of: absent, the day from which the last quarter was sent.
    Raises ClaimwrightError where there is no truth, or nothing was answered before `as_of`.
    """
    past = practice if isinstance(practice, Past) else Past.read(practice)
    day = past.cut() if as_of is None else as_of
    kept = past.newest(day, lines)
    if not kept:
        raise ClaimwrightError(f"nothing was answered before {day}; name a later day")
    rates = base_rates(kept, day)
    fitted = fit(Hidden(past.order.world, past.order.seed), kept, day)
    found = []
    for one, best in zip(
        past.claims, judge_again(past.claims, fitted, past.order.world.start), strict=True
    ):
        if one.case.submitted >= day:
            payer = one.case.payer
            for line, truth, risk in zip(one.case.lines, one.best.totals, best.totals, strict=True):
                base = rates.get((payer, line.code), rates.get((payer,), rates[()]))
                found.append(
                    Line(one.case.claim_id, line.line, one.case.submitted, truth, base, risk)
                )
    return found


def expected_loss(truth: Floats, risk: Floats) -> float:
    """Log loss in expectation, under the true probabilities."""
    risk = np.clip(risk, 1e-9, 1 - 1e-9)
    return float(np.mean(-truth * np.log(risk) - (1 - truth) * np.log(1 - risk)))


def base_rates(claims: Sequence[Judged], until: date) -> dict[tuple[object, ...], float]:
    """Denial rates by payer and code, shrunk to the payer's and that to the overall rate."""
    seen: dict[tuple[object, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in claims:
        if one.decision.answered is None or one.decision.answered >= until:
            continue
        for line, decided in zip(one.case.lines, one.decision.lines, strict=True):
            for key in ((), (one.case.payer,), (one.case.payer, line.code)):
                seen[key][0] += decided.cause is not None
                seen[key][1] += 1
    overall = seen[()][0] / max(1.0, seen[()][1])
    rates: dict[tuple[object, ...], float] = {(): overall}
    for both in sorted(seen, key=len):
        if both:
            above = rates[both[:-1]]
            rates[both] = (seen[both][0] + SHRINK * above) / (seen[both][1] + SHRINK)
    return rates


def informed_steps(past: Past, sizes: Sequence[int]) -> Iterator[Step]:
    """The base rate, the informed learner and the best attainable, at several sizes of the past.

    sizes: answered lines to learn from, the newest before the last quarter of the claims; ends
    at the first that the practice has not.
    """
    day = past.cut()
    for size in sizes:
        count = sum(len(one.case.lines) for one in past.newest(day, size))
        if count < size:
            return
        lines = informed(past, size, day)
        truth, base, risk = (
            np.array([getattr(one, name) for one in lines])
            for name in ("truth", "base", "informed")
        )
        yield Step(
            count,
            expected_loss(truth, base),
            expected_loss(truth, risk),
            expected_loss(truth, truth),
        )
