"""Phrases as data: what each sign of the phrase language finds."""

import pytest

from features.notes.lexicon import Lexicon
from features.notes.prose import prose


def found(phrase: str, text: str) -> list[str]:
    note = prose(text)
    return [note.text[h.start : h.end] for h in Lexicon([("g", [phrase])]).find(note)]


@pytest.mark.parametrize(
    ("phrase", "text", "hits"),
    [
        ("denies|denied si", "Client denied SI today.", ["denied SI"]),
        ("denies [any] si", "Denies any SI.", ["Denies any SI"]),
        ("impair* .. work", "It impairs his daily work.", ["impairs his daily work"]),
        ("no_longer drives", "She no longer drives.", ["no longer drives"]),
        ("<n> cues", "Needed 3 cues.", ["3 cues"]),
        ("pain ... stairs", "Pain. On stairs none.", []),
        ("can't", "He can\u2019t.", ["can\u2019t"]),
        ("si", "Since Sunday", []),
    ],
)
def test_signs(phrase: str, text: str, hits: list[str]) -> None:
    assert found(phrase, text) == hits


def test_a_phrase_that_cannot_be_indexed_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with a word"):
        Lexicon([("g", [".. si"])])
    with pytest.raises(ValueError, match="quotes"):
        Lexicon([("g", [988])])  # type: ignore[list-item]
