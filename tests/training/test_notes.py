"""The sentence model: what it is trained on, what is shipped, and how it is judged."""

import json
from pathlib import Path

import pytest

from claims.problem import ClaimwrightError
from features.notes.prose import prose
from features.notes.sentences import SentenceModel, shipped
from training.note_evaluation import f1, wilson
from training.notes import KEYS, TAGS, WEIGHTS, examples, sentences_of

MOST_BYTES = 5_000_000


def test_every_element_of_the_model_has_sentences_for_it_and_against_it() -> None:
    found = list(examples())
    for key in TAGS.values():
        assert 5 <= sum(key in e.shows for e in found) < len(found)
    assert sum(not e.shows for e in found) > 100


def test_a_line_that_is_no_example_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.tsv").write_text("X no tab here\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"wrong\.tsv: line 1"):
        list(examples(tmp_path))


def test_a_sentence_of_an_invented_note_shows_what_its_truth_says(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text(
        json.dumps({"text": "S: Pt slept well. Nothing else.", "discipline": "MH"}) + "\n"
    )
    (tmp_path / "truth.jsonl").write_text(
        json.dumps({"elements": {"subjective": [[3, 17]], "signature": [[0, 2]]}}) + "\n"
    )
    shown = {e.text: e.shows for e in sentences_of(tmp_path)}
    assert shown == {"Pt slept well.": {"subjective"}, "Nothing else.": frozenset()}


def test_a_folder_without_notes_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClaimwrightError, match=r"notes\.jsonl"):
        list(sentences_of(tmp_path))


def test_the_shipped_weights_are_small_and_hold_no_pickle() -> None:
    content = WEIGHTS.read_bytes()
    assert len(content) < MOST_BYTES
    assert SentenceModel.from_bytes(content).keys == KEYS


def test_the_shipped_model_tells_a_technique_from_company() -> None:
    model = shipped()
    assert model is not None
    skilled = model.log_odds(prose("Therapist taught paced breathing and rehearsed it."))
    company = model.log_odds(prose("Provided supportive listening and encouragement."))
    assert skilled["intervention"].max() > company["intervention"].max()


def test_scores_are_those_of_the_textbook() -> None:
    assert f1(8, 2, 2) == pytest.approx(0.8)
    assert f1(0, 0, 0) == 1.0
    low, high = wilson(95, 100)
    assert low == pytest.approx(0.888, abs=0.001)
    assert high == pytest.approx(0.978, abs=0.001)
