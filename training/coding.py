"""Trains the learned part of the coding assistant: which kind of service a text describes.

Examples come from hand-written descriptions, from synthetic notes with their truth, and from a
practice's own paid lines. A label is always a *kind* of service: no time code, no units and no
modifier is ever learned. An own example counts only where the payer paid it and where neither
arithmetic nor the rules plainly contradict it, so that a habit of billing wrongly that is paid
all the same teaches nothing.
"""

import argparse
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy import sparse

from claims.note import Note, NoteFacts
from models.coding import policy_for as policy_of
from models.coding import unit_rule
from models.coding_kind import Kinds, Reading, kinds_of_code, load, look, scores, weigh
from models.coding_open import shares
from models.coding_words import UNKNOWN_SCORE, LearnedKinds, Trees, features

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
PLAINLY = 0.8
"""A ruled probability of another kind from which an own label is thrown away."""
MOST_OF_ONE_WRITER = 0.2
"""The weight that one writer's examples may have among a discipline's."""
COVERAGE = 0.95
SHARE = 0.5
"""Of the ruled log odds beside the learned ones, which have seen them. Without it more notes of
held-out voices are right, but these share their clinical phrases with the notes learned from, and
a practice's own do not."""
TEMPERATURES = (0.8, 1.0, 1.25, 1.5, 1.8)


@dataclass(frozen=True, slots=True)
class Example:
    """A text with the kind of service that it truly describes."""

    reading: Reading
    facts: NoteFacts
    note: Note
    kind: str
    writer: str
    primary: str | None = None
    """The right primary code, where the truth tells it."""


def example(note: Note, kind: str, writer: str, primary: str | None = None) -> Example:
    """Reads a note for training."""
    from features.notes.reader import read

    facts = read(note.text, note.discipline)
    return Example(look(note.text, facts, note), facts, note, kind, writer, primary)


@cache
def _descriptions() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = files("training").joinpath("coding_descriptions.yaml").read_text(encoding="utf-8")
    content: Mapping[str, Mapping[str, Sequence[str]]] = yaml.safe_load(text)
    return content


_CREDENTIALS = {
    "MH": "LCSW", "OT": "OTR/L", "PT": "PT", "SLP": "CCC-SLP", "ABA": "BCBA",
    "em": "MD", "em_psychotherapy": "MD",
    "aba_direct": "RBT", "aba_group": "RBT", "aba_supporting_assessment": "RBT",
}  # fmt: skip


def described() -> Iterator[Example]:
    """The hand-written descriptions."""
    for discipline, kinds in _descriptions().items():
        for kind, texts in kinds.items():
            credential = _CREDENTIALS.get(kind, _CREDENTIALS[discipline])
            for number, text in enumerate(texts, start=1):
                note = Note.model_validate(
                    {
                        "id": f"{discipline}-{kind}-{number}",
                        "text": text,
                        "discipline": discipline,
                        "credential": credential,
                    }
                )
                yield example(note, kind, "described")


def paid(note: Note, codes: Iterable[str], writer: str) -> Example | None:
    """An example from lines of a practice that were paid; None where it must not teach.

    codes: procedures paid as they were billed, the primary first. Lines denied for coding or
    bundling, or paid under another code, are the caller's to leave out.
    """
    for code in codes:
        kinds = kinds_of_code().get(code, ())
        if kinds:
            break
    else:
        return None
    kind = kinds[0]
    found = example(note, kind, writer, code)
    if kind not in scores(found.reading, found.facts):
        return None
    ruled = weigh(found.reading, found.facts, NO_MODEL)
    if ruled.best != kind and ruled.ranked[0][1] >= PLAINLY:
        return None
    return found


BESIDE_VISIT = frozenset({"90833", "90836", "90838"})
NO_MODEL = LearnedKinds("none", 0.0, 1.0, 0.1, {})
"""Rules alone."""


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

    matrix = _matrix(examples, names, start)
    targets = np.array([start.kinds.index(one.kind) for one in examples])
    before = np.vstack([start.walk(row) for row in matrix.toarray()])
    data = lightgbm.Dataset(
        matrix,
        targets,
        weight=_sample_weights(examples) * weight,
        # LightGBM takes scores of several classes class by class.
        init_score=before.T.ravel(),
    )
    booster = lightgbm.train({**BOOSTING, "num_class": len(start.kinds)}, data, rounds)
    return _joined(start, booster.dump_model()["tree_info"])


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


