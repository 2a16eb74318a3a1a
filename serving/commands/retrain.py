"""`claimwright retrain`: new files in, and a new challenger when enough has settled."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli import app
from serving.commands.train import Output
from serving.output import Format
from serving.progress import steps
from serving.settings import settings

if TYPE_CHECKING:
    from training.retrain import Folder, Round


@app.command()
def retrain(
    folder: Annotated[
        Path | None, typer.Argument(help="Where files arrive; none: what the store has already.")
    ] = None,
    watch: Annotated[
        Path | None, typer.Option(help="Look into this folder again and again, until stopped.")
    ] = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between looks.")] = 60.0,
    least: Annotated[
        int, typer.Option(min=1, help="Newly answered lines from which to train again.")
    ] = 200,
    promote: Annotated[
        bool, typer.Option(help="Promote where the comparison allows it; else only propose.")
    ] = False,
    prior: Annotated[
        bool, typer.Option("--prior/--no-prior", help="Blend with the shipped prior.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Of everything drawn by chance.")] = 1,
    output: Output = Format.TABLE,
) -> None:
    """Takes in new remittances; when enough has settled, trains a challenger and proposes it.

    One pass, for cron, unless --watch is given.
    """
    from training.retrain import Folder

    if folder is not None and watch is not None:
        raise typer.BadParameter("give a folder for one pass, or --watch, not both")
    path = watch or folder
    if path is not None and not path.is_dir():
        raise typer.BadParameter(f"{path} is no folder")
    here = settings()
    arrivals = Folder(path, here.home) if path is not None else None
    while True:
        done = _round(arrivals, watch is None, least, promote, seed, prior)
        if watch is None or done.taken or done.trained:
            _show(done, output)
        if watch is None:
            break
        try:
            time.sleep(every)
        except KeyboardInterrupt:
            break


def _round(
    arrivals: "Folder | None", at_once: bool, least: int, promote: bool, seed: int, prior: bool
) -> "Round":
    from claims.store import Store
    from serving.models import registry_of
    from training.prior import shipped
    from training.retrain import one_round
    from training.train import Settings

    here = settings()
    files = iter(()) if arrivals is None else arrivals.ready(at_once)
    with Store.open(here.database, here.practice, here.home) as store, steps() as told:
        return one_round(
            store,
            registry_of(here),
            here.policies,
            files,
            here.home / "decisions.jsonl",
            settings=Settings(seed=seed),
            least=least,
            promote=promote,
            told=told,
            prior=shipped() if prior else None,
        )


def _show(done: "Round", output: Format) -> None:
    for problem in done.problems:
        typer.echo(problem, err=True)
    if output is Format.JSON:
        typer.echo(json.dumps(done.as_json()))
        return
    typer.echo(
        f"As of {done.as_of}: {len(done.taken)} new files, "
        f"{done.newly_answered} newly answered lines."
    )
    if done.why_not:
        typer.echo(f"Nothing trained: {done.why_not}.")
    if done.trained and done.decision is not None:
        verdict = "may be promoted" if done.decision["promoted"] else "should not be promoted"
        if done.decision["proposed"]:
            typer.echo(f"Challenger {done.trained} {verdict}: `claimwright promote` decides.")
        else:
            acted = "promoted" if done.decision["promoted"] else "refused"
            typer.echo(f"Challenger {done.trained}: {acted}.")
        for reason in done.decision["reasons"]:
            typer.echo(f"Against: {reason}")
