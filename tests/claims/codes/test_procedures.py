"""Every code that the five disciplines bill is known, with its rules, days and source."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from claims.codes.procedures import Procedure, families, procedure, procedures
from claims.policies.selector import in_codes

REFERENCE = Path(__file__).parents[4] / "shared" / "reference"
ROWS = [row for several in procedures().values() for row in several]


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference folder is not beside this repo")
def test_every_code_that_the_reference_names_is_known() -> None:
    named: set[str] = set()
    for table, columns in (
        ("mue_therapy.csv", ("code",)),
        ("pfs_therapy.csv", ("code",)),
        ("ncci_ptp_therapy.csv", ("column_one", "column_two")),
    ):
        with (REFERENCE / table).open(newline="") as lines:
            named |= {row[column] for row in csv.DictReader(lines) for column in columns}
    for page in ("coding.md", "elements.md", "SOURCES.md"):
        text = (REFERENCE / page).read_text(encoding="utf-8")
        named |= set(re.findall(r"\b(?:\d{4}[0-9T]|[A-Z]\d{4})\b", text))
        for first, last in re.findall(r"\b(\d{5})[-\u2013](\d{5})\b", text):
            named |= {code for code in procedures() if first <= code <= last}
    assert len(named) > 150
    assert sorted(named - procedures().keys()) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_a_row_is_complete_and_agrees_with_itself(row: Procedure) -> None:
    assert row.source
    assert row.disciplines
    assert len(row.label) <= 80
    if row.time_rule in ("first", "each"):
        assert row.minutes
        assert row.minimum
        assert row.minimum <= row.minutes
    if row.time_rule == "first":
        further = procedure(row.continues or "")
        assert further is not None
        assert in_codes(further.add_on_to, row.code)
        assert further.pool == row.pool
    if row.pool:
        assert row.minutes == 15
    assert row.last_day is None or row.first_day is None or row.first_day <= row.last_day


def test_a_code_is_looked_up_by_date_of_service() -> None:
    assert procedure("97532", date(2017, 12, 31))
    assert procedure("97532", date(2018, 1, 1)) is None
    assert procedure("98985", date(2025, 12, 31)) is None
    assert procedure("98985", date(2026, 1, 1))
    assert procedure("0373T", date(2026, 12, 31))
    assert procedure("0373T", date(2027, 1, 1)) is None


def test_what_is_known_to_change_is_told_from_that_day_on() -> None:
    for code in ("92507", "92508", "97151", "97153", "97158"):
        row = procedure(code)
        assert row is not None
        assert not row.is_uncertain(date(2026, 12, 31))
        assert row.is_uncertain(date(2027, 1, 1))


def test_the_pool_of_the_8_minute_rule_holds_15_minute_therapy_codes_alone() -> None:
    pool = {row.code for row in ROWS if row.pool and row.applies(date(2026, 3, 2))}
    listed = (
        "97032 97033 97034 97035 97036 97110 97112 97113 97116 97124 97129 97130 97140 97530 "
        "97533 97535 97537 97542 97750 97755 97760 97761 97763"
    )
    assert pool == set(listed.split())
    assert not {"97550", "97153", "G0283", "97150"} & pool


def test_an_unknown_code_is_none_and_families_are_words() -> None:
    assert procedure("XXXXX") is None
    assert {"psychotherapy", "aba_treatment", "therapy_evaluation"} <= families()
