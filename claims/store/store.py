"""The store: one practice's claims, notes, payments and scores, and how they are asked for."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.exc import DBAPIError

from claims.answers import Answer
from claims.authorization import Authorization, Benefit
from claims.claim import Submission
from claims.clock import now
from claims.files import column_map
from claims.matching import Visit, Written, belongs
from claims.note import Note, NoteFacts
from claims.policies.files import PolicyFile, parse
from claims.problem import ClaimwrightError, Problem
from claims.store import bulk, outcomes, reads, rows
from claims.store.answered import CLAIM_PAYMENTS
from claims.store.bulk import Columns
from claims.store.engine import open_engine, take_stock, writing
from claims.store.ingest import FileReport, Ingestion
from claims.store.members import Members, key_at
from claims.store.reads import Received, Sending
from claims.store.received import FILES, POLICY_FILES, PRACTICES, REJECTS
from claims.store.sent import (
    AUTHORIZATIONS,
    BENEFITS,
    NOTE_FACTS,
    NOTES,
    SCORES,
    SUBMISSIONS,
)

FOREVER = date.max
FactsKey = tuple[str, str | None]
"""SHA-256 of a note's text, and the discipline that its reader is told."""


class LineScore(NamedTuple):
    """What was said of one line; `line` 0 is the claim as a whole."""

    submission: Submission
    line: int
    risk: float | None
    expected_loss: Decimal | None = None
    reasons: Mapping[str, float] = {}
    """Probability by category."""


def _kind(error: BaseException) -> str:
    return type(getattr(error, "orig", error)).__name__


