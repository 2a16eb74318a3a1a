"""Days that payers announced: a rule's first day of service, where known, and whom it is about.

The scan (`training.changes`) takes such a day at less than the evidence that it asks of days which
nobody announced, and tells a change in a rule's scope by the rule's own day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from claims.codes.procedures import procedure
from claims.policies import PolicyBook
from claims.policies.book import line_of_business
from claims.policies.rules import Rule
from claims.policies.selector import Selector
from features.lines import Lines
from models.scopes import Scope

REASONS: dict[str, tuple[str, ...]] = {
    "authorization": ("authorization",),
    "benefit_limit": ("benefit_limit",),
    "frequency": ("benefit_limit", "medical_necessity", "non_covered"),
    "coverage": ("non_covered", "bundling"),
    "telehealth": ("non_covered", "coding"),
    "documentation": ("documentation", "medical_necessity"),
    "diagnosis": ("medical_necessity", "non_covered"),
    "modifier": ("coding",),
    "discipline_modifiers": ("coding",),
    "assistant_modifiers": ("coding",),
    "credential_modifiers": ("coding",),
    "unit_rule": ("coding",),
    "time_unit": ("coding",),
    "place_of_service": ("coding", "non_covered"),
    "substitution": ("coding",),
    "pair": ("bundling",),
    "credential": ("provider", "non_covered"),
    "supervision": ("provider", "coding"),
    "taxonomy": ("provider",),
    "referring_provider": ("provider",),
    "plan_of_care": ("documentation",),
    "kx": ("coding", "benefit_limit"),
    "timely_filing": ("timely_filing",),
}
"""What denials under a rule of each kind are for; a kind that is not here brings none by a day."""


@dataclass(frozen=True)
class Announced:
    """A payer's rule that is in force from a day of service on."""

    scope: Scope
    since: int
    """Ordinal of the day."""
    reasons: tuple[str, ...]


def announced(
    book: PolicyBook, lines: Lines, indicators: Mapping[str, str], as_of: date
) -> tuple[Announced, ...]:
    """Every rule known by a day that came into force while these lines were sent.

    book: shipped policies and those that payers announced. indicators: filing indicators (SBR09) by
    payer id.
    """
    if not len(lines):
        return ()
    first = date.fromordinal(int(lines.service.min()))
    codes: dict[str, set[str]] = {}
    for payer, code in zip(lines.payer, lines.procedure, strict=True):
        codes.setdefault(payer, set()).add(code)
    found = {
        Announced(scope, rule.effective.toordinal(), REASONS[kind])
        for payer, own in codes.items()
        for rule in _rules(book, payer, indicators.get(payer))
        if (kind := getattr(rule, "rule", "")) in REASONS
        and rule.effective is not None
        and first < rule.effective <= as_of
        and (rule.known or rule.effective) <= as_of
        for scope in _scopes(payer, own, rule.when)
    }
    return tuple(sorted(found, key=lambda one: (one.scope.payer, one.since, repr(one))))


def _rules(book: PolicyBook, payer: str, indicator: str | None) -> Iterator[Rule]:
    """The payer's own rules, and those of its line of business."""
    business = line_of_business(indicator)
    for file in book.files:
        named = [name.upper() for name in file.head.payer_id]
        if payer.upper() in named or (not named and file.head.line_of_business == business):
            yield from file.rules


def _scopes(payer: str, billed: set[str], when: Selector) -> Sequence[Scope]:
    """The rule's lines among what is billed to the payer; none where it takes nothing of it."""
    taken = {code for code in billed if _takes(when, code)}
    if not taken:
        return ()
    procedures = () if taken == billed else tuple(sorted(taken))
    if len(when.modifiers) == 1:
        return (Scope(payer, procedures, "modifier", when.modifiers[0]),)
    if len(when.places) == 1:
        return (Scope(payer, procedures, "place", when.places[0]),)
    if len(when.diagnoses) == 1 and len(when.diagnoses[0]) == 3:
        return (Scope(payer, procedures, "diagnosis", when.diagnoses[0]),)
    return (Scope(payer, procedures),)


def _takes(when: Selector, code: str) -> bool:
    known = procedure(code)
    return known is not None and when.takes_code(
        code, known.family, known.therapy == "always", known.disciplines
    )
