"""Remittances: decisions put into the payer's own codes and money."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from claims.claim import Adjustment, Claim, ServiceLine, Source
from claims.remittance import ClaimPayment, LinePayment
from data.synthetic.adjudication import Decision
from data.synthetic.draw import Draws
from data.synthetic.hidden import Hidden
from data.synthetic.odds import ClaimCase
from data.synthetic.world_payers import Plan

UNEXPLAINED = "A1"
"""CARC of a denial whose reason stands in a remark; here the remark names none."""
UNEXPLAINED_REMARKS = ("MA130",)
HELD = "133"
ON_REMITTANCES = {"CI": "12", "BL": "12", "MI": "15"}
"""CLP06 knows fewer kinds of insurance than SBR09 (005010X221A1, 2100 CLP)."""
ZERO = Decimal("0.00")
SOURCE = Source(file="", digest="", position=0)


@dataclass(slots=True, frozen=True)
class Judged:
    """One line with its money."""

    outcome: str
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...]
    paid: Decimal
    responsible: Decimal
    units_paid: int
    allowed: Decimal | None
    paid_as: str | None = None
    """The code that was paid, where it is another than was sent."""


def cents(value: float) -> Decimal:
    """An amount in dollars and cents."""
    return Decimal(repr(round(value, 2))).quantize(Decimal("0.01"))


def judge(
    hidden: Hidden, case: ClaimCase, plan: Plan, decision: Decision, draws: Draws
) -> list[Judged]:
    """What each line of a decided claim is paid, and why not more."""
    payer = hidden.world.payers[case.payer]
    copay = cents(plan.copay)
    month = case.day.month
    deductible = draws.chance(plan.deductible * 0.5 ** (month - 1))
    found = []
    for line, decided in zip(case.lines, decision.lines, strict=True):
        full, due = cents(line.charge), cents(line.allowed)
        if decided.cause and not decided.partial:
            adjustment, remarks = _denial(hidden, case.payer, decided.cause, decided.vague, full)
            found.append(Judged("denied", (adjustment,), remarks, ZERO, ZERO, 0, None))
            continue
        adjustments: list[Adjustment] = []
        remarks = ()
        outcome, units = "", line.units
        if decided.cause:
            cut = max(1, line.units // 2)
            units -= cut
            lost = (full * cut / line.units).quantize(ZERO)
            due = (due * units / line.units).quantize(ZERO)
            adjustment, remarks = _denial(hidden, case.payer, decided.cause, decided.vague, lost)
            adjustments.append(adjustment)
            full -= lost
            outcome = "partially_denied"
        paid_as = None
        if not decided.cause and line.shorter and draws.chance(payer.downcoded):
            paid_as, due = line.shorter, cents(line.allowed_shorter)
        if full > due:
            adjustments.append(Adjustment(group="CO", carc="45", amount=full - due))
        kind, share = "3", min(copay, due)
        if deductible:
            kind, share = "1", due
        elif plan.coinsurance:
            kind, share = "2", (due * cents(plan.coinsurance)).quantize(ZERO)
        else:
            copay -= share
        if share > 0:
            adjustments.append(Adjustment(group="PR", carc=kind, amount=share))
        paid = due - share
        outcome = outcome or ("paid" if paid > 0 else "patient_responsibility")
        found.append(Judged(outcome, tuple(adjustments), remarks, paid, share, units, due, paid_as))
    return found


def _denial(
    hidden: Hidden, payer: int, cause: str, vague: bool, amount: Decimal
) -> tuple[Adjustment, tuple[str, ...]]:
    reason = hidden.reason(cause, payer)
    if vague:
        return Adjustment(group=reason.group, carc=UNEXPLAINED, amount=amount), UNEXPLAINED_REMARKS
    return Adjustment(group=reason.group, carc=reason.carc, amount=amount), reason.rarc


def judged_line(line: ServiceLine, judged: Judged) -> LinePayment:
    """A line with what the payer made of it."""
    return LinePayment(
        procedure=judged.paid_as or line.procedure,
        procedure_submitted=line.procedure if judged.paid_as else None,
        modifiers=line.modifiers,
        charge=line.charge,
        paid=judged.paid,
        units_paid=judged.units_paid,
        units_submitted=line.units if judged.units_paid != line.units else None,
        service_from=line.service_from,
        service_to=line.service_to,
        line_id=line.line_id,
        allowed=judged.allowed,
        adjustments=judged.adjustments,
        remarks=judged.remarks,
    )


def payment_of(
    claim: Claim, number: str, status: str, lines: Sequence[LinePayment]
) -> ClaimPayment:
    """A claim payment whose money is that of its lines."""
    responsible = sum(
        (one.amount for line in lines for one in line.adjustments if one.group == "PR"), ZERO
    )
    if status == "4" and any(line.paid for line in lines):
        status = "1"
    return ClaimPayment(
        claim_id=claim.claim_id,
        status_code=status,
        charge=sum((one.charge for one in lines), ZERO),
        paid=sum((one.paid for one in lines), ZERO),
        patient_responsibility=responsible or None,
        filing_indicator=ON_REMITTANCES.get(claim.filing_indicator or "", claim.filing_indicator),
        payer_claim_id=number,
        place_of_service=claim.place_of_service,
        frequency_code=claim.frequency_code,
        member_id=claim.subscriber.member_id,
        rendering_npi=claim.rendering.npi if claim.rendering else None,
        lines=tuple(lines),
        source=SOURCE,
    )


def payments(
    claim: Claim, decision: Decision, judged: Sequence[Judged], number: str, status_of_denials: str
) -> Iterator[tuple[date, ClaimPayment]]:
    """What comes back for one claim, with the day on which it comes.

    number: the payer's own for the claim. status_of_denials: CLP02 of a claim denied as a whole.
    """
    if decision.answered is None:
        return
    parts = [list(range(len(judged)))]
    days = [decision.answered]
    if decision.split:
        half = len(judged) // 2
        parts = [parts[0][:half], parts[0][half:]]
        days.append(decision.split)
    if decision.pended:
        held = [_held(line) for line in claim.lines]
        notice = payment_of(claim, number, "1", held)
        yield decision.pended, notice
        yield decision.answered, reversal(notice)
    for place, (day, part) in enumerate(zip(days, parts, strict=True)):
        lines = [judged_line(claim.lines[i], judged[i]) for i in part]
        denied = all(judged[i].outcome == "denied" for i in part)
        yield (
            day,
            payment_of(
                claim,
                f"{number}{'AB'[place]}" if decision.split else number,
                status_of_denials if denied else "1",
                lines,
            ),
        )


def reversal(payment: ClaimPayment) -> ClaimPayment:
    """The same payment taken back, amount by amount."""
    lines = tuple(
        line.model_copy(
            update={
                "charge": -line.charge,
                "paid": -line.paid,
                "allowed": None,
                "adjustments": tuple(
                    one.model_copy(update={"amount": -one.amount}) for one in line.adjustments
                ),
                "remarks": (),
            }
        )
        for line in payment.lines
    )
    return payment.model_copy(
        update={
            "status_code": "22",
            "charge": -payment.charge,
            "paid": -payment.paid,
            "patient_responsibility": None,
            "lines": lines,
        }
    )


def _held(line: ServiceLine) -> LinePayment:
    return LinePayment(
        procedure=line.procedure,
        modifiers=line.modifiers,
        charge=line.charge,
        paid=ZERO,
        units_paid=0,
        units_submitted=line.units,
        service_from=line.service_from,
        service_to=line.service_to,
        line_id=line.line_id,
        adjustments=(Adjustment(group="OA", carc=HELD, amount=line.charge),),
    )
