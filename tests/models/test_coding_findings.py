"""Billed codes are held against those that the note supports."""

from datetime import date

from claims.note import Note
from features.notes.reader import read
from models.coding import suggest
from models.coding_answer import Suggestion
from models.coding_findings import coding_findings
from tests.claims.billing import claim

TEXT = (
    "Individual psychotherapy, 1:00 pm to 1:50 pm. Cognitive restructuring of worry about work; "
    "client found two balanced thoughts."
)


def supported(text: str = TEXT) -> Suggestion:
    note = Note(id="n", text=text, discipline="MH", date_of_service=date(2026, 3, 2))
    return suggest(read(text, "MH"), note)


def test_a_bill_that_the_note_bears_has_no_finding() -> None:
    assert coding_findings(claim(), supported()) == ()


def test_a_longer_code_than_the_note_bears_is_found_with_the_code_to_set() -> None:
    (found,) = coding_findings(claim(lines=[{"procedure": "90837"}]), supported())
    assert (found.edit, found.severity, found.line) == ("coding.unsupported", "warning", 1)
    assert found.message == (
        "90837 is billed; the note supports 90834. "
        "53 minutes are needed for 90837; the note supports 50: 90834."
    )
    assert found.fix is not None
    assert (found.fix.action, found.fix.from_, found.fix.to) == ("set_procedure", "90837", "90834")


def test_a_note_that_supports_nothing_holds_the_claim() -> None:
    (found,) = coding_findings(claim(), supported("Individual therapy, thought record."))
    assert found.edit == "coding.not_billable"
    assert found.fix is not None
    assert found.fix.action == "hold"


def test_what_the_note_supports_and_nobody_billed_is_told() -> None:
    text = (
        "CRISIS session. Active suicidal ideation with plan and intent, 11:00 to 12:20. "
        "De-escalated, means restriction, safety plan."
    )
    (found,) = coding_findings(claim(lines=[{"procedure": "90839"}]), supported(text))
    assert (found.edit, found.severity) == ("coding.unbilled", "info")
    assert "90840" in found.message


def test_levels_of_a_medical_visit_are_not_argued_about() -> None:
    note = Note(
        id="n",
        text="Medication check 20 min. Sertraline 100 mg continued, no side effects. RTC 3 months.",
        discipline="MH",
        credential="MD",
        date_of_service=date(2026, 3, 2),
    )
    billed = claim(lines=[{"procedure": "99215"}])
    assert coding_findings(billed, suggest(read(note.text, "MH"), note)) == ()


def test_no_finding_repeats_what_the_note_says_of_the_client() -> None:
    text = TEXT.replace("work", "Marigold")
    billed = claim(lines=[{"procedure": "90837"}])
    assert all("Marigold" not in f.message for f in coding_findings(billed, supported(text)))
