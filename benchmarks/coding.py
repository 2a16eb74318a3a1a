"""Speed of the coding assistant: one suggestion after reading, and a corpus against reading alone.

    python -m benchmarks.coding NOTES.jsonl [--rounds 5]

Aims: a suggestion's p50 at most 3 ms on one core; a corpus with suggestions at least 0.8 of the
throughput of reading it alone. Notes are read without the reader's cache.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from claims.note import Note
from features.notes.reader import read
from models.coding import suggest


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
    bare = read.__wrapped__
    facts = [bare(note.text, note.discipline) for note in notes]
    for one, note in zip(facts, notes, strict=True):
        suggest(one, note)
    spent, reading, both = [], 0.0, 0.0
    for _ in range(options.rounds):
        for one, note in zip(facts, notes, strict=True):
            start = perf_counter()
            suggest(one, note)
            spent.append(perf_counter() - start)
        start = perf_counter()
        for note in notes:
            bare(note.text, note.discipline)
        reading += perf_counter() - start
        start = perf_counter()
        for note in notes:
            suggest(bare(note.text, note.discipline), note)
        both += perf_counter() - start
    spent.sort()
    p50, p99 = spent[len(spent) // 2] * 1e3, spent[int(len(spent) * 0.99)] * 1e3
    count = len(notes) * options.rounds
    print(f"notes: {len(notes)}, rounds: {options.rounds}")
    print(f"suggestion after reading: p50 {p50:.2f} ms, p99 {p99:.2f} ms (aim: p50 at most 3 ms)")
    print(f"reading alone: {count / reading:.0f} notes a second")
    print(f"reading and suggesting: {count / both:.0f} notes a second")
    print(f"ratio: {reading / both:.2f} of reading alone (aim: at least 0.80)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
