"""Whether a remittance's amounts add up (ASC X12N 005010X221A1, §1.10.2.1).

What does not balance is reported and never repaired.
"""

from collections.abc import Iterable
from decimal import Decimal

from claims.claim import Adjustment
from claims.remittance import ClaimPayment, LinePayment

NOTHING = Decimal("0.00")
UNBALANCED = "does not balance"


def total(adjustments: Iterable[Adjustment]) -> Decimal:
    """The sum of adjustments, in dollars."""
    return sum((one.amount for one in adjustments), NOTHING)


def line_imbalance(line: LinePayment) -> str | None:
    """A sentence where a line's charge less its adjustments is not what was paid."""
    return _imbalance("line", line.charge, total(line.adjustments), line.paid)


def claim_imbalance(payment: ClaimPayment) -> str | None:
    """A sentence where a claim's charge less all its adjustments is not what was paid."""
    adjusted = total(payment.adjustments) + sum(
        (total(line.adjustments) for line in payment.lines), NOTHING
    )
    return _imbalance("claim", payment.charge, adjusted, payment.paid)


def _imbalance(what: str, charge: Decimal, adjusted: Decimal, paid: Decimal) -> str | None:
    if charge - adjusted == paid:
        return None
    return (
        f"the {what} {UNBALANCED}: the charge of {charge} less adjustments of {adjusted} "
        f"is {charge - adjusted}, but {paid} was paid"
    )


def imbalances(payment: ClaimPayment) -> list[str]:
    """What does not add up in a claim payment, the claim itself first."""
    found = [claim_imbalance(payment)]
    for number, line in enumerate(payment.lines, start=1):
        sentence = line_imbalance(line)
        found.append(sentence and f"line {number}: {sentence}")
    return [sentence for sentence in found if sentence]
