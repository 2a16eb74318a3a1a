"""The best that anyone could know: exact chances by summing over what is hidden.

The path is apart from the adjudication's: no draw is made here, and nothing that was drawn for an
outcome is looked at, but the remittances that the practice has received.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from math import prod
from typing import NamedTuple

import numpy as np

from data.synthetic.coverage import Seen, Vector
from data.synthetic.hidden import Hidden
from data.synthetic.lags import Silence
from data.synthetic.odds import ClaimCase, State, Table

UNNAMED = "unnamed"


class Chances(NamedTuple):
    """Exact chances of denial of a claim and of its lines."""

    lines: tuple[Mapping[str, float], ...]
    """By line, by category (`unnamed` where labels would find none); they sum to the risk."""
    totals: tuple[float, ...]
    claim: float


def firsts(chances: tuple[float, ...]) -> tuple[list[float], float]:
    """Chance of each cause to be the first of several that are tried in order, and of none."""
    found, left = [], 1.0
    for chance in chances:
        found.append(left * chance)
        left *= 1 - chance
    return found, left


def chances(
    hidden: Hidden, case: ClaimCase, table: Table, posterior: Vector, order: tuple[State, ...]
) -> Chances:
    """Summed over hidden states of the member, review and reviewers, which a claim's lines share.

    posterior: of the states in `order`.
    """
    stopped: dict[str, float] = defaultdict(float)
    passed = 0.0
    for weight, state in zip(posterior.tolist(), order, strict=True):
        if weight > 0:
            by_cause, none = firsts(table.front[state])
            passed += weight * none
            for cause, chance in zip(table.claim_causes, by_cause, strict=True):
                stopped[cause] += weight * chance
    reviewers = len(hidden.harshness[case.payer])
    weights = [1 - table.review] + [table.review / reviewers] * reviewers
    common: dict[str, float] = defaultdict(float)
    for cause, chance in stopped.items():
        common[hidden.causes[cause].category or UNNAMED] += chance
    lines, totals = [], []
    clean = [1.0] * len(weights)
    for rows in table.lines:
        named = defaultdict(float, common)
        for number, (weight, row) in enumerate(zip(weights, rows, strict=True)):
            by_cause, none = firsts(row)
            clean[number] *= none
            for cause, chance in zip(table.line_causes, by_cause, strict=True):
                if chance:
                    part = passed * weight * chance
                    vague = hidden.vague(cause, case.payer)
                    category = hidden.causes[cause].category or UNNAMED
                    named[category] += part * (1 - vague)
                    if vague:
                        named[UNNAMED] += part * vague
        lines.append(dict(named))
        totals.append(min(1.0, sum(named.values())))
    untouched = sum(weight * left for weight, left in zip(weights, clean, strict=True))
    claim = sum(stopped.values()) + passed * (1 - untouched)
    return Chances(tuple(lines), tuple(totals), min(1.0, claim))


def seen(
    hidden: Hidden, case: ClaimCase, table: Table, week: int, order: tuple[State, ...],
    known_on: date | None, cause: str | None,
) -> Seen:  # fmt: skip
    """What a claim that was sent may tell of its member's coverage."""
    rows = [firsts(table.front[state]) for state in order]
    by_cause = np.array([row for row, _ in rows])
    clean = prod(prod(1 - chance for chance in line[0]) for line in table.lines)
    payer = hidden.world.payers[case.payer]
    slow = 1 - table.review
    return Seen(
        week=week,
        submitted=case.submitted,
        stopped={name: by_cause[:, i] for i, name in enumerate(table.claim_causes)},
        passed=np.array([none for _, none in rows]),
        stopped_quickly=by_cause
        @ np.array([float(hidden.causes[name].quick) for name in table.claim_causes]),
        silence_quick=Silence(payer, case.submitted, quick=1.0),
        silence_stopped=Silence(payer, case.submitted, denied=1.0),
        silence_passed=Silence(
            payer,
            case.submitted,
            paid=slow * clean,
            denied=slow * (1 - clean),
            reviewed=table.review,
        ),
        known_on=known_on,
        cause=cause,
    )
