"""Files as they come: what kind one is, told from its content, and what it holds."""

import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from claims.authorization import Authorization, Benefit
from claims.cells import other_name
from claims.claim import Submission
from claims.claim_rows import ClaimReading
from claims.note import Note
from claims.problem import ClaimwrightError, Problem, Severity
from claims.remittance import ClaimPayment, ProviderAdjustment, Remittance
from claims.row_records import Reading
from claims.rows import UTF16_MARKS, WRAPPERS, Row, csv_rows, field_name, json_rows, lines_of
from claims.x12.fields import parse_day
from claims.x12.reader import group_day, read_x12

Item = (
    Submission
    | Remittance
    | ClaimPayment
    | ProviderAdjustment
    | Note
    | Authorization
    | Benefit
    | Problem
)

DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])-?([0-3]\d)(?!\d)")
COLUMNS = "columns.json"
HEAD = 1 << 16
"""Bytes that are enough to tell what a file is."""
INTERCHANGE = re.compile(
    rb"\s*ISA[^A-Za-z0-9 ]|(^|[~\r\n])\s*(ISA|GS|ST|BHT|HL|CLM|NM1|BPR|CLP)[*|^~\x1c\x1d\x1e\x1f]"
)
POLICY_KEY = re.compile(r"^(rules|line_of_business|inherits|effective|known):(\s|$)", re.MULTILINE)
"""A key of a policy file that no note begins a line with by chance, at least not two of them."""


class Kind(StrEnum):
    """What a file holds."""

    X12 = "x12"
    """Claims (837P), remittances (835), or another X12 transaction."""
    CLAIMS = "claims"
    NOTES = "notes"
    AUTHORIZATIONS = "authorizations"
    BENEFITS = "benefits"
    POLICIES = "policies"
    """Payer policies as YAML: `claims.policies` reads them."""
    EMPTY = "empty"
    UNKNOWN = "unknown"


NEEDED: tuple[tuple[Kind, frozenset[str]], ...] = (
    (Kind.NOTES, frozenset(["id", "text"])),
    (Kind.CLAIMS, frozenset(["claim"])),
    (Kind.CLAIMS, frozenset(["claim_id", "lines"])),
    (Kind.CLAIMS, frozenset(["claim_id", "procedure"])),
    (Kind.AUTHORIZATIONS, frozenset(["authorization_number", "start", "end"])),
    (Kind.BENEFITS, frozenset(["benefit", "limit"])),
)
"""Which fields tell a table's kind; the first that fits decides."""
EXPECTED = (
    "expected an 837P or 835, or CSV or JSON with the fields of claims (claim_id, procedure, …), "
    "notes (id, text, …), authorizations (authorization_number, start, end, …) or benefits "
    "(benefit, limit, …)"
)


def column_map(home: Path) -> dict[str, str]:
    """A practice's own column names and the fields that they hold; empty where it has none.

    home: its folder, which may hold a `columns.json` such as {"Acct Nr": "claim_id"}.
    Raises ClaimwrightError where that file is not such an object.
    """
    path = home / COLUMNS
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ClaimwrightError(f"{COLUMNS} in the home folder cannot be read as JSON") from error
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise ClaimwrightError(
            f'{COLUMNS} in the home folder: expected an object such as {{"Acct Nr": "claim_id"}}'
        )
    return found


@contextmanager
def _opened(source: Path | BinaryIO, name: str) -> Iterator[BinaryIO]:
    """The content, from its first byte, in a stream that can be read again."""
    if isinstance(source, Path):
        try:
            with source.open("rb") as content:
                yield content
        except OSError as error:
            raise ClaimwrightError(f"{name} cannot be read: {error.strerror}") from error
    elif source.seekable():
        yield source
    else:
        yield io.BytesIO(source.read())


def read(
    source: Path | BinaryIO,
    name: str = "",
    columns: Mapping[str, str] | None = None,
    kind: Kind | None = None,
) -> Iterator[Item]:
    """What a file holds, in order, as it is read, and every problem with it.

    source: a path, or a stream opened for reading bytes. name: for messages; a path's own where
    none is given. columns: the file's own column names and the fields that they hold. kind: what
    the caller knows it to be; else it is told from the content.
    Raises ClaimwrightError where it cannot be opened.
    """
    name = name or (source.name if isinstance(source, Path) else "standard input")
    with _opened(source, name) as content:
        start = content.tell()
        digest = _digest(content)
        content.seek(start)
        head = content.read(HEAD)
        content.seek(start)
        kind = kind or kind_of(head, columns)
        if kind is Kind.X12:
            yield from read_x12(content, name, digest)
            return
        reading = Reading(name, digest)
        rows = _rows(content, head, name, columns or {})
        if kind is Kind.NOTES:
            yield from _items(reading.records(Note, rows))
        elif kind is Kind.CLAIMS:
            yield from ClaimReading(name, digest).submissions(rows)
        elif kind is Kind.AUTHORIZATIONS:
            yield from _items(reading.records(Authorization, rows))
        elif kind is Kind.BENEFITS:
            yield from _items(reading.records(Benefit, rows))
        else:
            yield Problem(file=name, severity=Severity.ERROR, message=UNREADABLE[kind])


