"""Whether outcomes bear out the truth's probabilities, slice by slice."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.synthetic.order import Order
from data.synthetic.practice import Shard
from data.synthetic.truth_tables import CATEGORIES
from data.synthetic.world import World

Row = dict[str, Any]
Rows = list[Row]
Floats = NDArray[np.float64]
LEAST = 200
"""Claims of a slice that is looked at."""
SEEDS = (1, 2, 3)
"""Of the practices that are looked at together: the first three, whatever they say."""
DRAWS = 2_000


def run(world: World, clients: float, months: float, seed: int) -> tuple[Rows, Rows]:
    """Lines and claims of a practice, without its files."""
    order = Order(world, clients, months, seed, seed)
    people, scribe = order.people(), order.scribe()
    lines: Rows = []
    claims: Rows = []
    for index in range(order.shards):
        shard = Shard(
            world, seed, seed, people, scribe, index, order.shards, order.weeks, papers=False
        )
        for week in range(order.weeks):
            batch = shard.step(week)
            lines += batch.lines
            claims += batch.claim_truths
    return lines, claims


def recently_denied(lines: Rows) -> set[str]:
    """Claims of clients of whom a denial came in within the eight weeks before."""
    denials: dict[str, set[date]] = {}
    for row in lines:
        if row["denied"]:
            denials.setdefault(row["client"], set()).add(date.fromisoformat(row["settled"]))
    found = set()
    for row in lines:
        day = date.fromisoformat(row["submitted"])
        if any(0 < (day - one).days <= 56 for one in denials.get(row["client"], ())):
            found.add(row["claim_id"])
    return found


class Answered(NamedTuple):
    """Answered claims: what the truth says of each, and what came of it."""

    risk: Floats
    """Of the claim."""
    reasons: Floats
    """Of the first line, by category."""
    denied: NDArray[np.bool_]
    reason: NDArray[np.int64]
    """Category of the first line's denial; -1 for none."""
    slices: dict[str, NDArray[np.str_]]


def answered(lines: Rows, claims: Rows) -> Answered:
    """The claims that were answered, with the slices into which they are divided."""
    first = {row["claim_id"]: row for row in reversed(lines)}
    size: dict[str, int] = {}
    for row in lines:
        size[row["claim_id"]] = max(size.get(row["claim_id"], 0), row["line"])
    recent = recently_denied(lines)
    kept = [row for row in claims if row["denied"] is not None]
    heads = [first[row["claim_id"]] for row in kept]
    ways: dict[str, Callable[[Row], str]] = {
        "payer and code": lambda row: f"{row['payer']} {row['procedure']}",
        "month": lambda row: row["submitted"][:7],
        "slip": lambda row: row["slips"].split(" ")[0],
        "size": lambda row: str(size[row["claim_id"]]),
        "recent denial": lambda row: str(row["claim_id"] in recent),
    }
    slices = {name: np.array([of(row) for row in heads]) for name, of in ways.items()}
    risk = np.array([row["probability"] for row in kept])
    slices["decile"] = np.searchsorted(np.quantile(risk, np.arange(0.1, 1, 0.1)), risk).astype(str)
    return Answered(
        risk=risk,
        reasons=np.array([[row["named"].get(one, 0.0) for one in CATEGORIES] for row in heads]),
        denied=np.array([bool(row["denied"]) for row in kept]),
        reason=np.array(
            [CATEGORIES.index(r["category"] or "unnamed") if r["denied"] else -1 for r in heads]
        ),
        slices=slices,
    )


class Yardstick:
    """The slices of some claims, each with its expected denials and their deviation."""

    def __init__(self, found: Answered) -> None:
        self.found = found
        names, members = ["all"], [np.ones(len(found.risk))]
        for name, values in found.slices.items():
            for value in np.unique(values):
                here = values == value
                if LEAST <= here.sum() < len(values):
                    names.append(f"{name} {value}")
                    members.append(here.astype(float))
        inside = np.array(members)
        variance = inside @ (found.risk * (1 - found.risk))
        reasons = np.sum(found.reasons * (1 - found.reasons), axis=0)
        enough, known = variance >= 5, reasons >= 5
        self.names = [*np.array(names)[enough], *np.array(CATEGORIES)[known]]
        self.inside, self.known = inside[enough], np.flatnonzero(known)
        self.deviation = np.sqrt(np.concatenate([variance[enough], reasons[known]]))
        self.expected = np.concatenate(
            [self.inside @ found.risk, found.reasons.sum(axis=0)[self.known]]
        )

    def z(self, denied: NDArray[np.bool_], reason: NDArray[np.int64]) -> Floats:
        """Of each slice's denials and of each reason's: outcomes less what is expected."""
        counts = np.bincount(reason + 1, minlength=len(CATEGORIES) + 1)[1:]
        happened = np.concatenate([self.inside @ denied, counts[self.known]])
        return np.asarray((happened - self.expected) / self.deviation)

    def likelihood(self) -> float:
        """How often the sum of z² would be as large where the truth is true.

        Slices overlap, so their z² are no independent draws: outcomes are drawn anew from the
        probabilities, each claim by itself, which holds where each answer comes before the next.
        """
        found = self.found
        told = np.sum(self.z(found.denied, found.reason) ** 2)
        draws = np.random.default_rng(0)
        edges = np.cumsum(found.reasons, axis=1)
        first = edges[:, -1]
        others = np.clip((found.risk - first) / np.maximum(1 - first, 1e-12), 0, 1)
        larger = 0
        for _ in range(DRAWS):
            mark = draws.random(len(first))
            reason = np.where(mark < first, (mark[:, None] >= edges).sum(axis=1), -1)
            denied = (reason >= 0) | (draws.random(len(first)) < others)
            larger += np.sum(self.z(denied, reason) ** 2) >= told
        return float((1 + larger) / (1 + DRAWS))


def together(world: World, clients: float, months: float) -> Answered:
    """The answered claims of the practices of all `SEEDS`."""
    lines: Rows = []
    claims: Rows = []
    for seed in SEEDS:
        mine, whole = run(world, clients, months, seed)
        for row in (*mine, *whole):
            row["claim_id"] = f"{seed} {row['claim_id']}"
            row["client"] = f"{seed} {row['client']}"
        lines += mine
        claims += whole
    return answered(lines, claims)
