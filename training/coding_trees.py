"""Fits the learned part of the coding assistant: boosted trees over words, phrases and rules.

LightGBM grows them; they are kept as arrays (`models.coding_words.Trees`).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.coding_kind import scores
from models.coding_words import UNKNOWN_SCORE, LearnedKinds, Trees, features
from training.coding_examples import Example

RAREST = 2
"""Examples in which a word must occur to have a weight."""
MOST_WORDS = 6000
"""Words of one discipline: the shipped file stays small."""
FEWEST = 15
"""Examples of a kind below which the rules alone tell it."""
ROUNDS = 60
BOOSTING: dict[str, Any] = {
    "objective": "multiclass",
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 5,
    "feature_fraction": 0.5,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
MOST_OF_ONE_WRITER = 0.2
"""The weight that one writer's examples may have among a discipline's."""
SHARE = 0.5
"""Of the ruled log odds beside the learned ones, which have seen them. Without it more notes of
held-out voices are right, but these share their clinical phrases with the notes learned from, and
a practice's own do not."""


def fit(examples: Sequence[Example], version: str) -> LearnedKinds:
    """The learned part fitted on some examples, not yet calibrated."""
    by_discipline: dict[str, list[Example]] = defaultdict(list)
    for one in examples:
        if one.note.discipline:
            by_discipline[one.note.discipline].append(one)
    fitted = {name: _fit(some) for name, some in by_discipline.items()}
    return LearnedKinds(
        version, SHARE, 1.0, 0.1, {name: trees for name, trees in fitted.items() if trees}
    )


def _fit(examples: Sequence[Example]) -> Trees | None:
    """Trees over the kinds that enough examples show; the others are left to the rules."""
    counts = Counter(one.kind for one in examples)
    kinds = tuple(sorted(kind for kind, count in counts.items() if count >= FEWEST))
    if len(kinds) < 2:
        return None
    taught = [one for one in examples if one.kind in kinds]
    names = [list(features(one.reading)) for one in taught]
    rows = {name: place for place, name in enumerate(_vocabulary(taught, names))}
    return boosted(taught, names, Trees(kinds, rows, *_no_trees(len(kinds))))


def _vocabulary(examples: Sequence[Example], names: Sequence[Sequence[str]]) -> list[str]:
    """Words, phrases and facts that occur often enough, and not with one writer alone."""
    counts = Counter(name for held in names for name in held)
    writers: dict[str, set[str]] = defaultdict(set)
    for one, held in zip(examples, names, strict=True):
        for name in held:
            writers[name].add(one.writer)
    several = len({one.writer for one in examples}) > 3
    # A word that one writer alone uses is his name for things, or a client's.
    return [
        name
        for name, count in counts.most_common()
        if count >= RAREST and (not several or len(writers[name]) > 1)
    ][:MOST_WORDS]


def _no_trees(kinds: int) -> tuple[Any, ...]:
    """Arrays of trees that each are one leaf of nothing."""
    leaf, nothing = np.zeros(1, np.int32), np.zeros(1, np.float32)
    return np.zeros(kinds, np.int32), leaf, nothing, leaf, leaf, nothing, 0


def boosted(
    examples: Sequence[Example],
    names: Sequence[Sequence[str]],
    start: Trees,
    rounds: int = ROUNDS,
    weight: float = 1.0,
) -> Trees:
    """Trees that go on from those of `start`: what these examples say beyond it is learned.

    weight: of an example beside LightGBM's own regularisation.
    """
    import lightgbm

    matrix = design(examples, names, start)
    targets = np.array([start.kinds.index(one.kind) for one in examples])
    before = np.vstack([start.walk(row) for row in matrix.toarray()])
    data = lightgbm.Dataset(
        matrix,
        targets,
        weight=sample_weights(examples) * weight,
        # LightGBM takes scores of several classes class by class.
        init_score=before.T.ravel(),
    )
    booster = lightgbm.train({**BOOSTING, "num_class": len(start.kinds)}, data, rounds)
    return _joined(start, booster.dump_model()["tree_info"])


