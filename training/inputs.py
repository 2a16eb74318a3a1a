"""What is sent changed: population stability of features, new codes and payers, silent payers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.lines import NEVER, Answers, Lines
from training.settled import FEWEST, MATURE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

RECENT, EARLIER = 56, 182
"""Days of submissions that are compared: the newest eight weeks with the half year before."""
BINS = 10
RARE = 0.01
"""Share below which a word is counted among the others."""
LARGE = 0.25
"""The usual mark of a population that has changed (Siddiqi, Credit Risk Scorecards, 2006)."""
SETTLING_IN = 56
"""Days from the first submission in which everything is new, so that nothing is said to be."""
USUAL = 0.95
"""Share of a payer's answers that has come by its usual lag."""


@dataclass(frozen=True)
class Shift:
    """How far a feature's distribution moved."""

    feature: str
    psi: float
    chance: float
    """What two samples of these sizes from one population would show on average."""
    lines: int

    @property
    def large(self) -> bool:
        """Whether a person should look."""
        return self.psi - self.chance > LARGE


@dataclass(frozen=True)
class Silence:
    """A payer that leaves claims unanswered beyond its usual lag."""

    payer: str
    usual_days: int
    waiting: int
    """Lines sent longer ago than that, in the eight weeks before, and not answered."""
    asked: int
    expected: float
    """Share that used to be unanswered at that age."""
    oldest: int
    silent: bool
    """Whether that is far more than usual."""


def psi(recent: Floats, earlier: Floats) -> float:
    """Population stability index of two distributions over the same bins (counts).

    >>> round(psi(np.array([50.0, 50.0]), np.array([50.0, 50.0])), 3)
    0.0
    """
    one = (recent + 0.5) / (recent.sum() + 0.5 * len(recent))
    other = (earlier + 0.5) / (earlier.sum() + 0.5 * len(earlier))
    return float(((one - other) * np.log(one / other)).sum())


def _number_counts(recent: Floats, earlier: Floats) -> tuple[Floats, Floats]:
    edges = np.unique(np.nanquantile(earlier, np.linspace(0, 1, BINS + 1)[1:-1]))
    counted = [
        np.bincount(
            np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, "right")),
            minlength=len(edges) + 2,
        ).astype(float)
        for values in (recent, earlier)
    ]
    return counted[0], counted[1]


def _word_counts(recent: Sequence[str], earlier: Sequence[str]) -> tuple[Floats, Floats]:
    one, other = Counter(recent), Counter(earlier)
    total = len(recent) + len(earlier)
    common = [word for word, count in (one + other).items() if count >= RARE * total]
    counted = [
        [float(counts[word]) for word in common]
        + [float(sum(counts.values()) - sum(counts[word] for word in common))]
        for counts in (one, other)
    ]
    return np.array(counted[0]), np.array(counted[1])


def shifts(lines: Lines, as_of: int) -> list[Shift]:
    """Every feature of sent lines, the most changed first; empty where either part is small."""
    age = as_of - lines.submitted
    recent = np.flatnonzero((age >= 0) & (age < RECENT))
    earlier = np.flatnonzero((age >= RECENT) & (age < RECENT + EARLIER))
    if len(recent) < 100 or len(earlier) < 100:
        return []
    words: dict[str, Sequence[str]] = {
        "payer": lines.payer,
        "plan": lines.plan,
        "procedure": lines.procedure,
        "modifiers": lines.modifiers,
        "place": lines.place,
        "diagnosis": lines.diagnosis,
        "provider": lines.provider,
        "taxonomy": lines.taxonomy,
    }
    numbers: dict[str, Floats] = {
        "line.units": lines.units,
        "line.charge": lines.charge,
        "claim.days_to_submission": (lines.submitted - lines.service).astype(float),
    }
    counted = {
        name: _word_counts(
            [column[row] for row in recent.tolist()], [column[row] for row in earlier.tolist()]
        )
        for name, column in words.items()
    } | {name: _number_counts(column[recent], column[earlier]) for name, column in numbers.items()}
    found = [
        Shift(
            name,
            psi(one, other),
            (len(one) - 1) * (1 / len(recent) + 1 / len(earlier)),
            len(recent),
        )
        for name, (one, other) in counted.items()
    ]
    return sorted(found, key=lambda shift: shift.chance - shift.psi)


def first_seen(column: Sequence[str], lines: Lines, as_of: int, within: int) -> dict[str, int]:
    """Words that were first sent in the last `within` days, with the day; not in a practice's
    first weeks, when everything is new."""
    if not len(lines):
        return {}
    first: dict[str, int] = {}
    for row in np.argsort(lines.submitted, kind="stable").tolist():
        first.setdefault(column[row], int(lines.submitted[row]))
    begun = int(lines.submitted.min()) + SETTLING_IN
    return {word: day for word, day in first.items() if word and day >= max(begun, as_of - within)}


def silences(lines: Lines, answers: Answers, as_of: int) -> list[Silence]:
    """Each payer's unanswered lines past its usual lag, the most silent first."""
    age = as_of - lines.submitted
    answered = answers.known < NEVER
    lag = np.where(answered, answers.known - lines.submitted, NEVER)
    payers = np.array(lines.payer, dtype=object)
    found = []
    for payer in sorted(set(lines.payer)):
        own = payers == payer
        old = own & (age >= MATURE)
        if (old & answered).sum() < FEWEST:
            continue
        usual = int(np.quantile(lag[old & answered], USUAL))
        asked = own & (age > usual) & (age <= usual + RECENT)
        waiting = asked & ~answered
        # Of earlier lines, how many were still open at the ages that these have now.
        ages = np.sort(age[asked])
        open_then = [
            float((lag[old & (age > one)] > one).mean()) for one in np.unique(ages) if old.any()
        ]
        weights = np.unique(ages, return_counts=True)[1]
        expected = float(np.average(open_then, weights=weights)) if len(ages) else 0.0
        count, of = int(waiting.sum()), int(asked.sum())
        found.append(
            Silence(
                payer,
                usual,
                count,
                of,
                expected,
                int(lines.submitted[waiting].min()) if count else 0,
                _far_more(count, of, expected),
            )
        )
    return sorted(found, key=lambda one: one.expected * one.asked - one.waiting)


def _far_more(count: int, of: int, expected: float) -> bool:
    from scipy.stats import binom

    if count < 8 or not of or count / of < max(2 * expected, 0.1):
        return False
    # Lines of one claim wait together: a third of them is what they are worth.
    return bool(binom.sf(count // 3 - 1, max(of // 3, 1), max(expected, 0.005)) < 1e-4)
