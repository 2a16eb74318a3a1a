"""What changed between two policies is said rule by rule and key by key."""

from datetime import date

from claims.policies import PolicyBook, parse
from claims.policies.check import doubts
from claims.policies.compare import demands, differences
from claims.policies.rules import TimelyFiling

TEXT = """
payer_id: P1
line_of_business: commercial
source: the payer's manual
rules:
  - {rule: timely_filing, days: 180}
  - {rule: timely_filing, days: 90, effective: 2026-03-01}
  - {rule: ncci, adopted: warning, until: 2026-02-28}
  - {rule: mue, adopted: warning, effective: 2026-03-01}
  - {rule: unit_rule, unit_rule: ama_midpoint}
"""


def test_rules_come_go_and_change() -> None:
    file, problems = parse(TEXT, "p1.yaml")
    assert file is not None
    assert not problems
    book = PolicyBook([file])
    changes = differences(
        book.policy("P1", on=date(2026, 2, 1)), book.policy("P1", on=date(2026, 3, 1))
    )
    assert [(change.change, change.kind) for change in changes] == [
        ("added", "mue"),
        ("removed", "ncci"),
        ("changed", "timely_filing"),
    ]
    assert changes[2].keys == {"days": (180, 90)}


def test_what_a_rule_demands_leaves_out_where_it_comes_from() -> None:
    rule = TimelyFiling(id="x", days=90, source="contract", comment="by telephone")
    assert demands(rule) == {"days": 90}
    assert demands(rule, whole=True) == {"days": 90, "replacement_from": "service"}


def test_doubtful_codes_and_plans_are_warned_of() -> None:
    text = TEXT + (
        "  - {rule: authorization, required: true, when: {codes: [12345], plans: [gold]}}\n"
        "  - {rule: telehealth, places: [77], video_modifiers: [ZZ]}\n"
        "  - {rule: pair, column_one: [97110], column_two: [99999]}\n"
    )
    file, problems = parse(text, "p1.yaml")
    assert file is not None
    assert not problems
    said = [problem.message for problem in doubts(file)]
    assert len(said) == 5
    assert all(
        any(word in message for message in said)
        for word in ("12345", "99999", "gold", "77 is no place", "ZZ is no modifier")
    )
