"""Whether promotion lets honest challengers through and refuses those that learned nothing.

    python -m benchmarks.promotion_quality [--lines 2000] [--seeds 3] [--first 1]

On practices whose payers are dealt anew (`benchmarks.strangers`), on the day on which so many lines
have settled: an honest first model, a first model trained on shuffled outcomes, and, with the
model of eight weeks before in place, an honest challenger and a shuffled one. Nothing is forced.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.edits_quality import wilson
from benchmarks.prior_quality import practice
from benchmarks.walk import known_by, trained
from training.challenger import parts_of
from training.dataset import Dataset
from training.prior import shipped
from training.promote import Decision, decide
from training.promotion import compared_with_prior, trial_of
from training.train import Settings

EARLIER = 56


def asked(then: Dataset, earlier: Dataset) -> dict[str, Decision]:
    """Each comparison's decision."""
    _, test = parts_of(then)
    trial = trial_of(then, test)
    rows = then.settled.rows
    shuffled = then.answers.denied.copy()
    shuffled[rows] = np.random.default_rng(1).permutation(shuffled[rows])

    def risk(dataset: Dataset, outcomes: object = None) -> np.ndarray:
        _, held_out = trained(dataset, shipped(), Settings(), outcomes)  # type: ignore[arg-type]
        return np.asarray(held_out.risks(then.table).line)

    old = risk(earlier)[test]

    honest, nonsense = risk(then), risk(then, shuffled)

    def decided(told: np.ndarray, champion: np.ndarray | None) -> Decision:
        alone, learned = compared_with_prior(then, test, told, shipped())
        prior = alone if champion is None else None
        return decide(champion, told[test], trial, prior=prior, learned=learned)

    return {
        "honest, first": decided(honest, None),
        "shuffled, first": decided(nonsense, None),
        "honest, against a champion": decided(honest, old),
        "shuffled, against a champion": decided(nonsense, old),
    }


def main() -> None:
    """Prints each decision, and the shares."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.promotion_quality")
    parser.add_argument("--lines", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--worlds", nargs="+", default=["default", "changes"])
    given = parser.parse_args()
    right: dict[str, list[bool]] = {}
    for base in given.worlds:
        for seed in range(given.first, given.first + given.seeds):
            with tempfile.TemporaryDirectory() as folder:
                dataset, _, day = practice(base, seed, given.lines, Path(folder))
            found = asked(known_by(dataset, day), known_by(dataset, day - EARLIER))
            for name, decision in found.items():
                right.setdefault(name, []).append(decision.promoted == name.startswith("honest"))
                told = "promoted" if decision.promoted else "; ".join(decision.reasons)
                print(f"{base} {seed} {name}: {told}", flush=True)
    for name, every in right.items():
        print(f"{name}: decided as it should {sum(every)} of {len(every)}: "
              f"{wilson(sum(every), len(every))}")  # fmt: skip


if __name__ == "__main__":
    main()
