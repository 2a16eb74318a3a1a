"""The one feature table, for a million training lines and for a claim just typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.attributes import (
    CATEGORICAL,
    ELEMENTS,
    FINDING_COUNTS,
    MODIFIERS,
    NUMBERS,
    attributes,
    lines_of,
)
from features.case import Case
from features.history import History, describe
from features.lines import Lines

Matrix = NDArray[np.float32]


class Feature(NamedTuple):
    """One column of the table."""

    name: str
    kind: Literal["number", "category"]
    meaning: str
    known: Literal["submission", "note", "remittances received before submission"]
    """What it rests on, and so when it is known."""


def schema(edits: Sequence[str]) -> tuple[Feature, ...]:
    """Every feature, in order. Names are only ever added: a changed meaning is a new name.

    edits: ids of the edits that have a column of their own.
    """
    received: Literal["remittances received before submission"] = (
        "remittances received before submission"
    )
    return (
        *(
            Feature(name, "number", meaning, "note" if name.startswith("note.") else "submission")
            for name, meaning in NUMBERS.items()
        ),
        *(
            Feature(f"modifier.{modifier}", "number", f"whether {modifier} was sent", "submission")
            for modifier in MODIFIERS
        ),
        *(
            Feature(f"element.{key}", "number", f"the note's {key}: sure 1, surely not -1", "note")
            for key in ELEMENTS
        ),
        *(
            Feature(f"lack.{key}", "number", f"how surely {key} is wanted and absent", "note")
            for key in ELEMENTS
        ),
        *(
            Feature(f"edit.{edit}", "number", f"severity of {edit}, 0 to 3", "submission")
            for edit in edits
        ),
        *(Feature(name, "number", "how many findings", "submission") for name in FINDING_COUNTS),
        *(Feature(name, "number", meaning, received) for name, meaning in describe().items()),
        *(
            Feature(name, "category", meaning, "submission")
            for name, meaning in CATEGORICAL.items()
        ),
    )


@lru_cache(maxsize=8)
def _numbers(edits: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the number columns, in order."""
    return tuple(feature.name for feature in schema(edits) if feature.kind == "number")


@dataclass(frozen=True)
class Table:
    """Lines by features. Categories are words here; a model knows its own numbers for them."""

    lines: Lines
    names: tuple[str, ...]
    """Of the columns of `numbers`."""
    numbers: Matrix
    """(lines, names); NaN where a thing is not known."""
    words: dict[str, list[str]]
    """Category columns by name."""
    allowed: NDArray[np.float64]
    """What the payer can be expected to allow for each line, in dollars."""

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, rows: NDArray[np.int64]) -> "Table":
        """Some of the lines, in the order of `rows`."""
        return Table(
            self.lines.take(rows),
            self.names,
            self.numbers[rows],
            {name: [words[row] for row in rows] for name, words in self.words.items()},
            self.allowed[rows],
        )


@dataclass(frozen=True)
class Part:
    """Attributes of some cases' lines, before history is added: what can be made in batches."""

    lines: Lines
    names: tuple[str, ...]
    numbers: Matrix
    words: dict[str, list[str]]

    @classmethod
    def of(cls, cases: Sequence[Case], edits: Sequence[str]) -> "Part":
        """Attributes of every line of the cases, in order."""
        lines = lines_of(cases)
        return cls(lines, *attributes(cases, lines, edits))

    def take(self, rows: NDArray[np.int64]) -> "Part":
        """Some of the lines, in the order of `rows`."""
        return Part(
            self.lines.take(rows),
            self.names,
            self.numbers[rows],
            {name: [words[row] for row in rows] for name, words in self.words.items()},
        )

    @classmethod
    def join(cls, parts: "Sequence[Part]") -> "Part":
        """Several batches as one."""
        return cls(
            Lines.join([part.lines for part in parts]),
            parts[0].names,
            np.concatenate([part.numbers for part in parts]),
            {
                name: [word for part in parts for word in part.words[name]]
                for name in parts[0].words
            },
        )


def with_history(part: Part, history: History, edits: Sequence[str]) -> Table:
    """The whole table: history as known on each line's day of submission."""
    lines = part.lines
    at = {name: place for place, name in enumerate(part.names)}
    since = part.numbers[:, at["policy.days"]].astype(np.float64)
    told = np.isfinite(since)
    changed = np.where(told, lines.service - np.where(told, since, 0.0), 0.0).astype(np.int64)
    left = part.numbers[:, at["ledger.benefit_left"]].astype(np.float64)
    found = history.features(lines, lines.submitted, changed, left)
    names = _numbers(tuple(edits))
    matrix = np.empty((len(lines), len(names)), dtype=np.float32)
    for place, name in enumerate(names):
        matrix[:, place] = found[name] if name in found else part.numbers[:, at[name]]
    return Table(lines, names, matrix, part.words, history.allowed(lines, lines.submitted))


def build(cases: Sequence[Case], history: History, edits: Sequence[str]) -> Table:
    """Every feature of every line of the cases, in order.

    edits: ids of the edits that have a column.
    """
    return with_history(Part.of(cases, edits), history, edits)
