"""Domain values as rows: each function gives the columns of its table, in the table's order."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, Table, func, select

from claims.authorization import Authorization, Benefit
from claims.claim import Adjustment, Claim, Diagnosis, Source, Submission
from claims.note import Note
from claims.outcome import ClaimOutcome
from claims.problem import Problem
from claims.record import Record
from claims.remittance import ClaimPayment, LinePayment, ProviderAdjustment, Remittance
from claims.store.bulk import Row
from claims.store.members import Members

APART = {"source"}
"""Where it stood is no part of what a record says."""


class Origin(NamedTuple):
    """The file that rows come from."""

    practice: str
    file_id: int
    known_on: date


def as_json(record: Record) -> str:
    """A record's content as JSON, defaults left out: the same for the same content."""
    return record.model_dump_json(exclude_defaults=True, exclude=APART)


def digest(text: str) -> str:
    """SHA-256, hexadecimal."""
    return sha256(text.encode()).hexdigest()


def claim_json(submission: Submission) -> str:
    """What was sent, as JSON: not when or in which file."""
    return as_json(submission.claim)


def submission_digest(submission: Submission) -> str:
    """What makes a submission the same submission: its content."""
    return digest(claim_json(submission))


def next_number(connection: Connection, table: Table, practice: str) -> int:
    """The number of a table's next row; whoever asks is the one who writes."""
    number = list(table.primary_key.columns)[1]
    query = select(func.coalesce(func.max(number), 0)).where(table.c.practice_id == practice)
    return int(connection.execute(query).scalar_one()) + 1


def in_cents(amount: Decimal) -> int:
    """An amount of two decimals as whole cents."""
    return int(amount.scaleb(2))


def maybe_cents(amount: Decimal | None) -> int | None:
    """The same, of an amount that may be missing."""
    return None if amount is None else int(amount.scaleb(2))


def _maybe_float(quantity: Decimal | None) -> float | None:
    return None if quantity is None else float(quantity)


def _segments(origin: Origin, number: int, source: Source) -> Row:
    return (
        origin.practice,
        number,
        origin.file_id,
        source.position,
        source.interchange,
        source.transaction,
        source.first_segment,
        source.last_segment,
    )


def _codes(diagnoses: Sequence[Diagnosis]) -> str:
    return " ".join([one.code for one in diagnoses])


def submission_row(
    submission: Submission, identity: str, number: int, origin: Origin, members: Members
) -> Row:
    """For `submissions`."""
    claim = submission.claim
    lines = claim.lines
    rendering = claim.rendering or claim.billing
    member, person = members.of_claim(claim)
    return (
        *_segments(origin, number, submission.source),
        origin.known_on,
        identity,
        claim.claim_id,
        submission.submitted or origin.known_on,
        claim.sequence,
        claim.frequency_code,
        claim.payer.payer_id,
        claim.payer.name,
        claim.filing_indicator,
        claim.insurance_type,
        claim.subscriber.group_number or claim.subscriber.group_name,
        claim.payer_claim_number,
        member,
        person,
        claim.billing.npi,
        rendering.npi,
        rendering.taxonomy,
        claim.place_of_service,
        _codes(claim.diagnoses),
        claim.authorization_number,
        in_cents(claim.charge),
        min([line.service_from for line in lines]),
        max([line.service_to for line in lines]),
        len(lines),
    )


def line_rows(claim: Claim, number: int, practice: str) -> list[Row]:
    """For `lines`."""
    whole = (claim.rendering or claim.billing).npi
    return [
        (
            practice,
            number,
            position,
            line.line,
            line.procedure,
            " ".join(line.modifiers),
            in_cents(line.charge),
            float(line.units),
            line.unit,
            line.place_of_service or claim.place_of_service,
            " ".join(map(str, line.diagnosis_pointers)),
            line.service_from,
            line.service_to,
            line.line_id,
            line.authorization_number or claim.authorization_number,
            line.rendering.npi if line.rendering else whole,
        )
        for position, line in enumerate(claim.lines, start=1)
    ]


def note_row(
    note: Note,
    content: str,
    number: int,
    position: int,
    version: int,
    origin: Origin,
    key: str | None,
) -> Row:
    """For `notes`; `origin.known_on` is the note's own day, `key` the member's."""
    return (
        origin.practice,
        number,
        origin.file_id,
        position,
        origin.known_on,
        note.id,
        version,
        digest(content),
        digest(note.text),
        note.claim_id,
        key,
        note.date_of_service,
        note.rendering_npi,
        content,
    )