class Store:
    """One practice's part of the database. `Store.open` is the one way to get it."""

    def __init__(
        self,
        engine: Engine,
        practice: str,
        members: Members,
        home: Path,
    ) -> None:
        self._engine = engine
        self.home = home
        """Where the practice keeps what stands beside its database."""
        self.practice = practice
        self.members = members
        self._filled = False
        self._columns = column_map(home)

    @classmethod
    def open(cls, url: str, practice: str, home: Path) -> "Store":
        """The store at a SQLAlchemy URL, its schema made or brought up to date.

        home: where the member key is kept, and the practice's own column names if it has some.
        Raises ClaimwrightError where the database cannot be opened, or was filled under another
        member key.
        """
        members = Members(key_at(home), practice)
        engine = open_engine(url)
        store = cls(engine, practice, members, home)
        try:
            store._check_key()
        except BaseException:
            engine.dispose()
            raise
        return store

    def close(self) -> None:
        """Lets go of the database; where files came in, its planner learns of them first."""
        if self._filled:
            take_stock(self._engine)
        self._engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with writing(self._engine) as connection:
            yield connection

    def _check_key(self) -> None:
        table = PRACTICES
        query = select(table.c.member_key_check).where(table.c.practice_id == self.practice)
        with self._reading() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            with self._writing() as connection:
                found = connection.execute(query).scalar()
                if found is None:
                    found = self.members.check
                    row = (self.practice, found, now().isoformat(timespec="seconds"))
                    bulk.insert(connection, table, [row])
        if found != self.members.check:
            raise ClaimwrightError(
                "the database was filled under another member key than that of this home folder; "
                "put member.key back from a backup, or use the home that belongs to it"
            )

    # What comes in.

    def ingest(self, path: Path, received: date | None = None) -> FileReport:
        """Takes in one file: whole or, where this is interrupted, not at all.

        received: the day on which the practice had it; where None, the file itself tells.
        Raises ClaimwrightError where it cannot be opened.
        """
        try:
            with self._writing() as connection:
                return self._ingestion(connection).take(path, received)
        except (DBAPIError, self._engine.dialect.loaded_dbapi.Error) as error:
            # The driver's own words may repeat a row, which is a patient's.
            raise ClaimwrightError(
                f"{path.name}: the database did not take it ({_kind(error)}); "
                "nothing of it was kept"
            ) from None

    def _ingestion(self, connection: Connection) -> Ingestion:
        return Ingestion(connection, self.practice, self.members, self._columns)

    def rebuild(
        self,
        days: Mapping[Path, date] | None = None,
        each: Callable[[FileReport], None] = lambda _: None,
    ) -> None:
        """Makes everything anew from the files as they were received; scores stay.

        days: files whose day of receipt was given wrongly before. each: told of every file.
        """
        with self._writing() as connection:
            ingestion = self._ingestion(connection)
            for path, day in (days or {}).items():
                ingestion.set_day(path, day)
            for report in ingestion.rebuild():
                each(report)

    def rejects(self) -> list[Problem]:
        """Everything that was wrong in the files, in the order in which they came."""
        query = (
            select(REJECTS.c.file_id)
            .where(REJECTS.c.practice_id == self.practice)
            .distinct()
            .order_by(REJECTS.c.file_id)
        )
        with self._reading() as connection:
            ingestion = Ingestion(connection, self.practice, self.members)
            files = connection.execute(query).scalars().all()
            return [problem for file in files for problem in ingestion.problems(file)]

    def files(self) -> Columns:
        """Every received file: number, name, kind, known_on, size."""
        names = ("file_id", "name", "kind", "known_on", "known_by", "size")
        query = (
            select(*(FILES.c[name] for name in names))
            .where(FILES.c.practice_id == self.practice)
            .order_by(FILES.c.file_id)
        )
        with self._reading() as connection:
            return bulk.columns(connection, query)

    def file_content(self, file_id: int) -> bytes:
        """A received file, byte for byte."""
        with self._reading() as connection:
            return b"".join(Ingestion(connection, self.practice, self.members).parts(file_id))

    def state(self) -> tuple[int, int, str]:
        """Tells what came in by now: another value once a file came, or all were read anew.

        What is kept between two questions is good as long as this stays the same.
        """
        query = select(
            func.count(), func.max(FILES.c.file_id), func.max(FILES.c.kept_at)
        ).where(FILES.c.practice_id == self.practice)  # fmt: skip
        with self._reading() as connection:
            count, newest, instant = connection.execute(query).one()
        return count, newest or 0, instant or ""

    def first_known(self) -> list[tuple[int, str]]:
        """Of each received file that holds facts: the first day on which any of them was known, as
        an ordinal, and what tells its content and reading from others."""
        with self._reading() as connection:
            return reads.first_known(connection, self.practice)

    # What is asked in bulk.

    def newest_known_day(self) -> date | None:
        """The last day on which the practice had anything new; None in an empty store."""
        with self._reading() as connection:
            return reads.newest_known_day(
                connection, self.practice, (SUBMISSIONS, CLAIM_PAYMENTS)
            ) or reads.newest_known_day(connection, self.practice, (NOTES,))

    def read_lines(self, known_by: date = FOREVER, names: Sequence[str] | None = None) -> Columns:
        """A row a service line sent by the day (`claims.store.reads.lines`).

        names: only these columns, which is quicker.
        """
        with self._reading() as connection:
            return reads.lines(connection, self.practice, known_by, names)

    def read_outcomes(self, known_by: date = FOREVER) -> Columns:
        """A row a line's first final adjudication by the day (`claims.store.outcomes`)."""
        with self._reading() as connection:
            return outcomes.outcomes(connection, self.practice, known_by)

    def read_submissions(
        self,
        known_by: date = FOREVER,
        since: date | None = None,
        at_once: int = 1000,
        members: Collection[str] | None = None,
    ) -> Iterator[list[Sending]]:
        """Submissions as domain values, by day sent, `at_once` at a time.

        since: only those sent on or after this day. members: only those of these member keys.
        """
        with self._reading() as connection:
            yield from reads.sendings(connection, self.practice, known_by, since, at_once, members)

    def answers(
        self, known_by: date = FOREVER, members: Collection[str] | None = None
    ) -> Iterator[tuple[date, Answer]]:
        """Every claim payment with the day on which the practice had it, in that order.

        members: only those of these member keys; then in that order for some hundreds at a time.
        """
        for one in self.received(known_by, members):
            yield one.known_on, one.answer

    def received(
        self, known_by: date = FOREVER, members: Collection[str] | None = None
    ) -> Iterator[Received]:
        """As `answers`, with the number and the member key of each."""
        with self._reading() as connection:
            yield from reads.answers(connection, self.practice, known_by, members)

    def authorizations(self, known_by: date = FOREVER) -> list[tuple[date, Authorization]]:
        """Every state of every authorization, with the day on which the practice had it."""
        table = AUTHORIZATIONS
        return [
            (day, Authorization.model_validate_json(content))
            for day, content in self._contents(table, table.c.authorization_id, known_by)
        ]

    def benefits(self, known_by: date = FOREVER) -> list[tuple[date, Benefit]]:
        """Every state of every benefit, with the day on which the practice had it."""
        return [
            (day, Benefit.model_validate_json(content))
            for day, content in self._contents(BENEFITS, BENEFITS.c.benefit_id, known_by)
        ]

    def policy_files(self, known_by: date = FOREVER) -> list[PolicyFile]:
        """What payers have announced: of files of one name the one that came last.

        Rules known only later are in it; a PolicyBook leaves them out by their own day.
        """
        table = POLICY_FILES
        query = (
            select(table.c.name, table.c.content)
            .where(table.c.practice_id == self.practice, table.c.known_on <= known_by)
            .order_by(table.c.policy_file_id)
        )
        with self._reading() as connection:
            newest: dict[str, str] = dict(map(tuple, connection.execute(query)))
        parsed = (parse(content, name, "announced")[0] for name, content in newest.items())
        return [file for file in parsed if file is not None]

    def _contents(self, table: Any, order: Any, known_by: date) -> list[tuple[date, str]]:
        query = (
            select(table.c.known_on, table.c.content)
            .where(table.c.practice_id == self.practice, table.c.known_on <= known_by)
            .order_by(table.c.known_on, order)
        )
        with self._reading() as connection:
            return [(day, content) for day, content in connection.execute(query)]

    # Notes and what was read in them.

    def notes_for(
        self, submissions: Sequence[Submission], known_by: date = FOREVER
    ) -> list[tuple[Note, ...]]:
        """The notes of each submission's visits, stored or not, in their newest version by the day.

        By the note's claim id where it has one, else by member, date and rendering provider
        (`claims.matching.belongs`); by date of service.
        """
        visits = [self._visit(one) for one in submissions]
        by_claim: dict[str, list[tuple[Written, Note]]] = {}
        by_visit: dict[tuple[str, date], list[tuple[Written, Note]]] = {}
        for written, note in self._notes_near(visits, known_by):
            if written.claim_id is not None:
                by_claim.setdefault(written.claim_id, []).append((written, note))
            elif written.member and written.day:
                by_visit.setdefault((written.member, written.day), []).append((written, note))
        found = []
        for visit in visits:
            near = list(by_claim.get(visit.claim_id, ()))
            for day in sorted(visit.days):
                near += by_visit.get((visit.member, day), ())
            own = [note for written, note in near if belongs(written, visit)]
            own.sort(key=lambda note: (note.date_of_service or date.min, note.id))
            found.append(tuple(own))
        return found

    def notes_before(
        self, submissions: Sequence[Submission], most: int, known_by: date = FOREVER
    ) -> list[tuple[tuple[int, str], ...]]:
        """The newest notes of each submission's member on days before its first service, at most
        `most` of them, the latest first, each in its newest version by the day.

        Their numbers (`notes_numbered`) and the digests of their texts.
        """
        visits = [self._visit(one) for one in submissions]
        table = NOTES
        query = select(
            table.c.note_row, table.c.note_id, table.c.version, table.c.member_key,
            table.c.date_of_service, table.c.text_digest,
        ).where(table.c.practice_id == self.practice, table.c.known_on <= known_by)  # fmt: skip
        last = max((max(visit.days) for visit in visits if visit.days), default=date.min)
        newest: dict[str, dict[str, tuple[int, date, int, str]]] = {}
        with self._reading() as connection:
            members = {visit.member for visit in visits}
            query = query.where(
                bulk.among(connection, table.c.member_key, members), table.c.date_of_service < last
            )
            for row, note, version, member, day, digest in connection.execute(query):
                own = newest.setdefault(member, {})
                if note not in own or own[note][0] < version:
                    own[note] = version, day, row, digest
        found = []
        for visit in visits:
            first = min(visit.days, default=date.min)
            earlier = [
                (day, note, row, digest)
                for note, (_, day, row, digest) in newest.get(visit.member, {}).items()
                if day < first
            ]
            earlier.sort(reverse=True)
            found.append(tuple((row, digest) for *_, row, digest in earlier[:most]))
        return found

    def notes_numbered(self, numbers: Iterable[int]) -> dict[int, Note]:
        """Notes by the numbers that `notes_before` gave."""
        table = NOTES
        with self._reading() as connection:
            query = select(table.c.note_row, table.c.content).where(
                table.c.practice_id == self.practice,
                bulk.among(connection, table.c.note_row, numbers),
            )
            return {
                row: Note.model_validate_json(content) for row, content in connection.execute(query)
            }

    def notes_since(self, known_by: date = FOREVER) -> dict[str, date]:
        """By payer: the first day on which the practice had a note for one of its claims."""
        with self._reading() as connection:
            return reads.notes_since(connection, self.practice, known_by)

    def _visit(self, submission: Submission) -> Visit:
        claim = submission.claim
        whole = claim.rendering or claim.billing
        providers = {(line.rendering or whole).npi for line in claim.lines}
        return Visit(
            claim_id=claim.claim_id,
            member=self.members.of_claim(claim)[0],
            days=frozenset(line.service_from for line in claim.lines),
            providers=frozenset(npi for npi in providers if npi),
        )

    def _notes_near(
        self, visits: Sequence[Visit], known_by: date
    ) -> Iterator[tuple[Written, Note]]:
        """Each note of these claims and members once, in its newest version."""
        table = NOTES
        base = select(
            table.c.note_id,
            table.c.version,
            table.c.claim_id,
            table.c.member_key,
            table.c.date_of_service,
            table.c.rendering_npi,
            table.c.content,
        ).where(table.c.practice_id == self.practice, table.c.known_on <= known_by)
        days = [day for visit in visits for day in visit.days]
        newest: dict[str, tuple[int, Written, str]] = {}
        with self._reading() as connection:
            for column, values, more in (
                (table.c.claim_id, {visit.claim_id for visit in visits}, ()),
                (
                    table.c.member_key,
                    {visit.member for visit in visits},
                    (
                        table.c.claim_id.is_(None),
                        table.c.date_of_service.between(min(days), max(days)),
                    )
                    if days
                    else (),
                ),
            ):
                query = base.where(bulk.among(connection, column, values), *more)
                for note_id, version, *written, content in connection.execute(query):
                    if note_id not in newest or newest[note_id][0] < version:
                        newest[note_id] = (version, Written(*written), content)
        for _, about, content in newest.values():
            yield about, Note.model_validate_json(content)

    def facts(self, keys: Iterable[FactsKey], reader: str) -> dict[FactsKey, NoteFacts]:
        """What `reader` found before in these texts; those that it did not read are left out."""
        wanted = set(keys)
        table = NOTE_FACTS
        query = select(table.c.text_digest, table.c.discipline, table.c.facts).where(
            table.c.practice_id == self.practice, table.c.reader == reader
        )
        found = {}
        with self._reading() as connection:
            digests = {digest for digest, _ in wanted}
            query = query.where(bulk.among(connection, table.c.text_digest, digests))
            for digest, discipline, content in connection.execute(query):
                key = digest, discipline or None
                if key in wanted:
                    found[key] = NoteFacts.model_validate_json(content)
        return found

    def keep_facts(self, facts: Mapping[FactsKey, NoteFacts]) -> None:
        """Keeps what was read in notes, under the reader that the facts name."""
        table = NOTE_FACTS
        rows_ = {
            (digest, discipline or "", one.reader): one.model_dump_json(exclude_defaults=True)
            for (digest, discipline), one in facts.items()
        }
        with self._writing() as connection:
            for reader in {key[2] for key in rows_}:
                digests = {key[0] for key in rows_ if key[2] == reader}
                query = select(table.c.text_digest, table.c.discipline).where(
                    table.c.practice_id == self.practice,
                    table.c.reader == reader,
                    bulk.among(connection, table.c.text_digest, digests),
                )
                for digest, discipline in connection.execute(query):
                    rows_.pop((digest, discipline, reader), None)
            new = [(self.practice, *key, content) for key, content in rows_.items()]
            bulk.insert(connection, table, new)

    # What was said.

    def keep_scores(
        self,
        scores: Iterable[LineScore],
        *,
        as_of: date,
        model: tuple[str, str] | None,
        versions: Mapping[str, str],
    ) -> int:
        """Keeps what was said of submissions, stored or not; returns how many.

        model: name and version. versions: digests and versions of what the score rests on.
        """
        instant = now().isoformat(timespec="milliseconds")
        name, version = model or (None, None)
        about = json.dumps(dict(versions), sort_keys=True)
        known: dict[int, str] = {}
        with self._writing() as connection:
            first = rows.next_number(connection, SCORES, self.practice)
            new = []
            for number, one in enumerate(scores, start=first):
                identity = known.get(id(one.submission))
                if identity is None:
                    identity = known[id(one.submission)] = rows.submission_digest(one.submission)
                new.append(
                    (
                        self.practice,
                        number,
                        identity,
                        one.submission.claim.claim_id,
                        one.line,
                        as_of,
                        instant,
                        one.risk,
                        rows.maybe_cents(one.expected_loss),
                        json.dumps(dict(one.reasons)),
                        name,
                        version,
                        about,
                    )
                )
            bulk.insert(connection, SCORES, new)
        return len(new)

    def read_scores(self, known_by: date = FOREVER) -> Columns:
        """Every score given as of the day or before, in the order in which they were given."""
        table = SCORES
        names = "score_id submission_digest claim_id line as_of scored_at risk model model_version"
        query = (
            select(
                *(table.c[name] for name in names.split()),
                table.c.expected_loss.label("expected_loss_cents"),
            )
            .where(table.c.practice_id == self.practice, table.c.as_of <= known_by)
            .order_by(table.c.score_id)
        )
        with self._reading() as connection:
            return bulk.columns(connection, query)

    def scored_outcomes(self, known_by: date = FOREVER) -> Columns:
        """How the scores given fared, as far as was known by the day.

        A row a line: `risk`, `as_of`, `model`, `model_version` of its last score before its
        answer came; `key`, `label`, `category`, `known_on` of the answer.
        """
        return outcomes.scored_outcomes(
            self.read_scores(known_by),
            self.read_lines(known_by, names=("digest", "line")),
            self.read_outcomes(known_by),
        )

    def forget_facts(self, reader: str) -> None:
        """Drops what another reader than this one found: it will not be asked for again."""
        with self._writing() as connection:
            connection.execute(
                delete(NOTE_FACTS).where(
                    NOTE_FACTS.c.practice_id == self.practice, NOTE_FACTS.c.reader != reader
                )
            )
