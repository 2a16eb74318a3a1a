"""Trouble with a person's coverage that comes, stays for a while and goes: how likely it is there.

A member's coverage ends or another payer turns out to come first; every claim is then denied
until somebody settles it. Nobody tells the practice but the remittances. What they and the payer's
silence say is weighed as a chain of two states seen through the claims sent: one denial may be a
slip, two in a row hardly are; a payment says that all was well that day; and where such denials
come within ten days, three weeks of silence say nearly the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from claims.finding import Category
from features.grains import DAY_BITS, Index
from features.lines import CATEGORIES, NEVER, UNNAMED

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BEGINS, ENDS = 0.0003, 0.007
"""Chance a day that such a trouble begins, and that it ends again: some once in nine years, and
five months; assumed, since what a payer's members do is weighed by the model's own numbers."""
AT_FIRST = 0.005
"""Chance that it is there at a client's first claim."""
DENIED = 0.95
"""Chance that a claim sent in trouble is denied for it."""
SLIP = {"eligibility": 0.004, "coordination_of_benefits": 0.002}
"""Chance that a claim is denied for it without trouble."""
SAYS_NOTHING: tuple[Category, ...] = ("duplicate", "timely_filing", "provider")
"""Denials that say nothing of coverage: the claim is sent back before it is looked up."""
BEFORE, AFTER = 16, 4
"""Most claims before and after the asked one that are weighed."""
CALM = 2
"""Claims without trouble at which looking further back ends."""
LONGEST = 90
"""Days of silence told apart."""
USUAL_LAG = {True: (10.0, 0.4), False: (24.0, 0.5)}
"""Median days and spread (of logarithms) of a denial for trouble, and of any other answer, before
any is seen; assumed."""
LAG_STRENGTH = 20.0
"""Answers that it counts for."""
LEAST_SILENCE = 0.03
"""Below this share of answers still open, silence is no longer a matter of days: the claim is
lost, and says nothing more."""
DAY = (1 << DAY_BITS) - 1
CALM_SAYS, NOTHING, TROUBLE, SILENT = 0, 1, 2, 3


@dataclass(frozen=True)
class Claims:
    """The claims sent, in the order of client and day of service; one entry a claim and day."""

    at: Ints
    """client << DAY_BITS | day of service."""
    submitted: Ints
    known: Ints
    """Day of the first answer; NEVER without one."""
    category: Ints
    """Of the first answer's denial, -1 where nothing was denied."""

    @classmethod
    def of(cls, index: Index) -> "Claims":
        """Of every line sent."""
        lines, answers = index.lines, index.answers
        at = (index.keys.coded["client"] << DAY_BITS) | lines.service
        known = np.where(answers.denied >= 0, answers.known, NEVER)
        # The lines of a claim are answered together; a denial for coverage stands before others.
        personal = np.isin(answers.category, [CATEGORIES.index(name) for name in SLIP])
        order = np.lexsort((~personal, known, lines.claim, at))
        first = np.ones(len(order), dtype=bool)
        first[1:] = (np.diff(at[order]) != 0) | (np.diff(lines.claim[order]) != 0)
        chosen = order[first]
        return cls(
            at[chosen], lines.submitted[chosen], known[chosen],
            answers.category[chosen].astype(np.int64),
        )  # fmt: skip


