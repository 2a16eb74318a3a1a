"""The kinds of rule that a payer policy may hold, each a small typed record.

Every rule says from when and until when it applies (days of service), since when it is known,
where it comes from and how sure that is. The file gives defaults for all of these. The format
is described for people in docs/policies.md, which a test holds to this module.
"""

from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from claims.finding import FindingSeverity
from claims.note import Discipline, ElementKey, UnitRule
from claims.policies.selector import (
    Codes,
    Diagnoses,
    Modifiers,
    Places,
    Selector,
    TwoCharacters,
    Words,
    _listed,
)
from claims.record import Money, Record

Certainty = Literal["sure", "likely", "assumed"]
"""sure: read in the source; likely: read at second hand; assumed: a starting point of ours,
which a practice should check against its contract. An edit raises no error on an assumed rule."""
Days = Annotated[int, Field(ge=0, le=3660)]
Count = Annotated[int, Field(ge=1, le=1000)]
Adoption = Literal["error", "warning", "off"]
Severity = Literal["error", "warning", "info", "off"]
Elements = Annotated[tuple[ElementKey, ...], BeforeValidator(_listed)]

_BY_DISCIPLINE: dict[Discipline, str] = {"SLP": "GN", "OT": "GO", "PT": "GP"}
_BY_ASSISTANT: dict[Discipline, str] = {"PT": "CQ", "OT": "CO"}


class Rule(Record):
    """What all rules share."""

    side_by_side: ClassVar[bool] = False
    """Whether all rules of the kind that apply hold together, or the strongest alone."""

    id: str
    """Of this rule; a rule with the same id in a stronger file takes its place."""
    when: Selector = Selector()
    effective: date | None = None
    """First day of service; None: as far back as claims go."""
    until: date | None = None
    """Last day of service; None: until a later rule with the same id takes its place."""
    known: date | None = None
    """Since when it could be known; None: since it is effective."""
    source: Annotated[str, Field(min_length=3)]
    """The manual's section, contract, bulletin or portal page that says so, and its date."""
    certainty: Certainty = "sure"
    severity: Severity | None = None
    """Given by a practice: how its edits speak of this rule; off silences them."""
    comment: str = ""
    file: str = ""
    """Where it stands; filled in on reading."""
    origin: Literal["shipped", "announced", "own"] = "own"
    """Filled in on reading."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.effective and self.until and self.until < self.effective:
            raise ValueError("until lies before effective")
        return self

    def applies(self, on: date, known: date | None = None) -> bool:
        """Whether it is in force on a day of service, as far as known on another day."""
        if self.effective and on < self.effective:
            return False
        if self.until and on > self.until:
            return False
        since = self.known or self.effective
        return known is None or since is None or since <= known

    def at_most(self, severity: FindingSeverity) -> FindingSeverity | None:
        """The severity an edit may use: the practice's own, and no error on an assumed rule.

        None where the practice silenced the rule.
        """
        if self.severity is not None:
            return None if self.severity == "off" else self.severity
        if severity == "error" and self.certainty == "assumed":
            return "warning"
        return severity

    @property
    def cited(self) -> str:
        """How a finding names it: file and id, then the source."""
        return f"{self.file} ({self.id}): {self.source}"


class UnitCounting(Rule):
    """How minutes of 15-minute codes become units."""

    rule: Literal["unit_rule"] = "unit_rule"
    unit_rule: UnitRule


class TimeUnit(Rule):
    """What one unit of a code stands for, where the payer departs from the code table."""

    rule: Literal["time_unit"] = "time_unit"
    minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    """Minutes of one unit; None: one unit whatever the time (by day or by visit)."""
    minimum: Annotated[int, Field(ge=0, le=1440)] | None = None
    """Least minutes of the last unit; None: more than half."""


class TimelyFiling(Rule):
    """Until when a claim may be sent."""

    rule: Literal["timely_filing"] = "timely_filing"
    days: Days | None = None
    """From the date of service."""
    months: Annotated[int, Field(ge=1, le=60)] | None = None
    """The same in calendar months, where the payer counts so (Medicare: 12)."""
    replacement_days: Days | None = None
    """For frequency codes 7 and 8; None: as for an original."""
    replacement_from: Literal["service", "remittance"] = "service"
    """From the date of service, or from the remittance of the claim that is replaced."""
    secondary_days: Days | None = None
    """From the primary payer's remittance; None: as for an original."""

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.days is None) == (self.months is None):
            raise ValueError("give days or months, one of them")
        return self


