"""A client's visits of a calendar year, and what is left of a benefit that is counted by them.

Plans pay for so many visits a year. The practice knows its own; other providers draw on the same
benefit, and only the remittances tell: a payment says that so much was left that day, a denial for
the limit that nothing was, and nothing will be before the new year. Both are told by the order in
which visits were sent, since payers count what they are sent.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.grains import DAY, DAY_BITS, Index
from features.lines import CATEGORIES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

VISITS = (10, 20, 30, 40, 60)
"""Visits of a year about which plans and reviewers change their mind (limits are mostly of 20, 30,
40 or 60): up to each of them visits are counted once more, so that each stretch has a slope."""
BATCH = 7
"""Days of service that a practice's first batch reaches back."""
PACE = (4.0, 28.0)
"""Visits, and the days that they took, that a client's own pace is drawn towards: one a week."""
THERE_BEFORE = 0.5
"""Of the part of a year before the practice's records, how much a client who is there at their
beginning had been treated in: some came all year, some began the week before."""
MOST_YEARS = 256
"""Calendar years that a store may span."""

ALONE = 0.75
"""Chance that no other provider draws on a client's benefit before this one's visits use it up."""
ELSEWHERE = 6.0
"""Visits elsewhere, on average, where somebody does. Both assumed."""
DENIED = 0.93
"""Chance that a visit over the limit is denied for it."""
SLIP = 0.0002
"""Chance that one within it is."""
HIDDEN = 0.0003
"""Chance that a visit is over a limit that the practice knows nothing of."""
LEAST = 0.002
"""Chance that it is where the practice counts visits left, at least: it may be told wrong."""
STILL_PAID = 0.03
"""Chance that a visit is over the limit after a later one was paid: the limit is another one."""
MOST_OVER = 3
"""Batches found over the limit that are looked at, the newest first."""


class Year:
    """Visits and limits by client and calendar year over an index; frozen once built."""

    def __init__(self, index: Index) -> None:
        lines, answers = index.lines, index.answers
        self.years = np.unique(new_year(lines.service))
        sent = index.sent("client")
        client, service = sent.at >> DAY_BITS, lines.service[sent.order]
        _, first = np.unique((client << DAY_BITS) | service, return_index=True)
        first = np.sort(first)
        # Each day of service by the day on which it was first sent, within its client's year.
        self.at = np.sort(
            (self._key(client[first], service[first]) << DAY_BITS) | (sent.at[first] & DAY)
        )
        answered = index.grain("client").order
        over = answers.category[answered] == CATEGORIES.index("benefit_limit")
        order = answered[over | (answers.denied[answered] == 0)]
        client, service = index.keys.coded["client"][order], lines.service[order]
        key = (self._key(client, service) << DAY_BITS) | lines.submitted[order]
        # What was sent in one batch is counted together; one visit over the limit speaks for it.
        over = answers.category[order] == CATEGORIES.index("benefit_limit")
        place = np.lexsort((-answers.known[order], over, key))
        last = np.ones(len(place), dtype=bool)
        last[:-1] = np.diff(key[place]) != 0
        place = place[last]
        self.told, self.over = key[place], over[place]
        self.known = answers.known[order][place]

    def visits(self, client: Ints, service: Ints, as_of: Ints) -> Ints:
        """Other days of service of the client in the same calendar year, sent before `as_of`."""
        key = self._key(np.maximum(client, 0), service) << DAY_BITS
        count = np.searchsorted(self.at, key | as_of) - np.searchsorted(self.at, key)
        return np.where(self._there(client, service), count, 0)

    def left(
        self, client: Ints, service: Ints, as_of: Ints, left: Floats
    ) -> tuple[NDArray[np.bool_], Floats]:
        """Whether a visit of the year was found over the limit, and the log odds of a denial for
        it, by what was known on the morning of `as_of`.

        left: visits left of the benefit before each line's, as the practice counts; NaN where it
        knows of none.
        """
        over, since = self._told(client, service, as_of)
        later = np.where(since > 0, left + since - 1.0, np.inf)
        """Visits elsewhere that the newest payment leaves room for."""
        room = _some(later + 1.0)
        chance = (_some(left) - room) / (1.0 - np.where(room < 1.0, room, 0.0))
        chance = np.where(later < 0, STILL_PAID, np.clip(chance, LEAST, 1.0 - LEAST))
        chance = np.where(np.isnan(left), HIDDEN, chance)
        odds = chance / (1.0 - chance) * (DENIED / SLIP) ** over
        chance = odds / (1.0 + odds)
        denied = DENIED * chance + SLIP * (1.0 - chance)
        return over > 0, np.asarray(np.log(denied) - np.log1p(-denied))

    def _told(self, client: Ints, service: Ints, as_of: Ints) -> tuple[Ints, Ints]:
        """Batches of the year that were found over the limit since the newest that was paid, and
        how many visits were sent since that one, this one counted; 0 where none was paid.

        What was answered later is passed over one by one, so that it changes nothing.
        """
        over, since = (np.zeros(len(client), dtype=np.int64) for _ in range(2))
        year = self._key(np.maximum(client, 0), service)
        rows = np.flatnonzero(self._there(client, service))
        now = self.visits(client, service, as_of) + 1
        place = np.searchsorted(self.told, (year << DAY_BITS) | as_of)[rows] - 1
        while len(rows):
            there = place >= 0
            rows, place = rows[there], place[there]
            same = (self.told[place] >> DAY_BITS) == year[rows]
            rows, place = rows[same], place[same]
            seen = self.known[place] < as_of[rows]
            over[rows[seen & self.over[place]]] += 1
            paid = seen & ~self.over[place]
            found, at = rows[paid], place[paid]
            first = np.searchsorted(self.at, year[found] << DAY_BITS)
            sent = np.searchsorted(self.at, self.told[at]) - first + 1
            since[found] = np.maximum(now[found] - sent, 1)
            on = ~paid & (over[rows] < MOST_OVER)
            rows, place = rows[on], place[on] - 1
        return over, since

    def _there(self, client: Ints, service: Ints) -> NDArray[np.bool_]:
        return np.isin(new_year(service), self.years) & (client >= 0)

    def _key(self, client: Ints, service: Ints) -> Ints:
        return client * MOST_YEARS + np.searchsorted(self.years, new_year(service))


def whole_year(counted: Ints, service: Ints, began: Ints, there: NDArray[np.bool_]) -> Floats:
    """Visits of a year, with those that the practice's records are too young to hold.

    counted: by the records. service: day of the visit asked about. began: day of the practice's
    first batch. there: whether the client was treated then.

    >>> day = date(2026, 3, 1).toordinal()
    >>> whole_year(np.array([8]), np.array([day]), np.array([day - 28]), np.array([True]))
    array([10.28571429])
    """
    first = began - BATCH
    before = np.where(there, np.maximum(first - new_year(service), 0), 0)
    visits, days = PACE
    pace = (counted + visits) / (np.maximum(service - first, 0) + days)
    return np.asarray(counted + pace * THERE_BEFORE * before)


def new_year(day: Ints) -> Ints:
    """The first day of each day's year."""
    days, place = np.unique(day, return_inverse=True)
    first = [date.fromordinal(int(one)).replace(month=1, day=1).toordinal() for one in days]
    return np.array(first, dtype=np.int64)[place]


def _some(visits: Floats) -> Floats:
    """The chance of so many visits elsewhere, or more."""
    tail = (1.0 - ALONE) * np.exp(-(np.maximum(visits, 1.0) - 1.0) / ELSEWHERE)
    return np.asarray(np.where(visits <= 0, 1.0, tail))
