"""Whether a text is written in English, which alone is read."""

import re

from features.notes.phrases import load

_WORD = re.compile(r"[^\W\d_]+")
_LATIN_END = "\u024f"
"""Last letter of extended Latin: what follows is another script."""
_ENGLISH = frozenset(load("languages")["english"])
_OTHERS = frozenset(load("languages")["others"])
LEAST_WORDS = 8
MOST_WORDS = 400
"""Words at the beginning that are looked at."""
MOST_OTHER_SCRIPT = 0.3
LEAST = 3
"""Small words of another language; one may be a name."""
LEAST_OTHERS = 0.1
"""Share of small words of another language from which a text is written in it, where its English
ones are fewer: shorthand has few of either."""


def is_other_language(low: str) -> bool:
    """Whether a text in lower case is hardly English.

    >>> is_other_language("die patientin berichtet über angst und schläft nicht gut, sie ist müde")
    True
    >>> is_other_language("97110 x2 23 min, te nmr, gait w/ spc cga, hep rev'd, tol well, cont poc")
    False
    """
    words = _WORD.findall(low[: MOST_WORDS * 12])[:MOST_WORDS]
    letters = sum(map(len, words))
    if not letters:
        return False
    if sum(letter > _LATIN_END for word in words for letter in word) > MOST_OTHER_SCRIPT * letters:
        return True
    if len(words) < LEAST_WORDS:
        return False
    english = sum(word in _ENGLISH for word in words)
    others = sum(word in _OTHERS for word in words)
    return others >= max(LEAST, LEAST_OTHERS * len(words)) and others > english
