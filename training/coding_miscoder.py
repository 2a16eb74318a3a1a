"""Whether a retrained coding model copies somebody who bills wrongly and is paid all the same.

    python -m data.synthetic.corpus NOTES --notes 3000 --seed 7
    python -m training.coding_miscoder NOTES

In each discipline the clinician with most notes bills by a fixed wrong habit: family, group and
crisis sessions as individual ones, swallowing as speech, evaluations as treatment, a technician's
work as an analyst's, and every psychotherapy as the longest. Payers pay nine in ten of these
bills. The first half of all notes is what was paid; the miscoder's other notes are judged: how
often the answer is right, and how often it is what the habit would have billed.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from claims.note import Note
from models.coding import suggest
from models.coding_words import LearnedKinds, learned_kinds
from training.coding_examples import Example, corroborated, example, kind_of_codes, paid
from training.coding_report import wilson
from training.coding_round import retrained

PAID = 0.9
HABITS = {
    "90832": "90837", "90834": "90837", "90846": "90837", "90847": "90837", "90853": "90837",
    "90839": "90837", "90791": "90837", "96158": "90837",
    "97164": "97530", "97168": "97530", "97161": "97530", "97162": "97530", "97163": "97530",
    "97165": "97530", "97166": "97530", "97167": "97530", "97150": "97530",
    "92526": "92507", "92508": "92507", "97129": "92507", "92523": "92507", "92610": "92507",
    "92609": "92507",
    "97153": "97155", "97154": "97155", "97156": "97155", "97151": "97155",
}  # fmt: skip
"""What the miscoder bills for what a note supports; other codes are billed rightly."""


@dataclass(frozen=True, slots=True)
class Billed:
    """A note with what it supports and what was billed for it."""

    note: Note
    writer: str
    supported: tuple[str, ...]
    billed: tuple[str, ...]


def bills(folder: Path) -> Iterator[Billed]:
    """The notes of a corpus, each discipline's busiest writer billing by habit."""
    notes = (folder / "notes.jsonl").read_text(encoding="utf-8").splitlines()
    truths = [
        json.loads(line)
        for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    parsed = [Note.model_validate_json(line) for line in notes]
    counts = Counter((n.discipline, t["voice"]) for n, t in zip(parsed, truths, strict=True))
    busiest: dict[str | None, str] = {}
    for (discipline, voice), _ in counts.most_common():
        busiest.setdefault(discipline, voice)
    for note, truth in zip(parsed, truths, strict=True):
        codes = tuple(code["code"] for code in truth["codes"])
        if not codes:
            continue
        wrong = truth["voice"] == busiest[note.discipline]
        billed = (HABITS.get(codes[0], codes[0]), *codes[1:]) if wrong else codes
        yield Billed(note, "miscoder" if wrong else truth["voice"], codes, billed)


def taught(some: Sequence[Billed], draw: Random, *, careful: bool) -> list[Example]:
    """Examples of what was paid; without care, every paid bill is taken at its word."""
    found = []
    for one in some:
        if one.writer == "miscoder" and draw.random() >= PAID:
            continue
        if careful:
            made = paid(one.note, one.billed, one.writer)
        else:
            kind = kind_of_codes(one.billed, str(one.note.discipline))
            made = example(one.note, kind, one.writer) if kind else None
        if made:
            found.append(made)
    return found


def judged(model: LearnedKinds, some: Sequence[Billed]) -> dict[str, tuple[int, int]]:
    """Of the miscoder's notes that the habit would miscode: right answers, and copied ones."""
    from features.notes.reader import read

    right = copied = 0
    miscoded = [b for b in some if b.writer == "miscoder" and b.billed[0] != b.supported[0]]
    for one in miscoded:
        found = suggest(read(one.note.text, one.note.discipline), one.note, learned=model)
        right += found.primary == one.supported[0]
        copied += found.primary == one.billed[0]
    return {"right": (right, len(miscoded)), "as the miscoder bills": (copied, len(miscoded))}


def evaluation(folder: Path, start: LearnedKinds, seed: int = 1) -> dict[str, Any]:
    """The shipped model, one retrained with care and one without, on the miscoder's later notes."""
    every = list(bills(folder))
    earlier, later = every[: len(every) // 2], every[len(every) // 2 :]
    found: dict[str, Any] = {"shipped": judged(start, later)}
    for name, careful in (("retrained", True), ("retrained without care", False)):
        examples = taught(earlier, Random(seed), careful=careful)  # noqa: S311 (no secret)
        examples = corroborated(examples, start) if careful else examples
        model = retrained(examples, start, name)
        if not careful:
            model = replace(model, share=0.0)
        found[name] = judged(model, later)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; returns the exit status."""
    parser = argparse.ArgumentParser(description="Is a miscoder copied?")
    parser.add_argument("notes", type=Path, help="a corpus with its truth")
    options = parser.parse_args(arguments)
    start = learned_kinds()
    if start is None:
        sys.stderr.write("no coding model is shipped: run `make models` first\n")
        return 1
    for name, figures in evaluation(options.notes, start).items():
        for figure, (count, of) in figures.items():
            low, high = wilson(count, of)
            share = count / max(1, of)
            sys.stdout.write(
                f"{name:<24} {figure:<22} {share:6.1%} ({count}/{of}, {low:.1%} to {high:.1%})\n"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
