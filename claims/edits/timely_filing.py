"""Timely filing: until when a payer takes a claim."""

from datetime import date, timedelta

from claims.edits.edit import Found, by_rule, claim_edit, hold
from claims.edits.view import ClaimView, LineView
from claims.policies.rules import TimelyFiling

SOON_DAYS = 14
SHORTEST_MONTH = 28


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last.

    >>> months_later(date(2025, 1, 31), 1), months_later(date(2024, 2, 29), 12)
    (datetime.date(2025, 2, 28), datetime.date(2025, 2, 28))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _adjudicated(claim: ClaimView) -> date | None:
    """The day on which the payer before this one decided, from the claim or a remittance."""
    days = [other.adjudicated for other in claim.claim.other_payers if other.adjudicated]
    days += [
        one.adjudicated
        for line in claim.claim.lines
        for one in line.adjudications
        if one.adjudicated
    ]
    if days:
        return max(days)
    told = [
        one.adjudicated or one.known
        for one in claim.context.answers.of_claim(claim.claim.claim_id, claim.day)
        if one.payer_id != claim.payer_id.upper()
    ]
    return date.fromordinal(max(told)) if told else None


def _replaced(claim: ClaimView) -> date | None:
    """The day on which the payer decided on the claim that this one replaces."""
    told = [
        one.adjudicated or one.known
        for one in claim.context.answers.of_claim(claim.claim.claim_id, claim.day)
        if one.payer_id == claim.payer_id.upper() and one.final
    ]
    return date.fromordinal(told[0]) if told else None


def least_days(rule: TimelyFiling) -> int:
    """Days after a service within which a rule lets no limit end, whatever the claim.

    >>> least_days(TimelyFiling(id="", source="manual", days=180, replacement_days=90))
    90
    """
    days = rule.days if rule.months is None else rule.months * SHORTEST_MONTH
    limits = (days, rule.replacement_days, rule.secondary_days)
    return min(limit for limit in limits if limit is not None)


def deadline_of(line: LineView, rule: TimelyFiling) -> date:
    """The last day on which a line may be filed under a rule."""
    if line.deadline is None:
        line.deadline = _deadline(line, rule)
    return line.deadline


def _deadline(line: LineView, rule: TimelyFiling) -> date:
    claim = line.claim
    from_service = (
        months_later(line.on, rule.months)
        if rule.months is not None
        else line.on + timedelta(days=rule.days or 0)
    )
    if claim.is_replacement and rule.replacement_days is not None:
        start = _replaced(claim) if rule.replacement_from == "remittance" else line.on
        if start is not None:
            return start + timedelta(days=rule.replacement_days)
    elif not claim.claim.is_primary and rule.secondary_days is not None:
        start = _adjudicated(claim)
        if start is not None:
            return start + timedelta(days=rule.secondary_days)
    return from_service


def filing_deadline(claim: ClaimView) -> date | None:
    """The last day for filing a claim as a whole: its oldest line's; None where no rule tells."""
    days = [
        deadline_of(line, rule)
        for line in claim.lines
        if (rule := line.rule(TimelyFiling)) is not None
    ]
    return min(days, default=None)


@claim_edit("timely_filing.late", "timely_filing", "error", "the payer's policy", "filing")
def late(claim: ClaimView) -> list[Found]:
    """A claim that reaches the payer after its limit is denied, and the patient owes nothing.

    The limit runs from the date of service; a secondary claim's from the first payer's decision,
    a replacement's from the claim that it replaces, where the payer has limits of their own.
    """
    found = []
    for line in claim.lines:
        rule = line.rule(TimelyFiling)
        if rule is None:
            continue
        deadline = deadline_of(line, rule)
        days = (claim.as_of - deadline).days
        if days <= 0:
            continue
        one = by_rule(
            rule,
            "error",
            f"Line {line.number}: the payer's limit for filing was {deadline}, {days} "
            f"day{'s' if days > 1 else ''} ago.",
            hold("proof that it was filed in time, or the payer's consent", line.number),
            line=line.number,
        )
        if one:
            found.append(one)
    return found


@claim_edit("timely_filing.soon", "timely_filing", "info", "the payer's policy", "filing")
def soon(claim: ClaimView) -> Found | None:
    """Fourteen days or fewer are left for filing."""
    rule = claim.lines[0].rule(TimelyFiling)
    deadline = filing_deadline(claim)
    if rule is None or deadline is None:
        return None
    left = (deadline - claim.as_of).days
    if not 0 <= left <= SOON_DAYS:
        return None
    days = f"{left} day{'' if left == 1 else 's'} left" if left else "today is the last day"
    return by_rule(rule, "info", f"File by {deadline}: {days}.")
