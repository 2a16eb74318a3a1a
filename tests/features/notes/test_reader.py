"""What the reader finds in whole notes of our own, and that nothing breaks or slows it."""

import time

import pytest

from claims.note import NoteFacts
from features.notes.reader import read

MENTAL_HEALTH = """S: Client reports three panic attacks since last week and has missed two shifts.
O: Affect anxious, speech rapid, oriented x4. PHQ-9 today 14. Start 2:05 pm, stop 2:58 pm.
Denies SI/HI. Used interoceptive exposure; client rated fear 80 at first and 35 by the end.
A: Panic disorder (F41.0). Goal 1 (ride the bus alone 3x/week): 2 rides this week, up from 0.
Treatment remains medically necessary, avoidance puts the job at risk.
P: Weekly; client will practice breathing daily. Next session 3/4 at 2:00 pm.
Dana Example, LCSW"""


def test_a_complete_note_shows_its_elements() -> None:
    facts = read(MENTAL_HEALTH, "MH")
    absent = {key for key, fact in facts.elements.items() if not fact.present}
    assert absent <= {
        "timed_minutes", "participants", "telehealth_statement", "supervision", "plan_of_care",
        "home_program",
    }  # fmt: skip
    assert (facts.session.minutes, facts.session.start, facts.session.stop) == (
        53,
        "14:05",
        "14:58",
    )
    assert facts.diagnoses == ("F410",)
    assert facts.format == "SOAP"


def test_evidence_is_the_text_at_its_offsets() -> None:
    facts = read(MENTAL_HEALTH, "MH")
    for fact in facts.elements.values():
        for passage in fact.evidence:
            assert MENTAL_HEALTH[passage.start : passage.end] == passage.text


def test_an_intention_to_ask_is_no_risk_assessment_and_a_denial_is_one() -> None:
    later = read("Ran out of time, will assess risk next session.", "MH")
    denied = read("Client denies SI and HI.", "MH")
    assert not later.elements["risk"].present
    assert denied.elements["risk"].present


def test_a_diagnosis_of_somebody_else_or_ruled_out_does_not_count() -> None:
    text = "Mother was bipolar. R/o PTSD. ADHD ruled out in March."
    assert not read(text, "MH").elements["diagnosis"].present


def test_boxes_left_unticked_say_nothing() -> None:
    text = "RISK: SI [ ]yes [ ]denies | HI [ ]yes [ ]denies\nINTERVENTION: [ ]CBT [ ]EFT"
    facts = read(text, "MH")
    assert not facts.elements["risk"].present
    assert not facts.elements["intervention"].present


def test_an_empty_signature_line_is_no_signature() -> None:
    assert not read("Signature: ____________ LCSW", "MH").elements["signature"].present
    assert read("Signed: Dana Example, LCSW 3/4/26", "MH").elements["signature"].present


NASTY = {
    "empty": "",
    "blanks": "   \n" * 10_000,
    "binary": "".join(chr(i % 256) for i in range(20_000)),
    "one megabyte": "Client reports pain 4/10 and denies SI. " * 25_000,
    "no full stop": "word " * 100_000,
    "one word": "a" * 500_000,
    "digits": "1" * 200_000,
    "colons": "1:00-" * 50_000,
    "clocks": "10:00 to 10:30 " * 20_000,
    "brackets": "[ ] " * 50_000 + "(" * 10_000,
    "goals": "goal " * 50_000,
    "minutes": "15 min " * 40_000,
    "names": "Anna Bella Cara Dora " * 20_000,
    "other language": "Der Patient berichtet über Schmerzen. " * 500 + "患者は痛みを訴える。" * 500,
    "will": "will not if next " * 20_000,
    "surrogate": "Client \ud800 reports",
    "tabs": "\t" * 100_000,
    "quotes": "\"'" * 50_000,
    "underscores": "_" * 100_000,
    "the the": "the " * 50_000,
    "client": "client ( " * 30_000,
    "with her": "with her the his " * 20_000,
    "psychotherapy": "psychotherapy for of time " * 10_000,
    "of of": "one of two " * 30_000,
    "from": "from " * 50_000 + "1 to 2",
}


@pytest.mark.parametrize("name", NASTY)
def test_nothing_that_is_pasted_breaks_or_stalls_the_reader(name: str) -> None:
    began = time.perf_counter()
    facts = read(NASTY[name], "PT")
    assert isinstance(facts, NoteFacts)
    # Not a speed claim: a rule that explodes would take hours, not seconds.
    assert time.perf_counter() - began < 20


def test_the_same_text_gives_the_same_facts() -> None:
    assert read(MENTAL_HEALTH, "MH") == read(MENTAL_HEALTH + "", "MH")


def test_facts_show_no_text_when_printed() -> None:
    assert "panic" not in repr(read(MENTAL_HEALTH, "MH"))
