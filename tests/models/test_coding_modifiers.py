"""Modifiers follow the payer's policy and what the note shows."""

from datetime import date
from typing import Any

import pytest

from claims.note import Note, NoteFacts, SessionFacts
from models.coding import suggest

TIMED = "Therapeutic exercise and manual therapy."


def bill(
    session: SessionFacts, text: str = TIMED, **known: Any
) -> list[tuple[str, int, tuple[str, ...]]]:
    values = {"discipline": "PT", "payer_type": "medicare", "place_of_service": "11", **known}
    note = Note.model_validate(
        {"id": "n", "text": text, "date_of_service": date(2026, 3, 2), **values}
    )
    facts = NoteFacts(digest="d", reader="r", discipline=note.discipline, session=session)
    return [(c.code, c.units, c.modifiers) for c in suggest(facts, note).codes]


HALF_HOUR = SessionFacts(minutes_by_code={"97110": 30})


def test_medicare_wants_the_discipline_and_a_commercial_payer_does_not() -> None:
    assert bill(HALF_HOUR) == [("97110", 2, ("GP",))]
    assert bill(HALF_HOUR, payer_type="commercial") == [("97110", 2, ())]


def test_an_assistants_visit_bears_cq_on_every_unit() -> None:
    assert bill(HALF_HOUR, credential="PTA") == [("97110", 2, ("GP", "CQ"))]


def test_units_of_therapist_and_assistant_stand_on_lines_of_their_own() -> None:
    shared = SessionFacts(minutes_by_code={"97110": 45}, assistant_minutes_by_code={"97110": 23})
    assert bill(shared) == [("97110", 1, ("GP",)), ("97110", 2, ("GP", "CQ"))]


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("Over the threshold; KX, medically necessary for stairs.", True),
        ("KX not needed yet.", False),
        ("Threshold not a concern.", False),
    ],
)
def test_kx_where_the_writer_says_that_the_threshold_is_passed(said: str, due: bool) -> None:
    ((_, _, modifiers),) = bill(HALF_HOUR, f"{TIMED} {said}")
    assert ("KX" in modifiers) is due


def test_kx_as_the_benefits_file_tells() -> None:
    note = Note(
        id="n", text=TIMED, discipline="PT", payer_type="medicare", date_of_service=date(2026, 3, 2)
    )
    facts = NoteFacts(digest="d", reader="r", discipline="PT", session=HALF_HOUR)
    assert "KX" in suggest(facts, note, over_threshold=True).codes[0].modifiers
    assert "KX" not in suggest(facts, note, over_threshold=False).codes[0].modifiers


@pytest.mark.parametrize(("modality", "modifier"), [("video", "95"), ("audio", "93")])
def test_telehealth_modifiers_by_modality(modality: Any, modifier: str) -> None:
    session = SessionFacts(minutes=45, telehealth=True, modality=modality)
    known = {"discipline": "MH", "payer_type": "commercial", "place_of_service": "10"}
    assert bill(session, "Individual psychotherapy, CBT.", **known) == [("90834", 1, (modifier,))]


def test_in_person_there_is_none() -> None:
    known = {"discipline": "MH", "payer_type": "commercial"}
    found = bill(SessionFacts(minutes=45, telehealth=False), "Individual psychotherapy.", **known)
    assert found == [("90834", 1, ())]


def test_59_only_where_the_text_tells_two_times_apart() -> None:
    text = "Balance group, group of 4 patients. Therapeutic exercise one to one."
    together = SessionFacts(minutes_by_code={"97110": 15}, group_size=4)
    assert "59" not in {c: m for c, _, m in bill(together, text)}["97110"]
    apart = bill(together, f"{text} Exercise in a separate session before the group.")
    assert "59" in {c: m for c, _, m in apart}["97110"]


def test_pairs_deleted_years_ago_need_no_59() -> None:
    session = SessionFacts(minutes_by_code={"97140": 15, "97530": 15})
    assert all("59" not in modifiers for _, _, modifiers in bill(session))
