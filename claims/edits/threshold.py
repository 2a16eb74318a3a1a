"""KX: whether the year's amount of therapy has passed the payer's threshold, as benefits tell."""

from collections.abc import Iterable
from decimal import Decimal

from claims.authorization import Benefit
from claims.codes.units import over_threshold
from claims.edits.benefit_limit import disciplines_of
from claims.policies.rules import TherapyThreshold


def dollars_used(rule: TherapyThreshold, benefits: Iterable[Benefit]) -> Decimal | None:
    """Dollars of the rule's benefit that all providers have used; None where no benefit tells.

    benefits: the member's for the day of service, as last told; their names need not be the
    rule's own, but must stand for the same disciplines.
    """
    wanted = disciplines_of(rule.benefit)
    for benefit in benefits:
        if benefit.unit == "dollars" and disciplines_of(benefit.benefit) == wanted:
            return Decimal(benefit.used)
    return None


def is_over(rule: TherapyThreshold, benefits: Iterable[Benefit]) -> bool | None:
    """Whether the threshold is passed before this service; None where no benefit tells."""
    used = dollars_used(rule, benefits)
    return None if used is None else over_threshold(used, Decimal(rule.threshold))
