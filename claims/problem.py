"""What is wrong with an input, where, and what was expected instead.

A problem never repeats the value that it is about: a shifted element or a wrong column puts a
name or a member id anywhere.
"""

from enum import StrEnum

from claims.record import Record


class ClaimwrightError(Exception):
    """An error whose message is for the person at the keyboard; shown without a traceback.

    Anything else that escapes is a defect of ours and shows one.
    """


class Severity(StrEnum):
    """How much of the input is lost to a problem."""

    ERROR = "error"
    """A record, or part of the file, could not be read."""
    WARNING = "warning"
    """Everything was read, but something in it does not agree."""


class Problem(Record):
    """One thing wrong in one file."""

    file: str
    severity: Severity
    message: str
    """What is wrong and, where it can be said, what was expected."""
    segment: int | None = None
    """X12: the segment's number, counted from 1 over the whole file."""
    segment_id: str | None = None
    """X12: SV1, CLM, …"""
    row: int | None = None
    """CSV: the line of the file on which the record begins; JSON lines: the line."""
    field: str | None = None
    """X12: SV102, CLM05-1; CSV: the column; JSON: the path of the field."""
    claim_id: str | None = None
    """The claim concerned, where its number was still readable."""

    def __str__(self) -> str:
        """One line: file, place, claim, message.

        >>> str(Problem(file="b.837", severity=Severity.ERROR, message="missing", segment=9,
        ...             segment_id="SV1", field="SV102", claim_id="A1"))
        'b.837: segment 9 SV102, claim A1: error: missing'
        """
        place = ""
        if self.segment is not None:
            place = f" segment {self.segment} {self.field or self.segment_id or ''}".rstrip()
        elif self.row is not None:
            place = f" row {self.row}" + (f", {self.field}" if self.field else "")
        elif self.field:
            place = f" {self.field}"
        if self.claim_id:
            place += f"{',' if place else ''} claim {self.claim_id}"
        return f"{self.file}:{place}{':' if place else ''} {self.severity}: {self.message}"
