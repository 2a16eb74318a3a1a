"""Expressions tried only where they can begin: at a number or at one of their first words.

An expression of many alternatives tries them all at every character of a text. Notes are prose:
few of their words can begin a time, a measure or a person, and asking a set is cheaper.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache

_BEGIN = re.compile(r"[.+-]?\d+|[^\W\d_]+")
_LETTERS = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=4)
def _index(low: str) -> tuple[dict[str, list[int]], list[int]]:
    """Where each word of a text begins, and where each number does, with its sign if it has one."""
    words: dict[str, list[int]] = {}
    numbers: list[int] = []
    for begin in _BEGIN.finditer(low):
        word = begin[0]
        if word[-1].isdigit():
            numbers.append(begin.start())
            if not word[0].isdigit():
                numbers.append(begin.start() + 1)
        else:
            words.setdefault(word, []).append(begin.start())
    return words, numbers


class Starts:
    """An expression over lower-case text with the words that every match begins with.

    words: first words, letters alone ("phq" for "PHQ-9").
    digits: whether a match may begin with a digit, or with a sign or point before one.
    """

    def __init__(
        self, pattern: re.Pattern[str], words: Iterable[str], *, digits: bool = True
    ) -> None:
        self.pattern = pattern
        self.words = frozenset(words)
        self._digits = digits
        self._last: tuple[str, list[int]] = ("", [])

    def finditer(self, low: str, start: int, end: int) -> Iterator[re.Match[str]]:
        """Matches in low[start:end], as the expression's own `finditer` would find them."""
        match = self.pattern.match
        places = self._places(low)
        reached = start
        for number in range(bisect_left(places, start), len(places)):
            place = places[number]
            if place >= end:
                return
            if place >= reached:
                hit = match(low, place, end)
                if hit:
                    reached = max(hit.end(), place + 1)
                    yield hit

    def search(self, low: str, start: int, end: int) -> re.Match[str] | None:
        """The first match in low[start:end]."""
        return next(self.finditer(low, start, end), None)

    def _places(self, low: str) -> list[int]:
        """Where a match may begin; a text's are kept until the next text comes."""
        text, places = self._last
        if text is not low:
            words, numbers = _index(low)
            places = [place for word in words.keys() & self.words for place in words[word]]
            if self._digits:
                places += numbers
            places.sort()
            self._last = (low, places)
        return places


def first_words(phrases: Iterable[str]) -> frozenset[str]:
    """The first run of letters of each phrase; phrases that begin with a digit have none.

    >>> sorted(first_words(["phq-9", "leg length", "5xsts"]))
    ['leg', 'phq']
    """
    found = (_LETTERS.match(p) for p in phrases)
    return frozenset(hit[0] for hit in found if hit)