class Trouble:
    """One kind of trouble over the claims of an index; frozen once built."""

    def __init__(self, claims: Claims, kind: Category) -> None:
        self.claims = claims
        self.slip = SLIP[kind]
        silent = [CATEGORIES.index(name) for name in SAYS_NOTHING] + [UNNAMED]
        self.says = np.full(len(claims.at), CALM_SAYS)
        self.says[np.isin(claims.category, silent)] = NOTHING
        self.says[claims.category == CATEGORIES.index(kind)] = TROUBLE
        self.quiet = {
            True: _Lags(claims, self.says == TROUBLE, *USUAL_LAG[True]),
            False: _Lags(claims, self.says != TROUBLE, *USUAL_LAG[False]),
        }

    def log_odds(self, client: Ints, service: Ints, as_of: Ints) -> Floats:
        """Of a denial for it, by what was known of the client on the morning of `as_of`.

        client: the index's number of each line's client, -1 for one never seen.
        """
        usual = BEGINS / (BEGINS + ENDS)
        key = (np.maximum(client, 0) << DAY_BITS) | service
        place = np.searchsorted(self.claims.at, key, side="right")
        days, says, first = self._walk(client, place - 1, -1, as_of, BEFORE)
        chance = np.where(first, AT_FIRST, usual)
        before = days[:, -1]
        for step in range(BEFORE - 1, -1, -1):
            there = days[:, step] >= 0
            gap = np.where(there & (before >= 0), days[:, step] - before, 0)
            chance = _later(chance, gap)
            odds = chance / (1 - chance) * np.exp(says[:, step])
            chance = np.where(there, odds / (1 + odds), chance)
            before = np.where(there, days[:, step], before)
        chance = _later(chance, np.where(before >= 0, service - before, 0))
        asked = np.flatnonzero((place < len(self.claims.at)) & (client >= 0))
        if len(asked):
            odds = chance[asked] / (1 - chance[asked])
            odds *= np.exp(self._after(client[asked], service[asked], as_of[asked], place[asked]))
            chance[asked] = odds / (1 + odds)
        denied = DENIED * chance + self.slip * (1 - chance)
        return np.asarray(np.log(denied) - np.log1p(-denied))

    def _after(self, client: Ints, service: Ints, as_of: Ints, place: Ints) -> Floats:
        """What is told of later services by what is known of them: log odds to add."""
        days, says, _ = self._walk(client, place, 1, as_of, AFTER)
        well, ill = np.ones(len(client)), np.ones(len(client))
        for step in range(AFTER - 1, -1, -1):
            there = days[:, step] >= 0
            ill = np.where(there, ill * np.exp(says[:, step]), ill)
            nearer = days[:, step - 1] if step else service
            gap = np.where(there, days[:, step] - nearer, 0)
            comes, stays = _later(np.zeros(len(gap)), gap), _later(np.ones(len(gap)), gap)
            well, ill = (1 - comes) * well + comes * ill, (1 - stays) * well + stays * ill
        return np.asarray(np.log(ill) - np.log(well))

    def _walk(
        self, client: Ints, place: Ints, step: int, as_of: Ints, most: int
    ) -> tuple[Ints, Floats, NDArray[np.bool_]]:
        """Days of the nearest claims sent before `as_of`, -1 past the last; what each says, as a
        log likelihood ratio; and whether the client's first claim was reached.

        What was sent later is passed over one by one, so that it changes nothing.
        """
        claims = self.claims
        days = np.full((len(client), most), -1, dtype=np.int64)
        says = np.zeros((len(client), most))
        count, calm = np.zeros(len(client), dtype=np.int64), np.zeros(len(client), dtype=np.int64)
        ended = np.full(len(client), not len(claims.at))
        rows = np.flatnonzero(~ended)
        place = place[rows]
        while len(rows):
            there = (place >= 0) & (place < len(claims.at)) & (client[rows] >= 0)
            there &= (claims.at[np.clip(place, 0, len(claims.at) - 1)] >> DAY_BITS) == client[rows]
            ended[rows[~there]] = True
            rows, place = rows[there], place[there]
            sent = claims.submitted[place] < as_of[rows]
            seen, at = rows[sent], place[sent]
            answered = claims.known[at] < as_of[seen]
            told = np.where(answered, self.says[at], SILENT)
            days[seen, count[seen]] = claims.at[at] & DAY
            says[seen, count[seen]] = self._ratio(told, claims.submitted[at], as_of[seen])
            count[seen] += 1
            calm[seen] += told == CALM_SAYS
            on = (count[rows] < most) & (calm[rows] < CALM)
            rows, place = rows[on], place[on] + step
        return days, says, ended

    def _ratio(self, told: Ints, submitted: Ints, as_of: Ints) -> Floats:
        """Log likelihood ratio, trouble against none, of what is known of claims."""
        ratio = np.zeros(len(told))
        ratio[told == TROUBLE] = np.log(DENIED / self.slip)
        ratio[told == CALM_SAYS] = np.log((1 - DENIED) / (1 - self.slip))
        rows = np.flatnonzero(told == SILENT)
        if len(rows):
            age = np.minimum(as_of[rows] - submitted[rows], LONGEST)
            troubled = self.quiet[True].open(age, as_of[rows])
            other = np.maximum(self.quiet[False].open(age, as_of[rows]), LEAST_SILENCE)
            mixed = DENIED * troubled + (1 - DENIED) * other
            ratio[rows] = np.minimum(np.log(np.maximum(mixed, LEAST_SILENCE * other) / other), 0.0)
        return ratio


class _Lags:
    """How long answers of one kind take, as it was known on any day."""

    def __init__(
        self, claims: Claims, chosen: NDArray[np.bool_], median: float, spread: float
    ) -> None:
        chosen = chosen & (claims.known < NEVER)
        lag = np.clip(claims.known[chosen] - claims.submitted[chosen], 0, LONGEST)
        self.days, place = np.unique(claims.known[chosen], return_inverse=True)
        counts = np.zeros((len(self.days) + 1, LONGEST + 1))
        np.add.at(counts, (place + 1, lag), 1.0)
        self.counts = counts.cumsum(axis=0)
        """Answers of each lag known by each of `days`, none first."""
        self.total = self.counts.sum(axis=1)
        self.over = self.counts[:, ::-1].cumsum(axis=1)[:, ::-1]
        """Answers that took so many days or more."""
        share = (np.log(np.maximum(np.arange(LONGEST + 1), 0.5)) - np.log(median)) / spread
        self.usual = 1.0 / (1.0 + np.exp(1.702 * share))

    def open(self, age: Ints, as_of: Ints) -> Floats:
        """Share of answers that take `age` days or more, as known on the morning of `as_of`."""
        place = np.searchsorted(self.days, as_of)
        seen = self.over[place, age] + LAG_STRENGTH * self.usual[age]
        return np.asarray(seen / (self.total[place] + LAG_STRENGTH))


def _later(chance: Floats, gap: Ints) -> Floats:
    """The chance of trouble so many days later."""
    usual = BEGINS / (BEGINS + ENDS)
    return np.asarray(usual + (chance - usual) * np.exp(-(BEGINS + ENDS) * gap))
