"""`claimwright review`: what a treatment note says, what it lacks, and which codes it supports."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from claims.note import Note
from claims.problem import ClaimwrightError, Problem, Severity
from claims.record import locations
from serving.cli import app
from serving.output import Format, Problems

if TYPE_CHECKING:
    from serving.reviewing import NoteReview

LONGEST_FIELD = 5_000_000
"""Characters of one CSV field; Python's own limit of 131,072 is less than a pasted chart."""


@app.command()
def review(
    file: Annotated[
        str,
        typer.Argument(help="Notes as JSON lines, CSV or one plain text; - for standard input."),
    ],
    output: Annotated[Format, typer.Option("--format", help="A table, or JSON lines.")] = (
        Format.TABLE
    ),
) -> None:
    """What notes say, what they lack for their payer, and which codes they support."""
    from serving.reviewing import review as review_note

    problems = Problems()
    for note in problems.aside(notes(file)):
        one = review_note(note)
        if output is Format.JSON:
            typer.echo(one.model_dump_json())
        else:
            _show(one)
    problems.leave()


def notes(file: str) -> Iterator[Note | Problem]:
    """The notes of a file in order, and a problem for each record that is none.

    Raises ClaimwrightError where the file cannot be opened.
    """
    name = "standard input" if file == "-" else Path(file).name
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise ClaimwrightError(f"{name} cannot be read: {error.strerror}") from error
    text = content.decode("utf-8-sig", errors="replace")
    if not text.strip():
        yield _problem(name, 1, "holds no note")
    elif text.lstrip()[0] == "{":
        yield from _json_lines(name, text)
    elif _is_csv(text):
        yield from _csv(name, text)
    else:
        yield Note(id="note" if file == "-" else Path(file).stem[:80] or "note", text=text)


def _json_lines(name: str, text: str) -> Iterator[Note | Problem]:
    for row, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            yield _problem(name, row, "is not JSON; expected one object on each line")
            continue
        yield _note(name, row, record)


def _is_csv(text: str) -> bool:
    header = {cell.strip().lower() for cell in text.split("\n", 1)[0].split(",")}
    return {"id", "text"} <= header


def _csv(name: str, text: str) -> Iterator[Note | Problem]:
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for record in reader:
            given: dict[str, Any] = {
                key.strip().lower(): value for key, value in record.items() if key and value
            }
            listed = given.get("diagnosis_on_claim")
            if listed:
                given["diagnosis_on_claim"] = listed.replace(";", " ").replace(",", " ").split()
            yield _note(name, reader.line_num, given)
    except csv.Error:
        yield _problem(name, reader.line_num, "is not CSV; expected columns id and text")


def _note(name: str, row: int, record: object) -> Note | Problem:
    if not isinstance(record, dict):
        return _problem(name, row, "is no object; expected id, text and what is known of the visit")
    # A fuller export may carry more than we know; what we know must be right.
    known = {k: v for k, v in record.items() if k in Note.model_fields and v not in (None, "")}
    known.setdefault("text", "")
    if isinstance(known.get("id"), int):
        known["id"] = str(known["id"])
    try:
        return Note.model_validate(known)
    except ValidationError as error:
        where = ", ".join(locations(error.errors(include_input=False)))
        return _problem(name, row, f"cannot be read as a note; wrong or missing: {where}")


def _problem(name: str, row: int, message: str) -> Problem:
    return Problem(file=name, severity=Severity.ERROR, message=message, row=row)


def _show(one: "NoteReview") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    session = one.session
    minutes = "no time stated" if session.minutes is None else f"{session.minutes} minutes"
    clock = f" ({session.start} to {session.stop})" if session.start else ""
    console.print(f"[bold]{escape(one.id)}[/bold]  {one.format}, {minutes}{clock}")
    if one.not_billable_because:
        console.print(f"Not billable: {one.not_billable_because.text}")
    for code in one.codes:
        shown = " ".join((code.code, *code.modifiers))
        console.print(f"{shown} x{code.units}: {escape(code.why)}")
    for sentence in (*one.refused, *one.unclear):
        console.print(escape(sentence))
    table = Table("Element", "", "Where, or what to add")
    for key, element in one.elements.items():
        if element.applies:
            told = element.evidence[0].text if element.evidence else element.hint or ""
            table.add_row(key, "yes" if element.present else "no", escape(" ".join(told.split())))
    console.print(table)
    console.print(f"Complete: {one.completeness:.0%}")
    for warning in one.warnings:
        console.print(escape(warning))
