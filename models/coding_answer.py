"""What the coding assistant answers, as the codes part of the `review` contract."""

from typing import Annotated, Literal

from pydantic import Field

from claims.claim import Code
from claims.note import NotBillableReason, Passage
from claims.record import Record

By = Literal["rule", "model"]
Share = Annotated[float, Field(ge=0, le=1)]


class SuggestedCode(Record):
    """A code to bill, with its units and modifiers."""

    code: Code
    units: Annotated[int, Field(ge=1)] = 1
    modifiers: tuple[str, ...] = ()
    probability: Share
    """That this code belongs to the bill."""
    why: str
    by: By = "rule"
    evidence: tuple[Passage, ...] = ()
    """What it rests on in the text."""


class Alternative(Record):
    """A code that might be the right primary one instead."""

    code: Code
    units: Annotated[int, Field(ge=1)] = 1
    probability: Share
    why: str


class NotBillable(Record):
    """Why nothing can be billed as the note stands."""

    reason: NotBillableReason
    text: str


class Suggestion(Record):
    """The bill that a note supports."""

    billable: bool
    not_billable_because: NotBillable | None = None
    codes: tuple[SuggestedCode, ...] = ()
    """The whole set, the primary first."""
    alternatives: tuple[Alternative, ...] = ()
    """Ranked."""
    code_set_95: tuple[Code, ...] = ()
    """Holds the right primary code 95 times in 100. Where nothing is billable as the note stands,
    what it would be if that were mended, as by the time that is missing."""
    refused: tuple[str, ...] = ()
    """Sentences on what was named, booked or near, and is not supported."""
    unclear: tuple[str, ...] = ()
    """Sentences on what a person must settle first."""
    model: str
    """Version of the coding model."""

    @property
    def primary(self) -> str | None:
        """The first code of the set."""
        return self.codes[0].code if self.codes else None
