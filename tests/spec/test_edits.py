"""The tables under `edits/`: what each edit finds; docs/edits.md shows them."""

from typing import Any

import pytest

from claims.edits.check import check, superseded
from claims.edits.edit import as_findings
from claims.edits.registry import EDITS
from claims.edits.view import ClaimView
from claims.finding import Finding
from claims.repair import NotApplicableError, repair
from docs.edits import tables
from tests.spec.edit_case import Given

TABLES = tables()
ROWS = [(edit, row) for edit, rows in TABLES.items() for row in rows]


def named(edit: str, row: dict[str, Any]) -> str:
    return f"{edit}: {row['when']}"


@pytest.mark.parametrize(("edit", "row"), ROWS, ids=[named(*case) for case in ROWS])
def test_an_edit_finds_what_its_table_says(edit: str, row: dict[str, Any]) -> None:
    given = Given(row)
    every = check(given.submission, given.facts, given.note, given.context)
    mine = [finding for finding in every if finding.edit == edit]
    told = max((f.severity for f in mine), key=("info", "warning", "error").index, default=None)
    assert (told or "nothing") == row["finds"], [f.message for f in mine]
    if "fix" in row:
        fixes = [f.fix.to for f in mine if f.fix is not None]
        assert row["fix"] in fixes
    for finding in every:
        assert_silent_about_people(finding, given)
    assert_gone_when_fixed(edit, mine, given)


def assert_silent_about_people(finding: Finding, given: Given) -> None:
    person = given.claim.person
    born = person.birth_date.isoformat() if person.birth_date else "?"
    for told in (given.claim.subscriber.member_id or "?", person.last_name, born):
        assert told == "?" or told not in finding.message


def assert_gone_when_fixed(edit: str, findings: list[Finding], given: Given) -> None:
    """A fix that needs nothing takes its finding away."""
    for finding in findings:
        if finding.fix is None or finding.fix.needs or finding.fix.action == "hold":
            continue
        try:
            fixed = repair(given.claim, finding.fix, providers={"1982736450": OTHER})
        except NotApplicableError as error:
            pytest.fail(f"{finding.fix}: {error}")
        again = given.submission.replace(claim=fixed)
        left = check(again, given.facts, given.note, given.context)
        assert not any(f.edit == edit and f.line == finding.line for f in left)


OTHER = Given({"claim": {"rendering": {"npi": "1982736450"}}}).claim.rendering


@pytest.mark.parametrize(("edit", "row"), ROWS, ids=[named(*case) for case in ROWS])
def test_asking_every_edit_finds_no_more(edit: str, row: dict[str, Any]) -> None:
    """Edits are left out only where they have nothing to say."""
    given = Given(row)
    view = ClaimView(given.submission, given.facts, given.note, given.context)
    found: set[tuple[str, int]] = set()
    for one in EDITS:
        if one.ask_claim is not None:
            found |= {(f.edit, f.line) for f in as_findings(one, one.ask_claim(view), 0)}
        elif one.ask_line is not None:
            for line in view.lines:
                answer = as_findings(one, one.ask_line(line), line.number)
                found |= {(f.edit, f.line) for f in answer}
    every = check(given.submission, given.facts, given.note, given.context)
    kept = {(f.edit, f.line) for f in every}
    assert kept <= found
    stronger = {name for name, _ in kept} | {name.partition(".")[0] for name, _ in kept}
    for name, line in found - kept:
        assert superseded().get(name, frozenset()) & stronger, (name, line)


def test_every_edit_has_a_case_that_finds_and_one_that_does_not() -> None:
    for edit in EDITS:
        finds = {row["finds"] for row in TABLES.get(edit.id, ())}
        assert "nothing" in finds, edit.id
        assert finds - {"nothing"}, edit.id
    assert set(TABLES) == {edit.id for edit in EDITS}


def test_every_edit_says_what_it_is_about() -> None:
    for edit in EDITS:
        assert edit.about.strip(), edit.id
        assert edit.source, edit.id
