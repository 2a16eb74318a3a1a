"""`claimwright drift`: what payers, claims and scores did of late."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from claims.problem import ClaimwrightError
from serving.cli import app
from serving.commands.train import AsOf, Output, day_of
from serving.output import Format
from serving.settings import settings


@app.command()
def drift(
    as_of: AsOf = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the report as one HTML page as well.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Names what changed: payers that deny more, stay silent or are new; inputs; scores."""
    from claims.store import Store
    from training.drift import Knowledge, page, report

    here = settings()
    with Store.open(here.database, here.practice, here.home) as store:
        day = day_of(as_of, store.newest_known_day())
        document = report(Knowledge.of(store, day))
    if html is not None:
        try:
            html.write_text(page(document), encoding="utf-8")
        except OSError as error:
            raise ClaimwrightError(f"{html}: {error.strerror}") from None
    if output is Format.JSON:
        typer.echo(json.dumps(document))
        return
    _show(document)
    if html is not None:
        typer.echo(f"The whole report is in {html}.")


def _show(document: dict[str, Any]) -> None:
    typer.echo(
        f"As of {document['as_of']}: {document['lines']} lines sent, {document['answered']} "
        "answered."
    )
    if not document["changes"]:
        typer.echo("Nothing changed beyond chance.")
    for one in document["changes"]:
        typer.echo(f"* {one['text']}")
    live = document["live"]
    if "log_loss" in live:
        typer.echo(
            f"Scores of {live['judged']} answered lines: log loss {live['log_loss']:.4f}, the "
            f"plain rate's {live['log_loss_of_the_rate']:.4f}; said {live['mean_risk']:.1%}, "
            f"denied {live['denied']:.1%}."
        )
