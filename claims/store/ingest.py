"""Files into the store: each one whole or not at all, and nothing twice."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from sqlalchemy import Connection, Table, delete, select, update

from claims.clock import now, today
from claims.files import HEAD, UNREADABLE, Kind, day_in_name, kind_of, read
from claims.policies.files import parse
from claims.problem import ClaimwrightError, Problem, Severity
from claims.store import answered, bulk, received, rows, sent
from claims.store.linking import Unmatched
from claims.store.members import Members
from claims.store.rows import Origin
from claims.store.writer import FileWriter
from claims.x12.fields import parse_day
from claims.x12.reader import group_day

READING = 1
"""Version of what is made of a file. Raise it where files should be read again."""
PART = 1 << 20
FROM_FILES: tuple[Table, ...] = (
    answered.LINE_MATCHES,
    answered.CLAIM_MATCHES,
    answered.LINE_PAYMENTS,
    answered.PAYMENT_CONTENTS,
    answered.CLAIM_PAYMENTS,
    answered.PROVIDER_ADJUSTMENTS,
    answered.REMITTANCES,
    sent.LINES,
    sent.SUBMISSION_CONTENTS,
    sent.SUBMISSIONS,
    sent.NOTES,
    sent.AUTHORIZATIONS,
    sent.BENEFITS,
    received.POLICY_FILES,
    received.REJECTS,
)
"""What can be made again from the files, in an order in which it may go."""


@dataclass
class FileReport:
    """What became of one file."""

    name: str
    known_on: date
    kind: str = "nothing"
    already_known: bool = False
    """The same bytes were received before; nothing was read."""
    added: dict[str, int] = field(default_factory=dict)
    """New rows by table."""
    repeated: int = 0
    """Records that the store had already, from this or another file."""
    unmatched: list[Unmatched] = field(default_factory=list)
    """Claim payments that answer nothing the practice sent."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def bad_records(self) -> int:
        """How many things in it could not be read; warnings are not counted."""
        return sum(one.severity is Severity.ERROR for one in self.problems)


def known_day(content: BinaryIO, name: str, given: date | None) -> tuple[date, str]:
    """The day on which the practice had a file, and how it was found; never the file's mtime."""
    if given:
        return given, "received"
    named = day_in_name(name)
    if named:
        return named, "name"
    group = parse_day(group_day(content))
    content.seek(0)
    return (group, "group") if group else (today(), "today")


