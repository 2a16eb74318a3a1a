"""What a synthetic practice's truth folder says of the lines and claims of a training set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from claims.problem import ClaimwrightError
from models.denial import REASONS
from training.dataset import Dataset

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Key = tuple[str, int, str]
"""CLM01, LX01 and the day of submission: what names a line in `lines.parquet`."""


@dataclass(frozen=True)
class Truth:
    """The truth of each line of a table; NaN for lines that it does not name."""

    probability: Floats
    claim: Floats
    """That any line of the line's claim is denied."""
    allowed: Floats
    """US dollars that the payer would allow if it did not deny."""
    reasons: Floats
    """(lines, REASONS): they sum to the probability."""
    unannounced: NDArray[np.bool_]
    """Under a change that nobody could yet know."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """Lines that the truth names."""
        return np.isfinite(self.probability)

    def take(self, rows: Rows) -> "Truth":
        """The truth of some of the rows."""
        return Truth(
            self.probability[rows],
            self.claim[rows],
            self.allowed[rows],
            self.reasons[rows],
            self.unannounced[rows],
        )


def keys_of(dataset: Dataset) -> Sequence[Key]:
    """What names each line of the table in the truth."""
    days = [date.fromordinal(int(day)).isoformat() for day in dataset.table.lines.submitted]
    return [
        (str(claim), int(line), day)
        for claim, line, day in zip(dataset.claims, dataset.numbers, days, strict=True)
    ]


def read_truth(folder: Path, keys: Sequence[Key]) -> Truth:
    """The truth of the lines that these keys name.

    folder: `truth/` of what `claimwright synth` wrote. Lines sent again have no truth of their own.
    Raises ClaimwrightError where the folder does not hold it, or names none of the lines.
    """
    import pyarrow.parquet as parquet

    shares = [f"probability_{name}" for name in REASONS]
    wanted = ["claim_id", "line", "submitted", "probability", "allowed", "unannounced", *shares]
    try:
        lines = parquet.read_table(folder / "lines.parquet", columns=wanted).to_pydict()
        claims = parquet.read_table(
            folder / "claims.parquet", columns=["claim_id", "submitted", "probability"]
        ).to_pydict()
    except (OSError, ValueError, KeyError) as error:
        raise ClaimwrightError(
            f"{folder}: expected the truth folder of a synthetic practice, with lines.parquet and "
            f"claims.parquet ({type(error).__name__})"
        ) from None
    names = zip(lines["claim_id"], lines["line"], lines["submitted"], strict=True)
    place = {(claim, line, day): row for row, (claim, line, day) in enumerate(names)}
    found = np.array([place.get(key, -1) for key in keys], dtype=np.int64)
    if not (found >= 0).any():
        raise ClaimwrightError(f"{folder}: names no line of this practice; is it another one's?")
    there = found >= 0

    def column(name: str) -> Floats:
        return np.where(there, np.array(lines[name], dtype=float)[found], np.nan)

    by_claim = dict(
        zip(zip(claims["claim_id"], claims["submitted"], strict=True), claims["probability"],
            strict=True)
    )  # fmt: skip
    return Truth(
        probability=column("probability"),
        claim=np.array([by_claim.get((claim, day), np.nan) for claim, _, day in keys]),
        allowed=column("allowed"),
        reasons=np.column_stack([column(name) for name in shares]),
        unannounced=there & (np.array(lines["unannounced"], dtype=float)[found] == 1),
    )
