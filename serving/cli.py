"""The command `claimwright`: one module a verb, under `serving/commands`.

Those modules import what is heavy inside their functions, so that `--help` answers at once.
"""

import os
from pathlib import Path
from typing import Annotated, Any

import click
import typer
from typer.core import TyperGroup

from claims.problem import ClaimwrightError
from serving.settings import settings

BAD_INPUT = 1


class Group(TyperGroup):
    """Shows our own errors as one sentence, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the verb; exit status 1 where it says that the input was bad."""
        try:
            return super().invoke(ctx)
        except ClaimwrightError as error:
            typer.echo(f"claimwright: {error}", err=True)
            raise typer.Exit(BAD_INPUT) from None


app = typer.Typer(
    cls=Group,
    name="claimwright",
    help="Denial prediction and coding assistance for therapy practices.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def main(
    home: Annotated[
        Path | None, typer.Option(help="The practice's folder (or CLAIMWRIGHT_HOME).")
    ] = None,
) -> None:
    """Denial prediction and coding assistance for therapy practices."""
    if home is not None:
        os.environ["CLAIMWRIGHT_HOME"] = str(home)
        settings.cache_clear()
