"""The 835 transaction, read: who pays whom, then claim payments, then provider adjustments."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from claims.balance import claim_imbalance, line_imbalance
from claims.claim import Address, Adjustment, Payer, Source
from claims.problem import Problem, Severity
from claims.remittance import ClaimPayment, LinePayment, ProviderAdjustment, Remittance
from claims.x12.fields import Fields, Place, element, parse_day, procedure
from claims.x12.segments import Segment

Item = Remittance | ClaimPayment | ProviderAdjustment | Problem

KNOWN = frozenset(
    [
        "AMT",
        "BPR",
        "CAS",
        "CLP",
        "CUR",
        "DTM",
        "DTP",
        "LQ",
        "LX",
        "MIA",
        "MOA",
        "N1",
        "N3",
        "N4",
        "NM1",
        "NTE",
        "PER",
        "PLB",
        "QTY",
        "RDM",
        "REF",
        "SVC",
        "TRN",
        "TS2",
        "TS3",
    ]
)
LARGEST_PAYMENT = 100_000
"""Segments: more than 999 service lines with all they may have come to."""
OPENERS = frozenset(["LX", "CLP", "PLB"])
PAYER_NUMBERS = ("2U", "EO", "HI", "NF")
"""REF01 of a payer's further identifiers, the one that clearing houses use first."""
ADDRESS = {
    "N3": ("line1", "line2"),
    "N4": ("city", "state", "postal_code", "country"),
}
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


class Counts(NamedTuple):
    """How many records of each kind an 835 file has given so far."""

    remittances: int = 0
    payments: int = 0
    provider_adjustments: int = 0


