"""Hidden chains of a member's coverage: run forward for what happens, filtered for what is known.

A week is one step. The chain of coverage (in force, lapsed, another payer believed to come first)
and that of visits to other providers are independent until remittances say something about both.
"""

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


@lru_cache(maxsize=4096)
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
    told: Vector
    """Chance, by hidden state, of what the first word of it will be: the cause that stops it, or
    that none does."""
    passed: Vector
    """Chance, by hidden state, that no cause of the claim stops it."""
    quickly: Vector
    """That one does which is answered quickly."""
    slowly: Vector
    """That another one does."""
    paid: float
    """Where none stops it: that it is paid, denied or reviewed, these with the sum of 1."""
    denied: float
    reviewed: float
    silence: Silence
    known_on: date | None
    """The day on which the first word of it came, if ever."""

    def likelihood(self, day: date) -> Vector | None:
        """Of what is held on the morning of `day`, by hidden state; None where it says nothing."""
        if self.known_on is not None and self.known_on < day:
            return self.told
        if self.submitted >= day:
            return None
        quiet = self.silence.until(self.submitted, day)
        passed = (
            self.paid * quiet.paid + self.denied * quiet.denied + self.reviewed * quiet.reviewed
        )
        return np.asarray(
            self.quickly * quiet.quick + self.slowly * quiet.denied + self.passed * passed
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
        self.latest = first
        """The last week of which a claim was seen."""
        self.fixed = (first, self.prior)
        """A week, and the state's distribution before that week's claims, settled for good."""

    def add(self, seen: Seen) -> None:
        """Takes note of a claim that was sent."""
        self.seen.setdefault(seen.week, []).append(seen)
        self.latest = max(self.latest, seen.week)
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
        if self.latest > week:
            alpha = alpha * self._after(week, self.latest, day)
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
