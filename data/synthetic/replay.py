"""A practice's claims run again from its truth folder, as cases that can be judged anew."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from claims.problem import ClaimwrightError
from data.synthetic import practice
from data.synthetic.adjudication import Decision
from data.synthetic.coverage import Filter, Vector, states
from data.synthetic.hidden import Hidden
from data.synthetic.membership import Membership
from data.synthetic.odds import ClaimCase, table
from data.synthetic.order import Order
from data.synthetic.truth import Chances, chances, seen
from data.synthetic.world import load_world


@dataclass(slots=True)
class Judged:
    """A claim, what became of it, and how to judge it under other hidden values."""

    case: ClaimCase
    decision: Decision
    member: tuple[int, int]
    """Client and spell."""
    week: int
    levels: int
    level: int
    verified: int
    watched: float
    best: Chances
    posterior: Vector
    """Of the member's hidden state, on the morning of submission."""


def order_of(out: Path) -> Order:
    """The order that a practice was written to.

    Raises ClaimwrightError where `out` holds no truth of ours.
    """
    path = out / "truth" / "parameters.json"
    try:
        asked = json.loads(path.read_text(encoding="utf-8"))["order"]
        return Order(world=load_world(out / "truth" / "world.yaml"), **asked)
    except (OSError, ValueError, KeyError, TypeError):
        raise ClaimwrightError(
            f"{out}: expected a folder that `claimwright synth` wrote, with its truth"
        ) from None


def replay(order: Order) -> list[Judged]:
    """Every claim of a practice in the order in which it was sent; no paper is written."""
    found: list[Judged] = []
    people, scribe = order.people(), order.scribe()
    for index in range(order.shards):
        shard = _Listening(
            order.world, order.seed, order.outcome_seed, people, scribe, index, order.shards,
            order.weeks, papers=False, heard=found.append,
        )  # fmt: skip
        for week in range(order.weeks):
            shard.step(week)
    return sorted(found, key=lambda one: one.case.submitted)


class _Listening(practice.Shard):
    """A shard that tells of each claim as it is judged."""

    def __init__(self, *args: Any, heard: Callable[[Judged], None], **named: Any) -> None:
        self.heard = heard
        super().__init__(*args, **named)

    def sent(
        self, life: practice.Life, membership: Membership, case: ClaimCase, best: Chances,
        decision: Decision, posterior: Vector,
    ) -> None:  # fmt: skip
        """Called for each claim."""
        self.heard(
            Judged(
                case=case,
                decision=decision,
                member=(life.client.number, membership.spell.number),
                week=(case.day - self.world.start).days // 7,
                levels=membership.levels,
                level=membership.level,
                verified=membership.verified,
                watched=self.world.disciplines[life.client.discipline].watched,
                best=best,
                posterior=posterior,
            )
        )


def judge_again(claims: list[Judged], hidden: Hidden, start: date) -> Iterator[Chances]:
    """The chances of each claim, in order, under other hidden values than the true ones."""
    filters: dict[tuple[int, int], Filter] = {}
    for one in claims:
        known = filters.get(one.member)
        if known is None:
            rates = hidden.rates[one.case.payer].watched(one.watched)
            known = filters[one.member] = Filter(
                rates, one.levels, one.verified, one.level, start, 400
            )
        order = states(one.levels)
        odds = table(hidden, one.case, order)
        posterior = known.posterior(one.week, one.case.submitted)
        yield chances(hidden, one.case, odds, posterior, order)
        word = one.decision.first_word if one.decision.answered else None
        known.add(seen(hidden, one.case, odds, one.week, order, word, one.decision.stopped_by))
