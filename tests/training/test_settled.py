"""Young weeks look cleaner than they are: the weights take that back."""

import numpy as np

from features.lines import NEVER, Answers
from tests.features.test_history import START, practice
from training.settled import settled


def slow_denials(seed: int = 1, length: int = 40_000) -> tuple[object, Answers, int]:
    """One in five is denied; payments take 14 days, denials 20 to 70."""
    draw = np.random.default_rng(seed)
    lines, _ = practice(seed, length)
    denied = (draw.random(length) < 0.2).astype(np.int8)
    known = lines.submitted + np.where(denied == 1, draw.integers(20, 70, length), 14)
    category = np.where(denied == 1, 0, -1).astype(np.int8)
    answers = Answers(known, denied, category, np.full(length, np.nan))
    day = START + 400
    return lines, answers.before(day), day


def test_weighted_rate_of_young_weeks_is_the_true_one() -> None:
    lines, answers, day = slow_denials()
    found = settled(lines, answers, day)  # type: ignore[arg-type]
    young = lines.submitted[found.rows] > day - 60  # type: ignore[attr-defined]
    denied = answers.denied[found.rows]
    bare = denied[young].mean()
    weighted = np.average(denied[young], weights=found.weight[young])
    assert bare < 0.17
    assert abs(weighted - 0.2) < 0.02


def test_nothing_unanswered_or_too_young_is_learned_from() -> None:
    lines, answers, day = slow_denials()
    found = settled(lines, answers, day)  # type: ignore[arg-type]
    assert (answers.known[found.rows] < day).all()
    assert (answers.known < NEVER).sum() > len(found.rows)
    assert lines.submitted[found.rows].max() < day - 30  # type: ignore[attr-defined]
    assert found.excluded["no answer yet"] == int((answers.known >= NEVER).sum())
