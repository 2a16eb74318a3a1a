import copy
from datetime import date
from typing import Any

from claims.context import Context
from claims.edits.check import check, finding_ids, without_superseded
from claims.finding import Finding
from claims.policies import policy_book
from tests.claims.billing import claim, submission

DAY = date(2026, 3, 2)
BOOK = policy_book()[0]


def findings(*claims: Any) -> list[tuple[Finding, ...]]:
    batch = [submission(one, position, "f") for position, one in enumerate(claims, 1)]
    context = Context.build(as_of=DAY, policies=BOOK, batch=batch)
    return [check(one, None, None, context) for one in batch]


def test_a_clean_claim_has_nothing_worse_than_information() -> None:
    [found] = findings(claim())
    assert {one.severity for one in found} <= {"info"}


def test_findings_are_numbered_by_position_line_and_edit() -> None:
    [found] = findings(claim(lines=[{"charge": 0}, {"procedure": "90785", "charge": 0}]))
    names = finding_ids(3, found)
    assert "3/1/charge.zero" in names
    assert "3/2/charge.zero" in names
    assert len(set(names)) == len(names)


def test_the_later_of_two_equal_claims_of_a_file_is_named() -> None:
    first, second = findings(claim("A1"), claim("A2"))
    assert "duplicate.batch" not in {one.edit for one in first}
    assert "duplicate.batch" in {one.edit for one in second}


def test_a_claim_scored_alone_has_the_findings_of_the_batch_of_one() -> None:
    one = submission(claim())
    alone = Context.build(as_of=DAY, policies=BOOK)
    batch = Context.build(as_of=DAY, policies=BOOK, batch=[one])
    assert check(one, None, None, alone) == check(one, None, None, batch)


def test_a_stronger_finding_of_the_line_stands_for_the_weaker() -> None:
    def finding(edit: str, line: int) -> Finding:
        return Finding(
            edit=edit, category="coding", severity="error", line=line, message="m", source="s"
        )

    kept = without_superseded([finding("units.untimed", 1), finding("mue.exceeded", 1)])
    assert [one.edit for one in kept] == ["units.untimed"]
    assert len(without_superseded([finding("units.untimed", 1), finding("mue.exceeded", 2)])) == 2


def test_a_context_can_go_to_another_process_after_it_was_used() -> None:
    one = submission(claim())
    context = Context.build(as_of=DAY, policies=BOOK, batch=[one])
    before = check(one, None, None, context)
    assert check(one, None, None, copy.deepcopy(context)) == before
    assert context.__getstate__()["memory"] == {}
