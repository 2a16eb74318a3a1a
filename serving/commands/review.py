"""`claimwright review`: what a treatment note says, what it lacks, and which codes it supports."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claims.files import HEAD, Kind, kind_of, read
from claims.note import Note
from claims.problem import ClaimwrightError, Problem, Severity
from claims.rows import lines_of
from serving.cli import app
from serving.output import Format, Problems
from serving.settings import settings

if TYPE_CHECKING:
    from serving.reviewing import NoteReview


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
    from serving.reviewing import Reviewing

    problems = Problems()
    reviewing = Reviewing(settings())
    for note in problems.aside(notes(file)):
        one = reviewing.review(note)
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
    kind = kind_of(content[:HEAD])
    text = "".join(lines_of(io.BytesIO(content)))
    if kind is Kind.EMPTY:
        yield Problem(file=name, severity=Severity.ERROR, message="holds no note", row=1)
    elif b"\0" in content or text.count("\ufffd") > len(text) // 20:
        message = "is no text; expected JSON lines, CSV or one plain note in UTF-8"
        yield Problem(file=name, severity=Severity.ERROR, message=message, row=1)
    elif kind is Kind.NOTES or text.lstrip()[0] == "{":
        for item in read(io.BytesIO(content), name, kind=Kind.NOTES):
            if isinstance(item, Note | Problem):
                yield item
    else:
        yield Note(id="note" if file == "-" else Path(file).stem[:80] or "note", text=text)


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
