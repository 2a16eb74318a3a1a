"""Claims written as an 837P (005010X222A1): what `read_x12` gives back as the same claims.

Consecutive claims of one billing provider share its loop, consecutive claims of one subscriber
at one payer share theirs.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from claims.claim import (
    Address,
    Attachment,
    Claim,
    LineAdjudication,
    OtherPayer,
    Patient,
    Payer,
    Person,
    Provider,
    Remark,
    ServiceLine,
    Subscriber,
)
from claims.problem import ClaimwrightError
from claims.x12.envelope import Envelope, Separators, amount, day8, days, encoded, interchange

GUIDE = "005010X222A1"


class ClaimBatch(NamedTuple):
    """One 837P transaction to be written."""

    number: str
    """ST02: four to nine characters, unique in the file."""
    day: date
    """BHT04: the day of submission."""
    claims: Iterable[Claim]
    reference: str = ""
    """BHT03; the transaction's number where none is given."""
    submitter: str = "CLAIMWRIGHT"
    """NM1*41: who sends; its number is the envelope's sender."""
    contact: str = "BILLING"
    telephone: str = "5550100000"
    receiver: str = ""
    """NM1*40: name; the envelope's receiver where none is given."""


class _Writer:
    """Writes the claims of one transaction and counts its segments."""

    def __init__(self, envelope: Envelope) -> None:
        self.x = x = Separators(envelope)
        self.e = x.element
        self.end = x.end
        self.loops = 0
        """HL01 of the loop last opened."""
        self.billing: Provider | None = None
        self.billing_loop = 0
        self.covered: tuple[object, ...] | None = None
        self.subscriber_loop = 0
        # Providers, payers and addresses repeat from claim to claim. The key is an object's
        # identity, so the object is kept beside the text: its id cannot be given to another.
        self._written: dict[tuple[str, int], tuple[object, str]] = {}

    def once(self, role: str, value: object, write: Callable[[], str]) -> str:
        """The text of a value that many claims share, written once."""
        key = (role, id(value))
        found = self._written.get(key)
        if found is None:
            if len(self._written) > 10_000:
                self._written.clear()
            found = self._written[key] = (value, write())
        return found[1]

    def name(self, role: str, who: Person | Provider, qualifier: str, number: str | None) -> str:
        """NM1."""
        of, entity = self.x.element_of, "1"
        if isinstance(who, Provider | Subscriber) and who.entity == "organization":
            entity = "2"
        last = who.name if isinstance(who, Provider) else getattr(who, "last_name", "")
        return self.x.segment(
            "NM1", role, entity, of(last), of(who.first_name), of(who.middle_name), "",
            of(who.suffix), qualifier if number else "", of(number),
        )  # fmt: skip

    def address(self, address: Address | None) -> str:
        """N3 and N4."""
        if address is None:
            return ""
        x, of = self.x, self.x.element_of
        text = ""
        if address.line1 or address.line2:
            text = x.segment("N3", of(address.line1), of(address.line2))
        if address.city or address.state or address.postal_code or address.country:
            text += x.segment(
                "N4",
                of(address.city),
                of(address.state),
                of(address.postal_code),
                of(address.country),
            )
        return text

    def references(self, who: Provider) -> str:
        """REF of a provider: its tax number, then its other numbers."""
        x, of = self.x, self.x.element_of
        text = ""
        if who.tax_id:
            text = x.segment("REF", "SY" if who.tax_id_is_ssn else "EI", of(who.tax_id))
        for other in who.other_ids:
            text += x.segment("REF", of(other.qualifier), of(other.value))
        return text

    def provider(self, role: str, who: Provider | None) -> str:
        """The loop of a rendering, supervising or referring provider, or of a facility."""
        if who is None:
            return ""
        return self.once(role, who, lambda: self._provider(role, who))

    def _provider(self, role: str, who: Provider) -> str:
        taxonomy = self.x.element_of(who.taxonomy)
        return (
            self.name(role, who, "XX", who.npi)
            + (self.x.segment("PRV", "PE", "PXC", taxonomy) if taxonomy else "")
            + self.address(who.address)
            + self.references(who)
        )

    def _billing(self, who: Provider) -> str:
        taxonomy = self.x.element_of(who.taxonomy)
        return (
            (self.x.segment("PRV", "BI", "PXC", taxonomy) if taxonomy else "")
            + self.name("85", who, "XX", who.npi)
            + self.address(who.address)
            + self.references(who)
        )

    def payer(self, payer: Payer) -> str:
        """NM1*PR with the payer's address."""
        return self.once("PR", payer, lambda: self._payer(payer))

    def _payer(self, payer: Payer) -> str:
        of = self.x.element_of
        head = ("NM1", "PR", "2", of(payer.name), "", "", "", "")
        return self.x.segment(*head, payer.id_qualifier, of(payer.payer_id)) + self.address(
            payer.address
        )

    def person(self, role: str, who: Person) -> str:
        """A subscriber's or patient's name, number and address."""
        number = who.member_id if isinstance(who, Subscriber) else None
        return self.name(role, who, "MI", number) + self.address(who.address)

    def birth(self, who: Person) -> str:
        """DMG: a subscriber's or patient's birth date and sex."""
        if not who.birth_date and not who.sex:
            return ""
        day = ("D8", day8(who.birth_date)) if who.birth_date else ("", "")
        return self.x.segment("DMG", *day, self.x.element_of(who.sex))

    def open_loops(self, claim: Claim) -> str:
        """The loops over a claim that differ from those over the claim before."""
        x, e, of = self.x, self.e, self.x.element_of
        text = ""
        billing = claim.billing
        if billing is not self.billing and billing != self.billing:
            self.billing, self.covered = billing, None
            self.loops += 1
            self.billing_loop = self.loops
            text = f"HL{e}{self.loops}{e}{e}20{e}1{self.end}" + self.once(
                "85", billing, lambda: self._billing(billing)
            )
        patient = claim.patient
        covered = (
            patient is None,
            claim.sequence,
            claim.filing_indicator,
            claim.insurance_type,
            claim.payer,
            claim.subscriber,
        )
        if covered != self.covered:
            self.covered = covered
            self.loops += 1
            self.subscriber_loop = self.loops
            subscriber = claim.subscriber
            children = "0" if patient is None else "1"
            text += (
                f"HL{e}{self.loops}{e}{self.billing_loop}{e}22{e}{children}{self.end}"
                + x.segment(
                    "SBR",
                    of(claim.sequence),
                    "18" if patient is None else "",
                    of(subscriber.group_number),
                    of(subscriber.group_name),
                    of(claim.insurance_type),
                    "",
                    "",
                    "",
                    of(claim.filing_indicator),
                )
                + self.person("IL", subscriber)
                + self.birth(subscriber)
                + self.payer(claim.payer)
            )
        if patient is not None:
            text += self._patient(patient)
        return text

    def _patient(self, patient: Patient) -> str:
        e = self.e
        self.loops += 1
        return (
            f"HL{e}{self.loops}{e}{self.subscriber_loop}{e}23{e}0{self.end}"
            + self.x.segment("PAT", self.x.element_of(patient.relationship))
            + self.person("QC", patient)
            + self.birth(patient)
        )

    def claim(self, claim: Claim) -> str:
        """Everything of one claim, the loops over it included where they change."""
        x, of = self.x, self.x.element_of
        accident = claim.accident
        causes = ""
        if accident:
            if len(accident.causes) > 3:
                raise ClaimwrightError("more than three causes of an accident cannot be written")
            four = [*[*accident.causes, "", "", ""][:3], accident.state or ""]
            causes = x.composite(*(of(one) for one in four))
        parts = [
            self.open_loops(claim),
            x.segment(
                "CLM",
                of(claim.claim_id),
                amount(claim.charge),
                "",
                "",
                x.composite(claim.place_of_service, "B", claim.frequency_code),
                "Y" if claim.provider_signature else "N",
                of(claim.assignment),
                of(claim.benefits_assigned),
                of(claim.release_of_information),
                "",
                causes,
            ),
        ]
        for qualifier, day in (
            ("431", claim.onset),
            ("454", claim.initial_treatment),
            ("304", claim.last_seen),
            ("439", accident.day if accident else None),
            ("435", claim.admission),
        ):
            if day:
                parts.append(x.segment("DTP", qualifier, "D8", day8(day)))
        parts += [self._attachment(one) for one in claim.attachments]
        if claim.patient_paid is not None:
            parts.append(x.segment("AMT", "F5", amount(claim.patient_paid)))
        for qualifier, number in (
            ("9F", claim.referral_number),
            ("G1", claim.authorization_number),
            ("F8", claim.payer_claim_number),
            ("EA", claim.medical_record_number),
        ):
            if number:
                parts.append(x.segment("REF", qualifier, of(number)))
        parts += [self._remark(one) for one in claim.remarks]
        parts.append(self._diagnoses(claim))
        parts += [
            self.provider("DN", claim.referring),
            self.provider("82", claim.rendering),
            self.provider("77", claim.facility),
            self.provider("DQ", claim.supervising),
        ]
        parts += [self._other_payer(one, claim) for one in claim.other_payers]
        parts += [self._line(line) for line in claim.lines]
        return "".join(parts)

    def _attachment(self, one: Attachment) -> str:
        of = self.x.element_of
        number = ("", "", "AC", of(one.control_number)) if one.control_number else ()
        return self.x.segment("PWK", of(one.report_type), of(one.transmission), *number)

    def _remark(self, one: Remark) -> str:
        return self.x.segment("NTE", self.x.element_of(one.kind), self.x.element_of(one.text))

    def _diagnoses(self, claim: Claim) -> str:
        x = self.x
        text, begun = "", ["HI"]
        for number, one in enumerate(claim.diagnoses):
            if len(begun) == 13:
                text += x.segment(*begun)
                begun = ["HI"]
            kind = "ABF" if number else "ABK"
            if one.system == "ICD-9-CM":
                kind = kind[1:]
            begun.append(f"{kind}{x.component}{one.code}")
        return text + (x.segment(*begun) if len(begun) > 1 else "")

    def _other_payer(self, other: OtherPayer, claim: Claim) -> str:
        x, of = self.x, self.x.element_of
        subscriber = other.subscriber
        text = x.segment(
            "SBR",
            of(other.sequence),
            of(other.relationship),
            of(subscriber.group_number) if subscriber else "",
            of(subscriber.group_name) if subscriber else "",
            of(other.insurance_type),
            "",
            "",
            "",
            of(other.filing_indicator),
        ) + x.adjustments(other.adjustments)
        for qualifier, money in (
            ("D", other.paid),
            ("A8", other.noncovered),
            ("EAF", other.remaining),
        ):
            if money is not None:
                text += x.segment("AMT", qualifier, amount(money))
        text += x.segment(
            "OI",
            "",
            "",
            of(claim.benefits_assigned),
            "",
            "",
            of(claim.release_of_information),
        )
        if subscriber:
            # This loop has no DMG: a birth date of another payer's subscriber is not sent.
            text += self.person("IL", subscriber)
        if other.payer:
            text += self.payer(other.payer)
        if other.adjudicated:
            text += x.segment("DTP", "573", "D8", day8(other.adjudicated))
        if other.claim_number:
            text += x.segment("REF", "F8", of(other.claim_number))
        return text

    def _line(self, line: ServiceLine) -> str:
        x, e, c, end, of = self.x, self.e, self.x.component, self.end, self.x.element_of
        what = c.join(("HC", line.procedure, *line.modifiers))
        if line.description:
            what += c * (5 - len(line.modifiers)) + of(line.description)
        pointers = c.join(map(str, line.diagnosis_pointers))
        text = (
            f"LX{e}{line.line}{end}"
            + x.segment(
                "SV1",
                what,
                amount(line.charge),
                line.unit,
                str(line.units),
                line.place_of_service or "",
                "",
                pointers,
                "",
                "Y" if line.emergency else "",
            )
            + "".join(map(self._attachment, line.attachments))
            + e.join(("DTP", "472", *days(line.service_from, line.service_to)))
            + end
        )
        if line.referral_number:
            text += x.segment("REF", "9F", of(line.referral_number))
        if line.authorization_number:
            text += x.segment("REF", "G1", of(line.authorization_number))
        if line.line_id:
            text += x.segment("REF", "6R", of(line.line_id))
        if line.remarks:
            text += "".join(map(self._remark, line.remarks))
        if line.rendering or line.supervising or line.referring:
            text += (
                self.provider("82", line.rendering)
                + self.provider("DQ", line.supervising)
                + self.provider("DN", line.referring)
            )
        return text + "".join(map(self._adjudication, line.adjudications))

    def _adjudication(self, one: LineAdjudication) -> str:
        x, of = self.x, self.x.element_of
        what = x.composite("HC", one.procedure, *one.modifiers) if one.procedure else ""
        units = "" if one.units is None else str(one.units)
        text = x.segment(
            "SVD", of(one.payer_id), amount(one.paid), what, "", units
        ) + x.adjustments(one.adjustments)
        if one.adjudicated:
            text += x.segment("DTP", "573", "D8", day8(one.adjudicated))
        if one.remaining is not None:
            text += x.segment("AMT", "EAF", amount(one.remaining))
        return text

    def transaction(self, batch: ClaimBatch, envelope: Envelope) -> Iterator[str]:
        """The texts of one transaction, ST to SE."""
        x, of = self.x, self.x.element_of
        number = of(batch.number)
        reference = of(batch.reference) or number
        day, time = day8(batch.day), envelope.time
        head = (
            x.segment("ST", "837", number, GUIDE)
            + x.segment("BHT", "0019", "00", reference, day, time, "CH")
            + x.segment(
                "NM1", "41", "2", of(batch.submitter), "", "", "", "", "46", of(envelope.sender)
            )
            + x.segment("PER", "IC", of(batch.contact), "TE", of(batch.telephone))
            + x.segment(
                "NM1", "40", "2", of(batch.receiver) or of(envelope.receiver), "", "", "", "",
                "46", of(envelope.receiver),
            )
        )  # fmt: skip
        yield head
        terminator = x.delimiters.terminator
        segments = head.count(terminator)
        for claim in batch.claims:
            try:
                text = self.claim(claim)
            except ClaimwrightError as error:
                raise ClaimwrightError(f"claim {claim.claim_id}: {error}") from None
            segments += text.count(terminator)
            yield text
        yield x.segment("SE", str(segments + 1), number)


def stream_claims(batches: Iterable[ClaimBatch], envelope: Envelope) -> Iterator[bytes]:
    """The bytes of one 837P interchange, in blocks, as the claims come.

    Raises ClaimwrightError, naming the claim, where a value holds one of the delimiters.
    """
    written = (_Writer(envelope).transaction(batch, envelope) for batch in batches)
    return encoded(interchange(envelope, "HC", GUIDE, written))


def write_claims(batches: Iterable[ClaimBatch], envelope: Envelope) -> bytes:
    """One 837P interchange, whole. Raises as `stream_claims` does."""
    return b"".join(stream_claims(batches, envelope))
