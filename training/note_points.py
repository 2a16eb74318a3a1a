"""How much phrases weigh beside the sentence model, chosen where neither was made.

    python -m training.note_points NOTES [NOTES...] [--writers WRITER...]

NOTES are gold notes or folders of invented ones, each judged apart and weighing the same. Prints
for each element the weights of `element_rules.yaml` (`phrases`, `enough`, `alone`) whose
neighbourhood on the grid reads best: the mean of F1 of *present* and F1 of *absent*, so that one
lucky point of the grid is not taken.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.notes.elements import told_in
from features.notes.points import RULES, SOFT
from features.notes.prose import prose
from features.notes.sentences import shipped
from training.note_evaluation import Gold, f1, gold_notes

PHRASES = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
ENOUGH = tuple(np.arange(-3.0, 6.5, 0.5))
ALONE = tuple(np.arange(-1.0, 6.5, 0.5))
NEVER = -1e9

Floats = NDArray[np.float64]
Shown = list[tuple[bool, Floats, Floats]]
"""For each note whether the element is there, and points and log-odds of each sentence."""


def shown(notes: Sequence[Gold]) -> dict[str, Shown]:
    """What every sentence says of each element that applies, by element."""
    model = shipped()
    assert model is not None  # noqa: S101 (the package holds it)
    found: dict[str, Shown] = defaultdict(list)
    for one in notes:
        read = prose(one.note.text)
        odds = model.log_odds(read, one.note.discipline)
        told = told_in(read, one.note.discipline, odds)
        for key in SOFT:
            said = one.gold["elements"].get(key)
            if said is not None:
                points = np.array([t.get(key, NEVER) for t in told])
                found[key].append((bool(said), points, odds[key]))
    return found


def grid(notes: Shown) -> Floats:
    """The mean of the two F1 at each point of the grid."""
    score = np.zeros((len(PHRASES), len(ENOUGH), len(ALONE)))
    said = np.array([s for s, _, _ in notes])
    alone = np.array([_best(odds, points <= 0) for _, points, odds in notes])
    for i, phrases in enumerate(PHRASES):
        both = np.array([_best(phrases * points + odds, points > 0) for _, points, odds in notes])
        for j, k in product(range(len(ENOUGH)), range(len(ALONE))):
            got = (both >= ENOUGH[j]) | (alone >= ALONE[k])
            right, wrongly = int((said & got).sum()), int((~said & got).sum())
            missed, absent = int((said & ~got).sum()), int((~said & ~got).sum())
            score[i, j, k] = (f1(right, wrongly, missed) + f1(absent, missed, wrongly)) / 2
    return score


def _best(values: Floats, which: NDArray[np.bool_]) -> float:
    return float(values[which].max()) if which.any() else NEVER


def smooth(score: Floats) -> Floats:
    """Each point averaged with its neighbours on the grid."""
    wide = np.pad(score, 1, mode="edge")
    rows, columns, layers = score.shape
    parts = [
        wide[a : a + rows, b : b + columns, c : c + layers]
        for a, b, c in product(range(3), repeat=3)
    ]
    return np.mean(parts, axis=0)  # type: ignore[no-any-return]


def main(arguments: list[str] | None = None) -> int:
    """Prints the weights chosen, with the score of the present ones beside theirs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notes", type=Path, nargs="+")
    parser.add_argument("--writers", nargs="*", help="of gold notes, choose on these writers alone")
    given = parser.parse_args(arguments)
    sets = []
    for place in given.notes:
        notes = gold_notes(place)
        sets.append(shown([n for n in notes if not given.writers or n.writer in given.writers]))
    for key in SOFT:
        scores = [grid(s[key]) for s in sets if len(s.get(key, ())) > 0]
        mean = smooth(np.mean(scores, axis=0))
        i, j, k = np.unravel_index(int(mean.argmax()), mean.shape)
        at = [f"{s[i, j, k]:.2f}" for s in scores]
        rules = RULES[key]
        sys.stdout.write(
            f"{key:18} phrases: {PHRASES[i]:g}, enough: {ENOUGH[j]:g}, alone: {ALONE[k]:g}  "
            f"({' '.join(at)}; now {rules['phrases']}, {rules['enough']}, {rules['alone']})\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
