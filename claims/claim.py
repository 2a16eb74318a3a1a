"""The claim: what a practice bills, in the words of the 837P (005010X222A1).

Field comments name the X12 element that carries each value. Diagnosis codes are held without
their dot, as they travel; everything else is held as it is written.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from claims.record import (
    Identifier,
    MaybePersonal,
    Money,
    Personal,
    PersonalDate,
    Quantity,
    Record,
    Text,
)

Code = Annotated[str, Field(min_length=1, max_length=48, pattern=r"^[0-9A-Za-z]+$")]
Modifier = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{2}$")]
PlaceOfService = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,2}$")]


class Address(Record):
    """A postal address (N3, N4)."""

    line1: Personal = ""
    line2: Personal = ""
    city: Personal = ""
    state: Personal = ""
    postal_code: Personal = ""
    country: Personal = ""


class SecondaryId(Record):
    """An identification beside the main one (REF: 0B, 1G, G2, LU, SY …)."""

    qualifier: Identifier
    value: Personal


class Provider(Record):
    """A person or an organisation that renders, bills, supervises or refers (NM1, PRV, N3, REF)."""

    name: Text = ""
    """Last name or organisation (NM103)."""
    first_name: Text = ""
    middle_name: Text = ""
    suffix: Text = ""
    entity: Literal["person", "organization"] = "person"
    """NM102."""
    npi: Identifier | None = None
    """National Provider Identifier (NM109 where NM108 is XX); an edit checks the digit."""
    taxonomy: Identifier | None = None
    """Health Care Provider Taxonomy code (PRV03)."""
    tax_id: Annotated[str | None, Field(repr=False)] = None
    """Employer's number or, where `tax_id_is_ssn`, a social security number (REF EI or SY)."""
    tax_id_is_ssn: bool = False
    address: Address | None = None
    other_ids: tuple[SecondaryId, ...] = ()


class Payer(Record):
    """Who is asked to pay (loop 2010BB, 2330B; on an 835 loop 1000A)."""

    payer_id: Identifier
    """NM109; on an 835 N104, else REF 2U, else TRN03."""
    name: Text = ""
    id_qualifier: Literal["PI", "XV"] = "PI"
    address: Address | None = None


class Person(Record):
    """Names and dates of a human being; nothing of it shows in a repr."""

    last_name: Personal = ""
    first_name: Personal = ""
    middle_name: Personal = ""
    suffix: Personal = ""
    birth_date: PersonalDate = None
    sex: Annotated[str | None, Field(repr=False, max_length=1)] = None
    address: Address | None = None


class Subscriber(Person):
    """Whose coverage it is (loop 2000B, 2010BA)."""

    member_id: Annotated[str, Field(max_length=80, repr=False)] = ""
    """NM109: the number on the member's card; empty where none was sent, as for an accident."""
    entity: Literal["person", "organization"] = "person"
    group_number: MaybePersonal = None
    """SBR03."""
    group_name: MaybePersonal = None
    """SBR04."""


class Patient(Person):
    """Who was treated, where that is not the subscriber (loop 2000C, 2010CA)."""

    relationship: Annotated[str, Field(min_length=2, max_length=2)] = "G8"
    """PAT01: to the subscriber. 01 spouse, 19 child, 20 employee, G8 other, …"""


class Diagnosis(Record):
    """A diagnosis code without its dot (HI)."""

    code: Code
    system: Literal["ICD-10-CM", "ICD-9-CM"] = "ICD-10-CM"


def _diagnosis(value: object) -> object:
    """Takes "F41.1" for the whole record: how people write it in CSV and JSON."""
    if isinstance(value, str):
        return {"code": value.replace(".", "").strip().upper()}
    return value


class Adjustment(Record):
    """Why an amount was not paid: group, reason and money (CAS)."""

    group: Identifier
    """CO contractual, PR patient, OA other, PI payer initiated, CR correction."""
    carc: Identifier
    """Claim Adjustment Reason Code."""
    amount: Money
    quantity: Quantity | None = None


class LineAdjudication(Record):
    """What another payer did with this line before (loop 2430: SVD, CAS, DTP*573)."""

    payer_id: Identifier
    """SVD01: as NM109 of that payer's loop 2330B."""
    paid: Money
    procedure: Code | None = None
    modifiers: tuple[Modifier, ...] = ()
    units: Quantity | None = None
    adjustments: tuple[Adjustment, ...] = ()
    adjudicated: date | None = None
    remaining: Money | None = None
    """AMT*EAF: what the patient still owes."""


class OtherPayer(Record):
    """Another coverage of the same patient (loop 2320, 2330)."""

    sequence: Identifier
    """SBR01: P primary, S secondary, T tertiary, …"""
    relationship: str = "18"
    """SBR02: the patient's relationship to that coverage's subscriber."""
    filing_indicator: str | None = None
    """SBR09."""
    insurance_type: str | None = None
    """SBR05: why Medicare pays second (12 working aged, 13 renal disease, …)."""
    payer: Payer | None = None
    """None where the loop does not name it, which an edit reports."""
    subscriber: Subscriber | None = None
    paid: Money | None = None
    """AMT*D."""
    remaining: Money | None = None
    """AMT*EAF."""
    noncovered: Money | None = None
    """AMT*A8."""
    adjustments: tuple[Adjustment, ...] = ()
    adjudicated: date | None = None
    """DTP*573."""
    claim_number: Identifier | None = None
    """REF*F8: that payer's own number for the claim."""


class Attachment(Record):
    """Paperwork sent apart from the claim (PWK)."""

    report_type: Identifier
    transmission: Identifier
    control_number: str | None = None


