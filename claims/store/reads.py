"""The few bulk queries, each as of a day: columns out of the store, no objects."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, Table, and_, case, func, select

from claims.answers import Answer
from claims.claim import Claim, Source, Submission
from claims.outcome import LABELS
from claims.remittance import ClaimPayment
from claims.store import bulk
from claims.store.answered import (
    CLAIM_PAYMENTS,
    LINE_MATCHES,
    LINE_PAYMENTS,
    PAYMENT_CONTENTS,
    REMITTANCES,
)
from claims.store.bulk import Array, Columns
from claims.store.received import FILES
from claims.store.sent import LINES, NOTES, SUBMISSION_CONTENTS, SUBMISSIONS

LINES_A_CLAIM = 1024
"""More than a claim may have (X12 allows 50): a line's key is submission * this + position."""
FINAL = ("paid", "denied", "partially_denied", "patient_responsibility", "no_payment")
"""Outcomes that end an adjudication; the last one teaches nothing, yet what follows corrects it."""
LATER_PAYERS = ("2", "3", "20", "21")
"""CLP02 of what a secondary or tertiary payer judged."""
REVISIONS = ("6", "7", "8")
"""CLM05-3 of a claim that was adjudicated before."""


class Sending(NamedTuple):
    """A stored submission."""

    submission_id: int
    known_on: date
    submission: Submission


def _joined(one: Table, other: Table, *columns: str) -> Any:
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


def scored_outcomes(scores: Columns, lines: Columns, outcomes: Columns) -> Columns:
    """How scores fared: a row a line that was scored before it was first adjudicated.

    Of several scores the last one given as of a day before the answer came. Lines that a model
    may not learn from are left out. scores: as `Store.read_scores` gives them; lines: with
    `digest` and `line`.
    """
    at = np.flatnonzero((scores["line"] > 0) & ~np.isnan(scores["risk"]))
    given = zip(scores["submission_digest"][at], scores["line"][at].tolist(), strict=True)
    by_line: dict[tuple[str, int], list[int]] = {}
    for place, key in zip(at.tolist(), given, strict=True):
        by_line.setdefault(key, []).append(place)
    rows = np.searchsorted(lines["key"], outcomes["key"])
    picked: list[tuple[int, int]] = []
    for place in np.flatnonzero(outcomes["label"] >= 0).tolist():
        row = rows[place]
        before = [
            score
            for score in by_line.get((lines["digest"][row], int(lines["line"][row])), ())
            if scores["as_of"][score] < outcomes["known_on"][place]
        ]
        if before:
            picked.append((before[-1], place))
    score = np.array([one for one, _ in picked], dtype=np.int64)
    outcome = np.array([one for _, one in picked], dtype=np.int64)
    return {
        **{name: scores[name][score] for name in ("risk", "as_of", "model", "model_version")},
        **{name: outcomes[name][outcome] for name in ("key", "label", "category", "known_on")},
    }


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


def outcomes(connection: Connection, practice: str, known_by: date) -> Columns:
    """The first final adjudication of each line by its primary payer, as known on the day.

    Never a correction of a final outcome, nor of a claim that was adjudicated before, nor a
    later payer's: what is final after a pending answer is the first (reference: labels.md).
    `label` (int8) is 1 denied, 0 not, -1 where a model may not learn from it. `allowed_cents`
    (float64) is what the payer states, else paid and the patient's share; NaN where it was
    denied and not stated. By `key`, as of `lines`.
    """
    match, line, claim, sent = LINE_MATCHES, LINE_PAYMENTS, CLAIM_PAYMENTS, SUBMISSIONS
    query = (
        select(
            match.c.submission_id,
            match.c.line_position.label("position"),
            match.c.payment_id,
            claim.c.known_on,
            sent.c.claim_id,
            sent.c.submitted,
            line.c.outcome,
            line.c.category,
            line.c.downcoded,
            line.c.paid.label("paid_cents"),
            line.c.allowed.label("allowed_cents"),
            # Where the payer states what it allows, nothing is to be reckoned from them.
            case((line.c.allowed.is_(None), line.c.adjustments)).label("adjustments"),
        )
        .join(line, _joined(match, line, "payment_id", "position"))
        .join(claim, _joined(match, claim, "payment_id"))
        .join(sent, _joined(match, sent, "submission_id"))
        .where(
            match.c.practice_id == practice,
            claim.c.known_on <= known_by,
            sent.c.known_on <= known_by,
            claim.c.status_code.not_in(LATER_PAYERS),
            sent.c.sequence == "P",
            sent.c.frequency_code.not_in(REVISIONS),
            line.c.outcome.in_(FINAL),
        )
    )
    found = bulk.columns(connection, query)
    key = found["submission_id"] * LINES_A_CLAIM + found["position"]
    order = np.lexsort((found["payment_id"], found["known_on"], key))
    found = {name: values[order] for name, values in found.items()} | {"key": key[order]}
    found["allowed_cents"] = _allowed(found)
    _join_pieces(found)
    _, first = np.unique(found["key"], return_index=True)
    found = {name: values[first] for name, values in found.items()}
    found = _without_corrections(found)
    del found["adjustments"], found["claim_id"], found["submitted"]
    found["label"] = np.array(
        [LABELS.get(outcome, -1) for outcome in found["outcome"]], dtype=np.int8
    )
    return found


