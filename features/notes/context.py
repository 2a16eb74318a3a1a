"""What the words around a phrase make of it: postponed, negated, past, somebody else's, if.

After ConText (Harkema and others 2009, doi:10.1016/j.jbi.2009.05.002): a trigger works forward
or backward within its clause until a word that ends its scope. medspaCy's component does the
same over a spaCy pipeline; it holds spaCy below 3.8, so the idea is taken and the package not.
"""

import re
from collections.abc import Iterator, Sequence

from features.notes.lexicon import Hit
from features.notes.phrases import load
from features.notes.prose import Prose, Sentence

_DATA = load("context")
REACH = 70
"""Characters over which a trigger works."""


class Contexts:
    """The triggers of one sentence."""

    def __init__(self, prose: Prose, sentence: Sentence, hits: Sequence[Hit]) -> None:
        self._low = prose.low
        self._triggers = [
            (name.split(".", 2)[1:], h.start, h.end)
            for h in hits
            if (name := h.group).startswith("context.")
        ]

    @staticmethod
    def groups() -> Iterator[tuple[str, Sequence[str]]]:
        """The groups of phrases that the lexicon must find for this."""
        for direction in ("forward", "backward"):
            for kind, phrases in _DATA[direction].items():
                yield f"context.{direction}.{kind}", phrases

    def undone(self, hit: Hit, kinds: Sequence[str]) -> bool:
        """Whether a context of one of these kinds holds over the hit."""
        if not kinds:
            return False
        for (direction, kind), start, end in self._triggers:
            if kind not in kinds:
                continue
            if direction == "forward":
                first, last, reach = end, hit.start, REACH
            else:
                first, last, reach = hit.end, start, REACH // 2
            if 0 <= last - first <= reach and not _END.search(self._low, first, last):
                return True
        return False


_END = re.compile(
    r"[;|]|(?<!\w)(?:" + "|".join(re.escape(str(w)) for w in _DATA["terminators"]) + r")(?!\w)"
)
