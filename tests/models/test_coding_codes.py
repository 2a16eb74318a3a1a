"""Every code of the reference tables for the five disciplines can be suggested from a note."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from claims.codes.procedures import procedures
from claims.note import Note
from features.notes.reader import read
from models.coding import suggest

CASES: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "coding_codes.yaml").read_text(encoding="utf-8")
)
GONE = frozenset({"97020", "97122", "97127", "97532", "97601", "97762"})
"""Codes of the table that ended before any claim that is still sent."""


def test_no_code_is_left_out() -> None:
    assert set(procedures()) - set(CASES) - GONE == set()


@pytest.mark.parametrize("code", CASES)
def test_a_fitting_note_is_given_the_code_by_rule_or_model(code: str) -> None:
    case = CASES[code]
    note = Note(
        id=code,
        text=case["t"],
        discipline=case["d"],
        credential=case["c"],
        payer_type=case.get("p", "commercial"),
        date_of_service=case.get("day", date(2026, 3, 2)),
    )
    found = suggest(read(note.text, note.discipline), note)
    assert code in {one.code for one in found.codes}
    assert {one.by for one in found.codes} <= {"rule", "model"}
