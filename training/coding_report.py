"""How good the coding assistant is on notes whose right bill is known.

    python -m training.coding_report ../shared/samples/notes/notes.jsonl
    python -m training.coding_report --synthetic FOLDER   (from python -m data.synthetic.corpus)

prints every figure with its Wilson interval and, beside it, the same figure of three baselines:
the most frequent code of the discipline, the rules without the learned part, and a linear model
over words. Baselines that learn are judged on writers that they did not see.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

from claims.codes.procedures import procedure
from claims.note import Note, NoteFacts
from models.coding import suggest
from models.coding_words import LearnedKinds, learned_kinds
from training.coding_examples import NO_MODEL

Bill = tuple[tuple[str, int, tuple[str, ...]], ...]
"""Code (levels of a medical visit as one), units and sorted modifiers, the primary first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A note with its right bill."""

    note: Note
    writer: str
    right: Bill


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says of a note."""

    bill: Bill
    held: frozenset[str] = frozenset()
    """The 95% set."""


def level(code: str) -> str:
    """A code, the levels of one family of medical visits being one.

    >>> level("99213") == level("99215"), level("90837")
    (True, '90837')
    """
    row = procedure(code)
    return f"{row.family} {code[:4]}" if row and row.time_rule == "level" else code


def bill(codes: Iterable[Mapping[str, Any]]) -> Bill:
    """A bill in the shape in which bills are compared."""
    return tuple(
        (level(str(c["code"])), int(c["units"]), tuple(sorted(c["modifiers"]))) for c in codes
    )


def gold(path: Path) -> Iterator[Judged]:
    """Gold notes as JSON lines: the contract's fields, `writer` and `gold`."""
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        known = {k: v for k, v in record.items() if k in Note.model_fields}
        yield Judged(Note.model_validate(known), record["writer"], bill(record["gold"]["codes"]))


def synthetic(folder: Path) -> Iterator[Judged]:
    """Invented notes with their truth, as `data.synthetic.corpus` writes them."""
    notes = (folder / "notes.jsonl").read_text(encoding="utf-8").splitlines()
    truths = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    for line, told in zip(notes, truths, strict=True):
        truth = json.loads(told)
        yield Judged(Note.model_validate_json(line), truth["voice"], bill(truth["codes"]))


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95% Wilson score interval of a share.

    >>> tuple(round(end, 3) for end in wilson(9, 10))
    (0.596, 0.982)
    """
    if of == 0:
        return 0.0, 1.0
    z, share = 1.959964, right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


FIGURES = (
    "primary code right", "whole set exactly right", "units right, of sets with right codes",
    "modifiers right, of sets with right codes", "not billable caught", "not billable, falsely",
    "95% set holds the primary code",
)  # fmt: skip


def figures(
    notes: Sequence[Judged], answer: Callable[[Judged], Answer]
) -> tuple[dict[str, tuple[int, int]], float]:
    """Each figure as (right, of), and the mean size of the 95% set."""
    found: dict[str, list[int]] = {name: [0, 0] for name in FIGURES}

    def count(name: str, right: bool) -> None:
        found[name][0] += right
        found[name][1] += 1

    sizes = []
    for one in notes:
        said = answer(one)
        if not one.right:
            count("not billable caught", not said.bill)
            continue
        count("not billable, falsely", not said.bill)
        primary = one.right[0][0]
        count("primary code right", bool(said.bill) and said.bill[0][0] == primary)
        count("whole set exactly right", sorted(said.bill) == sorted(one.right))
        if {c for c, _, _ in said.bill} == {c for c, _, _ in one.right}:
            units = [sorted((c, u) for c, u, _ in b) for b in (said.bill, one.right)]
            modifiers = [sorted((c, m) for c, _, m in b) for b in (said.bill, one.right)]
            count("units right, of sets with right codes", units[0] == units[1])
            count("modifiers right, of sets with right codes", modifiers[0] == modifiers[1])
        count("95% set holds the primary code", primary in said.held)
        sizes.append(len(said.held))
    return {k: (v[0], v[1]) for k, v in found.items()}, sum(sizes) / max(1, len(sizes))


def assistant(model: LearnedKinds | None) -> Callable[[Judged], Answer]:
    """The assistant, its notes read by the note reader."""
    from features.notes.reader import read

    def say(one: Judged) -> Answer:
        facts: NoteFacts = read(one.note.text, one.note.discipline)
        found = suggest(facts, one.note, learned=model)
        codes = [code.model_dump() for code in found.codes]
        return Answer(bill(codes), frozenset(level(code) for code in found.code_set_95))

    return say


def _usual(notes: Iterable[Judged]) -> dict[str, Bill]:
    """By primary code ('' for nothing): the commonest whole bill."""
    found: dict[str, Counter[Bill]] = defaultdict(Counter)
    for one in notes:
        found[_primary(one)][one.right] += 1
    return {code: bills.most_common(1)[0][0] for code, bills in found.items()}


def _primary(one: Judged) -> str:
    return one.right[0][0] if one.right else ""


def _usual_answer(code: str, usual: Mapping[str, Bill]) -> Answer:
    return Answer(usual.get(code, ()), frozenset([code] if code else []))


def most_frequent(notes: Sequence[Judged]) -> Callable[[Judged], Answer]:
    """The commonest primary code of the discipline among other writers' notes, usual bill."""
    by_discipline: dict[str | None, list[Judged]] = defaultdict(list)
    for one in notes:
        by_discipline[one.note.discipline].append(one)

    @cache
    def of_others(discipline: str | None, writer: str) -> Answer:
        others = [n for n in by_discipline[discipline] if n.writer != writer]
        counts = Counter(_primary(n) for n in others if n.right)
        best = counts.most_common(1)[0][0] if counts else ""
        return _usual_answer(best, _usual(others))

    return lambda one: of_others(one.note.discipline, one.writer)


