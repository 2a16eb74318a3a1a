"""No expression of the note reader explodes: each is fed the texts on which it would."""

import re
import time

import pytest

from tests.features.notes.nasty import attacks, endless_depth, expressions

NEVER_TAKEN = "\x01"
TURNS = (6, 10, 13, 16, 18, 20, 22, 24, 48, 96, 192)
"""Steps small enough that an exponential expression shows before it stalls the test."""
TOO_SLOW = 0.05
"""Seconds. A linear expression takes microseconds at 192 turns, an exponential one a second at
24."""
GROWTH = 8.0
"""Times by which twice the turns may take longer: 2 where linear, 4 where each start is tried."""
NOT_MEASURABLE = 0.0005


def _seconds(pattern: re.Pattern[str], text: str, rounds: int = 1) -> float:
    spent = []
    for _ in range(rounds):
        began = time.thread_time()
        for _hit in pattern.finditer(text):
            pass
        spent.append(time.thread_time() - began)
    return min(spent)


def _explodes(pattern: re.Pattern[str], lead: str, turn: str) -> bool:
    for turns in TURNS:
        text = lead + turn * turns + NEVER_TAKEN
        if _seconds(pattern, text) > TOO_SLOW and _seconds(pattern, text) > TOO_SLOW:
            return True
    last = _seconds(pattern, lead + turn * TURNS[-1] + NEVER_TAKEN)
    if last < NOT_MEASURABLE:
        return False
    last = _seconds(pattern, lead + turn * TURNS[-1] + NEVER_TAKEN, 3)
    before = _seconds(pattern, lead + turn * TURNS[-2] + NEVER_TAKEN, 3)
    return last > NOT_MEASURABLE and last > GROWTH * before


def test_each_expression_takes_its_nastiest_text_in_bounded_time() -> None:
    found = expressions()
    assert len(found) > 1000
    bad = []
    for name, pattern in found.items():
        for lead, turn in dict.fromkeys(attacks(pattern)):
            if turn and _explodes(pattern, lead, turn):
                bad.append((name, pattern.pattern[:80], turn))
    assert bad == []


@pytest.mark.parametrize("expression", [r"(?:a+)+b", r"(?:\w+ ?)*:", r"(?:a|a)*b"])
def test_an_exponential_expression_would_be_found(expression: str) -> None:
    pattern = re.compile(expression)
    assert any(_explodes(pattern, lead, turn) for lead, turn in attacks(pattern))


def test_no_expression_repeats_without_bound_inside_one_that_does() -> None:
    assert [name for name, pattern in expressions().items() if endless_depth(pattern) > 1] == []
