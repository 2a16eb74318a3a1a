"""Examples from which the coding assistant learns which kind of service a text describes.

They come from hand-written descriptions, from synthetic notes with their truth, and from a
practice's own paid lines. A label is always a *kind* of service: no time code, no units and no
modifier is ever learned. An own example counts only where the payer paid it and where the rules
do not plainly contradict it, so that a habit of billing wrongly that is paid all the same teaches
nothing.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from claims.note import Note, NoteFacts
from models.coding_kind import kinds_of_code, scores, weigh
from models.coding_reading import Reading, load, look
from models.coding_words import LearnedKinds

PLAINLY = 0.8
"""A ruled probability of another kind from which an own label is thrown away."""
WITNESSES = 3
"""Writers who must be paid for the same before it teaches what the model holds otherwise."""
BESIDE_VISIT = frozenset({"90833", "90836", "90838"})
NO_MODEL = LearnedKinds("none", 0.0, 1.0, 0.1, {})
"""Rules alone."""


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


def corroborated(examples: Sequence[Example], model: LearnedKinds) -> list[Example]:
    """The examples without those that speak against the model for one or two writers alone.

    A habit of billing wrongly is one person's; a practice's way of writing, which the model may
    have to learn, is several people's.
    """
    told = [weigh(one.reading, one.facts, model).best for one in examples]
    witnesses: dict[tuple[str, str], set[str]] = {}
    for one, best in zip(examples, told, strict=True):
        witnesses.setdefault((best, one.kind), set()).add(one.writer)
    return [
        one
        for one, best in zip(examples, told, strict=True)
        if best == one.kind or len(witnesses[best, one.kind]) >= WITNESSES
    ]


def kind_of_codes(codes: Sequence[str], discipline: str) -> str | None:
    """The kind of service that a set of right codes stands for."""
    starts = load("structure")["start"][discipline]
    for code in codes:
        for kind in kinds_of_code().get(code, ()):
            if kind in starts:
                return kind
    return None


def _kind_in(truth: Mapping[str, Any], discipline: str | None) -> str | None:
    """The kind of service that a note's truth tells; None where it tells none."""
    codes = [code["code"] for code in truth["codes"]]
    if codes and discipline:
        beside = [code for code in codes if code in BESIDE_VISIT]
        return kind_of_codes(beside or codes, discipline)
    return "no_service" if truth["not_billable_because"] == "not_skilled" else None


def kinds_drawn(folder: Path) -> Counter[tuple[str, str]]:
    """How often each kind of each discipline was drawn, whether or not it is read."""
    notes = (folder / "notes.jsonl").read_text(encoding="utf-8").splitlines()
    truths = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    found: Counter[tuple[str, str]] = Counter()
    for line, told in zip(notes, truths, strict=True):
        discipline = json.loads(line)["discipline"]
        kind = _kind_in(json.loads(told), discipline)
        if kind:
            found[discipline, kind] += 1
    return found


def invented(folder: Path, most: int | None = None) -> Iterator[Example]:
    """Examples from notes with their truth, as `python -m data.synthetic.corpus` writes them.

    most: of one kind in one discipline, the first so many; None for all. Rare kinds need many
    notes to be drawn, common ones few to be read.
    A note that supports no bill teaches only where nothing skilled was done: the others' kind of
    service is not in their truth.
    """
    notes = (folder / "notes.jsonl").read_text(encoding="utf-8").splitlines()
    truths = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    taken: Counter[tuple[str | None, str | None]] = Counter()
    for line, told in zip(notes, truths, strict=True):
        note, truth = Note.model_validate_json(line), json.loads(told)
        codes = [code["code"] for code in truth["codes"]]
        kind = _kind_in(truth, note.discipline)
        key = (note.discipline, kind)
        if kind is not None and (most is None or taken[key] < most):
            taken[key] += 1
            yield example(note, kind, truth["voice"], codes[0] if codes else None)
