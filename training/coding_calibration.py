"""Calibrates the coding assistant on writers that it never saw: probabilities and the 95% set.

What is scored is the whole assistant's answer, rules and arithmetic included: the share that it
gives to the right primary code among all that it holds possible (`models.coding_open`).
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from claims.codes.procedures import procedure
from models.coding import ASKABLE, policy_for, suggest, unit_rule
from models.coding_kind import weigh
from models.coding_open import shares
from models.coding_words import LearnedKinds
from training.coding_examples import Example

COVERAGE = 0.95
TEMPERATURES = (1.0, 1.1, 1.25, 1.4)
LEAST = 0.005
"""A code under this probability is in no set, whatever the coverage asks for."""


def calibrate(model: LearnedKinds, held_out: Sequence[Example]) -> LearnedKinds:
    """The model with its temperature, and the least share of the 95% set.

    held_out: examples of writers that the model never saw. Half of the writers choose the
    temperature under which their sets of 95% are smallest; all set the threshold.
    """
    first = half_of_writers(held_out)
    tuning = [one for one in held_out if one.writer in first] or list(held_out)
    best = min((_size(replace(model, temperature=t), tuning), t) for t in TEMPERATURES)
    chosen = replace(model, temperature=best[1])
    return replace(chosen, least_share=threshold(chosen, held_out))


def _size(model: LearnedKinds, examples: Sequence[Example]) -> float:
    """Mean size of the examples' sets under the threshold that they set themselves."""
    given = [(one.primary, primary_shares(model, one)) for one in examples if one.primary]
    least = _threshold([_share_of(code, held) for code, held in given])
    sizes = [sum(share >= least for share in held.values()) for _, held in given]
    return float(np.mean(sizes)) if sizes else 0.0


def half_of_writers(examples: Sequence[Example]) -> frozenset[str]:
    """Every second writer."""
    return frozenset(sorted({one.writer for one in examples})[::2])


def log_loss(model: LearnedKinds, examples: Sequence[Example]) -> float:
    """Mean negative log probability of the right kind."""
    total = 0.0
    for one in examples:
        given = dict(weigh(one.reading, one.facts, model).ranked)
        total -= math.log(max(given.get(one.kind, 0.0), 1e-6))
    return total / max(1, len(examples))


def kinds_right(model: LearnedKinds, examples: Sequence[Example]) -> float:
    """The share of examples whose kind is the likeliest."""
    right = sum(weigh(one.reading, one.facts, model).best == one.kind for one in examples)
    return right / max(1, len(examples))


def primary_shares(model: LearnedKinds, one: Example) -> dict[str, float]:
    """Probability of each code as the primary one; of nothing where the text tells no visit."""
    if one.facts.not_a_visit and one.facts.not_a_visit not in ASKABLE:
        return {}
    kinds = weigh(one.reading, one.facts, model)
    rule, _ = unit_rule(one.facts, one.note, policy_for(one.note), one.reading)
    found = shares(kinds, one.facts, one.note, one.reading, rule)
    return {code: candidate.share for code, candidate in found.items()}


def threshold(model: LearnedKinds, examples: Sequence[Example]) -> float:
    """The least share of the 95% set: split conformal, score the right primary code's share.

    A right code that the assistant holds impossible counts with a share of nothing. Where more
    than one in twenty does, no threshold reaches 95%, and `LEAST` is taken.
    Source: Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World" (2005), §4.
    """
    found = [
        _share_of(one.primary, primary_shares(model, one))
        for one in examples
        if one.primary is not None
    ]
    return _threshold(found)


def _threshold(found: Sequence[float]) -> float:
    if not found:
        return 0.1
    rank = math.floor((len(found) + 1) * (1 - COVERAGE))
    least = float(np.sort(found)[max(0, rank - 1)])
    return max(LEAST, round(least - 1e-6, 6))


def _share_of(code: str, given: dict[str, float]) -> float:
    """The share of a code; of the likeliest level where levels of a medical visit are equal."""
    return max((share for other, share in given.items() if _equal(other, code)), default=0.0)


def _equal(one: str, other: str) -> bool:
    if one == other:
        return True
    rows = procedure(one), procedure(other)
    levels = all(row is not None and row.time_rule == "level" for row in rows)
    return levels and one[:4] == other[:4]


def coverage(
    model: LearnedKinds, examples: Sequence[Example], writers: frozenset[str]
) -> tuple[int, int, float]:
    """How often the set holds the right primary code, of how many notes, and its mean size.

    Levels of one family of medical visits are one code.
    """
    held, sizes = 0, []
    for one in examples:
        if one.writer not in writers or one.primary is None:
            continue
        kept = suggest(one.facts, one.note, learned=model).code_set_95
        held += any(_equal(code, one.primary) for code in kept)
        levels = {code[:4] if _equal(code, "99213") else code for code in kept}
        sizes.append(len(levels))
    return held, len(sizes), sum(sizes) / max(1, len(sizes))


def both_ways(
    model: LearnedKinds, held_out: Sequence[Example]
) -> list[tuple[float, tuple[int, int, float]]]:
    """Each half of the writers judged under the threshold that the other half sets."""
    first = half_of_writers(held_out)
    second = frozenset(one.writer for one in held_out) - first
    found = []
    for setting, judged in ((first, second), (second, first)):
        least = threshold(model, [one for one in held_out if one.writer in setting])
        found.append((least, coverage(replace(model, least_share=least), held_out, judged)))
    return found
