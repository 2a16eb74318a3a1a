"""What `score` answers: one type for command line, API and pages (contract: score)."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from claims.claim import Modifier
from claims.finding import Category, FindingSeverity, Fix
from claims.record import Money, Quantity, Record

Probability = Annotated[float, Field(ge=0, le=1)]


class Reason(Record):
    """One reason's part of a risk."""

    category: Category | None
    """None: a denial whose remittance would name no category."""
    probability: Probability


class Driver(Record):
    """What moves a line's risk up or down."""

    feature: str
    """Our own short word for the group of features behind it."""
    value: str
    contribution: float
    """Log odds added by it."""
    text: str
    """A sentence for a biller."""


class ScoredFinding(Record):
    """A finding with its number and the risk once its fix is applied."""

    id: str
    """position/line/edit; unique within the file."""
    edit: str
    category: Category
    severity: FindingSeverity
    line: int
    message: str
    source: str
    fix: Fix | None = None
    risk_after: Probability | None = None
    """Of the line that it concerns, or of the claim where `line` is 0."""
    saved: float | None = None
    """Dollars of expected loss that this fix alone takes away; below 0 where it adds to it."""


class LineScore(Record):
    """One service line, judged."""

    line: int
    procedure: str
    modifiers: tuple[Modifier, ...]
    units: Quantity
    charge: Money
    risk: Probability | None
    expected_allowed: Money | None
    reasons: tuple[Reason, ...] = ()
    drivers: tuple[Driver, ...] = ()


class NoteReference(Record):
    """Which note a claim was read together with."""

    id: str


class ModelReference(Record):
    """Which model judged."""

    name: str
    version: str


class ClaimScore(Record):
    """One claim, judged."""

    model_config = ConfigDict(protected_namespaces=())

    claim_id: str
    position: int
    """Of the claim in the file, from 1."""
    as_of: date
    payer_id: str
    payer: str
    member_id: Annotated[str, Field(repr=False)]
    date_of_service: date
    charge: Money
    risk: Probability | None
    """That any of its lines is denied; None without a model, or where another payer comes first."""
    expected_loss: Annotated[float, Field(ge=0)] | None
    """Dollars: risk x (expected allowed x (1 - recoverable share) + rework cost)."""
    filing_deadline: date | None = None
    note: NoteReference | None = None
    reasons: tuple[Reason, ...] = ()
    lines: tuple[LineScore, ...]
    findings: tuple[ScoredFinding, ...] = ()
    model: ModelReference | None = None
    unscored: str | None = None
    """Why there is no risk, where there is none."""
    fixes: tuple[str, ...] = ()
    """Ids of the findings whose fixes help, the most helpful first: each is kept as long as the
    expected loss falls. What only a payer or member can settle is not among them."""
    risk_fixed: Probability | None = None
    """Risk of the claim once these are made; None where no fix helps."""
    saved: float | None = None
    """Dollars of expected loss that these fixes take away."""
