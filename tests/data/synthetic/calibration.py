"""Whether outcomes bear out the truth's probabilities, slice by slice."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from data.synthetic.order import Order
from data.synthetic.practice import Shard
from data.synthetic.truth_tables import CATEGORIES
from data.synthetic.world import World

Rows = list[dict[str, Any]]
Floats = NDArray[np.float64]
LEAST = 200
"""Claims of a slice that is looked at."""


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


def slices(lines: Rows) -> dict[str, Callable[[dict[str, Any]], str]]:
    """Ways to divide claims, each by the claim's first line."""
    size: dict[str, int] = {}
    for row in lines:
        size[row["claim_id"]] = max(size.get(row["claim_id"], 0), row["line"])
    denied = recently_denied(lines)
    return {
        "payer": lambda row: row["payer"],
        "payer and code": lambda row: f"{row['payer']} {row['procedure']}",
        "month": lambda row: row["submitted"][:7],
        "slip": lambda row: row["slips"].split(" ")[0],
        "size": lambda row: str(size[row["claim_id"]]),
        "recent denial": lambda row: str(row["claim_id"] in denied),
    }


def judged(lines: Rows, claims: Rows) -> dict[str, tuple[Floats, Floats, list[str], Rows]]:
    """Probabilities, outcomes, clients and first lines: of claims, and of each reason of lines."""
    first = {row["claim_id"]: row for row in reversed(lines)}
    answered = [row for row in claims if row["denied"] is not None]
    found = {
        "claims": (
            np.array([row["probability"] for row in answered]),
            np.array([float(row["denied"]) for row in answered]),
            [row["client"] for row in answered],
            [first[row["claim_id"]] for row in answered],
        )
    }
    heads = [row for row in lines if row["denied"] is not None]
    for category in CATEGORIES:
        found[category] = (
            np.array([row["named"].get(category, 0.0) for row in heads]),
            np.array(
                [
                    float(row["denied"] and (row["category"] or "unnamed") == category)
                    for row in heads
                ]
            ),
            [row["client"] for row in heads],
            heads,
        )
    return found


def scores(lines: Rows, claims: Rows, apart: bool = False) -> list[tuple[str, float, int]]:
    """z of each slice: outcomes less probabilities over their standard deviation.

    A member's open claims share what is hidden of the member's coverage, so their errors go
    together: the deviation is taken over members, never below that of independent claims.
    apart: each answer comes before the next claim, so that claims are independent.
    """
    found = []
    ways = slices(lines)
    for what, (p, y, clients, rows) in judged(lines, claims).items():
        divided = dict(ways) if what == "claims" else {"payer": lambda _: "all"}
        labels = {name: np.array([of(row) for row in rows]) for name, of in divided.items()}
        if what == "claims":
            labels["decile"] = np.searchsorted(np.quantile(p, np.arange(0.1, 1, 0.1)), p)
        members, codes = np.unique(clients, return_inverse=True)
        for name, values in labels.items():
            for value in np.unique(values):
                here = values == value
                spread = np.sum(p[here] * (1 - p[here]))
                if here.sum() < LEAST or spread < 5 or (name != "payer" and here.all()):
                    continue
                error = y[here] - p[here]
                by_member = np.bincount(codes[here], weights=error, minlength=len(members))
                variance = spread if apart else max(np.sum(by_member**2), spread)
                found.append(
                    (f"{what}: {name} {value}", error.sum() / variance**0.5, int(here.sum()))
                )
    return found


def fit(found: list[tuple[str, float, int]]) -> float:
    """How likely such a sum of z² is where the truth is true."""
    return float(chi2.sf(sum(z**2 for _, z, _ in found), len(found)))
