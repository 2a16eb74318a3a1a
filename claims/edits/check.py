"""All edits over one claim, and which finding stands where two name the same cause."""

import csv
from collections.abc import Iterable
from datetime import date as day
from functools import cache
from pathlib import Path

from claims.claim import Submission
from claims.context import Context
from claims.edits.due import due, due_of_claim
from claims.edits.edit import as_findings
from claims.edits.timely_filing import filing_deadline
from claims.edits.view import ClaimView
from claims.finding import Finding
from claims.note import Note, NoteFacts

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
    if not any(finding.edit in order for finding in every):
        return every
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
    for edit, ask_claim in due_of_claim(claim):
        answer = ask_claim(claim)
        if answer:
            found.extend(as_findings(edit, answer, 0))
    for line in claim.lines:
        for edit, ask in due(line):
            answer = ask(line)
            if answer:
                found.extend(as_findings(edit, answer, line.number))
    claim.close()
    if len(found) < 2:
        return tuple(found)
    found.sort(key=lambda finding: finding.line)
    return without_superseded(found)


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
