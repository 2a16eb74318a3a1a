"""Coordination of benefits: who pays first, and what the others have said."""

from decimal import Decimal

from claims.claim import OtherPayer
from claims.edits.edit import Found, claim_edit, hold
from claims.edits.view import ClaimView

GUIDE = "ASC X12N 005010X222A1"
ORDER = "PSTABCDEFGH"
"""SBR01: primary, secondary, tertiary, payers of responsibility four to eleven."""
MEDICARE_INDICATORS = frozenset(("MA", "MB"))
ANSWERED = "the first payer's remittance, with what it paid and why it paid no more"


def _before(claim: ClaimView) -> list[OtherPayer]:
    """Other payers who come before the one to whom this claim goes."""
    own = _place(claim.claim.sequence)
    return [other for other in claim.claim.other_payers if _place(other.sequence) < own]


def _place(sequence: str) -> int:
    return ORDER.find(sequence) if sequence in ORDER else len(ORDER)


def _has_answered(claim: ClaimView, other: OtherPayer) -> bool:
    if other.paid is not None or other.adjustments or other.noncovered is not None:
        return True
    payer = other.payer.payer_id if other.payer else None
    return any(one.payer_id == payer for line in claim.claim.lines for one in line.adjudications)


@claim_edit(
    "coordination_of_benefits.other_payer_missing",
    "coordination_of_benefits",
    "error",
    f"{GUIDE}, loop 2320",
    "coordination",
)
def other_payer_missing(claim: ClaimView) -> Found | None:
    """A claim to a second payer names the first (loops 2320 and 2330)."""
    if claim.claim.is_primary or claim.claim.sequence not in ORDER or _before(claim):
        return None
    return Found(
        "The claim goes to a payer who comes second or later, but names no payer who comes "
        "before (loop 2320).",
        hold("who comes first, and that payer's remittance", 0, "code_set"),
    )


@claim_edit(
    "coordination_of_benefits.adjudication_missing",
    "coordination_of_benefits",
    "error",
    f"{GUIDE}, loops 2320 AMT*D and 2430 SVD",
    "coordination",
)
def adjudication_missing(claim: ClaimView) -> list[Found]:
    """A claim to a second payer tells what the first one paid and what it adjusted."""
    return [
        Found(
            f"Payer {other.sequence} comes before this one, but what it paid and adjusted is "
            "missing (AMT*D, CAS, SVD).",
            hold(ANSWERED, 0, "code_set"),
        )
        for other in _before(claim)
        if not _has_answered(claim, other)
    ]


@claim_edit(
    "coordination_of_benefits.adjudication_day_missing",
    "coordination_of_benefits",
    "warning",
    f"{GUIDE}, DTP*573",
    "coordination",
)
def adjudication_day_missing(claim: ClaimView) -> list[Found]:
    """The day on which the first payer decided starts the second payer's clock."""
    found = []
    for other in _before(claim):
        payer = other.payer.payer_id if other.payer else None
        days = [
            one.adjudicated
            for line in claim.claim.lines
            for one in line.adjudications
            if one.payer_id == payer
        ]
        if not _has_answered(claim, other) or other.adjudicated or (days and all(days)):
            continue
        found.append(
            Found(f"The day on which payer {other.sequence} decided is missing (DTP*573).")
        )
    return found


@claim_edit(
    "coordination_of_benefits.payer_unnamed",
    "coordination_of_benefits",
    "error",
    f"{GUIDE}, loop 2330B NM1*PR",
    "coordination",
)
def payer_unnamed(claim: ClaimView) -> list[Found]:
    """Another coverage on the claim names its payer.

    An error where that payer comes before this one, a warning where it comes after.
    """
    before = _before(claim)
    return [
        Found(
            f"The other coverage ({other.sequence}) does not name its payer (NM1*PR).",
            hold("who the other payer is", 0, "code_set"),
            "error" if other in before else "warning",
        )
        for other in claim.claim.other_payers
        if other.payer is None
    ]


@claim_edit(
    "coordination_of_benefits.line_payer_unknown",
    "coordination_of_benefits",
    "error",
    f"{GUIDE}, loop 2430 SVD01",
    "coordination",
)
def line_payer_unknown(claim: ClaimView) -> list[Found]:
    """What another payer did with a line is told of a payer whom the claim names."""
    named = {other.payer.payer_id for other in claim.claim.other_payers if other.payer}
    return [
        Found(
            f"Line {line.number} tells what a payer did whom the claim does not name (SVD01).",
            hold("the other payer's identifier, the same in both places", line.number, "code_set"),
            line=line.number,
        )
        for line in claim.lines
        if any(one.payer_id not in named for one in line.line.adjudications)
    ]


