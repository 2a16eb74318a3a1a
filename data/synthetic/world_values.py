"""Kinds of value in a world file."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from claims.record import Record

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Weights = Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(min_length=1)]
CauseName = Annotated[str, Field(pattern=r"^[a-z_]+$")]


class Spread(Record):
    """A normal distribution from which a hidden value is drawn once; a bare number is certain."""

    mean: float
    sd: Annotated[float, Field(ge=0)] = 0.0


def _spread(value: object) -> object:
    return {"mean": value} if isinstance(value, int | float) else value


Drawn = Annotated[Spread, BeforeValidator(_spread)]
