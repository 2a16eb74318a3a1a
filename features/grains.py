"""Grains: a payer, a payer's way with a code, a client, and so on, with their lines sorted by day.

Each grain has its lines sorted by key and by the day on which they were sent, and its answered
lines by the day on which the answer was received, with running counts. What was known on a day is a
difference of two positions, so the same two binary searches serve a million training rows and a
single claim, and nothing received on that day or later can be seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.lines import NEVER, Answers, Lines

Ints = NDArray[np.int64]

GRAINS: dict[str, tuple[str, ...]] = {
    "all": (),
    "payer": ("payer",),
    "plan": ("payer", "plan"),
    "code": ("procedure",),
    "payer_family": ("payer", "family"),
    "payer_code": ("payer", "procedure"),
    "plan_code": ("payer", "plan", "procedure"),
    "payer_modifiers": ("payer", "procedure", "modifiers"),
    "payer_place": ("payer", "place"),
    "payer_code_place": ("payer", "procedure", "place"),
    "payer_diagnosis": ("payer", "diagnosis"),
    "provider": ("provider",),
    "payer_provider": ("payer", "provider"),
    "payer_taxonomy": ("payer", "taxonomy"),
    "payer_code_taxonomy": ("payer", "procedure", "taxonomy"),
    "client": ("client",),
    "client_code": ("client", "procedure"),
}
"""Each grain's columns of `Lines`."""

PARENT = {
    "payer": "all",
    "plan": "payer",
    "code": "all",
    "payer_family": "payer",
    "payer_code": "payer_family",
    "plan_code": "payer_code",
    "payer_modifiers": "payer_code",
    "payer_place": "payer",
    "payer_code_place": "payer_code",
    "payer_diagnosis": "payer",
    "provider": "all",
    "payer_provider": "payer",
    "payer_taxonomy": "payer",
    "payer_code_taxonomy": "payer_code",
    "client": "payer",
    "client_code": "client",
}
"""Towards whose rate a grain's own is drawn while it has few answers."""

DAY_BITS = 23
DAY = (1 << DAY_BITS) - 1
"""The day's part of a key and a day in one number."""
_BASE = ("payer", "plan", "procedure", "family", "modifiers", "place", "diagnosis", "provider",
         "taxonomy", "client")  # fmt: skip


class Keys:
    """Numbers for the strings of each column, and for each grain's combinations of them."""

    def __init__(self, lines: Lines) -> None:
        self.words: dict[str, dict[str, int]] = {}
        coded: dict[str, Ints] = {}
        for name in _BASE:
            words: dict[str, int] = {}
            values = [words.setdefault(value, len(words)) for value in getattr(lines, name)]
            self.words[name] = words
            coded[name] = np.array(values, dtype=np.int64)
        self.coded = coded

    def code(self, lines: Lines) -> dict[str, Ints]:
        """The numbers of another batch's strings; what was never seen is -1."""
        return {
            name: np.array([words.get(value, -1) for value in getattr(lines, name)], dtype=np.int64)
            for name, words in self.words.items()
        }

    def grain(self, coded: Mapping[str, Ints], name: str, length: int) -> Ints:
        """One number for each line's place in a grain; -1 where any part was never seen."""
        key = np.zeros(length, dtype=np.int64)
        unseen = np.zeros(length, dtype=bool)
        for column in GRAINS[name]:
            part = coded[column]
            key = key * (len(self.words[column]) + 1) + part
            unseen |= part < 0
        key[unseen] = -1
        return key


@dataclass(frozen=True)
class Counts:
    """Running counts of one grain: entries sorted by key, then by day."""

    at: Ints
    """key << DAY_BITS | day."""
    denied: Ints
    """Denials among the entries before each, one longer than `at`."""
    order: Ints
    """The line of each entry."""

    def until(self, key: Ints, day: Ints) -> Ints:
        """How many entries stand before (key, day)."""
        return np.searchsorted(self.at, (key << DAY_BITS) | np.maximum(day, 0))


def _counts(key: Ints, day: Ints, denied: NDArray[np.int8], chosen: Ints) -> Counts:
    at = (key[chosen] << DAY_BITS) | day[chosen]
    order = np.argsort(at, kind="stable")
    running = np.concatenate([[0], np.cumsum(denied[chosen][order] == 1)])
    return Counts(at[order], running.astype(np.int64), chosen[order])


class Index:
    """All earlier lines and their answers, by grain; frozen once built."""

    def __init__(self, lines: Lines, answers: Answers) -> None:
        self.lines = lines
        self.answers = answers
        self.keys = Keys(lines)
        self._answered = np.flatnonzero((answers.denied >= 0) & (answers.known < NEVER))
        self._grains: dict[str, Counts] = {}
        self._sent: dict[str, Counts] = {}

    def grain(self, name: str) -> Counts:
        """Answered lines of a grain by the day their answer was received."""
        if name not in self._grains:
            key = self.keys.grain(self.keys.coded, name, len(self.lines))
            self._grains[name] = _counts(
                key, self.answers.known, self.answers.denied, self._answered
            )
        return self._grains[name]

    def sent(self, name: str) -> Counts:
        """All lines of a grain by the day they were submitted."""
        if name not in self._sent:
            key = self.keys.grain(self.keys.coded, name, len(self.lines))
            everything = np.arange(len(self.lines), dtype=np.int64)
            self._sent[name] = _counts(key, self.lines.submitted, self.answers.denied, everything)
        return self._sent[name]


WORDS = {
    "all": "this practice",
    "payer": "this payer",
    "plan": "this plan",
    "code": "this code, all payers",
    "payer_family": "this payer and kind of service",
    "payer_code": "this payer and code",
    "plan_code": "this plan and code",
    "payer_modifiers": "this payer, code and modifiers",
    "payer_place": "this payer and place of service",
    "payer_code_place": "this payer, code and place of service",
    "payer_diagnosis": "this payer and group of diagnoses",
    "provider": "this clinician",
    "payer_provider": "this payer and clinician",
    "payer_taxonomy": "this payer and kind of clinician",
    "payer_code_taxonomy": "this payer, code and kind of clinician",
    "client": "this client",
    "client_code": "this client and code",
}
"""Each grain in a biller's words."""
