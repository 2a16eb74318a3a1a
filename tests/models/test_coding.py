"""The coding assistant suggests what a note supports, says why, and says when nothing is."""

from datetime import date
from typing import Any

import pytest

from claims.note import Note, NoteFacts, SessionFacts
from features.notes.reader import read
from models.coding import suggest
from models.coding_answer import Suggestion

DAY = date(2026, 3, 2)


def said(text: str, discipline: str, **known: Any) -> Suggestion:
    """What the assistant says of a text."""
    note = Note.model_validate(
        {"id": "n1", "text": text, "discipline": discipline, "date_of_service": DAY, **known}
    )
    return suggest(read(text, note.discipline), note)


def of_facts(text: str, discipline: str, session: SessionFacts, **known: Any) -> Suggestion:
    """What the assistant says of facts that are given, apart from reading."""
    note = Note.model_validate(
        {"id": "n1", "text": text, "discipline": discipline, "date_of_service": DAY, **known}
    )
    facts = NoteFacts(digest="d", reader="r", discipline=note.discipline, session=session)
    return suggest(facts, note)


def billed(suggestion: Suggestion) -> list[tuple[str, int]]:
    return [(code.code, code.units) for code in suggestion.codes]


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(16, "90832"), (37, "90832"), (38, "90834"), (52, "90834"), (53, "90837"), (95, "90837")],
)
def test_minutes_alone_choose_the_psychotherapy_code(minutes: int, code: str) -> None:
    found = of_facts("Individual psychotherapy, CBT.", "MH", SessionFacts(minutes=minutes))
    assert billed(found) == [(code, 1)]


def test_a_longer_code_that_is_named_is_refused_in_a_sentence() -> None:
    text = "Individual psychotherapy 90837. Start 1:00 pm, stop 1:50 pm. Thought record on guilt."
    found = said(text, "MH")
    assert billed(found) == [("90834", 1)]
    assert "53 minutes are needed for 90837; the note supports 50: 90834." in found.refused


def test_without_a_time_nothing_time_based_is_supported() -> None:
    found = of_facts("Individual therapy, thought record.", "MH", SessionFacts())
    assert not found.billable
    assert found.not_billable_because is not None
    assert found.not_billable_because.reason == "time_missing"
    assert found.codes == ()
    # What it would be with its time.
    assert set(found.code_set_95) <= {"90832", "90834", "90837"}


def test_fifteen_minutes_are_too_short() -> None:
    found = of_facts("Individual therapy, thought record.", "MH", SessionFacts(minutes=15))
    assert found.not_billable_because is not None
    assert found.not_billable_because.reason == "too_short"


@pytest.mark.parametrize(
    ("people", "code"), [(("client", "spouse"), "90847"), (("mother", "father"), "90846")]
)
def test_the_clients_presence_decides_between_the_family_codes(
    people: tuple[Any, ...], code: str
) -> None:
    facts = SessionFacts(minutes=50, participants=people)
    found = of_facts("Family therapy session on house rules.", "MH", facts)
    assert billed(found) == [(code, 1)]


def test_a_crisis_is_counted_from_thirty_minutes_on_and_falls_back_under_that() -> None:
    text = "Crisis intervention, client in acute crisis with plan and intent; means restriction."
    long = of_facts(text, "MH", SessionFacts(minutes=103))
    short = of_facts(text, "MH", SessionFacts(minutes=26))
    assert billed(long) == [("90839", 1), ("90840", 1)]
    assert billed(short) == [("90832", 1)]
    assert "30 minutes are needed for 90839; the note supports 26." in short.refused


def test_an_intake_by_who_may_practise_medicine_is_another_code() -> None:
    text = "Psychiatric evaluation, new patient. HPI, past psychiatric history. Impression: MDD."
    facts = SessionFacts(minutes=60)
    assert billed(of_facts(text, "MH", facts, credential="LCSW")) == [("90791", 1)]
    assert billed(of_facts(text, "MH", facts, credential="PMHNP-BC")) == [("90792", 1)]


def test_psychotherapy_beside_a_medical_visit_needs_its_own_minutes() -> None:
    text = "Medication management: sertraline increased to 100 mg, side effects reviewed."
    both = SessionFacts(minutes=45, psychotherapy_minutes=25)
    undivided = SessionFacts(minutes=45)
    assert of_facts(text, "MH", both, credential="MD").codes[1].code == "90833"
    assert len(of_facts(text, "MH", undivided, credential="MD").codes) == 1


