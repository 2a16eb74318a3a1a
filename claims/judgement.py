"""What the payer did with one service line: the table of labels.md, and which reason denied it."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple, get_args

from claims.balance import NOTHING
from claims.claim import Adjustment
from claims.codes.reasons import reason, remark
from claims.finding import Category
from claims.remittance import LinePayment

Outcome = Literal[
    "paid",
    "denied",
    "partially_denied",
    "patient_responsibility",
    "no_payment",
    "reversed",
    "forwarded",
    "pending",
    "information_only",
]

REMARKS_DECIDE = frozenset(
    ["16", "96", "125", "129", "148", "226", "227", "237", "250", "251", "252", "267", "A1"]
)
"""CARCs that say little by themselves: the first remark with a category says why."""
CAPITATION = "24"
MEDICARE_AND_MEDICAID = frozenset(["MA", "MB", "MC"])
"""CLP06 where CARC 24 means that the member belongs to a managed-care plan."""
CHARGE_EXCEEDS_FEE = "45"
LOOKS_LIKE_A_CODE = re.compile(r"[A-Z0-9]{1,3}|(?=.*\d)[A-Z0-9]{4,5}")
"""CAS02 has up to five characters."""
CATEGORY_ORDER: dict[Category | None, int] = {
    category: place for place, category in enumerate((*get_args(Category), None))
}


class Judgement(NamedTuple):
    """How one line fared, and how much money was denied on it."""

    outcome: Outcome
    category: Category | None
    denied: Decimal


class Sums:
    """A line's adjustments by what they mean, in dollars."""

    def __init__(
        self, adjustments: Sequence[Adjustment], filing_indicator: str | None, paid: Decimal
    ) -> None:
        self.denials: dict[str, Decimal] = {}
        self.unknown: dict[str, Decimal] = {}
        self.patient = self.held = NOTHING
        managed_care = filing_indicator in MEDICARE_AND_MEDICAID and paid == 0
        for one in adjustments:
            known = reason(one.carc)
            treatment = known.treatment if known else "unclassified"
            carc = known.code if known else one.carc
            if treatment == "denial" or (managed_care and carc == CAPITATION):
                self.denials[carc] = self.denials.get(carc, NOTHING) + one.amount
            elif treatment == "patient":
                self.patient += one.amount
            elif treatment == "held":
                self.held += one.amount
            elif treatment == "unclassified" and one.amount:
                self.unknown[carc] = self.unknown.get(carc, NOTHING) + one.amount

    @property
    def denied(self) -> Decimal:
        """D of the rules."""
        return sum(self.denials.values(), NOTHING)

    def category(self, remarks: Sequence[str]) -> Category | None:
        """Why: the denial code with the largest amount, with the remarks' help."""
        found: list[tuple[Decimal, int, Category | None]] = []
        for carc, amount in self.denials.items():
            known = reason(carc)
            category = known.category if known else None
            if carc == CAPITATION:
                category = "eligibility"
            elif carc in REMARKS_DECIDE:
                category = category_of_remarks(remarks) or category
            found.append((-amount, CATEGORY_ORDER[category], category))
        return min(found)[2] if found else None


def category_of_remarks(remarks: Sequence[str]) -> Category | None:
    """The first that is no alert and has a category."""
    for code in remarks:
        known = remark(code)
        if known and not known.alert and known.category:
            return known.category
    return None


def judge(line: LinePayment, sums: Sums, remarks: Sequence[str], warnings: list[str]) -> Judgement:
    """The table of line outcomes, in its order."""
    denied, paid = sums.denied, line.paid
    for code in sums.unknown:
        # A shifted element puts anything here, a name too: only what looks like a code is shown.
        shown = code if LOOKS_LIKE_A_CODE.fullmatch(code.upper()) else "(not shown: no code)"
        warnings.append(f"adjustment reason {shown} is unknown or was withdrawn")
    if sums.held > 0 and paid == 0:
        return Judgement("pending", None, NOTHING)
    if denied > 0 and paid == 0 and sums.patient == 0:
        return Judgement("denied", sums.category(remarks), denied)
    if denied > 0 and (paid > 0 or sums.patient > 0):
        return Judgement("partially_denied", sums.category(remarks), denied)
    if paid == 0 and sums.patient == 0 and sums.unknown:
        return Judgement("denied", None, sum(sums.unknown.values(), NOTHING))
    if paid == 0 and sums.patient > 0:
        return Judgement("patient_responsibility", None, NOTHING)
    if paid > 0:
        return Judgement("paid", None, NOTHING)
    if paid < 0:
        warnings.append("a negative amount was paid, though the claim is no reversal")
    whole = sum((one.amount for one in line.adjustments if one.carc == CHARGE_EXCEEDS_FEE), NOTHING)
    if line.charge > 0 and whole >= line.charge:
        warnings.append(
            "adjustment reason 45 takes the whole charge, which X12 forbids; read as no payment"
        )
    return Judgement("no_payment", None, NOTHING)
