"""The command `claimwright`: one module a verb, under `serving/commands`.

Those modules import what is heavy inside their functions, so that `--help` answers at once.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from claims.codes.table import use_home
from claims.problem import ClaimwrightError
from serving.settings import settings

BAD_INPUT = 1


class Application(typer.Typer):
    """Shows our own errors as one sentence, without a traceback."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the verb; exit status 1 where it says that the input was bad."""
        try:
            return super().__call__(*args, **kwargs)
        except ClaimwrightError as error:
            typer.echo(f"claimwright: {error}", err=True)
            sys.exit(BAD_INPUT)


app = Application(
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
    use_home(settings().home)


# Each verb registers itself on `app`.
from serving.commands import codes as _codes  # noqa: E402, F401
from serving.commands import demo as _demo  # noqa: E402, F401
from serving.commands import drift as _drift  # noqa: E402, F401
from serving.commands import evaluate as _evaluate  # noqa: E402, F401
from serving.commands import ingest as _ingest  # noqa: E402, F401
from serving.commands import labels as _labels  # noqa: E402, F401
from serving.commands import policies as _policies  # noqa: E402, F401
from serving.commands import retrain as _retrain  # noqa: E402, F401
from serving.commands import review as _review  # noqa: E402, F401
from serving.commands import schema as _schema  # noqa: E402, F401
from serving.commands import score as _score  # noqa: E402, F401
from serving.commands import serve as _serve  # noqa: E402, F401
from serving.commands import suggest as _suggest  # noqa: E402, F401
from serving.commands import synth as _synth  # noqa: E402, F401
from serving.commands import train as _train  # noqa: E402, F401
