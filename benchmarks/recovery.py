"""How much of what a rule change costs weekly retraining wins back.

    python -m benchmarks.recovery PRACTICE... [--weeks 8] [--every 7] [--whole] [--without]

PRACTICE: a folder that `claimwright synth` wrote of a world with dated changes. One model is
trained on the day before the first change and left alone; the other is trained again each week, as
`claimwright retrain` would. From the day on which 200 answers to lines that a change moved are in
(150 for a change that has fewer), the lines of the next eight weeks are scored by both. Counted are
changes with 150 answered lines whose probability they moved by 0.05.

* Recovered: of the excess over the best attainable log loss (both as expected under the true
  probabilities) that the model left alone has on the lines that the change moved, the share that
  retraining wins back. Aim 0.7.
* Elsewhere: the ratio of expected log losses, retrained by left alone, on the lines of the same
  weeks that no change moved. Aim at most 1.05.
* Reasons: on the lines that the change moved, how often the likeliest reason is the truth's own.

The features of the whole practice are made once: a row is the same whenever it is made. Of each
week's model the additive part alone is fitted, on everything settled then, unless `--whole` asks
for trees and calibration too, which take fifteen times as long (docs/analyst.md has how little they
add here). `--without` fits no weights of detected changes (`training.payer_changes`).
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from benchmarks.walk import expected_loss, gathered, known_by, trained
from features.table import Table
from models.denial import expit
from training.additive import fit_additive
from training.dataset import Dataset
from training.payer_changes import payer_changes
from training.prior import shipped
from training.train import Settings
from training.truth import Key, keys_of, read_truth

LEAST_MOVED = 150
ANSWERS = 200
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Won:
    """Sums over the lines of one practice."""

    name: str
    lines: int
    alone: float
    """Expected log loss of the model left alone."""
    again: float
    """The same of the retrained ones."""
    best: float
    hits_alone: float
    """Lines whose likeliest reason the model left alone has right."""
    hits_again: float

    @property
    def recovered(self) -> float:
        """Share of the excess that is won back."""
        return (self.alone - self.again) / (self.alone - self.best)


def moved_by(practice: Path, keys: list[Key]) -> NDArray[np.object_]:
    """The change that moved each line; '' for none."""
    names = ["claim_id", "line", "submitted", "change"]
    told = parquet.read_table(practice / "truth" / "lines.parquet", columns=names).to_pydict()
    found = {
        key: str(change)
        for *key_parts, change in zip(*(told[name] for name in names), strict=True)
        for key in [tuple(key_parts)]
    }
    return np.array([found.get(key, "") for key in keys], dtype=object)


def starts(practice: Path, dataset: Dataset, moved: NDArray[np.object_]) -> dict[str, int]:
    """The day of evaluation of each change that is large enough."""
    told = json.loads((practice / "truth" / "parameters.json").read_text(encoding="utf-8"))
    answers, found = dataset.answers, {}
    for one in told["changes"]:
        rows = (moved == one["id"]) & (answers.denied >= 0)
        if rows.sum() < LEAST_MOVED:
            continue
        known = np.sort(answers.known[rows])
        found[one["id"]] = int(known[(ANSWERS if len(known) >= ANSWERS else LEAST_MOVED) - 1])
    return found


Model = Callable[[Table], tuple[Floats, Floats]]
"""Risk of each line, and its parts by reason."""


@dataclass(frozen=True)
class How:
    """What is fitted each week."""

    whole: bool = False
    """Trees and calibration too."""
    changes: bool = True
    """Weights of detected changes."""
    threads: int = 1

    def fitted(self, then: Dataset) -> Model:
        """The model of a day."""
        if self.whole:
            model, _ = trained(then, shipped(), Settings(threads=self.threads))

            def answer(table: Table) -> tuple[Floats, Floats]:
                risks = model.risks(table)
                return risks.line, risks.reasons

            return answer
        chosen = then.settled
        stage = fit_additive(
            then.table, then.answers.denied, then.answers.category, chosen.rows, chosen.weight,
            centre=shipped(), changes=payer_changes(then) if self.changes else (),
        )  # fmt: skip

        def alike(table: Table) -> tuple[Floats, Floats]:
            risk = expit(stage.log_odds(table))
            return risk, risk[:, None] * stage.shares(table)

        return alike


def weeks(practice: Path, count: int, every: int, how: How) -> Iterator[Won]:
    """Each change, then the lines elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = gathered(practice, Path(folder))
    keys = list(keys_of(dataset))
    truth = read_truth(practice / "truth", keys)
    moved = moved_by(practice, keys)
    told = json.loads((practice / "truth" / "parameters.json").read_text(encoding="utf-8"))
    first = min(date.fromisoformat(one["effective"]).toordinal() for one in told["changes"])
    sent, known = dataset.table.lines.submitted, np.isfinite(truth.probability)
    begun = starts(practice, dataset, moved)
    alone = how.fitted(known_by(dataset, first - 1))
    days = sorted({day + 7 * week for day in begun.values() for week in range(count)})
    # One training serves all changes whose weeks it falls into.
    grid = range(days[0], days[-1] + 1, every)
    sums: dict[str, list[float]] = {}
    for day in grid:
        if not any(0 <= day - start < 7 * count for start in begun.values()):
            continue
        rows = np.flatnonzero(known & (sent > day) & (sent <= day + every))
        if not len(rows):
            continue
        again = how.fitted(known_by(dataset, day))
        later, real = dataset.table.take(rows), truth.probability[rows]
        answers = [alone(later), again(later)]
        losses = [expected_loss(risk, real) for risk, _ in (*answers, (real, None))]
        own_reason = truth.reasons[rows].argmax(axis=1)
        hits = [parts.argmax(axis=1) == own_reason for _, parts in answers]
        told_of = np.column_stack([*losses, *hits])
        parts = {
            name: moved[rows] == name
            for name, start in begun.items()
            if 0 <= day - start < 7 * count
        } | {"elsewhere": moved[rows] == ""}
        for name, own in parts.items():
            total = np.array([own.sum(), *told_of[own].sum(axis=0)])
            sums[name] = list(np.array(sums.get(name, [0.0] * len(total))) + total)
    for name, (lines, *figures) in sums.items():
        yield Won(name, int(lines), *figures)


