"""Which learner tells kinds of service best on writers that it did not see.

    python -m training.coding_compare TRAIN HELD   (folders of data.synthetic.corpus)

prints the share of right kinds on the held-out voices: rules alone, a linear model and boosted
trees over words alone, both with the rules' log odds as columns too, and what is shipped: the
trees with rules' log odds mixed in once more.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from models.coding_words import LearnedKinds, Trees, features
from training.coding_calibration import kinds_right
from training.coding_examples import NO_MODEL, Example, described, invented
from training.coding_report import wilson
from training.coding_trees import BOOSTING, ROUNDS, design, fit, sample_weights

LINEAR = 16.0
"""Inverse ridge (scikit-learn's C); 1, 4 and 16 were tried."""


def learners(train: Sequence[Example], held: Sequence[Example], trees: Trees) -> dict[str, int]:
    """How many held-out examples of one discipline each learner gets right."""
    kinds = trees.kinds
    taught = [one for one in train if one.kind in kinds]
    targets = np.array([kinds.index(one.kind) for one in taught])
    right = np.array([kinds.index(one.kind) if one.kind in kinds else -1 for one in held])
    weight = sample_weights(taught)
    both = [
        design(some, [list(features(one.reading)) for one in some], trees)
        for some in (taught, held)
    ]
    words = [matrix[:, len(kinds) :] for matrix in both]
    found = {}
    for name, (fitted_on, judged_on) in (("words", words), ("words and rules", both)):
        scaled = [_by_length(matrix) for matrix in (fitted_on, judged_on)]
        linear = LogisticRegression(C=LINEAR, max_iter=600)
        linear.fit(scaled[0], targets, sample_weight=weight)
        found[f"linear, {name}"] = int((linear.predict(scaled[1]) == right).sum())
        found[f"trees, {name}"] = int(
            (_boosted(fitted_on, targets, weight, judged_on) == right).sum()
        )
    return found


def _by_length(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows damped by the root of how much stands in them: a long note says more words."""
    lengths = np.sqrt(np.maximum(1.0, np.asarray((matrix != 0).sum(axis=1)).ravel()))
    return sparse.diags(1.0 / lengths) @ matrix


def _boosted(
    fitted_on: sparse.csr_matrix,
    targets: NDArray[np.int64],
    weight: NDArray[np.float64],
    judged_on: sparse.csr_matrix,
) -> NDArray[np.int64]:
    import lightgbm

    settings = {**BOOSTING, "num_class": int(targets.max()) + 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(fitted_on, targets, weight=weight), ROUNDS)
    chosen: NDArray[np.int64] = np.asarray(booster.predict(judged_on)).argmax(axis=1)
    return chosen


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; returns the exit status."""
    parser = argparse.ArgumentParser(description="Learners of kinds of service.")
    parser.add_argument("train", type=Path)
    parser.add_argument("held", type=Path)
    options = parser.parse_args(arguments)
    train, held = [*described(), *invented(options.train)], list(invented(options.held))
    sys.stdout.write("\n".join(table(train, held, fit(train, "compared"))) + "\n")
    return 0


def table(train: Sequence[Example], held: Sequence[Example], model: LearnedKinds) -> list[str]:
    """A line for each learner, with its Wilson interval."""
    by_discipline: dict[str, list[Example]] = defaultdict(list)
    for one in held:
        by_discipline[str(one.note.discipline)].append(one)
    total: Counter[str] = Counter()
    for discipline, some in by_discipline.items():
        own = [one for one in train if one.note.discipline == discipline]
        total.update(learners(own, some, model.disciplines[discipline]))
    total["rules alone"] = round(kinds_right(NO_MODEL, held) * len(held))
    total["as shipped: trees, words and rules, mixed with rules"] = round(
        kinds_right(model, held) * len(held)
    )
    lines = []
    for name, count in sorted(total.items(), key=lambda item: item[1]):
        low, high = wilson(count, len(held))
        lines.append(f"{name:<55} {count / len(held):.1%} ({low:.1%} to {high:.1%})")
    return lines


if __name__ == "__main__":
    sys.exit(main())
