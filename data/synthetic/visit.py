"""What was really done in one session, and what a writer's note makes of it.

The world fills a `Visit`; a writer's voice turns it into a `WrittenNote`, which carries its own
truth. Units and modifiers follow from the visit; what the *text* supports follows from the note.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from claims.claim import Code, Modifier, PlaceOfService
from claims.note import (
    ClockTime,
    Discipline,
    ElementKey,
    Minutes,
    NotBillableReason,
    NoteFormat,
    Participant,
    PlanOfCare,
)
from claims.record import Identifier, Personal, Record

Service = Literal[
    # mental and behavioural health
    "individual",
    "family",  # with the client
    "family_without_client",
    "couple",
    "group",  # of any discipline
    "crisis",
    "intake",
    "intake_medical",
    "medical",  # a medical visit alone
    "medical_therapy",  # a medical visit with psychotherapy
    "testing",
    "health_behavior",
    # occupational, speech-language, physical therapy
    "evaluation",
    "reevaluation",
    "treatment",
    "caregiver_training",
    # applied behaviour analysis
    "direct",
    "protocol_modification",
    "family_guidance",
    "assessment",
]
"""The kind of service, in our own words; the codes stand beside it."""

Status = Literal["held", "no_show", "cancelled", "too_short", "time_missing", "not_skilled"]
"""Whether the visit took place so that it can be billed.

`time_missing` is a held visit whose writer leaves every time out; `not_skilled` is an errand, a
ride or a call between providers that somebody wrote up like a visit.
"""

RiskStatus = Literal["none", "passive", "active", "past", "self_harm", "homicidal"]
"""What a risk question brought to light, if it was asked."""

Pronoun = Literal["she", "he", "they"]


class Performed(Record):
    """One activity of the session. The minutes are those really spent."""

    key: Identifier
    """therapeutic_exercise, manual_therapy, adl_training, protocol_modification, …: the fragment
    bank has a rule `activity.<key>` for each (docs/voices.md lists them)."""
    code: Code | None
    minutes: Minutes
    by: Literal["therapist", "assistant"] = "therapist"
    timed: bool = True
    """Counted in minutes; False for an evaluation, a group, a hot pack."""


class SupportedCode(Record):
    """A code with the units and modifiers that what was done deserves."""

    code: Code
    units: Annotated[int, Field(ge=1)] = 1
    modifiers: tuple[Modifier, ...] = ()


class Telehealth(Record):
    """A visit at a distance."""

    modality: Literal["video", "audio"] = "video"
    client_location: Literal["home", "work", "school", "car", "other"] = "home"
    consent: bool = True
    """Given this time; whether the writer says so is another matter."""


class Diagnosis(Record):
    """What is being treated."""

    code: Code
    """ICD-10-CM, without its dot."""
    name: Identifier
    """As a clinician would say it: no official descriptor."""


class Person(Record):
    """The client, as far as a note needs one."""

    name: Personal
    """An invented first name; a writer may shorten it to an initial or not use it at all."""
    surname: Personal = ""
    age: Annotated[int, Field(ge=0, le=120, repr=False)]
    pronoun: Pronoun = "they"


class Clinician(Record):
    """Who wrote, or who supervises."""

    name: Personal
    credential: Identifier
    """As it stands behind the name: LCSW, PT, DPT, M.A., CCC-SLP."""
    npi: Identifier | None = None


class Visit(Record):
    """One session as it really was. Minutes are net; start and stop may hold a break."""

    id: Identifier
    discipline: Discipline
    service: Service
    status: Status = "held"
    date_of_service: date
    start: ClockTime | None = None
    stop: ClockTime | None = None
    minutes: Minutes = 0
    activities: tuple[Performed, ...] = ()
    """Empty for psychotherapy, where `minutes` are all there is."""
    psychotherapy_minutes: Minutes | None = None
    """Beside a medical visit: the psychotherapy's own share of `minutes`."""
    codes: tuple[SupportedCode, ...] = ()
    """What was done deserves; the primary first. Empty where nothing can be billed."""
    participants: tuple[Participant, ...] = ("client",)
    group_size: int | None = None
    telehealth: Telehealth | None = None
    place_of_service: PlaceOfService | None = None
    topic: Identifier
    """Clinical topic in the fragment bank (`fragments/*/topics`), which holds its diagnoses."""
    diagnosis: Diagnosis
    client: Person
    episode_seed: int = 0
    """The same through an episode of care: goals, measures and names come from it."""
    progress: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How far the client has come from the first visit towards the goals."""
    visit_number: Annotated[int, Field(ge=1)] = 1
    plan_of_care: PlanOfCare | None = None
    frequency: Annotated[int, Field(ge=1, le=7)] = 1
    """Visits a week that are planned."""
    risk: RiskStatus = "none"
    writer: Clinician
    supervisor: Clinician | None = None
    """Of an associate, a clinical fellow, an assistant or a technician."""
    workload: Annotated[float, Field(ge=0, le=1)] = 0.3
    """How pressed the writer was that day: pressed writers leave more out."""
    care: Annotated[float, Field(ge=0, le=1)] = 0.7
    """How complete this writer's notes are at present, beside what the voice leans to."""
    included: frozenset[ElementKey] | None = None
    """The elements that are written well this time. None leaves the choice to the voice's habits,
    `care` and `workload`."""
    time_conflict: bool | None = None
    """Whether clock and stated total disagree in the note; None leaves it to the voice."""
    copied_from: int | None = None
    """Seed of an earlier note that this one was copied from; that note must have been written
    with `random.Random(seed)` and from a visit of the same episode, service and writer."""

    @property
    def is_first_contact(self) -> bool:
        """An intake, an evaluation or testing: there is no progress to speak of yet."""
        return self.service in FIRST_CONTACT


FIRST_CONTACT: frozenset[str] = frozenset(
    {"intake", "intake_medical", "testing", "evaluation", "assessment"}
)


class WrittenNote(Record):
    """A note's text and what a strict reader finds in it, exactly."""

    model_config = ConfigDict(str_strip_whitespace=False)

    text: Annotated[str, Field(repr=False)]
    format: NoteFormat
    voice: Identifier
    held_out: bool = False
    """The voice is kept from all training: note reading is judged on it."""
    elements: dict[ElementKey, tuple[tuple[int, int], ...]]
    """Those present, each with its passages: half-open offsets in code points of `text`."""
    missing: frozenset[ElementKey] = frozenset()
    """Those that apply to this visit and are not in the text, or are too vague to count."""
    minutes: Minutes | None = None
    """Net session minutes as the text states them."""
    start: ClockTime | None = None
    stop: ClockTime | None = None
    conflict: bool = False
    """Clock and stated total disagree; `minutes` are the clock's."""
    minutes_by_code: dict[str, Minutes] = Field(default_factory=dict)
    """Timed codes only, as stated."""
    assistant_minutes_by_code: dict[str, Minutes] = Field(default_factory=dict)
    timed_minutes: Minutes | None = None
    """The total of timed minutes, where the text states it."""
    psychotherapy_minutes: Minutes | None = None
    participants: tuple[Participant, ...] = ()
    group_size: int | None = None
    telehealth: bool | None = False
    """None: the visit was one, and the text does not say so."""
    modality: Literal["video", "audio"] | None = None
    billable: bool = True
    not_billable_because: NotBillableReason | None = None
    codes: tuple[SupportedCode, ...] = ()
    """Those of the visit that the text supports: without a stated time no time-based code."""
