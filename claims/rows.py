"""Rows out of CSV and JSON files: what each holds by field name, and where it stood.

Text is UTF-8, with or without a byte order mark, or UTF-16 with one; a line that is not valid
UTF-8 is read as Windows Latin-1, so that one odd letter costs nothing else.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

from claims.problem import Problem, Severity

LONGEST_LINE = 1 << 24
"""Bytes; a longer line is cut in two, so that memory stays bounded."""
LONGEST_CELL = 1 << 22
SEPARATORS = ",;\t|"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
MOST_REREADINGS = 200
"""How often a quotation mark that is never closed is forgiven in one file."""
WRAPPERS = frozenset(["claims", "notes", "authorizations", "benefits", "records", "data"])
"""Keys under which a JSON document may hold its list."""


class Row(NamedTuple):
    """One record of a file, as text or JSON values."""

    number: int
    """The line of the file on which it begins, from 1; in a JSON list its place there."""
    values: dict[str, Any]


def lines_of(content: BinaryIO) -> Iterator[str]:
    """The file's lines as text, line ends included."""
    head = content.read(4)
    rest = io.BytesIO(head) if not content.seekable() else None
    if rest is None:
        content.seek(-len(head), io.SEEK_CUR)
    if head[:2] in UTF16_MARKS:
        wide = rest.read() + content.read() if rest else content.read()
        yield from io.StringIO(wide.decode("utf-16", errors="replace"), newline="")
        return
    first = True
    pending = head if rest else b""
    while raw := pending + content.readline(LONGEST_LINE):
        pending = b""
        if first and raw.startswith(b"\xef\xbb\xbf"):
            raw = raw[3:]
        first = False
        yield decoded(raw)


def decoded(raw: bytes) -> str:
    """Text of bytes: UTF-8, else Windows Latin-1.

    >>> decoded("Muñoz".encode()), decoded("Muñoz".encode("latin-1"))
    ('Muñoz', 'Muñoz')
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def field_name(header: str) -> str:
    """A column's name as a field's: lower case, words joined by underscores.

    >>> field_name(" Payer ID "), field_name("Place-of-Service"), field_name("billing.npi")
    ('payer_id', 'place_of_service', 'billing.npi')
    """
    return re.sub(r"[^a-z0-9.]+", "_", header.strip().lower()).strip("_")


class _Lines:
    """Lines that can be gone back to, and that know when they have run out."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.waiting: list[str] = []
        self.taken: list[str] = []
        """What the present record was made of."""
        self.number = 0
        self.ran_out = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        try:
            line = self.waiting.pop() if self.waiting else next(self.lines)
        except StopIteration:
            self.ran_out = True
            raise
        self.number += 1
        self.taken.append(line)
        return line

    def reread_from_second(self) -> None:
        """Gives back all but the first line of the present record."""
        back = self.taken[1:]
        self.waiting.extend(reversed(back))
        self.number -= len(back)
        self.ran_out = False


def csv_rows(
    lines: Iterator[str], file: str, columns: Mapping[str, str]
) -> Iterator[Row | Problem]:
    """The rows of a CSV file under its header, and what is wrong with some.

    columns: the file's own column names and the fields that they hold, where those differ.
    """
    csv.field_size_limit(LONGEST_CELL)
    source = _Lines(lines)
    renamed = {field_name(theirs): ours for theirs, ours in columns.items()}
    header: list[str] | None = None
    separator = ","
    rereadings = 0
    reader = csv.reader(source)
    while True:
        source.taken.clear()
        begun = source.number + 1
        if header is None:
            first = next(source, None)
            if first is None:
                return
            if not first.strip():
                continue
            separator = max(SEPARATORS, key=first.count)
            source.waiting.append(source.taken.pop())
            source.number -= 1
            reader = csv.reader(source, delimiter=separator)
        problem = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells, problem = [], "the row cannot be read as CSV"
        if source.ran_out:
            problem = "a quotation mark is opened here and never closed"
        if problem:
            yield _problem(file, begun, f"{problem}; the row was left out")
            rereadings += 1
            if rereadings > MOST_REREADINGS:
                yield _problem(file, begun, "too many such rows; the rest was not read")
                return
            source.reread_from_second()
            reader = csv.reader(source, delimiter=separator)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = [renamed.get(field_name(cell), field_name(cell)) for cell in cells]
            continue
        if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            yield _problem(
                file, begun, f"{len(cells)} cells under {len(header)} columns; the row was left out"
            )
            continue
        yield Row(begun, {name: cell for name, cell in zip(header, cells, strict=False) if name})


def json_rows(
    lines: Iterator[str], file: str, columns: Mapping[str, str]
) -> Iterator[Row | Problem]:
    """The records of a JSON document or of JSON lines, and what is wrong with some."""
    number, first = next(
        ((number, line) for number, line in enumerate(lines, start=1) if line.strip()), (1, "")
    )
    # JSON lines where the first line is a whole object, or a broken one with another line that
    # begins one after it; else the whole file is one document.
    second = next(lines, "")
    lines = chain([second], lines) if second else lines
    try:
        begins_lines = isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        begins_lines = first.lstrip().startswith("{") and (
            first.rstrip().endswith("}") or second.startswith("{")
        )
    if begins_lines:
        yield from _json_lines(first, number, lines, file, columns)
        return
    try:
        document = json.loads(first + "".join(lines))
    except (ValueError, RecursionError) as error:
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        yield _problem(file, 1, f"the file is not valid JSON{place}")
        return
    if isinstance(document, dict):
        held = [value for key, value in document.items() if key in WRAPPERS]
        document = held[0] if len(held) == 1 and isinstance(held[0], list) else [document]
    for number, value in enumerate(document, start=1):
        yield _json_row(value, number, file, columns)


def _json_lines(
    first: str, number: int, lines: Iterator[str], file: str, columns: Mapping[str, str]
) -> Iterator[Row | Problem]:
    line: str | None = first
    while line is not None:
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                yield _problem(file, number, "the line is not valid JSON; it was left out")
            else:
                yield _json_row(value, number, file, columns)
        line = next(lines, None)
        number += 1


def _json_row(value: object, number: int, file: str, columns: Mapping[str, str]) -> Row | Problem:
    if not isinstance(value, dict):
        return _problem(file, number, "expected a JSON object")
    if columns:
        value = {columns.get(key, key): one for key, one in value.items()}
    return Row(number, value)


def _problem(file: str, row: int, message: str) -> Problem:
    return Problem(file=file, severity=Severity.ERROR, message=message, row=row)
