"""The few bulk queries, each as of a day: columns out of the store, no objects."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from claims.answers import Answer
from claims.claim import Source, Submission
from claims.store import bulk
from claims.store.answered import (
    CLAIM_PAYMENTS,
    PAYMENT_CONTENTS,
    REMITTANCES,
)
from claims.store.bulk import Columns
from claims.store.outcomes import LINES_A_CLAIM
from claims.store.received import FILES
from claims.store.sent import (
    AUTHORIZATIONS,
    BENEFITS,
    LINES,
    NOTES,
    SUBMISSION_CONTENTS,
    SUBMISSIONS,
)
from claims.store.stored import ClaimReader, answer, build


class Sending(NamedTuple):
    """A stored submission."""

    submission_id: int
    known_on: date
    submission: Submission
    member_key: str
    person_key: str
    """Of who was treated under the member's coverage."""


def _same(one: Table, other: Table, *columns: str) -> Any:
    return and_(
        one.c.practice_id == other.c.practice_id,
        *(one.c[column] == other.c[column] for column in columns),
    )


LINE_KEY = ("submission_id", "position")
HEAD_COLUMNS = [
    "submission_id",
    "known_on",
    "submitted",
    "claim_id",
    "sequence",
    "frequency_code",
    "payer_id",
    "payer_name",
    "filing_indicator",
    "insurance_type",
    "plan",
    "member_key",
    "person_key",
    "billing_npi",
    "rendering_npi",
    "rendering_taxonomy",
    "place_of_service",
    "diagnoses",
    "service_from",
    "service_to",
    "line_count",
    "charge_cents",
    "digest",
]
LINE_COLUMNS = [
    "submission_id",
    "position",
    "line",
    "procedure",
    "modifiers",
    "units",
    "unit",
    "place_of_service",
    "diagnosis_pointers",
    "service_from",
    "service_to",
    "line_id",
    "authorization_number",
    "rendering_npi",
    "charge_cents",
]


def _column(table: Table, name: str) -> ColumnElement[Any]:
    """A column by the name that arrays have: money says there that it is in cents."""
    if name.endswith("_cents"):
        return table.c[name.removesuffix("_cents")].label(name)
    return table.c[name]


def submissions(
    connection: Connection, practice: str, known_by: date, names: Sequence[str] = HEAD_COLUMNS
) -> Columns:
    """A row a submission that was known by the day, by its number."""
    table = SUBMISSIONS
    query = (
        select(*(_column(table, name) for name in names))
        .where(table.c.practice_id == practice, table.c.known_on <= known_by)
        .order_by(table.c.submission_id)
    )
    return bulk.columns(connection, query)


def lines(
    connection: Connection, practice: str, known_by: date, names: Sequence[str] | None = None
) -> Columns:
    """A row a service line, by submission and place, with what its submission says beside it.

    Its `key` (int64) is unique and rising, and the same as that of `outcomes`. The submission's
    columns have their own names, with `claim_` before those that a line has too. names: only
    these columns, beside `key`, `submission_id` and `position`.
    """
    wanted = [name for name in LINE_COLUMNS if names is None or name in names]
    of_claim = {
        (f"claim_{name}" if name in LINE_COLUMNS else name): name for name in HEAD_COLUMNS[1:]
    }
    of_claim = {name: own for name, own in of_claim.items() if names is None or name in names}
    if names is not None and (unknown := set(names) - {*wanted, *of_claim, *LINE_KEY, "key"}):
        raise ValueError(f"no such columns of lines: {', '.join(sorted(unknown))}")
    heads = submissions(connection, practice, known_by, ["submission_id", *of_claim.values()])
    table = LINES
    picked = dict.fromkeys([*LINE_KEY, *wanted])
    query = (
        select(*(_column(table, name) for name in picked))
        .where(table.c.practice_id == practice)
        .order_by(table.c.submission_id, table.c.position)
    )
    found = bulk.columns(connection, query)
    ids = heads["submission_id"]
    at = np.searchsorted(ids, found["submission_id"])
    known = np.isin(found["submission_id"], ids)
    found = {name: values[known] for name, values in found.items()}
    for name, own in of_claim.items():
        found[name] = heads[own][at[known]]
    found["key"] = found["submission_id"] * LINES_A_CLAIM + found["position"]
    return found


