"""How far along things are: a client's visits and open questions, a clinician's first weeks.

Counted from what was sent and answered before the day, in the order of `grains`.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from claims.finding import Category
from features.grains import DAY, DAY_BITS, Index
from features.lines import CATEGORIES, Lines
from features.trouble import Claims, Trouble
from features.year import VISITS, Year, whole_year

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FIRST = {
    "payer": "this payer",
    "payer_code": "this code to this payer",
    "provider": "this clinician",
    "payer_provider": "this clinician to this payer",
    "client": "this client",
}
"""Grains of which it is told how long ago the first line was sent."""
LONGEST = 400
"""Days after which a beginning is long ago."""
NEW = (30, 60, 90, 120)
"""Days that a clinician may be new for: payers take that long to enrol one."""
SETTLED = 30
"""Days after the practice's own first line from which a first one tells of a clinician's joining,
or of a client's."""
PERSONAL: tuple[Category, ...] = (
    "eligibility",
    "coordination_of_benefits",
    "benefit_limit",
    "authorization",
)
"""Reasons that lie with a person's coverage, and so come again until somebody settles them."""
COVERED: tuple[Category, ...] = ("eligibility", "coordination_of_benefits")
"""Reasons that come and go with a person's coverage."""
CHAINED: tuple[Category, ...] = (*COVERED, "benefit_limit")
"""Reasons whose answers are weighed together, one after the other."""
CHAIN = "_chain"
"""Ends the columns that tell of them as log odds, by all of a client's claims."""
SURE = 8.0
"""Log odds beyond which a chain does not go."""
NONE = -1


def describe() -> dict[str, str]:
    """What each feature means, by name."""
    told = {
        f"{name}.first_days": f"days since the first line of {words} was sent (log of 1 + n)"
        for name, words in FIRST.items()
    }
    told |= {
        "client.visits": "client's days of service sent so far (log of 1 + n)",
        "client.visits_of_year": "client's days of service in the calendar year of this one, sent "
        "before it, and this one; for the part of a year before the practice's first claims as "
        "many as half of the pace since gives, for a client who was there at the beginning",
        "client.unanswered": "client's lines sent and not answered yet (log of 1 + n)",
        "client.since_visit": "days from the client's latest service sent to this one",
    }
    for most in VISITS:
        told[f"client.visits_of_year_to_{most}"] = f"the same, at most {most}"
    for days in NEW:
        told[f"provider.new_{days}"] = (
            f"whether this clinician's first line was sent less than {days} days ago, a month or "
            "more after the practice's first"
        )
    for category in PERSONAL:
        told[f"client.{category}_days"] = (
            f"days from the client's latest service denied for {category} to this one"
        )
        told[f"client.{category}_open"] = (
            f"whether the client's latest denial for {category} is of no earlier service than the "
            "latest payment"
        )
    for category in COVERED:
        told[f"client.{category}{CHAIN}"] = (
            f"log odds of a denial for {category}, by what was answered, and what is still open, "
            "of the client's claims around the day of service"
        )
    told["client.benefit_limit_year"] = (
        "whether the newest answer that tells of the client's benefit, of visits of the same "
        "calendar year, is a denial for benefit_limit"
    )
    told[f"client.benefit_limit{CHAIN}"] = (
        "log odds of a denial for benefit_limit, by what is left as the practice counts and by "
        "what the year's answers leave room for"
    )
    return told


