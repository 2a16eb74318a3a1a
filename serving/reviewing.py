"""A note's review as the command, the API and the pages give it: one shape, made here alone."""

from collections.abc import Iterable
from typing import Literal

from claims.note import (
    ClockTime,
    ElementKey,
    Minutes,
    Note,
    NoteFacts,
    NoteFormat,
    Participant,
)
from claims.record import Record
from features.notes.assess import ElementReview, assess
from features.notes.reader import VERSION, read
from models.coding import suggest
from models.coding_answer import Alternative, NotBillable, SuggestedCode


class SessionReview(Record):
    """When, how and with whom, as the text says."""

    minutes: Minutes | None
    start: ClockTime | None
    stop: ClockTime | None
    conflict: str | None
    telehealth: bool | None
    modality: Literal["video", "audio"] | None
    participants: tuple[Participant, ...]
    minutes_by_code: dict[str, Minutes]
    psychotherapy_minutes: Minutes | None


class NoteReview(Record):
    """A line of `claimwright review --format json`."""

    id: str
    format: NoteFormat
    session: SessionReview
    elements: dict[ElementKey, ElementReview]
    completeness: float
    billable: bool
    not_billable_because: NotBillable | None
    codes: tuple[SuggestedCode, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    code_set_95: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """Sentences on codes that were named or near, and are not supported."""
    unclear: tuple[str, ...] = ()
    """Sentences on what a person must settle before billing."""
    warnings: tuple[str, ...] = ()
    models: dict[str, str]


def review(note: Note, earlier: Iterable[tuple[int, ...]] = ()) -> NoteReview:
    """A note read and assessed for its visit.

    earlier: similarity signatures of earlier notes of the same client or writer.
    """
    facts = read(note.text, note.discipline)
    assessed = assess(facts, note, earlier)
    suggested = suggest(facts, note)
    return NoteReview(
        id=note.id,
        format=facts.format,
        session=_session(facts),
        elements=assessed.elements,
        completeness=assessed.completeness,
        billable=suggested.billable,
        not_billable_because=suggested.not_billable_because,
        codes=suggested.codes,
        alternatives=suggested.alternatives,
        code_set_95=suggested.code_set_95,
        refused=suggested.refused,
        unclear=suggested.unclear,
        warnings=assessed.warnings,
        models={"notes": VERSION, "coding": suggested.model},
    )


def _session(facts: NoteFacts) -> SessionReview:
    shown = SessionReview.model_fields
    return SessionReview(**{k: v for k, v in dict(facts.session).items() if k in shown})
