"""The training set: every settled line with the features that it had on its own day.

Each batch is judged in a context that knows only what the practice knew that morning; the edits
that feed the model are those of serving, run again as of then.
"""

import gc
import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from claims.context import Context
from claims.problem import ClaimwrightError
from claims.store import Store, bulk
from claims.store.reads import Sending
from features.case import Case
from features.history import History
from features.lines import STORED, Answers, Lines
from features.table import Part, Table, with_history
from models.coding_words import LearnedKinds
from models.judge import judge
from training.kept_rows import KEEPING, KeptRows, Made, basis, days_of
from training.knowledge import Common, context_of, likenesses, read_notes
from training.settled import Settled, settled

CHUNK = 2_000
"""Claims whose domain objects are held at a time."""


@dataclass(frozen=True)
class Stretch:
    """Some days of submissions, and which of them are wanted."""

    first: date
    last: date
    wanted: frozenset[int]
    """Numbers of submissions."""


Spread = Callable[[date, Sequence[Stretch], tuple[str, ...]], Made]
"""Makes the parts of stretches elsewhere; in their order, as `part_between` makes them."""


@dataclass(frozen=True)
class Dataset:
    """Features and answers of all lines that were submitted before a day."""

    table: Table
    answers: Answers
    settled: Settled
    as_of: date
    history: History
    """Of every line that was known, those without an answer included."""
    claims: NDArray[np.object_]
    """CLM01 of each line of the table."""
    numbers: NDArray[np.int64]
    """LX01 of each line of the table."""
    authorization: NDArray[np.bool_]
    """Whether an authorization number was sent with each line of the history."""

    @property
    def weight(self) -> NDArray[np.float64]:
        """What each line of the table stands for in training: `settled`'s weights, else 1."""
        weight = np.ones(len(self.table))
        weight[self.settled.rows] = self.settled.weight
        return weight

    @property
    def digest(self) -> str:
        """SHA-256 over rows, names and answers: the same data gives the same."""
        digest = hashlib.sha256()
        digest.update("\\n".join(self.table.names).encode())
        digest.update(np.ascontiguousarray(self.table.numbers).tobytes())
        for name in sorted(self.table.words):
            digest.update("\\n".join(self.table.words[name]).encode())
        rows = self.settled.rows
        digest.update(np.ascontiguousarray(rows).tobytes())
        digest.update(np.ascontiguousarray(self.answers.denied[rows]).tobytes())
        return digest.hexdigest()

    def without(self, rows: NDArray[np.int64]) -> "Dataset":
        """The same, some rows of the table neither learned from nor judged."""
        left = ~np.isin(self.settled.rows, rows)
        return replace(
            self,
            settled=replace(
                self.settled, rows=self.settled.rows[left], weight=self.settled.weight[left]
            ),
        )

    def manifest(self) -> dict[str, object]:
        """What went in and what was left out: kept with the model."""
        rows, lines = self.settled.rows, self.table.lines
        denied = self.answers.denied[rows]
        return {
            "digest": self.digest,
            "as_of": self.as_of.isoformat(),
            "lines": len(self.table),
            "settled_lines": len(rows),
            "denied_lines": int((denied == 1).sum()),
            "first_submission": _day(lines.submitted, rows, np.min),
            "last_submission": _day(lines.submitted, rows, np.max),
            "columns": len(self.table.names) + len(self.table.words),
            "excluded": self.settled.excluded,
        }


def _day(submitted: NDArray[np.int64], rows: NDArray[np.int64], pick: object) -> str | None:
    if not len(rows):
        return None
    return date.fromordinal(int(pick(submitted[rows]))).isoformat()  # type: ignore[operator]


