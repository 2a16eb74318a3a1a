"""Invented claims and remittances, as hypothesis strategies."""

from datetime import date
from decimal import Decimal
from string import ascii_uppercase, digits

from hypothesis import strategies as st

from claims.claim import (
    Accident,
    Address,
    Adjustment,
    Attachment,
    Claim,
    Diagnosis,
    LineAdjudication,
    OtherPayer,
    Patient,
    Payer,
    Provider,
    Remark,
    SecondaryId,
    ServiceLine,
    Source,
    Subscriber,
)
from claims.remittance import ClaimPayment, LinePayment, ProviderAdjustment, Remittance

SOURCE = Source(file="", digest="", position=1)

money = st.decimals(min_value=0, max_value=99999, places=2)
signed_money = st.decimals(min_value=-9999, max_value=9999, places=2)
quantities = st.one_of(
    st.integers(1, 999).map(Decimal), st.decimals(min_value="0.1", max_value=99, places=1)
)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
numbers = st.text(ascii_uppercase + digits, min_size=1, max_size=15)
# Letters beyond ASCII, among them some whose last UTF-8 byte is a blank in Latin-1.
words = st.text(ascii_uppercase + " '-.ÀàÅ…Łñ中", min_size=1, max_size=20).map(
    lambda value: "X" + value.strip()
)
maybe_number = st.none() | numbers
maybe_day = st.none() | days
npis = st.text(digits, min_size=10, max_size=10)

addresses = st.builds(
    Address,
    line1=words,
    line2=st.just("") | words,
    city=words,
    state=st.just("IL"),
    postal_code=st.text(digits, min_size=9, max_size=9),
)
adjustments = st.lists(
    st.builds(
        Adjustment,
        group=st.sampled_from(["CO", "PR", "OA", "PI"]),
        carc=st.sampled_from(["45", "1", "2", "16", "197", "A1"]),
        amount=signed_money,
        quantity=st.none() | quantities,
    ),
    max_size=9,
).map(tuple)


def providers(*other_ids: str) -> st.SearchStrategy[Provider]:
    return st.builds(
        Provider,
        name=words,
        first_name=st.just("") | words,
        middle_name=st.just("") | words,
        suffix=st.just("") | words,
        entity=st.sampled_from(["person", "organization"]),
        npi=st.none() | npis,
        taxonomy=st.none() | st.just("261QP2000X"),
        tax_id=st.none() | st.just("123456789"),
        tax_id_is_ssn=st.just(False),
        address=st.none() | addresses,
        other_ids=st.lists(
            st.builds(
                SecondaryId, qualifier=st.sampled_from(["0B", "1G", *other_ids]), value=words
            ),
            max_size=2,
        ).map(tuple),
    )


payers = st.builds(
    Payer,
    payer_id=numbers,
    name=words,
    id_qualifier=st.sampled_from(["PI", "XV"]),
    address=st.none() | addresses,
)
person = {
    "last_name": words,
    "first_name": words,
    "middle_name": st.just("") | words,
    "suffix": st.just("") | words,
    "birth_date": maybe_day,
    "sex": st.none() | st.sampled_from("FMU"),
    "address": st.none() | addresses,
}
insured = {
    "member_id": st.just("") | numbers,
    "entity": st.sampled_from(["person", "organization"]),
    "group_number": maybe_number,
    "group_name": st.none() | words,
}
subscribers = st.builds(Subscriber, **person, **insured)
# No birth date or sex is sent of those whom another payer covers.
others_insured = st.builds(
    Subscriber, **{**person, **insured, "birth_date": st.none(), "sex": st.none()}
)
patients = st.builds(Patient, **person, relationship=st.sampled_from(["01", "19", "G8"]))
attachments = st.lists(
    st.builds(
        Attachment,
        report_type=st.just("OZ"),
        transmission=st.sampled_from(["EL", "FX"]),
        control_number=maybe_number,
    ),
    max_size=2,
).map(tuple)
remarks = st.lists(st.builds(Remark, kind=st.just("ADD"), text=words), max_size=2).map(tuple)
procedures = st.sampled_from(["90837", "97110", "97153", "92507", "H0004"])
modifiers = st.lists(st.sampled_from(["GP", "59", "95", "KX", "U1"]), max_size=4).map(tuple)
spans = st.tuples(days, days).map(lambda pair: (min(pair), max(pair)))


