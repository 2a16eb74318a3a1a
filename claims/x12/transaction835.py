"""The 835 transaction, read: who pays whom, then claim payments, then provider adjustments."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from claims.claim import Address, Payer, Source
from claims.problem import Problem, Severity
from claims.remittance import ClaimPayment, ProviderAdjustment, Remittance
from claims.x12.fields import Fields, Place, element, parse_day
from claims.x12.payment_loop import PaymentLoop
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
