"""Small X12 files to break, and what the readers say of them."""

import io
from datetime import date

from claims.claim import Submission
from claims.problem import Problem, Severity
from claims.remittance import ClaimPayment
from claims.x12.envelope import Envelope
from claims.x12.reader import read_x12
from claims.x12.write835 import Payments, write_remittance
from claims.x12.write837 import ClaimBatch, write_claims
from tests.claims.x12.examples import claim, payment, remittance

ENVELOPE = Envelope(sender="PRACTICE", receiver="CLEARING", day=date(2026, 3, 2))


def claims_file(*numbers: str) -> bytes:
    """An 837P with claims of those numbers."""
    batch = ClaimBatch("0001", ENVELOPE.day, [claim(number) for number in numbers or ("A1", "A2")])
    return write_claims([batch], ENVELOPE)


def remittance_file(*numbers: str) -> bytes:
    """An 835 with payments of claims of those numbers."""
    paid = [payment(number) for number in numbers or ("A1", "A2")]
    return write_remittance([Payments("0001", remittance(*paid), paid)], ENVELOPE)


def read(content: bytes) -> list[object]:
    """Everything that the reader gives."""
    return list(read_x12(io.BytesIO(content), "batch"))


def problems(content: bytes, severity: Severity | None = None) -> list[Problem]:
    """What the reader says is wrong."""
    return [
        one
        for one in read(content)
        if isinstance(one, Problem) and severity in (None, one.severity)
    ]


def numbers(content: bytes) -> list[str]:
    """The claims and payments that could be read."""
    return [
        one.claim.claim_id if isinstance(one, Submission) else one.claim_id
        for one in read(content)
        if isinstance(one, Submission | ClaimPayment)
    ]
