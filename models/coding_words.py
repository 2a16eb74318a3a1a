"""The learned part of telling kinds of service: a linear model over words, facts and phrases.

It knows no minutes and no codes: which code a service's time bears is arithmetic, so that
nothing that was billed wrongly can be learned from (`training.coding` fits it).
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
    from models.coding_kind import Reading

WORD = re.compile(r"[a-z]{2,24}|\d")
LEFT_OUT = frozenset(
    {"plan", "home_program", "signature", "supervision", "diagnosis", "header", "plan_of_care"}
)
"""Sections that say nothing of what was done in this session."""
MOST_WORDS = 3000
Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Words:
    """Weights of one discipline: a row for each word or fact, a column for each kind."""

    kinds: tuple[str, ...]
    rows: Mapping[str, int]
    weights: Weights
    intercept: Weights


@dataclass(frozen=True, slots=True)
class LearnedKinds:
    """A trained model with the figures that calibration found."""

    version: str
    share: float
    """How much the learned log odds count beside the ruled ones."""
    temperature: float
    """Divides all log odds; above 1 where they are too sure of themselves."""
    least_share: float
    """A code belongs to the 95% set from this probability on (conformal)."""
    disciplines: Mapping[str, Words]

    def log_odds(self, reading: "Reading") -> dict[str, float]:
        """Log odds of each kind by the learned part; nothing where it knows no such notes."""
        words = self.disciplines.get(reading.discipline or "")
        if words is None:
            return {}
        rows = words.rows
        found = [rows[name] for name in features(reading) if name in rows]
        total = words.intercept + words.weights[found].sum(axis=0) / _length(len(found))
        centred = total - total.mean()
        return dict(zip(words.kinds, centred.tolist(), strict=True))

    def to_disk(self, folder: Path) -> None:
        """Writes coding.json and coding.npz."""
        folder.mkdir(parents=True, exist_ok=True)
        about: dict[str, Any] = {
            "version": self.version,
            "share": self.share,
            "temperature": self.temperature,
            "least_share": self.least_share,
            "disciplines": {
                name: {"kinds": words.kinds, "rows": list(words.rows)}
                for name, words in self.disciplines.items()
            },
        }
        text = json.dumps(about, separators=(",", ":"), ensure_ascii=False)
        (folder / "coding.json").write_text(text + "\n", encoding="utf-8")
        arrays: dict[str, Any] = {}
        for name, words in self.disciplines.items():
            arrays[f"{name}_weights"] = words.weights.astype(np.float16)
            arrays[f"{name}_intercept"] = words.intercept
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
                    name: Words(
                        tuple(held["kinds"]),
                        {row: place for place, row in enumerate(held["rows"])},
                        arrays[f"{name}_weights"].astype(np.float32),
                        arrays[f"{name}_intercept"].astype(np.float32),
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


def _length(count: int) -> float:
    """Long notes say the same things more often: what is summed is damped by length."""
    return float(max(1.0, count) ** 0.5)


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
