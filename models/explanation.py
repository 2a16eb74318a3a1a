"""Contributions of single columns, gathered into what a biller can check and act on."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.attributes import SEVERITY
from features.grains import GRAINS, WORDS
from features.history import History
from features.table import Table
from models.score import Driver

Floats = NDArray[np.float64]
MOST = 5
"""Drivers shown for a line."""
LEAST = 0.02
"""Log odds below which a driver is not worth a word."""

ATTRIBUTE_WORDS = {
    "payer": "the payer",
    "plan": "the plan",
    "procedure": "the procedure code",
    "family": "the kind of service",
    "modifiers": "the modifiers sent",
    "place": "the place of service",
    "diagnosis": "the primary diagnosis",
    "taxonomy": "the kind of clinician",
    "provider": "the clinician",
    "filing": "the kind of coverage",
    "codes": "the codes billed together",
    "format": "the note's format",
    "credential": "the credential that signed",
    "line.units": "units",
    "line.charge": "the charge",
    "claim.days_to_submission": "days from service to submission",
    "claim.authorization": "an authorization number",
    "claim.referral": "a referral number",
    "claim.age": "the client's age",
    "claim.lines": "lines on the claim",
    "code.charge_ratio": "the charge against the usual one",
    "ledger.authorization_left": "units left on the authorization",
    "ledger.benefit_left": "what is left of the benefit",
    "note.missing": "a note",
    "note.completeness": "how complete the note is",
    "note.minutes_over": "minutes in the note against minutes billed",
    "note.minutes": "minutes in the note",
    "note.likeness": "likeness to an earlier note",
    "note.words": "length of the note",
}


def group(column: str) -> str:
    """The driver that a column belongs to: a grain of history, an element, a finding, a field."""
    head, _, tail = column.partition(".")
    if head in GRAINS:
        return f"history.{head}"
    if head == "edit":
        return f"finding.{tail}"
    if head in ("findings", "modifier"):
        return head if head == "findings" else "modifiers"
    if column in ("line.charge", "line.charge_per_unit", "claim.charge", "code.charge_ratio"):
        return "line.charge"
    return column


class Explainer:
    """Turns the contributions of a table's columns into drivers."""

    def __init__(self, table: Table, history: History, columns: Sequence[str]) -> None:
        self.table = table
        self.history = history
        self.columns = list(columns)
        self.at = {name: place for place, name in enumerate(table.names)}
        groups = [group(name) for name in columns]
        self.names = sorted(set(groups))
        place = {name: number for number, name in enumerate(self.names)}
        self.member = np.array([place[name] for name in groups])

    def drivers(self, contributions: Floats, row: int) -> tuple[Driver, ...]:
        """The strongest drivers of one line, at most `MOST`.

        contributions: of the line's columns, in the order given at the start.
        """
        sums = np.zeros(len(self.names))
        np.add.at(sums, self.member, contributions)
        order = sorted(range(len(sums)), key=lambda place: (-abs(sums[place]), self.names[place]))
        found = []
        for place in order[:MOST]:
            if abs(sums[place]) < LEAST:
                break
            value, text = self._say(self.names[place], row)
            found.append(
                Driver(
                    feature=self.names[place],
                    value=value,
                    contribution=round(float(sums[place]), 4),
                    text=text,
                )
            )
        return tuple(found)

    def _say(self, name: str, row: int) -> tuple[str, str]:
        head, _, tail = name.partition(".")
        if head == "history":
            return self._history(tail, row)
        if head == "element":
            return self._element(tail, row)
        if head == "finding":
            severity = self._number(f"edit.{tail}", row)
            found = {number: word for word, number in SEVERITY.items()}.get(severity, "not found")
            return found, f"Check {tail}: {found}."
        if name in self.table.words:
            shown = self.table.words[name][row].strip() or "none"
            return shown, f"{_capital(ATTRIBUTE_WORDS.get(name, name))}: {shown}."
        if name == "findings":
            count = sum(self._number(f"findings.{one}", row) for one in SEVERITY)
            return f"{count:.0f}", f"{count:.0f} findings on this line."
        if name == "modifiers":
            sent = self.table.lines.modifiers[row] or "none"
            return sent, f"Modifiers sent: {sent}."
        number = self._number(name, row)
        value = "not known" if np.isnan(number) else f"{number:g}"
        words_for = ATTRIBUTE_WORDS.get(name, name.partition(".")[2].replace("_", " "))
        return value, f"{_capital(words_for)}: {value}."

    def _number(self, name: str, row: int) -> float:
        place = self.at.get(name)
        return float("nan") if place is None else float(self.table.numbers[row, place])

    def _element(self, key: str, row: int) -> tuple[str, str]:
        value = self._number(f"element.{key}", row)
        words = key.replace("_", " ")
        if np.isnan(value):
            return "not read", f"There is no note to find {words} in."
        if value > 0:
            return "present", f"The note has {words}."
        return "missing", f"The note lacks {words}."

    def _history(self, grain: str, row: int) -> tuple[str, str]:
        lines, as_of = self.table.lines, int(self.table.lines.submitted[row])
        denied, answered = self.history.tally(lines, row, grain, as_of, 365)
        who = _history_words(grain, lines.payer[row], lines.procedure[row])
        if not answered:
            return "no answers", f"No answers yet for {who}."
        return (
            f"{denied} of {answered}",
            f"{denied} of {answered} lines denied for {who} in the year before "
            f"{date.fromordinal(as_of).isoformat()}.",
        )


def _history_words(grain: str, payer: str, code: str) -> str:
    words = WORDS[grain]
    words = words.replace("this payer", f"payer {payer}")
    return words.replace("this code", f"code {code}").replace(" and code", f" and {code}")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
