"""What a change that was never told makes of a line, known once the whole practice is written."""

import json
from datetime import date

import pytest

from data.synthetic.rows import settled_doubts

DOUBT = json.dumps({"hour": 1, "video": 0, "hour video": 1})
FELT = {"hour": date(2026, 1, 5), "video": date(2026, 2, 2)}


@pytest.mark.parametrize(
    ("submitted", "told"),
    [
        ("2026-02-23", 1),  # neither change was felt eight weeks before
        ("2026-03-02", 0),  # the hour was, to the day; the video alone moves little
        ("2026-03-01", 1),  # a day less
        ("2026-06-01", 0),  # both were
    ],
)
def test_a_line_is_unforeseen_until_its_changes_were_felt_for_eight_weeks(
    submitted: str, told: int
) -> None:
    assert settled_doubts([(submitted, DOUBT)], FELT) == [told]


def test_a_change_that_nobody_felt_stays_unknown() -> None:
    assert settled_doubts([("2030-01-07", DOUBT)], {"video": date(2026, 2, 2)}) == [1]
