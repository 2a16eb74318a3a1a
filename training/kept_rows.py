"""Rows of the training set as they were made before, kept by what they rest on.

What a line's attributes say is what was known on the day it was sent, so it stays as it is while
remittances come in: a weekly round makes the rows of its new week, and those that a file which came
late throws new light on. Kept is one file a day of sending, of all that was sent on it, in a folder
that may be deleted at any time: columns of numbers and codes, keyed hashes in place of people.

A day's rows are good as long as they rest on the same: code, policies and coding model (`basis`),
and every received file in which anything was known by that day.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from claims.store import Store
from claims.store.bulk import Columns
from features.lines import Lines
from features.table import Part
from models.coding_words import LearnedKinds

Ints = NDArray[np.int64]
PACKAGES = ("claims", "features", "models", "training")
"""Packages that decide what a row, and what a model becomes."""
DECIDING = (".py", ".yaml", ".csv", ".txt", ".json", ".npz")
FOLDER = "rows"
"""Within the home folder."""
KEEPING = ("known_on", "member_key")
"""Columns of `Store.read_lines` that are asked for where rows are kept."""
WORDS = "words."
"""Before the names of category columns, which those of `Lines` may share."""
BASES = 2
"""Kept at a time: another model of coding, tried now and then, does not undo everything."""
MOST_MEMBERS = 0.5
"""Share of the submissions to be made above which everybody's claims are read."""
Made = list[tuple[Part | None, list[int]]]
"""Parts with the numbers of their submissions, in the order of their claims."""
Make = Callable[[Sequence[frozenset[int]], Collection[str] | None], Iterable[Made]]
"""Makes the rows of some submissions after others; told of which members, unless of nearly all."""
AT_ONCE = 20_000
"""Submissions whose rows are made before they are kept: what an interruption can lose."""
STRINGS = tuple(field.name for field in fields(Lines) if field.type == list[str])


