"""A remittance's outcomes: what the payer did with each line and each claim.

The rules are those of docs/labels.md: the codes decide, not the claim's status.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from claims.balance import NOTHING, imbalances, total
from claims.claim import Adjustment
from claims.finding import Category
from claims.judgement import (
    CATEGORY_ORDER,
    Judgement,
    Outcome,
    Sums,
    category_of_remarks,
    judge,
)
from claims.problem import Problem
from claims.record import Money, Quantity, Record
from claims.remittance import ClaimPayment, LinePayment, Remittance

LABELS: dict[Outcome, int] = {
    "denied": 1,
    "partially_denied": 1,
    "paid": 0,
    "patient_responsibility": 0,
}
"""What a model may learn from; an outcome that is not here is in no training set."""

PROCESSED = frozenset(["1", "2", "3", "4", "19", "20", "21"])
"""CLP02 of claims that were judged: their lines tell how."""
DENIED = "4"
UNJUDGED: dict[str, Outcome] = {"22": "reversed", "23": "forwarded", "25": "information_only"}
PENDED = frozenset(["5", "10", "13", "15", "16", "17", "27"])


class AdjustmentOutcome(Record):
    """An adjustment as `labels` gives it out."""

    group: str
    carc: str
    amount: Money


class LineOutcome(Record):
    """What the payer did with one service line."""

    line_id: str | None
    """REF*6R."""
    procedure: str | None
    """As judged; null where the payer answered for the claim without lines."""
    procedure_submitted: str | None
    downcoded: bool
    """Judged under another code than was sent."""
    modifiers: tuple[str, ...]
    date: date | None
    """First day of service; the claim's first day where the line has none."""
    units_paid: Quantity | None
    charge: Money
    paid: Money
    allowed: Money | None
    """As the payer states it (AMT*B6)."""
    outcome: Outcome
    category: Category | None
    adjustments: tuple[AdjustmentOutcome, ...]
    rarc: tuple[str, ...]

    @property
    def label(self) -> int | None:
        """1 denied, 0 not; None where a model may not learn from it."""
        return LABELS.get(self.outcome)


class ClaimOutcome(Record):
    """What the payer did with one claim: a line of `claimwright labels --format json`."""

    claim_id: str
    """CLP01."""
    payer_claim_id: str | None
    """CLP07."""
    position: int
    """Of the claim payment in its file, from 1."""
    payer_id: str | None
    payer: str | None
    filing_indicator: str | None
    """CLP06."""
    remittance: str | None
    """TRN02."""
    received: date | None
    """The day on which the practice had the remittance."""
    status_code: str
    """CLP02."""
    outcome: Outcome
    category: Category | None
    charge: Money
    paid: Money
    patient_responsibility: Money
    """CLP05; the PR adjustments where it is left out."""
    adjustments: tuple[AdjustmentOutcome, ...]
    """The claim's own, apart from its lines'."""
    rarc: tuple[str, ...] = ()
    """Remarks of the whole claim: MOA, then MIA."""
    warnings: tuple[str, ...]
    lines: tuple[LineOutcome, ...]


def _lines(payment: ClaimPayment) -> tuple[LinePayment, ...]:
    """The claim's lines; where it has none, one that carries what the claim says of itself."""
    if payment.lines:
        return payment.lines
    return (
        LinePayment(
            procedure=None,
            charge=payment.charge,
            paid=payment.paid,
            service_from=payment.statement_from,
            service_to=payment.statement_to,
            adjustments=payment.adjustments,
        ),
    )


def _own_sums(payment: ClaimPayment) -> Sums:
    return Sums(payment.adjustments, payment.filing_indicator, payment.paid)


def _deny_by_claim(
    payment: ClaimPayment, judged: list[Judgement], patients: list[Decimal]
) -> list[Judgement]:
    """The lines that a denial in the claim's own CAS denies.

    It does where it accounts for the whole charge that nothing else explains.
    """
    own = _own_sums(payment)
    if own.denied <= 0:
        return judged
    lines = payment.lines
    explained = (
        sum((line.paid + total(line.adjustments) for line in lines), NOTHING)
        + total(payment.adjustments)
        - own.denied
    )
    open_charge = payment.charge - explained
    if open_charge <= 0 or own.denied < open_charge:
        return judged
    category = own.category(payment.remarks)
    return [
        Judgement("denied", category, line.charge - total(line.adjustments))
        if line.paid == 0 and patient == 0 and one.outcome != "denied"
        else one
        for line, patient, one in zip(lines, patients, judged, strict=True)
    ]


def _claim_outcome(judged: Sequence[Judgement]) -> Outcome:
    found = {one.outcome for one in judged}
    if found == {"denied"}:
        return "denied"
    if found & {"denied", "partially_denied"}:
        return "partially_denied"
    order: tuple[Outcome, ...] = ("pending", "paid", "patient_responsibility")
    return next((outcome for outcome in order if outcome in found), "no_payment")


def _claim_category(judged: Sequence[Judgement]) -> Category | None:
    """That of the denied line with the most money."""
    denied = [one for one in judged if one.outcome in ("denied", "partially_denied")]
    if not denied:
        return None
    return min(denied, key=lambda one: (-one.denied, CATEGORY_ORDER[one.category])).category