class ReadRemittance:
    """Takes the segments of one 835 transaction and gives what the payer sent, as it comes."""

    def __init__(self, place: Place, before: Counts) -> None:
        self.place = place
        self.remittances, self.position, self.provider_adjustments = before
        self.header: dict[str, Segment] = {}
        self.names: dict[str, Segment] = {}
        """N1 segments by N101: PR the payer, PE the payee."""
        self.numbers: dict[str, str] = {}
        """The payer's REF."""
        self.address: dict[str, str] = {}
        """The payer's."""
        self.party = ""
        self.announced = False
        self.payment: PaymentLoop | None = None
        self.claims_paid = Decimal(0)
        self.adjusted = Decimal(0)
        self.complete = True
        """Whether every claim payment so far could be read: else sums mean nothing."""

    def take(self, segment: Segment) -> Iterable[Item]:
        """Reads one segment between ST and SE."""
        name = segment.elements[0]
        if name in OPENERS:
            return self._open(segment)
        if name not in KNOWN:
            return (
                Problem(
                    file=self.place.file,
                    severity=Severity.WARNING,
                    message="not a segment of an 835; passed over",
                    segment=segment.number,
                ),
            )
        if self.payment:
            self.payment.take(segment)
            if segment.number - self.payment.clp.number > LARGEST_PAYMENT:
                return self.abandon(f"no payment has more than {LARGEST_PAYMENT:,} segments")
        elif not self.announced:
            self._header(segment)
        return ()

    def _open(self, segment: Segment) -> Iterator[Item]:
        """LX, CLP, PLB: what was begun before is done."""
        yield from self.announce(segment)
        yield from self.end_payment()
        if segment.id == "CLP":
            self.payment = PaymentLoop(Fields(self.place), segment)
        elif segment.id == "PLB":
            yield from self._plb(segment)

    def _header(self, segment: Segment) -> None:
        name = segment.id
        if name in ("BPR", "TRN"):
            self.header.setdefault(name, segment)
        elif name == "DTM" and element(segment, 1) == "405":
            self.header["DTM"] = segment
        elif name == "N1":
            self.party = element(segment, 1)
            self.names[self.party] = segment
        elif self.party != "PR":
            return
        elif name in ADDRESS:
            for number, field in enumerate(ADDRESS[name], start=1):
                self.address[field] = element(segment, number)
        elif name == "REF":
            self.numbers.setdefault(element(segment, 1), element(segment, 2))

    def announce(self, segment: Segment) -> Iterator[Item]:
        """Gives the remittance itself, once, as soon as its header is complete."""
        if self.announced:
            return
        self.announced = True
        self.remittances += 1
        fields = Fields(self.place)
        remittance = self._remittance(fields, segment)
        yield from fields.problems
        if remittance:
            yield remittance

    def _remittance(self, fields: Fields, segment: Segment) -> Remittance | None:
        bpr, trn, dtm = (self.header.get(name) for name in ("BPR", "TRN", "DTM"))
        payer, payee = self.names.get("PR"), self.names.get("PE")
        if bpr is None:
            fields.warn(segment, "", "no BPR (how much was paid) stands before this")
        if payer is None:
            fields.warn(segment, "", "no payer (N1*PR) stands before this")
        payer_id = element(payer, 4) if payer else ""
        for qualifier in PAYER_NUMBERS:
            payer_id = payer_id or self.numbers.get(qualifier, "")
        if trn:
            payer_id = payer_id or element(trn, 3)
        named = fields.build(
            Payer,
            payer or segment,
            {"payer_id": "04", "name": "02"},
            payer_id=payer_id or "unknown",
            name=element(payer, 2) if payer else "",
            id_qualifier="XV" if payer and element(payer, 3) == "XV" else "PI",
            address=fields.build(Address, payer or segment, {}, **self.address)
            if any(self.address.values())
            else None,
        )
        if named is None:
            return None
        is_npi = payee is not None and element(payee, 3) == "XX"
        return fields.build(
            Remittance,
            bpr or segment,
            {"credit": "03"},
            payer=named,
            payee_npi=element(payee, 4) or None if payee and is_npi else None,
            payee_name=element(payee, 2) if payee else "",
            trace=element(trn, 2) if trn else "",
            amount=fields.money(bpr, 2) if bpr else Decimal(0),
            credit=element(bpr, 3) or "C" if bpr else "C",
            method=element(bpr, 4) if bpr else "",
            paid_on=parse_day(element(bpr, 16)) if bpr else None,
            produced_on=parse_day(element(dtm, 2)) if dtm else None,
            source=Source(
                **self.place._asdict(), position=self.remittances, first_segment=segment.number
            ),
        )

    def end_payment(self) -> Iterator[Item]:
        """Gives the claim payment that has been read to its end, if one was begun."""
        loop, self.payment = self.payment, None
        if loop is None:
            return
        self.position += 1
        payment = loop.payment(self.position)
        yield from loop.fields.problems
        if payment:
            self.claims_paid += payment.paid
            yield payment
        else:
            self.complete = False

    def _plb(self, segment: Segment) -> Iterator[Item]:
        fields = Fields(self.place)
        for number in range(3, len(segment.elements), 2):
            parts = fields.components(segment, number)
            if not parts[0] and not element(segment, number + 1):
                continue
            amount = fields.money(segment, number + 1)
            self.adjusted += amount
            self.provider_adjustments += 1
            adjustment = fields.build(
                ProviderAdjustment,
                segment,
                {"reason": f"{number:02}-1", "reference": f"{number:02}-2"},
                provider_id=element(segment, 1),
                fiscal_period=parse_day(element(segment, 2)),
                reason=parts[0],
                reference=(parts[1] if len(parts) > 1 else "") or None,
                amount=amount,
                source=Source(
                    **self.place._asdict(),
                    position=self.provider_adjustments,
                    first_segment=segment.number,
                    last_segment=segment.number,
                    start=segment.start,
                    end=segment.end,
                ),
            )
            if adjustment and not fields.unreadable:
                yield adjustment
        if fields.unreadable:
            self.complete = False
        yield from fields.problems

    def finish(self, se: Segment) -> Iterator[Item]:
        """Gives what is left at SE, and checks the transaction's balance."""
        yield from self.announce(se)
        yield from self.end_payment()
        bpr = self.header.get("BPR")
        if bpr is None or not self.complete:
            return
        fields = Fields(self.place)
        paid = fields.money(bpr, 2)
        due = self.claims_paid - self.adjusted
        if not fields.problems and paid != due:
            fields.warn(
                bpr,
                "02",
                f"the transaction does not balance: {paid} was paid, but its claims less its "
                f"provider adjustments come to {due}",
            )
            yield from fields.problems

    @property
    def counts(self) -> Counts:
        """How many records of each kind the file has given, those of this transaction included."""
        return Counts(self.remittances, self.position, self.provider_adjustments)

    def abandon(self, why: str) -> Iterator[Problem]:
        """Gives up the payment being read, which may lack something."""
        loop, self.payment = self.payment, None
        if loop:
            self.position += 1
            self.complete = False
            loop.fields.problems.clear()
            loop.fields.complain(
                loop.clp, "", f"{why}; this claim payment may be incomplete and was left out"
            )
            yield from loop.fields.problems
