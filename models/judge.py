"""A claim with its note, judged by the edits and against what the note supports: one `Case`.

Training and serving make their cases here and nowhere else.
"""

from collections.abc import Sequence
from datetime import date

from claims.claim import Submission
from claims.context import Context
from claims.edits.check import check, without_superseded
from claims.edits.registry import EDITS as REGISTERED_EDITS
from claims.finding import Finding
from claims.note import Note, NoteFacts
from features.case import Case
from features.standing import standing
from models.coding import suggest
from models.coding_answer import Suggestion
from models.coding_findings import coding_findings
from models.coding_words import LearnedKinds

AGAINST_NOTE = ("coding.not_billable", "coding.unsupported", "coding.unbilled")
EDITS: tuple[str, ...] = tuple(sorted({edit.id for edit in REGISTERED_EDITS}.union(AGAINST_NOTE)))
"""Ids of the edits that have a column of the feature table; only ever added to."""


def judge(
    submission: Submission,
    client: str,
    notes: Sequence[tuple[Note, NoteFacts]],
    context: Context,
    as_of: date,
    memory: dict[object, object] | None = None,
    coding: LearnedKinds | None = None,
    likeness: float | None = None,
) -> Case:
    """The case of one submission.

    client: the store's key of who was treated. notes: of its visit, each with what was read in
    it. context: of `as_of` or a later day; it is asked as of `as_of`. memory: keeps what each
    note supports, where the same note is judged again and again. coding: the promoted coding
    model; None for the shipped one. likeness: of the note to the client's earlier ones.
    """
    then = context if context.as_of == as_of else context.on(as_of)
    note, facts = notes[0] if notes else (None, None)
    findings: tuple[Finding, ...] = check(submission, facts, note, then)
    if note is not None and facts is not None and len(notes) == 1:
        findings = without_superseded(
            (*findings, *_against_note(submission, note, facts, then, memory, coding))
        )
    return Case(
        submission=submission,
        as_of=as_of,
        client=client,
        note=note,
        facts=facts,
        findings=findings,
        likeness=likeness,
        standing=standing(submission, note, then),
    )


def _against_note(
    submission: Submission,
    note: Note,
    facts: NoteFacts,
    context: Context,
    memory: dict[object, object] | None,
    coding: LearnedKinds | None,
) -> tuple[Finding, ...]:
    """Billed codes against supported ones, where the claim has one visit and one note."""
    claim = submission.claim
    if len({line.service_from for line in claim.lines}) != 1:
        return ()
    policy = context.policy_of(claim, context.plan_of(claim), claim.date_of_service)
    key = (note.id, facts.digest, id(policy))
    kept = memory.get(key) if memory is not None else None
    suggestion = (
        kept if isinstance(kept, Suggestion) else suggest(facts, note, policy, learned=coding)
    )
    if memory is not None:
        memory[key] = suggestion
    return coding_findings(claim, suggestion)
