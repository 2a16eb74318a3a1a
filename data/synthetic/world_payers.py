"""Payers in a world file: published rules as values, everything else as distributions."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from claims.note import Discipline, PayerType, UnitRule
from claims.record import Record
from data.synthetic.world_values import (
    CauseName,
    Drawn,
    Positive,
    Rate,
    Share,
    Spread,
    Weights,
)


class Telehealth(Record):
    """What a payer wants of a telehealth claim."""

    modifier: Literal["95", "GT", "none"] = "95"
    audio_modifier: Literal["93", "none"] = "93"
    places: tuple[Literal["02", "10"], ...] = ("02", "10")


class AuthorizationRule(Record):
    """From which visit on a payer wants an authorization, and what it then gives."""

    disciplines: tuple[Discipline, ...]
    codes: tuple[str, ...] = ()
    """Only these; empty: every code of the disciplines."""
    after_visits: Annotated[int, Field(ge=0)] = 0
    """Visits of a calendar year that need none."""
    visits: Annotated[int, Field(ge=1)] | None = None
    units: Annotated[int, Field(ge=1)] | None = None
    days: Annotated[int, Field(ge=7)] = 180

    @model_validator(mode="after")
    def _one_pool(self) -> Self:
        if (self.visits is None) == (self.units is None):
            raise ValueError("give either visits or units")
        return self


class Plan(Record):
    """One product of a payer."""

    name: str
    share: Positive = 1.0
    visit_limit: dict[Discipline, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """Visits of a calendar year, all providers together."""
    copay: Annotated[float, Field(ge=0)] = 0.0
    deductible: Share = 0.0
    """Share of January's claims that fall under the deductible; halves each month."""
    coinsurance: Share = 0.0


class Coverage(Record):
    """Hidden chains of a member's coverage, in steps of a week."""

    lapse: Rate = Spread(mean=0.002)
    """Chance a week that coverage ends unnoticed."""
    restored: Rate = Spread(mean=0.08)
    other: Rate = Spread(mean=0.0005)
    """Chance a week that the payer starts to believe that another pays first."""
    other_ends: Rate = Spread(mean=0.1)
    elsewhere: Rate = Spread(mean=0.02)
    """Chance a week that the member's visits to other providers go up by one level."""
    levels: Annotated[tuple[int, ...], Field(min_length=1, max_length=6)] = (0, 4, 8, 14)
    """Visits to other providers this year, level by level, from 0."""

    @field_validator("levels")
    @classmethod
    def _rise(cls, levels: tuple[int, ...]) -> tuple[int, ...]:
        if levels[0] != 0 or list(levels) != sorted(set(levels)):
            raise ValueError("levels begin with 0 and rise")
        return levels


class Lag(Record):
    """Days from submission to answer: a log-normal distribution, cut off at `longest`."""

    median: Positive
    spread: Positive = 0.3
    """Standard deviation of the logarithm."""
    shortest: Annotated[int, Field(ge=1)] = 5
    longest: Annotated[int, Field(ge=2, le=400)] = 160

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError("shortest is longer than longest")
        return self


class Lags(Record):
    """Time to an answer by what it will be."""

    paid: Lag = Lag(median=18)
    denied: Lag = Lag(median=22)
    quick: Lag = Lag(median=8, spread=0.25, shortest=4, longest=60)
    """A denial for a cause marked `quick`: the member is looked up before anything else."""
    review: Lag = Lag(median=44, spread=0.2, shortest=25)
    """A claim pulled for review, whatever comes of it."""
    pend: Lag = Lag(median=12, spread=0.25)
    """The interim notice that a line is held, where one is sent."""


class PayerWorld(Record):
    """One payer: published rules as values, everything else as distributions."""

    id: Annotated[str, Field(pattern=r"^[0-9A-Z]{2,15}$")]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9 .'-]+$")]
    type: PayerType
    filing_indicator: Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")]
    share: Weights
    """Of each discipline's clients, in proportion."""
    joins_month: Annotated[float, Field(ge=0)] = 0.0
    """Month, from the start, in which its first members come."""
    plans: Annotated[tuple[Plan, ...], Field(min_length=1)]
    fee: Positive = 1.0
    """What it allows, as a multiple of the fees in services.csv."""
    unit_rule: UnitRule = "ama_midpoint"
    therapy_modifiers: bool = False
    """GP, GO, GN wanted on rehabilitation codes."""
    assistant_modifiers: bool = False
    """CQ and CO wanted for assistants, paid at 85%."""
    separate_service_pairs: tuple[tuple[str, str], ...] = ()
    """Column one, column two: the second wants modifier 59 beside the first."""
    referring: tuple[Discipline, ...] = ()
    """Whose claims must name a referring or ordering provider."""
    telehealth: Telehealth = Telehealth()
    authorization: tuple[AuthorizationRule, ...] = ()
    timely_filing_days: Annotated[int, Field(ge=10)] = 180
    cycle: Annotated[tuple[Literal[1, 2, 3, 4], ...], Field(min_length=1)] = (1, 2, 3, 4)
    """Days of the week on which it pays, Monday being 0 and the practice's own day."""
    lags: Lags = Lags()
    unanswered: Share = 0.008
    """Share of claims to which no answer ever comes, whatever they are."""
    pend_notice: Share = 0.5
    """Share of reviewed claims first reported as held."""
    split: Share = 0.03
    """Share of claims of several lines answered in two parts."""
    downcoded: Share = 0.004
    """Share of paid lines of a code with a shorter sister that are paid as that one."""
    takeback: Share = 0.005
    """Share of paid claims taken back after an audit."""
    second_payer: Share = 0.0
    """Share of its members who have another payer after it."""
    coverage: Coverage = Coverage()
    reviewers: Annotated[tuple[float, ...], Field(min_length=1)] = (-1.0, 0.0, 1.0)
    """Harshness, in log odds, of those who review; each takes an equal part."""
    shift: dict[CauseName, Drawn] = Field(default_factory=dict)
    """Added to the base of a cause, in log odds; `review` for the rate of review."""

    def plan(self, of: Plan) -> Plan:
        """The plan of that name under these rules."""
        return next((one for one in self.plans if one.name == of.name), of)

    def under(self, rules: dict[str, Any]) -> Self:
        """The payer with some published rules changed; plans that are not named stay."""
        changed = self.replace(**rules)
        named = {plan.name: plan for plan in changed.plans}
        kept = tuple(named.get(plan.name, plan) for plan in self.plans)
        return changed.model_copy(update={"plans": kept})

    @field_validator("cycle")
    @classmethod
    def _in_order(cls, cycle: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(cycle)))


PUBLISHED = (
    "plans",
    "fee",
    "unit_rule",
    "therapy_modifiers",
    "assistant_modifiers",
    "separate_service_pairs",
    "referring",
    "telehealth",
    "authorization",
    "timely_filing_days",
)
"""What a payer publishes, and may change on a day."""


class SecondPayer(Record):
    """A payer that pays what another left to the patient."""

    id: Annotated[str, Field(pattern=r"^[0-9A-Z]{2,15}$")]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9 .'-]+$")]
    filing_indicator: Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")] = "CI"
    crossover: Share = 0.7
    """Share of claims that the first payer hands on by itself (claim status 19)."""
