"""How well notes are read, on gold notes whose writers no rule and no model was made from.

`python -m training.note_evaluation NOTES.jsonl [--hold WRITER...]` prints, for phrases alone, the
model alone and both: for each element precision, recall and F1 of *present* and F1 of *absent*,
their mean, and its interval from a bootstrap over writers; session time, minutes by code, where
the evidence lies, people and telehealth with Wilson intervals; and each note that was misread.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import Any, get_args

import numpy as np

from claims.note import ElementKey, Note, NoteFacts
from features.notes.assess import assess
from features.notes.mentions import TIMED_CODES
from features.notes.prose import prose
from features.notes.reader import read_with
from features.notes.sentences import SentenceModel, shipped

RESAMPLES = 1000
Z = 1.96


@dataclass(frozen=True)
class Gold:
    """A gold note."""

    note: Note
    writer: str
    gold: dict[str, Any]


def gold_notes(file: Path) -> list[Gold]:
    """Reads a file of gold notes, or a folder of invented ones with their truth.

    Raises ValueError where a line is none.
    """
    if file.is_dir():
        return _invented(file)
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        known = {k: v for k, v in record.items() if k in Note.model_fields}
        found.append(Gold(Note.model_validate(known), record["writer"], record["gold"]))
    return found


def _invented(folder: Path) -> list[Gold]:
    """The notes of `data.synthetic.corpus`, their truth in the shape of a gold note's."""
    found = []
    notes = (folder / "notes.jsonl").read_text(encoding="utf-8").splitlines()
    truths = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    for line, told in zip(notes, truths, strict=True):
        note, truth = Note.model_validate_json(line), json.loads(told)
        shown = truth["elements"]
        elements = {
            key: 1 if key in shown else 0 if key in truth["missing"] else None
            for key in get_args(ElementKey)
        }
        gold = {
            "session_minutes": truth["minutes"],
            "start_time": truth["start"],
            "stop_time": truth["stop"],
            "minutes_by_code": truth["minutes_by_code"],
            "telehealth": truth["telehealth"],
            "participants": truth["participants"],
            "billable": truth["billable"],
            "elements": elements,
            "evidence": {k: note.text[s[0][0] : s[0][1]] for k, s in shown.items() if s},
        }
        found.append(Gold(note, truth["voice"], gold))
    return found


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95% Wilson interval of a share.

    >>> [round(x, 3) for x in wilson(9, 10)]
    [0.596, 0.982]
    """
    if not of:
        return 0.0, 1.0
    share, square = right / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def f1(right: int, wrongly: int, missed: int) -> float:
    """Harmonic mean of precision and recall; 1 where there was nothing to find or to miss."""
    total = 2 * right + wrongly + missed
    return 2 * right / total if total else 1.0


@dataclass
class Tally:
    """Present and absent, said and found, of one element, by writer."""

    counts: dict[str, Counter[tuple[bool, bool]]] = field(default_factory=dict)

    def add(self, writer: str, said: bool, found: bool) -> None:
        """One note."""
        self.counts.setdefault(writer, Counter())[said, found] += 1

    def over(self, writers: Iterable[str]) -> tuple[float, float, float, float, float]:
        """Precision, recall and F1 of present, F1 of absent, and the mean of the two F1."""
        both: Counter[tuple[bool, bool]] = Counter()
        for writer in writers:
            both += self.counts.get(writer, Counter())
        right, missed = both[True, True], both[True, False]
        wrongly, absent = both[False, True], both[False, False]
        present = f1(right, wrongly, missed)
        lacking = f1(absent, missed, wrongly)
        precision = right / (right + wrongly) if right + wrongly else 1.0
        recall = right / (right + missed) if right + missed else 1.0
        return precision, recall, present, lacking, (present + lacking) / 2


Reader = Callable[[Gold], dict[str, bool]]


def by_facts(model: SentenceModel | None) -> Reader:
    """Elements as the reader finds them, with a model or with none."""

    def found(one: Gold) -> dict[str, bool]:
        facts = read_with(one.note.text, one.note.discipline, model)
        return {key: fact.present for key, fact in facts.elements.items()}

    return found


def by_model_alone(model: SentenceModel) -> Reader:
    """Elements by the likeliest sentence alone."""

    def found(one: Gold) -> dict[str, bool]:
        shown = model.log_odds(prose(one.note.text), one.note.discipline)
        return {key: bool(len(p)) and bool(p.max() >= 0) for key, p in shown.items()}

    return found


def tallies(notes: Sequence[Gold], reader: Reader) -> dict[str, Tally]:
    """Each element over the notes to which it applies."""
    found: dict[str, Tally] = {}
    for one in notes:
        shown = reader(one)
        for key, said in one.gold["elements"].items():
            if said is not None and key in shown:
                found.setdefault(key, Tally()).add(one.writer, bool(said), shown[key])
    return found


def interval(tally: Tally, writers: Sequence[str], seed: int = 1) -> tuple[float, float]:
    """The 95% bootstrap interval of the mean F1, whole writers drawn with replacement."""
    random = np.random.default_rng(seed)
    draws = [
        tally.over(random.choice(np.asarray(writers), len(writers)).tolist())[4]
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def _elements(notes: Sequence[Gold], readers: dict[str, Reader]) -> list[str]:
    writers = sorted({n.writer for n in notes})
    lines = []
    for name, reader in readers.items():
        found = tallies(notes, reader)
        lines.append(f"\n{name}: {len(notes)} notes, {len(writers)} writers")
        lines.append(
            f"{'element':22}{'precision':>10}{'recall':>8}{'present':>9}{'absent':>8}{'mean':>7}  95%"  # noqa: E501
        )
        means = []
        for key in sorted(found):
            precision, recall, present, lacking, mean = found[key].over(writers)
            low, high = interval(found[key], writers)
            means.append(mean)
            lines.append(
                f"{key:22}{precision:10.2f}{recall:8.2f}{present:9.2f}{lacking:8.2f}{mean:7.2f}"
                f"  {low:.2f}-{high:.2f}"
            )
        lines.append(f"{'macro':22}{'':35}{sum(means) / len(means):7.3f}")
    return lines


def _share(name: str, right: int, of: int) -> str:
    low, high = wilson(right, of)
    return f"{name:44}{right:4d} of {of:4d}  {right / max(1, of):6.1%}  {low:.1%}-{high:.1%}"


_KIN = {
    "grandmother": "grandparent", "grandfather": "grandparent", "wife": "spouse",
    "husband": "spouse", "granddaughter": "child", "grandson": "child", "foster mother": "mother",
    "stepfather": "father", "stepmother": "mother", "daughter": "child", "son": "child",
    "group members": "group", "classmates": "group", "brother": "sibling", "sister": "sibling",
    "aunt": "caregiver", "uncle": "caregiver",
}  # fmt: skip
_KNOWN = frozenset(
    """client mother father parent spouse partner sibling child grandparent caregiver guardian
    teacher interpreter group""".split()  # noqa: SIM905
)


def _role(word: str) -> str:
    if "peer" in word or "members" in word:
        return "group"
    role = _KIN.get(word, word)
    return role if role in _KNOWN else "other"


def _facts(notes: Sequence[Gold], model: SentenceModel | None) -> list[str]:
    read_all = [(n, read_with(n.note.text, n.note.discipline, model)) for n in notes]
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    misread: list[str] = []

    def count(name: str, one: Gold, good: bool, told: str) -> None:
        of[name] += 1
        right[name] += good
        if not good:
            misread.append(f"{one.note.id:12} {name}: {told}")

    for one, facts in read_all:
        _count_one(one, facts, count)
    lines = ["", *(_share(name, right[name], of[name]) for name in of)]
    return [*lines, "", "misread:", *misread]


def _count_one(one: Gold, facts: NoteFacts, count: Callable[[str, Gold, bool, str], None]) -> None:
    gold, session = one.gold, facts.session
    for key, want, got in (
        ("minutes", gold["session_minutes"], session.minutes),
        ("start", gold["start_time"], session.start),
        ("stop", gold["stop_time"], session.stop),
    ):
        if want is not None:
            count(f"{key} right where stated", one, want == got, f"{want}, read {got}")
        else:
            count(f"{key} silent where not stated", one, got is None, f"none, read {got}")
    if one.note.discipline != "MH":
        want_codes = {c: m for c, m in gold["minutes_by_code"].items() if c in TIMED_CODES}
        got_codes = {c: m for c, m in session.minutes_by_code.items() if c in TIMED_CODES}
        if want_codes or got_codes:
            count(
                "minutes by code (timed codes)",
                one,
                want_codes == got_codes,
                f"{want_codes}, read {got_codes}",
            )
    count("telehealth", one, gold["telehealth"] == session.telehealth, f"{gold['telehealth']}")
    want_people = {_role(p) for p in gold["participants"]}
    count(
        "participants, the whole set",
        one,
        want_people == set(session.participants),
        f"{sorted(want_people)}, read {sorted(session.participants)}",
    )
    review = assess(facts, one.note)
    count("billable", one, gold["billable"] == review.billable, f"{gold['billable']}")
    for key, said in gold["elements"].items():
        count("applies", one, (said is not None) == review.elements[key].applies, key)
    _count_evidence(one, facts, count)


def _count_evidence(
    one: Gold, facts: NoteFacts, count: Callable[[str, Gold, bool, str], None]
) -> None:
    for key, passage in one.gold["evidence"].items():
        fact = facts.elements[key]
        start = one.note.text.find(passage)
        if fact.present and start >= 0:
            touches = any(e.start < start + len(passage) and start < e.end for e in fact.evidence)
            count("evidence touches the gold passage", one, touches, key)


def main(arguments: list[str] | None = None) -> int:
    """Prints the evaluation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notes", type=Path)
    parser.add_argument("--writers", nargs="*", help="judge on these writers alone")
    parser.add_argument("--all-ways", action="store_true", help="rules and model alone too")
    given = parser.parse_args(arguments)
    notes = gold_notes(given.notes)
    if given.writers:
        notes = [n for n in notes if n.writer in set(given.writers)]
    model = shipped()
    readers: dict[str, Reader] = {"phrases and model": by_facts(model)}
    if given.all_ways and model is not None:
        readers = {
            "phrases alone": by_facts(None), "model alone": by_model_alone(model), **readers
        }  # fmt: skip
    lines = [*_elements(notes, readers), *_facts(notes, model)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
