"""Causes of denial in a world file, people's errors, and dated changes."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from claims.finding import Category
from claims.record import Record
from data.synthetic.features import FEATURES
from data.synthetic.world_values import CauseName, Drawn, Positive, Share, Spread

EffectKind = Literal[
    "plan", "code", "credential", "diagnosis", "clinician", "site", "month", "cell"
]


class Reason(Record):
    """How a denial is written: the payer's habit is drawn once from these."""

    carc: str
    rarc: tuple[str, ...] = ()
    group: Literal["CO", "PR", "OA", "PI"] = "CO"
    weight: Positive = 1.0


class Odds(Record):
    """Log odds as a sum: a base by payer, further effects, and what is known of the line."""

    base: Drawn
    """By payer."""
    by: dict[EffectKind, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """Standard deviation of an effect within each payer; `cell` is plan, code, credential and
    telehealth together."""
    effects: dict[str, Drawn] = Field(default_factory=dict)
    """Log odds for one unit of a feature (docs/worlds.md); the sd is between payers."""

    @field_validator("effects")
    @classmethod
    def _known(cls, effects: dict[str, Spread]) -> dict[str, Spread]:
        unknown = sorted(set(effects) - FEATURES.keys())
        if unknown:
            raise ValueError(f"no feature is called {unknown[0]}")
        return effects


class Cause(Odds):
    """One reason for denial. Causes compete in the order of the file."""

    name: CauseName
    category: Category | None
    scope: Literal["claim", "line"]
    """A claim's cause denies all its lines; all of these come before any line's cause."""
    needs: tuple[str, ...] = ()
    """Cannot happen unless one of these features is there."""
    quick: bool = False
    """Found as soon as the claim comes in (scope claim): answered after the lag `quick`."""
    reviewed: bool = False
    """Happens only to claims pulled for review, and depends on the reviewer."""
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]
    vague: Drawn = Spread(mean=0.0)
    """Share of its denials, by payer, that the payer explains with nothing (CARC A1)."""
    partial: Share = 0.0
    """Share of its denials of lines with several units that cut some units only."""


class Review(Odds):
    """How likely a claim is to be pulled for review of its documentation."""


class Slip(Record):
    """An error of people: rates differ by person and by month."""

    rate: Share
    """Among the lines or claims where it can happen."""
    person_sd: Annotated[float, Field(ge=0)] = 0.6
    month_sd: Annotated[float, Field(ge=0)] = 0.3


class ChangeEffect(Record):
    """Where and how a change moves a cause."""

    cause: CauseName
    add: float
    """Log odds."""
    codes: tuple[Annotated[str, Field(pattern=r"^[0-9A-Z]\d{3}[0-9A-Z]$")], ...] = ()
    credentials: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    when: str | None = None
    """Only where this feature is there."""


class Change(Record):
    """A dated change of one payer's conduct."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    payer: str
    month: Annotated[float, Field(ge=0)]
    """From the start of the world, when it takes effect by date of service."""
    spread_weeks: Annotated[float, Field(ge=0)] = 0.0
    """The day is drawn within so many weeks around it."""
    announced: Annotated[int, Field(ge=0)] | None = None
    """Days before that the payer says so; absent: never."""
    rules: dict[str, Any] = Field(default_factory=dict)
    """Published rules of the payer that get a new value; announced changes only."""
    effects: tuple[ChangeEffect, ...] = ()

    @model_validator(mode="after")
    def _rules_are_announced(self) -> Self:
        if self.rules and self.announced is None:
            raise ValueError("rules can change only with announced; use effects")
        if not self.rules and not self.effects:
            raise ValueError("neither rules nor effects")
        return self
