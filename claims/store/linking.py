"""Payments matched to submissions in the store, for the claims that something new came of."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, delete, func, or_, select

from claims.matching import Match, Paid, PaidLine, Sent, SentLine, match_payments, match_strays
from claims.store import bulk
from claims.store.answered import (
    CLAIM_MATCHES,
    CLAIM_PAYMENTS,
    LINE_MATCHES,
    LINE_PAYMENTS,
)
from claims.store.sent import LINES, SUBMISSIONS

CLAIMS_AT_ONCE = 5000


class Unmatched(NamedTuple):
    """A claim payment that answers nothing the practice sent."""

    claim_id: str
    position: int
    """Its place among the claim payments of its file."""
    why: str


class Links:
    """Remembers what came, and then matches all of the claims concerned anew."""

    def __init__(self, connection: Connection, practice: str) -> None:
        self.connection = connection
        self.practice = practice
        self._claims: set[str] = set()
        self._members: set[str] = set()
        self._new: set[int] = set()

    def submissions_came(self, claim_ids: Iterable[str], members: Iterable[str]) -> None:
        """Submissions of these claims are new."""
        self._claims.update(claim_ids)
        self._members.update(members)

    def payments_came(self, payments: Iterable[int], claim_ids: Iterable[str]) -> None:
        """These payments, under these claim numbers, are new."""
        self._new.update(payments)
        self._claims.update(claim_ids)

    def write(self) -> None:
        """Matches every payment under a claim number that something new came of."""
        self._claims.update(self._strays_of_members())
        for claim_ids in bulk.chunks(sorted(self._claims), CLAIMS_AT_ONCE):
            paid = self._paid(claim_ids)
            if not paid:
                continue
            submissions = self._sent(SUBMISSIONS.c.claim_id, claim_ids)
            matches = match_payments(submissions, paid)
            numbers = {one.claim_id for one in submissions}
            strays = [one for one in paid if one.claim_id not in numbers]
            if strays:
                strayed = {one.payment_id for one in strays}
                matches = [one for one in matches if one.payment_id not in strayed]
                matches += self._match_strays(strays)
            self._write(matches)
        self._claims.clear()
        self._members.clear()
        self._new.clear()

    def unmatched(self, file_id: int) -> list[Unmatched]:
        """The file's claim payments without a submission."""
        query = (
            select(CLAIM_PAYMENTS.c.claim_id, CLAIM_PAYMENTS.c.position, CLAIM_MATCHES.c.how)
            .join(
                CLAIM_MATCHES,
                (CLAIM_MATCHES.c.practice_id == CLAIM_PAYMENTS.c.practice_id)
                & (CLAIM_MATCHES.c.payment_id == CLAIM_PAYMENTS.c.payment_id),
            )
            .where(
                CLAIM_PAYMENTS.c.practice_id == self.practice,
                CLAIM_PAYMENTS.c.file_id == file_id,
                CLAIM_MATCHES.c.submission_id.is_(None),
            )
            .order_by(CLAIM_PAYMENTS.c.position)
        )
        return [Unmatched(*row) for row in self.connection.execute(query)]

    def _rows(self, query: Select[Any], column: Any, values: Sequence[Any]) -> list[Any]:
        if not values:
            return []
        return list(
            self.connection.execute(query.where(bulk.among(self.connection, column, values)))
        )

    def _strays_of_members(self) -> set[str]:
        """Claim numbers of unmatched payments for members of whom submissions came."""
        if not self._members:
            return set()
        query = (
            select(
                CLAIM_PAYMENTS.c.claim_id,
                CLAIM_PAYMENTS.c.member_key,
                CLAIM_PAYMENTS.c.corrected_member_key,
            )
            .join(
                CLAIM_MATCHES,
                (CLAIM_MATCHES.c.practice_id == CLAIM_PAYMENTS.c.practice_id)
                & (CLAIM_MATCHES.c.payment_id == CLAIM_PAYMENTS.c.payment_id),
            )
            .where(
                CLAIM_PAYMENTS.c.practice_id == self.practice,
                CLAIM_MATCHES.c.submission_id.is_(None),
            )
        )
        return {
            claim_id
            for claim_id, *members in self.connection.execute(query)
            if not self._members.isdisjoint(members)
        }

    def _paid(self, claim_ids: Sequence[str]) -> list[Paid]:
        table = CLAIM_PAYMENTS
        heads = self._rows(
            select(
                table.c.payment_id,
                table.c.claim_id,
                table.c.status_code,
                table.c.frequency_code,
                table.c.payer_id,
                table.c.payer_claim_id,
                table.c.member_key,
                table.c.corrected_member_key,
                table.c.known_on,
                table.c.received_by_payer,
                table.c.charge,
            ).where(table.c.practice_id == self.practice),
            table.c.claim_id,
            claim_ids,
        )
        lines: dict[int, list[PaidLine]] = {}
        table = LINE_PAYMENTS
        query = (
            select(
                table.c.payment_id,
                table.c.position,
                table.c.procedure,
                table.c.procedure_submitted,
                table.c.modifiers,
                table.c.charge,
                table.c.units_paid,
                table.c.units_submitted,
                table.c.service_from,
                table.c.line_id,
            )
            .where(table.c.practice_id == self.practice)
            .order_by(table.c.payment_id, table.c.position)
        )
        for payment, place, judged, sent, modifiers, charge, units, asked, day, line in self._rows(
            query, table.c.payment_id, [head[0] for head in heads]
        ):
            lines.setdefault(payment, []).append(
                PaidLine(
                    position=place,
                    procedure=sent or judged,
                    modifiers=modifiers,
                    charge=charge,
                    units=units if asked is None else asked,
                    first=day,
                    line_id=line,
                )
            )
        return [
            Paid._make(
                (
                    *head[:6],
                    frozenset(filter(None, head[6:8])),
                    *head[8:],
                    tuple(lines.get(head[0], ())),
                )
            )
            for head in heads
        ]

    def _sent(self, column: Any, values: Sequence[Any]) -> list[Sent]:
        table = SUBMISSIONS
        heads = self._rows(
            select(
                table.c.submission_id,
                table.c.claim_id,
                table.c.sequence,
                table.c.frequency_code,
                table.c.payer_id,
                table.c.payer_claim_number,
                table.c.member_key,
                table.c.submitted,
                table.c.charge,
            ).where(table.c.practice_id == self.practice),
            column,
            values,
        )
        lines: dict[int, list[SentLine]] = {}
        table = LINES
        query = (
            select(
                table.c.submission_id,
                table.c.position,
                table.c.procedure,
                table.c.modifiers,
                table.c.charge,
                table.c.units,
                table.c.service_from,
                table.c.service_to,
                table.c.line_id,
            )
            .where(table.c.practice_id == self.practice)
            .order_by(table.c.submission_id, table.c.position)
        )
        for submission, *line in self._rows(
            query, table.c.submission_id, [head[0] for head in heads]
        ):
            lines.setdefault(submission, []).append(SentLine(*line))
        return [Sent._make((*head, tuple(lines.get(head[0], ())))) for head in heads]

    def _match_strays(self, strays: Sequence[Paid]) -> list[Match]:
        payer_numbers = sorted({one.payer_claim_id for one in strays if one.payer_claim_id})
        numbers: dict[str, int] = {}
        query = (
            select(CLAIM_PAYMENTS.c.payer_claim_id, CLAIM_MATCHES.c.submission_id)
            .join(
                CLAIM_MATCHES,
                (CLAIM_MATCHES.c.practice_id == CLAIM_PAYMENTS.c.practice_id)
                & (CLAIM_MATCHES.c.payment_id == CLAIM_PAYMENTS.c.payment_id),
            )
            .where(
                CLAIM_PAYMENTS.c.practice_id == self.practice,
                CLAIM_MATCHES.c.submission_id.is_not(None),
                or_(CLAIM_MATCHES.c.how == "claim_id", CLAIM_MATCHES.c.how == "member"),
            )
            .order_by(CLAIM_PAYMENTS.c.known_on, CLAIM_PAYMENTS.c.payment_id)
        )
        for number, submission in self._rows(query, CLAIM_PAYMENTS.c.payer_claim_id, payer_numbers):
            numbers.setdefault(number, submission)
        members = sorted({member for one in strays for member in one.members})
        candidates = {
            one.submission_id: one for one in self._sent(SUBMISSIONS.c.member_key, members)
        }
        named = sorted(set(numbers.values()) - candidates.keys())
        for one in self._sent(SUBMISSIONS.c.submission_id, named):
            candidates[one.submission_id] = one
        return match_strays(candidates.values(), strays, numbers, self._answered(candidates))

    def _answered(self, submissions: Iterable[int]) -> dict[int, date]:
        """By submission, the first day on which it was answered under its own number."""
        query = (
            select(CLAIM_MATCHES.c.submission_id, func.min(CLAIM_PAYMENTS.c.known_on))
            .join(
                CLAIM_PAYMENTS,
                (CLAIM_MATCHES.c.practice_id == CLAIM_PAYMENTS.c.practice_id)
                & (CLAIM_MATCHES.c.payment_id == CLAIM_PAYMENTS.c.payment_id),
            )
            .where(CLAIM_MATCHES.c.practice_id == self.practice, CLAIM_MATCHES.c.how == "claim_id")
            .group_by(CLAIM_MATCHES.c.submission_id)
        )
        found = self._rows(query, CLAIM_MATCHES.c.submission_id, list(submissions))
        return {submission: day for submission, day in found}  # noqa: C416

    def _write(self, matches: Sequence[Match]) -> None:
        before = [one.payment_id for one in matches if one.payment_id not in self._new]
        for table in (LINE_MATCHES, CLAIM_MATCHES) if before else ():
            self.connection.execute(
                delete(table).where(
                    table.c.practice_id == self.practice,
                    bulk.among(self.connection, table.c.payment_id, before),
                )
            )
        bulk.insert(
            self.connection,
            CLAIM_MATCHES,
            [(self.practice, one.payment_id, one.submission_id, one.how) for one in matches],
        )
        bulk.insert(
            self.connection,
            LINE_MATCHES,
            [
                (
                    self.practice,
                    one.payment_id,
                    line.position,
                    one.submission_id,
                    line.line_position,
                    line.how,
                )
                for one in matches
                for line in one.lines
            ],
        )
