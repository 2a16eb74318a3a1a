"""One invented claim and its payment, as plain as they come."""

from datetime import date
from decimal import Decimal

from claims.claim import (
    Address,
    Adjustment,
    Attachment,
    Claim,
    LineAdjudication,
    OtherPayer,
    Patient,
    Payer,
    Provider,
    Remark,
    ServiceLine,
    Source,
    Subscriber,
)
from claims.remittance import ClaimPayment, LinePayment, Remittance

DAY = date(2026, 3, 2)
SOURCE = Source(file="", digest="", position=1)
ADDRESS = Address(line1="1 ELM ST", city="SPRINGFIELD", state="IL", postal_code="627010001")
BILLING = Provider(
    name="ELM THERAPY",
    entity="organization",
    npi="1999996666",
    taxonomy="261QP2000X",
    tax_id="123456789",
    address=ADDRESS,
)
RENDERING = Provider(name="ROE", first_name="JO", npi="1234567893", taxonomy="225100000X")
PAYER = Payer(payer_id="60054", name="OAK HEALTH", address=ADDRESS)
SUBSCRIBER = Subscriber(
    last_name="POE",
    first_name="ANN",
    birth_date=date(1980, 1, 2),
    sex="F",
    member_id="W1234",
    address=ADDRESS,
    group_number="G77",
)
PATIENT = Patient(
    last_name="POE",
    first_name="TIM",
    birth_date=date(2015, 1, 2),
    sex="M",
    address=ADDRESS,
    relationship="19",
)
CONTRACTUAL = Adjustment(group="CO", carc="45", amount=Decimal(30))
COINSURANCE = Adjustment(group="PR", carc="2", amount=Decimal(20))


def claim(claim_id: str = "A1", *, secondary: bool = False, dependent: bool = False) -> Claim:
    line = ServiceLine(
        line=1,
        procedure="97110",
        modifiers=("GP", "59"),
        charge=Decimal(150),
        units=Decimal(2),
        diagnosis_pointers=(1, 2),
        service_from=DAY,
        service_to=DAY,
        line_id="L1",
        adjudications=(
            LineAdjudication(
                payer_id="999",
                paid=Decimal(100),
                procedure="97110",
                modifiers=("GP",),
                units=Decimal(2),
                adjustments=(CONTRACTUAL, COINSURANCE),
                adjudicated=DAY,
                remaining=Decimal(20),
            ),
        )
        if secondary
        else (),
    )
    minutes = line.replace(
        line=2,
        procedure="97530",
        unit="MJ",
        units=Decimal(30),
        charge=Decimal("50.50"),
        place_of_service="12",
        description="ACTIVITIES",
        line_id="L2",
        rendering=RENDERING,
        attachments=(Attachment(report_type="OZ", transmission="EL", control_number="C1"),),
        remarks=(Remark(kind="ADD", text="SEE REPORT"),),
        adjudications=(),
    )
    other = OtherPayer(
        sequence="P",
        relationship="01",
        filing_indicator="CI",
        payer=Payer(payer_id="999", name="KEY"),
        subscriber=SUBSCRIBER.replace(birth_date=None, sex=None),
        paid=Decimal(100),
        remaining=Decimal(20),
        claim_number="KEY7",
    )
    return Claim(
        claim_id=claim_id,
        payer=PAYER,
        sequence="S" if secondary else "P",
        filing_indicator="CI",
        subscriber=SUBSCRIBER,
        patient=PATIENT if dependent else None,
        billing=BILLING,
        rendering=RENDERING,
        place_of_service="11",
        charge=Decimal("200.50"),
        diagnoses=("M54.50", "F41.1"),
        lines=(line, minutes),
        authorization_number="AUTH1",
        other_payers=(other,) if secondary else (),
    )


def payment(claim_id: str = "A1") -> ClaimPayment:
    line = LinePayment(
        procedure="97110",
        modifiers=("GP",),
        charge=Decimal(150),
        paid=Decimal(100),
        units_paid=Decimal(2),
        service_from=DAY,
        service_to=DAY,
        line_id="L1",
        allowed=Decimal(120),
        adjustments=(CONTRACTUAL, COINSURANCE),
        remarks=("N130",),
    )
    return ClaimPayment(
        claim_id=claim_id,
        status_code="1",
        charge=Decimal(150),
        paid=Decimal(100),
        patient_responsibility=Decimal(20),
        filing_indicator="12",
        payer_claim_id="P1",
        place_of_service="11",
        frequency_code="1",
        member_id="W1234",
        rendering_npi="1234567893",
        statement_from=DAY,
        remarks=("MA01",),
        lines=(line,),
        source=SOURCE,
    )


def remittance(*payments: ClaimPayment) -> Remittance:
    return Remittance(
        payer=PAYER,
        payee_npi="1999996666",
        payee_name="ELM THERAPY",
        trace="T1",
        amount=sum((one.paid for one in payments), Decimal(0)),
        method="ACH",
        paid_on=DAY,
        produced_on=DAY,
        source=SOURCE,
    )
