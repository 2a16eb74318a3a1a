"""What a file holds, told from its content."""

import csv
import io
import json
from collections.abc import Iterator
from typing import BinaryIO

from pydantic import ValidationError

from claims.authorization import Authorization, Benefit
from claims.note import Note
from claims.problem import Problem, Severity
from claims.record import locations
from claims.x12.reader import Item, read_x12

Known = Item | Note | Authorization | Benefit


def read(content: BinaryIO, name: str) -> Iterator[Known]:
    """Everything in a file, in order, and every problem with it."""
    start = content.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    content.seek(0)
    if start.startswith(b"{"):
        yield from _jsonl(content, name)
    elif b"authorization_number" in start or b"period_start" in start:
        yield from _csv(content, name)
    else:
        yield from read_x12(content, name)


def _jsonl(content: BinaryIO, name: str) -> Iterator[Known]:
    for row, line in enumerate(content, start=1):
        if line.strip():
            try:
                yield Note.model_validate(json.loads(line))
            except (ValidationError, ValueError) as error:
                yield _bad(name, row, error)


def _csv(content: BinaryIO, name: str) -> Iterator[Known]:
    table = csv.DictReader(io.TextIOWrapper(content, encoding="utf-8-sig", newline=""))
    kind = Benefit if "period_start" in (table.fieldnames or ()) else Authorization
    for record in table:
        row = table.line_num
        values: dict[str, object] = {key: value for key, value in record.items() if value}
        if "procedures" in values:
            values["procedures"] = str(values["procedures"]).split()
        try:
            yield kind.model_validate(values)
        except ValidationError as error:
            yield _bad(name, row, error)


def _bad(name: str, row: int, error: Exception) -> Problem:
    field = None
    if isinstance(error, ValidationError):
        field = ", ".join(locations(error.errors(include_input=False)))
    return Problem(
        file=name, severity=Severity.ERROR, message="cannot be read", row=row, field=field
    )
