"""Remittances written as an 835 (005010X221A1): what `read_x12` gives back as the same records."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from claims.problem import ClaimwrightError
from claims.remittance import ClaimPayment, LinePayment, ProviderAdjustment, Remittance
from claims.x12.envelope import Envelope, Separators, amount, day8, encoded, interchange

GUIDE = "005010X221A1"
MOA_REMARKS = 5
"""How many remark codes an MOA segment holds; as many again go into an MIA segment."""


class Payments(NamedTuple):
    """One 835 transaction to be written."""

    number: str
    """ST02: four to nine characters, unique in the file."""
    remittance: Remittance
    claims: Sequence[ClaimPayment]
    adjustments: Sequence[ProviderAdjustment] = ()
    originator: str = ""
    """TRN03: 1 and the payer's tax number; made up of the payer's identifier where none is
    given."""
    contact: str = "PROVIDER SERVICES"
    """PER*BL, the payer's technical contact, which the guide demands."""
    telephone: str = "8005550100"


class _Writer:
    """Writes the payments of one transaction and counts its segments."""

    def __init__(self, envelope: Envelope) -> None:
        self.x = Separators(envelope)

    def header(self, batch: Payments) -> str:
        """BPR to the payee's loop."""
        x, of, remittance = self.x, self.x.element_of, batch.remittance
        payer = remittance.payer
        paid_on = day8(remittance.paid_on) if remittance.paid_on else ""
        originator = batch.originator or f"1{payer.payer_id[-9:]:0>9}"
        known = ("XV", of(payer.payer_id)) if payer.id_qualifier == "XV" else ()
        text = (
            x.segment(
                "BPR",
                "H" if remittance.method == "NON" else "I",
                amount(remittance.amount),
                remittance.credit,
                of(remittance.method),
                *[""] * 11,
                paid_on,
            )
            + x.segment("TRN", "1", of(remittance.trace), of(originator))
            + self._day("405", remittance.produced_on)
            + x.segment("N1", "PR", of(payer.name), *known)
        )
        if payer.address:
            where = payer.address
            text += x.segment("N3", of(where.line1), of(where.line2))
            text += x.segment(
                "N4", of(where.city), of(where.state), of(where.postal_code), of(where.country)
            )
        if not known:
            text += x.segment("REF", "2U", of(payer.payer_id))
        text += x.segment("PER", "BL", of(batch.contact), "TE", of(batch.telephone))
        npi = ("XX", of(remittance.payee_npi)) if remittance.payee_npi else ()
        return text + x.segment("N1", "PE", of(remittance.payee_name), *npi)

    def _day(self, qualifier: str, day: date | None) -> str:
        return self.x.segment("DTM", qualifier, day8(day)) if day else ""

    def payment(self, payment: ClaimPayment) -> str:
        """Loop 2100 with its lines."""
        x, e, of = self.x, self.x.element, self.x.element_of
        responsible = payment.patient_responsibility
        parts = [
            x.segment(
                "CLP",
                of(payment.claim_id),
                of(payment.status_code),
                amount(payment.charge),
                amount(payment.paid),
                "" if responsible is None else amount(responsible),
                of(payment.filing_indicator),
                of(payment.payer_claim_id),
                of(payment.place_of_service),
                of(payment.frequency_code),
            ),
            x.adjustments(payment.adjustments),
        ]
        member = of(payment.member_id)
        parts.append(
            x.segment("NM1", "QC", "1", "", "", "", "", "", "MI" if member else "", member)
        )
        if payment.corrected_member_id:
            number = of(payment.corrected_member_id)
            parts.append(x.segment("NM1", "74", "1", "", "", "", "", "", "C", number))
        if payment.rendering_npi:
            number = of(payment.rendering_npi)
            parts.append(x.segment("NM1", "82", "1", "", "", "", "", "", "XX", number))
        if payment.forwarded_to:
            # The guide wants that payer's identifier too, which we do not keep.
            name = of(payment.forwarded_to)
            parts.append(x.segment("NM1", "TT", "2", name, "", "", "", "", "PI", "UNKNOWN"))
        if payment.remarks:
            parts.append(self._remarks(payment.remarks))
        if payment.authorization_number:
            parts.append(x.segment("REF", "G1", of(payment.authorization_number)))
        parts += [
            self._day("232", payment.statement_from),
            self._day("233", payment.statement_to),
            self._day("050", payment.received_by_payer),
            self._day("036", payment.coverage_expired),
        ]
        if payment.coverage_amount is not None:
            parts.append(f"AMT{e}AU{e}{amount(payment.coverage_amount)}{x.end}")
        parts += [self._line(line) for line in payment.lines]
        return "".join(parts)

    def _remarks(self, remarks: tuple[str, ...]) -> str:
        x = self.x
        first = [x.element_of(one) for one in remarks[:MOA_REMARKS]]
        more = [x.element_of(one) for one in remarks[MOA_REMARKS:]]
        if len(more) > MOA_REMARKS:
            raise ClaimwrightError("more than ten remark codes of a claim cannot be written")
        text = ""
        if more:
            inpatient = [""] * 24
            inpatient[:2] = "MIA", "0"
            for place, code in zip((5, 20, 21, 22, 23), more, strict=False):
                inpatient[place] = code
            text = x.segment(*inpatient)
        return text + x.segment("MOA", "", "", *first)

    def _line(self, line: LinePayment) -> str:
        x, of = self.x, self.x.element_of
        submitted = line.procedure_submitted
        first, last = line.service_from, line.service_to
        text = x.segment(
            "SVC",
            x.component.join(("HC", of(line.procedure), *map(of, line.modifiers))),
            amount(line.charge),
            amount(line.paid),
            "",
            "" if line.units_paid is None else str(line.units_paid),
            x.composite("HC", of(submitted)) if submitted else "",
            "" if line.units_submitted is None else str(line.units_submitted),
        )
        if first and first == last:
            text += self._day("472", first)
        else:
            text += self._day("150", first) + self._day("151", last)
        text += x.adjustments(line.adjustments)
        if line.line_id:
            text += x.segment("REF", "6R", of(line.line_id))
        if line.allowed is not None:
            text += x.segment("AMT", "B6", amount(line.allowed))
        for code in line.remarks:
            text += x.segment("LQ", "HE", of(code))
        return text

    def provider_adjustments(self, adjustments: Sequence[ProviderAdjustment]) -> str:
        """PLB segments: one for each run of one provider and year, up to six reasons in each."""
        x, of = self.x, self.x.element_of
        text = ""
        begun: list[str] = []
        for one in adjustments:
            year = day8(one.fiscal_period) if one.fiscal_period else ""
            head = ["PLB", of(one.provider_id), year]
            if begun[:3] != head or len(begun) == 15:
                text += x.segment(*begun) if begun else ""
                begun = head
            begun += [x.composite(of(one.reason), of(one.reference)), amount(one.amount)]
        return text + (x.segment(*begun) if begun else "")

    def transaction(self, batch: Payments) -> Iterator[str]:
        """The texts of one transaction, ST to SE."""
        x = self.x
        check_balance(batch)
        number = x.element_of(batch.number)
        terminator = x.delimiters.terminator
        head = x.segment("ST", "835", number) + self.header(batch)
        if batch.claims:
            head += x.segment("LX", "1")
        yield head
        segments = head.count(terminator)
        for payment in batch.claims:
            try:
                text = self.payment(payment)
            except ClaimwrightError as error:
                raise ClaimwrightError(f"claim {payment.claim_id}: {error}") from None
            segments += text.count(terminator)
            yield text
        tail = self.provider_adjustments(batch.adjustments)
        yield tail
        yield x.segment("SE", str(segments + tail.count(terminator) + 1), number)


def check_balance(batch: Payments) -> None:
    """Raises ValueError where a transaction's payment is not what its claims come to."""
    paid = sum((one.paid for one in batch.claims), Decimal(0))
    taken = sum((one.amount for one in batch.adjustments), Decimal(0))
    if batch.remittance.amount != paid - taken:
        raise ValueError(
            f"the remittance pays {batch.remittance.amount}, its claims less provider "
            f"adjustments come to {paid - taken}"
        )


def stream_remittances(batches: Iterable[Payments], envelope: Envelope) -> Iterator[bytes]:
    """The bytes of one 835 interchange, in blocks, as the payments come.

    Raises ClaimwrightError where a value holds one of the delimiters, ValueError where a
    transaction's payment (BPR02) is not what its claims, less provider adjustments, come to.
    """
    writer = _Writer(envelope)
    return encoded(interchange(envelope, "HP", GUIDE, map(writer.transaction, batches)))


def write_remittance(batches: Iterable[Payments], envelope: Envelope) -> bytes:
    """One 835 interchange, whole. Raises as `stream_remittances` does."""
    return b"".join(stream_remittances(batches, envelope))
