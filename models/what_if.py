"""What would be, were the fixes made: each finding's alone, and those together that help.

Every repaired claim is judged by the same edits, features and model as the claim that is sent:
a batch's single fixes in one call of the model, its combinations in a second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from claims.finding import Finding
from features.case import Case
from features.table import Table

Floats = NDArray[np.float64]
Repair = Callable[[Case, Sequence[Finding]], Case | None]
"""Gives the case with the fixes of some of its findings made and checked again; None where they
cannot be made."""
LEAST_GAIN = 0.05
"""Dollars of expected loss below which a fix is not said to help."""


@dataclass(frozen=True)
class Outlook:
    """What a claim's risk would be."""

    lines: dict[int, float]
    """Risk by line number; a line that was split has its parts' highest."""
    claim: float
    denied: float
    """Expected denied dollars at the amounts billed before: to bill less is no saving."""


@dataclass(frozen=True)
class WhatIf:
    """The outlooks of one claim."""

    single: dict[int, Outlook]
    """With one fix made, by the place of its finding."""
    chosen: tuple[int, ...] = ()
    """The findings whose fixes help, taken one after the other as long as the expected loss falls;
    what waits on a payer or a member is not among them, since nobody can promise it."""
    together: Outlook | None = None
    """With the chosen fixes made."""


Ask = Callable[[Sequence[Case]], tuple[Table, Floats, Floats]]
"""The table of some cases, the risk of each line and of each claim."""


def what_if(
    cases: Sequence[Case], losses: Sequence[float], amounts: Sequence[float], repair: Repair,
    ask: Ask, loss: Callable[[Outlook], float],
) -> list[WhatIf]:  # fmt: skip
    """The outlooks of each case.

    losses: expected loss in dollars of each claim as it stands. amounts: expected allowed dollars
    of each. loss: expected loss of an outlook: fixes are taken one after the other as long as it
    falls, the one that saves most alone first.
    """
    asked: list[tuple[int, tuple[int, ...], Case]] = []
    for place, case in enumerate(cases):
        for number, finding in enumerate(case.findings):
            if finding.fix is not None:
                fixed = repair(case, [finding])
                if fixed is not None:
                    asked.append((place, (number,), fixed))
    single: list[dict[int, Outlook]] = [{} for _ in cases]
    for (place, (number, *_), _), outlook in zip(
        asked, _outlooks(asked, cases, amounts, ask), strict=True
    ):
        single[place][number] = outlook
    helping = [
        _helping(case, {n: before - loss(one) for n, one in outlooks.items()})
        for case, before, outlooks in zip(cases, losses, single, strict=True)
    ]
    best: dict[int, tuple[tuple[int, ...], Outlook]] = {}
    for place, numbers in enumerate(helping):
        if numbers:
            best[place] = numbers[:1], single[place][numbers[0]]
    chains = _chains(cases, helping, repair)
    for (place, numbers, _), outlook in zip(
        chains, _outlooks(chains, cases, amounts, ask), strict=True
    ):
        if loss(outlook) < loss(best[place][1]) - LEAST_GAIN:
            best[place] = numbers, outlook
    return [WhatIf(one, *best.get(place, ((), None))) for place, one in enumerate(single)]


def _helping(case: Case, saved: dict[int, float]) -> tuple[int, ...]:
    """The findings whose fix helps alone and is in the practice's own hands, the best first.

    saved: dollars of expected loss, by finding.
    """

    def own(finding: Finding) -> bool:
        fix = finding.fix
        if fix is None or (fix.action == "hold" and fix.basis != "note"):
            return False
        return fix.action != "set_authorization" or fix.needs is None

    chosen = (n for n, much in saved.items() if much > LEAST_GAIN and own(case.findings[n]))
    return tuple(sorted(chosen, key=lambda n: (-saved[n], n)))


def _chains(
    cases: Sequence[Case], helping: Sequence[tuple[int, ...]], repair: Repair
) -> list[tuple[int, tuple[int, ...], Case]]:
    """For each case the fixes that help, the best first: two of them, three, and so on."""
    found = []
    for place, (case, order) in enumerate(zip(cases, helping, strict=True)):
        for length in range(2, len(order) + 1):
            numbers = order[:length]
            fixed = repair(case, [case.findings[n] for n in numbers])
            if fixed is not None:
                found.append((place, numbers, fixed))
    return found


def _outlooks(
    asked: Sequence[tuple[int, tuple[int, ...], Case]],
    cases: Sequence[Case],
    amounts: Sequence[float],
    ask: Ask,
) -> list[Outlook]:
    if not asked:
        return []
    table, lines, claims = ask([case for _, _, case in asked])
    bounds = np.searchsorted(table.lines.claim, np.arange(len(asked) + 1))
    found = []
    for number, (place, _, case) in enumerate(asked):
        rows = slice(int(bounds[number]), int(bounds[number + 1]))
        billed = float(table.allowed[rows].sum())
        denied = float(lines[rows] @ table.allowed[rows])
        before = {line.line for line in cases[place].submission.claim.lines}
        by_line: dict[int, float] = {}
        parts: list[float] = []
        for line, risk in zip(case.submission.claim.lines, lines[rows].tolist(), strict=True):
            by_line[line.line] = risk
            if line.line not in before:
                parts.append(risk)
        if parts:
            split = {finding.line for finding in cases[place].findings
                     if finding.fix and finding.fix.action == "split_line"}  # fmt: skip
            for line_number in split & before:
                by_line[line_number] = max(by_line[line_number], *parts)
        found.append(
            Outlook(
                lines={line: risk for line, risk in by_line.items() if line in before},
                claim=float(claims[number]),
                denied=denied * (amounts[place] / billed) if billed else denied,
            )
        )
    return found