class Telehealth(Rule):
    """Whether a service may be given by video or telephone, and how that is billed."""

    rule: Literal["telehealth"] = "telehealth"
    covered: bool = True
    """By video at least."""
    audio_covered: bool = True
    """By telephone too."""
    video_modifiers: Modifiers = ()
    """One of them is due on a video visit; empty: none."""
    audio_modifiers: Modifiers = ()
    """One of them is due on a telephone visit; empty: none."""
    refused_modifiers: Modifiers = ()
    """Telehealth modifiers that this payer does not want."""
    places: Places = ("02", "10")
    """Places of service accepted for it, the preferred one first; empty: any."""
    home_place: TwoCharacters | None = "10"
    """Where the client is at home; null: as elsewhere."""
    elsewhere_place: TwoCharacters | None = "02"
    """Where the client is anywhere else; null: the place as if both were in one room."""
    consent_required: bool = False
    """The note must tell the client's consent."""


class DisciplineModifiers(Rule):
    """GN, GO, GP: under which discipline's plan of care a therapy service was given."""

    rule: Literal["discipline_modifiers"] = "discipline_modifiers"
    required: bool = True
    modifiers: dict[Discipline, TwoCharacters] = Field(default_factory=_BY_DISCIPLINE.copy)
    scope: Literal["always_therapy", "all_therapy"] = "always_therapy"
    """always_therapy: due on the codes that are always therapy, and on those that sometimes are
    where a therapist renders them; all_therapy: on every line that a therapist renders."""


class AssistantModifiers(Rule):
    """CQ, CO: services furnished in whole or in part by an assistant."""

    rule: Literal["assistant_modifiers"] = "assistant_modifiers"
    required: bool = True
    modifiers: dict[Discipline, TwoCharacters] = Field(default_factory=_BY_ASSISTANT.copy)
    paid_share: Annotated[float, Field(gt=0, le=1)] = 1.0


class TherapyThreshold(Rule):
    """KX: the year's amount from which medical necessity must be attested."""

    rule: Literal["kx"] = "kx"
    threshold: Money
    benefit: str
    """As the benefits file names it: PT+SLP, OT."""
    review_from: Money | None = None
    """Amount from which claims may be reviewed by hand."""
    modifier: TwoCharacters = "KX"


class CredentialModifiers(Rule):
    """A modifier that tells the credential of who rendered."""

    rule: Literal["credential_modifiers"] = "credential_modifiers"
    required: bool = True
    modifiers: dict[str, Modifiers]
    """Credential to its modifier, or to several of which one is due: `LCSW: AJ`."""


class RequiredModifier(Rule):
    """Modifiers that lines need, may not have, or both."""

    side_by_side = True
    rule: Literal["modifier"] = "modifier"
    require: Modifiers = ()
    """One of them is due."""
    refuse: Modifiers = ()
    """None of them may stand."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.require and not self.refuse:
            raise ValueError("give require or refuse")
        return self


class Pair(Rule):
    """Two codes of one client, day and provider that the payer does not simply pay together."""

    side_by_side = True
    rule: Literal["pair"] = "pair"
    column_one: Codes
    """What is paid."""
    column_two: Codes
    """What is bundled into it, and bears the modifier."""
    modifiers: Modifiers = ()
    """One of them tells that both are due; empty: never both."""


class Ncci(Rule):
    """Whether the payer follows Medicare's procedure-to-procedure edits."""

    rule: Literal["ncci"] = "ncci"
    adopted: Adoption


class Mue(Rule):
    """Whether the payer follows Medicare's medically unlikely edits."""

    rule: Literal["mue"] = "mue"
    adopted: Adoption


class AuthorizationNeed(Rule):
    """Whether services need an authorization, and from which visit on."""

    rule: Literal["authorization"] = "authorization"
    required: bool
    from_visit: Count = 1
    """The first visit that needs one, counted in `counted`; visits before it need none."""
    counted: Literal["year", "episode"] = "year"
    covers: Literal["units", "visits", "either"] = "either"
    """What the payer's authorizations count."""
    number_on_claim: bool = True
    """Whether its number must stand on the claim (REF*G1)."""


class BenefitLimit(Rule):
    """How much of a service the coverage holds in a period."""

    side_by_side = True
    rule: Literal["benefit_limit"] = "benefit_limit"
    benefit: str
    """As the benefits file names it."""
    limit: Money
    unit: Literal["visits", "dollars"] = "visits"
    period: Literal["calendar_year", "plan_year", "lifetime"] = "calendar_year"


class Frequency(Rule):
    """How often a service is paid for one client."""

    side_by_side = True
    rule: Literal["frequency"] = "frequency"
    limit: Count
    counted: Literal["units", "visits"] = "visits"
    """visits: days of service."""
    per: Literal["day", "week", "month", "year", "episode", "lifetime"]
    """week: from Sunday; month and year by the calendar."""
    by: Literal["provider", "practice"] = "practice"
    """Whose services count together."""


