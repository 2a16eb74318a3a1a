"""Fields of a form that were left blank: placeholders, unticked boxes, "see chart", "same"."""

import re

from features.notes.prose import Prose, Sentence

_PLACEHOLDER = re.compile(
    r"\[[^\]\n]{0,40}\]|\{\{[^}\n]{0,40}\}\}|<[^>\n]{1,30}>|_{2,}[/_]*|\*{3,}|☐"
)
_UNTICKED = re.compile(r"(?:\[[ _]?\]|☐)[ ]?[\w'/()-]{1,24}(?:[ ][a-z][\w'/()-]{0,24}){0,2}", re.I)
_LATER = re.compile(r"\b(?:next|later|to do|todo|do this|tbd|pending|not yet|will)\b")
WORD = re.compile(r"[^\W\d_]{2,}|\d")
_EMPTY = re.compile(
    r"^(?:n/?a|none|see (?:chart|above|prior|previous|attached|eval\w*|poc|note|tx plan)[\w /]{0,20}|same|same as (?:before|last|above|previous)[\w ]{0,12}|no change|unchanged|deferred|pending|tbd|-+|\.+|not (?:done|assessed|applicable|completed)|to be (?:completed|done|added)|cont\.?|continue|wnl|ok|good|fair|as (?:before|prev\w*|above|per [\w ]{1,15}))?[ .\-:;,]*$"  # noqa: E501
)


def content(prose: Prose, sentence: Sentence) -> str:
    """A sentence in lower case without placeholders and boxes left unticked."""
    return bare(prose.low[sentence.start : sentence.end])


def bare(low: str) -> str:
    """Text without placeholders and boxes left unticked.

    >>> bare("affect [ ]full [x]constricted")
    'affect  [x]constricted'
    """
    if "[" in low or "☐" in low or "_" in low or "<" in low or "{" in low or "*" in low:
        low = _UNTICKED.sub("", low)
        low = re.sub(_PLACEHOLDER, lambda m: m[0] if m[0] in ("[x]", "[X]") else "", low)
    return low


def empty(words: str) -> bool:
    """Whether a field says nothing: blank, a placeholder, "see chart", "same"."""
    return bool(_EMPTY.match(words.strip())) or len(WORD.findall(words)) < 1


def left_blank(raw: str, words: str) -> bool:
    """Whether boxes stand there and none is ticked: the words left are the form's own."""
    boxes = "[ ]" in raw or "[_]" in raw or "[]" in raw or "☐" in raw
    ticked = "[x]" in raw or "☒" in raw or "☑" in raw or "[✓]" in raw
    return boxes and not ticked and (len(words.split()) <= 3 or bool(_LATER.search(words)))
