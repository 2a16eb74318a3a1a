"""The informed learner: the world's own functional form, its hidden values fitted on the past.

It knows the world file, so the shape of every rule and the spread of every hidden value, and it
knows which changes there are and when; it does not know the values that the seed drew. What it
still lacks against the truth is the price of finite data.

Each cause's values are those of highest posterior density: normal priors from the world file,
and the likelihood of the lines that reached the cause. Review is not seen; what is seen is its
product with a reviewer's finding. Rates of coverage are kept at the world file's middle.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from data.synthetic.features import HIDDEN
from data.synthetic.hidden import REVIEW, Habits, Hidden, Moved, Rates
from data.synthetic.odds import ClaimCase, LineCase, applies
from data.synthetic.replay import Judged
from data.synthetic.world import World
from data.synthetic.world_causes import Cause

Floats = NDArray[np.float64]
Row = list[tuple[str, float]]
CHANGE_SD = 1.5
"""Spread of what a change adds, in log odds, as far as nobody has felt it yet."""


SETTLING = timedelta(days=70)


class Fitted(Hidden):
    """Hidden values as fitted; what was never seen stays at its prior's middle."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self.values: dict[str, dict[str, float]] = {}
        """By cause, by parameter's name."""

    @cached_property
    def habits(self) -> tuple[dict[str, Habits], ...]:
        """By payer, by cause, from the fitted values."""
        true = Hidden(self.world, self.seed).habits
        return tuple(
            {name: self._fitted(index, name, one) for name, one in by_name.items()}
            for index, by_name in enumerate(true)
        )

    def _fitted(self, index: int, name: str, true: Habits) -> Habits:
        values = self.values.get(name, {})
        middle, payer = self.odds[name], self.world.payers[index]
        base = middle.base.mean
        if name in payer.shift:
            base += payer.shift[name].mean
        return true._replace(
            base=base + values.get(f"base|{index}", 0.0),
            coefficients={
                feature: what.mean + values.get(f"effect|{index}|{feature}", 0.0)
                for feature, what in middle.effects.items()
            },
            moved=tuple(
                Moved(
                    one.change,
                    one.day,
                    one.effect.replace(add=values.get(f"change|{one.change}|{name}", 0.0)),
                )
                for one in true.moved
            ),
        )

    def effect(self, name: str, kind: str, payer: int, value: str) -> float:
        """As fitted; zero where none was seen."""
        return self.values.get(name, {}).get(f"{kind}|{payer}|{value}", 0.0)

    @cached_property
    def rates(self) -> tuple[Rates, ...]:
        """Of coverage: the world file's middle."""
        return tuple(
            Rates(*(getattr(payer.coverage, name).mean for name in Rates._fields))
            for payer in self.world.payers
        )


def terms(
    hidden: Hidden, name: str, case: ClaimCase, line: LineCase, x: dict[str, float]
) -> tuple[float, Row]:
    """The middle of a cause's log odds on a line, and the hidden values that move it."""
    odds, payer = hidden.odds[name], hidden.world.payers[case.payer]
    middle = odds.base.mean
    if name in payer.shift:
        middle += payer.shift[name].mean
    row: Row = [(f"base|{case.payer}", 1.0)]
    row += [(f"{kind}|{case.payer}|{line.keys[kind]}", 1.0) for kind, sd in odds.by.items() if sd]
    for feature, value in x.items():
        what = odds.effects.get(feature)
        if what is not None:
            middle += what.mean * value
            if what.sd:
                row.append((f"effect|{case.payer}|{feature}", value))
    for moved in hidden.habits[case.payer][name].moved:
        if applies(moved.effect, case, line, x, moved.day):
            row.append((f"change|{moved.change}|{name}", 1.0))
    return middle, row


def spread(hidden: Hidden, name: str, parameter: str) -> float:
    """Standard deviation of a hidden value before anything is seen."""
    odds = hidden.odds[name]
    kind, _, rest = parameter.partition("|")
    if kind == "base":
        payer = hidden.world.payers[int(rest)]
        more = payer.shift[name].sd if name in payer.shift else 0.0
        return max(1e-3, math.hypot(odds.base.sd, more))
    if kind == "effect":
        return max(1e-3, odds.effects[rest.split("|", 1)[1]].sd)
    if kind == "change":
        return CHANGE_SD
    return max(1e-3, float(odds.by[kind]))  # type: ignore[index]


