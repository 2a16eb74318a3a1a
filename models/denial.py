"""The risk that a payer denies a line, or any line of a claim, and for which reason.

A model is a folder of plain files (design: model files). Nothing in it can run: the booster is
LightGBM's own text, the rest is JSON and one array, read here and nowhere else.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from claims.problem import ClaimwrightError
from features.lines import CATEGORIES
from features.table import Table
from models.additive import AdditiveStage, summed

Floats = NDArray[np.float64]
REASONS = (*CATEGORIES, "unnamed")
"""Order of the reasons' probabilities: every category, then a denial that names none."""
WHOLE_CLAIM = [
    REASONS.index(name)
    for name in (
        "authorization", "benefit_limit", "eligibility", "coordination_of_benefits", "duplicate",
        "timely_filing", "provider",
    )
]  # fmt: skip
"""Reasons that lie with the claim, not with a service: they stop all its lines."""
FORMAT = 5
FLOOR = 1e-6
"""No risk is given as nothing or as certainty."""


def logit(probability: Floats) -> Floats:
    """Log odds, finite at both ends."""
    clipped = np.clip(probability, FLOOR, 1 - FLOOR)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def expit(value: Floats) -> Floats:
    """Probability of log odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(value, -30, 30))))


@dataclass(frozen=True)
class Calibration:
    """From what the stages say to probabilities, fitted on later weeks than they were."""

    line: tuple[float, float] = (0.0, 1.0)
    """Log odds of a line: intercept and slope."""
    claim: tuple[float, float] = (0.0, 1.0)
    """The same of a claim of several lines."""

    def lines(self, raw: Floats) -> Floats:
        """Risk of each line from the booster's log odds."""
        return expit(self.line[0] + self.line[1] * raw)

    def claims(self, risk: Floats, whole: Floats, claim: NDArray[np.int64], claims: int) -> Floats:
        """Risk that any line of a claim is denied: what stops the whole claim stops all its lines
        at once, the rest strikes each line apart. At least the riskiest line's.

        risk: of each line. whole: the part of it that is of WHOLE_CLAIM. claim: which claim each
        line belongs to, from 0.
        """
        highest, shared, spared = np.zeros(claims), np.zeros(claims), np.zeros(claims)
        np.maximum.at(highest, claim, risk)
        np.maximum.at(shared, claim, np.minimum(whole, 1 - FLOOR))
        apart = (risk - shared[claim]) / (1 - shared[claim])
        np.add.at(spared, claim, np.log1p(-np.clip(apart, 0.0, 1 - FLOOR)))
        any_line = shared - (1 - shared) * np.expm1(spared)
        told = np.maximum(expit(self.claim[0] + self.claim[1] * logit(any_line)), highest)
        # A claim of one line is that line, to the bit.
        return np.where(np.bincount(claim, minlength=claims) > 1, told, highest)


@dataclass(frozen=True)
class Risks:
    """What the model says of a table's lines and claims."""

    line: Floats
    claim: Floats
    reasons: Floats
    """(lines, REASONS): they sum to the line's risk."""


