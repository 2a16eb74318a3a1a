"""Frequency codes (CLM05-3), and how often a payer pays a service."""

from datetime import date, timedelta

from claims.edits.edit import Found, by_rule, claim_edit, hold, line_edit
from claims.edits.view import ClaimView, LineView
from claims.policies.rules import Frequency

GUIDE = "ASC X12N 005010X222A1"
USED = frozenset(("1", "6", "7", "8"))


@claim_edit("frequency.number_missing", "duplicate", "error", f"{GUIDE}, loop 2300 REF*F8", "again")
def number_missing(claim: ClaimView) -> Found | None:
    """A claim that replaces or voids another names it by the payer's own claim number."""
    if not claim.is_replacement or claim.claim.payer_claim_number:
        return None
    known = _payer_number(claim)
    told = f"; the payer's remittance gives it as {known}" if known else ""
    return Found(
        f"Frequency code {claim.claim.frequency_code} needs the payer's number of the claim that "
        f"it takes the place of (REF*F8){told}.",
        hold(f"REF*F8 {known}" if known else "the payer's claim number (CLP07)", 0, "ledger"),
    )


def _payer_number(claim: ClaimView) -> str | None:
    told = claim.context.answers.of_claim(claim.claim.claim_id, claim.day)
    numbers = [
        one.claim_number
        for one in told
        if one.payer_id == claim.payer_id.upper() and not one.reversal
    ]
    return next((number for number in reversed(numbers) if number), None)


@claim_edit(
    "frequency.number_differs", "duplicate", "warning", "the payer's own remittance", "again"
)
def number_differs(claim: ClaimView) -> Found | None:
    """The claim that is replaced is known by another number from the payer's remittance."""
    sent = claim.claim.payer_claim_number
    if not claim.is_replacement or not sent:
        return None
    told = claim.context.answers.of_claim(claim.claim.claim_id, claim.day)
    numbers = {
        one.claim_number
        for one in told
        if one.claim_number and one.payer_id == claim.payer_id.upper()
    }
    if not numbers or sent in numbers:
        return None
    return Found(
        f"The payer's remittance gives this claim the number {_payer_number(claim)}, not {sent}.",
        hold("the payer's claim number (CLP07)", 0, "ledger"),
    )


@claim_edit("frequency.number_on_original", "duplicate", "warning", f"{GUIDE}, REF*F8", "again")
def number_on_original(claim: ClaimView) -> Found | None:
    """The payer's number of an earlier claim belongs on its replacement (7) or void (8) only."""
    if claim.claim.frequency_code != "1" or not claim.claim.payer_claim_number:
        return None
    return Found(
        "The claim names an earlier claim of the payer's (REF*F8), but is sent as an original "
        "(frequency code 1); should it be a replacement (7)?"
    )


@claim_edit(
    "frequency.unknown", "coding", "error", "NUBC code list 235, as 005010X222A1 uses it", "odd"
)
def unknown(claim: ClaimView) -> Found | None:
    """A professional claim is an original (1), corrected (6), a replacement (7) or a void (8)."""
    code = claim.claim.frequency_code
    if code in USED:
        return None
    return Found(
        f"Frequency code {code} is not one of a professional claim: 1, 7 or 8.",
        hold("what this claim is: original, replacement or void", 0, "code_set"),
    )


@claim_edit(
    "frequency.medicare",
    "duplicate",
    "error",
    "CMS 837P companion guide, edit X222.094.2300.CLM05-3: Part B takes frequency code 1 only",
    "again",
)
def medicare(claim: ClaimView) -> Found | None:
    """Medicare Part B takes no replacement claims: it is corrected by reopening or sent anew."""
    if not claim.is_replacement or claim.claim.filing_indicator != "MB":
        return None
    return Found(
        f"Medicare Part B rejects frequency code {claim.claim.frequency_code}; ask for a "
        "reopening, or send a rejected claim again as an original."
    )


@claim_edit("frequency.answered", "duplicate", "warning", "the payer's own remittance", "again")
def answered(claim: ClaimView) -> Found | None:
    """The payer has answered this claim already: sent again as an original it is a duplicate."""
    if claim.claim.frequency_code != "1":
        return None
    mine = claim.context.answers.of_claim(claim.claim.claim_id, claim.day)
    final = [one for one in mine if one.final and one.payer_id == claim.payer_id.upper()]
    if not final or final[-1].reversal:
        return None
    earlier = [
        sending
        for sending in claim.context.sent.of_claim(claim.claim.claim_id)
        if sending.number < claim.number
        and sending.known <= claim.day
        and any(service.day == line.day for service in sending.services for line in claim.lines)
    ]
    if not earlier:
        return None
    return Found(
        "The payer has answered this claim before; send a correction as a replacement (frequency "
        f"code 7, REF*F8 {final[-1].claim_number or '…'}).",
        hold("whether this is a correction (7) or was sent again by mistake", 0, "ledger"),
    )


def window(rule: Frequency, day: date) -> tuple[date, date]:
    """First and last day of the period in which a rule counts, around a day of service."""
    if rule.per == "day":
        return day, day
    if rule.per == "week":
        start = day - timedelta(days=(day.weekday() + 1) % 7)
        return start, start + timedelta(days=6)
    if rule.per == "month":
        start = day.replace(day=1)
        return start, (start + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    if rule.per == "year":
        return day.replace(month=1, day=1), day.replace(month=12, day=31)
    return date.min, date.max


@line_edit(
    "frequency.limit",
    "benefit_limit",
    "error",
    "the payer's policy",
    only=lambda line: bool(line.rules(Frequency)),
)
def limit(line: LineView) -> list[Found]:
    """A payer pays a service so many times in a day, week, month, year or lifetime.

    Counted are our own services as sent so far; other practices' are not known.
    """
    found = []
    for rule in line.rules(Frequency):
        start, end = window(rule, line.on)
        units, days = _counted(line, rule, start.toordinal(), end.toordinal())
        count = units + line.units if rule.counted == "units" else len(days | {line.day})
        if count <= rule.limit:
            continue
        what = "units" if rule.counted == "units" else "visits"
        one = by_rule(
            rule,
            "error",
            f"Line {line.number} ({line.code}) is beyond the payer's limit of {rule.limit} {what} "
            f"a {rule.per}.",
            hold("whether the payer has agreed to more", line.number),
        )
        if one:
            found.append(one)
    return found


def _counted(line: LineView, rule: Frequency, start: int, end: int) -> tuple[int, set[int]]:
    """Units and days of the same rule that come before this line."""
    units, days = 0, set()
    for sibling in line.claim.lines:
        counts = sibling.number < line.number and start <= sibling.day <= end
        if counts and rule in sibling.rules(Frequency):
            units += int(sibling.units)
            days.add(sibling.day)
    for service in line.claim.context.sent.of_client(line.claim.client):
        if (
            service.number < line.claim.number
            and start <= service.day <= end
            and service.visible(line.claim.day)
            and service.claim_id != line.claim.claim.claim_id
            and (rule.by == "practice" or service.rendering == line.rendering.npi)
            and line.policy.find(Frequency, service.procedure, line.discipline) == rule
        ):
            units += int(service.units)
            days.add(service.day)
    return units, days