class Documentation(Rule):
    """What a note must bear, that the payer would otherwise not pay."""

    side_by_side = True
    rule: Literal["documentation"] = "documentation"
    note_required: bool = True
    elements: Elements = ()
    clock_times: bool = False
    """Start and stop must be told; a total is not enough."""
    signed_within_days: Days | None = None
    """From the date of service."""
    before_submission: bool = True
    """Signed before the claim is sent."""


class DiagnosisRule(Rule):
    """Which diagnoses the payer takes."""

    side_by_side = True
    rule: Literal["diagnosis"] = "diagnosis"
    unspecified: Literal["allowed", "denied"] = "allowed"
    z_first: Literal["allowed", "denied"] = "allowed"
    """A Z code as the line's first diagnosis."""
    excluded: Diagnoses = ()
    """Not covered as a line's first diagnosis."""
    required: Diagnoses = ()
    """One of these must be the line's first diagnosis."""
    required_anywhere: Diagnoses = ()
    """One of these must stand on the claim."""


class Credentials(Rule):
    """Who may render a service."""

    rule: Literal["credential"] = "credential"
    allowed: Words = ()
    """Only these; empty: any but the refused."""
    refused: Words = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.allowed and not self.refused:
            raise ValueError("give allowed or refused")
        return self


class Supervision(Rule):
    """What services of trainees, assistants and technicians need."""

    side_by_side = True
    rule: Literal["supervision"] = "supervision"
    credentials: Words
    """Whom it is about."""
    required: bool = True
    """The supervisor must be named on the claim (NM1*DQ) or in the note."""
    level: Literal["general", "direct", "personal"] = "general"
    render_as: Literal["self", "supervisor"] = "self"
    """In whose name the service is billed."""
    modifiers: Modifiers = ()
    """One of them is due; empty: none."""
    note_cosigned: bool = False


class MemberId(Rule):
    """The shape of the payer's member ids."""

    rule: Literal["member_id"] = "member_id"
    pattern: str
    """A regular expression that the whole id matches, letters in capitals."""
    looks_like: str
    """The shape in words."""

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        import re

        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern is no regular expression: {error}") from None
        return self


class Taxonomy(Rule):
    """Whose taxonomy code must stand on the claim (PRV)."""

    rule: Literal["taxonomy"] = "taxonomy"
    billing: bool = False
    rendering: bool = False


class ReferringProvider(Rule):
    """Whether a referring or ordering provider must be named (NM1*DN)."""

    rule: Literal["referring_provider"] = "referring_provider"
    required: bool = True


class PlanOfCareRule(Rule):
    """What the plan of care or treatment plan needs, and how often."""

    rule: Literal["plan_of_care"] = "plan_of_care"
    required: bool = True
    certified: bool = False
    """By a physician or another who may order the service."""
    certification_days: Days | None = None
    """From the plan's start until the first certification is due."""
    recertification_days: Days | None = None
    """How long a certified plan holds at most."""
    progress_report_visits: Count | None = None
    """A progress report is due at least every so many treatment days."""
    review_days: Days | None = None
    """A treatment plan is out of date after so many days (mental health, ABA)."""


class Coverage(Rule):
    """Services that the payer never pays, or pays after all."""

    rule: Literal["coverage"] = "coverage"
    covered: bool
    reason: Literal["bundled", "non_covered"] | None = None

    @model_validator(mode="after")
    def _says_why_not(self) -> Self:
        if not self.covered and self.reason is None:
            raise ValueError("give reason: bundled or non_covered")
        return self


class Substitution(Rule):
    """A code that the payer wants instead of another."""

    rule: Literal["substitution"] = "substitution"
    use: Annotated[str, Field(pattern=r"^[0-9A-Z]{5}$")]
    """In place of the code or codes in `when`."""

    @model_validator(mode="after")
    def _names_codes(self) -> Self:
        if not self.when.codes:
            raise ValueError("when.codes must name the codes that are replaced")
        return self


class PlaceOfServiceRule(Rule):
    """Where a service is paid."""

    rule: Literal["place_of_service"] = "place_of_service"
    allowed: Places = ()
    """Only these; empty: any but the refused."""
    refused: Places = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.allowed and not self.refused:
            raise ValueError("give allowed or refused")
        return self


class Records(Rule):
    """Which records the practice keeps of this payer's members.

    Edits that depend on a kind of record speak only where it is kept, or where another rule
    demands it (authorization, documentation).
    """

    rule: Literal["records"] = "records"
    authorizations: bool | None = None
    """None: not said; the practice's files tell."""
    benefits: bool | None = None
    notes: bool | None = None


KINDS: dict[str, type[Rule]] = {
    kind.model_fields["rule"].default: kind for kind in Rule.__subclasses__()
}
"""Every kind of rule by the word that a file names it with."""
