"""`claimwright ingest`: files and folders into the store."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claims.clock import today
from claims.problem import ClaimwrightError, Problem, Severity
from serving.cli import app
from serving.output import Format, Problems
from serving.settings import settings

if TYPE_CHECKING:
    from claims.store import FileReport, Store

SHOWN = {
    "submissions": "claims",
    "lines": "lines",
    "claim_payments": "claim payments",
    "notes": "notes",
    "authorizations": "authorizations",
    "benefits": "benefits",
    "policy_files": "policies",
}
"""Tables whose new rows are told of, in words."""
UNMATCHED_SHOWN = 10


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders.", show_default=False)
    ] = None,
    received: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The day on which the practice had them, where their names do not say.",
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also make everything anew from the files kept.")
    ] = False,
    output: Annotated[Format, typer.Option("--format", help="A table, or JSON lines.")] = (
        Format.TABLE
    ),
) -> None:
    """Takes claims, remittances, notes, authorizations, benefits and policies into the store."""
    from claims.store import Store
    from claims.store.folders import files_of, write_rejects

    if not paths and not again:
        raise typer.BadParameter("name a file or folder, or --again")
    here = settings()
    files = files_of(paths or [], here.home)
    problems = Problems()
    day = received.date() if received else None
    with Store.open(here.database, here.practice, here.home) as store:
        reports = _take(store, files, day, again)
        kept = [report.name for report in reports if report.kind != "nothing"]
        lost = [one for report in reports if report.name not in kept for one in report.problems]
        stored = store.rejects()
        write_rejects(here.home, [*stored, *(one for one in lost if one not in stored)])
    for report in reports:
        for problem in report.problems:
            problems.tell(problem)
    if output is Format.JSON:
        for report in reports:
            typer.echo(json.dumps(_document(report)))
    else:
        _show(reports)
    problems.leave()


def _take(
    store: "Store", files: Sequence[Path], day: date | None, again: bool
) -> list["FileReport"]:
    """Every file's report, while progress is shown."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    reports: list[FileReport] = []
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("Reading", total=len(files))
        for file in files:
            progress.update(task, description=file.name)
            reports.append(_one(store, file, day))
            progress.advance(task)
        if again:
            reports = [report for report in reports if report.kind == "nothing"]
            task = progress.add_task("Again", total=len(store.files()["file_id"]))

            def told(report: "FileReport") -> None:
                reports.append(report)
                progress.update(task, description=report.name, advance=1)

            store.rebuild(dict.fromkeys(files, day) if day else None, told)
    return reports


def _one(store: "Store", file: Path, day: date | None) -> "FileReport":
    """A file's report; one that cannot be opened does not end the batch."""
    from claims.store import FileReport

    try:
        return store.ingest(file, day)
    except ClaimwrightError as error:
        problem = Problem(file=file.name, severity=Severity.ERROR, message=str(error))
        return FileReport(file.name, day or today(), problems=[problem])


def _document(report: "FileReport") -> dict[str, Any]:
    return {
        "file": report.name,
        "kind": report.kind,
        "known_on": report.known_on.isoformat(),
        "already_known": report.already_known,
        "added": {name: count for name, count in report.added.items() if count},
        "repeated": report.repeated,
        "unmatched": [one._asdict() for one in report.unmatched],
        "problems": [
            one.model_dump(mode="json", exclude_none=True, exclude={"file"})
            for one in report.problems
        ],
    }


def _show(reports: Sequence["FileReport"]) -> None:
    import sys

    from rich.console import Console
    from rich.table import Table

    totals: dict[str, list[FileReport]] = {}
    for report in reports:
        totals.setdefault(report.kind, []).append(report)
    table = Table("Kind", "Files", "Known before", "New", "Repeated", "Unmatched", "Bad")
    for column in (*table.columns[1:3], *table.columns[4:]):
        column.justify = "right"
    for kind, some in sorted(totals.items()):
        new = {name: sum(report.added.get(name, 0) for report in some) for name in SHOWN}
        counts = [
            len(some),
            sum(report.already_known for report in some),
            sum(report.repeated for report in some),
            sum(len(report.unmatched) for report in some),
            sum(report.bad_records for report in some),
        ]
        shown = [f"{count:,}" if count else "" for count in counts]
        told = ", ".join(f"{count:,} {SHOWN[name]}" for name, count in new.items() if count)
        table.add_row(kind, *shown[:2], told, *shown[2:])
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    unmatched = [(report.name, one) for report in reports for one in report.unmatched]
    for name, one in unmatched[:UNMATCHED_SHOWN]:
        typer.echo(f"{name}: payment {one.position}, claim {one.claim_id}: {one.why}", err=True)
    if len(unmatched) > UNMATCHED_SHOWN:
        rest = len(unmatched) - UNMATCHED_SHOWN
        typer.echo(f"and {rest:,} more unmatched payments; --format json names them", err=True)