def _judged(
    payment: ClaimPayment, lines: Sequence[LinePayment], warnings: list[str]
) -> tuple[Outcome, Category | None, list[Judgement]]:
    """The claim's outcome and category, and how each of `lines` fared."""
    status = payment.status_code.lstrip("0")
    if status not in PROCESSED:
        unjudged = UNJUDGED.get(status, "pending")
        if unjudged == "pending" and status not in PENDED:
            warnings.append("the claim status (CLP02) is not a published one; read as pending")
        return unjudged, None, [Judgement(unjudged, None, NOTHING)] * len(lines)
    sums = [Sums(line.adjustments, payment.filing_indicator, line.paid) for line in lines]
    judged = [
        judge(line, one, (*line.remarks, *payment.remarks), warnings)
        for line, one in zip(lines, sums, strict=True)
    ]
    patient = sum((one.patient for one in sums), NOTHING)
    if payment.lines and payment.adjustments:
        judged = _deny_by_claim(payment, judged, [one.patient for one in sums])
        patient += _own_sums(payment).patient
    whole, category = _claim_outcome(judged), _claim_category(judged)
    denied = whole in ("denied", "partially_denied")
    if status == DENIED and not denied and payment.paid == 0 and patient <= 0:
        whole, category = "denied", _category_found(payment)
        if not payment.lines:
            # The one line stands for the claim itself.
            judged = [Judgement(whole, category, payment.charge)]
    return whole, category, judged


def outcome(
    payment: ClaimPayment, remittance: Remittance | None = None, received: date | None = None
) -> ClaimOutcome:
    """What the payer did with one claim and each of its lines.

    remittance: the transaction that the payment came in. received: the day the practice had it.
    """
    warnings = imbalances(payment)
    lines = _lines(payment)
    whole, category, judged = _judged(payment, lines, warnings)
    return ClaimOutcome(
        claim_id=payment.claim_id,
        payer_claim_id=payment.payer_claim_id,
        position=payment.source.position,
        payer_id=remittance.payer.payer_id if remittance else None,
        payer=remittance.payer.name if remittance else None,
        filing_indicator=payment.filing_indicator,
        remittance=remittance.trace or None if remittance else None,
        received=received,
        status_code=payment.status_code,
        outcome=whole,
        category=category,
        charge=payment.charge,
        paid=payment.paid,
        patient_responsibility=_responsible(payment),
        adjustments=_adjustments(payment.adjustments),
        rarc=payment.remarks,
        warnings=tuple(dict.fromkeys(warnings)),
        lines=tuple(
            _line_outcome(payment, line, one) for line, one in zip(lines, judged, strict=True)
        ),
    )


def _responsible(payment: ClaimPayment) -> Decimal:
    if payment.patient_responsibility is not None:
        return payment.patient_responsibility
    every = (*payment.adjustments, *(one for line in payment.lines for one in line.adjustments))
    return total(one for one in every if one.group == "PR")


def _category_found(payment: ClaimPayment) -> Category | None:
    """Why a claim was denied whose lines do not say so: its own CAS, else its remarks."""
    own = _own_sums(payment)
    remarks = (*(code for line in payment.lines for code in line.remarks), *payment.remarks)
    return own.category(remarks) or category_of_remarks(remarks)


def _adjustments(adjustments: Sequence[Adjustment]) -> tuple[AdjustmentOutcome, ...]:
    return tuple(
        AdjustmentOutcome(group=one.group, carc=one.carc, amount=one.amount) for one in adjustments
    )


def _line_outcome(payment: ClaimPayment, line: LinePayment, judged: Judgement) -> LineOutcome:
    sent = line.procedure_submitted
    units = line.units_paid
    return LineOutcome(
        line_id=line.line_id,
        procedure=line.procedure,
        procedure_submitted=sent,
        downcoded=sent is not None and sent != line.procedure,
        modifiers=line.modifiers,
        date=line.service_from or payment.statement_from,
        units_paid=Decimal(1) if units is None and payment.lines else units,
        charge=line.charge,
        paid=line.paid,
        allowed=line.allowed,
        outcome=judged.outcome,
        category=judged.category,
        adjustments=_adjustments(line.adjustments),
        rarc=line.remarks,
    )


def outcomes(
    items: Iterable[object], received: date | None = None
) -> Iterator[ClaimOutcome | Problem]:
    """The outcomes of what an 835 reader gives, in its order, and the problems beside them."""
    remittance: Remittance | None = None
    for item in items:
        if isinstance(item, Remittance):
            remittance = item
        elif isinstance(item, ClaimPayment):
            yield outcome(item, remittance if _together(remittance, item) else None, received)
        elif isinstance(item, Problem):
            yield item


def _together(remittance: Remittance | None, payment: ClaimPayment) -> bool:
    """Whether both came in one transaction: one whose header was unreadable has no remittance."""
    if remittance is None:
        return False
    one, other = remittance.source, payment.source
    return (one.interchange, one.transaction) == (other.interchange, other.transaction)
