"""What an edit is: a pure function with an id, a category, a severity and a source.

A line edit is asked for each service line, a claim edit once for each claim. It answers with
nothing where all is well. Its docstring and its cases in tests/spec/edits are its documentation.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from claims.edits.view import ClaimView, LineView
from claims.finding import Category, Finding, FindingSeverity, Fix, FixAction
from claims.policies.rules import Rule

Asked = Literal[
    "always", "kind", "note", "no note", "planned", "sibling", "others", "paired", "several",
    "granted", "doubtful", "unauthorized", "benefit", "telehealth", "unnamed", "odd", "told",
    "coordination", "again", "provider", "payer", "diagnosis", "filing", "billing", "referral",
]  # fmt: skip
"""When an edit can have something to say; asking only then is most of what makes edits fast.

kind: its silence depends on the line's kind alone (policy, code, modifiers, place, first
diagnosis, taxonomy, discipline), so that a kind of line is asked once. note, no note: where there
is a note, or none. planned: where the note has the days of a plan of care. sibling: where the
claim has other lines. others: where other claims have services of the client on the day. paired:
where its code and another of the day make a pair. several: where more than one unit is billed, or
another line or claim of the day stands beside. granted: where the line names an authorization that
covers it. doubtful: where it names another. unauthorized: where it names none and the payer demands
one or the member has one. benefit: where the member's are told or the payer limits them.
telehealth: where the line or its note says so. unnamed: where nobody is named who rendered. odd:
where a number or day of the claim or line is not as it mostly is. told: where remittances have told
of the member.

Of claims alone: coordination: where more than one payer is concerned. again: where the claim
replaces another or was answered before. provider: where a provider's number or taxonomy is missing
or not well formed. payer: where no policy file names the payer. diagnosis: where one is not plainly
billable. filing: where its limit is near or over. billing: where something is amiss with the
billing provider itself. referral: where the payer wants to know who referred and is not told.
"""


class Found(NamedTuple):
    """What one edit found; what is left out is as the edit says of itself."""

    message: str
    fix: Fix | None = None
    severity: FindingSeverity | None = None
    source: str | None = None
    line: int | None = None
    category: Category | None = None


Answer = Found | Iterable[Found] | None
MOST_KEPT = 4096
_MADE: dict[tuple[str, str, int, FindingSeverity, str], Finding] = {}
"""Findings as last made: much that is found is found of many claims, in the same words."""


@dataclass(frozen=True)
class Edit:
    """One check with what is to be known of it."""

    id: str
    category: Category
    severity: FindingSeverity
    """The gravest that it gives."""
    source: str
    about: str
    """Its docstring."""
    ask_claim: Callable[[ClaimView], Answer] | None = None
    ask_line: Callable[[LineView], Answer] | None = None
    asked: tuple[Asked, ...] = ("always",)
    """Any of these will do."""
    only: Callable[[LineView], bool] | None = None
    """Whether lines of a kind concern it at all, asked once for the kind."""
    by_kind: Callable[[LineView], object] | None = None
    """Whether it speaks of a kind of line whatever else is known; None: asked itself."""

    def finding(self, found: Found, line: int) -> Finding:
        """What was found, as a finding; an equal one made before is given again."""
        severity, source = found.severity or self.severity, found.source or self.source
        at = line if found.line is None else found.line
        key = (self.id, found.message, at, severity, source)
        held = _MADE.get(key)
        if held is not None and (held.fix is found.fix or held.fix == found.fix):
            return held
        if len(_MADE) > MOST_KEPT:
            _MADE.clear()
        made = _MADE[key] = Finding(
            edit=self.id,
            category=found.category or self.category,
            severity=severity,
            line=at,
            message=found.message,
            source=source,
            fix=found.fix,
        )
        return made


REGISTERED: dict[str, Edit] = {}


def line_edit(
    name: str,
    category: Category,
    severity: FindingSeverity,
    source: str,
    *asked: Asked,
    only: Callable[[LineView], bool] | None = None,
    by_kind: Callable[[LineView], object] | None = None,
) -> Callable[[Callable[[LineView], Answer]], Callable[[LineView], Answer]]:
    """Registers a function as a check of each service line."""

    def register(ask: Callable[[LineView], Answer]) -> Callable[[LineView], Answer]:
        about = ask.__doc__ or ""
        when = asked or ("always",)
        REGISTERED[name] = Edit(
            name, category, severity, source, about, None, ask, when, only, by_kind
        )
        return ask

    return register


def claim_edit(
    name: str,
    category: Category,
    severity: FindingSeverity,
    source: str,
    *asked: Asked,
) -> Callable[[Callable[[ClaimView], Answer]], Callable[[ClaimView], Answer]]:
    """Registers a function as a check of the whole claim."""

    def register(ask: Callable[[ClaimView], Answer]) -> Callable[[ClaimView], Answer]:
        about = ask.__doc__ or ""
        when = asked or ("always",)
        REGISTERED[name] = Edit(name, category, severity, source, about, ask, None, when)
        return ask

    return register


def by_rule(
    rule: Rule,
    severity: FindingSeverity,
    message: str,
    fix: Fix | None = None,
    *,
    line: int | None = None,
    category: Category | None = None,
) -> Found | None:
    """What a policy's rule says, as gravely as the rule allows; None where it is silenced."""
    grave = rule.at_most(severity)
    if grave is None:
        return None
    return Found(message, fix, grave, rule.cited, line, category)


def told_by_payer(rule: Rule) -> FindingSeverity:
    """How gravely a lack in a note is taken: a general rule of ours is no demand of this payer's.

    The payer sees the note only when it asks for records.
    """
    return "info" if rule.origin == "shipped" else "warning"


@lru_cache(maxsize=4096)
def hold(needs: str, line: int = 0, basis: str = "policy") -> Fix:
    """Keep the claim back until somebody has looked something up."""
    return Fix.model_validate({"action": "hold", "line": line, "needs": needs, "basis": basis})


def change(
    action: FixAction,
    line: int,
    old: str | None,
    new: str | None,
    basis: str,
    needs: str | None = None,
) -> Fix:
    """A change of one value to another."""
    return Fix.model_validate(
        {
            "action": action,
            "line": line,
            "from": old,
            "to": new,
            "needs": needs,
            "basis": basis,
        }
    )


def set_modifiers(line: LineView, new: Sequence[str], basis: str, needs: str | None = None) -> Fix:
    """Other modifiers on a line."""
    old = " ".join(line.modifiers) or None
    return change("set_modifiers", line.number, old, " ".join(new), basis, needs)


def as_findings(edit: Edit, answer: Answer, line: int) -> list[Finding]:
    """An edit's answer as findings."""
    if answer is None:
        return []
    if isinstance(answer, Found):
        return [edit.finding(answer, line)]
    return [edit.finding(found, line) for found in answer]
