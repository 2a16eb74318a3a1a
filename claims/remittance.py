"""What a payer sends back: an 835 (005010X221A1) in the practice's own words."""

from datetime import date
from typing import Literal

from claims.claim import Adjustment, Payer, Source
from claims.record import Identifier, MaybePersonal, Money, Quantity, Record, Text


class Remittance(Record):
    """One payment, or notice of none, for several claims (BPR, TRN, loops 1000A and 1000B)."""

    payer: Payer
    payee_npi: Identifier | None = None
    payee_name: Text = ""
    trace: str = ""
    """TRN02: the cheque's or transfer's number."""
    amount: Money
    """BPR02: what was paid in all."""
    credit: Literal["C", "D"] = "C"
    method: str = ""
    """BPR04: ACH, CHK, NON, …"""
    paid_on: date | None = None
    """BPR16."""
    produced_on: date | None = None
    """DTM*405: the end of the payer's production cycle."""
    source: Source


class LinePayment(Record):
    """How one service line was judged (loop 2110)."""

    procedure: str | None
    """SVC01-2; None where the payer answered for the claim without lines."""
    modifiers: tuple[str, ...] = ()
    procedure_submitted: str | None = None
    """SVC06-2: the code that was sent, where the payer judged another."""
    charge: Money
    paid: Money
    units_paid: Quantity | None = None
    """SVC05; X12 reads one where it is left out."""
    units_submitted: Quantity | None = None
    """SVC07."""
    service_from: date | None = None
    service_to: date | None = None
    line_id: str | None = None
    """REF*6R."""
    allowed: Money | None = None
    """AMT*B6."""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    """LQ*HE: remittance advice remark codes, in order."""


class ClaimPayment(Record):
    """How one claim was judged (loop 2100)."""

    claim_id: Identifier
    """CLP01."""
    status_code: Identifier
    """CLP02."""
    charge: Money
    paid: Money
    patient_responsibility: Money | None = None
    """CLP05."""
    filing_indicator: str | None = None
    """CLP06."""
    payer_claim_id: str | None = None
    """CLP07."""
    place_of_service: str | None = None
    """CLP08."""
    frequency_code: str | None = None
    """CLP09."""
    member_id: MaybePersonal = None
    """As the claim had it: NM1*IL, else NM1*QC."""
    corrected_member_id: MaybePersonal = None
    """NM1*74: what the payer says it should have been."""
    rendering_npi: Identifier | None = None
    """NM1*82."""
    forwarded_to: Text | None = None
    """NM1*TT: the payer to whom the claim went on."""
    statement_from: date | None = None
    statement_to: date | None = None
    received_by_payer: date | None = None
    """DTM*050."""
    coverage_expired: date | None = None
    """DTM*036."""
    authorization_number: str | None = None
    """REF*G1."""
    coverage_amount: Money | None = None
    """AMT*AU."""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    """Remark codes of MOA, then of MIA."""
    lines: tuple[LinePayment, ...] = ()
    source: Source


class ProviderAdjustment(Record):
    """Money moved between payer and provider apart from any claim (PLB)."""

    provider_id: str
    fiscal_period: date | None = None
    reason: Identifier
    """WO overpayment recovery, FB forwarding balance, L6 interest, …"""
    reference: MaybePersonal = None
    amount: Money
    """Positive takes away from the payment, negative adds to it, as X12 has it."""
    source: Source
