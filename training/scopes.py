"""Groups of lines that one rule of a payer might be about: payer, procedures, one thing more."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.scopes import KINDS, Scope
from training.answered import Answered

Ints = NDArray[np.int64]

FEWEST_LINES = 40
"""Answered lines below which a group of lines is not looked at by itself."""


class Members:
    """Which lines of one payer belong to which scope."""

    def __init__(self, answered: Answered, payer: str, rows: Ints) -> None:
        self.payer = payer
        self.rows = rows
        """Of the payer's lines, by day of service."""
        lines = answered.lines
        self.procedure = np.array([lines.procedure[row] for row in rows], dtype=object)
        self.family = np.array([lines.family[row] for row in rows], dtype=object)
        self.modifiers = [frozenset(lines.modifiers[row].split()) for row in rows]
        self.words = {
            kind: np.array([column[row] for row in rows], dtype=object)
            for kind, column in answered.attributes.items()
        }

    def of(self, scope: Scope) -> Ints:
        """Places among `rows` of the lines in a scope."""
        kept = np.ones(len(self.rows), dtype=bool)
        if scope.procedures:
            kept &= np.isin(self.procedure, np.array(scope.procedures, dtype=object))
        if scope.kind:
            kept &= self.having(scope.kind, scope.value)
        return np.flatnonzero(kept)

    def having(self, kind: str, value: str) -> NDArray[np.bool_]:
        """Which of the payer's lines have this value."""
        if kind == "modifier":
            return np.array([value in one for one in self.modifiers], dtype=bool)
        return np.asarray(self.words[kind] == value, dtype=bool)

    def scopes(self) -> Iterator[tuple[Scope, Ints]]:
        """Every scope with enough lines, plainer ones first; none that has the lines of another."""
        every = np.ones(len(self.rows), dtype=bool)
        codes, counts = np.unique(self.procedure.astype(str), return_counts=True)
        kept = [
            str(code) for code, count in zip(codes, counts, strict=True) if count >= FEWEST_LINES
        ]
        whats: list[tuple[tuple[str, ...], NDArray[np.bool_]]] = [((), every)]
        whats += [((code,), np.asarray(self.procedure == code, dtype=bool)) for code in kept]
        for family in sorted(set(self.family)):
            members = self.family == family
            own = tuple(sorted(set(self.procedure[members])))
            if len(own) > 1:
                whats.append((own, np.asarray(members, dtype=bool)))
        hows: list[tuple[str, str, NDArray[np.bool_]]] = [("", "", every)]
        for kind in KINDS:
            for value in self._values(kind):
                mask = self.having(kind, value)
                if mask.sum() >= FEWEST_LINES:
                    hows.append((kind, value, mask))
        seen: set[bytes] = set()
        for kind, value, how in hows:
            for procedures, what in whats:
                members = how & what
                if members.sum() < FEWEST_LINES:
                    continue
                key = np.packbits(members).tobytes()
                if key in seen:
                    continue
                seen.add(key)
                yield Scope(self.payer, procedures, kind, value), np.flatnonzero(members)

    def _values(self, kind: str) -> list[str]:
        if kind == "modifier":
            return sorted(set().union(*self.modifiers)) if self.modifiers else []
        return sorted(set(self.words[kind]) - {""})
