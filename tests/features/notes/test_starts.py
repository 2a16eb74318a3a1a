"""An expression tried only where it can begin finds what it would find anywhere."""

import re

from hypothesis import given
from hypothesis import strategies as st

from features.notes.clock import _CLOCKS
from features.notes.durations import _DURATIONS
from features.notes.measures import _DATA, _SCORES
from features.notes.people import _ABSENT, _NAMED
from features.notes.signing import _CREDENTIALS_THERE
from features.notes.starts import Starts
from features.notes.totals import _BARE_NUMBERS, _BREAKS

EVERY = (
    _CLOCKS, _DURATIONS, _DATA, _SCORES, _ABSENT, _NAMED, _BARE_NUMBERS, _BREAKS,
    _CREDENTIALS_THERE,
)  # fmt: skip
PIECES = st.sampled_from(
    [
        "seen",
        "1:05",
        "-",
        "1:58",
        "pm",
        "ten",
        "past",
        "two",
        ",",
        "half",
        "an",
        "hour",
        ".",
        "5",
        "hrs",
        "+2",
        "-5",
        "deg",
        "from",
        "4",
        "to",
        "6",
        "total",
        "timed",
        "38\n",
        "",
        "",
        "",
        "minus",
        "10",
        "min",
        "for",
        "a",
        "break",
        "phq-9",
        "=",
        "14",
        "knee",
        "flexion",
        "110",
        "rated",
        "pain",
        "3/10",
        "mother's",
        "mother-in-law",
        "rbt\n",
        "",
        "",
        "",
        "client",
        "not",
        "present",
        "parents",
        "only",
        "total:",
        "53",
        "tt45",
        "x3",
        "5xsts",
        "12.4",
        "s",
        "lcsw",
        "ph.d.",
        "jane",
        "m.ed",
        ".5hr",
        "\n",
        ";",
        "|\n",
        "",
        "",
        "",
        "twenty-five",
        "minutes",
        "three-quarters",
        "of",
        "an",
        "hour",
        "97110",
        "8/10",
        "trials",
        "spo2",
        "98",
        "o2",
        "sat",
        "aide",
        "w/o",
        "clt",
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map(" ".join)


@given(TEXTS)
def test_it_finds_what_the_expression_finds(text: str) -> None:
    for one in EVERY:
        whole = [(h.start(), h.end()) for h in one.pattern.finditer(text)]
        assert [(h.start(), h.end()) for h in one.finditer(text, 0, len(text))] == whole


def test_a_slice_of_the_text_is_kept_to() -> None:
    one = Starts(re.compile(r"\bdog\d?"), ["dog"], digits=False)
    assert [h[0] for h in one.finditer("dog1 cat dog2 dog3", 4, 13)] == ["dog2"]
