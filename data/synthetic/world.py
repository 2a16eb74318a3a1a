"""A world file: everything that makes one invented practice and its payers, as YAML.

Published rules are values; what no practice can know is a distribution, drawn from the seed.
Every key is explained in docs/worlds.md.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from claims.finding import Category
from claims.note import Discipline, PayerType, UnitRule
from claims.problem import ClaimwrightError
from claims.record import Record, locations
from data.synthetic.features import FEATURES, HIDDEN, NOTE_FEATURES

WORLDS = Path(__file__).parent / "worlds"
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Weights = Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(min_length=1)]
EffectKind = Literal[
    "plan", "code", "credential", "diagnosis", "clinician", "site", "month", "cell"
]
CauseName = Annotated[str, Field(pattern=r"^[a-z_]+$")]


class Spread(Record):
    """A normal distribution from which a hidden value is drawn once; a bare number is certain."""

    mean: float
    sd: Annotated[float, Field(ge=0)] = 0.0


def _spread(value: object) -> object:
    return {"mean": value} if isinstance(value, int | float) else value


Drawn = Annotated[Spread, BeforeValidator(_spread)]


class Site(Record):
    """A place where the practice works."""

    name: str
    line1: str
    city: str
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    postal_code: Annotated[str, Field(pattern=r"^\d{9}$")]
    share: Positive = 1.0


class DisciplineWorld(Record):
    """How one discipline's clients come, stay and are seen."""

    share: Share
    """Of all clients in care."""
    credentials: Weights
    """Of the clinicians who lead treatment, by credential."""
    episode_weeks: Positive
    """Median length of an episode of care."""
    visits_per_week: Weights
    """Share of clients by visits a week, such as {"0.5": 0.3, "1": 0.7}."""
    cancelled: Share = 0.1
    telehealth: Share = 0.0
    """Share of clients who are mostly seen by video."""
    audio: Share = 0.03
    """Of telehealth visits."""
    assistant: Share = 0.0
    """Of visits given by an assistant, associate, fellow or technician."""
    group: Share = 0.0
    family: Share = 0.0
    child: Share = 0.2
    """Share of clients under 18."""
    unbilled_over_limit: Share = 0.8
    """Share of clients who pay for themselves once the known visits reach the plan's limit."""
    watched: Share = 0.0
    """Share of lapses in coverage that are seen before a visit, so that no claim comes of them."""
    caseload: Positive = 22.0
    """Visits a week of one clinician."""
    minutes: Weights | None = None
    """Share of therapy visits by usual length; the discipline's own where absent."""


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

    lapse: Drawn = Spread(mean=0.002)
    """Chance a week that coverage ends unnoticed."""
    restored: Drawn = Spread(mean=0.08)
    other: Drawn = Spread(mean=0.0005)
    """Chance a week that the payer starts to believe that another pays first."""
    other_ends: Drawn = Spread(mean=0.1)
    elsewhere: Drawn = Spread(mean=0.02)
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

    @field_validator("cycle")
    @classmethod
    def _in_order(cls, cycle: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(cycle)))


class SecondPayer(Record):
    """A payer that pays what another left to the patient."""

    id: Annotated[str, Field(pattern=r"^[0-9A-Z]{2,15}$")]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9 .'-]+$")]
    filing_indicator: Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")] = "CI"
    crossover: Share = 0.7
    """Share of claims that the first payer hands on by itself (claim status 19)."""


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
    codes: tuple[str, ...] = ()
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


class Target(Record):
    """A published figure that the world is held against."""

    figure: str
    value: float
    low: float
    high: float
    source: Annotated[str, Field(min_length=1)]


