"""X12 files, read: interchanges, groups and transactions checked, their contents handed on.

Counts and control numbers are checked where they stand, so that what is wrong can be named by
segment. Where a trailer promises more than arrived, something was lost, and that is an error;
where everything promised is there, a wrong number is a warning.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from claims.claim import Submission
from claims.problem import Problem, Severity
from claims.remittance import ClaimPayment, ProviderAdjustment, Remittance
from claims.x12.fields import Place, element
from claims.x12.segments import OUTSIDE, Segment, cut
from claims.x12.transaction835 import Counts, ReadRemittance
from claims.x12.transaction837 import ReadClaims

Item = Submission | Remittance | ClaimPayment | ProviderAdjustment | Problem

OURS = {"837": "005010X222", "835": "005010X221"}
"""ST01 and the implementation guide, without its addenda, that is read here."""
NOT_OURS = {
    "005010X223": "institutional claims (837I)",
    "005010X224": "dental claims (837D)",
    "005010X214": "claim acknowledgements (277CA)",
    "005010X212": "claim status (276, 277)",
    "005010X231": "implementation acknowledgements (999)",
    "005010X279": "eligibility (270, 271)",
    "005010X217": "authorization requests (278)",
    "005010X220": "enrollment (834)",
    "005010X218": "premium payments (820)",
}
EXPECTED = "expected professional claims (837P, 005010X222) or remittances (835, 005010X221)"
STRAY = "outside of any transaction; passed over, like all that follows to the next envelope"
BROKEN_OFF = "the transaction breaks off before its SE segment"


class _Reader:
    """Follows the envelopes of one file and feeds each transaction to its own reader."""

    def __init__(self, file: str, digest: str) -> None:
        self.file = file
        self.digest = digest
        self.isa: Segment | None = None
        self.gs: Segment | None = None
        self.st: Segment | None = None
        self.groups = 0
        """GS segments in the present interchange."""
        self.transactions = 0
        """ST segments in the present group."""
        self.transaction: ReadClaims | ReadRemittance | None = None
        self.claims = 0
        self.stray = False
        """Whether segments outside of any transaction have been told of since the last envelope."""
        self.counts = Counts()

    def problem(
        self, segment: Segment, field: str, message: str, severity: Severity = Severity.ERROR
    ) -> Problem:
        """What is wrong with an envelope."""
        return Problem(
            file=self.file,
            severity=severity,
            message=message,
            segment=segment.number or None,
            segment_id=segment.id or None,
            field=f"{segment.id}{field}" if field else None,
        )

    def read(self, segments: Iterator[Segment]) -> Iterator[Item]:
        """Everything that the segments say, and every problem with them, in order."""
        last: Segment | None = None
        outside = False
        for segment in segments:
            name = segment.elements[0]
            if self.transaction and not segment.fault and name not in CONTROL:
                last, outside = segment, False
                yield from self.transaction.take(segment)
                continue
            if segment.fault and not (outside and segment.fault is OUTSIDE):
                yield self.problem(segment, "", segment.fault.message, segment.fault.severity)
            outside = segment.fault is OUTSIDE
            if segment.fault and segment.fault.severity is Severity.ERROR and name != "ISA":
                # Something of the transaction is lost with this span.
                yield from self.abandon(segment)
                continue
            if not name:
                continue
            last = segment
            handler = ENVELOPES.get(name)
            if handler:
                self.stray = False
                yield from handler(self, segment)
            elif self.transaction:  # a segment with a fault that loses nothing
                yield from self.transaction.take(segment)
            elif self.st is None and name != "TA1":
                if not self.stray:
                    yield self.problem(segment, "", STRAY)
                self.stray = True
        if last is None:
            return
        yield from self.end_interchange(last)

    def abandon(self, segment: Segment) -> Iterator[Item]:
        """Gives up the present transaction's unfinished record."""
        if self.transaction:
            yield from self.transaction.abandon("part of the transaction could not be read")
            self.close()

    def close(self) -> None:
        """Forgets the present transaction, keeping count of what it held."""
        if isinstance(self.transaction, ReadClaims):
            self.claims = self.transaction.position
        elif self.transaction:
            self.counts = self.transaction.counts
        self.transaction = self.st = None

    def end_transaction(self, segment: Segment) -> Iterator[Item]:
        """A transaction that ends without its SE."""
        if self.st:
            yield self.problem(segment, "", BROKEN_OFF)
            if self.transaction:
                yield from self.transaction.abandon(BROKEN_OFF)
            self.close()

    def end_group(self, segment: Segment) -> Iterator[Item]:
        """A group that ends without its GE."""
        yield from self.end_transaction(segment)
        if self.gs:
            yield self.problem(segment, "", "the group breaks off before its GE segment")
            self.gs = None

    def end_interchange(self, segment: Segment) -> Iterator[Item]:
        """An interchange that ends without its IEA."""
        yield from self.end_group(segment)
        if self.isa:
            yield self.problem(segment, "", "the interchange breaks off before its IEA segment")
            self.isa = None

    def take_isa(self, segment: Segment) -> Iterator[Item]:
        """ISA: an interchange begins."""
        yield from self.end_interchange(segment)
        self.isa, self.groups = segment, 0

    def take_gs(self, segment: Segment) -> Iterator[Item]:
        """GS: a group begins."""
        yield from self.end_group(segment)
        self.gs, self.transactions = segment, 0
        self.groups += 1

    def take_st(self, segment: Segment) -> Iterator[Item]:
        """ST: a transaction begins, ours or not."""
        yield from self.end_transaction(segment)
        self.st = segment
        self.transactions += 1
        if self.gs is None:
            yield self.problem(segment, "", "no GS segment stands before this transaction")
        kind = element(segment, 1)
        guides = [element(segment, 3), element(self.gs, 8) if self.gs else ""]
        place = Place(
            self.file,
            self.digest,
            element(self.isa, 13) if self.isa else "",
            element(segment, 2),
        )
        ours = OURS.get(kind, "")
        if ours and any(guide.startswith(ours) for guide in guides):
            if not all(guide.startswith(ours) for guide in guides if guide):
                message = f"does not agree with GS08; read as {ours}"
                yield self.problem(segment, "03", message, Severity.WARNING)
            if kind == "837":
                self.transaction = ReadClaims(place, self.claims)
            else:
                self.transaction = ReadRemittance(place, self.counts)
        else:
            guide = guides[0] or guides[1]
            named = NOT_OURS.get(guide[:10], "a transaction or version that is not read here")
            yield self.problem(segment, "", f"{named}; {EXPECTED}; passed over")

    def take_se(self, segment: Segment) -> Iterator[Item]:
        """SE: a transaction ends."""
        if self.st is None:
            yield self.problem(segment, "", "no ST segment stands before this")
            return
        yield from self.check_count(segment, segment.number - self.st.number + 1, "segments")
        yield from self.check_number(segment, element(self.st, 2), "ST02")
        if isinstance(self.transaction, ReadClaims):
            yield from self.transaction.finish()
        elif self.transaction:
            yield from self.transaction.finish(segment)
        self.close()

    def take_ge(self, segment: Segment) -> Iterator[Item]:
        """GE: a group ends."""
        yield from self.end_transaction(segment)
        if self.gs is None:
            yield self.problem(segment, "", "no GS segment stands before this")
            return
        yield from self.check_count(segment, self.transactions, "transactions")
        yield from self.check_number(segment, element(self.gs, 6), "GS06")
        self.gs = None

    def take_iea(self, segment: Segment) -> Iterator[Item]:
        """IEA: an interchange ends."""
        yield from self.end_group(segment)
        if self.isa is None:
            return
        yield from self.check_count(segment, self.groups, "groups")
        yield from self.check_number(segment, element(self.isa, 13), "ISA13")
        self.isa = None

    def check_count(self, segment: Segment, found: int, what: str) -> Iterator[Item]:
        """The trailer's count against what stands before it."""
        value = element(segment, 1)
        if not value.isascii() or not value.isdigit():
            yield self.problem(segment, "01", f"expected the number of {what}")
        elif int(value[:18]) != found:
            lost = int(value[:18]) > found
            message = f"promises {int(value[:18])} {what}, {found} are here"
            if lost:
                yield self.problem(segment, "01", f"{message}: some were lost")
            else:
                yield self.problem(segment, "01", message, Severity.WARNING)

    def check_number(self, segment: Segment, number: str, where: str) -> Iterator[Item]:
        """The trailer's control number against its header's."""
        if element(segment, 2) != number:
            yield self.problem(segment, "02", f"does not repeat {where}", Severity.WARNING)


ENVELOPES: dict[str, Callable[[_Reader, Segment], Iterator[Item]]] = {
    "ISA": _Reader.take_isa,
    "GS": _Reader.take_gs,
    "ST": _Reader.take_st,
    "SE": _Reader.take_se,
    "GE": _Reader.take_ge,
    "IEA": _Reader.take_iea,
}

CONTROL = frozenset([*ENVELOPES, ""])


def read_x12(content: BinaryIO, file: str, digest: str = "") -> Iterator[Item]:
    """What an X12 file holds, in order, as it is read: claims, remittances, and problems.

    content: opened for reading bytes. file: its name, for messages. digest: its SHA-256, kept
    with every record. Never raises for what the bytes are. Memory holds one claim at a time.
    """
    return _Reader(file, digest).read(cut(content))


def group_day(content: BinaryIO) -> str:
    """GS04 of the first group, as it stands there; empty where there is none.

    The day on which the sender made the file: when nothing better tells, the day it was known.
    """
    for number, segment in enumerate(cut(content)):
        if segment.id == "GS":
            return element(segment, 4)
        if number > 8:
            break
    return ""
