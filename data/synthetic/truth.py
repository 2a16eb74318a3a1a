"""The best that anyone could know: exact chances by summing over what is hidden.

The path is apart from the adjudication's: no draw is made here, and nothing that was drawn for an
outcome is looked at, but the remittances that the practice has received.
"""

from collections.abc import Mapping
from datetime import date
from math import prod
from typing import NamedTuple

import numpy as np

from data.synthetic.coverage import Seen, Vector
from data.synthetic.hidden import UNNAMED, Hidden
from data.synthetic.odds import ClaimCase, State, Table


class Chances(NamedTuple):
    """Exact chances of denial of a claim and of its lines."""

    lines: tuple[Mapping[str, float], ...]
    """By line, by category (`unnamed` where labels would find none); they sum to the risk."""
    totals: tuple[float, ...]
    claim: float


def chances(
    hidden: Hidden, case: ClaimCase, table: Table, posterior: Vector, order: tuple[State, ...]
) -> Chances:
    """Summed over hidden states of the member, review and reviewers, which a claim's lines share.

    posterior: of the states in `order`.
    """
    names = hidden.names[case.payer]
    alike: dict[tuple[float, ...], float] = {}
    for weight, state in zip(posterior.tolist(), order, strict=True):
        row = table.front[state]
        alike[row] = alike.get(row, 0.0) + weight
    common: dict[str, float] = {}
    stopped = passed = 0.0
    for row, weight in alike.items():
        left = weight
        for cause, chance in zip(table.claim_causes, row, strict=True):
            if chance:
                category = names[cause][0]
                part = left * chance
                common[category] = common.get(category, 0.0) + part
                stopped += part
                left -= part
        passed += left
    reviewers = len(hidden.harshness[case.payer])
    weights = [1 - table.review] + [table.review / reviewers] * reviewers
    lines, totals = [], []
    clean = [1.0] * len(weights)
    for rows in table.lines:
        named = dict(common)
        for number, (weight, row) in enumerate(zip(weights, rows, strict=True)):
            scale, left = passed * weight, 1.0
            for cause, chance in zip(table.line_causes, row, strict=True):
                if chance:
                    category, vague = names[cause]
                    part = scale * left * chance
                    left *= 1 - chance
                    named[category] = named.get(category, 0.0) + part * (1 - vague)
                    if vague:
                        named[UNNAMED] = named.get(UNNAMED, 0.0) + part * vague
            clean[number] *= left
        lines.append(named)
        totals.append(min(1.0, sum(named.values())))
    untouched = sum(weight * left for weight, left in zip(weights, clean, strict=True))
    claim = stopped + passed * (1 - untouched)
    return Chances(tuple(lines), tuple(totals), min(1.0, claim))


def seen(
    hidden: Hidden, case: ClaimCase, table: Table, week: int, order: tuple[State, ...],
    known_on: date | None, cause: str | None,
) -> Seen:  # fmt: skip
    """What a claim that was sent may tell of its member's coverage."""
    found: dict[tuple[float, ...], tuple[float, float, float, float]] = {}
    for state in order:
        row = table.front[state]
        if row not in found:
            found[row] = _first_word(hidden, table.claim_causes, row, cause)
    told, passed, quickly, slowly = (
        np.array(one) for one in zip(*(found[table.front[state]] for state in order), strict=True)
    )
    clean = prod(1 - chance for line in table.lines for chance in line[0])
    return Seen(
        week=week,
        submitted=case.submitted,
        told=told,
        passed=passed,
        quickly=quickly,
        slowly=slowly,
        paid=(1 - table.review) * clean,
        denied=(1 - table.review) * (1 - clean),
        reviewed=table.review,
        silence=hidden.silences[case.payer],
        known_on=known_on,
    )


def _first_word(
    hidden: Hidden, causes: tuple[str, ...], row: tuple[float, ...], cause: str | None
) -> tuple[float, float, float, float]:
    """Chance of the word that came, of none of the causes, of a quick one and of another."""
    told = quickly = slowly = 0.0
    left = 1.0
    for name, chance in zip(causes, row, strict=True):
        part = left * chance
        left *= 1 - chance
        if hidden.causes[name].quick:
            quickly += part
        else:
            slowly += part
        if name == cause:
            told = part
    return (left if cause is None else told), left, quickly, slowly
