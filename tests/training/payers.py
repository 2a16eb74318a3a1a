"""Lines that invented payers answered by rates that a test sets, each answer after its lag."""

from collections.abc import Callable

import numpy as np

from features.lines import CATEGORIES, NEVER, Answers, Lines
from training.answered import Answered

START = 738_000
CODES = ("90834", "90837", "97110", "97140", "92507")
FAMILY = {
    "90834": "psychotherapy", "90837": "psychotherapy", "97110": "therapy", "97140": "therapy",
    "92507": "speech",
}  # fmt: skip
Rate = Callable[[str, str, bool, int], float]
"""Of denial: by payer, procedure, telehealth and day."""


def usual(*_: object) -> float:
    """A payer that never changes."""
    return 0.06


def practice(
    rate: Rate, seed: int = 1, length: int = 9000, days: int = 400, reason: str = "non_covered"
) -> tuple[Lines, Answers]:
    """One line a claim, spread over the days; denials are answered two weeks after payments."""
    draw = np.random.default_rng(seed)
    service = np.sort(START + draw.integers(0, days, length))
    submitted = service + draw.integers(1, 8, length)
    payer = [f"P{number}" for number in draw.integers(0, 4, length)]
    procedure = [CODES[number] for number in draw.integers(0, len(CODES), length)]
    remote = draw.random(length) < 0.35
    risk = np.array(
        [
            rate(payer[row], procedure[row], bool(remote[row]), int(service[row]) - START)
            for row in range(length)
        ]
    )
    denied = (draw.random(length) < risk).astype(np.int8)
    lag = np.where(denied == 1, draw.integers(18, 45, length), draw.integers(10, 25, length))
    which = np.where(
        draw.random(length) < 0.8,
        CATEGORIES.index(reason),  # type: ignore[arg-type]
        draw.integers(0, len(CATEGORIES), length),
    )
    lines = Lines(
        claim=np.arange(length),
        payer=payer,
        plan=[f"{name}-plan" for name in payer],
        procedure=procedure,
        family=[FAMILY[code] for code in procedure],
        modifiers=["95" if one else "" for one in remote],
        place=["10" if one else "11" for one in remote],
        diagnosis=[f"F{number}" for number in draw.integers(30, 34, length)],
        provider=[f"npi{number}" for number in draw.integers(0, 8, length)],
        taxonomy=["" for _ in range(length)],
        client=[f"client{number}" for number in draw.integers(0, 300, length)],
        service=service,
        submitted=submitted,
        units=np.ones(length),
        charge=np.full(length, 150.0),
    )
    category = np.where(denied == 1, which, -1).astype(np.int8)
    return lines, Answers(submitted + lag, denied, category, np.full(length, np.nan))


def answered(lines: Lines, answers: Answers, as_of: int) -> Answered:
    """As far as the answers were known before `as_of` (days from the start)."""
    sent = np.flatnonzero(lines.submitted < START + as_of)
    return Answered.of(
        sent,
        lines.take(sent),
        answers.take(sent),
        START + as_of,
        np.zeros(len(sent), dtype=bool),
    )


def silent_since(lines: Lines, answers: Answers, payer: str, day: int) -> Answers:
    """The same, but for a payer that answers nothing that was sent from a day on."""
    silent = (np.array(lines.payer) == payer) & (lines.submitted >= START + day)
    return Answers(
        np.where(silent, NEVER, answers.known),
        np.where(silent, -1, answers.denied).astype(np.int8),
        np.where(silent, -1, answers.category).astype(np.int8),
        answers.allowed,
    )
