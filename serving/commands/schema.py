"""`claimwright schema`: the JSON Schema of what `score`, `review` and `labels` give out."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from claims.record import Record
from serving.cli import app


class Output(StrEnum):
    """What has a schema."""

    SCORE = "score"
    REVIEW = "review"
    LABELS = "labels"


@app.command()
def schema(
    output: Annotated[Output, typer.Argument(help="Whose JSON lines.", show_default=False)],
) -> None:
    """The JSON Schema of one line of `score`, `review` or `labels` with --format json."""
    typer.echo(json.dumps(model(output).model_json_schema(mode="serialization"), indent=2))


def model(output: Output) -> type[Record]:
    """The type of one line."""
    if output is Output.LABELS:
        from claims.outcome import ClaimOutcome

        return ClaimOutcome
    if output is Output.REVIEW:
        from serving.reviewing import NoteReview

        return NoteReview
    from models.score import ClaimScore

    return ClaimScore
