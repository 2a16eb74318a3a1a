"""Times, minutes by code and visits that were none, in sentences of our own.

The tables were written before the rules were tried on them; a first field that ends in `?` is a
known gap, and the test fails when it closes, so that the mark goes.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from features.notes.reader import read

CASES = Path(__file__).parent / "cases"


def _rows(name: str) -> Iterator[tuple[str, ...]]:
    for line in (CASES / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield tuple(line.replace("\\n", "\n").split("\t"))


@pytest.mark.parametrize(
    ("discipline", "minutes", "start", "stop", "text"), list(_rows("time.tsv"))
)
def test_a_session_time_is_read_and_no_other(
    discipline: str, minutes: str, start: str, stop: str, text: str
) -> None:
    session = read(text, discipline.rstrip("?")).session  # type: ignore[arg-type]
    found = (str(session.minutes or "-"), session.start or "-", session.stop or "-")
    assert (found == (minutes, start, stop)) != discipline.endswith("?")


@pytest.mark.parametrize(("discipline", "minutes", "text"), list(_rows("minutes_by_code.tsv")))
def test_minutes_go_to_their_code(discipline: str, minutes: str, text: str) -> None:
    found = read(text, discipline).session.minutes_by_code  # type: ignore[arg-type]
    told = {c: int(m) for c, m in (pair.split("=") for pair in minutes.split() if "=" in pair)}
    assert found == told


@pytest.mark.parametrize(("discipline", "reason", "text"), list(_rows("visits.tsv")))
def test_a_visit_that_was_none_is_told_from_one_that_was(
    discipline: str, reason: str, text: str
) -> None:
    assert (read(text, discipline).not_a_visit or "-") == reason  # type: ignore[arg-type]
