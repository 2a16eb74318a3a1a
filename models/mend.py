"""A claim as it would stand with the fixes of some of its findings made, checked anew.

What a person must look up or wait for is taken to turn out well: the missing number comes, the
clinician completes the note. Whether it does, only that person can tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from claims.claim import Provider
from claims.context import Context
from claims.edits.note import WORDS
from claims.finding import Finding
from claims.note import ElementFact, ElementKey, NoteFacts
from claims.repair import NotApplicableError, repair
from features.case import Case
from models.coding_words import LearnedKinds
from models.judge import judge

PENDING_NUMBER = "PENDING"
"""Stands for an authorization number that somebody is to look up, in a what-if alone."""
ADDENDA: Mapping[str, ElementKey] = {
    "note.unsigned": "signature",
    "time.missing": "session_time",
    "telehealth.not_stated": "telehealth_statement",
}
"""The element that an addendum to the note adds, by the edit that misses it."""
ELEMENTS: tuple[ElementKey, ...] = ElementKey.__args__  # type: ignore[attr-defined]
BY_WORDS = {WORDS[key]: key for key in ELEMENTS if key in WORDS}
SURE = 0.95
"""Probability with which an element that is added on request is read."""


@dataclass(frozen=True)
class Mender:
    """Makes fixes, in one Context."""

    context: Context
    providers: Mapping[str, Provider]
    """By NPI: from them a name comes with another rendering provider's number."""
    memory: dict[object, object]
    coding: LearnedKinds | None = None
    """The coding model in use, as for the claim as it stands."""

    def __call__(self, case: Case, findings: Sequence[Finding]) -> Case | None:
        """The case with the fixes of these findings made; None where they change nothing."""
        claim, facts = case.submission.claim, case.facts
        settled: set[tuple[str, int, str]] = set()
        for finding in findings:
            fix = finding.fix
            if fix is None:
                return None
            value = PENDING_NUMBER if fix.needs and fix.action == "set_authorization" else None
            try:
                claim = repair(claim, fix, value, self.providers)
            except NotApplicableError:
                settled.add((finding.edit, finding.line, finding.message))
                facts = _completed(facts, finding)
        if claim == case.submission.claim and not settled:
            return None
        read = [(case.note, facts)] if case.note and facts else []
        again = judge(
            case.submission.replace(claim=claim),
            case.client,
            read,
            self.context,
            case.as_of,
            # An addendum does not change which codes the note supports: that is remembered.
            self.memory,
            self.coding,
        )
        left = tuple(
            one for one in again.findings if (one.edit, one.line, one.message) not in settled
        )
        return replace(again, findings=left, likeness=case.likeness)


def _completed(facts: NoteFacts | None, finding: Finding) -> NoteFacts | None:
    """The facts with the element that the finding misses; the same where it misses none."""
    fix = finding.fix
    if facts is None or fix is None:
        return facts
    element = ADDENDA.get(finding.edit)
    if finding.edit == "note.element_missing":
        element = BY_WORDS.get((fix.needs or "").partition(", as an addendum")[0])
    told = facts.elements.get(element) if element else None
    if element is None or told is None or told.present:
        return facts
    return facts.replace(
        elements={**facts.elements, element: ElementFact(present=True, probability=SURE)}
    )
