"""What differs between two policies, rule by rule: before and after a day, or with and without
the practice's own files."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from claims.policies.book import Policy
from claims.policies.rules import Rule

WHENCE = frozenset(
    ("effective", "until", "known", "source", "certainty", "comment", "file", "origin")
)
"""Keys that say where a rule comes from, not what it demands."""


class RuleChange(NamedTuple):
    """One rule that came, went, or demands something else."""

    kind: str
    id: str
    change: Literal["added", "removed", "changed"]
    before: Rule | None
    after: Rule | None
    keys: Mapping[str, tuple[Any, Any]]
    """Of a changed rule: key to what it was and what it is."""


def demands(rule: Rule, whole: bool = False) -> dict[str, Any]:
    """What a rule demands, apart from where it comes from.

    whole: also what it leaves at its default, where that is something.
    """
    told = rule.model_dump(
        mode="json", exclude=set(WHENCE) | {"id", "rule", "when"}, exclude_defaults=not whole
    )
    narrowed = rule.when.model_dump(mode="json", exclude_defaults=True)
    if narrowed:
        told = {"when": narrowed, **told}
    return {key: value for key, value in told.items() if value not in ({}, [], None)}


def differences(before: Policy, after: Policy) -> tuple[RuleChange, ...]:
    """Rules that differ between two policies, in order of kind and id."""
    old = {(kind_of(rule), rule.id): rule for rule in before.rules}
    new = {(kind_of(rule), rule.id): rule for rule in after.rules}
    changes = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was is None or now is None:
            changes.append(RuleChange(*key, "added" if was is None else "removed", was, now, {}))
            continue
        first, second = demands(was), demands(now)
        keys = {
            name: (first.get(name), second.get(name))
            for name in sorted(first.keys() | second.keys())
            if first.get(name) != second.get(name)
        }
        if keys:
            changes.append(RuleChange(*key, "changed", was, now, keys))
    return tuple(changes)


def kind_of(rule: Rule) -> str:
    """The word that a file names the rule's kind with."""
    return str(getattr(rule, "rule"))  # noqa: B009 - the base class has no such field
