"""The note reader's learned part: fitted on sentences written for it, judged on unseen writers.

`python -m training.notes` rebuilds the weights (`make models`); with `--evaluate FOLDER` it
reads gold notes and prints what the reader gets right, for rules, model and both.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.notes.sentences import BUCKETS, SentenceModel, Words, columns

TAGS = {
    "S": "subjective",
    "I": "intervention",
    "R": "response",
    "G": "goal_progress",
    "N": "medical_necessity",
    "M": "mental_status",
    "K": "risk",
    "P": "plan",
    "H": "home_program",
    "C": "plan_of_care",
}
SENTENCES = Path(__file__).parent / "sentences"
WEIGHTS = Path(__file__).parents[1] / "features" / "notes" / "weights" / "sentences.npz"
STRENGTH = 20.0
"""Inverse of the L2 penalty; chosen by cross-validation over the sentences."""
VERSION = "1"


@dataclass(frozen=True)
class Example:
    """A sentence and the elements that it shows."""

    text: str
    shows: frozenset[str]


def examples(folder: Path = SENTENCES) -> Iterator[Example]:
    """The sentences written for training. Raises ValueError for a line that is none."""
    for file in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            tags, tab, text = line.partition("\t")
            if not tab or any(t not in TAGS and t != "-" for t in tags):
                raise ValueError(f"{file.name}: line {number}: expected tags, a tab and a sentence")
            yield Example(text, frozenset(TAGS[t] for t in tags if t != "-"))


def _row(text: str) -> NDArray[np.int64]:
    words = Words(text)
    return columns(words, 0, len(words.starts))


def fit(found: list[Example]) -> SentenceModel:
    """A linear model for each element, one against the rest."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = [_row(e.text) for e in found]
    indptr = np.cumsum([0, *(len(r) for r in rows)])
    indices = np.concatenate(rows)
    # Longer sentences have more columns; each sentence weighs the same.
    data = np.concatenate([np.full(len(r), 1 / max(1.0, np.sqrt(len(r)))) for r in rows])
    table = csr_matrix((data, indices, indptr), shape=(len(rows), BUCKETS))
    weights = np.zeros((BUCKETS, len(TAGS)), dtype=np.float32)
    bias = np.zeros(len(TAGS), dtype=np.float32)
    for number, key in enumerate(TAGS.values()):
        target = np.asarray([key in e.shows for e in found])
        model = LogisticRegression(C=STRENGTH, max_iter=500, class_weight="balanced")
        model.fit(table, target)
        weights[:, number] = model.coef_[0]
        bias[number] = model.intercept_[0]
    return SentenceModel(tuple(TAGS.values()), weights, bias, VERSION)


def main(arguments: list[str] | None = None) -> int:
    """Rebuilds the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    found = list(examples())
    content = fit(found).to_bytes()
    given.out.write_bytes(content)
    sys.stdout.write(f"{len(found)} sentences, {len(content):,} bytes of weights\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
