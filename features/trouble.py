"""Trouble with a person's coverage that comes, stays for a while and goes: how likely it is there.

A member's coverage ends or another payer turns out to come first; every claim is then denied
until somebody settles it. Nobody tells the practice but the remittances. What they and the payer's
silence say is weighed as a chain of two states seen through the claims sent: one denial may be a
slip, two in a row hardly are; a payment says that all was well that day; and where such denials
come within ten days, three weeks of silence say nearly the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from claims.finding import Category
from features.grains import DAY, DAY_BITS, Index
from features.lines import CATEGORIES, NEVER, UNNAMED

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BEGINS, ENDS = 0.0003, 0.007
"""Chance a day that such a trouble begins, and that it ends again: some once in nine years, and
five months; assumed, since what a payer's members do is weighed by the model's own numbers."""
AT_FIRST = 0.0005
"""Chance that it is there at a client's first claim."""
DENIED = 0.95
"""Chance that a claim sent in trouble is denied for it."""
SLIP = {"eligibility": 0.004, "coordination_of_benefits": 0.002}
"""Chance that a claim is denied for it without trouble."""
SAYS_NOTHING: tuple[Category, ...] = ("duplicate", "timely_filing", "provider")
"""Denials that say nothing of coverage: the claim is sent back before it is looked up."""
SILENT_CATEGORIES = [CATEGORIES.index(name) for name in SAYS_NOTHING] + [UNNAMED]
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
CALM_SAYS, NOTHING, TROUBLE, SILENT = 0, 1, 2, 3


@dataclass(frozen=True)
class Around:
    """The claims nearest some lines' days of service, as far as they were sent."""

    service: Ints
    as_of: Ints
    before: Ints
    """(lines, at most BEFORE): places among `Claims`, the nearest first; -1 past the last."""
    first: NDArray[np.bool_]
    """Whether the client's first claim is among them, or there is none."""
    after: Ints
    """(lines, at most AFTER): the same of later services."""


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
    calm: NDArray[np.bool_]
    """Whether that answer, once known, says that there was no trouble of any kind."""

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
        category = answers.category[chosen].astype(np.int64)
        return cls(
            at[chosen], lines.submitted[chosen], known[chosen], category,
            ~personal[chosen] & ~np.isin(category, SILENT_CATEGORIES),
        )  # fmt: skip

    def around(self, client: Ints, service: Ints, as_of: Ints) -> Around:
        """The claims around each line, as known on the morning of its `as_of` day.

        client: the index's number of each line's client, -1 for one never seen.
        """
        key = (np.maximum(client, 0) << DAY_BITS) | service
        place = np.searchsorted(self.at, key, side="right")
        before, first = self._walk(client, place - 1, -1, as_of, BEFORE)
        after, _ = self._walk(client, place, 1, as_of, AFTER)
        return Around(service, as_of, before, first, after)

    def _walk(
        self, client: Ints, place: Ints, step: int, as_of: Ints, most: int
    ) -> tuple[Ints, NDArray[np.bool_]]:
        """Places of the nearest claims sent before `as_of`; and whether they are all there are.

        What was sent later is passed over one by one, so that it changes nothing.
        """
        found = np.full((len(client), most), -1, dtype=np.int64)
        count, calm = np.zeros(len(client), dtype=np.int64), np.zeros(len(client), dtype=np.int64)
        ended = (client < 0) | (len(self.at) == 0)
        rows = np.flatnonzero(~ended)
        place = place[rows]
        while len(rows):
            there = (place >= 0) & (place < len(self.at))
            there[there] = (self.at[place[there]] >> DAY_BITS) == client[rows[there]]
            if not there.all():
                ended[rows[~there]] = True
                rows, place = rows[there], place[there]
            sent = self.submitted[place] < as_of[rows]
            seen, at = rows[sent], place[sent]
            found[seen, count[seen]] = at
            count[seen] += 1
            calm[seen] += self.calm[at] & (self.known[at] < as_of[seen])
            on = (count[rows] < most) & (calm[rows] < CALM)
            rows, place = rows[on], place[on] + step
        return found[:, : int(count.max(initial=0))], ended


class Trouble:
    """One kind of trouble over the claims of an index; frozen once built."""

    def __init__(self, claims: Claims, kind: Category) -> None:
        self.claims = claims
        self.slip = SLIP[kind]
        self.says = np.full(len(claims.at), CALM_SAYS)
        self.says[np.isin(claims.category, SILENT_CATEGORIES)] = NOTHING
        self.says[claims.category == CATEGORIES.index(kind)] = TROUBLE
        self.quiet = {
            True: _Lags(claims, self.says == TROUBLE, *USUAL_LAG[True]),
            False: _Lags(claims, self.says != TROUBLE, *USUAL_LAG[False]),
        }

    def log_odds(self, around: Around) -> Floats:
        """Of a denial for it, by what was known of each line's client."""
        usual = BEGINS / (BEGINS + ENDS)
        chance = np.where(around.first, AT_FIRST, usual)
        last = np.full(len(chance), -1)
        for place, says in self._told(around.before, around.as_of):
            there = place >= 0
            day = np.where(there, self.claims.at[place] & DAY, last)
            chance = _later(chance, np.where(last >= 0, day - last, 0))
            odds = chance / (1 - chance) * np.exp(says)
            chance = np.where(there, odds / (1 + odds), chance)
            last = day
        chance = _later(chance, np.where(last >= 0, around.service - last, 0))
        if around.after.shape[1]:
            odds = chance / (1 - chance) * np.exp(self._after(around))
            chance = odds / (1 + odds)
        denied = DENIED * chance + self.slip * (1 - chance)
        return np.asarray(np.log(denied) - np.log1p(-denied))

    def _told(self, places: Ints, as_of: Ints) -> Iterator[tuple[Ints, Floats]]:
        """The claims of each step and what each says, as a log likelihood ratio; from the
        farthest to the nearest."""
        for step in range(places.shape[1] - 1, -1, -1):
            place = places[:, step]
            answered = self.claims.known[place] < as_of
            told = np.where(answered, self.says[place], SILENT)
            told[place < 0] = NOTHING
            yield place, self._ratio(told, self.claims.submitted[place], as_of)

    def _after(self, around: Around) -> Floats:
        """What is known of later services tells of the lines' own: log odds to add."""
        well, ill = np.ones(len(around.service)), np.ones(len(around.service))
        steps = list(self._told(around.after, around.as_of))
        for number, (place, says) in enumerate(steps):
            there = place >= 0
            nearer = steps[number + 1][0] if number + 1 < len(steps) else None
            day = self.claims.at[place] & DAY
            until = around.service if nearer is None else self.claims.at[nearer] & DAY
            ill = np.where(there, ill * np.exp(says), ill)
            gap = np.where(there, day - until, 0)
            comes, stays = _later(np.zeros(len(gap)), gap), _later(np.ones(len(gap)), gap)
            well, ill = (1 - comes) * well + comes * ill, (1 - stays) * well + stays * ill
        return np.asarray(np.log(ill) - np.log(well))

    def _ratio(self, told: Ints, submitted: Ints, as_of: Ints) -> Floats:
        """Log likelihood ratio, trouble against none, of what is known of claims."""
        sure = (np.log((1 - DENIED) / (1 - self.slip)), 0.0, np.log(DENIED / self.slip), 0.0)
        ratio = np.array(sure)[told]
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
