"""The learned part: what a sentence speaks of where phrases end.

A linear model for each element over hashed words, pairs of words and word beginnings, from
spaCy's English tokenizer. Weights are a numpy archive shipped beside this module and rebuilt by
`make models` (`training.notes`); scikit-learn is needed to train, not to read.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from features.notes.prose import Prose

if TYPE_CHECKING:
    from spacy.language import Language

BUCKETS = 1 << 15
"""Features are hashed into so many columns."""
STEM = 5
"""Letters of a word's beginning, which carry what its endings vary."""
_WORDS_FILE = "sentences.npz"

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


@cache
def _language() -> "Language":
    import spacy

    return spacy.blank("en")


_RUN = re.compile(r"\S{60,}|[\ud800-\udfff]")
_PAIR = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_STEMS_APART = 1 << 40
"""Keeps beginnings of words apart from words, whose keys are spread over 64 bits."""


def _bucket(keys: NDArray[np.uint64]) -> Ids:
    mixed = keys * _PAIR
    return ((mixed ^ (mixed >> _SHIFT)) % np.uint64(BUCKETS)).astype(np.int64)


class Words:
    """A note's tokens as numbers: where each stands and what it is."""

    def __init__(self, text: str) -> None:
        nlp = _language()
        # The tokenizer peels a run of signs one by one, in quadratic time: no word is so long.
        doc = nlp.make_doc(_RUN.sub(lambda run: " " * len(run[0]), text))
        table = doc.to_array(["IDX", "LOWER", "SHAPE"])
        if table.ndim == 1:
            table = table.reshape(-1, 3)
        self.starts: Ids = table[:, 0].astype(np.int64)
        lower, shape = table[:, 1], table[:, 2]
        strings = nlp.vocab.strings
        kept = np.empty(len(lower), dtype=np.uint64)
        stems = np.empty(len(lower), dtype=np.uint64)
        for i, key in enumerate(lower.tolist()):
            known = _KNOWN.get(key)
            if known is None:
                known = _learn(key, strings[key])
            kept[i], stems[i] = known
        numeric = kept == 0
        # Which number it was matters less than how it looks: d, dd/dd, dd%.
        kept[numeric] = shape[numeric]
        stems[numeric] = shape[numeric]
        self.words = kept
        self.stems = stems


_KNOWN: dict[int, tuple[int, int]] = {}
MOST_KNOWN = 100_000


def _learn(key: int, word: str) -> tuple[int, int]:
    if any(c.isdigit() for c in word):
        pair = (0, 0)
    else:
        pair = (key, crc32(word[:STEM].encode()) + _STEMS_APART)
    if len(_KNOWN) < MOST_KNOWN:
        _KNOWN[key] = pair
    return pair


def columns(words: Words, first: int, last: int) -> Ids:
    """Columns of the tokens first to last (last excluded): words, stems, pairs; each once."""
    if last <= first:
        return np.zeros(0, dtype=np.int64)
    own = words.words[first:last]
    pairs = (own[:-1] * np.uint64(3)) ^ own[1:]
    stems = words.stems[first:last]
    return np.unique(_bucket(np.concatenate((own, pairs, stems))))


@dataclass(frozen=True)
class SentenceModel:
    """Weights by element."""

    keys: tuple[str, ...]
    weights: NDArray[np.float32]
    """A row a column, an entry an element."""
    bias: NDArray[np.float32]
    version: str

    def probabilities(self, prose: Prose) -> dict[str, Floats]:
        """Of each sentence of a note to show each element."""
        words = Words(prose.text)
        count = len(prose.sentences)
        scores = np.zeros((count, len(self.keys)))
        starts = words.starts
        bounds = np.asarray([(s.start, s.end) for s in prose.sentences], dtype=np.int64)
        if count:
            firsts = np.searchsorted(starts, bounds[:, 0])
            lasts = np.searchsorted(starts, bounds[:, 1])
            for number in range(count):
                ids = columns(words, int(firsts[number]), int(lasts[number]))
                total = self.weights[ids].sum(axis=0)
                scores[number] = total / max(1.0, np.sqrt(len(ids))) + self.bias
        shown = 1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))
        return {key: shown[:, i] for i, key in enumerate(self.keys)}

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
