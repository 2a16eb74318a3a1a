"""Drivers are said in the words of the field, each with its number."""

import re
from datetime import date

import numpy as np
import pytest

from claims.finding import Finding
from features.case import Case
from features.history import History
from features.lines import Answers
from features.table import Part, Table, schema, with_history
from models.additive import CHANGED
from models.explanation import MOST, Explainer, Line
from models.scopes import PayerChange, Scope
from models.score import Driver
from tests.claims.billing import claim, submission
from tests.features.test_history import practice

EDITS = ("telehealth.modifier", "units.too_many")
FOUND = Finding(
    edit="telehealth.modifier", category="coding", severity="error", line=1,
    message="Line 1: Northern Plan wants modifier 95.", source="policy",
)  # fmt: skip
DAY = date.fromordinal(738_520)


@pytest.fixture(scope="module")
def history() -> History:
    """Answers of other payers, and 52 of Northern Plan for 90834, 14 of them denied."""
    lines, answers = practice(1, 200)
    own, _ = practice(2, 52)
    for name, word in {"payer": "NPLAN", "procedure": "90834", "client": "me"}.items():
        getattr(own, name)[:] = [word] * 52
    own.submitted[:] = DAY.toordinal() - 60
    known = Answers(
        np.full(52, DAY.toordinal() - 30), (np.arange(52) < 14).astype(np.int8),
        np.where(np.arange(52) < 14, 0, -1).astype(np.int8), np.full(52, 100.0),
    )  # fmt: skip
    both = type(lines).join([lines, own])
    joined = Answers(
        *(
            np.concatenate([getattr(answers, name), getattr(known, name)])
            for name in ("known", "denied", "category", "allowed")
        )
    )
    return History(both, joined)


def explainer(history: History, columns: list[str], *findings: Finding) -> Explainer:
    case = Case(submission(claim()), DAY, "me", findings=findings)
    table = with_history(Part.of([case], EDITS), history, EDITS)
    return Explainer(table, [Line(case, 0)], history, columns)


def said(history: History, columns: list[str], *findings: Finding) -> tuple[Driver, ...]:
    return explainer(history, columns, *findings).drivers(np.linspace(2, 1, len(columns)), 0)


def test_a_payer_is_named_and_its_denials_are_counted(history: History) -> None:
    (driver,) = said(history, ["payer_code.denied_90", "plan_code.denied_365", "procedure"])
    assert driver.value == "14 of 52"
    assert driver.text == "Northern Plan denied 14 of 52 lines with 90834 in the last 90 days."
    (driver,) = said(history, ["client.answer_1", "client_code.denied_30"])
    assert driver.text.startswith("Payers denied 14 of 52 lines of this client")


def test_a_finding_is_told_by_its_own_sentence_and_its_count_goes_with_it(
    history: History,
) -> None:
    columns = ["edit.telehealth.modifier", "findings.error", "findings.coding"]
    (driver,) = said(history, columns, FOUND)
    assert (driver.value, driver.text) == ("error", FOUND.message)
    assert driver.contribution == pytest.approx(4.5)


def test_checks_that_found_nothing_are_one_driver(history: History) -> None:
    (driver,) = said(history, [f"edit.{edit}" for edit in EDITS])
    assert driver.text == "The checks found nothing wrong with this line."


def test_without_a_note_that_is_the_driver(history: History) -> None:
    (driver,) = said(history, ["element.plan", "note.missing", "note.words", "format"])
    assert driver.text == "No note of this visit is on file."


def test_at_most_five_are_told_the_strongest_first(history: History) -> None:
    columns = ["claim.age", "claim.lines", "line.units", "claim.authorization", "claim.weekday",
               "claim.days_to_submission", "line.pointers"]  # fmt: skip
    drivers = said(history, columns)
    assert len(drivers) == MOST
    assert [one.contribution for one in drivers] == sorted(
        (one.contribution for one in drivers), reverse=True
    )
    assert "No authorization number is on the claim." in [one.text for one in drivers]


def test_what_hardly_moves_the_risk_is_not_told(history: History) -> None:
    found = explainer(history, ["claim.age", "claim.lines"]).drivers(np.array([0.019, 0.0]), 0)
    assert found == ()


def test_no_column_is_shown_by_its_raw_name(history: History) -> None:
    for feature in schema(EDITS):
        for driver in said(history, [feature.name], FOUND):
            assert driver.text[0].isupper() or driver.text[0].isdigit()
            assert driver.text.endswith(".")
            assert "." not in feature.name or feature.name not in driver.text, driver.text
            assert not re.search(r"\b[a-z]+_[a-z_]+\b|\bnan\b", driver.text), driver.text


def test_the_table_of_an_explanation_may_lack_columns_of_an_older_model(history: History) -> None:
    (driver,) = said(history, ["claim.forgotten_long_ago"])
    assert driver.text == "Not known: forgotten long ago."


def test_every_grain_of_history_has_its_words(history: History) -> None:
    table: Table = explainer(history, []).table
    told = [name for name in table.names if ".denied_" in name]
    for name in told:
        for driver in said(history, [name]):
            assert "like this one" not in driver.text, name


def test_a_change_of_the_payer_is_told_with_its_day(history: History) -> None:
    told = explainer(history, [CHANGED])
    since = int(told.table.lines.service[0]) - 30
    change = PayerChange(Scope(told.table.lines.payer[0]), since, "medical_necessity")
    told.changes = (change,)
    (driver,) = told.drivers(np.array([1.5]), 0)
    day = date.fromordinal(since)
    assert driver.value == day.isoformat()
    assert driver.text == (
        f"Northern Plan denies more of such lines since {day.day} {day:%B %Y}, mostly for medical "
        "necessity."
    )


def test_coverage_is_told_by_its_chance_and_by_the_finding_where_there_is_one(
    history: History,
) -> None:
    column = "client.eligibility_chain"
    (alone,) = said(history, [column])
    assert re.search(r"chance of a denial for eligibility is \d+%", alone.text)
    assert alone.feature == "coverage"
    ended = Finding(
        edit="eligibility.coverage_ended", category="eligibility", severity="warning", line=1,
        message="Line 1: coverage had ended.", source="remittance",
    )  # fmt: skip
    (found,) = said(history, [column], ended)
    assert found.text == "Line 1: coverage had ended."


def test_visits_and_new_clinicians_are_told_as_such(history: History) -> None:
    visits, new = said(history, ["client.visits_of_year", "provider.new_60"])
    assert re.match(r"About \d+ days? of service of this client in the year", visits.text)
    assert new.feature == "new clinician"
    assert new.text in (
        "This clinician is not new.",
        "This clinician's first line was sent less than 60 days ago.",
    )


def test_who_wrote_is_told_by_what_was_denied_and_not_by_a_number(history: History) -> None:
    (writer,) = said(history, ["writer"])
    assert "of this clinician" in writer.text
