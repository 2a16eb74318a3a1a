"""The search by which the spreads of the additive part were chosen, to be run again by anybody.

    python -m training.search HOME... [--trials 24] [--seed 1]

Each HOME holds the store of one practice. Everything is fitted on what had settled by a day and
asked about the lines sent after it, the newest fifth; what counts is the log loss of what payers
answered, over all practices. Trials are drawn at random: each spread is its present value times a
factor between a third and three, even on the scale of logarithms; the first trial is the present
values. Plain random search, since there are few settings, one trial takes seconds, and the loss is
flat around its lowest point: a cleverer search (Optuna) would be one more dependency for the same.
Results are to be judged on other practices than these.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from claims.problem import ClaimwrightError
from models.denial import expit
from models.judge import EDITS
from training.additive import fit_additive
from training.dataset import Dataset, gather_home
from training.metrics import log_loss
from training.settled import settled
from training.spread import Spread

Floats = NDArray[np.float64]
SEARCHED = ("own", "any", "other", "payer_own", "payer_any", "edit", "payer_edit", "words",
            "review_words", "review_other")  # fmt: skip
"""Fields of Spread."""
WIDEST = 3.0
LATER = 0.2
"""Share of the lines, the newest, that are asked about."""


@dataclass(frozen=True)
class Trial:
    """One set of spreads, and how it did."""

    spread: Spread
    loss: float
    """Mean log loss of what payers answered, in nats a line, over the practices."""


def drawn(count: int, seed: int) -> Iterator[Spread]:
    """The present spreads, then others at random."""
    draw = np.random.default_rng(seed)
    present = Spread()
    for trial in range(count):
        factors = WIDEST ** draw.uniform(-1.0, 1.0, len(SEARCHED))
        changed = {
            name: float(getattr(present, name) * factor)
            for name, factor in zip(SEARCHED, factors, strict=True)
        }
        yield present if trial == 0 else replace(present, **changed)  # type: ignore[arg-type]


def loss_of(dataset: Dataset, spread: Spread) -> float:
    """Log loss of the newest lines' answers, everything fitted on what had settled before them."""
    table, answers = dataset.table, dataset.answers
    sent = table.lines.submitted
    day = int(np.quantile(sent, 1.0 - LATER))
    chosen = settled(table.lines, answers.before(day), day)
    before = sent[chosen.rows] < day
    later = dataset.settled.rows[sent[dataset.settled.rows] >= day]
    stage = fit_additive(
        table, answers.denied, answers.category, chosen.rows[before], chosen.weight[before],
        spread, known=answers.known,
    )  # fmt: skip
    risk = expit(stage.log_odds(table.take(later)))
    return log_loss(risk, answers.denied[later].astype(float))


def search(datasets: Sequence[Dataset], trials: int, seed: int) -> Iterator[Trial]:
    """Each trial as it is done."""
    for spread in drawn(trials, seed):
        yield Trial(spread, float(np.mean([loss_of(one, spread) for one in datasets])))


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints all trials, the best first."""
    parser = argparse.ArgumentParser(prog="python -m training.search")
    parser.add_argument("homes", nargs="+", type=Path)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    try:
        datasets = [gather_home(home, home / "policies", EDITS) for home in given.homes]
    except ClaimwrightError as error:
        parser.error(str(error))
    table = Table("Log loss", *SEARCHED)
    for one in sorted(search(datasets, given.trials, given.seed), key=lambda one: one.loss):
        table.add_row(f"{one.loss:.4f}", *(f"{getattr(one.spread, n):.3f}" for n in SEARCHED))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
