"""A change that a payer announced is told by the announced day, and with less evidence."""

from datetime import date

import pytest

from claims.policies import policy_book
from claims.policies.files import parse
from models.scopes import Scope
from tests.training.payers import START, answered, practice, usual
from training.announced import Announced, announced
from training.changes import Scan

DAY = 200
RULE = Announced(Scope("P1", ("90834", "90837")), START + DAY, ("authorization",))


def sets_in(payer: str, procedure: str, _: bool, day: int) -> float:
    """Denials grow over ten weeks, as authorizations run out."""
    if payer == "P1" and procedure in ("90834", "90837") and day >= DAY:
        return 0.06 + 0.5 * min(day - DAY, 70) / 70
    return 0.06


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_rule_that_sets_in_slowly_is_told_by_its_own_day(seed: int) -> None:
    lines, answers = practice(sets_in, seed, reason="authorization")
    known = answered(lines, answers, DAY + 120)
    (change,) = [one for one in Scan(known, [RULE]).changes() if one.scope.payer == "P1"]
    assert change.since == START + DAY
    assert change.category == "authorization"
    assert change.announced
    unaware = [one for one in Scan(known).changes() if one.scope.payer == "P1"]
    assert not [one for one in unaware if one.since == RULE.since or one.announced]


def test_an_announcement_alone_is_no_change() -> None:
    for seed in (1, 2, 3):
        lines, answers = practice(usual, seed, reason="authorization")
        told = Scan(answered(lines, answers, 420), [RULE]).changes()
        assert not [one for one in told if one.since == RULE.since]


def test_rules_are_taken_from_policies_as_far_as_they_were_known() -> None:
    lines, _ = practice(usual, length=600)
    since, known = date.fromordinal(START + DAY), date.fromordinal(START + DAY - 40)
    text = f"""
payer_id: P1
name: "Example: Health"
line_of_business: commercial
source: bulletin
known: 2015-01-01
effective: 2015-01-01
rules:
  - {{id: old, rule: authorization, required: false}}
  - {{id: new, rule: authorization, when: {{codes: 90834 90837}}, effective: {since},
      known: {known}, required: true}}
  - {{id: video, rule: telehealth, when: {{codes: 92507}}, covered: false, effective: {since},
      known: {known}}}
  - {{id: units, rule: unit_rule, unit_rule: ama_midpoint, effective: 2030-01-01, known: {known}}}
"""
    file, problems = parse(text, "p1.yaml", "announced")
    assert not problems
    assert file is not None
    book = policy_book(None, [file])[0]
    found = announced(book, lines, {"P1": "CI"}, since)
    assert [one for one in found if one.scope.payer == "P1"] == [
        RULE,
        Announced(Scope("P1", ("92507",)), START + DAY, ("non_covered", "coding")),
    ]
    assert not [
        one
        for one in announced(book, lines, {"P1": "CI"}, date.fromordinal(START + DAY - 41))
        if one.scope.payer == "P1"
    ]
