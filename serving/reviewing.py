"""A note's review as the command, the API and the pages give it: one shape, made here alone."""

import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from claims.edits.threshold import is_over
from claims.ledger import Ledger
from claims.note import (
    ClockTime,
    ElementKey,
    Minutes,
    Note,
    NoteFacts,
    NoteFormat,
    Participant,
)
from claims.policies import Policy, PolicyBook, policy_book
from claims.policies.rules import TherapyThreshold
from claims.record import Record
from claims.sent import Sent
from features.notes.assess import ElementReview, assess
from features.notes.reader import VERSION, read
from models.coding import policy_for, suggest
from models.coding_answer import Alternative, NotBillable, SuggestedCode
from models.coding_words import LearnedKinds
from serving.models import LOOK_AGAIN, CodingChampion, registry_of
from serving.settings import Settings

if TYPE_CHECKING:
    from claims.store import Store

T = TypeVar("T")


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


class Reviewing:
    """One practice's reviews: under its own and its payers' announced policies, with the coding
    model that it promoted."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.coding = CodingChampion(registry_of(settings))
        self._book: PolicyBook | None = None
        self._benefits: Ledger | None = None
        """Read when a note first asks for them after the policies were read."""
        self._looked = float("-inf")

    def review(self, note: Note) -> NoteReview:
        """A note read, assessed and coded."""
        policy = policy_for(note, self.policies())
        return review(
            note,
            policy=policy,
            learned=self.coding.current(),
            over_threshold=self._is_over_threshold(note, policy),
        )

    def _is_over_threshold(self, note: Note, policy: Policy) -> bool | None:
        """Whether the member's year has passed the KX threshold, as the benefits held tell."""
        on = note.date_of_service
        if not (note.payer_id and note.member_id and on):
            return None
        discipline = read(note.text, note.discipline).discipline
        rule = policy.find(TherapyThreshold, "", discipline)
        if rule is None:
            return None
        if self._benefits is None:
            self._benefits = Ledger((), self._held(lambda store: store.benefits()), Sent(()))
        member = (note.payer_id.upper(), note.member_id.upper())
        return is_over(rule, self._benefits.benefits(member, on.toordinal(), date.max.toordinal()))

    def policies(self) -> PolicyBook:
        """The policies in force; read anew now and then, since files and announcements come."""
        if self._book is None or time.monotonic() - self._looked >= LOOK_AGAIN:
            self._looked = time.monotonic()
            self._benefits = None
            announced = self._held(lambda store: store.policy_files())
            book, _ = policy_book(self.settings.policies, announced)
            if self._book is None or book.digest != self._book.digest:
                self._book = book
        return self._book

    def _held(self, ask: "Callable[[Store], list[T]]") -> list[T]:
        """What the store holds of a kind; nothing of an empty home, which stays empty."""
        chosen = self.settings
        kept = chosen.database.removeprefix("sqlite:///")
        if kept != chosen.database and not Path(kept).exists():
            return []
        from claims.store import Store

        with Store.open(chosen.database, chosen.practice, chosen.home) as store:
            return ask(store)


def review(
    note: Note,
    earlier: Iterable[tuple[int, ...]] = (),
    policy: Policy | None = None,
    learned: LearnedKinds | None = None,
    over_threshold: bool | None = None,
) -> NoteReview:
    """A note read and assessed for its visit.

    earlier: similarity signatures of earlier notes of the same client or writer. policy: the
    payer's rules; None for the shipped ones. learned: a promoted coding model; None for the
    shipped one. over_threshold: whether KX is due by the benefits held; None where none tells.
    """
    facts = read(note.text, note.discipline)
    assessed = assess(facts, note, earlier)
    suggested = suggest(facts, note, policy, learned=learned, over_threshold=over_threshold)
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
