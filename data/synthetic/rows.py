"""The rows of the truth: of each service line and of each claim."""

from collections.abc import Sequence
from datetime import date, timedelta
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

    knowable: Chances
    """Under the rules that could be known that day."""
    without: dict[str, Chances]
    """As it would be without each change that bears on it."""


def shifted(hidden: Hidden, one: Answered, first_remitted: dict[str, date]) -> Shift:
    """The chances of a claim under the rules knowable that day, and without each change."""
    changes = touching(hidden, one.case)
    if not changes:
        return Shift(one.best, {})
    order = states(len(one.posterior) // 3)

    def otherwise(without: frozenset[str]) -> Chances:
        odds = table(hidden, one.case, order, without)
        return chances(hidden, one.case, odds, one.posterior, order)

    day = one.case.submitted
    unknown = frozenset(
        change for change in changes if not knowable(hidden, change, day, first_remitted)
    )
    return Shift(
        otherwise(unknown) if unknown else one.best,
        {change: otherwise(frozenset([change])) for change in sorted(changes)},
    )


def knowable(hidden: Hidden, change: str, day: date, first_remitted: dict[str, date]) -> bool:
    """Whether a change was announced, or has been felt for eight weeks."""
    known = hidden.change_known[change]
    if known is not None and known <= day:
        return True
    first = first_remitted.get(change)
    return first is not None and first + timedelta(days=KNOWABLE_AFTER) <= day


def line_rows(
    hidden: Hidden, one: Answered, shift: Shift, by_rules: dict[str, Chances]
) -> list[dict[str, Any]]:
    """Rows of lines.parquet; `named` holds the probabilities by category.

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
                "unannounced": int(abs(risk - shift.knowable.totals[i]) > UNFORESEEN),
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
