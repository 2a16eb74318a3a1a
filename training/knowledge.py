"""What the practice knows, out of its store: the context, and its notes as read."""

import os
from collections.abc import (
    Callable,
    Collection,
    Generator,
    Iterable,
    Mapping,
    Sequence,
)
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import chain
from multiprocessing import current_process, get_context
from pathlib import Path

from claims.answers import Answer
from claims.authorization import Authorization, Benefit
from claims.claim import Submission
from claims.context import Context
from claims.note import Discipline, Note, NoteFacts
from claims.policies import PolicyBook, policy_book
from claims.problem import Problem
from claims.sent import Practice
from claims.store import Store
from claims.store.reads import Sending
from features.notes import read
from features.notes.reader import VERSION, digest
from features.notes.similarity import most_alike

AT_ONCE = 2_000
"""Notes read before what was found is kept: what an interruption can lose."""
WORTH_PROCESSES = 400
"""Notes below which starting processes costs more than it saves."""

TOGETHER = 25
"""Notes that a process takes at a time."""

Keys = tuple[str, str | None]


@dataclass(frozen=True)
class Common:
    """What a practice knows on a day, whoever is asked about: good for any batch of that day."""

    policies: PolicyBook
    problems: tuple[Problem, ...]
    """What is wrong with the practice's policies."""
    authorizations: Sequence[tuple[date, Authorization]]
    benefits: Sequence[tuple[date, Benefit]]
    notes_since: Mapping[str, date]

    @classmethod
    def read(cls, store: Store, own_policies: Path | None, as_of: date) -> "Common":
        """Out of a store. own_policies: the practice's folder of policy files."""
        policies, problems = cls.read_policies(store, own_policies, as_of)
        return cls(
            policies,
            problems,
            store.authorizations(as_of),
            store.benefits(as_of),
            store.notes_since(as_of),
        )

    @staticmethod
    def read_policies(
        store: Store, own_policies: Path | None, as_of: date
    ) -> tuple[PolicyBook, tuple[Problem, ...]]:
        """The policies of a day, and what is wrong with the practice's own."""
        return policy_book(own_policies, store.policy_files(as_of))

    def context(
        self,
        practice: str,
        as_of: date,
        batch: Iterable[Submission],
        earlier: Iterable[tuple[date, Submission]],
        answers: Iterable[tuple[date, Answer]],
    ) -> Context:
        """With what was sent and answered for the people asked about."""
        return Context.build(
            as_of=as_of,
            policies=self.policies,
            practice=Practice(id=practice),
            batch=batch,
            claims=earlier,
            authorizations=self.authorizations,
            benefits=self.benefits,
            answers=answers,
            notes_since=self.notes_since,
        )


def context_of(
    store: Store,
    own_policies: Path | None,
    as_of: date,
    batch: Iterable[Submission] = (),
    members: Collection[str] | None = None,
    sendings: Iterable[Sending] | None = None,
) -> tuple[Context, tuple[Problem, ...]]:
    """Everything that the store knows by `as_of`, and what is wrong with the practice's policies.

    own_policies: its folder of policy files. batch: claims about to be sent. members: keys of
    those whose earlier claims and answers matter; None for everybody. sendings: their earlier
    claims, where the caller has read them already.
    """
    known = Common.read(store, own_policies, as_of)
    if sendings is None:
        sendings = chain.from_iterable(store.read_submissions(as_of, members=members))
    earlier = ((sending.known_on, sending.submission) for sending in sendings)
    answers = store.answers(as_of, members=members)
    return known.context(store.practice, as_of, batch, earlier, answers), known.problems


def _read(key: tuple[str, Discipline | None]) -> NoteFacts:
    text, discipline = key
    return read(text, discipline)


def read_notes(
    store: Store, notes: Sequence[Note], told: Callable[[int], None] = lambda _: None
) -> list[NoteFacts]:
    """What each note says: from the store where it was read before, else read now and kept.

    told: called with how many were done since the last call. Uses the machine's cores for many.
    """
    return list(read_each(store, notes, told))


def read_each(
    store: Store, notes: Sequence[Note], told: Callable[[int], None] = lambda _: None
) -> Generator[NoteFacts, None, None]:
    """As `read_notes`, one after the other as they are read: what comes of a note can be worked
    out while others are being read."""
    keys: list[Keys] = [(digest(note.text), note.discipline) for note in notes]
    known = store.facts(keys, VERSION)
    missing = {
        key: (note.text, note.discipline)
        for key, note in zip(keys, notes, strict=True)
        if key not in known
    }
    told(len(notes) - len(missing))
    fresh = _read_now(missing)
    unkept: dict[Keys, NoteFacts] = {}
    try:
        for key in keys:
            while key not in known:
                new, facts = next(fresh)
                known[new] = unkept[new] = facts
                if len(unkept) == AT_ONCE:
                    _keep(store, unkept, told)
            yield known[key]
    finally:
        fresh.close()
        _keep(store, unkept, told)


def _keep(store: Store, facts: dict[Keys, NoteFacts], told: Callable[[int], None]) -> None:
    if facts:
        store.keep_facts(facts)
        told(len(facts))
        facts.clear()


LOOKED_BACK = 3
"""Earlier notes of the same client that a note is held against: what is copied is the last one."""


def likenesses(
    store: Store,
    submissions: Sequence[Submission],
    facts: Sequence[NoteFacts | None],
    known_by: date,
    memory: dict[str, tuple[int, ...]] | None = None,
) -> list[float | None]:
    """How like each submission's note is to its client's latest earlier ones, 0 to 1.

    facts: of each submission's note. memory: signatures by digest of the text; those that come up
    are kept in it. None where there is no note, or nothing earlier to compare it with.
    """
    memory = {} if memory is None else memory
    asked = [n for n, one in enumerate(facts) if one is not None and one.signature]
    memory.update({one.digest: one.signature for one in facts if one is not None})
    before = store.notes_before([submissions[n] for n in asked], LOOKED_BACK, known_by)
    unread = {digest: row for some in before for row, digest in some if digest not in memory}
    if unread:
        notes = store.notes_numbered(unread.values())
        read_now = read_notes(store, [notes[row] for row in unread.values()])
        memory.update(zip(unread, (one.signature for one in read_now), strict=True))
    found: list[float | None] = [None] * len(submissions)
    for number, some in zip(asked, before, strict=True):
        signatures = [memory[digest] for _, digest in some if memory[digest]]
        own = facts[number]
        if own is not None and signatures:
            found[number] = most_alike(own.signature, signatures)[0]
    return found


def _read_now(
    missing: Mapping[Keys, tuple[str, Discipline | None]],
) -> Generator[tuple[Keys, NoteFacts], None, None]:
    """Each of the texts with what it says, in their order."""
    processes = os.cpu_count() or 1
    pool = None
    # A worker of a cluster is a daemon, which may not have children: it has its own siblings.
    if len(missing) >= WORTH_PROCESSES and processes > 1 and not current_process().daemon:
        pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    keys, texts = list(missing), list(missing.values())
    try:
        # Not all at once: what is read waits in memory until somebody asks for it.
        for start in range(0, len(texts), AT_ONCE):
            some = texts[start : start + AT_ONCE]
            found = pool.map(_read, some, chunksize=TOGETHER) if pool else map(_read, some)
            yield from zip(keys[start : start + AT_ONCE], found, strict=True)
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
