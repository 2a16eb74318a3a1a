"""The 837P transaction, read: the loops above the claims, and the claims one by one."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from claims.claim import Source, Submission
from claims.problem import Problem, Severity
from claims.record import Record
from claims.x12.claim_loop import read_claim
from claims.x12.fields import Fields, Place, element, parse_day
from claims.x12.parties import Party
from claims.x12.segments import Segment

# Every segment that the implementation guide knows, read or passed over.
KNOWN = frozenset(
    [
        "AMT",
        "BHT",
        "CAS",
        "CLM",
        "CN1",
        "CR1",
        "CR2",
        "CR3",
        "CRC",
        "CTP",
        "CUR",
        "DMG",
        "DTP",
        "FRM",
        "HCP",
        "HI",
        "HL",
        "K3",
        "LIN",
        "LQ",
        "LX",
        "MEA",
        "MOA",
        "N3",
        "N4",
        "NM1",
        "NTE",
        "OI",
        "PAT",
        "PER",
        "PRV",
        "PS1",
        "PWK",
        "QTY",
        "REF",
        "SBR",
        "SV1",
        "SV5",
        "SVD",
    ]
)

LARGEST_CLAIM = 20_000
"""Segments: several times what 50 service lines with all they may have come to."""


class ReadClaims:
    """Takes the segments of one 837P transaction and gives its submissions."""

    def __init__(self, place: Place, claims_before: int) -> None:
        self.place = place
        self.position = claims_before
        self.parties: dict[object, Record] = {}
        """Providers and payers read before: they repeat from claim to claim."""
        self.submitted: date | None = None
        self.level = ""
        """HL03 of the present loop: 20 billing provider, 22 subscriber, 23 patient."""
        self.party: Party | None = None
        self.receiver: Party | None = None
        self.billing: Party | None = None
        self.subscriber: Party | None = None
        self.payer: Party | None = None
        self.patient: Party | None = None
        self.relationship = ""
        self.sbr: Segment | None = None
        self.claim: list[Segment] = []
        """The segments of the claim being read, CLM first."""
        self.above: dict[str, Any] | None = None
        """What stands over the claims of the present loop, once it has been asked for."""
        self.above_readable = True

    def take(self, segment: Segment) -> Iterable[Submission | Problem]:
        """Reads one segment between ST and SE."""
        name = segment.elements[0]
        if name == "CLM" or name == "HL":
            done = self.finish()
            if name == "CLM":
                self.claim = [segment]
            else:
                self._hl(segment)
            return done
        if self.claim:
            self.claim.append(segment)
            if len(self.claim) > LARGEST_CLAIM:
                return self.abandon(f"no claim has more than {LARGEST_CLAIM:,} segments")
        elif name in KNOWN:
            self._header(segment)
        return () if name in KNOWN else (self._unknown(segment),)

    def _unknown(self, segment: Segment) -> Problem:
        return Problem(
            file=self.place.file,
            severity=Severity.WARNING,
            message="not a segment of an 837P; passed over",
            segment=segment.number,
        )

    def _hl(self, segment: Segment) -> None:
        self.level = element(segment, 3)
        self.party = None
        self.above = None
        self.patient = None
        self.relationship = ""
        if self.level == "20":
            self.billing = None
        if self.level in ("20", "22"):
            self.subscriber = self.payer = self.sbr = None

    def _header(self, segment: Segment) -> None:
        name = segment.id
        if name == "BHT":
            self.submitted = parse_day(element(segment, 4))
        elif name == "NM1":
            self._nm1(segment)
        elif name == "SBR":
            self.sbr = segment
        elif name == "PAT":
            self.relationship = element(segment, 1)
        elif name == "PRV" and self.level == "20" and self.billing is None:
            # A billing provider's taxonomy stands before its name.
            self.party = Party(segment, "PRV")
            self.party.prv(segment)
        elif self.party:
            handler = PARTY_SEGMENTS.get(name)
            if handler:
                handler(self.party, segment)

    def _nm1(self, segment: Segment) -> None:
        taxonomy = self.party.taxonomy if self.party and self.party.role == "PRV" else None
        role = element(segment, 1)
        self.party = Party(segment, role)
        if role == "85":
            self.party.taxonomy = taxonomy
            self.billing = self.party
        elif role == "IL":
            self.subscriber = self.party
        elif role == "PR":
            self.payer = self.party
        elif role == "QC":
            self.patient = self.party
        elif role == "40":
            self.receiver = self.party

    def finish(self) -> list[Submission | Problem]:
        """The claim that was begun, if one was and it can be read, after what is wrong with it."""
        found: list[Submission | Problem] = []
        if not self.claim:
            return found
        segments, self.claim = self.claim, []
        self.position += 1
        fields = Fields(self.place, self.parties)
        claim = None
        if self.above is None:
            over = Fields(self.place, self.parties)
            self.above = self._read_above(over, segments[0])
            self.above_readable = not over.unreadable
            found += over.problems
        if self.above_readable:
            claim = read_claim(fields, segments, self.above)
        else:
            fields.claim_id = element(segments[0], 1) or None
            fields.complain(segments[0], "", "what stands over this claim cannot be read")
        found += fields.problems
        if claim:
            source = Source(
                **self.place._asdict(),
                position=self.position,
                first_segment=segments[0].number,
                last_segment=segments[-1].number,
                start=segments[0].start,
                end=segments[-1].end,
            )
            found.append(Submission(claim=claim, submitted=self.submitted, source=source))
        return found

    def abandon(self, why: str) -> list[Problem]:
        """Gives up the claim being read, which may lack something."""
        if not self.claim:
            return []
        clm = self.claim[0]
        self.claim = []
        self.position += 1
        fields = Fields(self.place)
        fields.claim_id = element(clm, 1) or None
        fields.complain(clm, "", f"{why}; this claim may be incomplete and was left out")
        return fields.problems

    def _read_above(self, fields: Fields, clm: Segment) -> dict[str, Any]:
        above: dict[str, Any] = {}
        if self.billing is None:
            fields.complain(clm, "", "no billing provider (NM1*85) stands over this claim")
        else:
            above["billing"] = self.billing.provider(fields)
        if self.payer:
            above["payer"] = self.payer.payer(fields)
        elif self.receiver:
            fields.warn(clm, "", "no payer (NM1*PR) stands over this claim; the receiver is taken")
            above["payer"] = self.receiver.payer(fields)
        else:
            fields.complain(clm, "", "no payer (NM1*PR) stands over this claim")
        sbr = self.sbr
        if sbr is None or self.subscriber is None:
            fields.complain(clm, "", "no subscriber (SBR, NM1*IL) stands over this claim")
        else:
            above["subscriber"] = self.subscriber.subscriber(
                fields, element(sbr, 3), element(sbr, 4)
            )
            above["sequence"] = element(sbr, 1) or "P"
            above["insurance_type"] = element(sbr, 5) or None
            above["filing_indicator"] = element(sbr, 9) or None
        if self.level == "23":
            if self.patient is None:
                fields.complain(clm, "", "no patient's name (NM1*QC) stands over this claim")
            else:
                above["patient"] = self.patient.patient(fields, self.relationship)
        return above


PARTY_SEGMENTS = {
    "PRV": Party.prv,
    "N3": Party.n3,
    "N4": Party.n4,
    "REF": Party.ref,
    "DMG": Party.dmg,
}