@st.composite
def lines(draw: st.DrawFn, number: int) -> ServiceLine:
    first, last = draw(spans)
    return ServiceLine(
        line=number,
        procedure=draw(procedures),
        modifiers=draw(modifiers),
        charge=draw(money),
        units=draw(quantities),
        unit=draw(st.sampled_from(["UN", "MJ"])),
        place_of_service=draw(st.none() | st.sampled_from(["11", "02", "10"])),
        diagnosis_pointers=draw(st.lists(st.integers(1, 12), max_size=4).map(tuple)),
        service_from=first,
        service_to=draw(st.sampled_from([first, last])),
        description=draw(st.none() | words),
        emergency=draw(st.booleans()),
        line_id=draw(maybe_number),
        authorization_number=draw(maybe_number),
        referral_number=draw(maybe_number),
        rendering=draw(st.none() | providers("G2", "LU")),
        supervising=draw(st.none() | providers()),
        referring=draw(st.none() | providers()),
        attachments=draw(attachments),
        remarks=draw(remarks),
        adjudications=draw(
            st.lists(
                st.builds(
                    LineAdjudication,
                    payer_id=numbers,
                    paid=money,
                    procedure=procedures,
                    modifiers=modifiers,
                    units=st.none() | quantities,
                    adjustments=adjustments,
                    adjudicated=maybe_day,
                    remaining=st.none() | money,
                ),
                max_size=2,
            ).map(tuple)
        ),
    )


other_payers = st.builds(
    OtherPayer,
    sequence=st.sampled_from("PST"),
    relationship=st.sampled_from(["18", "01"]),
    filing_indicator=st.none() | st.sampled_from(["CI", "MB"]),
    insurance_type=st.none() | st.just("12"),
    payer=payers,
    subscriber=others_insured,
    paid=st.none() | money,
    remaining=st.none() | money,
    noncovered=st.none() | money,
    adjustments=adjustments,
    adjudicated=maybe_day,
    claim_number=maybe_number,
)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    def maybe(strategy: st.SearchStrategy[object]) -> object:
        return draw(st.none() | strategy)

    return Claim(
        claim_id=draw(numbers),
        payer=draw(payers),
        sequence=draw(st.sampled_from("PST")),
        filing_indicator=draw(st.none() | st.sampled_from(["CI", "MB", "MC"])),
        insurance_type=draw(st.none() | st.just("12")),
        subscriber=draw(subscribers),
        patient=maybe(patients),
        billing=draw(providers("G2")),
        rendering=maybe(providers("G2", "LU")),
        supervising=maybe(providers()),
        referring=maybe(providers()),
        facility=maybe(providers()),
        place_of_service=draw(st.sampled_from(["11", "02", "10", "12"])),
        frequency_code=draw(st.sampled_from("178")),
        charge=draw(money),
        diagnoses=draw(
            st.lists(
                st.builds(Diagnosis, code=st.sampled_from(["F411", "M545", "F840"])),
                min_size=1,
                max_size=14,
            ).map(tuple)
        ),
        lines=tuple(draw(lines(number)) for number in range(1, draw(st.integers(1, 3)) + 1)),
        authorization_number=draw(maybe_number),
        referral_number=draw(maybe_number),
        payer_claim_number=draw(maybe_number),
        medical_record_number=draw(maybe_number),
        accident=maybe(
            st.builds(
                Accident,
                causes=st.lists(st.sampled_from(["AA", "EM", "OA"]), min_size=1, max_size=3).map(
                    tuple
                ),
                state=st.none() | st.just("IL"),
                day=maybe_day,
            )
        ),
        onset=draw(maybe_day),
        initial_treatment=draw(maybe_day),
        last_seen=draw(maybe_day),
        admission=draw(maybe_day),
        patient_paid=maybe(money),
        provider_signature=draw(st.booleans()),
        assignment=draw(st.sampled_from("ABC")),
        benefits_assigned=draw(st.sampled_from("YNW")),
        release_of_information=draw(st.sampled_from("YI")),
        attachments=draw(attachments),
        remarks=draw(remarks),
        other_payers=draw(st.lists(other_payers, max_size=2).map(tuple)),
    )


