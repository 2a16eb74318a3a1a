"""What a running service keeps of its store between two requests, and never longer than it is true.

Reading all lines and answers anew for one claim takes seconds in a practice of some years. What was
read stays good until a file comes in, all are read anew, or a policy file of the practice changes;
each request asks for that first.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from claims.claim import Provider, Submission
from claims.context import Context
from claims.store import Store
from claims.store.reads import Received, Sending
from features.history import History
from features.lines import STORED, Answers, Lines
from training.knowledge import Common

DAYS = 2
"""As-of days that are kept: the newest used."""
MOST = 20_000
"""Claims and payments of a day that are kept as domain values; some five kilobytes each."""


class Knowledge(NamedTuple):
    """What scoring a batch needs to know."""

    context: Context
    history: History
    providers: Mapping[str, Provider]
    """Those who rendered before, by NPI, with the taxonomy that mostly stood with it; the batch's
    own are left out, so that a claim says the same alone and in any batch."""


@dataclass(frozen=True)
class _Day:
    """What is known on one day, and of the people asked about so far what was sent and answered."""

    common: Common
    history: History
    providers: Mapping[str, Provider]
    people: OrderedDict[str, tuple[list[Sending], list[Received]]] = field(
        default_factory=OrderedDict
    )


class Kept:
    """History and context of one practice, by as-of day."""

    def __init__(self, store: Store, own_policies: Path) -> None:
        self.store = store
        self.own_policies = own_policies
        self._state: Hashable = None
        self._days: OrderedDict[date, _Day] = OrderedDict()

    def on(self, day: date, batch: Sequence[Submission], members: Collection[str]) -> Knowledge:
        """The context of a batch, and the history as of a day; read anew if anything changed.

        members: keys of those whose earlier claims and answers matter.
        """
        # Asked before reading: what comes in meanwhile makes the next request read again.
        state = (self.store.state(), _stamps(self.own_policies))
        if state != self._state:
            self._days.clear()
            self._state = state
        known = self._days.get(day)
        if known is None:
            common = Common.read(self.store, self.own_policies, day)
            history = self._history(day)
            known = self._days[day] = _Day(common, history, providers_in(history.lines))
        self._days.move_to_end(day)
        while len(self._days) > DAYS:
            self._days.popitem(last=False)
        sendings, received = self._of(known, day, members)
        context = known.common.context(
            self.store.practice,
            day,
            batch,
            ((one.known_on, one.submission) for one in sendings),
            ((one.known_on, one.answer) for one in received),
        )
        return Knowledge(context, known.history, known.providers)

    def _of(
        self, known: _Day, day: date, members: Collection[str]
    ) -> tuple[list[Sending], list[Received]]:
        """What was sent and answered for some people, in the store's order."""
        people = known.people
        missing = set(members) - people.keys()
        if missing:
            people.update((member, ([], [])) for member in missing)
            for chunk in self.store.read_submissions(day, members=missing):
                for sending in chunk:
                    people[self.store.members.of_claim(sending.submission.claim)[0]][0].append(
                        sending
                    )
            for one in self.store.received(day, missing):
                people[one.member_key or ""][1].append(one)
        for member in members:
            people.move_to_end(member)
        sendings = [one for member in members for one in people[member][0]]
        received = [one for member in members for one in people[member][1]]
        while len(people) > len(members) and sum(map(_size, people.values())) > MOST:
            people.popitem(last=False)
        sendings.sort(key=lambda one: (one.submission.submitted or day, one.submission_id))
        received.sort(key=lambda one: (one.known_on, one.payment_id))
        return sendings, received

    def _history(self, as_of: date) -> History:
        columns = self.store.read_lines(as_of, STORED)
        outcomes = self.store.read_outcomes(as_of)
        return History(Lines.of_store(columns), Answers.of_store(columns["key"], outcomes))


def providers_in(lines: Lines) -> dict[str, Provider]:
    """Everybody who rendered one of the lines, by NPI."""
    counts = Counter(zip(lines.provider, lines.taxonomy, strict=True))
    found: dict[str, Provider] = {}
    for (npi, taxonomy), _ in counts.most_common():
        if npi and taxonomy and npi not in found:
            found[npi] = Provider(npi=npi, taxonomy=taxonomy)
    return found


def _size(person: tuple[list[Sending], list[Received]]) -> int:
    return len(person[0]) + len(person[1])


def _stamps(folder: Path) -> Hashable:
    """Name, time of change and size of every file of a folder."""
    if not folder.is_dir():
        return ()
    found = []
    for path in folder.iterdir():
        about = path.stat()
        found.append((path.name, about.st_mtime_ns, about.st_size))
    return tuple(sorted(found))
