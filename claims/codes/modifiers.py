"""The modifiers that therapy claims bear, in groups. Labels are ours."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

from claims.codes.table import rows

ModifierGroup = Literal[
    "discipline", "assistant", "threshold", "distinct", "repeat", "extent", "telehealth",
    "credential", "group", "programme", "notice", "hospice", "substitute", "area", "part", "side",
    "purpose", "state",
]  # fmt: skip


class ModifierFacts(NamedTuple):
    """What a modifier says."""

    modifier: str
    label: str
    group: ModifierGroup
    suggested: Literal["", "never", "people"]
    """never: no software should propose it; people: set by people alone (a notice was signed)."""
    source: str


@cache
def modifiers() -> Mapping[str, ModifierFacts]:
    """Every modifier of the table."""
    return MappingProxyType(
        {
            row["modifier"]: ModifierFacts(
                row["modifier"],
                row["label"],
                cast(ModifierGroup, row["group"]),
                cast(Literal["", "never", "people"], row["suggested"]),
                row["source"],
            )
            for row in rows("modifiers.csv")
        }
    )


@cache
def in_group(group: ModifierGroup) -> frozenset[str]:
    """The modifiers of a group.

    >>> sorted(in_group("discipline")), sorted(in_group("distinct"))
    (['GN', 'GO', 'GP'], ['25', '59', 'XE', 'XP', 'XS', 'XU'])
    """
    return frozenset(m for m, facts in modifiers().items() if facts.group == group)
