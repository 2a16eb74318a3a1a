"""Any session between seven and nineteen o'clock, told in any of the usual ways."""

from hypothesis import given
from hypothesis import strategies as st

from features.notes.reader import read

HOURS = "twelve one two three four five six seven eight nine ten eleven".split()  # noqa: SIM905
ONES = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]


def _number(n: int) -> str:
    return ONES[n - 1] if n <= 20 else f"twenty-{ONES[n - 21]}"


def _spoken(minute: int) -> str:
    hour, past = divmod(minute, 60)
    name, following = HOURS[hour % 12], HOURS[(hour + 1) % 12]
    if past == 0:
        return f"{name} o'clock"
    if past in (15, 45):
        return f"quarter past {name}" if past == 15 else f"quarter to {following}"
    if past == 30:
        return f"half past {name}"
    unit = "" if past % 5 == 0 else " minutes" if past not in (1, 59) else " minute"
    if past < 30:
        return f"{_number(past)}{unit} past {name}"
    return f"{_number(60 - past)}{unit} to {following}"


def _twelve(minute: int, mark: str, colon: str = ":") -> str:
    hour, past = divmod(minute, 60)
    half = ("a" if hour < 12 else "p") + mark
    return f"{hour % 12 or 12}{colon}{past:02d}{half}"


STYLES = {
    "1:05 pm": lambda m: _twelve(m, "m").replace("am", " am").replace("pm", " pm"),
    "1:05pm": lambda m: _twelve(m, "m"),
    "1:05p": lambda m: _twelve(m, ""),
    "1.05pm": lambda m: _twelve(m, "m", "."),
    "13:05": lambda m: f"{m // 60:02d}:{m % 60:02d}",
    "1305": lambda m: f"{m // 60:02d}{m % 60:02d}",
    "five past one": _spoken,
}
FRAMES = (
    "Seen {a} to {b}.",
    "Seen {a} - {b}.",
    "Session from {a} until {b}.",
    "Start {a}, stop {b}.",
    "Time in: {a} Time out: {b}",
    "Began at {a} and ended at {b}.",
    "We met from {a} to {b} today.",
    "Client here {a} till {b}.",
    "Started at {a}; finished at {b}.",
)


@given(
    st.sampled_from(sorted(STYLES)),
    st.sampled_from(FRAMES),
    st.integers(7 * 60, 17 * 60),
    st.integers(16, 119),
)
def test_start_stop_and_minutes_are_read(style: str, frame: str, start: int, length: int) -> None:
    tell = STYLES[style]
    text = frame.format(a=tell(start), b=tell(start + length)) + "\nClient spoke of the week."
    session = read(text, "MH").session
    assert session.minutes == length, text
    if style != "five past one" or 7 * 60 <= start < 12 * 60 or start >= 13 * 60:
        assert session.start == f"{start // 60:02d}:{start % 60:02d}", text


@given(st.sampled_from(sorted(STYLES)), st.integers(7 * 60, 17 * 60))
def test_a_time_of_another_day_is_none_of_this_session(style: str, start: int) -> None:
    told = STYLES[style](start)
    for text in (
        f"Next session 3/4 at {told}.",
        f"RTC Tuesday {told}.",
        f"Called mother at {told} to confirm.",
        f"Takes trazodone at {told}.",
        f"Appointment moved to {told} on Friday.",
    ):
        session = read(f"Client spoke of the week.\n{text}", "MH").session
        assert (session.minutes, session.start, session.stop) == (None, None, None), text
