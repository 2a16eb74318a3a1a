"""How time is read where it is put down in ways of all kinds: `training/written/times.jsonl`."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from features.notes.mentions import TIMED_CODES
from features.notes.reader import read

TIMES = Path(__file__).parents[3] / "training" / "written" / "times.jsonl"


@cache
def misread() -> tuple[Counter[str], dict[str, list[str]]]:
    """How many notes tell a thing, or are silent on it, and which of these are misread."""
    of: Counter[str] = Counter()
    wrong: dict[str, list[str]] = {}
    for line in TIMES.read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        gold, session = note["gold"], read(note["text"], note["discipline"]).session
        by_code = {c: m for c, m in session.minutes_by_code.items() if c in TIMED_CODES}
        pairs = {
            "minutes": (gold["session_minutes"], session.minutes),
            "start": (gold["start_time"], session.start),
            "stop": (gold["stop_time"], session.stop),
            "by code": (gold["minutes_by_code"] or None, by_code or None),
        }
        for what, (said, found) in pairs.items():
            key = what if said is not None else f"{what}, silent"
            of[key] += 1
            if said != found:
                wrong.setdefault(key, []).append(note["id"])
    return of, wrong


@pytest.mark.parametrize(
    ("what", "least"),
    [
        ("minutes", 0.88),
        ("start", 0.87),
        ("stop", 0.87),
        ("by code", 0.90),
        ("minutes, silent", 0.97),
        ("start, silent", 0.97),
        ("stop, silent", 0.97),
        ("by code, silent", 0.97),
    ],
)
def test_most_ways_of_putting_time_down_are_read(what: str, least: float) -> None:
    of, wrong = misread()
    missed = wrong.get(what, [])
    assert 1 - len(missed) / of[what] >= least, f"{what}: misread are {', '.join(missed)}"
