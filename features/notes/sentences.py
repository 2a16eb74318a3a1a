"""The learned part: what a sentence speaks of where phrases end.

A linear model for each element over hashed words, pairs of words and word beginnings, with the
section that the sentence stands in and the discipline. Weights are a numpy archive shipped
beside this module and rebuilt by `make models` (`training.notes`); scikit-learn is needed to
train, not to read. Words are cut by one expression, not by spaCy's tokenizer: measured on the
gold notes it reads as well and takes a quarter of the time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from features.notes.prose import Prose, Sentence

BUCKETS = 1 << 15
"""Features are hashed into so many columns."""
STEM = 5
"""Letters of a word's beginning, which carry what its endings vary."""
MOST_ODDS = 9.0
"""Bound of the log-odds: no sentence is surer than one in 8,000."""
_WORDS_FILE = "sentences.npz"

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
_Keys = NDArray[np.uint64]

_TOKEN = re.compile(r"\d[\d.,/:]*%?|[^\W\d_][\w']*|[^\w\s]")
_PAIR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_THREE = np.uint64(3)
_STEMS_APART = 1 << 40
"""Keeps beginnings of words apart from words."""
_FRAME_APART = 1 << 41
"""Keeps sections and disciplines apart from words."""


def _bucket(keys: _Keys) -> Ids:
    mixed = keys * _PAIR
    return ((mixed ^ (mixed >> _SHIFT)) % np.uint64(BUCKETS)).astype(np.int64)


_KNOWN: dict[str, tuple[int, int]] = {}
MOST_KNOWN = 100_000
_DIGITS = re.compile(r"\d")


def _learn(word: str) -> tuple[int, int]:
    if word[0].isdigit():
        # Which number it was matters less than how it looks: d, dd/dd, dd%.
        shape = crc32(_DIGITS.sub("0", word)[:8].encode())
        pair = (shape, shape + _STEMS_APART)
    else:
        pair = (
            crc32(word.encode(errors="replace")),
            crc32(word[:STEM].encode(errors="replace")) + _STEMS_APART,
        )
    if len(_KNOWN) < MOST_KNOWN and len(word) < 30:
        _KNOWN[word] = pair
    return pair


@cache
def _frame(section: str, discipline: str | None) -> tuple[int, ...]:
    told = [f"section {section}"] if section else []
    told += [f"discipline {discipline}"] if discipline else []
    return tuple(crc32(t.encode()) + _FRAME_APART for t in told)


@dataclass(frozen=True)
class Columns:
    """The columns of each of some sentences, each once, in the order of the sentences."""

    sentences: Ids
    """To which sentence each column belongs, rising."""
    columns: Ids
    counts: Ids
    """Columns of each sentence; never 0."""


def columns(low: str, sentences: Sequence[Sentence], discipline: str | None) -> Columns:
    """Words, stems and pairs of each sentence of a text in lower case, with its frame."""
    tokens: list[str] = []
    lengths: list[int] = []
    frames: list[int] = []
    framed: list[int] = []
    for number, sentence in enumerate(sentences):
        words = _TOKEN.findall(low, sentence.start, sentence.end)
        tokens += words
        lengths.append(len(words))
        # What has no words still has its column: one that no word shares.
        frame = _frame(sentence.section, discipline) or (_FRAME_APART,)
        frames += frame
        framed += [number] * len(frame)
    known = _KNOWN.get
    pairs = [known(t) or _learn(t) for t in tokens]
    table = np.array(pairs, dtype=np.uint64).reshape(-1, 2)
    owner = np.repeat(np.arange(len(sentences), dtype=np.int64), lengths)
    own, stems = table[:, 0], table[:, 1]
    together = owner[:-1] == owner[1:]
    following = ((own[:-1] * _THREE) ^ own[1:])[together]
    keys = np.concatenate((own, stems, following, np.array(frames, dtype=np.uint64)))
    owners = np.concatenate((owner, owner, owner[:-1][together], np.array(framed, dtype=np.int64)))
    both = np.unique(owners * BUCKETS + _bucket(keys))
    owned = both // BUCKETS
    return Columns(owned, both % BUCKETS, np.bincount(owned, minlength=len(sentences)))


@dataclass(frozen=True)
class SentenceModel:
    """Weights by element."""

    keys: tuple[str, ...]
    weights: NDArray[np.float32]
    """A row a column, an entry an element."""
    bias: NDArray[np.float32]
    version: str

    def log_odds(self, prose: Prose, discipline: str | None = None) -> dict[str, Floats]:
        """Of each sentence of a note to show each element, between -9 and 9."""
        count = len(prose.sentences)
        if not count:
            return {key: np.zeros(0) for key in self.keys}
        found = columns(prose.low, prose.sentences, discipline)
        firsts = np.concatenate(([0], np.cumsum(found.counts)[:-1]))
        total = np.add.reduceat(self.weights[found.columns], firsts, axis=0)
        scores = total / np.sqrt(found.counts)[:, None] + self.bias
        bounded = np.clip(scores, -MOST_ODDS, MOST_ODDS)
        return {key: bounded[:, i] for i, key in enumerate(self.keys)}

    def to_bytes(self) -> bytes:
        """The model as a numpy archive without pickles."""
        held = BytesIO()
        np.savez_compressed(
            held,
            keys=np.asarray(self.keys),
            weights=self.weights.astype(np.float16),
            bias=self.bias,
            version=np.asarray(self.version),
        )
        return held.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "SentenceModel":
        """Reads what `to_bytes` wrote. Raises ValueError for anything else."""
        with np.load(BytesIO(content), allow_pickle=False) as held:
            return cls(
                keys=tuple(str(k) for k in held["keys"]),
                weights=held["weights"].astype(np.float32),
                bias=held["bias"].astype(np.float32),
                version=str(held["version"]),
            )


@cache
def shipped() -> SentenceModel | None:
    """The model in the package; None where it has not been built yet."""
    place = files("features.notes.weights").joinpath(_WORDS_FILE)
    return SentenceModel.from_bytes(place.read_bytes()) if place.is_file() else None