def main() -> None:
    """Prints each change, and all together."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery")
    parser.add_argument("practices", nargs="+", type=Path)
    parser.add_argument(
        "--weeks", type=int, default=8, help="weeks judged after the answers are in"
    )
    parser.add_argument("--every", type=int, default=7, help="days between two trainings")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="trees and calibration too")
    parser.add_argument("--without", action="store_true", help="no weights of detected changes")
    given = parser.parse_args()
    how = How(given.whole, not given.without, given.threads)
    found: list[tuple[Path, Won]] = []
    for practice in given.practices:
        for one in weeks(practice, given.weeks, given.every, how):
            found.append((practice, one))
            share = (
                f"ratio {one.again / one.alone:.3f}" if one.name == "elsewhere"
                else f"recovered {one.recovered:.2f}"
            )  # fmt: skip
            print(
                f"{practice.name} {one.name}: {one.lines} lines, expected log loss left alone "
                f"{one.alone / one.lines:.4f}, retrained {one.again / one.lines:.4f}, best "
                f"{one.best / one.lines:.4f}; {share}; likeliest reason right "
                f"{one.hits_alone / one.lines:.2f}, retrained {one.hits_again / one.lines:.2f}",
                flush=True,
            )
    of = [(practice, one) for practice, one in found if one.name != "elsewhere"]
    changes = [one for _, one in of]
    shares = np.array([one.recovered for one in changes])
    draw = np.random.default_rng(1)
    # Changes of one practice go together: its model and its weeks are the same.
    by_practice: dict[Path, list[Won]] = {}
    for practice, one in of:
        by_practice.setdefault(practice, []).append(one)
    some = list(by_practice.values())
    drawn = [
        pooled([one for at in draw.integers(0, len(some), len(some)) for one in some[at]])
        for _ in range(1000)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    print(
        f"recovered over all: {pooled(changes):.2f} [{low:.2f}, {high:.2f}] of {len(changes)} "
        f"changes, {np.sum(shares >= 0.7)} of them 0.7 or more; aim 0.7. Left alone: 0."
    )
    other = [one for _, one in found if one.name == "elsewhere"]
    ratio = sum(one.again for one in other) / sum(one.alone for one in other)
    print(f"elsewhere: ratio {ratio:.3f} over {len(other)} practices; aim at most 1.05")


def pooled(changes: list[Won]) -> float:
    """Share of the summed excess that is won back."""
    return sum(one.alone - one.again for one in changes) / sum(
        one.alone - one.best for one in changes
    )


if __name__ == "__main__":
    main()
