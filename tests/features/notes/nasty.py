"""Every expression of the note reader, and for each the texts that would make it backtrack most."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import features.notes
from features.notes.lexicon import Lexicon
from features.notes.starts import Starts

REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_CALLS = frozenset({"search", "match", "fullmatch", "sub", "findall", "finditer", "split"})
_OF_CATEGORY = {op.CATEGORY_DIGIT: "7", op.CATEGORY_SPACE: " ", op.CATEGORY_WORD: "a"}
MOST_INSIDE = 1
"""Turns of a repetition inside the one that is driven."""


@cache
def expressions() -> dict[str, re.Pattern[str]]:
    """Every compiled expression and every expression written in a call, once each, by one of the
    places where it stands."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.iter_modules(features.notes.__path__, "features.notes."):
        if module.ispkg:
            continue
        held = importlib.import_module(module.name)
        for name, value in vars(held).items():
            for number, pattern in enumerate(_within(value)):
                found[f"{module.name}.{name}[{number}]"] = pattern
        for number, text in enumerate(_in_calls(Path(str(held.__file__)))):
            found[f"{module.name} call {number}"] = re.compile(text)
    return {name: pattern for pattern, name in {p: n for n, p in found.items()}.items()}


def _within(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Starts):
        yield value.pattern
    elif isinstance(value, Lexicon):
        yield from value.patterns()
    elif isinstance(value, dict):
        for one in value.values():
            yield from _within(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _within(one)


def _in_calls(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _CALLS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


def attacks(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """For each repetition of an expression a text that leads to it, and one turn of its body.

    The first so many turns of the body after the lead, and something that no expression takes,
    make the engine try every way of sharing the turns out.
    """
    return list(_attacks(_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE), ""))


def _attacks(tree: Any, lead: str) -> Iterator[tuple[str, str]]:
    for kind, value in tree:
        if kind in REPEATS:
            low, high, body = value
            if high > low:
                yield lead, witness(body)
            yield from _attacks(body, lead)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _attacks(branch, lead)
        elif kind is op.SUBPATTERN:
            yield from _attacks(value[3], lead)
        elif kind is op.ATOMIC_GROUP:
            yield from _attacks(value, lead)
        elif kind is op.GROUPREF_EXISTS:
            for part in value[1:]:
                if part is not None:
                    yield from _attacks(part, lead)
        lead += witness([(kind, value)])


def endless_depth(pattern: re.Pattern[str]) -> int:
    """How many repetitions without bound stand inside each other, at most."""
    return _endless(_parser.parse(pattern.pattern))


def _endless(tree: Any) -> int:
    most = 0
    for kind, value in tree:
        if kind in REPEATS:
            most = max(most, _endless(value[2]) + (value[1] is op.MAXREPEAT))
        elif kind is op.BRANCH:
            most = max(most, *map(_endless, value[1]))
        elif kind is op.SUBPATTERN:
            most = max(most, _endless(value[3]))
    return most


def witness(tree: Any) -> str:
    """A text that the expression takes, look-arounds aside."""
    return "".join(_taken(kind, value) for kind, value in tree)


def _taken(kind: Any, value: Any) -> str:
    if kind is op.LITERAL:
        return chr(value)
    if kind in (op.NOT_LITERAL, op.ANY):
        return "x"
    if kind is op.IN:
        return _one_of(value)
    if kind is op.BRANCH:
        return witness(value[1][0])
    if kind is op.SUBPATTERN:
        return witness(value[3])
    if kind is op.ATOMIC_GROUP:
        return witness(value)
    if kind in REPEATS:
        low, high, body = value
        return witness(body) * max(low, min(int(high), MOST_INSIDE))
    if kind is op.GROUPREF_EXISTS:
        return witness(value[1])
    return ""


def _one_of(items: Any) -> str:
    if items[0][0] is op.NEGATE:
        taken = {chr(v) for k, v in items if k is op.LITERAL}
        barred = {v for k, v in items if k is op.CATEGORY}
        letters = "x" if op.CATEGORY_WORD not in barred else " "
        return next(c for c in [*letters, "7", "-", " ", "x"] if c not in taken)
    kind, value = items[0]
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.RANGE:
        return chr(value[0])
    return _OF_CATEGORY.get(value, "-")