def authorization_row(
    one: Authorization, content: str, number: int, position: int, origin: Origin, members: Members
) -> Row:
    """For `authorizations`; known on the day that it was received, else on its first day."""
    return (
        origin.practice,
        number,
        origin.file_id,
        position,
        one.received or one.start,
        digest(content),
        members.member(one.member_id) or "",
        one.payer_id,
        one.authorization_number,
        one.start,
        one.end,
        content,
    )


def benefit_row(
    one: Benefit, content: str, number: int, position: int, origin: Origin, members: Members
) -> Row:
    """For `benefits`; known on the day of its file."""
    return (
        origin.practice,
        number,
        origin.file_id,
        position,
        origin.known_on,
        digest(content),
        members.member(one.member_id) or "",
        one.payer_id,
        one.benefit,
        one.period_start,
        one.as_of,
        content,
    )


def remittance_row(one: Remittance, identity: str, number: int, origin: Origin) -> Row:
    """For `remittances`."""
    return (
        *_segments(origin, number, one.source),
        origin.known_on,
        identity,
        one.payer.payer_id,
        one.payer.name,
        one.payee_npi,
        one.trace,
        in_cents(one.amount),
        one.credit,
        one.method,
        one.paid_on,
        one.produced_on,
    )


def _adjustments(adjustments: Sequence[Adjustment]) -> str:
    return json.dumps(
        [[one.group, one.carc, in_cents(one.amount)] for one in adjustments], separators=(",", ":")
    )


def payment_row(
    payment: ClaimPayment,
    judged: ClaimOutcome,
    identity: tuple[str, int],
    number: int,
    remittance: tuple[int | None, str],
    origin: Origin,
    members: Members,
) -> Row:
    """For `claim_payments`. identity: digest and occurrence; remittance: its number and payer."""
    practice, _, *source = _segments(origin, number, payment.source)
    days = [line.service_from for line in payment.lines if line.service_from]
    last = [line.service_to for line in payment.lines if line.service_to]
    return (
        practice,
        number,
        remittance[0],
        *source,
        origin.known_on,
        *identity,
        payment.claim_id,
        payment.status_code,
        judged.outcome,
        judged.category,
        in_cents(payment.charge),
        in_cents(payment.paid),
        maybe_cents(payment.patient_responsibility),
        payment.filing_indicator,
        payment.payer_claim_id,
        payment.frequency_code,
        remittance[1],
        members.member(payment.member_id),
        members.member(payment.corrected_member_id),
        payment.rendering_npi,
        payment.statement_from or min(days, default=None),
        payment.statement_to or max(last, default=None),
        payment.received_by_payer,
        _adjustments(payment.adjustments),
        " ".join(payment.remarks),
    )


def line_payment_rows(
    payment: ClaimPayment, judged: ClaimOutcome, number: int, practice: str
) -> list[Row]:
    """For `line_payments`: as many as the outcome has lines."""
    lines: Sequence[LinePayment | None] = payment.lines or (None,)
    return [
        (
            practice,
            number,
            position,
            one.procedure,
            one.procedure_submitted,
            " ".join(one.modifiers),
            in_cents(one.charge),
            in_cents(one.paid),
            maybe_cents(one.allowed),
            _maybe_float(one.units_paid),
            _maybe_float(line.units_submitted) if line else None,
            one.date,
            line.service_to if line else payment.statement_to,
            one.line_id,
            one.outcome,
            one.category,
            one.downcoded,
            _adjustments(line.adjustments if line else payment.adjustments),
            " ".join(one.rarc),
        )
        for position, (line, one) in enumerate(zip(lines, judged.lines, strict=True), start=1)
    ]


def provider_adjustment_row(
    one: ProviderAdjustment,
    identity: tuple[str, int],
    number: int,
    remittance: int | None,
    origin: Origin,
    members: Members,
) -> Row:
    """For `provider_adjustments`."""
    practice, _, *source = _segments(origin, number, one.source)
    return (
        practice,
        number,
        remittance,
        *source,
        origin.known_on,
        *identity,
        one.provider_id,
        one.fiscal_period,
        one.reason,
        members.reference(one.reference),
        in_cents(one.amount),
    )


def reject_row(problem: Problem, number: int, practice: str, file_id: int) -> Row:
    """For `rejects`."""
    return (
        practice,
        number,
        file_id,
        str(problem.severity),
        problem.message,
        problem.segment,
        problem.segment_id,
        problem.row,
        problem.field,
        problem.claim_id,
    )