@claim_edit(
    "coordination_of_benefits.unbalanced",
    "coordination_of_benefits",
    "error",
    f"{GUIDE}, section 1.4.4 Balancing",
    "coordination",
)
def unbalanced(claim: ClaimView) -> list[Found]:
    """What the first payer paid and what it adjusted add up to what was charged.

    By line: charge less the line's adjustments is what was paid for it. By claim: charge less
    all adjustments is what was paid in all.
    """
    found = []
    for other in claim.claim.other_payers:
        if other.payer is None:
            continue
        by_line = Decimal(0)
        judged = 0
        for line in claim.lines:
            mine = [one for one in line.line.adjudications if one.payer_id == other.payer.payer_id]
            if not mine:
                continue
            judged += 1
            adjusted = sum((a.amount for one in mine for a in one.adjustments), Decimal(0))
            paid = sum((one.paid for one in mine), Decimal(0))
            by_line += adjusted
            if line.line.charge - adjusted != paid:
                found.append(
                    Found(
                        f"Line {line.number}: the charge {line.line.charge} less payer "
                        f"{other.sequence}'s adjustments {adjusted} is not what it paid, {paid}.",
                        hold(ANSWERED, line.number, "code_set"),
                        line=line.number,
                    )
                )
        adjusted = by_line + sum((a.amount for a in other.adjustments), Decimal(0))
        whole = judged in (0, len(claim.lines)) and (judged or other.adjustments)
        if other.paid is None or not whole or found:
            continue
        if claim.claim.charge - adjusted != other.paid:
            found.append(
                Found(
                    f"The charge {claim.claim.charge} less payer {other.sequence}'s adjustments "
                    f"{adjusted} is not what it paid, {other.paid}.",
                    hold(ANSWERED, 0, "code_set"),
                )
            )
    return found


@claim_edit(
    "coordination_of_benefits.msp_type_missing",
    "coordination_of_benefits",
    "error",
    "Medicare Secondary Payer Manual ch. 3 §20; 005010X222A1 SBR05",
    "coordination",
)
def msp_type_missing(claim: ClaimView) -> Found | None:
    """Where Medicare pays second, the claim says why: working aged (12), disability (43), …"""
    if (
        claim.claim.filing_indicator not in MEDICARE_INDICATORS
        or claim.claim.is_primary
        or claim.claim.insurance_type
    ):
        return None
    return Found(
        "Medicare pays second on this claim, but the reason is missing (SBR05: 12 working aged, "
        "13 end-stage renal disease, 14 no-fault, 15 workers' compensation, 43 disability, 47 "
        "liability).",
        hold("why Medicare pays second, from the patient's questionnaire"),
    )


@claim_edit(
    "coordination_of_benefits.msp_type_on_primary",
    "coordination_of_benefits",
    "warning",
    "005010X222A1 SBR05: used only where Medicare is not primary",
    "coordination",
)
def msp_type_on_primary(claim: ClaimView) -> Found | None:
    """A reason for Medicare to pay second does not belong on a claim where it pays first."""
    if (
        claim.claim.filing_indicator not in MEDICARE_INDICATORS
        or not claim.claim.is_primary
        or not claim.claim.insurance_type
    ):
        return None
    return Found(
        "The claim says that Medicare pays first (SBR01 P) and also why it pays second (SBR05 "
        f"{claim.claim.insurance_type}); one of the two is wrong.",
        hold("whether Medicare comes first"),
    )


@claim_edit(
    "coordination_of_benefits.two_first",
    "coordination_of_benefits",
    "error",
    f"{GUIDE}, SBR01 in loops 2000B and 2320",
    "coordination",
)
def two_first(claim: ClaimView) -> Found | None:
    """No two payers have the same place in the order."""
    places = [claim.claim.sequence, *(other.sequence for other in claim.claim.other_payers)]
    twice = sorted({place for place in places if place in ORDER and places.count(place) > 1})
    if not twice:
        return None
    return Found(
        f"Two payers of this claim have the same place in the order (SBR01 {twice[0]}).",
        hold("which payer comes first", 0, "code_set"),
    )


@claim_edit(
    "coordination_of_benefits.other_first",
    "coordination_of_benefits",
    "warning",
    "the payer's own remittance: CARC 22",
    "told",
)
def other_first(claim: ClaimView) -> Found | None:
    """The payer has said of an earlier claim that another payer comes first."""
    if not claim.claim.is_primary or claim.claim.other_payers:
        return None
    told = claim.context.answers.other_payer_first(
        claim.payer_id, claim.claim.subscriber.member_id, claim.day
    )
    if told is None:
        return None
    return Found(
        "This payer has denied an earlier claim of this member because another payer comes first; "
        "ask which, and bill that one, before sending more.",
        hold("the other coverage, from the member or an eligibility check", 0, "ledger"),
    )
