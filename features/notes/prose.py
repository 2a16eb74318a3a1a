"""How a note is laid out: its labelled sections and its sentences, as offsets into the text.

Nothing here knows what therapy is; which labels open which section is data
(`phrases/sections.yaml`).
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

from features.notes.phrases import load

LONGEST_READ = 60_000
"""Characters of a note that are read. A long evaluation has some 15,000; what is pasted beyond
this is a file and no note, and must not cost seconds."""
LONGEST_SENTENCE = 700
"""Characters. Text without any full stop is cut here, so that no rule scans without bound."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item or table cell; half-open offsets of its content, label left out."""

    start: int
    end: int
    section: str
    """Kind of the section that it stands in: subjective, plan, risk, …; '' before any label."""
    label: str = ""
    """The label that opens this very sentence, lower case; '' where none does."""
    label_start: int = -1


@dataclass(frozen=True, slots=True)
class Prose:
    """A note's text beside its lower-case twin of the same length, its sentences and sections."""

    text: str
    low: str
    sentences: tuple[Sentence, ...]
    sections: frozenset[str]
    labels: tuple[str, ...]
    """Section kinds in the order in which they open; single letters as they stand."""
    starts: tuple[int, ...] = field(repr=False, default=())

    def index(self, position: int) -> int:
        """Number of the sentence that holds a position, or the last one before it."""
        return max(0, bisect_right(self.starts, position) - 1)

    def sentence(self, position: int) -> Sentence:
        """The sentence that holds a position."""
        return self.sentences[self.index(position)] if self.sentences else Sentence(0, 0, "")


_FOLD = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})


def lower(text: str) -> str:
    """Lower case with plain quotes, character for character: offsets stay valid.

    >>> lower("Can\\u2019t \\u0130")
    "can't \\u0130"
    """
    folded = text.translate(_FOLD)
    low = folded.lower()
    if len(low) == len(folded):
        return low
    # A few letters grow in lower case (İ): those stay as they are.
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)


_LABELS: dict[str, str] = {
    phrase: kind for kind, phrases in load("sections")["labels"].items() for phrase in phrases
}
_UNLABELLED: frozenset[str] = frozenset(load("sections")["also_without_colon"])
_ABBREVIATIONS = frozenset(load("sections")["abbreviations"])
_MOST_WORDS = max(len(label.split()) for label in _LABELS)

# A label: up to five words, perhaps a number and a bracket, then a colon or a spaced dash.
_COLON_LABEL = re.compile(
    r"[ \t]{0,20}(?:[-*•·>#]{1,3}[ \t]{1,3}|\d{1,2}[.)][ \t]{1,3})?\**"
    r"([A-Za-z][A-Za-z'&/+.\- ]{0,38}?)"
    r"(?:[ \t]{0,2}#?\d{1,2}(?:\.\d{1,2})?)?"
    r"(?:[ \t]{0,2}\([^()\n]{0,70}\))?"
    r"\**[ \t]{0,3}(?:(?:(?<!\d):|:(?!\d))\**|[-–—]{1,2}[ \t]|=|\)[ \t])"  # noqa: RUF001
)
_BARE_LABEL = re.compile(r"[ \t]{0,20}(?:[-*•·>#]{1,3}[ \t]{1,3})?([A-Za-z][A-Za-z&/\-]{0,24})")
_SHOUT = re.compile(r"[ \t]{1,3}[A-Z]{4}")
_WORDS = re.compile(r"[a-z0-9&/]+")
_BREAK = re.compile(r"[.!?]{1,3}[\"')\]]{0,2}[ \t]{1,4}(?=\S)|[ \t]\|[ \t]?|\|[ \t]|\n")
_SPOKEN = re.compile(r" (?:period|PERIOD|full stop|FULL STOP) ")
DICTATED = 3
"""So many spoken full stops make a text one of dictation, whose sentences end at them."""
_BREAK_SPOKEN = re.compile(_BREAK.pattern + "|" + _SPOKEN.pattern + r"(?=\S)")
_LAST_WORD = re.compile(r"([A-Za-z][A-Za-z./]{0,11})[.]$")


def _normal(label: str) -> str:
    return " ".join(_WORDS.findall(label.lower()))


def _label_at(text: str, start: int, end: int, line_start: bool) -> tuple[str, str, int] | None:
    """The label that opens text[start:end]: its kind, its words and where its content begins."""
    found = _COLON_LABEL.match(text, start, end)
    if found:
        words = _normal(found[1])
        kind = _LABELS.get(words)
        if kind is None and " " in words:
            # "client response", "long term goal": the last words tell the kind.
            kind = _LABELS.get(words.split(" ", 1)[1]) or _LABELS.get(words.rsplit(" ", 1)[0])
        if kind == "objective" and any(c.isdigit() for c in text[found.end(1) : found.end()]):
            # "Obj 2 (…): 70% today": an objective with its number, not what was observed.
            kind = "goal"
        if kind is not None:
            return kind, words, found.end()
        if line_start and found[1].isupper() and len(words) > 3:
            return "other", words, found.end()
    if not line_start:
        return None
    bare = _BARE_LABEL.match(text, start, end)
    if bare:
        words = _normal(bare[1])
        kind = _LABELS.get(words)
        rest = text[bare.end() : end].strip(" \t:")
        if kind and len(words) > 1 and not rest:
            return kind, words, end
        if kind and text[bare.end() : bare.end() + 1] in " \t":
            shouted = len(words) > 1 and bare[1].isupper() and not _SHOUT.match(text, bare.end())
            if shouted or words in _UNLABELLED:
                return kind, words, bare.end()
    # A heading of several words alone on its line.
    whole = _normal(text[start:end]) if end - start < 45 else ""
    if whole in _LABELS and len(whole) > 1:
        return _LABELS[whole], whole, end
    return None


