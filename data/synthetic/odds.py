"""How likely each cause is on one claim: explicit functions of what is known and of hidden rules.

The forward adjudication draws from these; the truth adds them up. Neither uses the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from data.synthetic.draw import logistic
from data.synthetic.hidden import CERTAIN, REVIEW, Habits, Hidden
from data.synthetic.world_causes import ChangeEffect

Features = dict[str, float]
_COVERAGE: tuple[tuple[str, ...], ...] = ((), ("lapsed",), ("other_coverage",))
"""The hidden features of each state of coverage."""


class State(NamedTuple):
    """Hidden facts about a member on one day."""

    coverage: int
    """0 in force, 1 lapsed, 2 another payer is thought to come first."""
    elsewhere: int
    """Level of visits to other providers this year."""


@dataclass(slots=True)
class LineCase:
    """One service line as the payer will judge it."""

    line: int
    code: str
    keys: dict[str, str]
    """What effects are drawn for: plan, code, credential, diagnosis, clinician, site, month."""
    x: Features
    units: int
    charge: float
    allowed: float
    shorter: str | None = None
    """The code as which it may be paid instead, and what is then allowed."""
    allowed_shorter: float = 0.0


@dataclass(slots=True)
class ClaimCase:
    """One claim as it stands on the morning of submission."""

    claim_id: str
    payer: int
    plan: str
    day: date
    """Of service."""
    submitted: date
    x: Features
    note: Features
    lines: tuple[LineCase, ...]
    visits: int = 0
    """Of this year, this one included, as far as submitted."""
    limit: int | None = None
    """Visits a year that the plan pays for this discipline."""
    levels: tuple[int, ...] = (0,)
    features: list[Features] = field(default_factory=list)
    """By line: the claim's and the line's together."""


class Table(NamedTuple):
    """The chances of one claim."""

    claim_causes: tuple[str, ...]
    front: dict[State, tuple[float, ...]]
    """By hidden state: of each cause of the claim, given that it is reached."""
    line_causes: tuple[str, ...]
    lines: tuple[tuple[tuple[float, ...], ...], ...]
    """By line, by reviewer (the first: none): of each cause of the line, if reached."""
    review: float
    """That the claim is pulled for review, given that no cause of the claim stops it."""


def _base(
    hidden: Hidden, habits: Habits, case: ClaimCase, line: LineCase, x: Features,
    without: frozenset[str],
) -> float:  # fmt: skip
    total = habits.base
    name, payer, keys = habits.name, case.payer, line.keys
    for kind in habits.kinds:
        total += hidden.effect(name, kind, payer, keys[kind])
    for feature, weight in habits.coefficients.items():
        value = x.get(feature)
        if value:
            total += weight * value
    for moved in habits.moved:
        if applies(moved.effect, case, line, x, moved.day) and moved.change not in without:
            total += moved.effect.add
    return total


def applies(
    effect: ChangeEffect, case: ClaimCase, line: LineCase, x: Features, effective: date
) -> bool:
    """Whether a change's effect touches a line."""
    return (
        case.day >= effective
        and (not effect.codes or line.code in effect.codes)
        and (not effect.credentials or line.keys["credential"] in effect.credentials)
        and (not effect.plans or case.plan in effect.plans)
        and (effect.when is None or bool(x.get(effect.when)))
    )


def _possible(needs: tuple[str, ...], x: Features) -> bool:
    return not needs or any(x.get(need) for need in needs)


def _probability(eta: float) -> float:
    if eta > CERTAIN:
        eta = CERTAIN
    elif eta < -CERTAIN:
        eta = -CERTAIN
    return logistic(eta)


def hidden_facts(state: State, case: ClaimCase) -> tuple[str, ...]:
    """The hidden features that a state means for one claim."""
    coverage = _COVERAGE[state.coverage]
    if case.limit is not None and case.visits + case.levels[state.elsewhere] > case.limit:
        return (*coverage, "benefit_exhausted")
    return coverage


def table(
    hidden: Hidden, case: ClaimCase, states: Iterable[State], without: frozenset[str] = frozenset()
) -> Table:
    """The chances of a claim in each hidden state.

    without: dated changes to leave out, for what would have been.
    """
    habits = hidden.habits[case.payer]
    claim_causes, line_causes = hidden.orders[case.payer]
    first = case.lines[0]
    usual: list[float] = []
    moved: list[tuple[int, float, Habits]] = []
    for place, name in enumerate(claim_causes):
        one = habits[name]
        possible = _possible(one.needs, case.x)
        eta = _base(hidden, one, case, first, case.x, without)
        usual.append(_probability(eta) if possible else 0.0)
        if one.hidden:
            moved.append((place, eta, one))
    front: dict[State, tuple[float, ...]] = {}
    seen: dict[tuple[str, ...], tuple[float, ...]] = {}
    for state in states:
        facts = hidden_facts(state, case)
        if facts not in seen:
            chances = usual.copy()
            for place, eta, one in moved if facts else ():
                if chances[place] or any(need in facts for need in one.needs):
                    more = sum(one.coefficients.get(fact, 0.0) for fact in facts)
                    chances[place] = _probability(eta + more)
            seen[facts] = tuple(chances)
        front[state] = seen[facts]
    harshness = hidden.harshness[case.payer]
    lines = []
    for line in case.lines:
        x = {**case.x, **line.x}
        looked_at = {**x, **case.note}
        rows: list[list[float]] = [[] for _ in range(len(harshness) + 1)]
        for name in line_causes:
            one = habits[name]
            known = looked_at if one.reviewed else x
            if not _possible(one.needs, known):
                for row in rows:
                    row.append(0.0)
                continue
            eta = _base(hidden, one, case, line, known, without)
            if one.reviewed:
                rows[0].append(0.0)
                for row, harsh in zip(rows[1:], harshness, strict=True):
                    row.append(_probability(eta + harsh))
            else:
                probability = _probability(eta)
                for row in rows:
                    row.append(probability)
        lines.append(tuple(map(tuple, rows)))
    review = _base(hidden, habits[REVIEW], case, first, {**case.x, **first.x}, without)
    return Table(claim_causes, front, line_causes, tuple(lines), _probability(review))


def touching(hidden: Hidden, case: ClaimCase) -> frozenset[str]:
    """The dated changes whose effects bear on any line of a claim."""
    found = set()
    for one in hidden.habits[case.payer].values():
        for moved in one.moved:
            if case.day >= moved.day:
                for line in case.lines:
                    x = {**case.x, **line.x, **case.note}
                    if applies(moved.effect, case, line, x, moved.day):
                        found.add(moved.change)
    return frozenset(found)
