"""Voices and fragments that somebody else wrote are read, or refused with the place named."""

from pathlib import Path
from random import Random

import pytest

from data.synthetic.bank import SHIPPED, read_bank, read_fragment_file
from data.synthetic.casting import draw_visit
from data.synthetic.grammar import Draft, GrammarError, Writer, compile_rule
from data.synthetic.scribes import Scribes
from data.synthetic.voice import read_voices
from data.synthetic.voice_check import check_voice
from data.synthetic.world import load_world
from data.synthetic.writing import speaker

FRAGMENTS = """
discipline: PT
group: mine
rules:
  response: |
    <cl> hopped like a heron
"""
VOICE = """
heron:
  {discipline: PT, format: SOAP, layout: soap_rehab, groups: [mine, plain], knows: 1.0}
"""


class Plain:
    """Writes a slot's name."""

    def spell(self, text: str) -> str:
        return text

    def slot(self, name: str) -> Writer:
        return lambda draft: draft.pieces.append(name)


def said(rule: str, seed: int = 1) -> str:
    draft = Draft(Random(seed).random)
    compile_rule(rule, Plain())(draft)
    return "".join(draft.pieces)


def test_a_choice_gives_each_of_its_alternatives() -> None:
    assert {said("{a|b{c|d}|}", seed) for seed in range(60)} == {"a", "bc", "bd", ""}


def test_a_number_keeps_to_its_range_and_is_remembered() -> None:
    for seed in range(50):
        first, second, third = said("[a:4-9] [$a] [$a-1-3]", seed).split()
        assert first == second
        assert 4 <= int(first) <= 9
        assert int(first) - 3 <= int(third) <= int(first) - 1


def test_a_mark_covers_just_its_part() -> None:
    draft = Draft(Random(1).random)
    compile_rule("felt low @obj(PHQ-9 {12|12} (was 15)) today", Plain())(draft)
    element, start, end = draft.marks[0]
    assert element == "objective_measure"
    assert "".join(draft.pieces[start:end]) == "PHQ-9 12 (was 15)"


@pytest.mark.parametrize("rule", ["{a|b", "<cl", "[3-x]", "a } b", "@risk(no"])
def test_an_open_bracket_or_a_false_number_is_refused(rule: str) -> None:
    with pytest.raises(GrammarError, match="fragment"):
        said(rule)


def test_a_bad_fragment_is_refused_with_file_and_rule(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("discipline: PT\ngroup: mine\nrules:\n  plan: |\n    see {<him>\n")
    with pytest.raises(GrammarError, match=r"mine\.yaml, plan"):
        read_fragment_file(path)
    path.write_text("discipline: PT\nrulez: {}\n")
    with pytest.raises(GrammarError, match=r"mine\.yaml"):
        read_fragment_file(path)


def test_a_bad_voice_is_refused_with_file_name_and_field(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(VOICE.replace("soap_rehab", "sonnet"))
    with pytest.raises(GrammarError, match=r"mine\.yaml, heron: no layout 'sonnet'"):
        read_voices(tmp_path)
    path.write_text(VOICE.replace("knows:", "clock: [noonish], knows:"))
    read_voices.cache_clear()
    with pytest.raises(GrammarError, match=r"mine\.yaml, heron: .*clock"):
        read_voices(tmp_path)


def test_somebody_else_may_bring_voices_and_fragments(tmp_path: Path) -> None:
    (tmp_path / "fragments").mkdir()
    (tmp_path / "voices").mkdir()
    (tmp_path / "fragments" / "mine.yaml").write_text(FRAGMENTS)
    (tmp_path / "voices" / "mine.yaml").write_text(VOICE)
    bank = read_bank(SHIPPED, tmp_path / "fragments")
    voice = read_voices(tmp_path / "voices")["heron"]
    rng = Random(3)
    texts = [
        speaker(voice, bank).write(draw_visit(number, voice, bank, rng), rng).text
        for number in range(60)
    ]
    assert any("hopped like a heron" in text for text in texts)


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("[mine, plain]", "[nowhere]", "no fragments are of the group 'nowhere'"),
        ("[mine, plain]", "[mine]", "mine have no rule 'stamp'"),
        ("soap_rehab", "[{put: [plan, risc]}]", "'risc' is nothing to put"),
    ],
)
def test_a_voice_that_cannot_write_is_refused(
    was: str, now: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "fragments").mkdir()
    (tmp_path / "voices").mkdir()
    (tmp_path / "fragments" / "mine.yaml").write_text(FRAGMENTS)
    (tmp_path / "voices" / "mine.yaml").write_text(VOICE.replace(was, now))
    voice = read_voices(tmp_path / "voices")["heron"]
    with pytest.raises(GrammarError, match=told):
        check_voice(voice, read_bank(SHIPPED, tmp_path / "fragments"))


def test_other_disciplines_keep_the_shipped_voices(tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "mine.yaml").write_text(VOICE.replace("mine, ", ""))
    scribes = Scribes(load_world().replace(voices=str(tmp_path)), 1)
    assert [v.name for v in scribes.voices if v.discipline == "PT"] == ["heron"]
    assert any(v.discipline == "OT" for v in scribes.voices)
