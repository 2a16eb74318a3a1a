"""`claimwright labels`: what payers did, out of an 835."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from claims.balance import UNBALANCED
from claims.claim import Submission
from claims.files import read, received_day
from claims.outcome import ClaimOutcome, outcomes
from claims.problem import Problem, Severity
from serving.cli import app
from serving.output import Format, Problems


@app.command()
def labels(
    file: Annotated[Path, typer.Argument(help="An 835.", show_default=False)],
    output: Annotated[Format, typer.Option("--format", help="A table, or JSON lines.")] = (
        Format.TABLE
    ),
) -> None:
    """What a payer did with each claim and line of an 835, and why."""
    problems = Problems()
    found = problems.aside(outcomes(_remittances(file), received_day(file)))
    if output is Format.JSON:
        for one in found:
            typer.echo(one.model_dump_json())
    else:
        _show(found)
    problems.leave()


def _remittances(file: Path) -> Iterator[object]:
    """What the file holds, with an error at its end where that is not what it should."""
    claims = seen = 0
    for item in read(file):
        claims += isinstance(item, Submission)
        seen += not isinstance(item, Problem)
        yield item
    if claims or not seen:
        what = f"holds {claims} claims" if claims else "holds no remittance"
        yield Problem(
            file=file.name,
            severity=Severity.ERROR,
            message=f"{what}; expected a remittance (835, 005010X221)",
        )


def _show(found: Iterable[ClaimOutcome]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Claim", "Line", "Code", "Date", "Charge", "Paid", "Outcome", "Category")
    for column in table.columns[4:6]:
        column.justify = "right"
    for claim in found:
        table.add_row(
            claim.claim_id,
            "",
            "",
            "",
            f"{claim.charge:,.2f}",
            f"{claim.paid:,.2f}",
            claim.outcome,
            claim.category,
            style="bold",
        )
        for number, line in enumerate(claim.lines, start=1):
            table.add_row(
                "",
                str(number),
                " ".join((line.procedure or "(whole claim)", *line.modifiers)),
                line.date.isoformat() if line.date else "",
                f"{line.charge:,.2f}",
                f"{line.paid:,.2f}",
                line.outcome,
                line.category,
            )
        for warning in claim.warnings:
            if UNBALANCED in warning:
                continue  # the reader has told of it already, with the segment
            typer.echo(f"claim {claim.claim_id}: warning: {warning}", err=True)
    console = Console(width=None if _is_terminal() else 120)
    console.print(table)


def _is_terminal() -> bool:
    import sys

    return sys.stdout.isatty()
