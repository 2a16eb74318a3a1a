"""What a payer has allowed in advance, and what a benefit still holds."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from claims.claim import Code
from claims.record import Identifier, Money, Personal, Quantity, Record

Member = Annotated[Personal, Field(min_length=1)]


class Authorization(Record):
    """A payer's leave for named services, in a number of units or visits, over a span of days."""

    authorization_number: Identifier
    payer_id: Identifier
    member_id: Member
    procedures: tuple[Code, ...] = ()
    """They share one pool; empty: any."""
    units: Quantity | None = None
    visits: Annotated[int, Field(ge=0)] | None = None
    start: date
    end: date
    """The last day on which it may be used."""
    rendering_npi: Identifier | None = None
    """The only provider who may use it, where it names one."""
    status: Identifier | None = None
    used_units: Quantity | None = None
    """Opening balance on `as_of`."""
    used_visits: Annotated[int, Field(ge=0)] | None = None
    as_of: date | None = None
    received: date | None = None
    """The day on which the practice had it; `start` where nobody noted it."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end < self.start:
            raise ValueError("end lies before start")
        return self


class Benefit(Record):
    """A yearly limit of a member's coverage, in visits or dollars, as the payer last told it."""

    payer_id: Identifier
    member_id: Member
    benefit: Identifier
    """What it limits: PT, SLP, PT+SLP, MH, …"""
    limit: Money
    used: Money
    """By all providers, not by this practice alone, on `as_of`."""
    unit: Literal["visits", "dollars"]
    period_start: date
    as_of: date
