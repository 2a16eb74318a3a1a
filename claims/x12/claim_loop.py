"""One claim of an 837P: loop 2300 and everything below it, read into a `Claim`."""

from collections.abc import Callable, Sequence
from typing import Any

from claims.claim import (
    Accident,
    Attachment,
    Claim,
    Diagnosis,
    LineAdjudication,
    OtherPayer,
    Remark,
    ServiceLine,
)
from claims.x12.fields import Fields, element, procedure
from claims.x12.parties import OtherCoverage, Party
from claims.x12.segments import Segment

CLAIM_REFERENCES = {
    "G1": "authorization_number",
    "9F": "referral_number",
    "F8": "payer_claim_number",
    "EA": "medical_record_number",
}
LINE_REFERENCES = {"6R": "line_id", "G1": "authorization_number", "9F": "referral_number"}
CLAIM_DATES = {
    "431": "onset",
    "454": "initial_treatment",
    "304": "last_seen",
    "435": "admission",
}
PROVIDERS = {"82": "rendering", "DQ": "supervising", "DN": "referring", "77": "facility"}
DIAGNOSES = {"ABK": "ICD-10-CM", "ABF": "ICD-10-CM", "BK": "ICD-9-CM", "BF": "ICD-9-CM"}
OTHER_AMOUNTS = {"D": "paid", "EAF": "remaining", "A8": "noncovered"}
LINE_FIELDS = {
    "procedure": "01-2",
    "modifiers": "01",
    "units": "04",
    "unit": "03",
    "place_of_service": "05",
    "diagnosis_pointers": "07",
}


class Line:
    """One loop 2400 being read."""

    def __init__(self, segment: Segment, number: str) -> None:
        self.segment = segment
        self.number = number
        self.sv1: Segment | None = None
        self.values: dict[str, Any] = {}
        self.parties: dict[str, Party] = {}
        self.attachments: list[Attachment] = []
        self.remarks: list[Remark] = []
        self.adjudications: list[dict[str, Any]] = []