class Ingestion:
    """Takes files into one practice's part of the store."""

    def __init__(
        self,
        connection: Connection,
        practice: str,
        members: Members,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        self.connection = connection
        self.practice = practice
        self.members = members
        self.columns = columns or {}
        """The practice's own names of columns, and the fields that they hold."""

    def take(self, path: Path, given: date | None) -> FileReport:
        """Reads a file into the store, within the connection's transaction.

        given: the day on which it was received, where somebody says so.
        Raises ClaimwrightError where it cannot be opened.
        """
        try:
            with path.open("rb") as content:
                digest, size = _digest(content)
                known = self._file(digest)
                if known is not None:
                    return self._again_unread(known, path.name)
                kind = _kind(content, self.columns)
                if kind in UNREADABLE and kind is not Kind.POLICIES:
                    problem = Problem(
                        file=path.name, severity=Severity.ERROR, message=UNREADABLE[kind]
                    )
                    return FileReport(path.name, given or today(), problems=[problem])
                day, how = known_day(content, path.name, given)
                file_id = rows.next_number(self.connection, received.FILES, self.practice)
                row = (self.practice, file_id, digest, path.name, "nothing", day, how, given)
                bulk.insert(
                    self.connection,
                    received.FILES,
                    [(*row, size, now().isoformat(timespec="seconds"), READING)],
                )
                self._keep(content, file_id)
                content.seek(0)
                return self._read(content, path.name, file_id, day, how)
        except OSError as error:
            raise ClaimwrightError(f"{path.name} cannot be read: {error.strerror}") from None

    def rebuild(self) -> Iterator[FileReport]:
        """Makes everything anew from the kept files, in the order in which they became known."""
        for table in FROM_FILES:
            self.connection.execute(delete(table).where(table.c.practice_id == self.practice))
        files = received.FILES
        # As if they had come now: who keeps what was read of them must ask again (`Store.state`).
        self.connection.execute(
            update(files)
            .where(files.c.practice_id == self.practice)
            .values(kept_at=now().isoformat(timespec="microseconds"))
        )
        query = (
            select(files.c.file_id, files.c.name, files.c.known_on, files.c.known_by)
            .where(files.c.practice_id == self.practice)
            .order_by(files.c.known_on, files.c.file_id)
        )
        for file_id, name, day, how in self.connection.execute(query).all():
            with SpooledTemporaryFile(max_size=64 * PART) as content:
                for part in self.parts(file_id):
                    content.write(part)
                content.seek(0)
                yield self._read(cast(BinaryIO, content), name, file_id, day, how)

    def parts(self, file_id: int) -> Iterator[bytes]:
        """A kept file's bytes."""
        table = received.FILE_PARTS
        place = 1
        while True:
            packed = self.connection.execute(
                select(table.c.content).where(
                    table.c.practice_id == self.practice,
                    table.c.file_id == file_id,
                    table.c.part == place,
                )
            ).scalar()
            if packed is None:
                return
            yield zlib.decompress(packed)
            place += 1

    def set_day(self, path: Path, given: date) -> None:
        """Corrects the day on which a file that is kept already was received."""
        with path.open("rb") as content:
            digest, _ = _digest(content)
        table = received.FILES
        self.connection.execute(
            update(table)
            .where(table.c.practice_id == self.practice, table.c.digest == digest)
            .values(known_on=given, known_by="received", received=given)
        )

    def _file(self, digest: str) -> tuple[int, str, date] | None:
        table = received.FILES
        found = self.connection.execute(
            select(table.c.file_id, table.c.kind, table.c.known_on).where(
                table.c.practice_id == self.practice, table.c.digest == digest
            )
        ).first()
        return None if found is None else (found[0], found[1], found[2])

    def _keep(self, content: BinaryIO, file_id: int) -> None:
        place = 1
        while part := content.read(PART):
            row = (self.practice, file_id, place, zlib.compress(part, 1))
            bulk.insert(self.connection, received.FILE_PARTS, [row])
            place += 1

    def _read(self, content: BinaryIO, name: str, file_id: int, day: date, how: str) -> FileReport:
        origin = Origin(self.practice, file_id, day)
        writer = FileWriter(self.connection, origin, name, how != "today", self.members)
        if _kind(content, self.columns) is Kind.POLICIES:
            _read_policy(content, name, writer)
        else:
            for item in read(content, name, self.columns):
                writer.take(item)
        unmatched = writer.finish()
        kind = "+".join(sorted(writer.kinds)) or "nothing"
        table = received.FILES
        self.connection.execute(
            update(table)
            .where(table.c.practice_id == self.practice, table.c.file_id == file_id)
            .values(kind=kind, read_with=READING, known_on=writer.origin.known_on)
        )
        return FileReport(
            name=name,
            known_on=writer.origin.known_on,
            kind=kind,
            added=writer.added,
            repeated=writer.repeated,
            unmatched=unmatched,
            problems=writer.problems,
        )

    def _again_unread(self, known: tuple[int, str, date], name: str) -> FileReport:
        """What is said of a file that is kept already: its problems are still there."""
        file_id, kind, day = known
        return FileReport(
            name=name, known_on=day, kind=kind, already_known=True, problems=self.problems(file_id)
        )

    def problems(self, file_id: int) -> list[Problem]:
        """What was wrong in a file."""
        table, files = received.REJECTS, received.FILES
        query = (
            select(
                files.c.name.label("file"),
                table.c.severity,
                table.c.message,
                table.c.segment,
                table.c.segment_id,
                table.c.row,
                table.c.field,
                table.c.claim_id,
            )
            .join(
                files,
                (files.c.practice_id == table.c.practice_id) & (files.c.file_id == table.c.file_id),
            )
            .where(table.c.practice_id == self.practice, table.c.file_id == file_id)
            .order_by(table.c.reject_id)
        )
        return [Problem(**row) for row in self.connection.execute(query).mappings()]


def _read_policy(content: BinaryIO, name: str, writer: FileWriter) -> None:
    try:
        text = content.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "no policy file: expected YAML in UTF-8"
        writer.take(Problem(file=name, severity=Severity.ERROR, message=message))
        return
    policy, problems = parse(text, name, "announced")
    for problem in problems:
        writer.take(problem)
    if policy is None:
        return
    days = [rule.known for rule in policy.rules if rule.known]
    if days:
        # The rules' own days count; the file is there as soon as its first rule is.
        writer.origin = writer.origin._replace(known_on=min(days))
    writer.policy(name, text)


def _kind(content: BinaryIO, columns: Mapping[str, str]) -> Kind:
    head = content.read(HEAD)
    content.seek(0)
    return kind_of(head, columns)


def _digest(content: BinaryIO) -> tuple[str, int]:
    hashed, size = sha256(), 0
    while part := content.read(PART):
        hashed.update(part)
        size += len(part)
    content.seek(0)
    return hashed.hexdigest(), size
