"""When a payer answers: days by what the answer will be, and how likely silence is until then."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import log
from statistics import NormalDist

from data.synthetic.draw import Draws
from data.synthetic.world import Lag, PayerWorld

NORMAL = NormalDist()


@lru_cache(maxsize=1024)
def distribution(lag: Lag) -> tuple[float, ...]:
    """The chance that it takes at most 0, 1, 2, … days."""
    middle = log(lag.median)
    sums = []
    for days in range(lag.longest + 1):
        if days < lag.shortest:
            sums.append(0.0)
        elif days == lag.longest:
            sums.append(1.0)
        else:
            sums.append(NORMAL.cdf((log(days + 0.5) - middle) / lag.spread))
    return tuple(sums)


def days_taken(lag: Lag, draws: Draws) -> int:
    """A draw of the days taken."""
    return bisect_left(distribution(lag), draws.random() + 1e-15)


@lru_cache(maxsize=200_000)
def pay_day(day: date, cycle: tuple[int, ...]) -> date:
    """The first day on which the payer pays, from `day` on."""
    while day.weekday() not in cycle:
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=200_000)
def taken_before(lag: Lag, cycle: tuple[int, ...], submitted: date, morning: date) -> float:
    """The chance that an answer with this lag has come before the morning of a day."""
    last = morning - timedelta(days=1)
    while last.weekday() not in cycle:
        last -= timedelta(days=1)
    days = (last - submitted).days
    if days < 0:
        return 0.0
    return distribution(lag)[min(days, lag.longest)]


@dataclass(slots=True, frozen=True)
class Silence:
    """The chance that a claim is still without any word on the morning of a day."""

    payer: PayerWorld
    submitted: date
    paid: float = 0.0
    denied: float = 0.0
    """Without review."""
    reviewed: float = 0.0
    quick: float = 0.0

    def until(self, day: date) -> float:
        """Weighed over what may become of it; `unanswered` claims are silent for ever."""
        of, lags = self.payer, self.payer.lags
        quiet = 0.0
        if self.reviewed:
            final = taken_before(lags.review, of.cycle, self.submitted, day)
            notice = taken_before(lags.pend, of.cycle, self.submitted, day)
            said = (1 - of.pend_notice) * final + of.pend_notice * notice
            quiet += self.reviewed * (1 - said)
        if self.paid:
            quiet += self.paid * (1 - taken_before(lags.paid, of.cycle, self.submitted, day))
        if self.denied:
            quiet += self.denied * (1 - taken_before(lags.denied, of.cycle, self.submitted, day))
        if self.quick:
            quiet += self.quick * (1 - taken_before(lags.quick, of.cycle, self.submitted, day))
        return of.unanswered + (1 - of.unanswered) * quiet
