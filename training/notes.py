"""The note reader's learned part: fitted on sentences written for it and on invented notes.

    python -m training.notes --notes build/notes/train

rebuilds the weights (`make models`). The notes are those of `data.synthetic.corpus` by the voices
that are not held out: a sentence shows an element where a passage of the note's truth lies in it.
How well it reads is judged by `training.note_evaluation` on gold notes whose writers it never saw.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from claims.problem import ClaimwrightError
from features.notes.prose import Prose, Sentence, lower, prose
from features.notes.sentences import BUCKETS, SentenceModel, columns

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
OF_NOTES_ALONE = ("objective_measure",)
"""Learned from the notes' truth and from written sentences without any number, which show none:
the others were not tagged for it."""
KEYS = (*TAGS.values(), *OF_NOTES_ALONE)
SENTENCES = Path(__file__).parent / "sentences"
WEIGHTS = Path(__file__).parents[1] / "features" / "notes" / "weights" / "sentences.npz"
NOTES = Path("build/notes/train")
STRENGTH = 8.0
"""Inverse of the L2 penalty; chosen on the voices held out."""
WRITTEN_WEIGHT = 15.0
"""What a sentence written for training weighs against one from an invented note, of which there
are many more in fewer turns of phrase; chosen on sentences and voices of no training."""
EVERY = 8
"""Of the invented notes each eighth is learned from: more of them teach the bank's turns of phrase
and read other writers worse."""
WHOLE = 6
"""Words from which a written sentence weighs in full; an entry of two words says less."""
UNFRAMED = 3
"""Of ten sentences of notes, so many are learned without their section and discipline, so that
the words are learned too where a heading tells all."""
VERSION = "4"
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|once|twice|half|none|zero)\b", re.I
)


@dataclass(frozen=True)
class Example:
    """A sentence and the elements that it shows."""

    text: str
    shows: frozenset[str]
    section: str = ""
    discipline: str | None = None
    weight: float = 1.0
    written: bool = False


def examples(folder: Path = SENTENCES) -> Iterator[Example]:
    """The sentences written for training. Raises ValueError for a line that is none."""
    for file in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            tags, tab, text = line.partition("\t")
            if not tab or any(t not in TAGS and t != "-" for t in tags):
                raise ValueError(f"{file.name}: line {number}: expected tags, a tab and a sentence")
            shows = frozenset(TAGS[t] for t in tags if t != "-")
            whole = min(1.0, len(text.split()) / WHOLE)
            yield Example(text, shows, weight=WRITTEN_WEIGHT * whole, written=True)


def sentences_of(folder: Path, every: int = EVERY) -> Iterator[Example]:
    """The sentences of invented notes in a folder, each different one once.

    Raises ClaimwrightError where the folder holds none.
    """
    notes, truth = folder / "notes.jsonl", folder / "truth.jsonl"
    if not notes.is_file() or not truth.is_file():
        raise ClaimwrightError(
            f"{folder}: holds no notes.jsonl and truth.jsonl; write them with "
            f"python -m data.synthetic.corpus {folder}"
        )
    seen = set()
    with notes.open(encoding="utf-8") as texts, truth.open(encoding="utf-8") as truths:
        for text, told in islice(zip(texts, truths, strict=True), 0, None, every):
            for example in _of_note(json.loads(text), json.loads(told)["elements"]):
                key = (example.text, example.section, example.discipline)
                if key not in seen:
                    seen.add(key)
                    yield example


def _of_note(note: dict[str, str], truth: dict[str, list[tuple[int, int]]]) -> Iterator[Example]:
    read = prose(note["text"])
    for sentence in read.sentences:
        shows = frozenset(
            key for key in KEYS if any(_lies_in(span, sentence) for span in truth.get(key, ()))
        )
        text = note["text"][sentence.start : sentence.end]
        framed = crc32(text.encode()) % 10 >= UNFRAMED
        yield Example(
            text,
            shows,
            section=sentence.section if framed else "",
            discipline=note["discipline"] if framed else None,
        )


def _lies_in(span: tuple[int, int], sentence: Sentence) -> bool:
    """Whether a sentence holds half of a passage, or a passage half of the sentence."""
    common = min(span[1], sentence.end) - max(span[0], sentence.start)
    return 2 * common >= min(span[1] - span[0], sentence.end - sentence.start) > 0


def _columns(example: Example) -> NDArray[np.int64]:
    low = lower(example.text)
    whole = Sentence(0, len(low), example.section)
    alone = Prose(example.text, low, (whole,), frozenset(), ())
    return columns(alone.low, alone.sentences, example.discipline).columns


def fit(found: Iterable[Example]) -> SentenceModel:
    """A linear model for each element, one against the rest."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    found = list(found)
    rows = [_columns(e) for e in found]
    indptr = np.cumsum([0, *(len(r) for r in rows)])
    indices = np.concatenate(rows)
    # Longer sentences have more columns; each sentence weighs the same.
    data = np.concatenate([np.full(len(r), 1 / np.sqrt(len(r))) for r in rows])
    table = csr_matrix((data, indices, indptr), shape=(len(rows), BUCKETS))
    weight = np.asarray([e.weight for e in found])
    weights = np.zeros((BUCKETS, len(KEYS)), dtype=np.float32)
    bias = np.zeros(len(KEYS), dtype=np.float32)
    untagged = np.asarray([e.written and _NUMBER.search(e.text) is not None for e in found])
    for number, key in enumerate(KEYS):
        target = np.asarray([key in e.shows for e in found])
        model = LogisticRegression(
            C=STRENGTH, class_weight="balanced", solver="liblinear", random_state=0
        )
        kept = ~untagged if key in OF_NOTES_ALONE else np.ones(len(found), dtype=bool)
        model.fit(table[kept], target[kept], sample_weight=weight[kept])
        weights[:, number] = model.coef_[0]
        bias[number] = model.intercept_[0]
    return SentenceModel(KEYS, weights, bias, VERSION)


def main(arguments: list[str] | None = None) -> int:
    """Rebuilds the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument(
        "--notes", type=Path, default=NOTES, help="a folder of invented notes with their truth"
    )
    given = parser.parse_args(arguments)
    found = [*examples(), *sentences_of(given.notes)]
    content = fit(found).to_bytes()
    given.out.write_bytes(content)
    sys.stdout.write(f"{len(found):,} sentences, {len(content):,} bytes of weights\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