class Course:
    """Running counts over the lines of an index; frozen once built."""

    def __init__(self, index: Index) -> None:
        self.index = index
        lines, answers = index.lines, index.answers
        sent = index.sent("client")
        client = sent.at >> DAY_BITS
        service = lines.service[sent.order]
        pair = (client << DAY_BITS) | service
        _, first = np.unique(pair, return_index=True)
        new = np.zeros(len(pair), dtype=np.int64)
        new[first] = 1
        self.visits = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(new)])
        self.latest = _running_latest(client, service, np.ones(len(client), dtype=bool))
        self.year = Year(index)
        answered = index.grain("client")
        client = answered.at >> DAY_BITS
        service = lines.service[answered.order]
        category = answers.category[answered.order]
        self.paid = _running_latest(client, service, answers.denied[answered.order] == 0)
        self.told = _running_latest(client, service, np.ones(len(client), dtype=bool))
        self.claims = Claims.of(index)
        self.chains = {name: Trouble(self.claims, name) for name in COVERED}
        self.denied = {
            name: _running_latest(client, service, category == CATEGORIES.index(name))
            for name in PERSONAL
        }

    def features(
        self, lines: Lines, as_of: Ints, keys: Mapping[str, Ints], left: Floats
    ) -> dict[str, Floats]:
        """Every column for each of `lines`, as known on the morning of its `as_of` day.

        keys: of each line by grain, as `Keys.grain` gives them. left: visits left of each line's
        benefit; NaN where none is known.
        """
        columns = {
            f"{name}.first_days": np.log1p(np.minimum(self._age(name, keys[name], as_of), LONGEST))
            for name in FIRST
        }
        client = keys["client"]
        sent, answered = self.index.sent("client"), self.index.grain("client")
        start, end = sent.until(client, np.zeros_like(as_of)), sent.until(client, as_of)
        columns["client.visits"] = np.log1p((self.visits[end] - self.visits[start]).astype(float))
        practice = self._age("all", np.zeros(len(as_of), dtype=np.int64), as_of)
        there = practice - self._age("client", client, as_of) < SETTLED
        counted = self.year.visits(client, lines.service, as_of)
        visits = 1.0 + whole_year(counted, lines.service, as_of - practice, there)
        columns["client.visits_of_year"] = visits
        for most in VISITS:
            columns[f"client.visits_of_year_to_{most}"] = np.minimum(visits, most)
        age = self._age("provider", keys["provider"], as_of)
        for days in NEW:
            columns[f"provider.new_{days}"] = ((age < days) & (practice - age >= SETTLED)).astype(
                float
            )
        first, last = answered.until(client, np.zeros_like(as_of)), answered.until(client, as_of)
        open_lines = np.maximum((end - start) - (last - first), 0)
        columns["client.unanswered"] = np.log1p(open_lines.astype(float))
        latest = np.where(end > start, self.latest[end], NONE)
        columns["client.since_visit"] = _gap(lines.service, latest)
        paid = np.where(last > first, self.paid[last], NONE)
        for name, running in self.denied.items():
            denied = np.where(last > first, running[last], NONE)
            columns[f"client.{name}_days"] = _gap(lines.service, denied)
            columns[f"client.{name}_open"] = ((denied > NONE) & (denied >= paid)).astype(float)
        around = self.claims.around(client, lines.service, as_of)
        for name, chain in self.chains.items():
            columns[f"client.{name}{CHAIN}"] = chain.log_odds(around)
        over, odds = self.year.left(client, lines.service, as_of, left)
        columns["client.benefit_limit_year"] = over.astype(float)
        columns[f"client.benefit_limit{CHAIN}"] = odds
        return columns

    def _age(self, name: str, key: Ints, as_of: Ints) -> Ints:
        """Days since the first line of a grain was sent; 0 where it is new."""
        sent = self.index.sent(name)
        start, end = sent.until(key, np.zeros_like(as_of)), sent.until(key, as_of)
        if not len(sent.at):
            return np.zeros(len(key), dtype=np.int64)
        began = sent.at[np.minimum(start, len(sent.at) - 1)] & DAY
        return np.where((end > start) & (key >= 0), as_of - began, 0)


def _running_latest(client: Ints, service: Ints, counted: NDArray[np.bool_]) -> Ints:
    """The latest counted service of the same client up to each entry; one longer, NONE where none.

    client: sorted.
    """
    marked = (client << DAY_BITS) | np.where(counted, service, 0)
    running = np.maximum.accumulate(marked) if len(marked) else marked
    found = np.where((running & DAY) > 0, running & DAY, NONE)
    return np.concatenate([np.full(1, NONE, dtype=np.int64), found])


def _gap(service: Ints, earlier: Ints) -> Floats:
    return np.where(earlier > NONE, (service - earlier).astype(float), np.nan)