def _matrix(
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


def _sample_weights(examples: Sequence[Example]) -> NDArray[np.float64]:
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


def calibrate(model: LearnedKinds, held_out: Sequence[Example]) -> LearnedKinds:
    """The model with its share and temperature, and the least share of the 95% set.

    held_out: examples of writers that the model never saw. Half of the writers choose share and
    temperature by log loss, the other half the conformal threshold.
    """
    writers = sorted({one.writer for one in held_out})
    first = set(writers[::2])
    tuning = [one for one in held_out if one.writer in first] or list(held_out)
    conformal = [one for one in held_out if one.writer not in first] or list(held_out)
    best = min(
        (
            (_loss(_with(model, share=SHARE, temperature=warmth), tuning), warmth)
            for warmth in TEMPERATURES
        ),
    )
    chosen = _with(model, share=SHARE, temperature=best[1])
    return _with(chosen, least_share=threshold(chosen, conformal))


def _with(model: LearnedKinds, **figures: float) -> LearnedKinds:
    values: dict[str, Any] = {
        "version": model.version,
        "share": model.share,
        "temperature": model.temperature,
        "least_share": model.least_share,
        "disciplines": model.disciplines,
    }
    return LearnedKinds(**{**values, **figures})


def _loss(model: LearnedKinds, examples: Sequence[Example]) -> float:
    total = 0.0
    for one in examples:
        given = dict(weigh(one.reading, one.facts, model).ranked)
        total -= math.log(max(given.get(one.kind, 0.0), 1e-6))
    return total / max(1, len(examples))


def primary_shares(model: LearnedKinds, one: Example) -> tuple[Kinds, dict[str, float]]:
    """Probability of each code as the primary one."""
    kinds = weigh(one.reading, one.facts, model)
    rule, _ = unit_rule(one.facts, one.note, policy_of(one.note), one.reading)
    found = shares(kinds, one.facts, one.note, one.reading, rule)
    return kinds, {code: one.share for code, one in found.items()}


def threshold(model: LearnedKinds, examples: Sequence[Example]) -> float:
    """The least share of the 95% set: split conformal, score the right primary code's share.

    Notes whose right code has no share at all, because their minutes were not read, are left
    out: no threshold reaches them, and one that tried would hold every code of every other note.
    The set's coverage is therefore 95% where the time was read, and less over all.
    Source: Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World" (2005), §4.
    """
    every = [
        primary_shares(model, one)[1].get(one.primary, 0.0)
        for one in examples
        if one.primary is not None
    ]
    found = [share for share in every if share > 0.0]
    if not found:
        return 0.1
    rank = math.floor((len(found) + 1) * (1 - COVERAGE))
    least = float(np.sort(found)[max(0, rank - 1)])
    return max(0.005, round(least - 1e-6, 6))


def kind_of_codes(codes: Sequence[str], discipline: str) -> str | None:
    """The kind of service that a set of right codes stands for."""
    starts = load("structure")["start"][discipline]
    for code in codes:
        for kind in kinds_of_code().get(code, ()):
            if kind in starts:
                return kind
    return None


def invented(folder: Path) -> Iterator[Example]:
    """Examples from notes with their truth, as `python -m data.synthetic.corpus` writes them.

    A note that supports no bill teaches only where nothing skilled was done: the others' kind of
    service is not in their truth.
    """
    notes = (folder / "notes.jsonl").read_text(encoding="utf-8").splitlines()
    truths = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    for line, told in zip(notes, truths, strict=True):
        note, truth = Note.model_validate_json(line), json.loads(told)
        codes = [code["code"] for code in truth["codes"]]
        kind = None
        if codes and note.discipline:
            beside = [code for code in codes if code in BESIDE_VISIT]
            kind = kind_of_codes(beside or codes, note.discipline)
        elif truth["not_billable_because"] == "not_skilled":
            kind = "no_service"
        if kind is not None:
            yield example(note, kind, truth["voice"], codes[0] if codes else None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, calibrates and stores the shipped model; returns the exit status."""
    parser = argparse.ArgumentParser(description="Trains the coding model.")
    parser.add_argument("--train", type=Path, required=True, help="a corpus of invented notes")
    parser.add_argument("--held-out", type=Path, required=True, help="one of held-out voices")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model's files")
    parser.add_argument("--version", default="1")
    options = parser.parse_args(arguments)
    examples = [*described(), *invented(options.train)]
    held_out = list(invented(options.held_out))
    model = calibrate(fit(examples, options.version), held_out)
    model.to_disk(options.out)
    half = set(sorted({e.writer for e in held_out})[1::2])
    lines = [
        f"{len(examples)} examples, {len({e.writer for e in examples})} writers; "
        f"held out: {len(held_out)}, {len({e.writer for e in held_out})} writers",
        f"share {model.share}, temperature {model.temperature}, least share {model.least_share}",
        *(
            f"kind right, {name}: {_right(chosen, held_out):.3f}"
            for name, chosen in (("rules alone", NO_MODEL), ("rules and model", model))
        ),
        f"coverage on the writers of the threshold: {_coverage(model, held_out, half)}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _right(model: LearnedKinds, examples: Sequence[Example]) -> float:
    right = sum(weigh(one.reading, one.facts, model).best == one.kind for one in examples)
    return right / max(1, len(examples))


def _coverage(model: LearnedKinds, examples: Sequence[Example], writers: set[str]) -> str:
    held, sizes = 0, []
    for one in examples:
        if one.writer not in writers or one.primary is None:
            continue
        shared = primary_shares(model, one)[1]
        kept = [code for code, share in shared.items() if share >= model.least_share]
        held += one.primary in kept
        sizes.append(len(kept))
    return f"{held / max(1, len(sizes)):.3f}, mean size {sum(sizes) / max(1, len(sizes)):.2f}"


if __name__ == "__main__":
    sys.exit(main())
