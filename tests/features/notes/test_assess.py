"""What applies, what is missing, what to say, and what supports no bill."""

import pytest

from claims.note import Note
from features.notes.applies import applies
from features.notes.assess import assess
from features.notes.hints import MOST_HINTS
from features.notes.reader import read
from features.notes.similarity import CLONE, likeness, most_alike


def review(text: str, **known: object):  # type: ignore[no-untyped-def]
    note = Note.model_validate({"id": "n", "text": text, **known})
    return assess(read(text, note.discipline), note)


def test_never_more_than_five_hints_and_none_for_what_does_not_apply() -> None:
    found = review("Client came in.", discipline="MH", payer_type="medicare")
    hinted = [key for key, element in found.elements.items() if element.hint]
    assert 0 < len(hinted) <= MOST_HINTS
    assert all(found.elements[key].applies and not found.elements[key].present for key in hinted)


def test_a_hint_is_one_sentence_that_names_the_payer_and_leaves_the_client_blank() -> None:
    hint = (
        review("Client came in.", discipline="MH", payer_type="tricare")
        .elements["session_time"]
        .hint
    )
    assert hint is not None
    assert "TRICARE" in hint
    assert "…" in hint


def test_the_payer_ranks_the_hints() -> None:
    text = "S: knee sore. O: TE 15 min, cues. Tolerated with 2 cues. A: limited stairs."
    medicare = review(text, discipline="PT", payer_type="medicare")
    assert medicare.elements["plan_of_care"].hint is not None


@pytest.mark.parametrize(
    ("discipline", "key", "expected"),
    [
        ("MH", "risk", True),
        ("PT", "risk", False),
        ("OT", "plan_of_care", True),
        ("MH", "plan_of_care", False),
        ("SLP", "home_program", True),
        ("MH", "home_program", False),
        ("ABA", "participants", True),
        ("ABA", "mental_status", False),
    ],
)
def test_elements_apply_by_discipline(discipline: str, key: str, expected: bool) -> None:
    facts = read("Session held with client.", discipline)  # type: ignore[arg-type]
    assert applies(key, facts) is expected  # type: ignore[arg-type]


def test_supervision_applies_to_who_may_not_work_alone() -> None:
    facts = read("Seen today.", "PT")
    assistant = Note(id="a", text="", discipline="PT", credential="PTA")
    therapist = Note(id="b", text="", discipline="PT", credential="DPT")
    assert applies("supervision", facts, assistant)
    assert not applies("supervision", facts, therapist)


def test_telehealth_is_asked_for_at_its_places_of_service() -> None:
    facts = read("Seen today.", "MH")
    assert applies("telehealth_statement", facts, Note(id="a", text="", place_of_service="10"))
    assert not applies("telehealth_statement", facts, Note(id="a", text="", place_of_service="11"))


def test_no_progress_is_due_at_a_first_contact() -> None:
    assert not applies("goal_progress", read("Initial evaluation today.", "PT"))


@pytest.mark.parametrize(
    ("text", "discipline", "reason"),
    [
        ("Client no-showed for 2:00 appointment. Left voicemail.", "MH", "no_show"),
        ("Session cancelled by client, flu.", "MH", "cancelled"),
        ("Seen 2:00-2:12 pm. Used grounding, calmer by the end.", "MH", "too_short"),
        ("Used cognitive restructuring; client agreed.", "MH", "time_missing"),
        ("Drove client to the food pantry and waited in line. 1:00-2:00.", "MH", "not_skilled"),
        ("VISIT NOT MADE. No treatment provided.", "OT", "not_a_visit"),
    ],
)
def test_what_supports_no_bill_says_why(text: str, discipline: str, reason: str) -> None:
    found = review(text, discipline=discipline)
    assert not found.billable
    assert found.not_billable_because is not None
    assert found.not_billable_because.reason == reason


def test_a_no_show_in_the_past_is_no_no_show_today() -> None:
    text = (
        "2:00-2:50 pm. Client apologised for last week's no-show. Used grounding; "
        "client was able to name five things. Next session Tuesday."
    )
    assert review(text, discipline="MH").billable


def test_a_copied_note_is_known_by_its_signature_alone() -> None:
    text = (
        "Client reported worry about work. Used cognitive restructuring and she was receptive. " * 3
    )
    first = read(text + "PHQ-9 14 on 3/4.", "MH").signature
    copied = read(text + "PHQ-9 12 on 3/11.", "MH").signature
    other = read(
        "Patient walked 200 feet with a walker and needed two cues for posture on the stairs "
        "before resting; pain rose to four and settled after ice.", "PT",
    ).signature  # fmt: skip
    assert likeness(first, copied) >= CLONE
    assert likeness(first, other) < 0.3
    assert most_alike(copied, [other, first])[1] == 1
    assert most_alike(copied, []) == (0.0, None)


def test_process_notes_are_warned_of() -> None:
    text = (
        "Process note, not part of the medical record. I found myself bored; countertransference."
    )
    assert any("164.501" in w for w in review(text, discipline="MH").warnings)


def test_completeness_counts_what_applies() -> None:
    assert review("", discipline="MH").completeness == 0
    assert 0 < review("Client denies SI. Next session 3/4.", discipline="MH").completeness < 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "Die Patientin berichtet über Angst und schläft nicht gut. Sie ist müde und weint.",
            "Hardly written in English",
        ),
        ("患者は痛みを訴える。" * 20, "Hardly written in English"),
        ("La paciente refiere que está triste y no duerme por las noches.", "Hardly written"),
        ("Client reports pain 4/10 and denies SI. " * 2000, "20,000 characters were not read"),
    ],
)
def test_what_could_not_be_read_is_said(text: str, says: str) -> None:
    assert any(says in warning for warning in assess(read(text, "MH")).warnings)


def test_shorthand_is_english() -> None:
    text = "97110 x2 23 min, TE, NMR, gait w/ SPC CGA, HEP rev'd, tol well, cont POC, RTC 2 wks"
    assert assess(read(text, "PT")).warnings == ()


def test_a_hint_says_what_of_a_telehealth_statement_is_missing() -> None:
    facts = read("Held by video. Seen 2:00-2:50 pm. Taught breathing.", "MH")
    hint = assess(facts).elements["telehealth_statement"].hint
    assert hint is not None
    assert hint.startswith("Where the client was during this telehealth visit")


def test_a_first_contact_is_told_why_treatment_is_needed_not_still_needed() -> None:
    facts = read("Initial evaluation: PT. Knee flex 110. Seen 9:00-9:45.", "PT")
    hint = assess(facts).elements["medical_necessity"].hint
    assert hint is not None
    assert "still" not in hint
