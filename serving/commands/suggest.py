"""`claimwright policies suggest`: rules that the remittances show and no file has."""

import json
from pathlib import Path
from typing import Annotated

import typer

from claims.problem import ClaimwrightError
from serving.commands.policies import policies
from serving.commands.train import AsOf, Output, day_of
from serving.output import Format
from serving.settings import settings


@policies.command()
def suggest(
    as_of: AsOf = None,
    out: Annotated[
        Path | None,
        typer.Option(help="A folder to write the rules to, a file a payer, for somebody to check."),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Candidate rules out of remittances: who denies what since when. Nothing is put in force."""
    from claims.store import Store
    from training.drift import Knowledge
    from training.suggest import candidates, file_texts, policy_text

    here = settings()
    with Store.open(here.database, here.practice, here.home) as store:
        day = day_of(as_of, store.newest_known_day())
        found = candidates(Knowledge.of(store, day))
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
            for name, text in file_texts(found).items():
                (out / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise ClaimwrightError(f"{out}: {error.strerror}") from None
    if output is Format.JSON:
        for one in found:
            typer.echo(json.dumps(one.as_json(), default=str))
    elif not found:
        typer.echo("The remittances show no rule that is not expected already.")
    else:
        typer.echo(policy_text(found), nl=False)