class ClaimLoop:
    """Takes the segments of one claim, in order, then gives the claim."""

    def __init__(self, fields: Fields, clm: Segment) -> None:
        self.fields = fields
        self.clm = clm
        self.values: dict[str, Any] = {}
        self.accident: dict[str, Any] = {}
        self.diagnoses: list[Diagnosis] = []
        self.attachments: list[Attachment] = []
        self.remarks: list[Remark] = []
        self.parties: dict[str, Party] = {}
        self.others: list[OtherCoverage] = []
        self.lines: list[Line] = []
        self.party: Party | None = None
        """The NM1 loop that the present segment belongs to."""
        fields.claim_id = element(clm, 1)[:80] or None

    def take(self, segment: Segment) -> None:
        """Reads one segment after CLM; what a therapy claim has no use for is passed over."""
        handler = HANDLERS.get(segment.elements[0])
        if handler:
            handler(self, segment)

    @property
    def line(self) -> Line | None:
        """The service line being read, if the lines have begun."""
        return self.lines[-1] if self.lines else None

    def _lx(self, segment: Segment) -> None:
        self.party = None
        self.lines.append(Line(segment, element(segment, 1)))

    def _sbr(self, segment: Segment) -> None:
        self.party = None
        self.others.append(OtherCoverage(segment))

    def _nm1(self, segment: Segment) -> None:
        role = element(segment, 1)
        self.party = Party(segment, role)
        if self.line:
            parties = self.line.parties
        elif self.others:
            if role == "PR":
                self.others[-1].payer = self.party
            elif role == "IL":
                self.others[-1].subscriber = self.party
            return
        else:
            parties = self.parties
        # A further referral (P3) or who ordered a line's service (DK) stand for who referred.
        stands_in = role in ("P3", "DK") and "referring" not in parties
        name = PROVIDERS.get("DN" if stands_in else role)
        if name:
            parties[name] = self.party

    def _prv(self, segment: Segment) -> None:
        if self.party:
            self.party.prv(segment)

    def _n3(self, segment: Segment) -> None:
        if self.party:
            self.party.n3(segment)

    def _n4(self, segment: Segment) -> None:
        if self.party:
            self.party.n4(segment)

    def _ref(self, segment: Segment) -> None:
        qualifier, value = element(segment, 1), element(segment, 2)
        if not value:
            return
        if self.line:
            # With REF04 the number is another payer's, not this one's.
            name = LINE_REFERENCES.get(qualifier) if not element(segment, 4) else None
            if name:
                self.line.values[name] = value
                return
        elif not self.others and qualifier in CLAIM_REFERENCES:
            self.values[CLAIM_REFERENCES[qualifier]] = value
            return
        if self.party:
            self.party.ref(segment)

    def _dtp(self, segment: Segment) -> None:
        qualifier = element(segment, 1)
        if self.line:
            if qualifier == "472" and (days := self.fields.days(segment, 2)):
                self.line.values["service_from"], self.line.values["service_to"] = days
            elif qualifier == "573" and self.line.adjudications:
                self.line.adjudications[-1]["adjudicated"] = self.fields.day(segment, 3)
        elif self.others:
            if qualifier == "573":
                self.others[-1].values["adjudicated"] = self.fields.day(segment, 3)
        elif qualifier == "439":
            self.accident["day"] = self.fields.day(segment, 3)
        elif qualifier in CLAIM_DATES and (days := self.fields.days(segment, 2)):
            self.values[CLAIM_DATES[qualifier]] = days[0]

    def _amt(self, segment: Segment) -> None:
        qualifier, fields = element(segment, 1), self.fields
        if self.line:
            if qualifier == "EAF" and self.line.adjudications:
                self.line.adjudications[-1]["remaining"] = fields.optional_money(segment, 2)
        elif self.others:
            if qualifier in OTHER_AMOUNTS:
                amount = fields.optional_money(segment, 2)
                self.others[-1].values[OTHER_AMOUNTS[qualifier]] = amount
        elif qualifier == "F5":
            self.values["patient_paid"] = fields.optional_money(segment, 2)

    def _cas(self, segment: Segment) -> None:
        found = self.fields.adjustments(segment)
        if self.line:
            if self.line.adjudications:
                self.line.adjudications[-1].setdefault("adjustments", []).extend(found)
        elif self.others:
            self.others[-1].adjustments.extend(found)

    def _pwk(self, segment: Segment) -> None:
        attachment = self.fields.build(
            Attachment,
            segment,
            {"report_type": "01", "transmission": "02"},
            report_type=self.fields.required(segment, 1, "a report type"),
            transmission=self.fields.required(segment, 2, "how it is sent: BM, EL, FX, AA, …"),
            control_number=element(segment, 6) or None,
        )
        if attachment:
            (self.line or self).attachments.append(attachment)

    def _nte(self, segment: Segment) -> None:
        remark = self.fields.build(
            Remark,
            segment,
            {"kind": "01", "text": "02"},
            kind=element(segment, 1) or "ADD",
            text=element(segment, 2),
        )
        if remark:
            (self.line or self).remarks.append(remark)

    def _hi(self, segment: Segment) -> None:
        waiting = ""  # a qualifier that stands alone, in an element of its own
        for number in range(1, len(segment.elements)):
            parts = self.fields.components(segment, number)
            if len(parts) == 1 and parts[0] in DIAGNOSES:
                waiting = parts[0]
                continue
            if len(parts) == 1 and waiting and parts[0]:
                self.fields.warn(
                    segment,
                    f"{number:02}",
                    "its qualifier stands in an element of its own; read all the same",
                )
                parts = [waiting, parts[0]]
            waiting = ""
            system = DIAGNOSES.get(parts[0])
            code = parts[1].replace(".", "").strip().upper() if len(parts) > 1 else ""
            if not parts[0] or (system is None and code):
                continue  # condition codes and anesthesia procedures stand in HI segments too
            if not system or not code:
                self.fields.warn(
                    segment, f"{number:02}", "expected a qualifier and a code such as ABK:F411"
                )
                continue
            diagnosis = self.fields.build(
                Diagnosis, segment, {"code": f"{number:02}-2"}, code=code, system=system
            )
            if diagnosis:
                self.diagnoses.append(diagnosis)

    def _sv1(self, segment: Segment) -> None:
        if self.line is None or self.line.sv1:
            self.fields.warn(segment, "", "no line number (LX) stands before this; counted on")
            self.party = None
            self.lines.append(Line(segment, str(len(self.lines) + 1)))
        self.lines[-1].sv1 = segment

    def _svd(self, segment: Segment) -> None:
        if not self.line:
            return
        code, modifiers = procedure(self.fields.components(segment, 3))
        self.line.adjudications.append(
            {
                "segment": segment,
                "payer_id": self.fields.required(segment, 1, "the other payer's identifier"),
                "paid": self.fields.money(segment, 2),
                "procedure": code or None,
                "modifiers": modifiers,
                "units": self.fields.quantity(segment, 5),
            }
        )

    def claim(self, above: dict[str, Any]) -> Claim | None:
        """The claim, or None where something that it cannot do without was unreadable.

        above: payer, subscriber, patient, billing and the like, from the loops over the claim.
        """
        fields, clm = self.fields, self.clm
        place = self.fields.components(clm, 5)
        if not place[0]:
            fields.complain(clm, "05-1", "missing; expected a place of service such as 11")
        if not self.diagnoses:
            fields.warn(clm, "", "no diagnosis follows (HI)")
        if not self.lines:
            fields.complain(clm, "", "no service line follows (LX, SV1)")
        causes = [code for code in self.fields.components(clm, 11)[:3] if code]
        lines = [line for draft in self.lines if (line := self._service_line(draft))]
        values = self.values | {
            "claim_id": fields.required(clm, 1, "the patient control number"),
            "charge": fields.money(clm, 2),
            "place_of_service": place[0],
            "frequency_code": (place[2] if len(place) > 2 else "") or "1",
            "provider_signature": element(clm, 6) != "N",
            "assignment": element(clm, 7) or "A",
            "benefits_assigned": element(clm, 8) or "Y",
            "release_of_information": element(clm, 9) or "Y",
            "diagnoses": tuple(self.diagnoses),
            "attachments": tuple(self.attachments),
            "remarks": tuple(self.remarks),
            "lines": tuple(lines),
            "other_payers": self._other_payers(),
        }
        for name, party in self.parties.items():
            values[name] = party.provider(fields)
        if causes or self.accident:
            state = self.fields.components(clm, 11)[3:4]
            values["accident"] = fields.build(
                Accident,
                clm,
                {"causes": "11"},
                causes=tuple(causes),
                state=(state[0] if state else "") or None,
                **self.accident,
            )
        if fields.unreadable:
            return None
        return fields.build(
            Claim,
            clm,
            {"claim_id": "01", "place_of_service": "05-1", "frequency_code": "05-3"},
            **above,
            **values,
        )

    def _other_payers(self) -> tuple[OtherPayer, ...]:
        found = (other.other_payer(self.fields) for other in self.others)
        return tuple(other for other in found if other)

    def _service_line(self, draft: Line) -> ServiceLine | None:
        fields, lx, sv1 = self.fields, draft.segment, draft.sv1
        if sv1 is None:
            fields.complain(lx, "", "no professional service (SV1) follows in this line")
            return None
        if "service_from" not in draft.values:
            fields.complain(sv1, "", "no date of service (DTP*472) follows in this line")
            return None
        parts = self.fields.components(sv1, 1)
        code, modifiers = procedure(parts)
        if not code:
            fields.complain(sv1, "01-2", "missing; expected a procedure code such as 90837")
            return None
        number = draft.number
        if not number.isascii() or not number.isdigit() or int(number[:9]) == 0:
            fields.complain(lx, "01", "expected the line's number, from 1")
            return None
        fields.required(sv1, 4, "a number of units such as 1")
        values: dict[str, Any] = {
            "line": int(number[:9]),
            "procedure": code.upper(),
            "modifiers": tuple(modifier.upper() for modifier in modifiers),
            "charge": fields.money(sv1, 2),
            "units": fields.quantity(sv1, 4) or 0,
            "unit": element(sv1, 3),
            "place_of_service": element(sv1, 5) or None,
            "diagnosis_pointers": self._pointers(sv1),
            "description": (parts[6] if len(parts) > 6 else "") or None,
            "emergency": element(sv1, 9) == "Y",
            "attachments": tuple(draft.attachments),
            "remarks": tuple(draft.remarks),
        }
        adjudications = []
        for seen in draft.adjudications:
            segment = seen.pop("segment")
            seen["adjustments"] = tuple(seen.get("adjustments", ()))
            done = fields.build(LineAdjudication, segment, {"payer_id": "01"}, **seen)
            if done:
                adjudications.append(done)
        for name, party in draft.parties.items():
            if name != "facility":
                values[name] = party.provider(fields)
        return fields.build(
            ServiceLine,
            sv1,
            LINE_FIELDS,
            **values,
            **draft.values,
            adjudications=tuple(adjudications),
        )

    def _pointers(self, sv1: Segment) -> tuple[int, ...]:
        pointers = []
        for part in self.fields.components(sv1, 7):
            whole, _, fraction = part.strip().partition(".")
            if whole.isascii() and whole.isdigit() and not fraction.strip("0"):
                pointers.append(int(whole[:4]))
            elif part:
                self.fields.complain(sv1, "07", "expected positions of diagnoses such as 1:2")
        return tuple(pointers)


HANDLERS: dict[str, Callable[[ClaimLoop, Segment], None]] = {
    "LX": ClaimLoop._lx,
    "SBR": ClaimLoop._sbr,
    "NM1": ClaimLoop._nm1,
    "PRV": ClaimLoop._prv,
    "N3": ClaimLoop._n3,
    "N4": ClaimLoop._n4,
    "REF": ClaimLoop._ref,
    "DTP": ClaimLoop._dtp,
    "AMT": ClaimLoop._amt,
    "CAS": ClaimLoop._cas,
    "PWK": ClaimLoop._pwk,
    "NTE": ClaimLoop._nte,
    "HI": ClaimLoop._hi,
    "SV1": ClaimLoop._sv1,
    "SVD": ClaimLoop._svd,
}


def read_claim(fields: Fields, segments: Sequence[Segment], above: dict[str, Any]) -> Claim | None:
    """The claim that begins with `segments[0]`, a CLM; None where it cannot be read.

    What is wrong with it is in `fields.problems` afterwards.
    """
    loop = ClaimLoop(fields, segments[0])
    for segment in segments[1:]:
        loop.take(segment)
    return loop.claim(above)
