"""What payers did, line by line: the first final adjudication of each, as of a day.

The tables are read one by one and joined here: several times faster than a join in SQLite, and
in PostgreSQL no matter of what its planner knows of tables that were filled a moment ago.
"""

import json
from datetime import date

import numpy as np
from sqlalchemy import Connection, case, select

from claims.outcome import LABELS
from claims.store import bulk
from claims.store.answered import CLAIM_PAYMENTS, LINE_MATCHES, LINE_PAYMENTS
from claims.store.bulk import Array, Columns
from claims.store.sent import SUBMISSIONS

LINES_A_CLAIM = 1 << 20
"""More than any claim has: a line's key is submission * this + position."""
FINAL = ("paid", "denied", "partially_denied", "patient_responsibility", "no_payment")
"""Outcomes that end an adjudication; the last one teaches nothing, yet what follows corrects it."""
LATER_PAYERS = ("2", "3", "20", "21")
"""CLP02 of what a secondary or tertiary payer judged."""
REVISIONS = ("6", "7", "8")
"""CLM05-3 of a claim that was adjudicated before."""


def outcomes(connection: Connection, practice: str, known_by: date) -> Columns:
    """The first final adjudication of each line by its primary payer, as known on the day.

    Never a correction of a final outcome, nor of a claim that was adjudicated before, nor a
    later payer's: what is final after a pending answer is the first (reference: labels.md).
    `label` (int8) is 1 denied, 0 not, -1 where a model may not learn from it. `allowed_cents`
    (float64) is what the payer states, else paid and the patient's share; NaN where it was
    denied and not stated. By `key`, as of `lines`.
    """
    found = _finals(connection, practice, known_by)
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


def _finals(connection: Connection, practice: str, known_by: date) -> Columns:
    """Every final answer of a primary payer to a line of an original claim."""
    match, line, claim, sent = LINE_MATCHES, LINE_PAYMENTS, CLAIM_PAYMENTS, SUBMISSIONS
    found = bulk.columns(
        connection,
        select(
            match.c.payment_id,
            match.c.position.label("judged"),
            match.c.submission_id,
            match.c.line_position.label("position"),
        ).where(match.c.practice_id == practice),
    )
    judged = bulk.columns(
        connection,
        select(
            line.c.payment_id,
            line.c.position,
            line.c.outcome,
            line.c.category,
            line.c.downcoded,
            line.c.paid.label("paid_cents"),
            line.c.allowed.label("allowed_cents"),
            # Where the payer states what it allows, nothing is to be reckoned from them.
            case((line.c.allowed.is_(None), line.c.adjustments)).label("adjustments"),
        )
        .where(line.c.practice_id == practice, line.c.outcome.in_(FINAL))
        .order_by(line.c.payment_id, line.c.position),
    )
    payments = bulk.columns(
        connection,
        select(claim.c.payment_id, claim.c.known_on)
        .where(
            claim.c.practice_id == practice,
            claim.c.known_on <= known_by,
            claim.c.status_code.not_in(LATER_PAYERS),
        )
        .order_by(claim.c.payment_id),
    )
    submissions = bulk.columns(
        connection,
        select(sent.c.submission_id, sent.c.claim_id, sent.c.submitted)
        .where(
            sent.c.practice_id == practice,
            sent.c.known_on <= known_by,
            sent.c.sequence == "P",
            sent.c.frequency_code.not_in(REVISIONS),
        )
        .order_by(sent.c.submission_id),
    )
    keys = judged.pop("payment_id") * LINES_A_CLAIM + judged.pop("position")
    found = _joined(found, found["payment_id"] * LINES_A_CLAIM + found.pop("judged"), keys, judged)
    found = _joined(found, found["payment_id"], payments.pop("payment_id"), payments)
    return _joined(found, found["submission_id"], submissions.pop("submission_id"), submissions)


def _joined(found: Columns, wanted: Array, keys: Array, values: Columns) -> Columns:
    """The rows whose wanted key is among `keys`, which rise, with the values that stand there."""
    if not len(keys):
        wanted = wanted[:0]
    place = np.searchsorted(keys, wanted)
    there = np.flatnonzero(keys[np.minimum(place, len(keys) - 1)] == wanted)
    picked = {name: column[there] for name, column in found.items()}
    return picked | {name: column[place[there]] for name, column in values.items()}


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