@cache
def code_digest() -> str:
    """SHA-256 over sources, rules, word lists and shipped models."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*")):
            if file.suffix in DECIDING and file.is_file():
                digest.update(file.relative_to(root).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def basis(policies: str, edits: Sequence[str], coding: LearnedKinds | None) -> str:
    """Digest of what all rows of a practice rest on. policies: the digest of its policy book."""
    about: list[object] = [code_digest(), policies, *edits]
    if coding is not None:
        about += [coding.version, coding.share, coding.temperature, coding.least_share]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


@dataclass(frozen=True)
class Day:
    """Everything that was sent on a day."""

    ordinal: int
    numbers: frozenset[int]
    """Of its submissions."""
    state: str
    """Digest of all files in which anything was known by then."""


def days_of(store: Store, columns: Columns, submitted: Ints) -> dict[int, Day]:
    """Days of sending by their ordinal.

    columns: of `Store.read_lines`, with the day on which each submission was known. submitted: the
    day on which each line was sent.
    """
    number, first = np.unique(columns["submission_id"], return_index=True)
    sent = submitted[first]
    # What was sent before its file came is numbered among what was known when it came.
    known = (columns["known_on"][first] - np.datetime64("0001-01-01", "D")).astype(np.int64) + 1
    files = store.first_known()
    order = sorted(range(len(files)), key=lambda at: (files[at][0], files[at][1]))
    since = np.array([files[at][0] for at in order], dtype=np.int64)
    running, states = hashlib.sha256(), [""]
    for at in order:
        running.update(files[at][1].encode())
        states.append(running.hexdigest())
    found = {}
    for day in np.unique(sent).tolist():
        own = sent == day
        until = max(day, int(known[own].max()))
        state = states[int(np.searchsorted(since, until, side="right"))]
        found[day] = Day(day, frozenset(number[own].tolist()), state)
    return found


class KeptRows:
    """The kept rows of one practice."""

    def __init__(self, home: Path, practice: str, on: str) -> None:
        """on: what they rest on (`basis`)."""
        whose = home / FOLDER / hashlib.sha256(practice.encode()).hexdigest()[:16]
        self.folder = whose / on[:32]
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.utime(self.folder)
        used = sorted(whose.iterdir(), key=lambda one: one.stat().st_mtime)
        for other in used[:-BASES]:
            shutil.rmtree(other, ignore_errors=True)

    def read(self, day: Day) -> tuple[Part, list[int]] | None:
        """A day's rows and the numbers of their submissions, in that order; None: to be made."""
        try:
            with self._path(day).open("rb") as file, np.load(file, allow_pickle=False) as held:
                about = json.loads(held["about"].tobytes())
                if about["state"] != day.state:
                    return None
                sent = held["sent"].tolist()
                if not day.numbers.issubset(sent):
                    return None
                return _part(about, held), sent
        except (OSError, ValueError, KeyError, BadZipFile):
            return None

    def keep(self, day: Day, part: Part, sent: Sequence[int]) -> None:
        """Keeps a day's rows: whole or, where this is interrupted, not at all."""
        lines = part.lines
        columns = {name: getattr(lines, name) for name in STRINGS} | {
            f"{WORDS}{name}": words for name, words in part.words.items()
        }
        vocabulary: dict[str, list[str]] = {}
        codes = np.empty((len(columns), len(lines)), dtype=np.int32)
        for place, (name, words) in enumerate(columns.items()):
            known: dict[str, int] = {}
            codes[place] = [known.setdefault(word, len(known)) for word in words]
            vocabulary[name] = list(known)
        about = {"state": day.state, "names": part.names, "words": vocabulary}
        path = self._path(day)
        own = path.with_suffix(f".{os.getpid()}.tmp")
        with own.open("wb") as file:
            np.savez(
                file,
                about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
                sent=np.array(sent, dtype=np.int64),
                codes=codes,
                numbers=part.numbers,
                **{
                    field.name: getattr(lines, field.name)
                    for field in fields(Lines)
                    if field.name not in STRINGS
                },
            )
        own.replace(path)

    def made(
        self, days: Mapping[int, Day], wanted: frozenset[int], columns: Columns, make: Make
    ) -> Made:
        """Rows of the wanted submissions, by day: as they were kept, else made now and kept.

        columns: as for `days_of`, with the members' keys.
        """
        asked = [days[day] for day in sorted(days) if not wanted.isdisjoint(days[day].numbers)]
        found: dict[int, tuple[Part, list[int]]] = {}
        for day in asked:
            read = self.read(day)
            if read is not None:
                found[day.ordinal] = _only(*read, wanted)
        missing = [day for day in asked if day.ordinal not in found]
        if missing:
            slices = _slices(missing)
            numbers = [frozenset().union(*(day.numbers for day in some)) for some in slices]
            members = self._members(frozenset().union(*numbers), columns)
            for some, new in zip(slices, make(numbers, members), strict=True):
                joined = _joined(new)
                for day in some:
                    own = _only(*joined, day.numbers)
                    self.keep(day, *own)
                    found[day.ordinal] = _only(*own, wanted)
        return [found[day.ordinal] for day in asked]

    @staticmethod
    def _members(numbers: frozenset[int], columns: Columns) -> set[str] | None:
        there = np.isin(columns["submission_id"], np.fromiter(numbers, dtype=np.int64))
        return set(columns["member_key"][there]) if there.mean() <= MOST_MEMBERS else None

    def _path(self, day: Day) -> Path:
        return self.folder / f"{day.ordinal}.npz"


def _slices(days: Sequence[Day]) -> list[list[Day]]:
    """Days in their order, so many at a time as have AT_ONCE submissions."""
    found: list[list[Day]] = []
    held = AT_ONCE
    for day in days:
        if held + len(day.numbers) > AT_ONCE:
            found.append([])
            held = 0
        found[-1].append(day)
        held += len(day.numbers)
    return found


def _joined(made: Made) -> tuple[Part, list[int]]:
    parts = [part for part, _ in made if part is not None]
    return Part.join(parts), [number for _, numbers in made for number in numbers]


def _only(part: Part, sent: list[int], wanted: frozenset[int]) -> tuple[Part, list[int]]:
    """The rows of some submissions. sent: the number of each claim of the part."""
    keep = [number in wanted for number in sent]
    if all(keep):
        return part, sent
    there = np.flatnonzero(np.array(keep)[part.lines.claim])
    some = part.take(there)
    _, claim = np.unique(some.lines.claim, return_inverse=True)
    lines = replace(some.lines, claim=claim.astype(np.int64))
    return replace(some, lines=lines), [one for one, kept in zip(sent, keep, strict=True) if kept]


def _part(about: dict[str, Any], held: Mapping[str, NDArray[Any]]) -> Part:
    vocabulary: dict[str, list[str]] = about["words"]
    columns = {
        name: [words[code] for code in own]
        for (name, words), own in zip(vocabulary.items(), held["codes"].tolist(), strict=True)
    }
    values: dict[str, Any] = {
        field.name: columns[field.name] if field.name in STRINGS else held[field.name]
        for field in fields(Lines)
    }
    words = {
        name.removeprefix(WORDS): column
        for name, column in columns.items()
        if name.startswith(WORDS)
    }
    return Part(Lines(**values), tuple(about["names"]), held["numbers"], words)
