"""Training learns kinds of service, never a time code, and never a habit of billing wrongly."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from claims.note import Note
from claims.problem import ClaimwrightError
from features.notes.reader import read
from models.coding import suggest
from models.coding_kind import scores
from models.coding_words import LearnedKinds
from training.coding_calibration import TEMPERATURES, calibrate, threshold
from training.coding_examples import Example, described, example, paid
from training.coding_trees import fit

FAMILY = (
    "Family therapy session, 50 min, mother, father and {name} (14) present. Structural work on "
    "who decides about the phone; parents practised speaking with one voice, {name} answered."
)
SHORT = "Individual psychotherapy with {name}, 1:00 pm to 1:45 pm. CBT thought record on guilt."
NAMES = ("Ana", "Ben", "Cleo", "Dov", "Ema", "Finn", "Gus", "Hana", "Ivo", "Jo")


def note(text: str) -> Note:
    return Note(id="n", text=text, discipline="MH", date_of_service=date(2026, 3, 2))


@cache
def examples() -> tuple[Example, ...]:
    return tuple(described())


@cache
def model() -> LearnedKinds:
    return fit(examples(), "test")


def test_a_model_comes_back_from_disk_as_it_was(tmp_path: Path) -> None:
    model().to_disk(tmp_path)
    back = LearnedKinds.from_disk(tmp_path)
    one = examples()[0]
    assert back.version == "test"
    ruled = scores(one.reading, one.facts)
    assert back.log_odds(one.reading, ruled) == model().log_odds(one.reading, ruled)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".npz"}


def test_a_folder_without_a_model_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "coding.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ClaimwrightError, match="holds no coding model"):
        LearnedKinds.from_disk(tmp_path)


def test_no_code_and_no_number_is_among_what_is_learned() -> None:
    for words in model().disciplines.values():
        assert not any(any(c.isdigit() for c in row) for row in words.rows)


def test_what_was_paid_teaches_its_kind_of_service() -> None:
    found = paid(note(SHORT.format(name="Ana")), ["90834"], "w1")
    assert found is not None
    assert found.kind == "individual"


def test_a_paid_bill_that_the_text_plainly_contradicts_teaches_nothing() -> None:
    assert paid(note(FAMILY.format(name="Ana")), ["90837"], "miscoder") is None


def test_a_miscoder_who_is_paid_is_not_copied() -> None:
    # He bills family sessions as long individual ones, and every short session as the longest;
    # nine times in ten he is paid.
    taught = list(examples())
    for number, name in enumerate(NAMES):
        if number == 9:
            continue
        for text in (FAMILY, SHORT):
            own = paid(note(text.format(name=name)), ["90837"], "miscoder")
            taught += [own] if own else []
    learned = fit(taught, "with a miscoder")
    for text, right in ((FAMILY, "90847"), (SHORT, "90834")):
        next_one = note(text.format(name="Kai"))
        found = suggest(read(next_one.text, "MH"), next_one, learned=learned)
        assert found.primary == right


def test_even_a_model_that_learned_the_wrong_kind_breaks_no_arithmetic() -> None:
    wrong = [example(note(SHORT.format(name=name)), "crisis", f"w{name}") for name in NAMES]
    learned = fit([*examples(), *wrong], "taught wrongly")
    next_one = note("Individual psychotherapy with Kai, 1:00 pm to 1:20 pm. CBT thought record.")
    found = suggest(read(next_one.text, "MH"), next_one, learned=learned)
    assert [code.code for code in found.codes] in (["90832"], [])


def test_the_conformal_threshold_leaves_out_one_in_twenty() -> None:
    some = [one for one in examples() if one.note.discipline == "MH"][:40]
    told = [
        Example(one.reading, one.facts.replace(session=one.facts.session.replace(minutes=45)),
                one.note, one.kind, one.writer, "90834")
        for one in some
        if one.kind == "individual"
    ]  # fmt: skip
    least = threshold(model(), told)
    assert 0.0 < least <= 1.0


def test_calibration_chooses_figures_on_writers_it_did_not_see() -> None:
    held_out = [
        Example(one.reading, one.facts, one.note, one.kind, f"w{number % 4}", None)
        for number, one in enumerate(examples())
        if number % 7 == 0
    ]
    found = calibrate(model(), held_out)
    assert found.temperature in TEMPERATURES
    assert 0 < found.least_share <= 1