class World(Record):
    """The whole file."""

    name: str
    start: date
    """A Monday: the first day of the first week."""
    practice: str = "Harborview Therapy Group"
    sites: Annotated[tuple[Site, ...], Field(min_length=1)]
    disciplines: Annotated[dict[Discipline, DisciplineWorld], Field(min_length=1)]
    growth: float = 0.1
    """Of new clients, a year."""
    tenure_weeks: Positive = 100.0
    """Mean stay of a clinician."""
    billers: Annotated[int, Field(ge=1)] = 3
    reworked: Share = 0.35
    """Share of denied claims that are ever sent again."""
    overturned: Share = 0.56
    """Share of those that are then paid."""
    second: SecondPayer | None = None
    """Who pays after the payers whose members have a `second_payer`."""
    authorizations_followed: Share = 0.9
    """Share of clients whose authorizations are renewed in time."""
    voices: str | None = None
    """A folder of writers' voices and fragments, from the world file; absent: the shipped."""
    payers: Annotated[tuple[PayerWorld, ...], Field(min_length=1)]
    review: Review
    causes: Annotated[tuple[Cause, ...], Field(min_length=1)]
    shuffled_order: Share = 0.2
    """Chance, by payer, that two neighbouring causes of one scope change places."""
    slips: dict[str, Slip] = Field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    targets: tuple[Target, ...] = ()

    @field_validator("slips")
    @classmethod
    def _known_slips(cls, slips: dict[str, Slip]) -> dict[str, Slip]:
        for name in slips:
            if name not in SLIPS:
                raise ValueError(f"no slip is called {name}; expected one of {', '.join(SLIPS)}")
        return slips

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.start.weekday() != 0:
            raise ValueError("start: expected a Monday")
        names = {cause.name for cause in self.causes}
        _unique("causes", (cause.name for cause in self.causes))
        _unique("payers", (payer.id for payer in self.payers))
        _unique("changes", (change.id for change in self.changes))
        if [cause.scope for cause in self.causes] != sorted(c.scope for c in self.causes):
            raise ValueError("causes: those of scope claim must come before those of scope line")
        for cause in self.causes:
            self._check_cause(cause)
        if set(self.review.effects) & (HIDDEN | NOTE_FEATURES):
            raise ValueError("review.effects: hidden facts and the note cannot move it")
        for payer in self.payers:
            strange = sorted(set(payer.shift) - names - {"review"})
            if strange:
                raise ValueError(f"payers.{payer.id}.shift: no cause is called {strange[0]}")
        payers = {payer.id: payer for payer in self.payers}
        if self.second is None and any(payer.second_payer for payer in self.payers):
            raise ValueError("second: missing; a payer has members with a second_payer")
        if self.second is not None and self.second.id in payers:
            raise ValueError("second.id: is another payer's already")
        for change in self.changes:
            if change.payer not in payers:
                raise ValueError(f"changes.{change.id}.payer: no payer has this id")
            for effect in change.effects:
                if effect.cause not in names | {"review"}:
                    raise ValueError(f"changes.{change.id}.effects: no cause {effect.cause}")
                if effect.when is not None and effect.when not in FEATURES:
                    raise ValueError(f"changes.{change.id}.effects.when: no such feature")
            try:
                payers[change.payer].replace(**change.rules)
            except ValidationError as error:
                where = locations(error.errors(include_input=False))[0]
                raise ValueError(f"changes.{change.id}.rules.{where}: not a valid value") from None
        self._check_codes()
        for discipline in self.disciplines:
            if not any(p.share.get(discipline) and not p.joins_month for p in self.payers):
                raise ValueError(f"disciplines.{discipline}: no payer has a share of it at start")
        return self

    def _check_cause(self, cause: Cause) -> None:
        if cause.quick and cause.scope == "line":
            raise ValueError(f"causes.{cause.name}: a quick cause has the scope claim")
        if cause.reviewed and cause.scope == "claim":
            raise ValueError(f"causes.{cause.name}: a reviewed cause has the scope line")
        used = set(cause.effects) | set(cause.needs)
        if unknown := sorted(set(cause.needs) - FEATURES.keys()):
            raise ValueError(f"causes.{cause.name}.needs: no feature is called {unknown[0]}")
        if cause.scope == "line" and used & HIDDEN:
            raise ValueError(f"causes.{cause.name}: hidden facts move causes of scope claim only")
        if used & NOTE_FEATURES and not cause.reviewed:
            raise ValueError(f"causes.{cause.name}: the note moves reviewed causes only")
        if cause.scope == "claim" and (cause.vague.mean or cause.vague.sd or cause.partial):
            raise ValueError(f"causes.{cause.name}: vague and partial belong to scope line")

    def _check_codes(self) -> None:
        """Causes of the claim can be told from each other and from a line's by their codes."""
        seen: dict[tuple[str, tuple[str, ...]], str] = {}
        for cause in self.causes:
            for reason in cause.reasons:
                key = (reason.carc, reason.rarc)
                other = seen.setdefault(key, cause.name)
                scopes = {c.scope for c in self.causes if c.name in (other, cause.name)}
                if other != cause.name and "claim" in scopes:
                    raise ValueError(
                        f"causes.{cause.name}.reasons: {reason.carc} is {other}'s already"
                    )


