"""What was known of payer, code, provider and client on the day a claim was made.

Each grain (a payer, a payer's way with a code, a client, …) has its answered lines sorted by key
and by the day on which the answer was received, with running counts. What was known on a day is a
difference of two positions, so the same two binary searches serve a million training rows and a
single claim, and nothing received on that day or later can be seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.lines import CATEGORIES, NEVER, Answers, Lines

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

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

WINDOWS = (365, 90, 30)
"""Days, the longest first: a shorter one is drawn towards the longer."""
STRENGTH = {365: 20.0, 90: 20.0, 30: 20.0}
"""How many answers the parent's rate counts for."""
CLIENT_STRENGTH = 4.0
REASON_GRAINS = ("payer_code", "provider", "client")
"""Grains whose denials are also told apart by reason."""

USUAL_SHARE = 0.65
"""Of a charge that a payer allows, before any remittance was seen: assumed."""
ALLOWED_STRENGTH = 300.0
"""Dollars of charges that the wider share counts for."""

MONEY_STEPS = 10_000
"""Hundredths of a cent: amounts are summed in whole ones."""
DAY_BITS = 23
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


def _running(dollars: Floats) -> Ints:
    """Running sums, one longer. Whole steps, so that a difference does not depend on what came
    before: floats would differ in the last bit from those of a shorter history."""
    steps = np.rint(dollars * MONEY_STEPS).astype(np.int64)
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(steps)])