def test_units_of_timed_therapy_follow_the_payers_rule() -> None:
    facts = SessionFacts(minutes_by_code={"97140": 7, "97110": 8, "97530": 9})
    text = "Manual therapy 7, therapeutic exercise 8, therapeutic activities 9."
    pooled = of_facts(text, "OT", facts, unit_rule="cms_8_minute")
    alone = of_facts(text, "OT", facts, unit_rule="ama_midpoint")
    assert set(billed(pooled)) == {("97530", 1), ("97110", 1)}
    assert set(billed(alone)) == {("97110", 1), ("97530", 1)}
    assert any(sentence.startswith("97140: 7 minutes earn no unit") for sentence in pooled.refused)


def test_cognitions_first_fifteen_minutes_have_a_code_of_their_own() -> None:
    facts = SessionFacts(minutes_by_code={"97129": 15, "97130": 7}, minutes=22)
    found = of_facts(
        "Cognitive intervention, spaced retrieval.", "SLP", facts, unit_rule="ama_midpoint"
    )
    assert billed(found) == [("97129", 1)]


def test_supervising_a_technician_without_the_client_supports_no_code() -> None:
    text = "RBT supervision, reviewed data sheets. 97155 x 3 entered."
    facts = SessionFacts(minutes=45, participants=("other",))
    found = of_facts(text, "ABA", facts, credential="BCBA")
    assert found.not_billable_because is not None
    assert found.not_billable_because.reason == "not_skilled"


def test_aba_minutes_are_counted_by_fifteen() -> None:
    text = "Protocol modification with client and RBT; revised the prompt hierarchy."
    found = of_facts(text, "ABA", SessionFacts(minutes=108), credential="BCBA")
    assert billed(found) == [("97155", 7)]


def test_contradictory_times_are_said_to_be_unclear() -> None:
    text = (
        "Individual psychotherapy. Session start: 3:04 PM. Session end: 3:52 PM. "
        "Total time: 56 minutes. Cognitive restructuring of worry."
    )
    found = said(text, "MH")
    assert billed(found) == [("90834", 1)]
    assert found.unclear
    assert "90837" in [a.code for a in found.alternatives]


def test_an_unknown_payer_is_unclear_only_where_its_rule_would_change_the_units() -> None:
    differs = SessionFacts(minutes_by_code={"97140": 7, "97110": 16})
    agrees = SessionFacts(minutes_by_code={"97110": 30})
    assert any("payer" in s for s in of_facts("PT.", "PT", differs).unclear)
    assert not any("payer" in s for s in of_facts("PT.", "PT", agrees).unclear)


def test_two_sessions_in_one_text_are_said_so() -> None:
    text = "DOS: 3/2/2026\nIndividual therapy 50 min, CBT.\nDOS: 3/9/2026\nIndividual, 45 min."
    assert any("more than one session" in s for s in said(text, "MH").unclear)


@pytest.mark.parametrize("text", ["", "   \n", "…", "zzz " * 4000])
def test_text_without_sense_is_answered(text: str) -> None:
    assert not said(text, "MH").billable


def test_an_unknown_discipline_is_answered_with_what_is_unclear() -> None:
    note = Note(id="n", text="Individual psychotherapy 50 minutes, CBT for panic.")
    found = suggest(read(note.text, None), note)
    assert found.unclear or found.primary == "90834"


def test_two_sessions_in_one_note_are_told_and_nothing_is_sure() -> None:
    text = (
        "Session 1: Date of service: 3/2/2026, 10:00-10:45 individual therapy, CBT.\n\n"
        "Session 2: Date of service: 3/4/2026, 11:00-11:53 individual therapy, exposure."
    )
    note = Note(id="n", text=text, discipline="MH", credential="LCSW", payer_type="commercial")
    found = suggest(read(text, "MH"), note)
    assert any("more than one session" in sentence for sentence in found.unclear)
    assert all(code.probability <= 0.5 for code in found.codes)


def test_medicare_pays_no_speech_assistant() -> None:
    text = "Artic therapy 30 min by SLPA under supervision. /s/ 80%."
    note = Note(id="n", text=text, discipline="SLP", credential="SLPA", payer_type="medicare")
    assert any("speech-language assistant" in s for s in suggest(read(text, "SLP"), note).unclear)


def test_what_is_open_is_in_the_set() -> None:
    text = "OT initial evaluation, 45 min. Occupational profile, grip, 9HPT. Goals set."
    note = Note(id="n", text=text, discipline="OT", credential="OTR/L", payer_type="commercial")
    found = suggest(read(text, "OT"), note)
    assert {"97165", "97166"} <= set(found.code_set_95)
    told = "Ther ex 15 min, then gait training 30 min with cane."
    note = Note(id="n", text=told, discipline="PT", credential="PT", payer_type="commercial")
    assert set(suggest(read(told, "PT"), note).code_set_95) == {"97110", "97116"}
