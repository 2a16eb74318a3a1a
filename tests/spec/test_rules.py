"""The tables under `rules/`: what each rule gives for what; docs/rules.md shows them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from claims.codes.ncci import ncci_pair
from claims.codes.units import (
    assistant_split,
    crisis_units,
    over_threshold,
    psychotherapy_code,
    stepped_units,
    units_by_midpoint,
    units_by_total_time,
    units_for,
)
from claims.policies import policy_book
from claims.policies.rules import Telehealth
from docs.rules import Case, RuleTable, rule_tables


def by_code(text: str) -> dict[str, int]:
    """`97110 20 97140 10` as minutes or units by code."""
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def units(found: dict[str, int] | str | None) -> str:
    if not found:
        return "nothing"
    if isinstance(found, str):
        return found
    return " ".join(f"{code} {number}" for code, number in found.items())


def split(case: Case) -> str:
    found = assistant_split(int(case["units"]), int(case["therapist"]), int(case["assistant"]))
    return f"{found.without} without and {found.with_modifier} with"


def kx(case: Case) -> str:
    used, threshold, allowed = (Decimal(case[key]) for key in ("used", "threshold", "allowed"))
    return "yes" if over_threshold(used, threshold, allowed) else "no"


def pair(case: Case) -> str:
    found = ncci_pair(case["code"], case["other"], date.fromisoformat(case["on"]))
    if found is None:
        return "nothing"
    how = "with modifier" if found.modifier_allowed else "never"
    return f"{found.column_one} before {found.column_two} {how}"


def telehealth(case: Case) -> str:
    book, _ = policy_book()
    on, known = (date.fromisoformat(case[key]) for key in ("on", "known"))
    rule = book.policy(None, "MB", on=on, known=known).find(Telehealth, "97110", "PT")
    assert rule is not None
    return "covered" if rule.covered else "not covered"


RULES: dict[str, Callable[[Case], str]] = {
    "units_by_total_time": lambda case: units(units_by_total_time(by_code(case["minutes"]))),
    "units_by_midpoint": lambda case: units(units_by_midpoint(by_code(case["minutes"]))),
    "psychotherapy_code": lambda case: units(psychotherapy_code(int(case["minutes"]))),
    "psychotherapy_add_on": lambda case: units(
        psychotherapy_code(int(case["minutes"]), with_medical_visit=True)
    ),
    "crisis_units": lambda case: units(crisis_units(int(case["minutes"]))),
    "stepped_units": lambda case: units(stepped_units(case["first"], int(case["minutes"]))),
    "units_for": lambda case: units(units_for(case["code"], int(case["minutes"]))),
    "assistant_split": split,
    "over_threshold": kx,
    "ncci_pair": pair,
    "medicare_telehealth": telehealth,
}
CASES = [(table, case) for table in rule_tables() for case in table.cases]


def named(value: object) -> str | None:
    if isinstance(value, RuleTable):
        return value.function
    return " ".join(value.values())[:40] if isinstance(value, dict) else None


@pytest.mark.parametrize(("table", "case"), CASES, ids=named)
def test_a_rule_gives_what_its_table_says(table: RuleTable, case: Case) -> None:
    assert RULES[table.function](case) == case["gives"]


def test_every_rule_has_a_table() -> None:
    assert {table.function for table in rule_tables()} == RULES.keys()