def _digest(content: BinaryIO) -> str:
    found = hashlib.sha256()
    while block := content.read(1 << 20):
        found.update(block)
    return found.hexdigest()


UNREADABLE = {
    Kind.EMPTY: f"the file is empty; {EXPECTED}",
    Kind.POLICIES: "a file of payer policies; `claimwright policies` and `ingest` take it",
    Kind.UNKNOWN: f"this is no file that is read here; {EXPECTED}",
}


def _items(found: Iterable[object]) -> Iterator[Item]:
    for one in found:
        if isinstance(one, Note | Authorization | Benefit | Problem):
            yield one


def _rows(
    content: BinaryIO, head: bytes, name: str, columns: Mapping[str, str]
) -> Iterator[Row | Problem]:
    reader = json_rows if _looks_like_json(head) else csv_rows
    return reader(lines_of(content), name, columns)


def _text(head: bytes) -> str:
    return "".join(lines_of(io.BytesIO(head))).lstrip()


def _looks_like_json(head: bytes) -> bool:
    return _text(head)[:1] in ("{", "[")


def kind_of(head: bytes, columns: Mapping[str, str] | None = None) -> Kind:
    """What a file is, from its first bytes (`HEAD` of them are enough), never from its name.

    columns: the file's own column names and the fields that they hold.

    >>> str(kind_of(b"id,text\\n1,Seen for 45 minutes")), str(kind_of(b"GIF89a"))
    ('notes', 'unknown')
    """
    if head[:2] not in UTF16_MARKS and INTERCHANGE.search(head.removeprefix(b"\xef\xbb\xbf")):
        looks_tabular = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
        if not looks_tabular:
            return Kind.X12
    text = _text(head)
    if text.startswith("ISA") and len(text) > 3 and not text[3].isalnum():
        return Kind.X12
    if not text:
        return Kind.EMPTY
    for fields in _field_sets(text, columns or {}):
        kind = _kind_by_fields(fields)
        if kind is not Kind.UNKNOWN:
            return kind
    if len({found[0] for found in POLICY_KEY.findall(text)}) > 1:
        return Kind.POLICIES
    return Kind.UNKNOWN


def _kind_by_fields(fields: set[str]) -> Kind:
    for kind, needed in NEEDED:
        if needed <= fields:
            return kind
    return Kind.UNKNOWN


def _field_sets(text: str, columns: Mapping[str, str]) -> Iterator[set[str]]:
    """The field names that the file's first records or header have."""
    if text[0] in "{[":
        keys = _json_names(text)
        yield keys | {other_name(columns.get(key, key)) for key in keys}
        return
    renamed = {field_name(theirs): ours for theirs, ours in columns.items()}
    header = text.splitlines()[0]
    names = [field_name(cell) for cell in re.split(r"[,;\t|]", header.replace('"', ""))]
    fields = {renamed.get(name, name) for name in names}
    yield fields | {other_name(name) for name in fields}


def _json_names(text: str) -> set[str]:
    """The keys of the first object; where that is broken or longer than the head, all in sight."""
    try:
        found, _ = json.JSONDecoder().raw_decode(text.lstrip("[ \t\r\n"))
    except (ValueError, RecursionError):
        return set(re.findall(r'"([^"\\\n]{1,60})"\s*:', text))
    if isinstance(found, dict) and len(found) == 1 and WRAPPERS & set(found):
        (held,) = found.values()
        found = held[0] if isinstance(held, list) and held else {}
    return set(found) if isinstance(found, dict) else set()


def received_day(path: Path) -> date | None:
    """The day on which the practice had a file: that in its name, else GS04; never its mtime.

    Raises ClaimwrightError where it cannot be opened.
    """
    named = day_in_name(path.name)
    if named:
        return named
    with _opened(path, path.name) as content:
        return parse_day(group_day(content))


def day_in_name(name: str) -> date | None:
    """The first day that stands in a file's name.

    >>> day_in_name("2026-03-14-oak.835"), day_in_name("era_20260314.txt"), day_in_name("a.835")
    (datetime.date(2026, 3, 14), datetime.date(2026, 3, 14), None)
    """
    for found in DAY_IN_NAME.finditer(name):
        day = parse_day("".join(found.groups()))
        if day:
            return day
    return None
