"""Session time: every way of writing it, and every time that is not it."""

import pytest

from features.notes.assess import assess
from features.notes.prose import prose
from features.notes.reader import read
from features.notes.session_time import SessionTime, session_time
from features.notes.spans import find_spans


def time_of(text: str) -> tuple[int | None, str | None, str | None]:
    found: SessionTime = session_time(prose(text), find_spans(prose(text)))
    return found.minutes, found.start, found.stop


@pytest.mark.parametrize(
    ("text", "minutes", "start", "stop"),
    [
        ("Session 2:00-2:50pm, f2f", 50, "14:00", "14:50"),
        ("from ten past two until three o'clock this afternoon", 50, "14:10", "15:00"),
        ("Start 1400 Stop 1453 (53 min f2f)", 53, "14:00", "14:53"),
        ("Time in: 9:05 AM Time out: 9:50 AM", 45, "09:05", "09:50"),
        ("seen for 1.25 hrs today", 75, None, None),
        ("x 45' individual", 45, None, None),
        ("53 min f2f", 53, None, None),
        ("TT 53 / TU 4", 53, None, None),
        ("met with pt for an hour and ten minutes", 70, None, None),
        ("Began 3:34, ended 4:18 = 44 min.", 44, "15:34", "16:18"),
        ("quarter to four to half past four", 45, "15:45", "16:30"),
        ("13:00h - 13:45h", 45, "13:00", "13:45"),
        ("between 2:00 and 2:45", 45, "14:00", "14:45"),
        ("saw client 1100 - 1153", 53, "11:00", "11:53"),
        ("11:30-12:15pm individual session", 45, "11:30", "12:15"),
        ("we sat down at ten past two, finishing at five to three", 45, "14:10", "14:55"),
        ("30 minute phone call w/ teacher; session 50 min", 50, None, None),
    ],
)
def test_time_is_read_in_every_style(
    text: str, minutes: int, start: str | None, stop: str | None
) -> None:
    assert time_of(text) == (minutes, start, stop)


@pytest.mark.parametrize(
    "text",
    [
        "P: Next session 3/4 at 2:00-3:00",
        "license 2019-2021; call 512-555-0134",
        "Cl. in for her 60 min slot.",
        "Hold 30 sec x3, SLR 2x10, flexion 110 degrees",
        "Took Tylenol 650 mg @ 0800. Slept 5 hrs.",
        "Total timed 41'",
        "Patient is 74 years old and walks 10 minutes.",
        "P: walk dog 15 min daily at 8:00 AM",
    ],
)
def test_other_times_are_no_session_time(text: str) -> None:
    assert time_of(text) == (None, None, None)


def test_the_clock_decides_over_a_stated_total_and_the_conflict_is_told() -> None:
    note = prose("10:02a–10:52a (53 min). Client teary.")  # noqa: RUF001
    found = session_time(note, find_spans(note))
    assert found.minutes == 50
    assert found.conflict is not None
    assert "53" in found.conflict


def test_what_the_writer_takes_out_is_out() -> None:
    assert time_of("Session 9:00-10:00 am with a 10 min break")[0] == 50


def test_a_session_in_two_parts_is_the_sum_of_its_parts() -> None:
    assert time_of("Seen 10:00-10:30 and 10:45-11:05") == (50, "10:00", "11:05")


@pytest.mark.parametrize(
    ("text", "minutes", "unclear"),
    [
        (
            "3/4/26 Time 2:00-2:50 pm. Client low. Taught breathing.\n\n"
            "3/11/26 Time 3:00-3:45 pm. Client brighter. Reviewed the log.",
            50,
            "two sessions are told of, 14:00 to 14:50 and 15:00 to 15:45",
        ),
        (
            "Start 2:00 pm, stop 2:50 pm. Time in 2:10 pm, time out 3:00 pm.",
            50,
            "start and stop are told twice, 14:00 to 14:50 and 14:10 to 15:00",
        ),
        ("Session 2:00-2:50 pm. Duration 30 minutes.", 50, "the stated total is 30"),
        ("Total session time: 45 minutes. Length of session: 60 minutes.", 60, "two lengths"),
        ("Start 3:00 pm, stop 2:10 pm.", None, "the stop stands before the start"),
    ],
)
def test_what_contradicts_itself_is_read_one_way_and_said(
    text: str, minutes: int | None, unclear: str
) -> None:
    session = read(text, "MH").session
    assert session.minutes == minutes
    assert session.conflict is not None
    assert unclear in session.conflict
    assert any(unclear in warning for warning in assess(read(text, "MH")).warnings)


@pytest.mark.parametrize(
    "text",
    [
        "Session 2:00-2:50 pm. Next session 3/11 from 3:00 to 3:50 pm.",
        "2:00-3:00 pm, minus 10 min while the link was down.",
        "Seen 9:00-10:00. 97110 9:00-9:25, 97530 9:25-10:00. Timed code total 60 min.",
        "Visit 30 minutes, of these 18 minutes psychotherapy. Refilled sertraline.",
    ],
)
def test_a_second_time_that_is_no_session_s_contradicts_nothing(text: str) -> None:
    assert read(text, None).session.conflict is None
