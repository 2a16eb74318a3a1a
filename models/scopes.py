"""What a payer's rule may be limited to, and the days on which payers were seen to change one.

Training looks for such changes in the answers (`training.changes`); a model carries those that it
was fitted with, so that a line is asked about under the same ones wherever it is scored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from claims.codes.modifiers import in_group
from claims.codes.taxonomies import by_taxonomy
from features.lines import Lines

KINDS = ("modifier", "telehealth", "place", "credential", "role", "diagnosis", "plan")
"""What may narrow a scope beside the procedure, the plainest first: of two scopes with the same
lines the first is named."""
TELEHEALTH_PLACES = ("02", "10")


@dataclass(frozen=True)
class Scope:
    """What a rule is limited to."""

    payer: str
    procedures: tuple[str, ...] = ()
    """Empty: any."""
    kind: str = ""
    """One of KINDS; '': nothing more."""
    value: str = ""

    @property
    def level(self) -> int:
        """How narrow it is: 0 the payer, 1 one thing, 2 procedure and one thing."""
        return bool(self.procedures) + bool(self.kind)


@dataclass(frozen=True)
class PayerChange:
    """A payer denies a scope otherwise from a day of service on."""

    scope: Scope
    since: int
    """Ordinal of the day."""
    category: str
    """The reason that it was seen to give; one of `models.denial.REASONS`."""

    def as_json(self) -> dict[str, Any]:
        """As a model's file holds it."""
        scope = self.scope
        return {
            "payer": scope.payer, "procedures": list(scope.procedures), "kind": scope.kind,
            "value": scope.value, "since": self.since, "category": self.category,
        }  # fmt: skip

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "PayerChange":
        """What `as_json` gave."""
        procedures = tuple(map(str, values["procedures"]))
        scope = Scope(values["payer"], procedures, values["kind"], values["value"])
        return cls(scope, int(values["since"]), str(values["category"]))


def attribute(lines: Lines, kind: str) -> list[str]:
    """One of KINDS but `modifier`, a word a line; '' none."""
    if kind == "telehealth":
        remote = in_group("telehealth")
        return [
            "telehealth" if place in TELEHEALTH_PLACES or remote & set(modifiers.split()) else ""
            for place, modifiers in zip(lines.place, lines.modifiers, strict=True)
        ]
    if kind == "credential":
        helpers = in_group("assistant")
        found = []
        for taxonomy, modifiers in zip(lines.taxonomy, lines.modifiers, strict=True):
            standing = by_taxonomy(taxonomy)
            given = standing.credential if standing else ""
            found.append(given or "assistant" * bool(helpers & set(modifiers.split())))
        return found
    if kind == "role":
        roles = [(one.role if (one := by_taxonomy(name)) else "") for name in lines.taxonomy]
        return ["" if role == "independent" else role for role in roles]
    return list({"place": lines.place, "diagnosis": lines.diagnosis, "plan": lines.plan}[kind])


def inside(scope: Scope, lines: Lines) -> NDArray[np.int64]:
    """Rows of the lines in a scope."""
    rows = [row for row, payer in enumerate(lines.payer) if payer == scope.payer]
    if scope.procedures:
        named = frozenset(scope.procedures)
        rows = [row for row in rows if lines.procedure[row] in named]
    if scope.kind == "modifier":
        rows = [row for row in rows if scope.value in lines.modifiers[row].split()]
    elif scope.kind and rows:
        words = attribute(lines.take(rows), scope.kind)
        rows = [row for row, word in zip(rows, words, strict=True) if word == scope.value]
    return np.array(rows, dtype=np.int64)


def under(changes: Sequence[PayerChange], lines: Lines) -> sparse.csr_matrix:
    """(lines, changes): 1 where a line is under a change."""
    rows, columns = [], []
    for place, change in enumerate(changes):
        own = inside(change.scope, lines)
        own = own[lines.service[own] >= change.since]
        rows.append(own)
        columns.append(np.full(len(own), place, dtype=np.int64))
    at = np.concatenate([np.zeros(0, dtype=np.int64), *rows])
    named = np.concatenate([np.zeros(0, dtype=np.int64), *columns])
    return sparse.csr_matrix((np.ones(len(at)), (at, named)), shape=(len(lines), len(changes)))
