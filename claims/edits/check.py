"""All edits over one claim, and which finding stands where two name the same cause."""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date as day
from functools import cache
from pathlib import Path
from typing import get_args

from claims.claim import Submission
from claims.context import Context
from claims.edits import authorization, frequency, identifier, telehealth
from claims.edits.edit import Answer, Asked, Edit, as_findings
from claims.edits.registry import EDITS
from claims.edits.timely_filing import filing_deadline
from claims.edits.view import ClaimView, LineView
from claims.finding import Finding
from claims.note import Note, NoteFacts
from claims.policies.rules import AuthorizationNeed, BenefitLimit

_CLAIM = {
    asked: tuple(
        (edit, edit.ask_claim)
        for edit in EDITS
        if edit.ask_claim is not None and edit.asked == asked
    )
    for asked in get_args(Asked)
}
_LINE = {
    asked: tuple(
        (edit, edit.ask_line) for edit in EDITS if edit.ask_line is not None and edit.asked == asked
    )
    for asked in get_args(Asked)
}
ORDER = Path(__file__).parent / "supersede.csv"


@cache
def superseded() -> dict[str, frozenset[str]]:
    """By edit: the edits and families whose finding on the same line makes it redundant."""
    found: dict[str, set[str]] = {}
    with ORDER.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["weaker"], set()).add(row["stronger"])
    return {weaker: frozenset(stronger) for weaker, stronger in found.items()}


def without_superseded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, less those whose cause a stronger one of the same line names already.

    Which is stronger stands in supersede.csv. Findings of models (`coding`) go through here too.
    """
    every = tuple(findings)
    if len(every) < 2:
        return every
    order = superseded()
    by_line: dict[int, set[str]] = {}
    for finding in every:
        by_line.setdefault(finding.line, set()).update((finding.edit, finding.family))
    # What is wrong with the whole claim concerns each line, and the other way round.
    whole = by_line.get(0, set())
    anywhere = set().union(*by_line.values())
    return tuple(
        finding
        for finding in every
        if order.get(finding.edit, frozenset()).isdisjoint(
            by_line[finding.line] | whole if finding.line else anywhere
        )
    )


def check(
    submission: Submission, facts: NoteFacts | None, note: Note | None, context: Context
) -> tuple[Finding, ...]:
    """What is wrong with a claim, as known on the context's day; empty where nothing is.

    facts, note: of the visit, where the practice has its note. Findings of the whole claim come
    first, then those of each line, in the order of the edits' ids.
    """
    claim = ClaimView(submission, facts, note, context)
    found: list[Finding] = []
    for asked in _due_of_claim(claim):
        for edit, ask_claim in _CLAIM[asked]:
            answer = ask_claim(claim)
            if answer:
                found.extend(as_findings(edit, answer, 0))
    for line in claim.lines:
        for edits in _due(line):
            for edit, ask_line in edits:
                answer = ask_line(line)
                if answer:
                    found.extend(as_findings(edit, answer, line.number))
    if not found:
        return ()
    found.sort(key=lambda finding: finding.line)
    return without_superseded(found)


_Edits = tuple[tuple[Edit, Callable[[LineView], Answer]], ...]


def _is_plain(claim: ClaimView) -> bool:
    """Whether the claim's own numbers are as they mostly are: one look instead of many."""
    whole = claim.claim
    charged = whole.lines[0].charge
    for line in whole.lines[1:]:
        charged += line.charge
    return (
        charged == whole.charge
        and whole.patient_paid is None
        and whole.accident is None
        and whole.frequency_code in frequency.USED
        and whole.person.birth_date is not None
    )


def _is_plain_line(line: LineView) -> bool:
    """Whether the line's own numbers and days are as they mostly are."""
    own, claim = line.line, line.claim
    birth, pointers = claim.claim.person.birth_date, own.diagnosis_pointers
    return (
        own.charge > 0
        and own.units >= 1
        and own.units % 1 == 0
        and own.unit == "UN"
        and own.service_from == own.service_to <= claim.as_of
        and (birth is None or birth <= own.service_from)
        and 0 < len(pointers) <= 4
        and max(pointers) <= len(claim.claim.diagnoses)
        and line.supervising is None
    )


def _due_of_claim(claim: ClaimView) -> Iterator[Asked]:
    """When the edits are asked that can have something to say of a claim."""
    whole = claim.claim
    yield "always"
    if not _is_plain(claim):
        yield "odd"
    if claim.context.answers.has_member(claim.member):
        yield "told"
    if not identifier.billing_is_sound(claim):
        yield "billing"
    judged = any(line.line.adjudications for line in claim.lines)
    if judged or not whole.is_primary or whole.other_payers or whole.insurance_type:
        yield "coordination"
    answered = claim.context.answers.has_claim(whole.claim_id)
    if answered or claim.is_replacement or whole.payer_claim_number:
        yield "again"
    if claim.note is not None or claim.facts is not None:
        yield "note"
    if not identifier.sound(claim):
        yield "provider"


def _due(line: LineView) -> Iterator[_Edits]:
    """The edits that can have something to say of a line."""
    claim = line.claim
    ledger = claim.context.ledger
    of_kind = line.kind.edits
    if of_kind is None:
        of_kind = line.kind.edits = _of_kind(line)
    yield of_kind["always"]
    if not _is_plain_line(line):
        yield of_kind["odd"]
    if claim.context.answers.has_member(claim.member):
        yield of_kind["told"]
    if of_kind["kind"]:
        yield of_kind["kind"]
    if claim.note is not None or claim.facts is not None:
        yield of_kind["note"]
    if len(claim.lines) > 1 or claim.others[line.day]:
        yield of_kind["beside"]
    if authorization.number_on(line) is not None or ledger.pools(claim.member):
        yield of_kind["authorization"]
    else:
        need = line.rule(AuthorizationNeed)
        if need is not None and need.required:
            yield of_kind["authorization"]
    if ledger.has_benefits(claim.member) or line.rules(BenefitLimit):
        yield of_kind["benefit"]
    if line.is_telehealth or telehealth.by_note(line):
        yield of_kind["telehealth"]


def _of_kind(line: LineView) -> dict[Asked, _Edits]:
    """The edits that lines of this kind are asked: of those that the kind decides, who speak."""
    due = {
        asked: tuple(one for one in every if one[0].only is None or one[0].only(line))
        for asked, every in _LINE.items()
    }
    due["kind"] = tuple(one for one in due["kind"] if one[1](line))
    return due


def deadline(submission: Submission, context: Context) -> day | None:
    """The last day for filing a claim, by its payer's policy; None where none tells."""
    return filing_deadline(ClaimView(submission, None, None, context))


def finding_ids(position: int, findings: Iterable[Finding]) -> list[str]:
    """position/line/edit for each finding of a claim; a further one of the same name has #2, …

    position: the claim's place in its file.
    """
    seen: dict[str, int] = {}
    names = []
    for finding in findings:
        name = f"{position}/{finding.line}/{finding.edit}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return names
