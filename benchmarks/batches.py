"""Invented claims and payments in any number, as X12 files."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from claims.claim import (
    Address,
    Adjustment,
    Claim,
    Payer,
    Provider,
    ServiceLine,
    Source,
    Subscriber,
)
from claims.remittance import ClaimPayment, LinePayment, Remittance
from claims.x12.envelope import Envelope
from claims.x12.write835 import Payments, write_remittance
from claims.x12.write837 import ClaimBatch, write_claims

DAY = date(2026, 3, 2)
ENVELOPE = Envelope(sender="PRACTICE", receiver="CLEARING", day=DAY)
ADDRESS = Address(line1="1 ELM ST", city="SPRINGFIELD", state="IL", postal_code="627010001")
BILLING = Provider(
    name="ELM THERAPY",
    entity="organization",
    npi="1999996666",
    taxonomy="261QP2000X",
    tax_id="123456789",
    address=ADDRESS,
)
RENDERING = [
    Provider(name=f"ROE{n}", first_name="JO", npi=f"12345678{n:02}", taxonomy="225100000X")
    for n in range(20)
]
PAYERS = [Payer(payer_id=f"600{n:02}", name=f"OAK HEALTH {n}", address=ADDRESS) for n in range(12)]
SOURCE = Source(file="", digest="", position=1)


def claims(count: int) -> Iterator[Claim]:
    """Two service lines each, every one of another member."""
    for number in range(count):
        day = DAY - timedelta(days=number % 30)
        first = ServiceLine(
            line=1,
            procedure="97110",
            modifiers=("GP",),
            charge=Decimal(100 + number % 50),
            units=Decimal(2),
            diagnosis_pointers=(1, 2),
            service_from=day,
            service_to=day,
            line_id=f"{number}-1",
        )
        second = first.replace(
            line=2, procedure="97530", modifiers=("GP", "59"), line_id=f"{number}-2"
        )
        yield Claim(
            claim_id=f"A{number}",
            payer=PAYERS[number % len(PAYERS)],
            filing_indicator="CI",
            subscriber=Subscriber(
                last_name=f"POE{number % 997}",
                first_name="ANN",
                birth_date=date(1950 + number % 60, 1 + number % 12, 1 + number % 28),
                sex="F",
                member_id=f"W{number}",
                address=ADDRESS,
            ),
            billing=BILLING,
            rendering=RENDERING[number % len(RENDERING)],
            place_of_service="11",
            charge=first.charge + second.charge,
            diagnoses=("M54.50", "R26.2"),
            lines=(first, second),
            authorization_number=f"AUTH{number % 999}",
        )


def batch(count: int) -> bytes:
    """An 837P of so many claims."""
    return write_claims([ClaimBatch("0001", DAY, claims(count))], ENVELOPE)


def payments(count: int) -> list[ClaimPayment]:
    """The answers to `claims`: the first line paid, every fourth second one denied."""
    found = []
    for number, claim in enumerate(claims(count)):
        lines = tuple(
            LinePayment(
                procedure=line.procedure,
                modifiers=("GP",),
                charge=line.charge,
                paid=Decimal(0) if refused else line.charge - 50,
                units_paid=line.units,
                service_from=line.service_from,
                service_to=line.service_to,
                line_id=line.line_id,
                allowed=line.charge - 30,
                adjustments=(Adjustment(group="CO", carc="197", amount=line.charge),)
                if refused
                else (
                    Adjustment(group="CO", carc="45", amount=Decimal(30)),
                    Adjustment(group="PR", carc="2", amount=Decimal(20)),
                ),
                remarks=("N130",),
            )
            for line, refused in zip(claim.lines, (False, number % 4 == 0), strict=True)
        )
        found.append(
            ClaimPayment(
                claim_id=claim.claim_id,
                status_code="1",
                charge=claim.charge,
                paid=sum((line.paid for line in lines), Decimal(0)),
                filing_indicator="12",
                payer_claim_id=f"P{number}",
                place_of_service="11",
                frequency_code="1",
                member_id=claim.subscriber.member_id,
                rendering_npi="1234567801",
                statement_from=claim.lines[0].service_from,
                lines=lines,
                source=SOURCE,
            )
        )
    return found


def remittance(count: int) -> bytes:
    """An 835 of so many payments."""
    paid = payments(count)
    head = Remittance(
        payer=PAYERS[0],
        payee_npi="1999996666",
        payee_name="ELM THERAPY",
        trace="T1",
        amount=sum((one.paid for one in paid), Decimal(0)),
        method="ACH",
        paid_on=DAY,
        source=SOURCE,
    )
    return write_remittance([Payments("0001", head, paid)], ENVELOPE)
