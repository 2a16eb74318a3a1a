"""Benefits: how many visits or dollars of a service the coverage holds."""

import csv
import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from claims.codes.procedures import procedure
from claims.edits.edit import Found, by_rule, hold, line_edit
from claims.edits.view import LineView
from claims.policies.rules import BenefitLimit, TherapyThreshold

RECORD = "the benefit as the payer told it to the practice"
FEW_VISITS = 3
TABLE = Path(__file__).parent / "benefit_names.csv"
ANALYSIS = frozenset(("BEHAVIOR", "BEHAVIOUR")), frozenset(("ANALYSIS", "APPLIED"))


@cache
def _names() -> dict[str, frozenset[str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: frozenset(row["disciplines"].split()) for row in csv.DictReader(file)}


@lru_cache(maxsize=1024)
def disciplines_of(benefit: str) -> frozenset[str]:
    """The disciplines that a benefit's name stands for; empty where it says none of ours.

    The names that payers and practices give them stand in benefit_names.csv, word by word.

    >>> sorted(disciplines_of("PT+SLP")), disciplines_of("chiropractic")
    (['PT', 'SLP'], frozenset())
    >>> disciplines_of("mental_health"), disciplines_of("Applied Behavior Analysis")
    (frozenset({'MH'}), frozenset({'ABA'}))
    """
    words = frozenset(re.findall("[A-Z]+", benefit.upper()))
    if all(not words.isdisjoint(part) for part in ANALYSIS):
        return frozenset(("ABA",))
    return frozenset().union(*(_names().get(word, frozenset()) for word in words))


def counts(benefit: str) -> Callable[[str], bool]:
    """Whether a procedure uses up a benefit, by the disciplines that may bill it."""
    wanted = disciplines_of(benefit)

    def uses(code: str) -> bool:
        found = procedure(code)
        return found is not None and bool(wanted.intersection(found.disciplines))

    return uses


@line_edit("benefit_limit.exhausted", "benefit_limit", "error", RECORD, "benefit")
def exhausted(line: LineView) -> Found | None:
    """The visits or dollars of the coverage are used up, other providers' use counted in."""
    claim = line.claim
    ledger = claim.context.ledger
    for benefit in claim.benefits_on(line.day):
        if not ledger.may_use_up(benefit, claim.member, 0):
            continue
        if line.discipline not in disciplines_of(benefit.benefit) or _is_threshold(line):
            continue
        balance = ledger.benefit_balance(benefit, claim.day, claim.number, counts(benefit.benefit))
        if balance.left > 0 or line.day in balance.own_days:
            continue
        if line.on <= benefit.as_of and benefit.used <= benefit.limit:
            continue  # this visit may be among those that the payer counted
        told = f"{benefit.used:g} as told on {benefit.as_of}"
        own = len(balance.own_days)
        since = f", {own} of ours since" if own else ""
        return Found(
            f"Line {line.number}: the coverage holds {benefit.limit:g} {benefit.unit} of "
            f"{benefit.benefit}, and all are used ({told}{since}).",
            hold("an exception from the payer, or the client's consent to pay", line.number),
        )
    return None


def _is_threshold(line: LineView) -> bool:
    """Whether a yearly amount is a threshold for KX, which ends nothing."""
    return line.rule(TherapyThreshold) is not None


@line_edit("benefit_limit.policy", "benefit_limit", "error", "the payer's policy", "benefit")
def policy(line: LineView) -> list[Found]:
    """Our own visits alone are more than the payer's plan holds in the period.

    Silent where the member's own benefit is on record, which counts other providers too.
    """
    claim = line.claim
    rules = line.rules(BenefitLimit)
    if not rules or claim.benefits_on(line.day):
        return []
    found = []
    for rule in rules:
        if rule.unit != "visits" or rule.period != "calendar_year":
            continue
        days = _days_this_year(line, counts(rule.benefit))
        if len(days | {line.day}) <= rule.limit:
            continue
        one = by_rule(
            rule,
            "error",
            f"Line {line.number}: the plan holds {rule.limit:g} visits of {rule.benefit} a year, "
            f"and we have billed {len(days)} already.",
            hold("an exception from the payer, or the client's consent to pay", line.number),
        )
        if one:
            found.append(one)
    return found


def _days_this_year(line: LineView, uses: Callable[[str], bool]) -> set[int]:
    claim = line.claim
    first = line.on.replace(month=1, day=1).toordinal()
    last = line.on.replace(month=12, day=31).toordinal()
    return {
        service.day
        for service in claim.context.sent.of_client(claim.client)
        if first <= service.day <= last
        and service.number < claim.number
        and service.visible(claim.day)
        and uses(service.procedure)
    }


@line_edit("benefit_limit.running_out", "benefit_limit", "info", RECORD, "benefit")
def running_out(line: LineView) -> Found | None:
    """Three visits or fewer are left after this one."""
    claim = line.claim
    ledger = claim.context.ledger
    for benefit in claim.benefits_on(line.day):
        if benefit.unit != "visits" or not ledger.may_use_up(benefit, claim.member, FEW_VISITS + 1):
            continue
        if line.discipline not in disciplines_of(benefit.benefit):
            continue
        balance = ledger.benefit_balance(benefit, claim.day, claim.number, counts(benefit.benefit))
        left = balance.left - (0 if line.day in balance.own_days else 1)
        if 0 <= left <= FEW_VISITS and balance.left > 0:
            return Found(
                f"Line {line.number}: {max(left, Decimal(0)):g} {benefit.benefit} "
                f"visit{'' if left == 1 else 's'} left this year after this one."
            )
    return None
