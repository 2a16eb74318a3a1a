"""How varied the language of invented notes is.

    python -m data.synthetic.variety [--notes 10000] [--seed 8] [--held-out] [DISCIPLINE ...]

prints, by discipline, the share of distinct 8-word runs and the part of notes in which the
commonest 12-word run stands, of lower-cased text with digits and names masked, clones left out.
"""

import argparse
import re
import sys
from collections import Counter
from hashlib import blake2b
from typing import NamedTuple

from claims.note import Discipline
from data.synthetic.casting import DISCIPLINES
from data.synthetic.corpus import corpus


class Variety(NamedTuple):
    """The measure of one discipline's notes."""

    notes: int
    """Clones left out."""
    words: float
    """Of a note, in the mean."""
    distinct: float
    """Share of 8-word runs that differ."""
    commonest: float
    """Part of the notes in which the commonest 12-word run stands."""


def masked(text: str, names: frozenset[str]) -> list[str]:
    """The words of a note, lower-cased, without its numbers and names."""
    words = re.findall(r"[^\W_]+", re.sub(r"\d+", "0", text.lower()))
    return ["name" if word in names else word for word in words]


def variety(discipline: Discipline, notes: int, seed: int, held_out: bool = False) -> Variety:
    """Of so many notes."""
    eights: set[bytes] = set()
    runs = words_in_all = count = 0
    twelves: Counter[bytes] = Counter()
    for note, _, visit in corpus(notes, seed, held_out, discipline):
        if visit.copied_from is not None:
            continue
        names = f"{visit.client.name} {visit.client.surname} {visit.writer.name} "
        if visit.supervisor:
            names += visit.supervisor.name
        words = masked(note.text, frozenset(names.lower().split()))
        of_eight = _runs(words, 8)
        runs += len(of_eight)
        eights.update(of_eight)
        twelves.update(set(_runs(words, 12)))
        words_in_all += len(words)
        count += 1
    return Variety(
        count, words_in_all / count, len(eights) / runs, max(twelves.values(), default=0) / count
    )


def _runs(words: list[str], length: int) -> list[bytes]:
    """Every run of so many words, as a digest: a million of them fit in memory."""
    return [
        blake2b(" ".join(words[i : i + length]).encode(), digest_size=8).digest()
        for i in range(len(words) - length + 1)
    ]


def main(arguments: list[str] | None = None) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("disciplines", nargs="*", default=list(DISCIPLINES))
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--held-out", action="store_true")
    asked = parser.parse_args(arguments)
    tell = sys.stdout.write
    tell(f"{'':5}{'notes':>7}{'words':>7}{'distinct 8':>12}{'commonest 12':>14}\n")
    for discipline in asked.disciplines:
        one = variety(discipline, asked.notes, asked.seed, asked.held_out)
        tell(
            f"{discipline:5}{one.notes:7}{one.words:7.0f}{one.distinct:12.3f}"
            f"{one.commonest:14.2%}\n"
        )


if __name__ == "__main__":
    main()
