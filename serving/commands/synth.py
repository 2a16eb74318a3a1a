"""`claimwright synth`: a synthetic practice on disk, and its truth apart from it."""

from pathlib import Path
from typing import Annotated

import typer

from claims.problem import ClaimwrightError
from serving.cli import app

SIZES = (5_000, 20_000, 50_000, 200_000)
"""Answered lines from which the informed learner of the report learns."""
FEWEST = 500
"""Claims without which a ladder says nothing."""


@app.command()
def synth(
    out: Annotated[Path | None, typer.Argument(help="A new folder for the practice.")] = None,
    clients: Annotated[
        int | None, typer.Option(min=1, help="Clients in care in an average month.")
    ] = None,
    lines: Annotated[int | None, typer.Option(min=1, help="About so many service lines.")] = None,
    months: Annotated[float, typer.Option(min=0.3, help="Months of claims.")] = 12,
    seed: Annotated[int, typer.Option(help="People, payers and what they do.")] = 1,
    world: Annotated[
        str, typer.Option(help="A world file, or default, additive, cells or changes.")
    ] = "default",
    outcome_seed: Annotated[
        int | None, typer.Option(help="What payers answer; the seed where absent.")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="Changes the speed only.")] = 1,
    report: Annotated[
        Path | None, typer.Option(help="Print the figures of a practice written before.")
    ] = None,
) -> None:
    """Writes a synthetic practice, and its truth apart from it; or reports on one."""
    if report is not None:
        _report(report)
        if out is None:
            return
    if out is None:
        raise typer.BadParameter("name a new folder for the practice")
    if (clients is None) == (lines is None):
        raise typer.BadParameter("give either --clients or --lines")
    from data.synthetic.folder import Order, clients_for, write_practice
    from data.synthetic.world import load_world

    loaded = load_world(Path(world))
    wanted = float(clients or 0) or clients_for(loaded, lines or 1, months, seed)
    order = Order(loaded, wanted, months, seed, seed if outcome_seed is None else outcome_seed)
    try:
        counts = write_practice(order, out, processes)
    except OSError as error:
        raise ClaimwrightError(f"{out}: {error.strerror}") from None
    typer.echo(
        f"{out}: {counts['claims']} claims with {counts['lines']} lines, {counts['notes']} notes, "
        f"{counts['remittances']} remittances in {order.weeks} weeks",
        err=True,
    )


def _report(folder: Path) -> None:
    from data.synthetic.ladder import climb
    from data.synthetic.learnable import Past, informed_steps
    from data.synthetic.report import figures

    try:
        found = figures(folder)
    except OSError:
        raise ClaimwrightError(f"{folder}: holds no truth of a synthetic practice") from None
    typer.echo(f"{'figure':46} {'world':>9} {'published':>9}  range wanted")
    for one in found:
        if one.published is None:
            typer.echo(f"{one.figure:46} {one.world:9.3f}")
        else:
            mark = "" if one.within else "  outside"
            typer.echo(
                f"{one.figure:46} {one.world:9.3f} {one.published:9.3f}  "
                f"{one.low:g} to {one.high:g}{mark}  [{one.source}]"
            )
    past = Past.read(folder)
    if len(past.claims) < FEWEST:
        typer.echo(f"\nWhat can be learned is told of {FEWEST} claims and more.")
        return
    ladder = climb(past)
    typer.echo("")
    typer.echo(
        "Expected log loss on the last quarter, by what is known (docs/synthetic-practice.md):"
    )
    typer.echo(f"{'base rate':20} {ladder.base:10.4f}")
    for rung in ladder.rungs:
        typer.echo(f"{rung.known:20} {rung.loss:10.4f}  {rung.part:.3f} of the gap")
    typer.echo(f"{'best attainable':20} {ladder.best:10.4f}")
    typer.echo(
        f"Lost without smooth and additive effects: {ladder.smooth:.3f} of the gap; "
        f"without thresholds: {ladder.thresholds:.3f}."
    )
    typer.echo("")
    typer.echo("Expected log loss on the last quarter, by answered lines learned from:")
    typer.echo(f"{'lines':>9} {'base rate':>10} {'informed':>10} {'best':>10}  part of the way")
    for step in informed_steps(past, SIZES):
        typer.echo(
            f"{step.lines:9} {step.base:10.4f} {step.informed:10.4f} {step.best:10.4f}  "
            f"{step.part:.3f}"
        )
