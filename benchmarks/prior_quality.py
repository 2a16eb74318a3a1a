"""What the shipped prior is worth to a practice with few lines of its own.

    python -m benchmarks.prior_quality [--lines 2000 ...] [--seeds 5] [--worlds default changes]

Each practice lives in a world whose payers are dealt anew (`benchmarks.strangers`). On the day on
which so many of its lines have settled it is trained as `claimwright train` would: around the
prior, and with local data alone. Both, and the prior alone, are asked about the lines of the next
90 days; what is compared is the log loss expected under the true probabilities. Paired over
practices: a t interval of the differences. Several sizes give the learning curve: each practice is
made once, for the largest, and judged on the day that it had reached each.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import t

from benchmarks.strangers import stranger
from benchmarks.walk import expected_loss, gathered, known_by, trained
from data.synthetic.folder import Order, clients_for, write_practice
from models.denial import expit
from training.dataset import Dataset
from training.prior import shipped
from training.settled import settled
from training.train import Settings
from training.truth import Truth, keys_of, read_truth

MONTHS = 12.0
AHEAD = 90
MORE = 2.4
"""Lines of a practice for each that is to settle: enough come after that day."""
NAMES = ("plain rate", "prior alone", "local alone", "around the prior", "best attainable")


def practice(base: str, seed: int, lines: int, folder: Path) -> tuple[Dataset, Truth, int]:
    """A whole practice, its truth, and the day on which so many of its lines had settled."""
    world = stranger(base, seed)
    clients = clients_for(world, int(lines * MORE), MONTHS, seed)
    write_practice(Order(world, clients, MONTHS, seed, seed), folder / "practice", 1)
    dataset = gathered(folder / "practice", folder / "home")
    truth = read_truth(folder / "practice" / "truth", keys_of(dataset))
    return dataset, truth, day_of(dataset, lines)


def day_of(dataset: Dataset, lines: int) -> int:
    """The day on which so many lines had settled."""
    sent, answers = dataset.table.lines, dataset.answers
    days = np.unique(answers.known[answers.denied >= 0])
    return next(
        (int(one) for one in days
         if len(settled(sent, answers.before(int(one) + 1), int(one) + 1).rows) >= lines),
        int(days[-1]) - AHEAD,
    )  # fmt: skip


def judged(dataset: Dataset, truth: Truth, day: int) -> tuple[int, list[float]]:
    """Own lines on a day, and the expected log loss of each of NAMES on the lines after it."""
    sent = dataset.table.lines
    then = known_by(dataset, day)
    test = np.flatnonzero(
        (sent.submitted > day) & (sent.submitted <= day + AHEAD) & np.isfinite(truth.probability)
    )
    later, real = dataset.table.take(test), truth.probability[test]
    prior = shipped()
    assert prior is not None
    rate = then.answers.denied[then.settled.rows].mean()
    risks = [
        np.full(len(test), rate),
        expit(prior.log_odds(later)),
        trained(then, None, Settings())[0].risks(later).line,
        trained(then, prior, Settings())[0].risks(later).line,
        real,
    ]
    return len(then.settled.rows), [float(expected_loss(risk, real).mean()) for risk in risks]


def main() -> None:
    """Prints each practice, and the differences with their intervals."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prior_quality")
    parser.add_argument("--lines", type=int, nargs="+", default=[2_000])
    parser.add_argument("--seeds", type=int, default=5, help="practices of each world")
    parser.add_argument("--first", type=int, default=1, help="seed of the first practice")
    parser.add_argument("--worlds", nargs="+", default=["default", "changes"])
    given = parser.parse_args()
    table = Table("World", "Seed", "Own lines", *NAMES)
    found: dict[int, list[list[float]]] = {lines: [] for lines in given.lines}
    for base in given.worlds:
        for seed in range(given.first, given.first + given.seeds):
            with tempfile.TemporaryDirectory() as folder:
                dataset, truth, _ = practice(base, seed, max(given.lines), Path(folder))
            for lines in given.lines:
                own, losses = judged(dataset, truth, day_of(dataset, lines))
                found[lines].append(losses)
                table.add_row(base, str(seed), f"{own:,}", *(f"{loss:.4f}" for loss in losses))
                print(base, seed, own, *(f"{loss:.4f}" for loss in losses), flush=True)
    Console(width=120).print(table)
    for lines, some in found.items():
        if len(some) > 1:  # one practice has no interval
            print(f"{lines:,} lines:")
            compared(np.array(some))


def compared(losses: NDArray[np.float64]) -> None:
    """Prints the paired differences, each with its interval. losses: (practices, NAMES)."""
    for other in (1, 2):
        gap = losses[:, 3] - losses[:, other]
        half = t.ppf(0.975, len(gap) - 1) * gap.std(ddof=1) / np.sqrt(len(gap))
        print(
            f"around the prior less {NAMES[other]}: {gap.mean():+.4f} "
            f"[{gap.mean() - half:+.4f}, {gap.mean() + half:+.4f}] nats, better in "
            f"{(gap < 0).sum()} of {len(gap)}"
        )


if __name__ == "__main__":
    main()
