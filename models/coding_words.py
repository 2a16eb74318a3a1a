"""The learned part of telling kinds of service: a linear model over words, facts and phrases."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class LearnedKinds:
    """Weights of words toward kinds, and the figures that calibration found."""

    version: str
    share: float
    """How much the learned log odds count beside the ruled ones."""
    temperature: float
    least_share: float
    """Probability from which a code belongs to the 95% set."""

    def log_odds(self, reading: Any, ruled: Mapping[str, float]) -> dict[str, float]:
        """Log odds of each kind by the learned part."""
        del reading, ruled
        return {}


@cache
def learned_kinds() -> LearnedKinds | None:
    """The shipped model; None where there is none."""
    return None
