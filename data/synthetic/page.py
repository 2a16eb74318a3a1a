"""A note's text as it grows, and where each element of it stands."""

import re
from collections.abc import Sequence
from typing import Self

from claims.note import ElementKey

Spans = dict[ElementKey, tuple[tuple[int, int], ...]]
_STRAY = re.compile(r" [ ,.;:)]")
"""Blanks that an empty alternative may have left behind."""


class Passage:
    """A finished stretch of text with the elements that it shows, relative to its start."""

    __slots__ = ("marks", "text")

    def __init__(self, text: str, marks: tuple[tuple[ElementKey, int, int], ...]) -> None:
        self.text = text
        self.marks = marks

    @classmethod
    def of(
        cls,
        pieces: Sequence[str],
        marks: Sequence[tuple[ElementKey, int, int]],
        element: ElementKey | None,
        capital: bool,
        stop: str,
    ) -> Self:
        """Pieces joined, begun with a capital and ended with `stop`; marks turned to offsets.

        marks: element, first piece, piece behind the last.
        """
        text = "".join(pieces)
        if text[-1:].isspace() or _STRAY.search(text):
            pieces = _spaced(pieces)
            text = "".join(pieces)
        found: list[tuple[ElementKey, int, int]] = []
        if marks:
            ends = [0]
            for piece in pieces:
                ends.append(ends[-1] + len(piece))
            found = [(key, ends[first], ends[last]) for key, first, last in marks]
        length = len(text)
        if element is not None:
            found.append((element, 0, length))
        if capital and text[:1].islower():
            text = text[0].upper() + text[1:]
        if stop and text and text[-1] not in ".?!:;)]_\n" and text[-2:] not in ('."', '?"', '!"'):
            text += stop
        return cls(text, tuple(found))


def _spaced(pieces: Sequence[str]) -> list[str]:
    """The pieces without the blanks that an empty alternative leaves behind."""
    spaced: list[str] = []
    last = -1
    for piece in pieces:
        if piece:
            if last >= 0 and spaced[last][-1] == " " and piece[0] in " ,.;:)":
                if piece[0] == " ":
                    piece = piece.lstrip(" ")
                else:
                    spaced[last] = spaced[last].rstrip(" ")
            if piece:
                last = len(spaced)
        spaced.append(piece)
        while last >= 0 and not spaced[last]:
            last -= 1
    if last >= 0:
        spaced[last] = spaced[last].rstrip()
    return spaced


class Page:
    """Collects passages and keeps their offsets in code points."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._spans: dict[ElementKey, list[tuple[int, int]]] = {}

    def text(self, text: str) -> None:
        """Text that shows nothing: headings, blanks."""
        self._parts.append(text)
        self._length += len(text)

    def section(self, head: str) -> None:
        """Begin a section: on a new line, where something stands already."""
        self.text(f"\n{head}" if self._parts else head.lstrip("\n"))

    def passage(self, passage: Passage) -> None:
        """A passage, with what it shows."""
        at = self._length
        text = passage.text
        for element, start, end in passage.marks:
            # A passage is quoted without the blanks around it.
            while start < end and text[start].isspace():
                start += 1
            while end > start and text[end - 1].isspace():
                end -= 1
            if end > start:
                self._spans.setdefault(element, []).append((at + start, at + end))
        self.text(text)

    def finish(self) -> tuple[str, Spans]:
        """The whole text and its spans, in order and each once."""
        return "".join(self._parts), {
            key: tuple(sorted(set(spans))) for key, spans in self._spans.items()
        }