class Remark(Record):
    """Free text for the payer (NTE)."""

    kind: Identifier
    """ADD additional information, DCP goals and rehabilitation plan, CER, TPO, …"""
    text: Personal


class Accident(Record):
    """What the condition is related to (CLM11, DTP*439)."""

    causes: tuple[Identifier, ...]
    """AA auto, EM employment, OA other."""
    state: str | None = None
    day: date | None = None


class ServiceLine(Record):
    """One service on one day, or span of days, with its charge (loop 2400)."""

    line: Annotated[int, Field(ge=1)]
    """LX01."""
    procedure: Code
    """SV101-2: CPT or HCPCS level II."""
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] = ()
    charge: Money
    units: Quantity = Decimal(1)
    """SV104."""
    unit: Literal["UN", "MJ"] = "UN"
    """SV103: units or minutes."""
    place_of_service: PlaceOfService | None = None
    """SV105, where it differs from the claim's."""
    diagnosis_pointers: tuple[Annotated[int, Field(ge=1, le=99)], ...] = ()
    """SV107: positions, from 1, in the claim's diagnoses; the first is the primary one."""
    service_from: date
    """DTP*472."""
    service_to: date
    """The same day where no range was sent."""
    description: MaybePersonal = None
    """SV101-7."""
    emergency: bool = False
    line_id: Identifier | None = None
    """REF*6R: the practice's own number for the line, which payers give back."""
    authorization_number: Identifier | None = None
    """REF*G1."""
    referral_number: Identifier | None = None
    """REF*9F."""
    rendering: Provider | None = None
    """Loop 2420A, where it differs from the claim's."""
    supervising: Provider | None = None
    """Loop 2420D."""
    referring: Provider | None = None
    """Loop 2420F."""
    attachments: tuple[Attachment, ...] = ()
    remarks: tuple[Remark, ...] = ()
    adjudications: tuple[LineAdjudication, ...] = ()


class Claim(Record):
    """One bill for one patient to one payer (loop 2300 and what stands above it)."""

    claim_id: Identifier
    """CLM01, the patient control number: the practice's own, given back on the 835 as CLP01."""
    payer: Payer
    sequence: Identifier = "P"
    """SBR01: P where this payer comes first, S second, T third, …"""
    filing_indicator: str | None = None
    """SBR09: MB Medicare part B, 16 Medicare Advantage, MC Medicaid, CI commercial, …"""
    insurance_type: str | None = None
    """SBR05: why Medicare pays second; only where it does."""
    subscriber: Subscriber
    patient: Patient | None = None
    """None where the subscriber is the patient."""
    billing: Provider
    rendering: Provider | None = None
    """None where the billing provider is the one who rendered."""
    supervising: Provider | None = None
    referring: Provider | None = None
    facility: Provider | None = None
    """Where the service took place, if not at the billing provider's address (loop 2310C)."""
    place_of_service: PlaceOfService
    """CLM05-1."""
    frequency_code: Annotated[str, Field(pattern=r"^[0-9A-Za-z]$")] = "1"
    """CLM05-3: 1 original, 7 replacement, 8 void, …"""
    charge: Money
    """CLM02."""
    diagnoses: tuple[Annotated[Diagnosis, BeforeValidator(_diagnosis)], ...] = ()
    """HI, the principal one first."""
    lines: Annotated[tuple[ServiceLine, ...], Field(min_length=1)]
    authorization_number: Identifier | None = None
    """REF*G1."""
    referral_number: Identifier | None = None
    """REF*9F."""
    payer_claim_number: Identifier | None = None
    """REF*F8: the payer's number of the claim that this one replaces or voids."""
    medical_record_number: MaybePersonal = None
    """REF*EA."""
    accident: Accident | None = None
    onset: date | None = None
    """DTP*431."""
    initial_treatment: date | None = None
    """DTP*454."""
    last_seen: date | None = None
    """DTP*304."""
    admission: date | None = None
    """DTP*435."""
    patient_paid: Money | None = None
    """AMT*F5."""
    provider_signature: bool = True
    """CLM06."""
    assignment: Identifier = "A"
    """CLM07: A accepts the payer's fee, B for laboratory services only, C does not."""
    benefits_assigned: Identifier = "Y"
    """CLM08."""
    release_of_information: Identifier = "Y"
    """CLM09."""
    attachments: tuple[Attachment, ...] = ()
    remarks: tuple[Remark, ...] = ()
    other_payers: tuple[OtherPayer, ...] = ()

    @property
    def date_of_service(self) -> date:
        """The first day on which something on this claim was done."""
        return min(line.service_from for line in self.lines)

    @property
    def person(self) -> Person:
        """Who was treated."""
        return self.patient or self.subscriber

    @property
    def is_primary(self) -> bool:
        """Whether no other payer comes before this one."""
        return self.sequence == "P"


class Source(Record):
    """Where in which file a record stood."""

    file: str
    """Its name, without folders."""
    digest: str
    """SHA-256 of the whole file, hexadecimal; empty where the file was not hashed."""
    position: int
    """The record's place among those of its kind in the file, from 1."""
    interchange: str = ""
    """ISA13."""
    transaction: str = ""
    """ST02."""
    first_segment: int | None = None
    last_segment: int | None = None
    start: int | None = None
    """First byte of the record's own loop."""
    end: int | None = None
    """The byte after its last."""


class Submission(Record):
    """One sending of a claim."""

    claim: Claim
    submitted: date | None = None
    """BHT04; None where the file does not say, and the day it was received counts."""
    source: Source

    def as_content(self) -> dict[str, Any]:
        """What was sent, apart from when and in which file: the same content is the same claim."""
        return self.claim.model_dump(mode="json", exclude_defaults=True)