class History:
    """All earlier lines and their answers, indexed; frozen once built."""

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

    def features(self, lines: Lines, as_of: Ints) -> dict[str, Floats]:
        """Every history feature for each of `lines`, as known on the morning of its `as_of` day."""
        columns: dict[str, Floats] = {}
        coded = self.keys.code(lines)
        keys = {name: self.keys.grain(coded, name, len(lines)) for name in GRAINS}
        rates: dict[tuple[str, int], Floats] = {}
        overall = np.full(len(lines), 0.08)
        for name in GRAINS:
            counts, key = self.grain(name), keys[name]
            end = counts.until(key, as_of)
            strength = CLIENT_STRENGTH if name.startswith("client") else 0.0
            longer: Floats | None = None
            for window in WINDOWS:
                start = counts.until(key, as_of - window)
                answered = (end - start).astype(float)
                denied = (counts.denied[end] - counts.denied[start]).astype(float)
                if longer is None:
                    parent = rates[PARENT[name], window] if name in PARENT else overall
                    columns[f"{name}.answered_{window}"] = np.log1p(answered)
                else:
                    parent = longer
                weight = strength or STRENGTH[window]
                rate = (denied + weight * parent) / (answered + weight)
                rates[name, window] = longer = rate
                columns[f"{name}.denied_{window}"] = rate
        columns |= self._outstanding(keys, as_of)
        columns |= self._by_reason(keys, as_of)
        columns |= self._last(keys["client"], lines, as_of)
        columns["code.charge_ratio"] = self._charge_ratio(lines, keys["code"], as_of)
        return columns

    def tally(self, lines: Lines, row: int, name: str, as_of: int, window: int) -> tuple[int, int]:
        """Denied and all answers of a grain for one line, in the `window` days before `as_of`."""
        coded = {
            column: np.array([words.get(getattr(lines, column)[row], -1)], dtype=np.int64)
            for column, words in self.keys.words.items()
        }
        counts, key = self.grain(name), self.keys.grain(coded, name, 1)
        end = int(counts.until(key, np.array([as_of]))[0])
        start = int(counts.until(key, np.array([as_of - window]))[0])
        return int(counts.denied[end] - counts.denied[start]), end - start

    def _charge_ratio(self, lines: Lines, key: Ints, as_of: Ints) -> Floats:
        """The line's charge a unit over the practice's usual for the code; NaN where it is new."""
        sent = self.sent("code")
        end, start = sent.until(key, as_of), sent.until(key, as_of - 365)
        usual = (self._charges[end] - self._charges[start]) / MONEY_STEPS
        count = (end - start).astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            each = lines.charge / np.maximum(lines.units, 1.0)
            ratio = each / (usual / count)
        return np.asarray(np.where((count > 0) & (usual > 0), ratio, np.nan))

    @cached_property
    def _charges(self) -> Ints:
        order = self.sent("code").order
        each = self.lines.charge[order] / np.maximum(self.lines.units[order], 1.0)
        return _running(each)

    def allowed(self, lines: Lines, as_of: Ints) -> Floats:
        """What each line's payer can be expected to allow if it does not deny, in dollars.

        The share of the charge allowed in a year's paid answers, by payer and code, drawn towards
        the payer's and the practice's own.
        """
        coded = self.keys.code(lines)
        share = np.full(len(lines), USUAL_SHARE)
        for name in ("all", "payer", "payer_code"):
            counts, key = self.grain(name), self.keys.grain(coded, name, len(lines))
            allowed, charged = self._allowed[name]
            end, start = counts.until(key, as_of), counts.until(key, as_of - 365)
            allowance = (allowed[end] - allowed[start]) / MONEY_STEPS
            charge = (charged[end] - charged[start]) / MONEY_STEPS
            share = (allowance + ALLOWED_STRENGTH * share) / (charge + ALLOWED_STRENGTH)
        return np.asarray(np.minimum(share, 1.0) * lines.charge)

    @cached_property
    def _allowed(self) -> dict[str, tuple[Ints, Ints]]:
        sums = {}
        for name in ("all", "payer", "payer_code"):
            order = self.grain(name).order
            told = np.isfinite(self.answers.allowed[order]) & (self.answers.denied[order] == 0)
            allowed = np.where(told, self.answers.allowed[order], 0.0)
            charged = np.where(told, self.lines.charge[order], 0.0)
            sums[name] = (
                _running(allowed),
                _running(charged),
            )
        return sums

    def _outstanding(self, keys: Mapping[str, Ints], as_of: Ints) -> dict[str, Floats]:
        columns = {}
        for name in ("payer", "payer_code", "client"):
            sent, answered = self.sent(name), self.grain(name)
            start = as_of - 365
            lines = (sent.until(keys[name], as_of) - sent.until(keys[name], start)).astype(float)
            known = answered.until(keys[name], as_of) - answered.until(keys[name], start)
            columns[f"{name}.outstanding"] = 1.0 - np.minimum(known / np.maximum(lines, 1.0), 1.0)
        return columns

    @cached_property
    def _reason_counts(self) -> dict[str, NDArray[np.int32]]:
        counts = {}
        for name in REASON_GRAINS:
            category = self.answers.category[self.grain(name).order]
            table = np.zeros((len(category) + 1, len(CATEGORIES)), dtype=np.int32)
            for index in range(len(CATEGORIES)):
                np.cumsum(category == index, out=table[1:, index])
            counts[name] = table
        return counts

    def _by_reason(self, keys: Mapping[str, Ints], as_of: Ints) -> dict[str, Floats]:
        columns = {}
        for name in REASON_GRAINS:
            counts, table = self.grain(name), self._reason_counts[name]
            end = counts.until(keys[name], as_of)
            start = counts.until(keys[name], as_of - 365)
            answered = (end - start).astype(float)
            weight = CLIENT_STRENGTH if name == "client" else STRENGTH[365]
            found = (table[end] - table[start]) / (answered + weight)[:, None]
            for index, category in enumerate(CATEGORIES):
                columns[f"{name}.{category}_365"] = found[:, index]
        return columns

    @cached_property
    def _by_service(self) -> tuple[Ints, Ints, Ints]:
        """Answered lines of each client by service day: keys, the lines, and the client key."""
        client = self.keys.coded["client"][self._answered]
        at = (client << DAY_BITS) | self.answers.known[self._answered]
        order = np.argsort(at, kind="stable")
        return at[order], self._answered[order], client[order]

    def _last(self, client: Ints, lines: Lines, as_of: Ints) -> dict[str, Floats]:
        """The client's latest answers: what they were, and how long before this service."""
        at, line, owner = self._by_service
        end = np.searchsorted(at, (np.maximum(client, 0) << DAY_BITS) | as_of)
        columns: dict[str, Floats] = {}
        if not len(at):
            empty = np.full(len(client), np.nan)
            for back in (1, 2, 3):
                columns |= {f"client.answer_{back}": empty, f"client.answer_{back}_days": empty}
                columns[f"client.answer_{back}_reason"] = empty
            return columns
        for back in (1, 2, 3):
            place = np.maximum(end - back, 0)
            there = (end >= back) & (client >= 0) & (owner[place] == client)
            seen = line[place]
            columns[f"client.answer_{back}"] = np.where(there, self.answers.denied[seen], np.nan)
            columns[f"client.answer_{back}_days"] = np.where(
                there, lines.service - self.lines.service[seen], np.nan
            )
            columns[f"client.answer_{back}_reason"] = np.where(
                there, self.answers.category[seen], np.nan
            )
        return columns


def describe() -> dict[str, str]:
    """What each history feature means, by name."""
    words: dict[str, str] = {
        "code.charge_ratio": "charge a unit over the practice's usual for the code in 365 days"
    }
    for name in GRAINS:
        grain = WORDS[name]
        words[f"{name}.answered_365"] = f"answers received for {grain} in 365 days (log of 1 + n)"
        for window in WINDOWS:
            words[f"{name}.denied_{window}"] = (
                f"share denied for {grain} among answers received in {window} days, "
                "drawn towards its parent"
            )
    for name in ("payer", "payer_code", "client"):
        words[f"{name}.outstanding"] = f"share of a year's lines for {WORDS[name]} still unanswered"
    for name in REASON_GRAINS:
        for category in CATEGORIES:
            words[f"{name}.{category}_365"] = (
                f"share denied as {category} for {WORDS[name]} in 365 days"
            )
    for back, which in ((1, "latest"), (2, "second latest"), (3, "third latest")):
        words[f"client.answer_{back}"] = f"whether the client's {which} answer was a denial"
        words[f"client.answer_{back}_days"] = f"days from that service ({which}) to this one"
        words[f"client.answer_{back}_reason"] = f"index of the reason of the {which} denial"
    return words


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
