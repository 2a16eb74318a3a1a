"""What one file holds, written within one transaction: only what the store has not."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Connection, Table, select, update

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


ANSWER = TypeVar("ANSWER", bound=ClaimPayment | ProviderAdjustment)


class _Described(NamedTuple, Generic[RECORD]):
    """A record and what makes it itself."""

    record: RECORD
    place: int
    """Among those of its kind in the file, from 1."""
    content: str
    digest: str


class _Answered(NamedTuple, Generic[ANSWER]):
    """A record of a remittance."""

    record: ANSWER
    remittance: int | None
    """The remittance's number; None where its header was unreadable."""
    payer_id: str
    identity: tuple[str, int]
    """Digest, and which of those of this digest in the remittance it is."""


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
        self._remittance: Remittance | None = None
        self._came_in: dict[int, Remittance | None] = {}
        """By identity of a waiting record: the remittance that it came in."""
        self._remittance_numbers: dict[int, tuple[Remittance, int]] = {}
        """By identity, which is theirs as long as they are held here."""
        self._new_remittances: set[int | None] = set()
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
            self._remittance = item
        self._waiting.setdefault(kind, []).append((item, place))
        if isinstance(item, ClaimPayment | ProviderAdjustment):
            self._came_in[id(item)] = self._remittance_of(item)
        self._held += 1
        if self._held >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        waiting, self._waiting, self._held = self._waiting, {}, 0
        for kind, write in WRITERS.items():
            if kind in waiting:
                write(self, waiting[kind])
        self._came_in.clear()

    def finish(self) -> list[Unmatched]:
        """Writes the rest and matches what is new; returns this file's unmatched payments."""
        self.flush()
        practice, file_id = self.origin.practice, self.origin.file_id
        first = self._number(received.REJECTS, len(self.problems)) if self.problems else 1
        bulk.insert(
            self.connection,
            received.REJECTS,
            [
                rows.reject_row(problem, number, practice, file_id)
                for number, problem in enumerate(self.problems, start=first)
            ],
        )
        self.links.write()
        return self.links.unmatched(file_id) if ClaimPayment in self._places else []

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

    def _described(
        self,
        records: Iterable[tuple[RECORD, int]],
        content_of: Callable[[RECORD], str] = rows.as_json,
    ) -> list[_Described[RECORD]]:
        """The records that can be stored, with what makes each of them itself."""
        return [
            _Described(record, place, content, rows.digest(content))
            for record, place in records
            if self._storable(record, place, content := content_of(record))
        ]

    def _fresh(
        self, table: Table, described: Sequence[_Described[RECORD]]
    ) -> list[_Described[RECORD]]:
        """Those that the store does not have, each once."""
        query = select(table.c.digest, table.c.known_on).where(
            table.c.practice_id == self.origin.practice,
            bulk.among(self.connection, table.c.digest, [one.digest for one in described]),
        )
        known = {digest: day for digest, day in self.connection.execute(query)}  # noqa: C416
        self._known_earlier(table, [digest for digest, day in known.items() if self._before(day)])
        fresh = []
        for one in described:
            if one.digest in known:
                self.repeated += 1
            else:
                known[one.digest] = self.origin.known_on
                fresh.append(one)
        return fresh

    def _before(self, day: date) -> bool:
        """Whether this file tells of an earlier day on which something was known."""
        return self.dated and self.origin.known_on < day

    def _known_earlier(self, table: Table, digests: Sequence[str]) -> None:
        """An older file came after a newer one: the practice had these since then."""
        if digests and table is not sent.AUTHORIZATIONS:
            self.connection.execute(
                update(table)
                .where(
                    table.c.practice_id == self.origin.practice,
                    bulk.among(self.connection, table.c.digest, digests),
                )
                .values(known_on=self.origin.known_on)
            )

    def _fresh_of_remittances(
        self, table: Table, records: Sequence[tuple[ANSWER, int]]
    ) -> list[_Answered[ANSWER]]:
        """The same for what belongs to remittances, where the same content may come twice."""
        answers: list[_Answered[ANSWER]] = []
        for described in self._described(records):
            remittance = self._came_in[id(described.record)]
            number = self._remittance_numbers.get(id(remittance), (None, None))[1]
            key = number, described.digest
            self._occurrences[key] = occurrence = self._occurrences.get(key, 0) + 1
            payer = remittance.payer.payer_id if remittance else ""
            identity = described.digest, occurrence
            answers.append(_Answered(described.record, number, payer, identity))
        # A remittance that came only now cannot have given anything before.
        old = [
            answer.identity[0]
            for answer in answers
            if answer.remittance not in self._new_remittances
        ]
        query = select(
            table.c.remittance_id, table.c.digest, table.c.occurrence, table.c.known_on
        ).where(
            table.c.practice_id == self.origin.practice,
            bulk.among(self.connection, table.c.digest, old),
        )
        known = {tuple(row[:3]): row[3] for row in self.connection.execute(query)} if old else {}
        fresh = [answer for answer in answers if (answer.remittance, *answer.identity) not in known]
        self.repeated += len(answers) - len(fresh)
        earlier = [key[1] for key, day in known.items() if self._before(day)]
        if earlier:
            self._known_earlier(table, earlier)
            self.links.payments_came((), (getattr(one.record, "claim_id", "") for one in answers))
        return fresh

    def _write_submissions(self, records: Sequence[tuple[Submission, int]]) -> None:
        described = self._described(records, rows.claim_json)
        fresh = self._fresh(sent.SUBMISSIONS, described)
        practice = self.origin.practice
        first = self._number(sent.SUBMISSIONS, len(fresh))
        heads: list[Row] = []
        contents: list[Row] = []
        lines: list[Row] = []
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

    def _write_notes(self, came: Sequence[tuple[Note, int]]) -> None:
        origin, table = self.origin, sent.NOTES
        described = [(note, place, rows.as_json(note)) for note, place in came]
        records = [
            one
            for one in described
            if NUL not in one[2] or self._storable(*one[:2], rows.as_json(_textless(one[0])))
        ]
        known: dict[str, dict[str, tuple[int, Any]]] = {}
        """By note id and digest: the version, and the day it was signed or is about."""
        query = select(table.c.note_id, table.c.digest, table.c.version, table.c.known_on).where(
            table.c.practice_id == origin.practice,
            bulk.among(self.connection, table.c.note_id, [note.id for note, _, _ in records]),
        )
        for note_id, identity, version, day in self.connection.execute(query):
            known.setdefault(note_id, {})[identity] = (version, day)
        fresh: list[Row] = []
        first = self._number(table, len(records))
        for note, place, content in records:
            versions = known.setdefault(note.id, {})
            if rows.digest(content) in versions:
                self.repeated += 1
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
        fresh = self._fresh(sent.AUTHORIZATIONS, self._described(records))
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
        fresh = self._fresh(sent.BENEFITS, self._described(records))
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

    def _write_remittances(self, records: Sequence[tuple[Remittance, int]]) -> None:
        table = answered.REMITTANCES
        described = self._described(records)
        query = select(table.c.digest, table.c.remittance_id).where(
            table.c.practice_id == self.origin.practice,
            bulk.among(self.connection, table.c.digest, [one.digest for one in described]),
        )
        known = {identity: number for identity, number in self.connection.execute(query)}  # noqa: C416
        new = []
        for one in described:
            number = known.get(one.digest)
            if number is None:
                number = known[one.digest] = self._number(table, 1)
                self._new_remittances.add(number)
                new.append(rows.remittance_row(one.record, one.digest, number, self.origin))
            else:
                self.repeated += 1
            self._remittance_numbers[id(one.record)] = (one.record, number)
        self._insert(table, new)

    def _remittance_of(self, record: ClaimPayment | ProviderAdjustment) -> Remittance | None:
        """The remittance that a record came in, where its header could be read."""
        remittance = self._remittance
        if remittance is None:
            return None
        mine, theirs = record.source, remittance.source
        together = (mine.interchange, mine.transaction) == (theirs.interchange, theirs.transaction)
        return remittance if together else None

    def _write_payments(self, records: Sequence[tuple[ClaimPayment, int]]) -> None:
        table, practice = answered.CLAIM_PAYMENTS, self.origin.practice
        fresh = self._fresh_of_remittances(table, records)
        first = self._number(table, len(fresh))
        heads: list[Row] = []
        contents: list[Row] = []
        lines: list[Row] = []
        for number, one in enumerate(fresh, start=first):
            judged = outcome(one.record)
            heads.append(
                rows.payment_row(
                    one.record,
                    judged,
                    one.identity,
                    number,
                    (one.remittance, one.payer_id),
                    self.origin,
                    self.members,
                )
            )
            contents.append((practice, number, rows.as_json(one.record)))
            lines += rows.line_payment_rows(one.record, judged, number, practice)
        self._insert(table, heads)
        bulk.insert(self.connection, answered.PAYMENT_CONTENTS, contents)
        self._insert(answered.LINE_PAYMENTS, lines)
        self.links.payments_came(
            range(first, first + len(fresh)), (one.record.claim_id for one in fresh)
        )

    def _write_provider_adjustments(
        self, records: Sequence[tuple[ProviderAdjustment, int]]
    ) -> None:
        table = answered.PROVIDER_ADJUSTMENTS
        fresh = self._fresh_of_remittances(table, records)
        first = self._number(table, len(fresh))
        self._insert(
            table,
            [
                rows.provider_adjustment_row(
                    one.record, one.identity, number, one.remittance, self.origin, self.members
                )
                for number, one in enumerate(fresh, start=first)
            ],
        )


def _textless(note: Note) -> Note:
    """The note's other fields; its text is kept to the character, in JSON, whatever it holds."""
    return note.replace(text="")


MEMBER_KEY = [column.name for column in sent.SUBMISSIONS.columns].index("member_key")
# In the order in which they are written: a remittance before what belongs to it.
WRITERS: dict[type, Callable[[FileWriter, Any], None]] = {
    Submission: FileWriter._write_submissions,
    Remittance: FileWriter._write_remittances,
    Note: FileWriter._write_notes,
    Authorization: FileWriter._write_authorizations,
    Benefit: FileWriter._write_benefits,
    ClaimPayment: FileWriter._write_payments,
    ProviderAdjustment: FileWriter._write_provider_adjustments,
}
