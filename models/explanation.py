"""Contributions of single columns, gathered into what a biller can check and act on.

Columns that speak of one thing are one driver: what a payer made of a code, a check, an element of
the note. Each says its number, in the words of `phrases/drivers.yaml`.
"""

import math
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from claims.codes.places import place as place_of_service
from claims.finding import Finding
from features.case import Case
from features.course import CHAIN, NEW
from features.grains import GRAINS
from features.history import History
from features.table import Table, schema
from features.year import VISITS
from models.additive import CHANGED
from models.scopes import PayerChange, under
from models.score import Driver

Floats = NDArray[np.float64]
MOST = 5
"""Drivers shown for a line."""
LEAST = 0.02
"""Log odds below which a driver is not worth a word."""
RECENT, LONG = 90, 365
"""Days: the shorter window is told where it holds answers enough."""
ENOUGH = 20

GRAIN_GROUPS = {
    "all": "all",
    "payer": "payer",
    "plan": "payer",
    "payer_place": "place",
    "payer_diagnosis": "diagnosis",
    "provider": "provider",
    "payer_provider": "provider",
    "payer_taxonomy": "provider",
    "client": "client",
    "client_code": "client",
    "payer_modifiers": "modifiers",
}
"""What a grain of history is part of; the others are what a payer made of the code."""
OF_GRAIN = {
    "payer": "payer",
    "plan": "plan",
    "procedure": "payer_code",
    "family": "payer_family",
    "codes": "payer_code",
    "place": "payer_place",
    "diagnosis": "payer_diagnosis",
    "taxonomy": "payer_taxonomy",
    "provider": "payer_provider",
    "modifiers": "payer_modifiers",
    "writer": "payer_provider",
    "first": "payer_code",
}
"""The grain whose counts say most of a category column."""
GROUPED = {
    "line.charge": "charge",
    "line.charge_per_unit": "charge",
    "claim.charge": "charge",
    "code.charge_ratio": "charge",
    "note.minutes": "minutes",
    "note.minutes_for_code": "minutes",
    "note.minutes_over": "minutes",
    **{f"provider.new_{days}": "provider.new_60" for days in NEW},
}
SAME = {f"client.visits_of_year_to_{most}": "client.visits_of_year" for most in VISITS}
"""Columns that say again, of a stretch, what another says."""