SLIPS = (
    "missing_taxonomy",
    "referring_missing",
    "wrong_rendering",
    "authorization_number_missing",
    "late_filing",
    "duplicate",
    "therapy_modifier_missing",
    "assistant_modifier_missing",
    "telehealth_modifier_wrong",
    "place_wrong",
    "separate_service_missing",
    "longer_code",
    "extra_unit",
    "other_unit_rule",
    "unspecified_diagnosis",
    "note_missing",
)


def _unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what}: {name} stands there twice")
        seen.add(name)


MERGED_WHOLE = ("effects", "by", "visits_per_week", "credentials", "share", "minutes")
"""Keys whose values are taken as given where one world extends another, never mixed."""


def _merged(base: object, over: object, key: str = "") -> Any:
    """A world's content laid over the one that it extends.

    Mappings are merged key by key; lists of things with an id or a name are merged thing by
    thing, new ones at the end; everything else is replaced.
    """
    if isinstance(base, dict) and isinstance(over, dict) and key not in MERGED_WHOLE:
        names = [*base, *(name for name in over if name not in base)]
        return {
            name: _merged(base.get(name), over[name], name) if name in over else base[name]
            for name in names
        }
    if isinstance(base, list) and isinstance(over, list):
        label = "id" if key in ("payers", "changes") else "name"
        things = (*base, *over)
        if things and all(isinstance(one, dict) and label in one for one in things):
            new = {one[label]: one for one in over}
            kept = [_merged(one, new.pop(one[label], {})) for one in base]
            return [*kept, *new.values()]
    return over


def _content(path: Path, above: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The content of a world file, with what it extends underneath."""
    if not path.exists() and (WORLDS / f"{path}.yaml").exists():
        path = WORLDS / f"{path}.yaml"
    if path.resolve() in above:
        raise ClaimwrightError(f"{path}: extends itself")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ClaimwrightError(f"{path}: cannot be read: {reason}") from None
    except yaml.YAMLError as error:
        raise ClaimwrightError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ClaimwrightError(f"{path}: expected keys such as name, start, payers")
    below = content.pop("extends", None)
    if below is None:
        return content
    beside = path.parent / str(below)
    chosen = beside if beside.is_file() else Path(str(below))
    base = _content(chosen, (*above, path.resolve()))
    merged: dict[str, Any] = _merged(base, content)
    return merged


def load_world(path: Path | None = None) -> World:
    """The world in a file, or the default one.

    path: a YAML file, or the name of a shipped world such as "additive".
    Raises ClaimwrightError naming the file and the key that is wrong.
    """
    path = path or WORLDS / "default.yaml"
    content = _content(path)
    voices = content.get("voices")
    if isinstance(voices, str):
        if not (path.parent / voices).is_dir():
            raise ClaimwrightError(f"{path}: voices: {voices} is no folder beside the world file")
        content["voices"] = str((path.parent / voices).resolve())
    try:
        return World.model_validate(content)
    except ValidationError as error:
        # Nothing in a world file is a patient's, so an unknown key may be repeated.
        said = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'the world'}: {one['msg']}"
            for one in error.errors(include_input=False)[:5]
        )
        raise ClaimwrightError(f"{path}: {said}") from None
