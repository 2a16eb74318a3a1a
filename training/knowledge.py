"""What the practice knows, out of its store: the context, and its notes as read."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from claims.claim import Submission
from claims.context import Context
from claims.note import Discipline, Note, NoteFacts
from claims.policies import policy_book
from claims.problem import Problem
from claims.sent import Practice
from claims.store import Store
from features.notes import read
from features.notes.reader import VERSION, digest

AT_ONCE = 2_000
"""Notes read before what was found is kept: what an interruption can lose."""
WORTH_PROCESSES = 400
"""Notes below which starting processes costs more than it saves."""

Keys = tuple[str, str | None]


def context_of(
    store: Store,
    own_policies: Path | None,
    as_of: date,
    batch: Iterable[Submission] = (),
    members: Collection[str] | None = None,
) -> tuple[Context, tuple[Problem, ...]]:
    """Everything that the store knows by `as_of`, and what is wrong with the practice's policies.

    own_policies: its folder of policy files. batch: claims about to be sent. members: keys of
    those whose earlier claims and answers matter; None for everybody.
    """
    policies, problems = policy_book(own_policies, store.policy_files(as_of))
    earlier = (
        (sending.known_on, sending.submission)
        for chunk in store.read_submissions(as_of, members=members)
        for sending in chunk
    )
    context = Context.build(
        as_of=as_of,
        policies=policies,
        practice=Practice(id=store.practice),
        batch=batch,
        claims=earlier,
        authorizations=store.authorizations(as_of),
        benefits=store.benefits(as_of),
        answers=store.answers(as_of, members=members),
        notes_since=store.notes_since(as_of),
    )
    return context, problems


def _read(key: tuple[str, Discipline | None]) -> NoteFacts:
    text, discipline = key
    return read(text, discipline)


def read_notes(
    store: Store, notes: Sequence[Note], told: Callable[[int], None] = lambda _: None
) -> list[NoteFacts]:
    """What each note says: from the store where it was read before, else read now and kept.

    told: called with how many were done since the last call. Uses the machine's cores for many.
    """
    keys: list[Keys] = [(digest(note.text), note.discipline) for note in notes]
    known = store.facts(keys, VERSION)
    missing = {
        key: (note.text, note.discipline)
        for key, note in zip(keys, notes, strict=True)
        if key not in known
    }
    told(len(notes) - len(missing))
    for chunk, found in _in_chunks(list(missing.items())):
        new = dict(zip(chunk, found, strict=True))
        store.keep_facts(new)
        known |= new
        told(len(new))
    return [known[key] for key in keys]


def _in_chunks(
    missing: list[tuple[Keys, tuple[str, Discipline | None]]],
) -> Iterator[tuple[list[Keys], list[NoteFacts]]]:
    processes = os.cpu_count() or 1
    pool = None
    if len(missing) >= WORTH_PROCESSES and processes > 1:
        pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    try:
        for start in range(0, len(missing), AT_ONCE):
            chunk = missing[start : start + AT_ONCE]
            texts = [text for _, text in chunk]
            found = pool.map(_read, texts, chunksize=50) if pool else map(_read, texts)
            yield [key for key, _ in chunk], list(found)
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
