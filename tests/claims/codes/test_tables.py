"""Code tables answer by date of service, and say how far they reach."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.codes.diagnoses import diagnosis, is_covered, is_external_cause, standing
from claims.codes.modifiers import in_group, modifiers
from claims.codes.mue import mue_limit
from claims.codes.ncci import ncci_pair, pairs
from claims.codes.places import place, places
from claims.codes.procedures import procedures
from claims.codes.relative_values import has_year, relative_value

SPRING = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("code", "other", "modifier_allowed"),
    [
        # Looked up by hand in the CMS table (tables/SOURCES.md).
        ("90837", "90834", False), ("92507", "97129", True), ("92507", "97530", True),
        ("97140", "97124", False), ("97150", "97110", True), ("97530", "97750", True),
        ("90853", "90834", True), ("90834", "99213", False), ("97163", "97161", False),
    ],
)  # fmt: skip
def test_a_pair_is_found_whichever_code_comes_first(
    code: str, other: str, modifier_allowed: bool
) -> None:
    found = ncci_pair(code, other, SPRING)
    assert found is not None
    assert found == ncci_pair(other, code, SPRING)
    assert found.modifier_allowed is modifier_allowed
    assert found.release >= "2024Q3"


@pytest.mark.parametrize(
    ("code", "other"),
    [("97530", "97140"), ("97530", "97116"), ("97161", "97140"), ("97153", "97155"),
     ("92507", "92526"), ("90833", "99213")],
)  # fmt: skip
def test_a_pair_that_was_deleted_or_never_was_raises_nothing(code: str, other: str) -> None:
    assert ncci_pair(code, other, SPRING) is None


def test_a_deleted_pair_held_until_its_last_day() -> None:
    assert ncci_pair("97530", "97140", date(2019, 12, 31)) is not None
    assert ncci_pair("97530", "97140", date(2020, 1, 1)) is None


def test_the_active_pairs_are_as_many_as_their_source_says() -> None:
    rows = [pair for several in pairs().values() for pair in several]
    assert sum(pair.deleted is None for pair in rows) == 1948


@pytest.mark.parametrize(
    ("code", "units", "counted", "absolute"),
    [("97530", 6, "day", False), ("97110", 6, "day", False), ("97112", 4, "day", False),
     ("90837", 2, "day", False), ("97153", 32, "day", False), ("97161", 1, "day", True)],
)  # fmt: skip
def test_limits_of_units(code: str, units: int, counted: str, absolute: bool) -> None:
    limit = mue_limit(code, SPRING)
    assert limit is not None
    assert (limit.units, limit.counted, limit.absolute) == (units, counted, absolute)


def test_values_are_never_taken_from_another_year() -> None:
    assert has_year(2026)
    assert not has_year(2025)
    assert relative_value("97110", date(2025, 5, 1)) is None
    in_2024 = relative_value("97110", date(2024, 5, 1))
    in_2026 = relative_value("97110", SPRING)
    assert in_2024 is not None
    assert in_2026 is not None
    assert in_2024.conversion_factor == Decimal("33.2875")
    assert in_2026.conversion_factor == Decimal("33.4009")


def test_second_therapy_services_of_a_day_lose_half_their_practice_expense() -> None:
    value = relative_value("97110", SPRING)
    talk = relative_value("90837", SPRING)
    assert value is not None
    assert talk is not None
    less = value.practice_expense / 2 * value.conversion_factor
    assert abs(value.amount() - value.amount(reduced=True) - less) < Decimal("0.01")
    assert talk.amount() == talk.amount(reduced=True)


@pytest.mark.parametrize(
    ("code", "on", "says"),
    [
        ("F41.1", SPRING, "billable"), ("F411", SPRING, "billable"), ("F41", SPRING, "incomplete"),
        ("M54.5", SPRING, "incomplete"), ("M54.50", SPRING, "billable"),
        ("F99.9", SPRING, "unknown"),
        ("G35", SPRING, "incomplete"), ("G35", date(2025, 9, 30), "billable"),
        ("G35.A", date(2025, 9, 30), "not_in_force"), ("G35.A", SPRING, "billable"),
        ("S83.401", SPRING, "incomplete"), ("S83.401A", SPRING, "billable"),
        ("F32.A", date(2024, 1, 5), "billable"), ("ABC", SPRING, "unknown"),
        ("", SPRING, "unknown"),
    ],
)  # fmt: skip
def test_a_diagnosis_is_billable_to_the_last_digit_and_in_its_days(
    code: str, on: date, says: str
) -> None:
    assert standing(code, on) == says


@pytest.mark.parametrize(
    ("code", "unspecified", "side"),
    [("M25.561", False, "right"), ("M25.562", False, "left"), ("M25.569", True, "unspecified"),
     ("F41.9", True, None), ("F84.0", False, None), ("F32.A", True, None)],
)  # fmt: skip
def test_what_a_diagnosis_leaves_open(code: str, unspecified: bool, side: str | None) -> None:
    found = diagnosis(code)
    assert found is not None
    assert (found.is_unspecified, found.side) == (unspecified, side)


def test_the_diagnoses_reach_to_the_end_of_their_fiscal_year() -> None:
    assert is_covered(date(2026, 9, 30))
    assert not is_covered(date(2026, 10, 1))
    assert is_external_cause("W19.XXXA")
    assert not is_external_cause("Z71.1")


@given(st.text(max_size=12))
def test_no_text_makes_a_lookup_fail(text: str) -> None:
    assert standing(text, SPRING) in ("billable", "incomplete", "not_in_force", "unknown")
    assert ncci_pair(text, "97110", SPRING) is None or text in procedures()
    assert place(text) is None or text.zfill(2) in places()


def test_modifiers_and_places_that_claims_bear_are_known() -> None:
    named = (
        "GN GO GP CQ CO KX 59 XE XS XP XU 95 93 GT GQ HO HN HM HP HL HQ AJ AH SA GA GX GY GZ GW "
        "76 25 52 22 U1"
    )
    assert set(named.split()) <= modifiers().keys()
    assert modifiers()["22"].suggested == "never"
    assert {m for m in in_group("notice") if modifiers()[m].suggested == "people"} == {
        "GA", "GX", "GY", "GZ",
    }  # fmt: skip
    assert place("10") == place("10", SPRING)
    assert places()["11"].rate == "nonfacility"