def with_prior(
    model: LearnedKinds, examples: Sequence[Example], drawn: Mapping[tuple[str, str], int]
) -> LearnedKinds:
    """The model with kinds as frequent as they were drawn, not as they were read and weighted.

    drawn: how often each kind of each discipline is drawn where none is left out.
    """
    read = Counter((str(one.note.discipline), one.kind) for one in examples)
    disciplines = {}
    for name, trees in model.disciplines.items():
        # Examples of a kind weigh by the root of their number (`sample_weights`).
        odds = [
            np.log(drawn.get((name, kind), 0) + 1.0) - 0.5 * np.log(read[name, kind] + 1.0)
            for kind in trees.kinds
        ]
        centred = np.array(odds) - np.mean(odds)
        leaves = [{"tree_structure": {"leaf_value": float(value)}} for value in centred]
        disciplines[name] = _joined(trees, leaves)
    return replace(model, disciplines=disciplines)


def _joined(start: Trees, grown: Sequence[Mapping[str, Any]]) -> Trees:
    """The trees of `start` and behind them those that LightGBM grew, as arrays."""
    roots, columns, least, left, right, values = (
        getattr(start, name).tolist()
        for name in ("roots", "columns", "least", "left", "right", "values")
    )
    depth = start.depth

    def place(node: Mapping[str, Any], under: int) -> int:
        nonlocal depth
        at = len(columns)
        branches = "split_feature" in node
        columns.append(node["split_feature"] if branches else 0)
        least.append(node["threshold"] if branches else 0.0)
        values.append(0.0 if branches else node["leaf_value"])
        left.append(at)
        right.append(at)
        depth = max(depth, under)
        if branches:
            left[at] = place(node["left_child"], under + 1)
            right[at] = place(node["right_child"], under + 1)
        return at

    for tree in grown:
        roots.append(place(tree["tree_structure"], 0))
    whole, real = np.int32, np.float32
    return Trees(
        start.kinds, start.rows,
        np.array(roots, whole), np.array(columns, whole), np.array(least, real),
        np.array(left, whole), np.array(right, whole), np.array(values, real), depth,
    )  # fmt: skip


def design(
    examples: Sequence[Example], names: Sequence[Sequence[str]], trees: Trees
) -> sparse.csr_matrix:
    """The rules' log odds, then what was seen: the columns of `models.coding_words.Trees`."""
    seen = [[trees.rows[name] for name in held if name in trees.rows] for held in names]
    ends = np.cumsum([0, *map(len, seen)])
    places = np.array([place for held in seen for place in held], dtype=np.int32)
    ruled = [scores(one.reading, one.facts) for one in examples]
    odds = [[row.get(kind, UNKNOWN_SCORE) for kind in trees.kinds] for row in ruled]
    words = sparse.csr_matrix(
        (np.ones(len(places), np.float32), places, ends), shape=(len(names), len(trees.rows))
    )
    joined = sparse.hstack([sparse.csr_matrix(np.array(odds, np.float32)), words])
    return joined.tocsr().astype(np.float32)


def sample_weights(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Kinds weigh alike up to a root, and no writer more than his share."""
    kinds = Counter(one.kind for one in examples)
    weights = np.array([1.0 / kinds[one.kind] ** 0.5 for one in examples])
    by_writer: dict[str, float] = defaultdict(float)
    for one, weight in zip(examples, weights, strict=True):
        by_writer[one.writer] += float(weight)
    most = MOST_OF_ONE_WRITER * weights.sum()
    if len(by_writer) > 1 / MOST_OF_ONE_WRITER:
        weights *= [min(1.0, most / by_writer[one.writer]) for one in examples]
    return np.asarray(weights * len(examples) / weights.sum())
