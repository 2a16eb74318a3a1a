"""The training set: every settled line with the features that it had on its own day.

Each batch is judged in a context that knows only what the practice knew that morning; the edits
that feed the model are those of serving, run again as of then.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.case import Case
from features.history import History
from features.lines import Answers
from features.table import Part, Table, with_history
from training.settled import Settled, settled

CHUNK = 2_000
"""Claims whose domain objects are held at a time."""


@dataclass(frozen=True)
class Dataset:
    """Features and answers of all lines that were submitted before a day."""

    table: Table
    answers: Answers
    settled: Settled
    as_of: date

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


def assemble(
    cases: Iterable[Case],
    answers: Answers,
    history: History,
    edits: tuple[str, ...],
    as_of: date,
) -> Dataset:
    """The training set of the cases, in their order.

    cases: each as of its own day. answers: one entry for each of their lines, in the same order,
    as far as they were known on `as_of`. history: of all lines, these and others.
    Raises ValueError where lines and answers differ in number.
    """
    part = Part.join([Part.of(chunk, edits) for chunk in _chunks(cases)])
    if len(part.lines) != len(answers.known):
        raise ValueError(f"{len(part.lines)} lines, but {len(answers.known)} answers")
    table = with_history(part, history, edits)
    return Dataset(table, answers, settled(part.lines, answers, as_of.toordinal() + 1), as_of)


def _chunks(cases: Iterable[Case]) -> Iterator[list[Case]]:
    chunk: list[Case] = []
    for case in cases:
        chunk.append(case)
        if len(chunk) >= CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
