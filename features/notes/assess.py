"""What of a note applies to its visit, what is missing, and what to say to the therapist.

`read` knows the text alone; here come the visit's payer, place and credential.
"""

from collections.abc import Iterable

from claims.note import ElementKey, Note, NoteFacts, Passage
from claims.record import Record
from features.notes.applies import applies
from features.notes.billable import NotBillable, not_billable
from features.notes.hints import hints
from features.notes.similarity import CLONE, most_alike

_CARRY_HALF: frozenset[str] = frozenset({"home_program", "objective_measure"})


class ElementReview(Record):
    """One element as the review shows it."""

    present: bool
    applies: bool
    evidence: tuple[Passage, ...] = ()
    hint: str | None = None


class Review(Record):
    """A note against what its payer expects of it."""

    elements: dict[ElementKey, ElementReview]
    completeness: float
    """Share of what applies that is there; recommended elements count half."""
    billable: bool
    not_billable_because: NotBillable | None = None
    warnings: tuple[str, ...] = ()
    alike: float = 0.0
    """Greatest likeness to an earlier note of the same client or writer, 0 to 1."""


def assess(
    facts: NoteFacts, note: Note | None = None, earlier: Iterable[tuple[int, ...]] = ()
) -> Review:
    """What applies to this visit, what is missing, and whether the text supports a bill.

    note: what is known about the visit; None for the text alone.
    earlier: signatures of earlier notes of the same client or writer, newest first.
    """
    against = not_billable(facts, note)
    applying = {key: applies(key, facts, note) for key in facts.elements}
    missing = [k for k, fact in facts.elements.items() if applying[k] and not fact.present]
    found = hints(missing, facts, note)
    elements = {
        key: ElementReview(
            present=fact.present,
            applies=applying[key],
            evidence=fact.evidence,
            hint=found.get(key),
        )
        for key, fact in facts.elements.items()
    }
    likeness, _ = most_alike(facts.signature, earlier)
    return Review(
        elements=elements,
        completeness=_completeness(facts, applying),
        billable=against is None,
        not_billable_because=against,
        warnings=tuple(_warnings(facts, likeness)),
        alike=round(likeness, 3),
    )


def _completeness(facts: NoteFacts, applying: dict[ElementKey, bool]) -> float:
    total = said = 0.0
    for key, fact in facts.elements.items():
        if applying[key]:
            weight = 0.5 if key in _CARRY_HALF else 1.0
            total += weight
            said += weight * fact.present
    return round(said / total, 3) if total else 1.0


def _warnings(facts: NoteFacts, likeness: float) -> list[str]:
    found = []
    if facts.process_note:
        found.append(
            "This reads like psychotherapy process notes: keep them apart from the record and out "
            "of claims (45 CFR 164.501)."
        )
    if likeness >= CLONE:
        found.append(
            f"{likeness:.0%} of the text is that of an earlier note: payers deny cloned notes."
        )
    if facts.other_language:
        found.append(
            "Hardly written in English, which alone is read: what is not found may be there."
        )
    if facts.unread:
        found.append(
            f"The text is longer than any note: its last {facts.unread:,} characters were not read."
        )
    if facts.session.conflict:
        found.append(f"Times disagree: {facts.session.conflict}.")
    return found
