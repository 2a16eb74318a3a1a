"""What one file holds, written within one transaction: only what the store has not."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Table, select

from claims.authorization import Authorization, Benefit
from claims.claim import Submission
from claims.files import Item
from claims.note import Note
from claims.outcome import outcome
from claims.problem import Problem, Severity
from claims.record import Record
from claims.remittance import ClaimPayment, ProviderAdjustment, Remittance
from claims.store import answered, bulk, received, rows, sent
from claims.store.bulk import Row
from claims.store.linking import Links, Unmatched
from claims.store.members import Members
from claims.store.rows import Origin

AT_ONCE = 2000
"""Records held in memory before they are written."""
KINDS: dict[type, str] = {
    Submission: "claims",
    Remittance: "remittances",
    ClaimPayment: "remittances",
    ProviderAdjustment: "remittances",
    Note: "notes",
    Authorization: "authorizations",
    Benefit: "benefits",
}
NUL = "\\u0000"
RECORD = TypeVar("RECORD", bound=Record)


class _Fresh(NamedTuple):
    """A record that the store did not have."""

    record: Any
    place: int
    content: str
    digest: str
    occurrence: int


class FileWriter:
    """Takes a file's records one by one and writes them in bulk."""

    def __init__(
        self, connection: Connection, origin: Origin, file: str, dated: bool, members: Members
    ) -> None:
        self.connection = connection
        self.origin = origin
        self.file = file
        self.dated = dated
        """Whether the file tells its day; where not, a record's own day counts."""
        self.members = members
        self.added: dict[str, int] = {}
        self.repeated = 0
        self.problems: list[Problem] = []
        self.kinds: set[str] = set()
        self.links = Links(connection, origin.practice)
        self._next: dict[str, int] = {}
        self._places: dict[type, int] = {}
        self._waiting: dict[type, list[tuple[Any, int]]] = {}
        self._held = 0
        self._remittance: tuple[Remittance, int] | None = None
        self._occurrences: dict[tuple[int | None, str], int] = {}

    def take(self, item: Item) -> None:
        """Takes one record or problem, in the file's order."""
        if isinstance(item, Problem):
            self.problems.append(item)
            return
        kind = type(item)
        self.kinds.add(KINDS[kind])
        place = self._places[kind] = self._places.get(kind, 0) + 1
        if isinstance(item, Remittance):
            # What waits belongs to the remittance before; what follows, to this one.
            self.flush()
            self._write_remittance(item)
            return
        self._waiting.setdefault(kind, []).append((item, place))
        self._held += 1
        if self._held >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        waiting, self._waiting, self._held = self._waiting, {}, 0
        for kind, records in waiting.items():
            WRITERS[kind](self, records)

    def finish(self) -> list[Unmatched]:
        """Writes the rest and matches what is new; returns this file's unmatched payments."""
        self.flush()
        self._remittance = None
        practice, file_id = self.origin.practice, self.origin.file_id
        first = self._number(received.REJECTS, len(self.problems))
        bulk.insert(
            self.connection,
            received.REJECTS,
            [
                rows.reject_row(problem, number, practice, file_id)
                for number, problem in enumerate(self.problems, start=first)
            ],
        )
        self.links.write()
        return self.links.unmatched(file_id)

    def policy(self, name: str, text: str) -> None:
        """Keeps a policy file."""
        number = self._number(received.POLICY_FILES, 1)
        origin = self.origin
        row = (origin.practice, number, origin.file_id, 1, origin.known_on, name, text)
        self.kinds.add("policies")
        self._insert(received.POLICY_FILES, [row])

    def _number(self, table: Table, count: int) -> int:
        """The first of `count` numbers for new rows."""
        if table.name not in self._next:
            self._next[table.name] = rows.next_number(self.connection, table, self.origin.practice)
        first = self._next[table.name]
        self._next[table.name] += count
        return first

    def _insert(self, table: Table, new: Sequence[Row]) -> None:
        bulk.insert(self.connection, table, new)
        self.added[table.name] = self.added.get(table.name, 0) + len(new)

    def _storable(self, record: Record, place: int, content: str) -> bool:
        """Whether PostgreSQL takes it: it has no text with a NUL; if not, a problem says so."""
        if NUL not in content:
            return True
        kind = KINDS[type(record)]
        self.problems.append(
            Problem(
                file=self.file,
                severity=Severity.ERROR,
                message=f"a NUL character stands in record {place} of the {kind}; left out",
                segment=getattr(getattr(record, "source", None), "first_segment", None),
            )
        )
        return False

    def _fresh(
        self,
        table: Table,
        records: Sequence[tuple[Record, int]],
        content_of: Callable[[Any], str] = rows.as_json,
    ) -> list[_Fresh]:
        """The records that the store does not have, each once."""
        described = [
            _Fresh(record, place, content, rows.digest(content), 1)
            for record, place in records
            if self._storable(record, place, content := content_of(record))
        ]
        known: set[str] = set()
        for some in bulk.chunks([one.digest for one in described]):
            query = select(table.c.digest).where(
                table.c.practice_id == self.origin.practice, table.c.digest.in_(some)
            )
            known.update(self.connection.execute(query).scalars())
        fresh = []
        for one in described:
            if one.digest in known:
                self.repeated += 1
            else:
                known.add(one.digest)
                fresh.append(one)
        return fresh

    def _fresh_of_remittance(
        self, table: Table, records: Sequence[tuple[Record, int]], remittance: int | None
    ) -> list[_Fresh]:
        """The same for what belongs to a remittance, where the same content may come twice."""
        described = []
        for record, place in records:
            content = rows.as_json(record)
            if self._storable(record, place, content):
                key = remittance, rows.digest(content)
                self._occurrences[key] = self._occurrences.get(key, 0) + 1
                described.append(_Fresh(record, place, content, key[1], self._occurrences[key]))
        known: set[tuple[str, int]] = set()
        belongs = (
            table.c.remittance_id.is_(None)
            if remittance is None
            else table.c.remittance_id == remittance
        )
        for some in bulk.chunks([one.digest for one in described]):
            query = select(table.c.digest, table.c.occurrence).where(
                table.c.practice_id == self.origin.practice, belongs, table.c.digest.in_(some)
            )
            known.update(tuple(row) for row in self.connection.execute(query))
        fresh = [one for one in described if (one.digest, one.occurrence) not in known]
        self.repeated += len(described) - len(fresh)
        return fresh

    def _write_submissions(self, records: Sequence[tuple[Submission, int]]) -> None:
        fresh = self._fresh(sent.SUBMISSIONS, records, lambda one: rows.as_json(one.claim))
        practice = self.origin.practice
        first = self._number(sent.SUBMISSIONS, len(fresh))
        heads, contents, lines = [], [], []
        for number, one in enumerate(fresh, start=first):
            origin = self.origin
            if not self.dated and one.record.submitted:
                origin = origin._replace(known_on=one.record.submitted)
            heads.append(rows.submission_row(one.record, one.digest, number, origin, self.members))
            contents.append((practice, number, one.content))
            lines += rows.line_rows(one.record.claim, number, practice)
        self._insert(sent.SUBMISSIONS, heads)
        bulk.insert(self.connection, sent.SUBMISSION_CONTENTS, contents)
        self._insert(sent.LINES, lines)
        self.links.submissions_came(
            (one.record.claim.claim_id for one in fresh),
            (row[MEMBER_KEY] for row in heads),
        )

    def _write_notes(self, records: Sequence[tuple[Note, int]]) -> None:
        origin, table = self.origin, sent.NOTES
        known: dict[str, dict[str, tuple[int, Any]]] = {}
        """By note id and digest: the version, and the day it was signed or is about."""
        for some in bulk.chunks([note.id for note, _ in records]):
            query = select(table.c.note_id, table.c.digest, table.c.version, table.c.known_on)
            query = query.where(table.c.practice_id == origin.practice, table.c.note_id.in_(some))
            for note_id, identity, version, day in self.connection.execute(query):
                known.setdefault(note_id, {})[identity] = (version, day)
        fresh: list[Row] = []
        first = self._number(table, len(records))
        for note, place in records:
            content = rows.as_json(note)
            versions = known.setdefault(note.id, {})
            if rows.digest(content) in versions:
                self.repeated += 1
                continue
            if NUL in content and not self._storable(note, place, rows.as_json(_textless(note))):
                continue
            day = note.signed_on or note.date_of_service or origin.known_on
            if any(day <= other for _, other in versions.values()):
                # Changed, yet signed on the old day: nobody had it before its file came.
                day = max(day, origin.known_on)
            versions[rows.digest(content)] = (len(versions) + 1, day)
            fresh.append(
                rows.note_row(
                    note,
                    content,
                    first + len(fresh),
                    place,
                    len(versions),
                    origin._replace(known_on=day),
                    self.members.member(note.member_id),
                )
            )
        self._insert(table, fresh)

    def _write_authorizations(self, records: Sequence[tuple[Authorization, int]]) -> None:
        fresh = self._fresh(sent.AUTHORIZATIONS, records)
        first = self._number(sent.AUTHORIZATIONS, len(fresh))
        self._insert(
            sent.AUTHORIZATIONS,
            [
                rows.authorization_row(
                    one.record, one.content, number, one.place, self.origin, self.members
                )
                for number, one in enumerate(fresh, start=first)
            ],
        )

    def _write_benefits(self, records: Sequence[tuple[Benefit, int]]) -> None:
        fresh = self._fresh(sent.BENEFITS, records)
        first = self._number(sent.BENEFITS, len(fresh))
        new = []
        for number, one in enumerate(fresh, start=first):
            origin = self.origin
            if not self.dated:
                origin = origin._replace(known_on=one.record.as_of)
            new.append(
                rows.benefit_row(one.record, one.content, number, one.place, origin, self.members)
            )
        self._insert(sent.BENEFITS, new)

    def _write_remittance(self, one: Remittance) -> None:
        table, content = answered.REMITTANCES, rows.as_json(one)
        self._remittance = None
        if not self._storable(one, one.source.position, content):
            return
        query = select(table.c.remittance_id).where(
            table.c.practice_id == self.origin.practice, table.c.digest == rows.digest(content)
        )
        number = self.connection.execute(query).scalar()
        if number is None:
            number = self._number(table, 1)
            self._insert(
                table, [rows.remittance_row(one, rows.digest(content), number, self.origin)]
            )
        else:
            self.repeated += 1
        self._remittance = one, number

    def _remittance_of(self, record: ClaimPayment | ProviderAdjustment) -> tuple[int | None, str]:
        """Number and payer of the remittance that a record came in, where it could be read."""
        if self._remittance is None:
            return None, ""
        remittance, number = self._remittance
        mine, theirs = record.source, remittance.source
        if (mine.interchange, mine.transaction) != (theirs.interchange, theirs.transaction):
            return None, ""
        return number, remittance.payer.payer_id

    def _by_remittance(
        self, records: Sequence[tuple[Any, int]]
    ) -> Iterator[tuple[tuple[int | None, str], list[tuple[Any, int]]]]:
        grouped: dict[tuple[int | None, str], list[tuple[Any, int]]] = {}
        for record in records:
            grouped.setdefault(self._remittance_of(record[0]), []).append(record)
        yield from grouped.items()

    def _write_payments(self, records: Sequence[tuple[ClaimPayment, int]]) -> None:
        table, practice = answered.CLAIM_PAYMENTS, self.origin.practice
        for remittance, some in self._by_remittance(records):
            fresh = self._fresh_of_remittance(table, some, remittance[0])
            first = self._number(table, len(fresh))
            heads, contents, lines = [], [], []
            for number, one in enumerate(fresh, start=first):
                judged = outcome(one.record)
                identity = one.digest, one.occurrence
                heads.append(
                    rows.payment_row(
                        one.record, judged, identity, number, remittance, self.origin, self.members
                    )
                )
                contents.append((practice, number, one.content))
                lines += rows.line_payment_rows(one.record, judged, number, practice)
            self._insert(table, heads)
            bulk.insert(self.connection, answered.PAYMENT_CONTENTS, contents)
            self._insert(answered.LINE_PAYMENTS, lines)
            self.links.payments_came(one.record.claim_id for one in fresh)

    def _write_provider_adjustments(
        self, records: Sequence[tuple[ProviderAdjustment, int]]
    ) -> None:
        table = answered.PROVIDER_ADJUSTMENTS
        for remittance, some in self._by_remittance(records):
            fresh = self._fresh_of_remittance(table, some, remittance[0])
            first = self._number(table, len(fresh))
            self._insert(
                table,
                [
                    rows.provider_adjustment_row(
                        one.record,
                        (one.digest, one.occurrence),
                        number,
                        remittance[0],
                        self.origin,
                        self.members,
                    )
                    for number, one in enumerate(fresh, start=first)
                ],
            )


def _textless(note: Note) -> Note:
    """The note's other fields; its text is kept to the character, in JSON, whatever it holds."""
    return note.replace(text="")


MEMBER_KEY = [column.name for column in sent.SUBMISSIONS.columns].index("member_key")
WRITERS: dict[type, Callable[[FileWriter, Any], None]] = {
    Submission: FileWriter._write_submissions,
    Note: FileWriter._write_notes,
    Authorization: FileWriter._write_authorizations,
    Benefit: FileWriter._write_benefits,
    ClaimPayment: FileWriter._write_payments,
    ProviderAdjustment: FileWriter._write_provider_adjustments,
}
