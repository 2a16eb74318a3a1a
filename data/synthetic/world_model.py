"""What a world file may say, and that what it says agrees."""

import math
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from claims.codes.reasons import reason, remark
from claims.note import Discipline
from claims.record import Record, locations
from data.synthetic.features import FEATURES, HIDDEN, NOTE_FEATURES
from data.synthetic.tables import credentials
from data.synthetic.world_causes import Cause, Change, Reason, Review, Slip
from data.synthetic.world_payers import PUBLISHED, PayerWorld, SecondPayer
from data.synthetic.world_values import Positive, Proportions, Share, Written

TOLD_BY_REMARK = frozenset(
    ["16", "96", "125", "129", "148", "226", "227", "237", "250", "251", "252", "267", "A1"]
)
"""Adjustment reasons whose meaning stands in the first remark that has one (labels)."""
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


class Site(Record):
    """A place where the practice works."""

    name: Written
    line1: Written
    city: Written
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    postal_code: Annotated[str, Field(pattern=r"^\d{9}$")]
    share: Positive = 1.0


class DisciplineWorld(Record):
    """How one discipline's clients come, stay and are seen."""

    share: Share
    """Of all clients in care."""
    credentials: Proportions
    """Of the clinicians who lead treatment, by credential."""
    episode_weeks: Positive
    """Median length of an episode of care."""
    visits_per_week: Proportions
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
    minutes: Proportions | None = None
    """Share of clients by usual length of a visit; the discipline's own where absent."""

    @field_validator("visits_per_week")
    @classmethod
    def _working_days(cls, shares: dict[str, float]) -> dict[str, float]:
        for key in shares:
            if not 0.05 <= _number(key) <= 7:
                raise ValueError(f"{key}: visits a week lie between 0.05 and 7")
        return shares

    @field_validator("minutes")
    @classmethod
    def _bookable(cls, shares: dict[str, float] | None) -> dict[str, float] | None:
        for key in shares or ():
            if not key.isdecimal() or not 15 <= int(key) <= 360:
                raise ValueError(f"{key}: a visit lasts 15 to 360 whole minutes")
        return shares


def _number(key: str) -> float:
    """What a key says, or NaN."""
    try:
        return float(key)
    except ValueError:
        return math.nan


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
    practice: Written = "Harborview Therapy Group"
    sites: Annotated[tuple[Site, ...], Field(min_length=1)]
    disciplines: Annotated[dict[Discipline, DisciplineWorld], Field(min_length=1)]
    growth: Annotated[float, Field(ge=-0.9, le=20)] = 0.1
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
        if not 2016 <= self.start.year <= 2090:
            raise ValueError("start: expected a day between 2016 and 2090")
        self._check_disciplines()
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
            self._check_change(change, payers)
        self._check_codes()
        for discipline in self.disciplines:
            if not any(p.share.get(discipline) and not p.joins_month for p in self.payers):
                raise ValueError(f"disciplines.{discipline}: no payer has a share of it at start")
        return self

    def _check_disciplines(self) -> None:
        if not any(one.share for one in self.disciplines.values()):
            raise ValueError("disciplines: one of the shares must be above zero")
        for name, one in self.disciplines.items():
            leads = [c.name for c in credentials().values() if c.discipline == name and c.lead]
            for credential in one.credentials:
                if credential not in leads:
                    raise ValueError(
                        f"disciplines.{name}.credentials.{credential}: expected one of "
                        + ", ".join(leads)
                    )

    def _check_change(self, change: Change, payers: dict[str, PayerWorld]) -> None:
        where = f"changes.{change.id}"
        payer = payers.get(change.payer)
        if payer is None:
            raise ValueError(f"{where}.payer: no payer has this id")
        for effect in change.effects:
            if effect.cause not in {cause.name for cause in self.causes} | {"review"}:
                raise ValueError(f"{where}.effects: no cause {effect.cause}")
            if effect.when is not None and effect.when not in FEATURES:
                raise ValueError(f"{where}.effects.when: no feature is called {effect.when}")
            for what, said, known in (
                ("credentials", effect.credentials, credentials()),
                ("plans", effect.plans, {plan.name for plan in payer.plans}),
            ):
                if unknown := [one for one in said if one not in known]:
                    raise ValueError(f"{where}.effects.{what}: {unknown[0]} is unknown here")
        for rule in change.rules:
            if rule not in PUBLISHED:
                raise ValueError(
                    f"{where}.rules.{rule}: is no rule that can change; expected one of "
                    + ", ".join(PUBLISHED)
                )
        try:
            changed = payer.replace(**change.rules)
        except ValidationError as error:
            place = locations(error.errors(include_input=False))[0]
            raise ValueError(f"{where}.rules.{place}: not a valid value") from None
        for plan in changed.plans:
            if plan.name not in {one.name for one in payer.plans}:
                raise ValueError(f"{where}.rules.plans: the payer has no plan {plan.name}")

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
            for written in cause.reasons:
                _check_reason(cause, written)
                key = (written.carc, written.rarc)
                other = seen.setdefault(key, cause.name)
                scopes = {c.scope for c in self.causes if c.name in (other, cause.name)}
                if other != cause.name and "claim" in scopes:
                    raise ValueError(
                        f"causes.{cause.name}.reasons: {written.carc} is {other}'s already"
                    )


def _check_reason(cause: Cause, written: Reason) -> None:
    """Current codes that deny, and that are read as the cause's category."""
    where = f"causes.{cause.name}.reasons"
    code = reason(written.carc)
    if code is None or not code.current:
        raise ValueError(f"{where}: {written.carc} is no current adjustment reason (CARC)")
    if code.treatment != "denial":
        raise ValueError(f"{where}: {written.carc} denies nothing")
    read = code.category
    for name in written.rarc:
        found = remark(name)
        if found is None or not found.current:
            raise ValueError(f"{where}: {name} is no current remark (RARC)")
        if found.category and not found.alert and written.carc in TOLD_BY_REMARK:
            read = found.category
            break
    if read != cause.category:
        raise ValueError(
            f"{where}: {' '.join([written.carc, *written.rarc])} is read as {read}, "
            f"and the cause's category is {cause.category}"
        )


def _unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what}: {name} stands there twice")
        seen.add(name)
