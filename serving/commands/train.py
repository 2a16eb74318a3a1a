"""`claimwright train`, `promote` and `rollback`: the analyst's round."""

import json
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from claims.problem import ClaimwrightError
from serving.cli import app
from serving.output import Format
from serving.progress import steps
from serving.settings import settings

if TYPE_CHECKING:
    from models.registry import Registry
    from training.scale import Cluster

DAY = ["%Y-%m-%d"]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=DAY, help="Nothing known after it is used; else the newest known day."
    ),
]
Output = Annotated[Format, typer.Option("--format", help="A table, or one JSON document.")]


class Model(StrEnum):
    """Which of the models a round is about."""

    DENIAL = "denial"
    CODING = "coding"


Which = Annotated[Model, typer.Option("--model", help="Risk of denial, or codes from notes.")]


def day_of(as_of: datetime | None, newest: date | None) -> date:
    """The day asked for, else the newest that the store knows.

    Raises ClaimwrightError in an empty store.
    """
    if as_of is not None:
        return as_of.date()
    if newest is None:
        raise ClaimwrightError("the store is empty: run `claimwright ingest` first")
    return newest


@app.command()
def train(
    as_of: AsOf = None,
    prior: Annotated[
        bool, typer.Option("--prior/--no-prior", help="Blend with the shipped prior.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Of everything drawn by chance.")] = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            help="Scheduler of an existing Dask cluster: tls://…, or tcp:// on this machine."
        ),
    ] = None,
    model: Which = Model.DENIAL,
    output: Output = Format.TABLE,
) -> None:
    """Trains a challenger on the lines that payers have settled, and registers it."""
    if model is Model.CODING:
        from serving.commands import coding_model

        coding_model.train(as_of, output)
        return
    from claims.store import Store
    from serving.models import registry_of
    from training.challenger import train_challenger
    from training.prior import shipped
    from training.train import Settings

    here = settings()
    registry = registry_of(here)
    with (
        Store.open(here.database, here.practice, here.home) as store,
        _cluster(dask, registry) as cluster,
        steps() as told,
    ):
        day = day_of(as_of, store.newest_known_day())
        made = train_challenger(
            store,
            registry,
            here.policies,
            day,
            Settings(seed=seed),
            told,
            shipped() if prior else None,
            cluster,
        )
    document = {
        "version": made.version,
        "as_of": day.isoformat(),
        "metrics": dict(made.metrics),
        "manifest": dict(made.manifest),
        "seconds": {name: round(value, 2) for name, value in made.seconds.items()},
    }
    if output is Format.JSON:
        typer.echo(json.dumps(document))
        return
    _show(f"Challenger: version {made.version}, trained as of {day}", dict(made.metrics))
    excluded = ", ".join(f"{n} {why}" for why, n in made.manifest["excluded"].items() if n)
    typer.echo(f"{made.manifest['settled_lines']} settled lines; left out: {excluded or 'none'}.")
    typer.echo("Next: `claimwright promote` compares it with the champion.")


def _cluster(address: str | None, registry: "Registry") -> "AbstractContextManager[Cluster | None]":
    if address is None:
        return nullcontext()
    from models.registry import CHAMPION, CODING
    from training.scale import Cluster, Where

    here = settings()
    coding = registry.version(CODING, CHAMPION)
    return Cluster(
        address,
        Where.of(
            here.database, here.practice, here.home, here.policies,
            coding.folder if coding else None,
        ),
    )  # fmt: skip


@app.command()
def promote(
    as_of: AsOf = None,
    force: Annotated[
        str | None, typer.Option(help="Promote without the comparison, for this reason.")
    ] = None,
    model: Which = Model.DENIAL,
    output: Output = Format.TABLE,
) -> None:
    """Lets the challenger take the champion's place, if it is not worse on the newest weeks."""
    if force is not None and not force.strip():
        raise typer.BadParameter("say why: --force REASON")
    if model is Model.CODING:
        from serving.commands import coding_model

        coding_model.promote(as_of, force, output)
        return
    from claims.store import Store
    from serving.models import registry_of
    from training.promotion import promote_challenger

    here = settings()
    with Store.open(here.database, here.practice, here.home) as store, steps() as told:
        day = day_of(as_of, store.newest_known_day())
        done = promote_challenger(
            store, registry_of(here), here.policies, day, force, here.home / "decisions.jsonl", told
        )
    if output is Format.JSON:
        typer.echo(json.dumps(done.as_json()))
    else:
        _show(done.sentence, done.decision.evidence)
        for reason in done.decision.reasons:
            typer.echo(f"Against: {reason}")
    if not done.decision.promoted:
        raise typer.Exit(1)


@app.command()
def rollback(
    model: Which = Model.DENIAL,
    output: Output = Format.TABLE,
) -> None:
    """Puts the champion before this one back in place."""
    if model is Model.CODING:
        from serving.commands import coding_model

        coding_model.rollback(output)
        return
    from serving.models import registry_of
    from training.promotion import roll_back

    here = settings()
    back, gone = roll_back(registry_of(here), here.home / "decisions.jsonl")
    if output is Format.JSON:
        typer.echo(json.dumps({"champion": back, "was": gone}))
    else:
        typer.echo(f"Version {back} is the champion again; version {gone} stands by.")


def _show(title: str, values: dict[str, float]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Figure", "Value", title=title, title_justify="left")
    table.columns[1].justify = "right"
    for name, value in values.items():
        shown = f"{value:,.0f}" if float(value).is_integer() else f"{value:.4f}"
        table.add_row(name.replace("_", " "), shown)
    Console().print(table)
