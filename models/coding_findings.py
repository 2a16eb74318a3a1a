"""Billed against supported: what the note of a claim bears, and what the claim asks for."""

from collections.abc import Sequence

from claims.claim import Claim, ServiceLine
from claims.codes.procedures import procedure
from claims.finding import Finding, Fix
from models.coding_answer import SuggestedCode, Suggestion

SOURCE = "the note's text, read under claims/codes/tables/procedures.csv"
SURE = 0.7
"""Under this probability a different kind of service is only worth knowing, not a warning."""


def coding_findings(claim: Claim, suggestion: Suggestion) -> tuple[Finding, ...]:
    """Findings of the family `coding` for a claim whose note is known.

    The levels of a medical visit count as equal: decision making decides among them, which a
    text shows poorly. Units of a code that is both billed and supported are the business of the
    family `units`, modifiers that of `modifier`.
    """
    if not suggestion.billable:
        # One line is the whole claim: edits that name the same cause stand on it.
        where = claim.lines[0].line if len(claim.lines) == 1 else 0
        return _not_billable(suggestion, where)
    supported = {_level(c.code): c for c in suggestion.codes}
    billed = {_level(line.procedure) for line in claim.lines}
    unsupported = [line for line in claim.lines if _level(line.procedure) not in supported]
    unbilled = [c for key, c in supported.items() if key not in billed]
    findings = []
    for line in unsupported:
        instead = _counterpart(line, unbilled)
        if instead:
            unbilled.remove(instead)
        findings.append(_unsupported(line, instead, suggestion))
    findings += [_unbilled(code) for code in unbilled]
    return tuple(findings)


def _level(code: str) -> str:
    """A code, the levels of one family of medical visits being one."""
    row = procedure(code)
    return f"level:{row.family}:{code[:4]}" if row and row.time_rule == "level" else code


def _not_billable(suggestion: Suggestion, where: int) -> tuple[Finding, ...]:
    because = suggestion.not_billable_because
    told = because.text if because else "The note supports no bill."
    return (
        Finding(
            edit="coding.not_billable",
            category="documentation",
            severity="warning",
            line=where,
            message=f"The note supports no bill as it stands: {told}",
            source=SOURCE,
            fix=Fix(
                action="hold",
                line=where,
                needs="the clinician's completed or corrected note",
                basis="note",
            ),
        ),
    )


def _counterpart(line: ServiceLine, unbilled: Sequence[SuggestedCode]) -> SuggestedCode | None:
    """The supported code that this line may have been meant for: of the same family first."""
    row = procedure(line.procedure)
    same = [
        c for c in unbilled if row and (other := procedure(c.code)) and other.family == row.family
    ]
    if same:
        return same[0]
    return unbilled[0] if len(unbilled) == 1 else None


def _unsupported(
    line: ServiceLine, instead: SuggestedCode | None, suggestion: Suggestion
) -> Finding:
    primary = suggestion.codes[0]
    certain = primary.probability >= SURE
    reason = next((r for r in suggestion.refused if line.procedure in r), None)
    if instead:
        said = reason or instead.why
        message = f"{line.procedure} is billed; the note supports {instead.code}. {said}"
    else:
        others = ", ".join(c.code for c in suggestion.codes)
        message = f"{line.procedure} is billed; the note does not bear it and supports {others}."
        if reason:
            message = f"{message} {reason}"
    fix = None
    if instead:
        fix = Fix(
            action="set_procedure",
            line=line.line,
            from_=line.procedure,
            to=instead.code,
            basis="note",
        )
    elif len(suggestion.codes):
        fix = Fix(
            action="hold",
            line=line.line,
            needs="a note that bears this code, or the line's removal",
            basis="note",
        )
    return Finding(
        edit="coding.unsupported",
        category="coding",
        severity="warning" if certain else "info",
        line=line.line,
        message=message,
        source=SOURCE,
        fix=fix,
    )


def _unbilled(code: SuggestedCode) -> Finding:
    return Finding(
        edit="coding.unbilled",
        category="coding",
        severity="info",
        line=0,
        message=f"The note supports {code.code} x {code.units}, which is not billed. {code.why}",
        source=SOURCE,
    )
