"""What was known of payer, code, provider and client on the day a claim was made: rates of denial,
by window, reason and grain, latest answers, what is usually charged and allowed.
"""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features import course
from features.course import Course
from features.grains import DAY_BITS, GRAINS, PARENT, WORDS, Index
from features.lines import CATEGORIES, Lines

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

WINDOWS = (365, 90, 30)
"""Days, the longest first: a shorter one is drawn towards the longer."""
STRENGTH = {365: 20.0, 90: 20.0, 30: 20.0}
"""How many answers the parent's rate counts for."""
CLIENT_STRENGTH = 4.0
SINCE_CHANGE = ("payer_code", "payer_modifiers", "payer_code_place")
"""Grains that are also counted since the payer's policy last changed, as far as known."""
REASON_GRAINS = ("payer_code", "provider", "client")
"""Grains whose denials are also told apart by reason."""

USUAL_SHARE = 0.65
"""Of a charge that a payer allows, before any remittance was seen: assumed."""
ALLOWED_STRENGTH = 300.0
"""Dollars of charges that the wider share counts for."""

MONEY_STEPS = 10_000
"""Hundredths of a cent: amounts are summed in whole ones."""


def _running(dollars: Floats) -> Ints:
    """Running sums, one longer. Whole steps, so that a difference does not depend on what came
    before: floats would differ in the last bit from those of a shorter history."""
    steps = np.rint(dollars * MONEY_STEPS).astype(np.int64)
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(steps)])


class History(Index):
    """Rates and latest answers of every grain, as they were known on a day."""

    @cached_property
    def course(self) -> Course:
        """How far along clients, clinicians and payers are."""
        return Course(self)

    def features(
        self,
        lines: Lines,
        as_of: Ints,
        changed: Ints | None = None,
        left: Floats | None = None,
    ) -> dict[str, Floats]:
        """Every history feature for each of `lines`, as known on the morning of its `as_of` day.

        changed: the day of service from which the payer's latest known policy is in force, for
        each line; a year before `as_of` where none is told or it is older. left: visits left of
        each line's benefit, as the practice counts them; NaN where none is known.
        """
        earliest = as_of - WINDOWS[0]
        changed = earliest if changed is None else np.clip(changed, earliest, as_of)
        columns: dict[str, Floats] = {}
        coded = self.keys.code(lines)
        keys = {name: self.keys.grain(coded, name, len(lines)) for name in GRAINS}
        rates: dict[tuple[str, int], Floats] = {}
        overall = np.full(len(lines), 0.08)
        days = np.stack([as_of, *(as_of - window for window in WINDOWS)])
        for name in GRAINS:
            counts, key = self.grain(name), keys[name]
            end, *starts = counts.until(key, days)
            strength = CLIENT_STRENGTH if name.startswith("client") else 0.0
            longer: Floats | None = None
            for window, start in zip(WINDOWS, starts, strict=True):
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
        for name in SINCE_CHANGE:
            counts, key = self.grain(name), keys[name]
            end, start = counts.until(key, as_of), counts.until(key, changed)
            answered = (end - start).astype(float)
            denied = (counts.denied[end] - counts.denied[start]).astype(float)
            weight, parent = STRENGTH[WINDOWS[0]], rates[name, WINDOWS[0]]
            columns[f"{name}.answered_since"] = np.log1p(answered)
            columns[f"{name}.denied_since"] = (denied + weight * parent) / (answered + weight)
        columns |= self._outstanding(keys, as_of)
        columns |= self._by_reason(keys, as_of)
        columns |= self._last(keys["client"], lines, as_of)
        left = np.full(len(lines), np.nan) if left is None else left
        columns |= self.course.features(lines, as_of, keys, left)
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
    for name in SINCE_CHANGE:
        words[f"{name}.answered_since"] = (
            f"answers received for {WORDS[name]} since its policy last changed (log of 1 + n)"
        )
        words[f"{name}.denied_since"] = (
            f"share denied for {WORDS[name]} among answers since its policy last changed, drawn "
            "towards the year's"
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
    return words | course.describe()
