"""The sentence model: what it is trained on, what is shipped, and how it is judged."""

from pathlib import Path

import pytest

from features.notes.prose import prose
from features.notes.sentences import SentenceModel, shipped
from training.note_evaluation import f1, wilson
from training.notes import TAGS, WEIGHTS, examples

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


def test_the_shipped_weights_are_small_and_hold_no_pickle() -> None:
    content = WEIGHTS.read_bytes()
    assert len(content) < MOST_BYTES
    assert SentenceModel.from_bytes(content).keys == tuple(TAGS.values())


def test_the_shipped_model_tells_a_technique_from_company() -> None:
    model = shipped()
    assert model is not None
    skilled = model.probabilities(prose("Therapist taught paced breathing and rehearsed it."))
    company = model.probabilities(prose("Provided supportive listening and encouragement."))
    assert skilled["intervention"].max() > company["intervention"].max()


def test_scores_are_those_of_the_textbook() -> None:
    assert f1(8, 2, 2) == pytest.approx(0.8)
    assert f1(0, 0, 0) == 1.0
    low, high = wilson(95, 100)
    assert low == pytest.approx(0.888, abs=0.001)
    assert high == pytest.approx(0.978, abs=0.001)