def _allowed(found: Columns) -> Array:
    allowed = found["allowed_cents"].astype(np.float64)
    for at in np.flatnonzero(np.isnan(allowed)):
        if found["outcome"][at] in ("paid", "patient_responsibility"):
            allowed[at] = found["paid_cents"][at] + _patients(found["adjustments"][at])
    return allowed


def _patients(adjustments: str) -> int:
    """The patient's share, in cents, of adjustments as they are stored."""
    return sum(amount for group, _, amount in json.loads(adjustments) if group == "PR")


def _join_pieces(found: Columns) -> None:
    """A line that was judged in pieces: denied in part where a piece was denied and one was not."""
    same = (found["key"][1:] == found["key"][:-1]) & (
        found["payment_id"][1:] == found["payment_id"][:-1]
    )
    for at in np.flatnonzero(same)[::-1]:
        one, other = found["outcome"][at], found["outcome"][at + 1]
        denied = [LABELS.get(outcome) == 1 for outcome in (one, other)]
        if any(denied) and not (one == other == "denied"):
            found["outcome"][at] = "partially_denied"
        elif "paid" in (one, other):
            found["outcome"][at] = "paid"
        elif "patient_responsibility" in (one, other):
            found["outcome"][at] = "patient_responsibility"
        if not found["category"][at]:
            found["category"][at] = found["category"][at + 1]
        found["paid_cents"][at] += found["paid_cents"][at + 1]
        found["allowed_cents"][at] += found["allowed_cents"][at + 1]
        found["downcoded"][at] |= found["downcoded"][at + 1]


def _without_corrections(found: Columns) -> Columns:
    """Of several sendings of a claim, keeps the one that had a final answer first."""
    submission, first = np.unique(found["submission_id"], return_index=True)
    sendings: dict[str, list[int]] = {}
    for at, claim_id in enumerate(found["claim_id"][first]):
        sendings.setdefault(claim_id, []).append(at)
    corrections: list[int] = []
    for places in sendings.values():
        if len(places) > 1:
            ordered = sorted(
                places,
                key=lambda at: (
                    found["known_on"][found["submission_id"] == submission[at]].min(),
                    found["submitted"][first[at]],
                    submission[at],
                ),
            )
            corrections += [int(submission[at]) for at in ordered[1:]]
    if not corrections:
        return found
    keep = ~np.isin(found["submission_id"], corrections)
    return {name: values[keep] for name, values in found.items()}


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
        .join(body, _joined(head, body, "submission_id"))
        .join(file, _joined(head, file, "file_id"))
        .where(head.c.practice_id == practice, head.c.known_on <= known_by)
        .order_by(head.c.submitted, head.c.submission_id)
    )
    if since is not None:
        query = query.where(head.c.submitted >= since)
    if members is not None:
        query = query.where(bulk.among(connection, head.c.member_key, members))
    rows = connection.execution_options(yield_per=at_once).execute(query)
    for some in rows.partitions():
        yield [_sending(*row) for row in some]


def _sending(
    submission_id: int,
    known_on: date,
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
    source = Source(
        file=file,
        digest=digest,
        position=position,
        interchange=interchange,
        transaction=transaction,
        first_segment=first_segment,
        last_segment=last_segment,
    )
    claim = Claim.model_validate_json(content)
    return Sending(
        submission_id, known_on, Submission(claim=claim, submitted=submitted, source=source)
    )


def notes_since(connection: Connection, practice: str, known_by: date) -> dict[str, date]:
    """By payer id: the first day on which a note for one of its claims was known."""
    note, sent = NOTES, SUBMISSIONS
    first: dict[str, date] = {}
    for joined in (
        _joined(note, sent, "claim_id"),
        and_(
            _joined(note, sent, "member_key"),
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


def answers(
    connection: Connection, practice: str, known_by: date, members: Collection[str] | None
) -> Iterator[tuple[date, Answer]]:
    """Claim payments as domain values, with the day on which the practice had them.

    members: keys of the members whose payments are wanted; None for everybody's.
    """
    head, body, remittance = CLAIM_PAYMENTS, PAYMENT_CONTENTS, REMITTANCES
    query = (
        select(
            head.c.known_on, head.c.payer_id, remittance.c.paid_on, head.c.position, body.c.content
        )
        .join(body, _joined(head, body, "payment_id"))
        .outerjoin(remittance, _joined(head, remittance, "remittance_id"))
        .where(head.c.practice_id == practice, head.c.known_on <= known_by)
        .order_by(head.c.known_on, head.c.payment_id)
    )
    if members is not None:
        query = query.where(bulk.among(connection, head.c.member_key, members))
    for known_on, payer, paid_on, position, content in connection.execute(query):
        source = f',"source":{{"file":"","digest":"","position":{position}}}}}'
        payment = ClaimPayment.model_validate_json(content[:-1] + source)
        yield known_on, Answer(payer, paid_on, payment)


def newest_known_day(connection: Connection, practice: str, tables: Sequence[Table]) -> date | None:
    """The last day on which something in these tables became known."""
    days = []
    for table in tables:
        query = select(func.max(table.c.known_on)).where(table.c.practice_id == practice)
        day = connection.execute(query).scalar()
        if day is not None:
            days.append(day)
    return max(days, default=None)
