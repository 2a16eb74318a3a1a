r"""The small grammar of the fragment bank, compiled to closures that write text.

    {a|b|}      one of the alternatives, which may nest and may be empty
    <name>      a slot: the client, a date, a phrase of the topic, another rule (docs/voices.md)
    [3-10]      a number; [40-90/5] in steps of 5; [1.2-3.4/0.1] with decimals
    [a:3-10]    a number that is remembered as a; [$a] says it again; [$a+1-4], [$a-1-4] near it
    @risk(...)  the passage shows that element of a complete note
    \x          the character x itself

Literal text passes through the voice's own spelling once, when the rule is compiled: writing a
note applies no pattern at all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from claims.note import ElementKey
from claims.problem import ClaimwrightError

ELEMENT_MARKS: dict[str, ElementKey] = {
    "time": "session_time",
    "timed": "timed_minutes",
    "dx": "diagnosis",
    "sub": "subjective",
    "int": "intervention",
    "res": "response",
    "obj": "objective_measure",
    "goal": "goal_progress",
    "nec": "medical_necessity",
    "risk": "risk",
    "ms": "mental_status",
    "plan": "plan",
    "who": "participants",
    "tele": "telehealth_statement",
    "sig": "signature",
    "sup": "supervision",
    "poc": "plan_of_care",
    "home": "home_program",
}
"""The short names of the elements in `@name(...)`."""


class GrammarError(ClaimwrightError):
    """A fragment that cannot be read; the message names the place."""


@dataclass(slots=True)
class Draft:
    """A passage in the making: its pieces, and which pieces show which element."""

    random: Callable[[], float]
    pieces: list[str] = field(default_factory=list)
    marks: list[tuple[ElementKey, int, int]] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)


_PLAIN = re.compile(r"[^\\{}<\[@|()]+")
"""Text without any sign of the grammar."""
Writer = Callable[[Draft], None]
Part = str | Writer
"""Text that is always the same, or what writes it; "" writes nothing."""


class Speller(Protocol):
    """How a voice spells literal text, and what a slot stands for."""

    def spell(self, text: str) -> str:
        """The text as this voice writes it."""

    def slot(self, name: str) -> Writer:
        """What writes the slot; raises GrammarError where nothing has that name."""


def compile_rule(text: str, speller: Speller) -> Writer:
    """The writer of one rule's text.

    Raises GrammarError where a bracket is open or a number or slot makes no sense.

    >>> class Plain:
    ...     def spell(self, text: str) -> str: return text
    ...     def slot(self, name: str) -> Writer: return lambda draft: draft.pieces.append(name)
    >>> draft = Draft(Random(1).random)
    >>> compile_rule("pain [a:3-3] of 10, @res(now {[$a-1-1]}) for <he>", Plain())(draft)
    >>> "".join(draft.pieces), draft.marks
    ('pain 3 of 10, now 2 for he', [('response', 3, 5)])
    """
    return writer_of(_Parser(text, speller).whole())


class _Parser:
    """Recursive descent over one rule."""

    def __init__(self, text: str, speller: Speller) -> None:
        self.text = text
        self.speller = speller
        self.at = 0

    def whole(self) -> Part:
        part = self._sequence("")
        if self.at < len(self.text):
            raise self._error(f"unexpected {self.text[self.at]!r}")
        return part

    def _error(self, what: str) -> GrammarError:
        return GrammarError(f"fragment {self.text[:60]!r}, character {self.at + 1}: {what}")

    def _sequence(self, ends: str) -> Part:
        parts: list[Part] = []
        literal: list[str] = []
        depth = 0

        def flush() -> None:
            if literal:
                parts.append(self.speller.spell("".join(literal)))
                literal.clear()

        text = self.text
        while self.at < len(text):
            plain = _PLAIN.match(text, self.at)
            if plain is not None:
                literal.append(plain[0])
                self.at = plain.end()
                if self.at == len(text):
                    break
            char = text[self.at]
            if char in ends and not (char == ")" and depth):
                break
            if char == "\\" and self.at + 1 < len(text):
                literal.append(text[self.at + 1])
                self.at += 2
            elif char == "{":
                flush()
                parts.append(self._choice())
            elif char == "<":
                flush()
                parts.append(self.speller.slot(self._until(">")))
            elif char == "[":
                flush()
                parts.append(self._number(self._until("]")))
            elif char == "@" and (name := self._mark_name()):
                flush()
                parts.append(self._mark(name))
            elif char == "}" and "}" not in ends:
                raise self._error(f"unexpected {char!r}")
            else:
                if ")" in ends:
                    depth += (char == "(") - (char == ")")
                literal.append(char)
                self.at += 1
        flush()
        if len(parts) < 2:
            return parts[0] if parts else ""
        return _row(tuple(parts))

    def _until(self, close: str) -> str:
        end = self.text.find(close, self.at)
        if end < 0:
            raise self._error(f"{close!r} is missing")
        inside = self.text[self.at + 1 : end]
        self.at = end + 1
        return inside

    def _choice(self) -> Part:
        alternatives = []
        while True:
            self.at += 1
            alternatives.append(self._sequence("|}"))
            if self.at >= len(self.text):
                raise self._error("'}' is missing")
            if self.text[self.at] == "}":
                self.at += 1
                break
        return alternatives[0] if len(alternatives) == 1 else _one_of(tuple(alternatives))

    def _mark_name(self) -> str:
        end = self.text.find("(", self.at)
        name = self.text[self.at + 1 : end] if end > 0 else ""
        return name if name in ELEMENT_MARKS else ""

    def _mark(self, name: str) -> Writer:
        self.at += len(name) + 2
        inner = self._sequence(")")
        if self.at >= len(self.text):
            raise self._error("')' is missing")
        self.at += 1
        return _marked(ELEMENT_MARKS[name], inner)

    def _number(self, inside: str) -> Writer:
        name, colon, numbers = inside.rpartition(":")
        base = ""
        sign = 1
        if inside.startswith("$"):
            name, colon = "", ""
            for plus in "+-":
                base, found, numbers = inside[1:].partition(plus)
                if found:
                    sign = 1 if plus == "+" else -1
                    break
            else:
                return _again(inside[1:])
        try:
            span, _, step = numbers.partition("/")
            low, _, high = span.partition("-")
            digits = len(low.partition(".")[2])
            return _number(
                (name if colon else "", base, sign),
                (float(low), float(high or low), float(step or 1)),
                digits,
            )
        except ValueError:
            raise self._error(f"[{inside}] is no number") from None


def writer_of(part: Part) -> Writer:
    """What writes a part."""
    if not isinstance(part, str):
        return part
    text = part

    def write(draft: Draft) -> None:
        if text:
            draft.pieces.append(text)

    return write


def _row(parts: tuple[Part, ...]) -> Writer:
    def write(draft: Draft) -> None:
        pieces = draft.pieces
        for part in parts:
            if part.__class__ is str:
                pieces.append(part)
            else:
                part(draft)  # type: ignore[operator]

    return write


def _one_of(alternatives: tuple[Part, ...]) -> Writer:
    count = len(alternatives)

    def write(draft: Draft) -> None:
        part = alternatives[int(draft.random() * count)]
        if part.__class__ is not str:
            part(draft)  # type: ignore[operator]
        elif part:
            draft.pieces.append(part)

    return write


def _marked(element: ElementKey, part: Part) -> Writer:
    inner = writer_of(part)

    def write(draft: Draft) -> None:
        start = len(draft.pieces)
        inner(draft)
        draft.marks.append((element, start, len(draft.pieces)))

    return write


def _again(name: str) -> Writer:
    def write(draft: Draft) -> None:
        value = draft.numbers.get(name, 0.0)
        draft.pieces.append(f"{value:g}")

    return write


def _number(names: tuple[str, str, int], spread: tuple[float, float, float], digits: int) -> Writer:
    name, base, sign = names
    low, high, step = spread
    count = round((high - low) / step) + 1

    def write(draft: Draft) -> None:
        value = low + step * int(draft.random() * count)
        if base:
            value = max(0.0, draft.numbers.get(base, 0.0) + sign * value)
        if name:
            draft.numbers[name] = value
        draft.pieces.append(f"{value:.{digits}f}" if digits else f"{value:g}")

    return write


def check_rule(text: str) -> None:
    """Raise GrammarError where a rule cannot be read, whatever its slots mean."""
    compile_rule(text, _Anything())


class _Anything:
    """Knows every slot; used to check a rule's form alone."""

    def spell(self, text: str) -> str:
        return text

    def slot(self, name: str) -> Writer:
        if not name:
            raise GrammarError("a slot needs a name")
        return writer_of(name)


__all__ = [
    "ELEMENT_MARKS",
    "Draft",
    "GrammarError",
    "Random",
    "Speller",
    "Writer",
    "check_rule",
    "compile_rule",
]
