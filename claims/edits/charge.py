"""Charges: what is asked has to be there, and to add up."""

from claims.edits.edit import Found, claim_edit, hold, line_edit
from claims.edits.view import ClaimView, LineView

GUIDE = "ASC X12N 005010X222A1"


@line_edit("charge.zero", "coding", "error", f"{GUIDE}, loop 2400 SV102", "odd")
def zero(line: LineView) -> Found | None:
    """A service line without a charge pays nothing, and many payers reject it.

    Codes that only report something (Category II codes, quality codes G8000 to G9999) may be
    billed at zero.
    """
    if line.line.charge != 0 or reports_only(line.code):
        return None
    return Found(
        f"Line {line.number} ({line.code}) has no charge; enter the practice's fee.",
        hold("the practice's fee for this service", line.number, "code_set"),
    )


def reports_only(code: str) -> bool:
    """Whether a code reports and is not paid.

    >>> reports_only("G8978"), reports_only("3725F"), reports_only("G0283")
    (True, True, False)
    """
    return (code[:1] == "G" and "G8000" <= code <= "G9999") or (
        code[-1:] == "F" and code[:-1].isdigit()
    )


@line_edit("charge.negative", "coding", "error", f"{GUIDE}, loop 2400 SV102", "odd")
def negative(line: LineView) -> Found | None:
    """A charge cannot be below zero; money is taken back by replacing or voiding the claim."""
    if line.line.charge >= 0:
        return None
    return Found(
        f"Line {line.number} ({line.code}) has a charge below zero; to take money back, replace "
        "or void the earlier claim (frequency code 7 or 8).",
        hold("the right charge", line.number, "code_set"),
    )


@claim_edit("charge.total", "coding", "error", f"{GUIDE}, section 1.4.4 and CLM02", "odd")
def total(claim: ClaimView) -> Found | None:
    """The claim's charge is the sum of its lines' charges, or the claim is rejected unread."""
    lines = sum(line.line.charge for line in claim.lines)
    if lines == claim.claim.charge:
        return None
    return Found(
        f"The claim's charge is {claim.claim.charge}, but its lines come to {lines}; make them "
        "agree.",
        hold("which of the charges is wrong", 0, "code_set"),
    )


@claim_edit("charge.patient_paid", "coding", "warning", f"{GUIDE}, loop 2300 AMT*F5", "odd")
def patient_paid(claim: ClaimView) -> Found | None:
    """A patient seldom pays more than the whole charge beforehand: an amount mistyped."""
    paid = claim.claim.patient_paid
    if paid is None or 0 <= paid <= claim.claim.charge:
        return None
    return Found(
        f"The patient is said to have paid {paid} of a charge of {claim.claim.charge}; check the "
        "amount."
    )
