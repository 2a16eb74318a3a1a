"""Hidden chains of a member's coverage: run forward for what happens, filtered for what is known.

A week is one step. The chain of coverage (in force, lapsed, another payer believed to come first)
and that of visits to other providers are independent until remittances say something about both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data.synthetic.draw import Draws
from data.synthetic.hidden import Rates
from data.synthetic.lags import Silence
from data.synthetic.odds import State

Vector = NDArray[np.float64]


@lru_cache(maxsize=256)
def states(levels: int) -> tuple[State, ...]:
    """Every hidden state, in the order of the vectors below."""
    return tuple(State(coverage, level) for coverage in range(3) for level in range(levels))


@lru_cache(maxsize=256)
def steps(rates: Rates, levels: int) -> tuple[Vector, Vector]:
    """Transition matrices of an ordinary week and of the first week of a year (row: from)."""
    coverage = np.array(
        [
            [1 - rates.lapse - rates.other, rates.lapse, rates.other],
            [rates.restored, 1 - rates.restored, 0.0],
            [rates.other_ends, 0.0, 1 - rates.other_ends],
        ]
    )
    up = np.eye(levels)
    reset = np.zeros((levels, levels))
    reset[:, 0] = 1.0
    for level in range(levels - 1):
        up[level, level], up[level, level + 1] = 1 - rates.elsewhere, rates.elsewhere
    return np.kron(coverage, up), np.kron(coverage, reset)


def new_year(start: date, week: int) -> bool:
    """Whether a week is the first whose Monday lies in its year."""
    monday = start + timedelta(weeks=week)
    return monday.year != (monday - timedelta(days=7)).year


class Chain:
    """What really happens to one member: the state of each week, from the outcome seed."""

    def __init__(
        self, draws_of: tuple[object, ...], rates: Rates, levels: int, first: int, level: int,
        start: date,
    ) -> None:  # fmt: skip
        self.what = draws_of
        self.rates, self.levels, self.start = rates, levels, start
        self.first = first
        self.path = [State(0, level)]

    def at(self, week: int) -> State:
        """The state in a week, not before the first."""
        while len(self.path) <= week - self.first:
            now = self.first + len(self.path)
            seed, *rest = self.what
            draws = Draws(int(str(seed)), *rest, now)
            last, rates, mark = self.path[-1], self.rates, draws.random()
            coverage = last.coverage
            if coverage == 0:
                coverage = 1 if mark < rates.lapse else 2 if mark < rates.lapse + rates.other else 0
            elif mark < (rates.restored if coverage == 1 else rates.other_ends):
                coverage = 0
            level = last.elsewhere
            if new_year(self.start, now):
                level = 0
            elif level < self.levels - 1 and draws.random() < rates.elsewhere:
                level += 1
            self.path.append(State(coverage, level))
        return self.path[week - self.first]


@dataclass(slots=True)
class Seen:
    """What a claim can tell of the hidden state in its week."""

    week: int
    submitted: date
    stopped: Mapping[str, Vector]
    """By cause of the claim: chance, by hidden state, that it is the first to stop it."""
    passed: Vector
    """Chance, by hidden state, that none does."""
    stopped_quickly: Vector
    """The part of `stopped` that is answered quickly."""
    silence_quick: Silence
    silence_stopped: Silence
    silence_passed: Silence
    known_on: date | None
    """The day on which the first word of it came, if ever."""
    cause: str | None
    """What that word was: the cause that stopped it, None where it passed."""

    def likelihood(self, day: date) -> Vector | None:
        """Of what is held on the morning of `day`, by hidden state; None where it says nothing."""
        if self.known_on is not None and self.known_on < day:
            return self.passed if self.cause is None else self.stopped[self.cause]
        if self.submitted >= day:
            return None
        slowly = 1.0 - self.passed - self.stopped_quickly
        return np.asarray(
            self.stopped_quickly * self.silence_quick.until(day)
            + slowly * self.silence_stopped.until(day)
            + self.passed * self.silence_passed.until(day)
        )

    def final(self, day: date, longest: int) -> bool:
        """Whether nothing more can be learned from it."""
        if self.known_on is not None and self.known_on < day:
            return True
        return (day - self.submitted).days > longest


class Filter:
    """The exact posterior of a member's hidden state, given the remittances received."""

    def __init__(
        self, rates: Rates, levels: int, first: int, level: int, start: date, longest: int
    ) -> None:
        self.step, self.reset = steps(rates, levels)
        self.start, self.first, self.longest = start, first, longest
        self.prior = np.zeros(3 * levels)
        self.prior[level] = 1.0
        self.seen: dict[int, list[Seen]] = {}
        self.fixed = (first, self.prior)
        """A week, and the state's distribution before that week's claims, settled for good."""

    def add(self, seen: Seen) -> None:
        """Takes note of a claim that was sent."""
        self.seen.setdefault(seen.week, []).append(seen)
        if seen.week < self.fixed[0]:
            self.fixed = (self.first, self.prior)

    def _emission(self, week: int, day: date) -> tuple[Vector | None, bool]:
        found: Vector | None = None
        final = True
        for one in self.seen.get(week, ()):
            likelihood = one.likelihood(day)
            final &= one.final(day, self.longest)
            if likelihood is not None:
                found = likelihood if found is None else found * likelihood
        return found, final

    def posterior(self, week: int, day: date) -> Vector:
        """Of the state in `week`, on the morning of `day`."""
        if week < self.fixed[0]:
            self.fixed = (self.first, self.prior)
        now, alpha = self.fixed
        settled = True
        while True:
            emission, final = self._emission(now, day)
            settled &= final and now < week
            if emission is not None:
                alpha = alpha * emission
                alpha = alpha / alpha.sum()
            if now == week:
                break
            now += 1
            alpha = alpha @ (self.reset if new_year(self.start, now) else self.step)
            if settled:
                self.fixed = (now, alpha)
        last = max(self.seen, default=week)
        if last > week:
            alpha = alpha * self._after(week, last, day)
            alpha = alpha / alpha.sum()
        return alpha

    def _after(self, week: int, last: int, day: date) -> Vector:
        beta = np.ones_like(self.prior)
        for now in range(last, week, -1):
            emission, _ = self._emission(now, day)
            if emission is not None:
                beta = beta * emission
            beta = (self.reset if new_year(self.start, now) else self.step) @ beta
            beta = beta / beta.max()
        return beta
