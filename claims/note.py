"""The treatment note, as the contract for `review` and `ingest` takes it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from claims.claim import Code, PlaceOfService
from claims.record import Identifier, MaybePersonal, Record

Discipline = Literal["MH", "OT", "SLP", "PT", "ABA"]
"""Mental and behavioural health, occupational, speech-language, physical therapy, ABA."""

PayerType = Literal[
    "commercial",
    "medicare",
    "medicare_advantage",
    "medicaid",
    "tricare",
    "workers_compensation",
    "auto",
    "va",
    "self_pay",
]
UnitRule = Literal["cms_8_minute", "ama_midpoint"]


class PlanOfCare(Record):
    """The days that bind a plan of care."""

    start: date | None = None
    certified: date | None = None
    expires: date | None = None


def _without_dot(code: object) -> object:
    """Takes F41.1 for F411: how people write it."""
    return code.replace(".", "").strip().upper() if isinstance(code, str) else code


class Note(Record):
    """What a therapist wrote about one visit, and what is known about that visit."""

    # The text is kept to the character: evidence is given as offsets into it.
    model_config = ConfigDict(str_strip_whitespace=False)

    id: Identifier
    text: Annotated[str, Field(repr=False)]
    discipline: Discipline | None = None
    date_of_service: date | None = None
    credential: Identifier | None = None
    """Of the writer: LCSW, PTA, RBT, …"""
    payer_id: Identifier | None = None
    payer_type: PayerType | None = None
    unit_rule: UnitRule | None = None
    place_of_service: PlaceOfService | None = None
    diagnosis_on_claim: tuple[Annotated[Code, BeforeValidator(_without_dot)], ...] = ()
    claim_id: Identifier | None = None
    client_id: MaybePersonal = None
    member_id: MaybePersonal = None
    rendering_npi: Identifier | None = None
    supervising_npi: Identifier | None = None
    signed_on: date | None = None
    age: Annotated[int | None, Field(ge=0, le=130, repr=False)] = None
    """Of the client, in years."""
    visit_number: Annotated[int, Field(ge=1)] | None = None
    """Counted from the start of the episode of care."""
    plan_of_care: PlanOfCare | None = None


ElementKey = Literal[
    "session_time",
    "timed_minutes",
    "diagnosis",
    "subjective",
    "intervention",
    "response",
    "objective_measure",
    "goal_progress",
    "medical_necessity",
    "risk",
    "mental_status",
    "plan",
    "participants",
    "telehealth_statement",
    "signature",
    "supervision",
    "plan_of_care",
    "home_program",
]
NoteFormat = Literal[
    "SOAP", "DAP", "BIRP", "GIRP", "PIE", "narrative", "template", "flowsheet", "unknown"
]
Participant = Literal[
    "client",
    "mother",
    "father",
    "parent",
    "spouse",
    "partner",
    "sibling",
    "child",
    "grandparent",
    "caregiver",
    "guardian",
    "teacher",
    "interpreter",
    "group",
    "other",
]
NotBillableReason = Literal[
    "no_show", "cancelled", "too_short", "time_missing", "not_skilled", "not_a_visit"
]
Minutes = Annotated[int, Field(ge=0, le=1440)]
ClockTime = Annotated[str, Field(pattern=r"^[0-2]\d:[0-5]\d$")]


class Passage(Record):
    """A stretch of a note's text: half-open offsets in Unicode code points of it as given."""

    model_config = ConfigDict(str_strip_whitespace=False)

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    text: Annotated[str, Field(repr=False)]


class Activity(Record):
    """Minutes of one timed activity of the session, as the note tells them."""

    name: str
    """Our own word for it: therapeutic_exercise, manual_therapy, protocol_modification, …"""
    code: Code | None = None
    """The CPT code, where the text names one or the activity has just one."""
    minutes: Minutes | None = None
    by: Literal["therapist", "assistant"] | None = None
    """Who furnished it, where a therapist and an assistant shared the visit."""
    units_stated: int | None = None
    passage: Passage | None = None


class SessionFacts(Record):
    """When, how and with whom the session took place, as the text says."""

    minutes: Minutes | None = None
    """Net: what the writer takes out (a break, a late arrival) is out."""
    start: ClockTime | None = None
    stop: ClockTime | None = None
    conflict: str | None = None
    """A sentence on clock and stated total disagreeing; the clock decides."""
    telehealth: bool | None = None
    modality: Literal["video", "audio"] | None = None
    client_location: str | None = None
    """home, office, school, car, …: our own word, never an address."""
    consent: bool | None = None
    """To telehealth, where the text has it."""
    participants: tuple[Participant, ...] = ()
    minutes_by_code: dict[str, Minutes] = Field(default_factory=dict)
    assistant_minutes_by_code: dict[str, Minutes] = Field(default_factory=dict)
    """The part of `minutes_by_code` that an assistant furnished alone."""
    timed_minutes: Minutes | None = None
    """Total of timed minutes, where the text states it."""
    psychotherapy_minutes: Minutes | None = None
    """Beside a medical visit: the psychotherapy's own."""
    group_size: int | None = None


class ElementFact(Record):
    """Whether the text has one element of a complete note, and where."""

    present: bool
    evidence: tuple[Passage, ...] = ()
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Of `present`, as far as the reader can tell."""


class NoteFacts(Record):
    """What a note says, read from its text and discipline alone."""

    digest: str
    """SHA-256 of the text."""
    reader: str
    """Version of the reader and its models: facts of another version are read again."""
    discipline: Discipline | None = None
    """As told by the caller, else as read; None where neither tells."""
    format: NoteFormat = "unknown"
    session: SessionFacts = SessionFacts()
    elements: dict[ElementKey, ElementFact] = Field(default_factory=dict)
    activities: tuple[Activity, ...] = ()
    not_a_visit: NotBillableReason | None = None
    """What the text itself says against a bill: no show, cancelled, errands only, …"""
    credentials: tuple[str, ...] = ()
    """Of those who signed, the writer's first: LCSW, PTA, …"""
    evaluation: bool = False
    """A first contact: intake, evaluation, testing."""
    codes_stated: tuple[Code, ...] = ()
    """CPT and HCPCS codes that the text itself names."""
    diagnoses: tuple[Code, ...] = ()
    """ICD-10-CM codes in the text, without their dots."""
    process_note: bool = False
    """Looks like psychotherapy process notes, which 45 CFR 164.501 keeps apart."""
    other_language: bool = False
    """Hardly written in English."""
    unread: Annotated[int, Field(ge=0)] = 0
    """Characters at its end that were not read; 0 for a note of any usual length."""
    minor: bool = False
    """The client is a child, as far as the text says."""
    group: bool = False
    """A group session."""
    signature: tuple[int, ...] = Field(default=(), repr=False)
    """Similarity signature (MinHash) by which clones are found without the text."""
    words: int = 0
