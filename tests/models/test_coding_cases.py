"""One short invented note for each kind of service, with the bill that it supports."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from claims.codes.procedures import procedure
from claims.note import Note
from features.notes.lexicon import compile_phrase
from features.notes.reader import read
from models.coding import suggest
from models.coding_reading import load

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "coding_cases.yaml").read_text(encoding="utf-8")
)


def level(code: str) -> str:
    """The levels of a medical visit count as equal."""
    row = procedure(code)
    return "medical visit" if row and row.time_rule == "level" else code


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:40] for case in CASES])
def test_a_note_is_billed_as_it_deserves(case: dict[str, Any]) -> None:
    known = {k: v for k, v in case.items() if k not in ("codes", "reason")}
    note = Note.model_validate({"id": "n", "date_of_service": date(2026, 3, 2), **known})
    found = suggest(read(note.text, note.discipline), note)
    right = {level(code): units for code, units in case["codes"].items()}
    assert {level(code.code): code.units for code in found.codes} == right
    if not right:
        assert found.not_billable_because is not None
        assert found.not_billable_because.reason == case["reason"]


def test_every_phrase_is_a_phrase_of_the_lexicon_and_none_is_cut_short() -> None:
    kinds = load("kinds")
    for group in (*kinds["groups"].values(), *kinds["topics"].values()):
        assert group["phrases"]
        for phrase in group["phrases"]:
            assert isinstance(phrase, str)
            assert "#" not in phrase, "YAML takes what follows for a comment; a number is <n>"
            compile_phrase(phrase)


def test_every_kind_has_a_name_codes_and_a_place_to_start() -> None:
    codes, structure = load("codes"), load("structure")
    kinds = {kind for start in structure["start"].values() for kind in start}
    assert kinds <= set(codes["labels"])
    assert kinds - {"no_service"} <= set(codes["kinds"])
    for named in codes["kinds"].values():
        assert all(procedure(code) for code in named)
