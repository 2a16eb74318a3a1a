"""Kinds of value in a world file."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from claims.record import Record

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Weights = Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(min_length=1)]
Written = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 .,;'&/#()+-]*$")]
"""A name or address as it stands on claims: no sign that X12 uses for itself."""
CauseName = Annotated[str, Field(pattern=r"^[a-z_]+$")]


def _some(weights: dict[str, float]) -> dict[str, float]:
    if not any(weights.values()):
        raise ValueError("one of the shares must be above zero")
    return weights


Proportions = Annotated[Weights, AfterValidator(_some)]


class Spread(Record):
    """A normal distribution from which a hidden value is drawn once; a bare number is certain."""

    mean: float
    sd: Annotated[float, Field(ge=0)] = 0.0


def _spread(value: object) -> object:
    return {"mean": value} if isinstance(value, int | float) else value


Drawn = Annotated[Spread, BeforeValidator(_spread)]


def _rate(value: Spread) -> Spread:
    if not 0 <= value.mean <= 0.9:
        raise ValueError("a chance a week lies between 0 and 0.9")
    return value


Rate = Annotated[Drawn, AfterValidator(_rate)]
"""A chance a week; the sd is on the scale of log odds."""
