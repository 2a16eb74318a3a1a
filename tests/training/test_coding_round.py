"""A practice's own coding model: from what was paid, promoted on evidence, taken back."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from claims.note import Note
from claims.store import Store
from models.coding_words import LearnedKinds, learned_kinds
from models.registry import CHALLENGER, CODING, Registry
from training.coding_examples import Example, corroborated, described, example
from training.coding_miscoder import HABITS, evaluation
from training.coding_round import (
    compare,
    held_apart,
    paid_examples,
    promote_coding,
    retrained,
    roll_back_coding,
    train_coding,
)

FAMILY = "Family session, 50 min, client, mother and father present. Structural work on {} rules."
TOPICS = ("curfew", "phone", "chores", "money", "homework", "visits", "sleep", "meals")


@cache
def shipped() -> LearnedKinds:
    model = learned_kinds()
    assert model is not None
    return model


def billed_as_individual(writer: str) -> list[Example]:
    notes = [
        Note(id=f"{writer}{n}", text=FAMILY.format(topic), discipline="MH", credential="LCSW")
        for n, topic in enumerate(TOPICS)
    ]
    return [example(note, "individual", writer) for note in notes]


def test_one_writers_habit_teaches_nothing_against_the_model() -> None:
    assert corroborated(billed_as_individual("w1"), shipped()) == []


def test_what_several_writers_are_paid_for_may_teach() -> None:
    several = [one for w in ("w1", "w2", "w3") for one in billed_as_individual(w)]
    assert len(corroborated(several, shipped())) == len(several)


def test_a_retrained_model_knows_no_word_of_the_practices_own() -> None:
    notes = [Note(id=f"n{n}", text=f"Individual session, 50 min. Zzyzx {t}.", discipline="MH")
             for n, t in enumerate(TOPICS)]  # fmt: skip
    model = retrained([example(n, "individual", "w") for n in notes], shipped(), "own", rounds=2)
    assert model.disciplines["MH"].rows == shipped().disciplines["MH"].rows
    assert "zzyzx" not in model.disciplines["MH"].rows


def test_writers_are_held_apart() -> None:
    several = [one for w in "abcdefgh" for one in billed_as_individual(w)]
    fitted, judged = held_apart(several)
    assert {one.writer for one in judged} == {"d", "h"}
    assert not {one.writer for one in fitted} & {one.writer for one in judged}


def test_a_model_that_forgets_or_does_worse_is_not_promoted() -> None:
    kinds = shipped().disciplines["MH"].kinds
    written = [one for one in described() if one.note.discipline == "MH" and one.kind in kinds]
    following = {kind: kinds[place - 1] for place, kind in enumerate(kinds)}
    wrong = [replace(one, kind=following[one.kind]) for one in written]
    spoilt = retrained(wrong, shipped(), "spoilt", rounds=40)
    decision = compare(spoilt, shipped(), written)
    assert not decision.promoted
    assert decision.evidence["worse_by"] > 0
    assert compare(shipped(), shipped(), written).promoted


def test_a_miscoder_who_is_paid_nine_times_in_ten_is_not_copied(tmp_path: Path) -> None:
    from data.synthetic.corpus import main

    main([str(tmp_path), "--notes", "160", "--seed", "5", "--discipline", "ABA"])
    found = evaluation(tmp_path, shipped())
    assert set(HABITS.values()) >= {"97155"}
    assert found["shipped"]["right"][1] > 3
    # On so few notes one may fall either way; figures of many stand in docs/coding.md.
    copied = {name: figures["as the miscoder bills"][0] for name, figures in found.items()}
    assert copied["retrained"] <= copied["shipped"] + 1
    assert found["retrained"]["right"][0] > found["retrained without care"]["right"][0]


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # MLflow's own query
def test_a_round_from_the_store_to_the_alias_and_back(whole: Store, tmp_path: Path) -> None:
    registry = Registry(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "artifacts")
    day = whole.newest_known_day() or date.max
    made = train_coding(whole, registry, day)
    assert made.metrics["examples"] >= 100
    card = (made.folder / "card.md").read_text(encoding="utf-8")
    assert "left out" in card
    challenger = registry.version(CODING, CHALLENGER)
    assert challenger is not None
    version, decision = promote_coding(whole, registry, day, "first", tmp_path / "log.jsonl")
    assert decision.promoted
    in_use = registry.coding()
    assert in_use is not None
    assert day.isoformat() in in_use.version
    assert roll_back_coding(registry, tmp_path / "log.jsonl") == ("shipped", version)
    assert registry.coding() is None


def test_only_what_was_paid_as_billed_teaches(whole: Store) -> None:
    examples, left_out = paid_examples(whole, whole.newest_known_day() or date.max)
    assert examples
    assert left_out["denied or changed for its coding"] > 0