@dataclass(frozen=True)
class Schema:
    """Which columns the boosters take, in order, and the numbers of the category words."""

    numbers: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]
    """Words by category column; a word's place is its number."""
    edits: tuple[str, ...]
    """Ids of the edits that have a column."""

    @property
    def names(self) -> tuple[str, ...]:
        """All columns in the boosters' order."""
        return (*self.numbers, *self.categories)

    @property
    def digest(self) -> str:
        """SHA-256 of columns and words, hexadecimal."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """What schema.json holds."""
        return {
            "numbers": list(self.numbers),
            "categories": [[name, list(words)] for name, words in self.categories.items()],
            "edits": list(self.edits),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Schema":
        """The schema that `as_json` gave."""
        return cls(
            tuple(values["numbers"]),
            {name: tuple(words) for name, words in values["categories"]},
            tuple(values["edits"]),
        )

    def matrix(self, table: Table) -> NDArray[np.float32]:
        """The table as the boosters take it; a word never seen, and a column that the table does
        not have, are missing (NaN)."""
        at = {name: place for place, name in enumerate(table.names)}
        matrix = np.full((len(table), len(self.names)), np.nan, dtype=np.float32)
        if tuple(table.names) == self.numbers:
            matrix[:, : len(self.numbers)] = table.numbers
        else:
            for place, name in enumerate(self.numbers):
                if name in at:
                    matrix[:, place] = table.numbers[:, at[name]]
        for place, (name, words) in enumerate(self.categories.items(), len(self.numbers)):
            codes = {word: float(number) for number, word in enumerate(words)}
            missing = float("nan")
            matrix[:, place] = [codes.get(word, missing) for word in table.words[name]]
        return matrix


class DenialModel:
    """Additive part, booster, calibration and schema, ready to score."""

    def __init__(
        self,
        additive: AdditiveStage,
        line: lightgbm.Booster,
        calibration: Calibration,
        schema: Schema,
        about: Mapping[str, Any],
    ) -> None:
        self.additive = additive
        self.line = line
        """Trees grown on what the additive part leaves over."""
        self.calibration = calibration
        self.schema = schema
        self.about = dict(about)
        """Versions, dates, counts, measured figures: what the card says, nothing personal."""

    def risks(self, table: Table) -> Risks:
        """Risk of each line and claim of the table, and the reasons' shares of it."""
        odds = self.additive.odds(table)
        total = summed(odds)
        line = self.calibration.lines(total + self._grown(table))
        claims = int(table.lines.claim[-1]) + 1 if len(table) else 0
        reasons = np.exp(odds - total[:, None]) * line[:, None]
        whole = reasons[:, WHOLE_CLAIM].sum(axis=1)
        claim = self.calibration.claims(line, whole, table.lines.claim, claims)
        return Risks(line, claim, reasons)

    def _grown(self, table: Table) -> Floats:
        """What the trees add to the log odds."""
        if self.line.num_trees() == 0:
            return np.zeros(len(table))
        threads = 1 if len(table) < 64 else 0
        matrix = self.schema.matrix(table)
        return np.asarray(self.line.predict(matrix, raw_score=True, num_threads=threads))

    def self_test(self) -> None:
        """Raises ClaimwrightError where the booster does not take the columns of the schema."""
        if self.line.num_feature() != len(self.schema.names):
            raise ClaimwrightError(
                f"the model takes {self.line.num_feature()} columns, its schema names "
                f"{len(self.schema.names)}: its files do not belong together"
            )

    def contributions(self, table: Table) -> tuple[list[str], Floats]:
        """What each column adds to a line's log odds, and the columns' names; base left out.

        Weights of the additive part, and TreeSHAP of the trees, which costs hundreds of times
        what `risks` does: for the rows that somebody looks at.
        """
        names, added = self.additive.contributions(table)
        if self.line.num_trees() == 0:
            return names, added * self.calibration.line[1]
        matrix = self.schema.matrix(table)
        trees = np.asarray(self.line.predict(matrix, pred_contrib=True))[:, :-1]
        both = np.hstack([trees, added]) * self.calibration.line[1]
        return [*self.schema.names, *names], both

    def save(self, folder: Path, card: str) -> None:
        """Writes the model's files; the folder is made where it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "additive.json", self.additive.as_json())
        np.save(folder / "additive.npy", self.additive.weights(), allow_pickle=False)
        (folder / "line.txt").write_text(self.line.model_to_string(), encoding="utf-8")
        _write(folder / "schema.json", self.schema.as_json() | {"digest": self.schema.digest})
        _write(
            folder / "calibration.json",
            {"line": self.calibration.line, "claim": self.calibration.claim},
        )
        _write(
            folder / "about.json",
            {"format": FORMAT, **self.about},
        )
        (folder / "card.md").write_text(card, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "DenialModel":
        """Reads what `save` wrote.

        Raises ClaimwrightError where a file is missing or is not what it should be.
        """
        try:
            about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
            values = json.loads((folder / "schema.json").read_text(encoding="utf-8"))
            schema = Schema.from_json(values)
            calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
            if about["format"] != FORMAT or values["digest"] != schema.digest:
                raise ValueError("of another format, or changed by hand")
            additive = json.loads((folder / "additive.json").read_text(encoding="utf-8"))
            weights = np.load(folder / "additive.npy", allow_pickle=False)
            return cls(
                AdditiveStage.of(additive, weights),
                lightgbm.Booster(model_str=(folder / "line.txt").read_text(encoding="utf-8")),
                Calibration(tuple(calibration["line"]), tuple(calibration["claim"])),
                schema,
                about,
            )
        except (OSError, KeyError, TypeError, ValueError, lightgbm.basic.LightGBMError) as error:
            raise ClaimwrightError(
                f"the model in {folder.name} cannot be read ({type(error).__name__}: {error}); "
                "train again, or roll back to an earlier version"
            ) from error


def _write(path: Path, values: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n", encoding="utf-8")
