"""Speed of the coding assistant: a suggestion after reading, and a corpus against reading alone.

    python -m benchmarks.coding NOTES.jsonl [--rounds 5]

The peer of a suggestion is spaCy's bare English tokenizer on the same note, run beside it; that of
a corpus with suggestions is reading it alone (aim: at least 0.8 of its throughput). A suggestion's
p50 should be at most 3 ms on one core. Nothing is kept from one note for the next.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import spacy

from benchmarks.row import side_by_side
from claims.note import Note
from features.notes.prose import prose
from features.notes.reader import read
from models.coding import suggest


def _took(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; returns the exit status."""
    parser = argparse.ArgumentParser(description="Speed of the coding assistant.")
    parser.add_argument("notes", type=Path, help="notes as JSON lines")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    notes = [
        Note.model_validate({k: v for k, v in record.items() if k in Note.model_fields})
        for record in map(json.loads, options.notes.read_text(encoding="utf-8").splitlines())
    ]
    bare, nlp = read.__wrapped__, spacy.blank("en")
    facts = [bare(note.text, note.discipline) for note in notes]
    for one, note in zip(facts, notes, strict=True):
        suggest(one, note)
        nlp.make_doc(note.text)
    ours, peer = [], []
    for _ in range(options.rounds):
        for one, note in zip(facts, notes, strict=True):
            prose.cache_clear()
            ours.append(_took(lambda one=one, note=note: suggest(one, note)))  # type: ignore[misc]
            peer.append(_took(lambda note=note: nlp.make_doc(note.text)))  # type: ignore[misc]
    p50, p99 = np.percentile(ours, [50, 99]) * 1e3
    tokenizing = float(np.percentile(peer, 50)) * 1e3
    print(f"{len(notes)} notes, {options.rounds} rounds, milliseconds of processor time")
    print(f"suggestion after reading: p50 {p50:.2f}, p99 {p99:.2f} (aim: p50 at most 3)")
    print(f"spaCy's bare tokenizer:   p50 {tokenizing:.2f}; ratio {p50 / tokenizing:.2f}")

    def reading() -> None:
        for note in notes:
            prose.cache_clear()
            bare(note.text, note.discipline)

    def both() -> None:
        for note in notes:
            prose.cache_clear()
            suggest(bare(note.text, note.discipline), note)

    alone, together = side_by_side(reading, both, times=options.rounds)
    alone, together = len(notes) / alone, len(notes) / together
    print(f"reading alone {alone:.0f} notes a second, with a suggestion {together:.0f}")
    print(f"ratio {together / alone:.2f} (aim: at least 0.80)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