class Design:
    """Rows of one cause: offsets, sparse weights and outcomes."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.offset: list[float] = []
        self.at: list[int] = []
        self.column: list[int] = []
        self.weight: list[float] = []
        self.outcome: list[float] = []

    def add(self, middle: float, row: Row, outcome: float) -> None:
        """One line that reached the cause."""
        here = len(self.offset)
        self.offset.append(middle)
        self.outcome.append(outcome)
        for name, value in row:
            self.at.append(here)
            self.column.append(self.names.setdefault(name, len(self.names)))
            self.weight.append(value)

    def arrays(self) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64], Floats]:
        """Offsets; row, column and weight of each entry."""
        return (
            np.array(self.offset),
            np.array(self.at, dtype=np.int64),
            np.array(self.column, dtype=np.int64),
            np.array(self.weight),
        )


def _sigmoid(eta: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(eta, -30, 30))))


def fit_cause(hidden: Hidden, name: str, design: Design) -> dict[str, float]:
    """The hidden values of one cause of highest posterior density."""
    if not design.offset:
        return {}
    offset, at, column, weight = design.arrays()
    outcome = np.array(design.outcome)
    precision = np.array([spread(hidden, name, one) ** -2 for one in design.names])

    def loss(values: Floats) -> tuple[float, Floats]:
        eta = offset + np.bincount(at, weight * values[column], minlength=len(offset))
        p = _sigmoid(eta)
        fine = np.log(np.where(outcome > 0, p, 1 - p) + 1e-300)
        slope = np.bincount(column, weight * (p - outcome)[at], minlength=len(values))
        prior = 0.5 * float(np.sum(precision * values**2))
        return prior - float(fine.sum()), slope + precision * values

    found = minimize(loss, np.zeros(len(design.names)), jac=True, method="L-BFGS-B")
    return dict(zip(design.names, found.x.tolist(), strict=True))


def fit_reviewed(
    hidden: Hidden, name: str, review: Design, finding: Design, payers: Sequence[int]
) -> tuple[dict[str, float], dict[str, float]]:
    """Review and one reviewed cause together: only their product is seen."""
    if not finding.offset:
        return {}, {}
    r_offset, r_at, r_column, r_weight = review.arrays()
    f_offset, f_at, f_column, f_weight = finding.arrays()
    outcome = np.array(finding.outcome)
    most = max(len(one) for one in hidden.harshness)
    harsh = np.array([(list(h) * most)[:most] for h in hidden.harshness])[np.array(payers)]
    split = len(review.names)
    precision = np.array(
        [spread(hidden, REVIEW, one) ** -2 for one in review.names]
        + [spread(hidden, name, one) ** -2 for one in finding.names]
    )

    def loss(values: Floats) -> tuple[float, Floats]:
        first, second = values[:split], values[split:]
        chance = _sigmoid(
            r_offset + np.bincount(r_at, r_weight * first[r_column], minlength=len(r_offset))
        )
        eta = f_offset + np.bincount(f_at, f_weight * second[f_column], minlength=len(f_offset))
        each = _sigmoid(eta[:, None] + harsh)
        found = each.mean(axis=1)
        p = np.clip(chance * found, 1e-12, 1 - 1e-12)
        fine = np.log(np.where(outcome > 0, p, 1 - p))
        by_p = np.where(outcome > 0, -1 / p, 1 / (1 - p))
        by_review = by_p * found * chance * (1 - chance)
        by_finding = by_p * chance * (each * (1 - each)).mean(axis=1)
        slope = np.concatenate(
            [
                np.bincount(r_column, r_weight * by_review[r_at], minlength=split),
                np.bincount(f_column, f_weight * by_finding[f_at], minlength=len(values) - split),
            ]
        )
        prior = 0.5 * float(np.sum(precision * values**2))
        return prior - float(fine.sum()), slope + precision * values

    start = np.zeros(len(precision))
    found = minimize(loss, start, jac=True, method="L-BFGS-B").x.tolist()
    return (
        dict(zip(review.names, found[:split], strict=True)),
        dict(zip(finding.names, found[split:], strict=True)),
    )


def fit(true: Hidden, claims: Iterable[Judged], until: date) -> Fitted:
    """Hidden values fitted on the claims that were settled before a day.

    Claims of the last weeks are left out: of these the slow answers, which are denials more
    often, are still to come.
    true: for the world, its dates and the orders of causes; its values are not looked at.
    """
    fitted = Fitted(true.world, true.seed)
    designs: dict[str, Design] = defaultdict(Design)
    review, payers = Design(), list[int]()
    reviewed = [cause.name for cause in true.world.causes if cause.reviewed]
    for one in claims:
        if one.decision.answered is None or one.decision.answered >= until:
            continue
        if one.case.submitted > until - SETTLING:
            continue
        case, decision = one.case, one.decision
        claim_causes, line_causes = true.orders[case.payer]
        for name in claim_causes:
            cause = true.causes[name]
            if _possible(cause, case.x):
                middle, row = terms(true, name, case, case.lines[0], case.x)
                designs[name].add(middle, row, float(decision.stopped_by == name))
            if decision.stopped_by == name:
                break
        if decision.stopped_by is not None:
            continue
        for line, decided in zip(case.lines, decision.lines, strict=True):
            if decided.vague:
                continue
            x = {**case.x, **line.x}
            for name in line_causes:
                cause = true.causes[name]
                known = {**x, **case.note} if cause.reviewed else x
                if _possible(cause, known):
                    middle, row = terms(true, name, case, line, known)
                    designs[name].add(middle, row, float(decided.cause == name))
                    if cause.reviewed and name == reviewed[0]:
                        first = case.lines[0]
                        review.add(*terms(true, REVIEW, case, first, {**case.x, **first.x}), 0.0)
                        payers.append(case.payer)
                if decided.cause == name:
                    break
    for name, design in designs.items():
        cause = true.causes[name]
        if HIDDEN & {*cause.effects, *cause.needs}:
            continue  # coverage is summed over, so its causes stay at the world file's middle
        if name in reviewed[:1]:
            fitted.values[REVIEW], fitted.values[name] = fit_reviewed(
                true, name, review, design, payers
            )
        elif name not in reviewed:
            fitted.values[name] = fit_cause(true, name, design)
    return fitted


def _possible(cause: Cause, x: dict[str, float]) -> bool:
    visible = [need for need in cause.needs if need not in HIDDEN]
    return not visible or any(x.get(need) for need in visible)
