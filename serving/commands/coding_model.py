"""`train`, `promote` and `rollback` with `--model coding`: the coding assistant's own round."""

import json
from dataclasses import asdict
from datetime import datetime

import typer

from serving.output import Format
from serving.progress import steps
from serving.settings import settings


def train(as_of: datetime | None, output: Format) -> None:
    """Trains a coding challenger on what was paid, and registers it."""
    from claims.store import Store
    from serving.commands.train import day_of
    from serving.models import registry_of
    from training.coding_round import train_coding

    here = settings()
    with Store.open(here.database, here.practice, here.home) as store, steps() as told:
        day = day_of(as_of, store.newest_known_day())
        made = train_coding(store, registry_of(here), day, told)
    if output is Format.JSON:
        document = {"model": "coding", "as_of": day.isoformat(), **asdict(made)}
        typer.echo(json.dumps(document, default=str))
        return
    typer.echo(f"Coding challenger: version {made.version}, trained as of {day}")
    for name, value in made.metrics.items():
        typer.echo(f"{name.replace('_', ' ')}: {value:.4g}")
    for why, count in made.left_out.items():
        typer.echo(f"Left out, {why}: {count}")
    typer.echo("Next: `claimwright promote --model coding` compares it with what serves.")


def promote(as_of: datetime | None, force: str | None, output: Format) -> None:
    """Lets the coding challenger serve, if it is not worse on writers that it did not see."""
    from claims.store import Store
    from serving.commands.train import day_of
    from serving.models import registry_of
    from training.coding_round import promote_coding

    here = settings()
    with Store.open(here.database, here.practice, here.home) as store, steps() as told:
        day = day_of(as_of, store.newest_known_day())
        version, decision = promote_coding(
            store, registry_of(here), day, force, here.home / "decisions.jsonl", told
        )
    if output is Format.JSON:
        typer.echo(json.dumps({"model": "coding", "challenger": version, **asdict(decision)}))
    else:
        verdict = "serves now" if decision.promoted else "was not promoted"
        typer.echo(f"Coding version {version} {verdict}.")
        for name, value in decision.evidence.items():
            typer.echo(f"{name.replace('_', ' ')}: {value:.4g}")
        for reason in decision.reasons:
            typer.echo(f"Against: {reason}")
    if not decision.promoted:
        raise typer.Exit(1)


def rollback(output: Format) -> None:
    """Puts the coding model before this one back in place."""
    from serving.models import registry_of
    from training.coding_round import roll_back_coding

    here = settings()
    back, gone = roll_back_coding(registry_of(here), here.home / "decisions.jsonl")
    if output is Format.JSON:
        typer.echo(json.dumps({"model": "coding", "champion": back, "was": gone}))
    else:
        typer.echo(f"Coding model {back} serves again; version {gone} stands by.")