def _ends_nothing(text: str, stop: int, following: int) -> bool:
    """Whether the full stop at `stop` belongs to an abbreviation or to a list's number."""
    after = text[following]
    word = _LAST_WORD.search(text, max(0, stop - 12), stop + 1)
    if word:
        letters = word[1]
        return (
            letters.lower() in _ABBREVIATIONS
            or (len(letters) == 1 and letters not in "IiAa")
            or (after.islower() and len(letters) <= 4 and letters[0].isupper())
        )
    line = text[text.rfind("\n", 0, stop) + 1 : stop][-4:].strip()
    return line.isdigit() and len(line) <= 2 and text[stop - len(line) - 1] in "\n \t"


def _breaks(text: str, end: int) -> list[tuple[int, int, bool]]:
    """Where sentences end: (end of the sentence, start of the next, whether a line begins)."""
    longest = max(map(len, text[:end].split("\n")))
    found = []
    spoken = len(_SPOKEN.findall(text, 0, end)) >= DICTATED
    for hit in (_BREAK_SPOKEN if spoken else _BREAK).finditer(text, 0, end):
        mark = hit[0]
        if mark == "\n":
            if not _wrapped(text, hit.start(), end, longest):
                found.append((hit.start(), hit.end(), True))
        elif "|" in mark:
            found.append((hit.start(), hit.end(), True))
        elif mark[0] != "." or not _ends_nothing(text, hit.start(), hit.end()):
            found.append((hit.start() + len(mark.rstrip()), hit.end(), False))
    return found


def _wrapped(text: str, newline: int, end: int, longest: int) -> bool:
    """Whether a line break only wraps a long line of running prose."""
    before = text.rfind("\n", 0, newline) + 1
    length = newline - before
    if longest > 130 or length < 55 or length < longest - 20 or newline + 1 >= end:
        return False
    if not text[newline + 1].islower() or text[newline - 1] in ".!?:;|":
        return False
    return _label_at(text, newline + 1, min(end, newline + 60), line_start=True) is None


_LOCAL = frozenset(load("sections")["of_one_line"])


@lru_cache(maxsize=8)  # what reads a note and what codes it cut it alike
def prose(text: str) -> Prose:
    """Cuts a note into sentences, each with the section that it stands in.

    >>> [s.section for s in prose("S: Pt says ok. Slept.\\nPlan: RTC 2 wks").sentences]
    ['subjective', 'subjective', 'plan']
    """
    low = lower(text)
    limit = min(len(text), LONGEST_READ)
    sentences: list[Sentence] = []
    labels: list[str] = []
    # A label at a line's start holds until the next one; a field's label, and one in the middle
    # of a line, holds to the end of the line.
    section = standing = ""
    inline = False
    position, line_start = 0, True
    for stop, following, next_line_start in [*_breaks(text, limit), (limit, limit, True)]:
        start = position
        if line_start and text[start - 1 : start] != "|" and text[start - 2 : start] != "| ":
            # What follows "S: …" on the next line need not be the client's words any more; what
            # follows a heading of its own, an indent or a list does belong to it.
            if (
                inline
                and text[start : start + 1] not in " \t-*•·"
                and not text[start:stop].lstrip()[:1].isdigit()
            ):
                standing = ""
            section = standing
        if text[start:stop].strip():
            before = section
            labelled = _label_at(text, start, stop, line_start)
            label, label_start = "", -1
            if labelled:
                kind, label, content = labelled
                labels.append(label if len(label) == 1 else kind)
                section = kind
                if line_start and kind not in _LOCAL:
                    standing = kind
                    inline = bool(text[content:stop].strip())
                label_start, start = start, content
            while start < stop and text[start] in " \t\n-–—*•":  # noqa: RUF001
                start += 1
            while stop > start and text[stop - 1] in " \t\n\r":
                stop -= 1
            for cut in range(start, max(stop, start + 1), LONGEST_SENTENCE):
                part = min(stop, cut + LONGEST_SENTENCE)
                sentences.append(Sentence(cut, part, section, label, label_start))
                label, label_start = "", -1
            if labelled and not line_start:
                # A label in the middle of a line is for its own sentence.
                section = before
        position, line_start = following, next_line_start
    return Prose(
        text=text[:limit],
        low=low[:limit],
        sentences=tuple(sentences),
        sections=frozenset(s.section for s in sentences),
        labels=tuple(labels),
        starts=tuple(s.start if s.label_start < 0 else s.label_start for s in sentences),
    )