@cache
def _phrases() -> dict[str, Any]:
    text = files("models.phrases").joinpath("drivers.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@cache
def _meanings() -> dict[str, str]:
    return {feature.name: feature.meaning for feature in schema(())}


class Line(NamedTuple):
    """What an explanation needs of a line beyond its row of the table."""

    case: Case
    place: int
    """Of the line on its claim, from 0."""

    @property
    def findings(self) -> list[Finding]:
        """What the checks found of the line or of its whole claim."""
        number = self.case.submission.claim.lines[self.place].line
        return [one for one in self.case.findings if one.line in (0, number)]


class Explainer:
    """Turns the contributions of a table's columns into drivers."""

    def __init__(
        self,
        table: Table,
        lines: Sequence[Line],
        history: History,
        columns: Sequence[str],
        changes: Sequence[PayerChange] = (),
    ) -> None:
        """changes: of payers, as the model knows them."""
        self.table = table
        self.lines = lines
        self.history = history
        self.columns = list(columns)
        self.changes = changes
        self.at = {name: place for place, name in enumerate(table.names)}

    def drivers(self, contributions: Floats, row: int) -> tuple[Driver, ...]:
        """The strongest drivers of one line, at most `MOST`.

        contributions: of the line's columns, in the order given at the start.
        """
        parts: dict[str, dict[str, float]] = {}
        for column, value in zip(self.columns, contributions.tolist(), strict=True):
            if value:
                group, member = self._group(column, row)
                own = parts.setdefault(group, {})
                own[member] = own.get(member, 0.0) + value
        sums = {group: sum(own.values()) for group, own in parts.items()}
        found: list[Driver] = []
        for group in sorted(sums, key=lambda name: (-abs(sums[name]), name)):
            if len(found) == MOST or abs(sums[group]) < LEAST:
                break
            # The member that moves the risk most the way that the whole group does.
            sign = math.copysign(1.0, sums[group])
            member = max(parts[group], key=lambda name: (sign * parts[group][name], name))
            value_said, text = self._say(group, member, row)
            found.append(
                Driver(
                    feature=self._name(group),
                    value=value_said,
                    contribution=round(sums[group], 4),
                    text=text[:1].upper() + text[1:],
                )
            )
        return tuple(found)

    def _group(self, column: str, row: int) -> tuple[str, str]:
        """The driver that a column belongs to on this line, and what it stands for there."""
        column = SAME.get(column, column)
        head, _, tail = column.partition(".")
        if self.lines[row].case.facts is None and head in ("note", "element", "lack", "format",
                                                            "credential"):  # fmt: skip
            return "no_note", column
        if column.endswith(CHAIN):
            # A finding of the same answers says it with what to do.
            category = tail.removesuffix(CHAIN)
            own = [one for one in self.lines[row].findings if one.category == category]
            if own:
                return f"finding {own[0].edit}", own[0].edit
            return ("benefit" if category == "benefit_limit" else column), column
        if column in _phrases()["facts"]:
            return GROUPED.get(column, column), column
        if head in GRAINS:
            return GRAIN_GROUPS.get(head, "code"), head
        if column in OF_GRAIN:
            grain = OF_GRAIN[column]
            return GRAIN_GROUPS.get(grain, "code"), grain
        if head == "edit":
            there = self._number(column, row) > 0
            return (f"finding {tail}", tail) if there else ("checks", "")
        if head == "findings":
            # How many there are of a kind speaks of the first of that kind.
            own = [o for o in self.lines[row].findings if tail in (o.severity, o.category)]
            return (f"finding {own[0].edit}", own[0].edit) if own else ("checks", "")
        if head == "modifier":
            return "modifiers", "payer_modifiers"
        if head == "lack":
            return f"element.{tail}", f"element.{tail}"
        if head == "ledger":
            return ("authorization" if "authorization" in tail else "benefit"), column
        return GROUPED.get(column, column), column

    def _name(self, group: str) -> str:
        names = _phrases()["names"]
        if group in names:
            return str(names[group])
        head, _, tail = group.replace("finding ", "finding.").partition(".")
        word = {"element": "note", "finding": "check", "line": "line", "claim": "claim",
                "note": "note"}.get(head, head)  # fmt: skip
        return f"{word}: {tail.replace('_', ' ').replace('.', ', ')}" if tail else word

    def _say(self, group: str, member: str, row: int) -> tuple[str, str]:
        if member in GRAINS:
            return self._history(member, row)
        if group.startswith("finding "):
            return self._finding(member, row)
        special = {
            "checks": self._checks,
            "minutes": self._minutes,
            "no_note": self._no_note,
            CHANGED: self._changed,
        }.get(group)
        if special is not None:
            return special(row)
        head, _, tail = member.partition(".")
        if head == "element":
            return self._element(tail, row)
        if tail.endswith(CHAIN):
            return self._chain(tail.removesuffix(CHAIN), row)
        if member in self.table.words:
            shown = self.table.words[member][row].strip() or "none"
            return shown, f"{_meanings().get(member, member)}: {shown}."
        return self._fact(member, row)

    def _number(self, name: str, row: int) -> float:
        place = self.at.get(name)
        return float("nan") if place is None else float(self.table.numbers[row, place])

    def _finding(self, edit: str, row: int) -> tuple[str, str]:
        own = [one for one in self.lines[row].findings if one.edit == edit]
        if not own:
            return (
                "found",
                f"a check of {edit.partition('.')[0].replace('_', ' ')} found something.",
            )
        return own[0].severity, own[0].message

    def _checks(self, row: int) -> tuple[str, str]:
        count = len(self.lines[row].findings)
        if not count:
            return "0", "the checks found nothing wrong with this line."
        return f"{count}", f"apart from {_count(count, 'finding')}, the checks found nothing wrong."

    def _no_note(self, row: int) -> tuple[str, str]:
        del row
        return "none", "no note of this visit is on file."

    def _changed(self, row: int) -> tuple[str, str]:
        _, own = under(self.changes, self.table.lines.take([row])).nonzero()
        if not len(own):
            return "none", "no change in what the payer denies is known for this line."
        change = max((self.changes[one] for one in own), key=lambda one: one.since)
        day = date.fromordinal(change.since)
        reason = change.category.replace("_", " ")
        return (
            day.isoformat(),
            f"{self._payer(row)} denies more of such lines since {day.day} {day:%B %Y}, mostly "
            f"for {'reasons not named' if reason == 'unnamed' else reason}.",
        )

    def _minutes(self, row: int) -> tuple[str, str]:
        code, units = self.table.lines.procedure[row], self.table.lines.units[row]
        stated = self._number("note.minutes_for_code", row)
        over = self._number("note.minutes_over", row)
        if math.isnan(stated):
            return "not stated", "the note states no minutes."
        told = f"the note states {_count(stated, 'minute')}"
        if math.isnan(over):
            return f"{stated:.0f}", f"{told}."
        needs = f"{code} with {_count(units, 'unit')} needs" if units != 1 else f"{code} needs"
        if not over:
            return f"{stated:.0f}", f"{told}, as many as {needs}."
        which = "more" if over > 0 else "fewer"
        return f"{stated:.0f}", f"{told}, {abs(over):.0f} {which} than {needs}."

    def _element(self, key: str, row: int) -> tuple[str, str]:
        value = self._number(f"element.{key}", row)
        told = _phrases()["elements"].get(key) or {}
        words = key.replace("_", " ")
        if math.isnan(value):
            return "not looked for", f"the note was not read for {told.get('present', words)}."
        if value > 0:
            return "present", f"the note shows {told.get('present', words)}."
        return "missing", f"the note does not show {told.get('missing', words)}."

    def _chain(self, category: str, row: int) -> tuple[str, str]:
        odds = self._number(f"client.{category}{CHAIN}", row)
        chance = f"{1 / (1 + math.exp(-odds)):.0%}"
        reason = category.replace("_", " ")
        told = "what was answered, and is still open, of this client's other claims"
        if category == "benefit_limit":
            told = "what is known to be left of the benefit, and the answers of the year's visits"
        return chance, f"by {told}, the chance of a denial for {reason} is {chance}."

    def _fact(self, name: str, row: int) -> tuple[str, str]:
        value = self._number(name, row)
        meaning = _meanings().get(name) or name.partition(".")[2].replace("_", " ")
        if name == "claim.weekday" and not math.isnan(value):
            day = str(_phrases()["weekdays"][int(value)])
            return day, f"the service was on a {day}."
        yes_no = meaning.startswith("whether ")
        if math.isnan(value):
            return "not known", f"not known: {meaning}."
        told = _phrases()["facts"].get(name)
        if isinstance(told, dict):
            return ("yes" if value else "no"), self._filled(told[int(value != 0)], value, row)
        if told:
            return f"{value:g}", self._filled(told, value, row)
        if yes_no:
            answer = "yes" if value else "no"
            return answer, f"{answer} to: {meaning}."
        return f"{value:g}", f"{meaning}: {value:.4g}."

    def _filled(self, told: str, value: float, row: int) -> str:
        return told.format(
            value=value,
            s="" if round(value) == 1 else "s",
            ies="y" if round(value) == 1 else "ies",
            code=self.table.lines.procedure[row],
        )

    def _payer(self, row: int) -> str:
        payer = self.lines[row].case.submission.claim.payer
        return payer.name or f"payer {payer.payer_id}"

    def _history(self, grain: str, row: int) -> tuple[str, str]:
        lines, as_of = self.table.lines, int(self.table.lines.submitted[row])
        window = RECENT
        denied, answered = self.history.tally(lines, row, grain, as_of, RECENT)
        if answered < ENOUGH:
            window = LONG
            denied, answered = self.history.tally(lines, row, grain, as_of, LONG)
        who = self._payer(row) if "payer" in GRAINS[grain] else "payers"
        of = self._of(grain, row)
        if not answered:
            return "no answers", f"{who} answered no line{of} in the last {window} days."
        counted = "line" if answered == 1 else "lines"
        text = f"{who} denied {denied} of {answered} {counted}{of} in the last {window} days"
        own = "payer" in GRAINS[grain] and grain != "payer"
        broader, whose = ("payer", "all its lines") if own else ("all", "the practice's lines")
        all_denied, all_answered = self.history.tally(lines, row, broader, as_of, window)
        if all_answered > answered:
            text += f", {denied / answered:.0%} against {all_denied / all_answered:.0%} of {whose}"
        return f"{denied} of {answered}", f"{text}."

    def _of(self, grain: str, row: int) -> str:
        lines = self.table.lines
        sent = lines.modifiers[row]
        known = place_of_service(lines.place[row])
        told = _phrases()["history"].get(grain)
        if told is None:
            return " like this one"
        words = f"modifier{'s' if ' ' in sent else ''} {sent}" if sent else "no modifier"
        return str(told).format(
            code=lines.procedure[row],
            family=lines.family[row].replace("_", " "),
            modifiers=words,
            place=f"{lines.place[row]} ({known.label})" if known else lines.place[row],
            diagnosis=lines.diagnosis[row],
        )


def _count(value: float, word: str) -> str:
    return f"{value:g} {word}" if value == 1 else f"{value:g} {word}s"