@st.composite
def line_payments(draw: st.DrawFn) -> LinePayment:
    paid, adjusted = draw(signed_money), draw(adjustments)
    first, last = draw(st.one_of(st.just((None, None)), spans))
    return LinePayment(
        procedure=draw(procedures),
        modifiers=draw(modifiers),
        procedure_submitted=draw(st.none() | procedures),
        charge=paid + sum(one.amount for one in adjusted),
        paid=paid,
        units_paid=draw(st.none() | quantities),
        units_submitted=draw(st.none() | quantities),
        service_from=first,
        service_to=last,
        line_id=draw(maybe_number),
        allowed=draw(st.none() | money),
        adjustments=adjusted,
        remarks=draw(st.lists(st.sampled_from(["N130", "M15", "MA01"]), max_size=3).map(tuple)),
    )


@st.composite
def claim_payments(draw: st.DrawFn) -> ClaimPayment:
    """A payment whose claim and lines balance."""
    paid_lines = draw(st.lists(line_payments(), max_size=3).map(tuple))
    adjusted = draw(adjustments)
    taken = sum((one.amount for one in adjusted), Decimal(0))
    if paid_lines:
        charge = sum((line.charge for line in paid_lines), Decimal(0))
        paid = sum((line.paid for line in paid_lines), Decimal(0)) - taken
    else:
        charge = draw(signed_money)
        paid = charge - taken
    return ClaimPayment(
        claim_id=draw(numbers),
        status_code=draw(st.sampled_from(["1", "2", "3", "4", "19", "22"])),
        charge=charge,
        paid=paid,
        patient_responsibility=draw(st.none() | money),
        filing_indicator=draw(st.none() | st.sampled_from(["12", "MB", "MC"])),
        payer_claim_id=draw(maybe_number),
        place_of_service=draw(st.none() | st.just("11")),
        frequency_code=draw(st.none() | st.sampled_from("178")),
        member_id=draw(maybe_number),
        corrected_member_id=draw(maybe_number),
        rendering_npi=draw(st.none() | npis),
        forwarded_to=draw(st.none() | words),
        statement_from=draw(maybe_day),
        statement_to=draw(maybe_day),
        received_by_payer=draw(maybe_day),
        coverage_expired=draw(maybe_day),
        authorization_number=draw(maybe_number),
        coverage_amount=draw(st.none() | money),
        adjustments=adjusted,
        remarks=draw(st.lists(st.sampled_from(["MA01", "MA130", "N30"]), max_size=8).map(tuple)),
        lines=paid_lines,
        source=SOURCE,
    )


provider_adjustments = st.lists(
    st.builds(
        ProviderAdjustment,
        provider_id=st.sampled_from(["1234567893", "1999996666"]),
        fiscal_period=maybe_day,
        reason=st.sampled_from(["WO", "FB", "L6", "72"]),
        reference=maybe_number,
        amount=signed_money,
        source=st.just(SOURCE),
    ),
    max_size=8,
).map(tuple)


@st.composite
def remittances(
    draw: st.DrawFn,
) -> tuple[Remittance, tuple[ClaimPayment, ...], tuple[ProviderAdjustment, ...]]:
    """One transaction's records, balanced."""
    payments = draw(st.lists(claim_payments(), max_size=3).map(tuple))
    taken = draw(provider_adjustments)
    remittance = Remittance(
        payer=draw(payers),
        payee_npi=draw(st.none() | npis),
        payee_name=draw(words),
        trace=draw(numbers),
        amount=sum((one.paid for one in payments), Decimal(0))
        - sum((one.amount for one in taken), Decimal(0)),
        credit=draw(st.sampled_from("CD")),
        method=draw(st.sampled_from(["ACH", "CHK", "NON"])),
        paid_on=draw(maybe_day),
        produced_on=draw(maybe_day),
        source=SOURCE,
    )
    return remittance, payments, taken
