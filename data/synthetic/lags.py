"""When a payer answers: days by what the answer will be, and how likely silence is until then."""

from bisect import bisect_left
from datetime import date, timedelta
from functools import lru_cache
from math import log
from statistics import NormalDist
from typing import NamedTuple

from data.synthetic.draw import Draws
from data.synthetic.world_payers import Lag, PayerWorld

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


def taken_before(lag: Lag, cycle: tuple[int, ...], submitted: date, morning: date) -> float:
    """The chance that an answer with this lag has come before the morning of a day."""
    last = morning - timedelta(days=1)
    while last.weekday() not in cycle:
        last -= timedelta(days=1)
    days = (last - submitted).days
    if days < 0:
        return 0.0
    return distribution(lag)[min(days, lag.longest)]


class Quiet(NamedTuple):
    """The chance that a claim is still without any word, by what will become of it."""

    paid: float
    denied: float
    """Without review."""
    quick: float
    reviewed: float


class Silence:
    """How long one payer is silent; `unanswered` claims are silent for ever."""

    def __init__(self, payer: PayerWorld) -> None:
        self.payer = payer
        self._known: dict[tuple[date, date], Quiet] = {}

    def until(self, submitted: date, day: date) -> Quiet:
        """On the morning of a day, of a claim sent on another."""
        quiet = self._known.get((submitted, day))
        if quiet is None:
            quiet = self._known[submitted, day] = self._quiet(submitted, day)
        return quiet

    def _quiet(self, submitted: date, day: date) -> Quiet:
        of, lags = self.payer, self.payer.lags

        def said(lag: Lag) -> float:
            return taken_before(lag, of.cycle, submitted, day)

        noticed = (1 - of.pend_notice) * said(lags.review) + of.pend_notice * said(lags.pend)
        return Quiet(
            *(
                of.unanswered + (1 - of.unanswered) * (1 - word)
                for word in (said(lags.paid), said(lags.denied), said(lags.quick), noticed)
            )
        )
