"""Reading notes, as a ratio to spaCy's bare English tokenizer on the same distinct notes.

`python -m benchmarks.note_reading NOTES.jsonl` prints, nothing cached: one note's p50 and p99 in
milliseconds, a corpus through both cores in notes a second, and the memory that the reader holds.
"""

import argparse
import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import spacy

from benchmarks.row import Row
from features.notes.reader import read_with
from features.notes.sentences import shipped
from training.notes import examples

ROUNDS = 3


def _notes(file: Path) -> list[tuple[str, str]]:
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(r["text"], r.get("discipline")) for r in records]


def _fresh(text: str, number: int) -> str:
    """The same note as nobody has read it before: names and words that no cache knows."""
    return f"{text}\nRef x{number}q"


def _tokenize(texts: list[str]) -> int:
    nlp = spacy.blank("en")
    return sum(len(nlp.make_doc(text)) for text in texts)


def _read(notes: list[tuple[str, str]]) -> int:
    model = shipped()
    return sum(len(read_with(text, kind, model).elements) for text, kind in notes)


def _milliseconds(spent: list[float]) -> str:
    p50, p99 = np.percentile(spent, [50, 99])
    return f"p50 {p50 * 1e3:6.2f} ms   p99 {p99 * 1e3:6.2f} ms"


def _one_by_one(notes: list[tuple[str, str]]) -> tuple[list[float], list[float]]:
    """Seconds of processor time a note for reading and for tokenizing, each note distinct and
    seen once: what else the machine does counts for neither."""
    model = shipped()
    read_with(notes[0][0], "MH", model)
    nlp = spacy.blank("en")
    nlp.make_doc("A first call.")
    reading, tokenizing = [], []
    for number, (text, kind) in enumerate(notes):
        began = time.thread_time()
        nlp.make_doc(_fresh(text, number))
        tokenizing.append(time.thread_time() - began)
        began = time.thread_time()
        read_with(_fresh(text, number), kind, model)  # type: ignore[arg-type]
        reading.append(time.thread_time() - began)
    return reading, tokenizing


def _corpus(notes: list[tuple[str, str]], size: int) -> tuple[float, float]:
    """Notes a second of reading and of tokenizing on two processes."""
    many = [(_fresh(text, n), kind) for n in range(size // len(notes) + 1) for text, kind in notes]
    halves = [many[: size // 2], many[size // 2 : size]]
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_read, [notes[:1], notes[:1]]))
        list(pool.map(_tokenize, [["a"], ["a"]]))
        began = time.perf_counter()
        list(pool.map(_tokenize, [[t for t, _ in half] for half in halves]))
        tokenizing = size / (time.perf_counter() - began)
        began = time.perf_counter()
        list(pool.map(_read, halves))
        reading = size / (time.perf_counter() - began)
    return reading, tokenizing


def _invented(count: int) -> list[tuple[str, str]]:
    """Notes of a dozen sentences each, put together from those written for training."""
    sentences = [e.text for e in examples()]
    random = np.random.default_rng(1)
    return [
        (
            "Time: 2:05-2:58 pm\n" + "\n".join(random.choice(sentences, 12)) + "\nDana Doe, LCSW",
            "MH",
        )
        for _ in range(count)
    ]


def run(size: int) -> list[Row]:
    """Reading against bare tokenizing of invented notes, at most 400 of them."""
    notes = _invented(min(size, 400))
    reading, tokenizing = _one_by_one(notes)
    ours, peer = float(np.median(reading)), float(np.median(tokenizing))
    return [Row("a note read, p50", ours * 1e3, peer * 1e3, "spaCy's tokenizer", "ms", -5.0)]


def main() -> int:
    """Prints the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notes", type=Path)
    parser.add_argument("--size", type=int, default=2000, help="notes of the corpus")
    given = parser.parse_args()
    notes = _notes(given.notes)
    ratios = []
    for _ in range(ROUNDS):
        reading, tokenizing = _one_by_one(notes)
        ratios.append(float(np.percentile(reading, 50) / np.percentile(tokenizing, 50)))
        print("reading   ", _milliseconds(reading))
        print("tokenizing", _milliseconds(tokenizing))
    print(f"p50 of reading to p50 of tokenizing: {min(ratios):.2f} to {max(ratios):.2f}")
    reading_rate, tokenizing_rate = _corpus(notes, given.size)
    print(f"two processes: {reading_rate:,.0f} notes a second read,"
          f" {tokenizing_rate:,.0f} tokenized, ratio {reading_rate / tokenizing_rate:.2f}")  # fmt: skip  # noqa: E501
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory of this process: {memory:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
