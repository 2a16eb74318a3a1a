"""What every domain type shares: frozen, strict, silent about people.

A record cannot be changed in place, refuses fields that it does not know, and never shows
what it was given in an error: a claim's data is a patient's data.
"""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

CENT = Decimal("0.01")
LARGEST_AMOUNT = Decimal("9999999999.99")
"""More than any professional claim; keeps cents within 64 bits and typing errors out of sums."""


class Record(BaseModel):
    """A frozen domain value. Change one through `replace`, which validates again."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        ser_json_inf_nan="null",
    )

    def replace(self, **changes: Any) -> Self:
        """The same record with `changes`, validated as a new one.

        Raises pydantic.ValidationError where the changed record would not be valid.
        """
        return type(self).model_validate({**dict(self), **changes})


def _decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("expected a number")
    else:
        try:
            # repr of a float is the shortest text that gives it back: 12.1, not 12.0999999999…
            number = Decimal(repr(value) if isinstance(value, float) else value)
        except InvalidOperation:
            raise ValueError("expected a number") from None
    if not number.is_finite():
        raise ValueError("expected a number")
    return number


def money(value: object) -> Decimal:
    """An amount in US dollars with exactly two places.

    Raises ValueError for what is no number, has a part of a cent, or is beyond ten digits.

    >>> money("150"), money(12.1)
    (Decimal('150.00'), Decimal('12.10'))
    """
    if type(value) is Decimal and value.same_quantum(CENT) and abs(value) <= LARGEST_AMOUNT:
        return value
    number = _decimal(value)
    if abs(number) > LARGEST_AMOUNT:
        raise ValueError("expected an amount below 10,000,000,000")
    cents = number.quantize(CENT, rounding=ROUND_HALF_EVEN)
    if cents != number:
        raise ValueError("expected an amount with at most two decimals")
    return cents


def quantity(value: object) -> Decimal:
    """A count of units or minutes: up to 6 digits and 3 decimals, trailing zeros dropped.

    Raises ValueError for what is no such number.

    >>> quantity("1.00"), quantity("2.5"), quantity(30)
    (Decimal('1'), Decimal('2.5'), Decimal('30'))
    """
    number = _decimal(value)
    if abs(number) >= 1_000_000:
        raise ValueError("expected a quantity below 1,000,000")
    if number == number.to_integral_value():
        return number.quantize(Decimal(1))
    if number.quantize(Decimal("0.001"), rounding=ROUND_HALF_EVEN) != number:
        raise ValueError("expected a quantity with at most three decimals")
    return number.normalize()


def _json_quantity(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


Money = Annotated[
    Decimal,
    BeforeValidator(money),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number", "description": "US dollars, two decimals"}),
]
"""US dollars: a Decimal with two places here, a number in JSON, cents in the database."""

Quantity = Annotated[
    Decimal,
    BeforeValidator(quantity),
    PlainSerializer(_json_quantity, return_type=int | float, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
"""Units or minutes as billed; whole except for a few drugs and supplies."""

Identifier = Annotated[str, Field(min_length=1, max_length=80)]
"""A number or name that somebody assigned: never empty."""

Personal = Annotated[str, Field(max_length=200, repr=False)]
"""Text about a person; kept out of repr, errors and logs."""

# `repr=False` counts only on the field itself, so the optional form is a type of its own:
# `Personal | None` would show in a repr.
MaybePersonal = Annotated[str | None, Field(max_length=200, repr=False)]
PersonalDate = Annotated[date | None, Field(repr=False)]

Text = Annotated[str, Field(max_length=300)]


def locations(errors: list[Any]) -> list[str]:
    """Where each of pydantic's errors lies, in words that hold no input.

    errors: `ValidationError.errors(include_input=False)`. A key that the record does not know
    is input too (a file without its header row has names there), so it is not repeated.
    """
    places = []
    for error in errors:
        parts = [str(part) for part in error["loc"]]
        if error["type"] == "extra_forbidden" and parts:
            parts[-1] = "(an unknown field)"
        places.append(".".join(parts) or "(the whole record)")
    return places
