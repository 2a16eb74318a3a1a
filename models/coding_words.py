"""The learned part of telling kinds of service: boosted trees over words, phrases, facts and rules.

It knows no minutes and no codes: which code a service's time bears is arithmetic, so that
nothing that was billed wrongly can be learned from (`training.coding` fits it with LightGBM). The
trees are kept as plain arrays and walked here, so that a review loads no learning library.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from claims.problem import ClaimwrightError

if TYPE_CHECKING:
    from models.coding_reading import Reading

WORD = re.compile(r"[a-z]{2,24}|\d")
LEFT_OUT = frozenset(
    {"plan", "home_program", "signature", "supervision", "diagnosis", "header", "plan_of_care"}
)
"""Sections that say nothing of what was done in this session."""
MOST_WORDS = 3000
UNKNOWN_SCORE = -5.0
"""The rules' log odds of a kind that a note's discipline does not have."""
Numbers = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees of one discipline; tree i speaks for kind i modulo their number.

    A column is a kind's log odds by the rules, in the order of `kinds`, or behind these whether a
    word, phrase or fact is there. A leaf is a node that leads to itself, so that all trees are
    walked in step.
    """

    kinds: tuple[str, ...]
    rows: Mapping[str, int]
    """Words, phrases and facts by their place behind the rules' columns."""
    roots: Places
    columns: Places
    least: Numbers
    """A row goes left up to this value."""
    left: Places
    right: Places
    values: Numbers
    """What a node adds where it is a leaf."""
    depth: int

    def margins(self, reading: "Reading", ruled: Mapping[str, float]) -> Numbers:
        """Unnormalised log probability of each kind."""
        count = len(self.kinds)
        row = np.zeros(count + len(self.rows), dtype=np.float32)
        row[:count] = [ruled.get(kind, UNKNOWN_SCORE) for kind in self.kinds]
        row[[count + self.rows[name] for name in features(reading) if name in self.rows]] = 1.0
        return self.walk(row)

    def walk(self, row: Numbers) -> Numbers:
        """The sum of the leaves that a row falls into, by kind."""
        at = self.roots
        for _ in range(self.depth):
            goes_left = row.take(self.columns.take(at)) <= self.least.take(at)
            at = np.where(goes_left, self.left.take(at), self.right.take(at))
        total: Numbers = self.values.take(at).reshape(-1, len(self.kinds)).sum(axis=0)
        return total


_ARRAYS = ("roots", "columns", "least", "left", "right", "values")


@dataclass(frozen=True, slots=True)
class LearnedKinds:
    """A trained model with the figures that calibration found."""

    version: str
    share: float
    """How much the ruled log odds count beside the learned ones, which know them already."""
    temperature: float
    """Divides all log odds; above 1 where they are too sure of themselves."""
    least_share: float
    """A code belongs to the 95% set from this probability on (conformal)."""
    disciplines: Mapping[str, Trees]

    def log_odds(self, reading: "Reading", ruled: Mapping[str, float]) -> dict[str, float]:
        """Log probability of each kind by the learned part; nothing where it knows no such notes.

        ruled: log odds of each kind by phrases and facts (`models.coding_kind.scores`).
        """
        trees = self.disciplines.get(reading.discipline or "")
        if trees is None:
            return {}
        margins = trees.margins(reading, ruled)
        most = margins.max()
        margins = margins - most - np.log(np.exp(margins - most).sum())
        return dict(zip(trees.kinds, margins.tolist(), strict=True))

    def to_disk(self, folder: Path) -> None:
        """Writes coding.json and coding.npz."""
        folder.mkdir(parents=True, exist_ok=True)
        about: dict[str, Any] = {
            "version": self.version,
            "share": self.share,
            "temperature": self.temperature,
            "least_share": self.least_share,
            "disciplines": {
                name: {"kinds": trees.kinds, "rows": list(trees.rows), "depth": trees.depth}
                for name, trees in self.disciplines.items()
            },
        }
        text = json.dumps(about, separators=(",", ":"), ensure_ascii=False)
        (folder / "coding.json").write_text(text + "\n", encoding="utf-8")
        arrays: dict[str, Any] = {
            f"{name}_{array}": getattr(trees, array)
            for name, trees in self.disciplines.items()
            for array in _ARRAYS
        }
        np.savez_compressed(folder / "coding.npz", **arrays)

    @classmethod
    def from_disk(cls, folder: Path) -> "LearnedKinds":
        """Reads what `to_disk` wrote.

        Raises ClaimwrightError where a file is missing or is none of ours.
        """
        try:
            about = json.loads((folder / "coding.json").read_text(encoding="utf-8"))
            with np.load(folder / "coding.npz", allow_pickle=False) as arrays:
                disciplines = {
                    name: Trees(
                        kinds=tuple(held["kinds"]),
                        rows={row: place for place, row in enumerate(held["rows"])},
                        depth=int(held["depth"]),
                        **{array: arrays[f"{name}_{array}"] for array in _ARRAYS},
                    )
                    for name, held in about["disciplines"].items()
                }
            return cls(
                str(about["version"]),
                float(about["share"]),
                float(about["temperature"]),
                float(about["least_share"]),
                disciplines,
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ClaimwrightError(
                f"{folder} holds no coding model: {type(error).__name__}; rebuild it with "
                "`make models`"
            ) from error


def features(reading: "Reading") -> Iterable[str]:
    """Words and pairs of words of what was done, phrases seen, and facts; each once."""
    seen: dict[str, None] = {}
    low = reading.prose.low
    count = 0
    for sentence in reading.prose.sentences:
        if sentence.section in LEFT_OUT:
            continue
        before = ""
        for hit in WORD.finditer(low, sentence.start, sentence.end):
            word = hit[0]
            if word.isdigit():
                before = "#"
                continue
            seen[word] = None
            if before:
                seen[f"{before} {word}"] = None
            before = word
            count += 1
        if count > MOST_WORDS:
            break
    for sighting in reading.sightings:
        seen[f"g:{sighting.group}"] = None
    for name in reading.circumstances:
        seen[f"c:{name}"] = None
    return seen


@cache
def learned_kinds() -> LearnedKinds | None:
    """The shipped model; None where the package holds none."""
    folder = files("models.weights")
    if not folder.joinpath("coding.json").is_file():
        return None
    return LearnedKinds.from_disk(Path(str(folder)))
