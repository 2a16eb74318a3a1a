"""Notes written by voices carry the truth of their own text."""

import json
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from claims.note import Discipline, Note
from data.synthetic.bank import RESERVED_EVERY, Bank, FragmentFile, read_bank
from data.synthetic.casting import DISCIPLINES, draw_visit
from data.synthetic.clock_words import number_words
from data.synthetic.corpus import corpus, main
from data.synthetic.expected import applying
from data.synthetic.variety import variety
from data.synthetic.visit import Visit, WrittenNote
from data.synthetic.voice import read_voices
from data.synthetic.writing import speaker, write_note

GOLD = Path(__file__).parents[3].parent / "shared" / "samples" / "notes" / "notes.jsonl"

Row = tuple[Note, WrittenNote, Visit]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [*corpus(500, seed=11), *corpus(160, seed=11, held_out=True)]


def test_evidence_lies_inside_the_text_and_is_not_empty(rows: list[Row]) -> None:
    for note, written, _ in rows:
        for spans in written.elements.values():
            assert spans
            for start, end in spans:
                assert 0 <= start < end <= len(note.text)
                passage = note.text[start:end]
                assert passage == passage.strip()


def test_nothing_is_both_there_and_missing(rows: list[Row]) -> None:
    for _, written, visit in rows:
        assert not written.missing & written.elements.keys()
        assert written.missing <= applying(visit)


def test_no_grammar_shows_through(rows: list[Row]) -> None:
    for note, _, _ in rows:
        text = re.sub(r"\n +|->|<?=|\n> ", " ", note.text)
        assert not re.search(r"[<>{}]|@\w+\(|\w  \w| [.,;](?:\s|$)", text), text


def test_stated_times_stand_in_the_passage_that_shows_them(rows: list[Row]) -> None:
    seen = 0
    for note, written, visit in rows:
        if written.minutes is None or "words" in read_voices()[written.voice].clock:
            continue
        text = " ".join(note.text[start:end] for start, end in written.elements["session_time"])
        if written.start is not None:
            assert f"{int(written.start[3:]):02d}" in text
        else:
            assert str(written.minutes) in text or number_words(written.minutes) in text
        assert written.minutes == visit.minutes
        seen += 1
    assert seen > 200


def test_without_a_stated_time_no_code_that_rests_on_time_is_supported(rows: list[Row]) -> None:
    by_time = {"90832", "90834", "90837", "90847", "90846", "97110", "97530", "97153"}
    silent = [written for _, written, _ in rows if written.minutes is None]
    assert silent
    for written in silent:
        for code in written.codes:
            assert code.code not in by_time or code.code in written.minutes_by_code
            assert code.code != "97130" or "97129" in written.minutes_by_code


def test_a_code_is_stated_with_the_minutes_really_spent(rows: list[Row]) -> None:
    for _, written, visit in rows:
        spent: Counter[str] = Counter()
        for one in visit.activities:
            if one.timed and one.code:
                spent[one.code] += one.minutes
        for code, minutes in written.minutes_by_code.items():
            assert spent[code] == minutes


def test_what_did_not_take_place_supports_nothing(rows: list[Row]) -> None:
    missed = [one for one in rows if one[2].status in ("no_show", "cancelled", "not_skilled")]
    assert missed
    for _, written, visit in missed:
        assert not written.billable
        assert written.not_billable_because == visit.status
        assert not written.codes


def test_the_same_seed_gives_the_same_notes() -> None:
    first, second = ([note.text for note, _, _ in corpus(40, seed=3)] for _ in range(2))
    assert first == second


def test_a_copied_note_repeats_its_source_with_new_times() -> None:
    rows = list(corpus(150, seed=5, discipline="MH"))
    copies = [(note, visit) for note, _, visit in rows if visit.copied_from is not None]
    assert copies
    texts = [set(note.text.split()) for note, _, _ in rows]
    likest = []
    for note, _visit in copies:
        words = set(note.text.split())
        others = [other for other in texts if other != words]
        likest.append(max(len(words & other) / len(words | other) for other in others))
    # Strangers share less than a quarter.
    assert sum(likest) / len(likest) > 0.6


def test_every_voice_can_speak_of_every_topic_it_may_meet() -> None:
    bank = read_bank()
    rng = Random(6)
    for voice in read_voices().values():
        topics = bank.topics_of(voice.discipline)
        some = rng.sample(list(topics.items()), min(4, len(topics)))
        for number, (topic, known) in enumerate(some):
            only = Bank([FragmentFile(discipline=(voice.discipline,), topics={topic: known})])
            visit = draw_visit(number, voice, only, rng)
            assert visit.topic == topic
            assert speaker(voice, bank).write(visit, rng).text


def test_one_visit_reads_differently_from_each_voice() -> None:
    _, _, visit = next(row for row in corpus(50, seed=9, discipline="MH") if row[1].codes)
    voices = [one for one in read_voices().values() if one.discipline == "MH"]
    texts = {write_note(visit, voice, Random(4)).text for voice in voices}
    assert len(texts) == len(voices)


def test_held_out_voices_have_language_of_their_own() -> None:
    voices = read_voices().values()
    held_out = {group for voice in voices if voice.held_out for group in voice.groups}
    others = {group for voice in voices if not voice.held_out for group in voice.groups}
    assert not held_out & others
    texts: dict[str, set[str]] = {"mine": set(), "theirs": set()}
    for group, text in read_bank().texts():
        if group in held_out:
            texts["mine"].add(text)
        elif group in others:
            texts["theirs"].add(text)
    assert texts["mine"]
    assert not texts["mine"] & texts["theirs"]


def test_long_lists_keep_phrases_for_held_out_voices() -> None:
    bank = read_bank()
    for discipline, topic in bank.topics:
        for name in bank.topics[discipline, topic].words:
            common = bank.words(discipline, topic, name, held_out=False)
            kept = bank.words(discipline, topic, name, held_out=True)
            assert common
            assert kept
            assert len(common) < RESERVED_EVERY or not set(common) & set(kept)


@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_language_varies(discipline: Discipline) -> None:
    """Of 500 notes; `python -m data.synthetic.variety` measures 10,000 (docs/voices.md)."""
    found = variety(discipline, 500, seed=8)
    assert found.distinct > 0.6
    assert found.commonest <= 0.02


@pytest.mark.skipif(not GOLD.exists(), reason="the gold notes are not part of the repository")
def test_no_fragment_comes_from_the_gold_notes() -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[a-z0-9]+", text.lower())
        sixes = zip(*(words[i:] for i in range(6)), strict=False)
        # Rows of codes and clock times are nobody's language.
        return {run for run in sixes if sum(word.isalpha() for word in run) > 3}

    gold: set[tuple[str, ...]] = set()
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        gold |= runs(json.loads(line)["text"])
    shared: set[tuple[str, ...]] = set()
    for held_out in (False, True):
        for note, written, _ in corpus(350, seed=21, held_out=held_out):
            text = note.text
            # Names of diagnoses belong to nobody.
            for start, end in reversed(written.elements.get("diagnosis", ())):
                text = f"{text[:start]}\n\n{text[end:]}"
            for part in text.split("\n\n"):
                shared |= runs(part) & gold
    assert not shared, sorted(shared)[:10]


def test_the_corpus_is_written_as_notes_and_truth(tmp_path: Path) -> None:
    assert main([str(tmp_path), "--notes", "12", "--seed", "4"]) == 0
    notes = [json.loads(line) for line in (tmp_path / "notes.jsonl").read_text().splitlines()]
    truth = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert [one["id"] for one in notes] == [one["id"] for one in truth]
    assert len(notes) == 12