def sendings(
    connection: Connection,
    practice: str,
    known_by: date,
    since: date | None,
    at_once: int,
    members: Collection[str] | None,
) -> Iterator[list[Sending]]:
    """Stored submissions as domain values, in the order in which they were sent.

    members: keys of the members whose claims are wanted; None for everybody's.
    """
    head, body, file = SUBMISSIONS, SUBMISSION_CONTENTS, FILES
    query = (
        select(
            head.c.submission_id,
            head.c.known_on,
            head.c.member_key,
            head.c.person_key,
            head.c.submitted,
            head.c.position,
            head.c.interchange,
            head.c.transaction_number,
            head.c.first_segment,
            head.c.last_segment,
            file.c.name,
            file.c.digest,
            body.c.content,
        )
        .join(body, _same(head, body, "submission_id"))
        .join(file, _same(head, file, "file_id"))
        .where(head.c.practice_id == practice, head.c.known_on <= known_by)
        .order_by(head.c.submitted, head.c.submission_id)
    )
    if since is not None:
        query = query.where(head.c.submitted >= since)
    if members is not None:
        query = query.where(bulk.among(connection, head.c.member_key, members))
    rows = connection.execution_options(yield_per=at_once).execute(query)
    reader = ClaimReader()
    for some in rows.partitions():
        yield [_sending(reader, *tuple(row)) for row in some]


def _sending(
    reader: ClaimReader,
    submission_id: int,
    known_on: date,
    member: str,
    person: str,
    submitted: date,
    position: int,
    interchange: str,
    transaction: str,
    first_segment: int | None,
    last_segment: int | None,
    file: str,
    digest: str,
    content: str,
) -> Sending:
    source = build(
        Source,
        {
            "file": file,
            "digest": digest,
            "position": position,
            "interchange": interchange,
            "transaction": transaction,
            "first_segment": first_segment,
            "last_segment": last_segment,
        },
    )
    claim = reader.read(content)
    submission = build(Submission, {"claim": claim, "submitted": submitted, "source": source})
    return Sending(submission_id, known_on, submission, member, person)


def notes_since(connection: Connection, practice: str, known_by: date) -> dict[str, date]:
    """By payer id: the first day on which a note for one of its claims was known."""
    note, sent = NOTES, SUBMISSIONS
    first: dict[str, date] = {}
    for joined in (
        _same(note, sent, "claim_id"),
        and_(
            _same(note, sent, "member_key"),
            note.c.claim_id.is_(None),
            note.c.date_of_service.between(sent.c.service_from, sent.c.service_to),
        ),
    ):
        query = (
            select(sent.c.payer_id, func.min(note.c.known_on))
            .select_from(note)
            .join(sent, joined)
            .where(
                note.c.practice_id == practice,
                note.c.known_on <= known_by,
                sent.c.known_on <= known_by,
            )
            .group_by(sent.c.payer_id)
        )
        for payer, day in connection.execute(query):
            first[payer] = min(day, first.get(payer, day))
    return first


class Received(NamedTuple):
    """A stored claim payment."""

    payment_id: int
    known_on: date
    member_key: str | None
    answer: Answer


def answers(
    connection: Connection, practice: str, known_by: date, members: Collection[str] | None
) -> Iterator[Received]:
    """What is to be heeded of claim payments, in the order in which the practice had them.

    members: keys of the members whose payments are wanted; None for everybody's.
    """
    head, body, remittance = CLAIM_PAYMENTS, PAYMENT_CONTENTS, REMITTANCES
    query = (
        select(
            head.c.payment_id,
            head.c.known_on,
            head.c.member_key,
            head.c.payer_id,
            remittance.c.paid_on,
            body.c.content,
        )
        .join(body, _same(head, body, "payment_id"))
        .outerjoin(remittance, _same(head, remittance, "remittance_id"))
        .where(head.c.practice_id == practice, head.c.known_on <= known_by)
        .order_by(head.c.known_on, head.c.payment_id)
    )
    if members is not None:
        query = query.where(bulk.among(connection, head.c.member_key, members))
    for number, known_on, member, payer, paid_on, content in connection.execute(query):
        yield Received(number, known_on, member, answer(payer, paid_on, content))


FACTS = (SUBMISSIONS, NOTES, AUTHORIZATIONS, BENEFITS, REMITTANCES, CLAIM_PAYMENTS)
"""Tables of facts with the day on which each was known, and the file that told it."""


def first_known(connection: Connection, practice: str) -> list[tuple[int, str]]:
    """Of each file: the first day on which any of its facts was known, and what it was."""
    first: dict[int, date] = {}
    for table in FACTS:
        query = (
            select(table.c.file_id, func.min(table.c.known_on))
            .where(table.c.practice_id == practice)
            .group_by(table.c.file_id)
        )
        for file, day in connection.execute(query):
            first[file] = min(day, first.get(file, day))
    files = select(FILES.c.file_id, FILES.c.digest, FILES.c.kept_at, FILES.c.read_with).where(
        FILES.c.practice_id == practice
    )
    return [
        (first[file].toordinal(), f"{file} {digest} {kept_at} {read_with}")
        for file, digest, kept_at, read_with in connection.execute(files)
        if file in first
    ]


def newest_known_day(connection: Connection, practice: str, tables: Sequence[Table]) -> date | None:
    """The last day on which something in these tables became known."""
    days = []
    for table in tables:
        query = select(func.max(table.c.known_on)).where(table.c.practice_id == practice)
        day = connection.execute(query).scalar()
        if day is not None:
            days.append(day)
    return max(days, default=None)
