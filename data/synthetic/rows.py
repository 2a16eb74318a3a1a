"""The rows of the truth: of each service line and of each claim."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Any, NamedTuple

from data.synthetic.adjudication import Decision
from data.synthetic.billing import SLIP_EDITS, Bill
from data.synthetic.coverage import Vector, states
from data.synthetic.hidden import Hidden
from data.synthetic.odds import ClaimCase, table, touching
from data.synthetic.payments import Judged
from data.synthetic.people import Spell
from data.synthetic.truth import Chances, chances

KNOWABLE_AFTER = 56
"""Days from the first remittance under an unannounced change until it counts as knowable."""
MOVED = 0.05
"""Least shift of a probability for which a change is named."""
UNFORESEEN = 0.01


class Answered(NamedTuple):
    """A claim with its chances and what became of it."""

    bill: Bill
    case: ClaimCase
    best: Chances
    posterior: Vector
    decision: Decision
    money: Sequence[Judged]
    spell: Spell
    supported: tuple[str, ...]


class Shift(NamedTuple):
    """What dated changes did to a claim."""

    without: dict[str, Chances]
    """As it would be without each change that bears on it."""
    doubts: dict[str, Chances]
    """As it would be without each set of changes that may not have been knowable that day: their
    ids, in order, separated by blanks. Another shard may have felt them first."""


def shifted(hidden: Hidden, one: Answered, felt: dict[str, date]) -> Shift:
    """The chances of a claim without the changes that bear on it.

    felt: the day of the first answer under each change, as far as this shard knows; the practice
    as a whole cannot have had it later.
    """
    changes = sorted(touching(hidden, one.case))
    if not changes:
        return Shift({}, {})
    order = states(len(one.posterior) // 3)

    def otherwise(without: tuple[str, ...]) -> Chances:
        odds = table(hidden, one.case, order, frozenset(without))
        return chances(hidden, one.case, odds, one.posterior, order)

    without = {change: otherwise((change,)) for change in changes}
    day = one.case.submitted
    open_ones = [change for change in changes if not knowable(hidden, change, day, felt)]
    doubts = {
        " ".join(some): without[some[0]] if len(some) == 1 else otherwise(some)
        for count in range(1, len(open_ones) + 1)
        for some in combinations(open_ones, count)
    }
    return Shift(without, doubts)


def knowable(hidden: Hidden, change: str, day: date, felt: dict[str, date]) -> bool:
    """Whether a change was announced, or has been felt for eight weeks."""
    known = hidden.change_known[change]
    if known is not None and known <= day:
        return True
    first = felt.get(change)
    return first is not None and first + timedelta(days=KNOWABLE_AFTER) <= day


def settled_doubts(rows: list[tuple[str, str]], felt: dict[str, date]) -> list[int]:
    """`unannounced` of lines whose `doubt` is open: day of submission and doubt of each.

    felt: the day of the first answer that the whole practice had under each change.
    """
    found = []
    for submitted, doubt in rows:
        flags: dict[str, int] = json.loads(doubt)
        day = date.fromisoformat(submitted) - timedelta(days=KNOWABLE_AFTER)
        open_ones = max(flags, key=len).split(" ")
        left = " ".join(one for one in open_ones if one not in felt or felt[one] > day)
        found.append(flags.get(left, 0))
    return found


def line_rows(
    hidden: Hidden, one: Answered, shift: Shift, by_rules: dict[str, Chances]
) -> list[dict[str, Any]]:
    """Rows of lines.parquet; `named` holds the probabilities by category, `doubt` what settles
    `unannounced` once the whole practice is written.

    by_rules: the chances as they would be without each change of published rules.
    """
    case, decision, session = one.case, one.decision, one.bill.session
    answered = decision.answered
    rows = []
    without = {**shift.without, **by_rules}
    for i, line in enumerate(case.lines):
        risk = one.best.totals[i]
        moved, change = max(
            ((abs(risk - other.totals[i]), name) for name, other in without.items()),
            default=(0.0, ""),
        )
        settled = answered
        if decision.split and i >= len(case.lines) // 2:
            settled = decision.split
        decided = decision.lines[i]
        category = None
        if decided.cause and not decided.vague:
            category = hidden.causes[decided.cause].category
        doubt = {
            changes: int(abs(risk - other.totals[i]) > UNFORESEEN)
            for changes, other in shift.doubts.items()
        }
        slips = [*one.bill.slips.get(0, ()), *one.bill.slips.get(i + 1, ())]
        rows.append(
            {
                "claim_id": case.claim_id,
                "line": line.line,
                "client": session.client.id,
                "payer": hidden.world.payers[case.payer].id,
                "plan": case.plan,
                "provider": session.writer.id,
                "procedure": line.code,
                "date_of_service": case.day.isoformat(),
                "submitted": case.submitted.isoformat(),
                "charge": line.charge,
                "allowed": line.allowed,
                "probability": risk,
                "named": one.best.lines[i],
                "denied": None if answered is None else int(decided.cause is not None),
                "outcome": None if answered is None else one.money[i].outcome,
                "category": None if answered is None else category,
                "settled": settled.isoformat() if settled else None,
                "slips": " ".join(SLIP_EDITS[slip] for slip in slips),
                "supported": " ".join(one.supported),
                "unannounced": 0,
                "doubt": json.dumps(doubt) if any(doubt.values()) else "",
                "change": change if moved >= MOVED else "",
            }
        )
    return rows


def claim_row(one: Answered) -> dict[str, Any]:
    """The row of claims.parquet."""
    case, decision = one.case, one.decision
    return {
        "claim_id": case.claim_id,
        "submitted": case.submitted.isoformat(),
        "client": one.bill.session.client.id,
        "probability": one.best.claim,
        "allowed": sum(line.allowed for line in case.lines),
        "expected_denied": sum(
            risk * line.allowed for risk, line in zip(one.best.totals, case.lines, strict=True)
        ),
        "denied": None if decision.answered is None else int(decision.denied),
    }