def bag_of_words(notes: Sequence[Judged]) -> Callable[[Judged], Answer]:
    """A linear model over words and pairs of words, writers held apart.

    It names the primary code, or that nothing is billable; the rest of the bill is the usual one.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    fold_of = {writer: n % 5 for n, writer in enumerate(sorted({one.writer for one in notes}))}
    learned: dict[int, tuple[Any, dict[str, Bill]]] = {}
    for fold in range(5):
        train = [one for one in notes if fold_of[one.writer] != fold]
        pipeline = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
            LogisticRegression(C=20.0, max_iter=300, class_weight="balanced"),
        )
        pipeline.fit(
            [f"{one.note.discipline} {one.note.text}" for one in train],
            [_primary(one) for one in train],
        )
        learned[fold] = pipeline, _usual(train)

    def say(one: Judged) -> Answer:
        model, usual = learned[fold_of[one.writer]]
        code = str(model.predict([f"{one.note.discipline} {one.note.text}"])[0])
        return _usual_answer(code, usual)

    return say


def show(name: str, notes: Sequence[Judged], answer: Callable[[Judged], Answer]) -> list[str]:
    """The figures of one way of answering, a line each."""
    counts, size = figures(notes, answer)
    lines = [f"{name} ({len(notes)} notes, {len({n.writer for n in notes})} writers)"]
    for figure, (right, of) in counts.items():
        if of:
            low, high = wilson(right, of)
            lines.append(
                f"  {figure:<42} {right / of:6.1%}  ({right}/{of}, {low:.1%} to {high:.1%})"
            )
    lines.append(f"  {'mean size of the 95% set':<42} {size:6.2f}")
    return lines


def halves(notes: Sequence[Judged]) -> tuple[list[Judged], list[Judged]]:
    """Notes of the writers read while developing, and of those only scored."""
    seen = [one for one in notes if one.writer in READ_WHILE_DEVELOPING]
    return seen, [one for one in notes if one.writer not in READ_WHILE_DEVELOPING]


READ_WHILE_DEVELOPING = frozenset(
    {"a01", "m01", "m03", "m05", "m07", "m22", "m24", "r21", "r27", "w01", "w06"}
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; returns the exit status."""
    parser = argparse.ArgumentParser(description="Figures of the coding assistant.")
    parser.add_argument("gold", nargs="?", type=Path, help="gold notes, JSON lines")
    parser.add_argument("--synthetic", type=Path, help="a corpus of invented notes")
    options = parser.parse_args(arguments)
    out: list[str] = []
    if options.gold:
        notes = list(gold(options.gold))
        seen, blind = halves(notes)
        out += show("assistant", notes, assistant(learned_kinds()))
        out += show("assistant, writers read while developing", seen, assistant(learned_kinds()))
        out += show("assistant, writers only scored", blind, assistant(learned_kinds()))
        out += show("rules alone", notes, assistant(NO_MODEL))
        out += show("most frequent bill of the discipline", notes, most_frequent(notes))
        out += show("linear bag of words", notes, bag_of_words(notes))
    if options.synthetic:
        notes = list(synthetic(options.synthetic))
        out += show("assistant, synthetic held-out voices", notes, assistant(learned_kinds()))
        out += show("rules alone, synthetic held-out voices", notes, assistant(NO_MODEL))
        by_discipline: dict[str, list[Judged]] = defaultdict(list)
        for one in notes:
            by_discipline[str(one.note.discipline)].append(one)
        for discipline, some in sorted(by_discipline.items()):
            out += show(f"assistant, {discipline}", some, assistant(learned_kinds()))
    sys.stdout.write("\n".join(out) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