def gather(
    store: Store,
    own_policies: Path | None,
    as_of: date,
    edits: tuple[str, ...],
    told: Callable[[str, int, int], None] = lambda *_: None,
    coding: LearnedKinds | None = None,
    spread: Spread | None = None,
    stretches: int = 1,
    keep: bool = False,
) -> Dataset:
    """The training set of everything that the store knew by `as_of`.

    own_policies: the practice's policy folder. edits: ids that have a column. told: called with
    the step, how much of it is done and how much there is. coding: the promoted coding model, as
    serving judges notes by; None for the shipped one. spread: who makes the features, in so many
    stretches of days; None for this process. keep: takes the rows that were made before, and
    keeps those that are made now (`training.kept_rows`).
    Raises ClaimwrightError where nothing has settled yet.
    """
    own = (*STORED, "authorization_number")
    columns = store.read_lines(as_of, (*own, *KEEPING) if keep else own)
    everything = Lines.of_store(columns)
    answers = Answers.of_store(columns["key"], store.read_outcomes(as_of))
    answers = answers.before(as_of.toordinal() + 1)
    chosen = settled(everything, answers, as_of.toordinal() + 1)
    if not len(chosen.rows):
        raise ClaimwrightError(
            f"no line has been adjudicated by {as_of}: ingest remittances (835) first"
        )
    history = History(everything, answers)
    wanted = frozenset(columns["submission_id"][chosen.rows].tolist())

    def make(slices: Sequence[frozenset[int]], members: Collection[str] | None) -> Iterator[Made]:
        every = sum(map(len, slices))
        before = 0
        if spread is None:
            with lasting():
                sendings, context = knowledge(store, own_policies, as_of, members)
        else:
            days = dict(zip(columns["submission_id"].tolist(), everything.submitted, strict=True))
        for numbers in slices:

            def counted(step: str, done: int, _: int, before: int = before) -> None:
                told(step, min(before + done, every), every)

            if spread is None:
                whole = Stretch(date.min, date.max, numbers)
                with lasting():
                    part = part_between(store, sendings, context, whole, edits, coding, counted)
                yield [part]
            else:
                told("lines", before, every)
                asked = _stretches({one: int(days[one]) for one in numbers}, stretches)
                yield spread(as_of, asked, edits)
            before += len(numbers)
        told("lines", every, every)

    if not keep:
        made = list(chain.from_iterable(make([wanted], None)))
    else:
        policies = Common.read_policies(store, own_policies, as_of)[0].digest
        held = KeptRows(store.home, store.practice, basis(policies, edits, coding))
        sent_on = days_of(store, columns, everything.submitted)
        made = held.made(sent_on, wanted, columns, make)
    part = Part.join([one for one, _ in made if one is not None])
    sent = [number for _, numbers in made for number in numbers]
    rows = _rows_of(columns["submission_id"], sent)
    if len(rows) != len(part.lines):
        raise ValueError(f"{len(part.lines)} lines, but {len(rows)} in the store's columns")
    table = with_history(part, history, edits)
    place = np.full(len(everything), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return Dataset(
        table,
        answers.take(rows),
        Settled(place[chosen.rows], chosen.weight, chosen.excluded),
        as_of,
        history,
        columns["claim_id"][rows],
        columns["line"][rows],
        np.asarray(columns["authorization_number"] != ""),
    )


def gather_home(home: Path, own_policies: Path | None, edits: tuple[str, ...]) -> Dataset:
    """The training set of everything that the store of a home knows.

    Raises ClaimwrightError where the store is empty, or nothing in it has settled yet.
    """
    with Store.open(f"sqlite:///{home.resolve() / 'claimwright.db'}", "main", home) as store:
        day = store.newest_known_day()
        if day is None:
            raise ClaimwrightError(f"{home}: its store is empty")
        return gather(store, own_policies, day, edits)


@contextmanager
def lasting() -> Iterator[None]:
    """While millions of values are made that all last, the collector would find no garbage."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def knowledge(
    store: Store, own_policies: Path | None, as_of: date, members: Collection[str] | None = None
) -> tuple[list[Sending], Context]:
    """Everything that was sent by a day, in the order in which it was, and the context of it.

    members: keys of those whose claims and answers are wanted; None for everybody's.
    """
    read = store.read_submissions(as_of, at_once=CHUNK, members=members)
    sendings = list(chain.from_iterable(read))
    return sendings, context_of(store, own_policies, as_of, (), members, sendings)[0]


def part_between(
    store: Store,
    sendings: Sequence[Sending],
    context: Context,
    stretch: Stretch,
    edits: tuple[str, ...],
    coding: LearnedKinds | None,
    told: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[Part | None, list[int]]:
    """Attributes of the wanted submissions of some days, and their numbers in that order.

    sendings, context: of the whole practice (`knowledge`). None where none was wanted.
    """
    parts: list[Part] = []
    sent: list[int] = []
    memory: dict[str, tuple[int, ...]] = {}
    first = bisect_left(sendings, stretch.first, key=_sent)
    last = bisect_right(sendings, stretch.last, key=_sent)
    kept = [one for one in sendings[first:last] if one.submission_id in stretch.wanted]
    for some in bulk.chunks(kept, CHUNK):
        parts.append(Part.of(_cases(store, some, context, coding, memory), edits))
        sent += [one.submission_id for one in some]
        told("lines", sum(len(part.lines) for part in parts), len(stretch.wanted))
    return (Part.join(parts) if parts else None), sent


def _sent(sending: Sending) -> date:
    return sending.submission.submitted or sending.known_on


def _stretches(days: dict[int, int], count: int) -> list[Stretch]:
    """Submissions (number: day) in so many stretches of whole days, about equally full."""
    order = sorted(days, key=lambda one: days[one])
    found: list[Stretch] = []
    for numbers in np.array_split(np.array(order, dtype=np.int64), max(1, count)):
        own = [int(number) for number in numbers]
        if not own:
            continue
        first = days[own[0]]
        if found and found[-1].last.toordinal() == first:
            # A day belongs to one stretch, so that its batch is judged together.
            joined = [one for one in own if days[one] == first]
            found[-1] = replace(found[-1], wanted=found[-1].wanted | set(joined))
            own = own[len(joined) :]
            if not own:
                continue
        found.append(
            Stretch(date.fromordinal(days[own[0]]), date.fromordinal(days[own[-1]]), frozenset(own))
        )
    return found


def _cases(
    store: Store,
    sendings: Sequence[Sending],
    context: Context,
    coding: LearnedKinds | None,
    memory: dict[str, tuple[int, ...]],
) -> list[Case]:
    """Each submission's case, as of the day it was sent, with its notes as they were then.

    memory: signatures of notes by digest of their text.
    """
    cases = []
    for day, group in groupby(sendings, key=_sent):
        some = list(group)
        submissions = [one.submission for one in some]
        # Where no claim has a note, none is looked for.
        found = (
            store.notes_for(submissions, known_by=day)
            if context.notes_since
            else [()] * len(submissions)
        )
        notes = [note for some in found for note in some]
        facts = iter(read_notes(store, notes))
        read = [[(note, next(facts)) for note in own] for own in found]
        first = [own[0][1] if own else None for own in read]
        alike = likenesses(store, submissions, first, day, memory)
        for one, own, like in zip(some, read, alike, strict=True):
            client = one.person_key
            cases.append(
                judge(one.submission, client, own, context, day, coding=coding, likeness=like)
            )
    return cases


def _rows_of(submission: NDArray[np.int64], sent: Sequence[int]) -> NDArray[np.int64]:
    """Rows of the columns for each of these submissions, in their order."""
    first = np.searchsorted(submission, np.array(sent, dtype=np.int64), side="left")
    last = np.searchsorted(submission, np.array(sent, dtype=np.int64), side="right")
    return np.concatenate(
        [np.arange(a, b, dtype=np.int64) for a, b in zip(first, last, strict=True)]
    )
