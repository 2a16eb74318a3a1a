"""A claim is judged against its note under the rules of its own plan."""

from datetime import date

import pytest

from claims.context import Context
from claims.note import Note
from claims.policies import PolicyBook
from claims.policies.rules import UnitCounting
from features.notes.reader import read
from models import judge as judging
from tests.claims.billing import claim, submission
from tests.claims.policies.test_policies import PAYER, file

TEXT = "97110 20 min quad sets, gait drills. Pt tolerated well. Plan: continue. A. Ash, PT"
PLANS = PAYER.replace("payer_id: P1", "payer_id: NPLAN").replace(
    "rules:", "plans: {student: [G1]}\nrules:"
)
RULES = (
    "  - {rule: unit_rule, unit_rule: ama_midpoint}\n"
    "  - {rule: unit_rule, unit_rule: cms_8_minute, when: {plans: [student]}}\n"
)


@pytest.mark.parametrize(("group", "rule"), [("G1", "cms_8_minute"), ("G9", "ama_midpoint")])
def test_the_note_is_asked_under_the_rules_of_the_claims_plan(
    group: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    suggest = judging.suggest

    def told(facts, note, policy, learned=None):  # type: ignore[no-untyped-def]
        asked.append(policy)
        return suggest(facts, note, policy, learned=learned)

    monkeypatch.setattr(judging, "suggest", told)
    day = date(2026, 3, 2)
    person = claim().subscriber.replace(group_number=group)
    sent = submission(claim(day=day, subscriber=person, lines=[{"procedure": "97110"}]))
    context = Context.build(
        as_of=date(2026, 3, 9), policies=PolicyBook([file(PLANS + RULES)]), claims=[(day, sent)]
    )
    note = Note(id="N1", text=TEXT, discipline="PT", date_of_service=day)
    judging.judge(sent, "c", [(note, read(TEXT, "PT"))], context, context.as_of)
    (policy,) = asked
    found = policy.find(UnitCounting, "97110")
    assert found is not None
    assert found.unit_rule == rule
