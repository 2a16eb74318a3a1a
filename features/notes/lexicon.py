"""Phrases as data, found in a note at the price of a few dictionary look-ups a word.

A phrase is a row of tokens separated by blanks:

    denies|denied      one of these words
    impair*            a word with this beginning
    no_longer          two words where one is expected
    [any]              may be absent
    ..   ...           a gap of at most 2, of at most 7 words, within the sentence
    <n>                a number: 12, 3.5, 80%, 7/10

Each phrase is tried only where its first token stands, with bounded gaps, so the time is linear
in the text whatever the text is.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from features.notes.prose import Prose

_GAPS = {"..": 2, "...": 7}
_APART = r"[^\w\n]{1,6}"
_NUMBER = r"\d{1,4}(?:[.,/]\d{1,3})?%?"
_ANY_WORD = r"[\w'%./#-]{1,30}"
WORD = re.compile(r"[^\W_][\w']*")
SHORTEST_STEM = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: its group, its offsets and the number of its sentence."""

    group: str
    start: int
    end: int
    sentence: int


@cache
def _spellings() -> tuple[tuple[str, str], ...]:
    text = files("features.notes.phrases").joinpath("spellings.csv").read_text(encoding="utf-8")
    return tuple((row["american"], row["british"]) for row in csv.DictReader(text.splitlines()))


def _in_both_spellings(token: str) -> str:
    """A token with the British spellings of its words beside the American ones.

    >>> _in_both_spellings("behavior*|plan")
    'behavior*|plan|behaviour*'
    """
    words = token.split("|")
    british = []
    for word in words:
        for ours, theirs in _spellings():
            if ours in word and theirs not in word:
                british.append(word.replace(ours, theirs))
    return "|".join(dict.fromkeys([*words, *british]))


def _spelled(token: str) -> str:
    if token.startswith("["):
        return f"[{_in_both_spellings(token[1:-1])}]"
    return _in_both_spellings(token)


def _token(token: str) -> str:
    parts = []
    for word in token.split("|"):
        if word == "<n>":
            parts.append(_NUMBER)
        elif "_" in word:
            parts.append(_APART.join(map(re.escape, word.split("_"))) + r"(?![\w'])")
        elif word.endswith("*"):
            parts.append(re.escape(word[:-1]) + r"[\w']{0,20}")
        else:
            parts.append(re.escape(word) + r"(?![\w'])")
    return "(?:" + "|".join(parts) + ")"


def compile_phrase(phrase: str) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """A phrase's possible first words (a stem with its `*`) and its expression.

    Raises ValueError for a phrase that begins with a gap or an optional word.

    >>> compile_phrase("denies|denied [any] si")[0]
    ('denies', 'denied')
    """
    tokens = [_spelled(token) for token in phrase.lower().split()]
    if not tokens or tokens[0] in _GAPS or tokens[0].startswith("["):
        raise ValueError(f"a phrase begins with a word: {phrase!r}")
    pattern = _token(tokens[0])
    for token in tokens[1:]:
        if token in _GAPS:
            pattern += f"(?:{_APART}{_ANY_WORD}){{0,{_GAPS[token]}}}?"
        elif token.startswith("["):
            pattern += f"(?:{_APART}{_token(token[1:-1])})?"
        else:
            pattern += _APART + _token(token)
    return tuple(tokens[0].split("|")), re.compile(pattern)


class Lexicon:
    """Groups of phrases, ready to be found together in one pass over a note."""

    def __init__(self, groups: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._words: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        self._stems: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        self._numbers: list[tuple[str, re.Pattern[str]]] = []
        self._known: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {}
        for group, phrases in groups:
            for phrase in phrases:
                if not isinstance(phrase, str):
                    raise ValueError(f"{group}: {phrase!r} is no phrase; put it in quotes")
                firsts, pattern = compile_phrase(phrase)
                for first in firsts:
                    if first == "<n>":
                        self._numbers.append((group, pattern))
                    elif first.endswith("*"):
                        self._stems.setdefault(first[:-1], []).append((group, pattern))
                    else:
                        # The first word as WORD finds it: "a&o" is found at its "a".
                        found = WORD.match(first.split("_")[0])
                        if not found:
                            raise ValueError(f"a phrase begins with a letter or digit: {phrase!r}")
                        self._words.setdefault(found[0], []).append((group, pattern))
        self._lengths = tuple(sorted({len(stem) for stem in self._stems}))

    def patterns(self) -> Iterator[re.Pattern[str]]:
        """Every phrase's expression."""
        for held in (*self._words.values(), *self._stems.values(), self._numbers):
            for _, pattern in held:
                yield pattern

    def _candidates(self, word: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
        if word[0].isdigit() and word not in self._words:
            return tuple(self._numbers)
        known = self._known.get(word)
        if known is None:
            found = list(self._words.get(word, ()))
            for length in self._lengths:
                if length > len(word):
                    break
                found += self._stems.get(word[:length], ())
            known = tuple(found)
            # Words are few and texts are many; a flood of invented words is not kept.
            if len(self._known) < 50_000 and len(word) < 30:
                self._known[word] = known
        return known

    def find(self, prose: Prose) -> Iterator[Hit]:
        """Every phrase of every group in the note's sentences, in their order."""
        low = prose.low
        for number, sentence in enumerate(prose.sentences):
            end = sentence.end
            for word in WORD.finditer(low, sentence.start, end):
                for group, pattern in self._candidates(word[0]):
                    hit = pattern.match(low, word.start(), end)
                    if hit:
                        yield Hit(group, hit.start(), hit.end(), number)
