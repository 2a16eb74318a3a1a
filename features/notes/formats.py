"""In which format a note is written, and which discipline it speaks of."""

from collections import Counter

from claims.note import Discipline, NoteFormat
from features.notes.phrases import load
from features.notes.prose import Prose

_FORMATS: tuple[tuple[NoteFormat, frozenset[str]], ...] = (
    ("BIRP", frozenset({"behavior", "intervention", "response"})),
    ("GIRP", frozenset({"goal", "intervention", "response"})),
    ("PIE", frozenset({"problem", "intervention", "evaluation"})),
    ("SOAP", frozenset({"subjective", "objective", "assessment"})),
    ("DAP", frozenset({"data", "assessment"})),
)
_LETTERS: tuple[tuple[NoteFormat, tuple[str, ...]], ...] = (
    ("SOAP", ("s", "o", "a", "p")),
    ("BIRP", ("b", "i", "r", "p")),
    ("GIRP", ("g", "i", "r", "p")),
    ("DAP", ("d", "a", "p")),
    ("PIE", ("p", "i", "e")),
)


def format_of(note: Prose) -> NoteFormat:
    """The format that a note's labels, boxes and lines show."""
    if not note.sentences:
        return "unknown"
    labels = set(note.labels)
    for name, letters in _LETTERS:
        if set(letters) <= labels:
            return name
    boxes = (
        note.low.count("[x]") + note.low.count("[ ]") + note.low.count("☐") + note.low.count("☒")
    )
    if boxes >= 4 or note.low.count(" | ") >= 6:
        return "template"
    for name, kinds in _FORMATS:
        if kinds <= labels and (name not in ("BIRP", "GIRP") or len(labels) <= 9):
            return name
    if len(note.labels) >= 5:
        return "template"
    timed = sum(1 for line in note.low.split("\n") if _timed_line(line))
    if timed >= 2:
        return "flowsheet"
    words = sum(len(note.low[s.start : s.end].split()) for s in note.sentences)
    return "narrative" if words / len(note.sentences) > 6 else "unknown"


def _timed_line(line: str) -> bool:
    return line[:12].strip()[:5].isdigit() or (line.strip()[:1].isdigit() and "min" in line)


def discipline_of(note: Prose) -> Discipline | None:
    """The discipline as the text shows it, where the caller does not know."""
    points: Counter[str] = Counter()
    low = note.low
    for kind, words in load("disciplines").items():
        for word, weight in words.items():
            if word in low:
                points[kind] += weight
    if not points:
        return None
    ranked = points.most_common(2)
    if ranked[0][1] < 2 or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]  # type: ignore[return-value]
