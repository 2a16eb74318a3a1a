"""One claim payment of an 835: loop 2100 and what stands below it, read into a `ClaimPayment`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from claims.balance import claim_imbalance, line_imbalance
from claims.claim import Adjustment, Source
from claims.remittance import ClaimPayment, LinePayment
from claims.x12.fields import Fields, element, procedure
from claims.x12.segments import Segment

MOA_REMARKS = range(3, 8)
MIA_REMARKS = (5, 20, 21, 22, 23)


class PaymentLoop:
    """One loop 2100 being read: a CLP and what follows it."""

    def __init__(self, fields: Fields, clp: Segment) -> None:
        self.fields = fields
        self.clp = clp
        self.last = clp
        self.values: dict[str, Any] = {}
        self.patient_id = ""
        self.adjustments: list[Adjustment] = []
        self.moa: list[str] = []
        self.mia: list[str] = []
        self.lines: list[dict[str, Any]] = []
        fields.claim_id = element(clp, 1)[:80] or None

    def take(self, segment: Segment) -> None:
        """Reads one segment after CLP."""
        self.last = segment
        handler = HANDLERS.get(segment.elements[0])
        if handler:
            handler(self, segment)

    def _nm1(self, segment: Segment) -> None:
        role, number = element(segment, 1), element(segment, 9)
        if role == "QC":
            self.patient_id = number
        elif role == "IL":
            self.values["member_id"] = number or None
        elif role == "74":
            self.values["corrected_member_id"] = number or None
        elif role == "82" and element(segment, 8) == "XX":
            self.values["rendering_npi"] = number or None
        elif role == "TT":
            self.values["forwarded_to"] = element(segment, 3) or None

    def _cas(self, segment: Segment) -> None:
        found = self.fields.adjustments(segment)
        if self.lines:
            self.lines[-1]["adjustments"] += tuple(found)
        else:
            self.adjustments += found

    def _dtm(self, segment: Segment) -> None:
        qualifier, day = element(segment, 1), self.fields.day(segment, 2)
        if self.lines:
            if qualifier in ("472", "150"):
                self.lines[-1]["service_from"] = day
            elif qualifier == "151":
                self.lines[-1]["service_to"] = day
        elif qualifier in CLAIM_DAYS:
            self.values[CLAIM_DAYS[qualifier]] = day

    def _ref(self, segment: Segment) -> None:
        qualifier, value = element(segment, 1), element(segment, 2) or None
        if self.lines:
            if qualifier == "6R":
                self.lines[-1]["line_id"] = value
        elif qualifier == "G1":
            self.values["authorization_number"] = value

    def _amt(self, segment: Segment) -> None:
        if element(segment, 1) == "AU" and not self.lines:
            self.values["coverage_amount"] = self.fields.optional_money(segment, 2)
        elif element(segment, 1) == "B6" and self.lines:
            self.lines[-1]["allowed"] = self.fields.optional_money(segment, 2)

    def _lq(self, segment: Segment) -> None:
        if element(segment, 1) == "HE" and element(segment, 2) and self.lines:
            self.lines[-1]["remarks"] += (element(segment, 2),)

    def _moa(self, segment: Segment) -> None:
        self.moa += [code for number in MOA_REMARKS if (code := element(segment, number))]

    def _mia(self, segment: Segment) -> None:
        self.mia += [code for number in MIA_REMARKS if (code := element(segment, number))]

    def _svc(self, segment: Segment) -> None:
        code, modifiers = procedure(self.fields.components(segment, 1))
        if not code:
            self.fields.warn(segment, "01-2", "missing; expected a procedure code such as 90837")
        sent, _ = procedure(self.fields.components(segment, 6))
        self.lines.append(
            {
                "segment": segment,
                "procedure": code or None,
                "modifiers": modifiers,
                "procedure_submitted": sent or None,
                "charge": self.fields.money(segment, 2),
                "paid": self.fields.optional_money(segment, 3) or Decimal(0),
                "units_paid": self.fields.quantity(segment, 5),
                "units_submitted": self.fields.quantity(segment, 7),
                "adjustments": (),
                "remarks": (),
            }
        )

    def payment(self, position: int) -> ClaimPayment | None:
        """The claim payment, or None where something that it cannot do without was unreadable."""
        fields, clp = self.fields, self.clp
        lines = []
        for values in self.lines:
            segment = values.pop("segment")
            values.setdefault("service_to", values.get("service_from"))
            line = fields.build(LinePayment, segment, LINE_FIELDS, **values)
            if line:
                lines.append(line)
                sentence = line_imbalance(line)
                if sentence:
                    fields.warn(segment, "", sentence)
        self.values.setdefault("member_id", self.patient_id or None)
        values = {
            "claim_id": fields.required(clp, 1, "the patient control number"),
            "status_code": fields.required(clp, 2, "a claim status such as 1"),
            "charge": fields.money(clp, 3),
            "paid": fields.money(clp, 4),
            "patient_responsibility": fields.optional_money(clp, 5),
            "filing_indicator": element(clp, 6) or None,
            "payer_claim_id": element(clp, 7) or None,
            "place_of_service": element(clp, 8) or None,
            "frequency_code": element(clp, 9) or None,
            "adjustments": tuple(self.adjustments),
            "remarks": tuple(self.moa + self.mia),
            "lines": tuple(lines),
        }
        if fields.unreadable:
            return None
        source = Source(
            **fields.place._asdict(),
            position=position,
            first_segment=clp.number,
            last_segment=self.last.number,
            start=clp.start,
            end=self.last.end,
        )
        names = {"claim_id": "01", "status_code": "02"}
        payment = fields.build(ClaimPayment, clp, names, **values, **self.values, source=source)
        sentence = claim_imbalance(payment) if payment else None
        if sentence:
            fields.warn(clp, "", sentence)
        return payment


LINE_FIELDS = {"procedure": "01-2", "modifiers": "01", "procedure_submitted": "06-2"}
CLAIM_DAYS = {
    "232": "statement_from",
    "233": "statement_to",
    "050": "received_by_payer",
    "036": "coverage_expired",
}
HANDLERS: dict[str, Callable[[PaymentLoop, Segment], None]] = {
    "NM1": PaymentLoop._nm1,
    "CAS": PaymentLoop._cas,
    "DTM": PaymentLoop._dtm,
    "REF": PaymentLoop._ref,
    "AMT": PaymentLoop._amt,
    "LQ": PaymentLoop._lq,
    "MOA": PaymentLoop._moa,
    "MIA": PaymentLoop._mia,
    "SVC": PaymentLoop._svc,
}
