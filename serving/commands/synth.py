"""`claimwright synth`: a synthetic practice on disk, and its truth apart from it."""

from pathlib import Path
from typing import Annotated

import typer

from claims.problem import ClaimwrightError
from serving.cli import app


@app.command()
def synth(
    out: Annotated[Path, typer.Argument(help="A new folder for the practice.")],
    clients: Annotated[
        int | None, typer.Option(min=1, help="Clients in care in an average month.")
    ] = None,
    lines: Annotated[int | None, typer.Option(min=1, help="About so many service lines.")] = None,
    months: Annotated[float, typer.Option(min=0.3, help="Months of claims.")] = 12,
    seed: Annotated[int, typer.Option(help="People, payers and what they do.")] = 1,
    world: Annotated[
        str, typer.Option(help="A world file, or default, additive or cells.")
    ] = "default",
    outcome_seed: Annotated[
        int | None, typer.Option(help="What payers answer; the seed where absent.")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="Changes the speed only.")] = 1,
) -> None:
    """Writes a synthetic practice, and its truth apart from it."""
    from data.synthetic.folder import Order, clients_for, write_practice
    from data.synthetic.world import load_world

    if (clients is None) == (lines is None):
        raise typer.BadParameter("give either --clients or --lines")
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
