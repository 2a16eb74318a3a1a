"""Clock times, minutes and days as different people write them."""

from datetime import date

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

CLOCK_STYLES = frozenset(
    {"1:05 PM", "1:05 pm", "1:05pm", "1:05p", "1:05", "13:05", "1305", "1.05pm", "words"}
)
DATE_STYLES = frozenset(
    {"03/04/2026", "3/4/26", "3/4", "2026-03-04", "March 4, 2026", "Mar 4", "03/04", "4 March"}
)


def number_words(number: int) -> str:
    """A number below a thousand in words.

    >>> number_words(53), number_words(120)
    ('fifty-three', 'one hundred twenty')
    """
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    hundreds, rest = divmod(number, 100)
    return f"{_ONES[hundreds]} hundred" + (f" {number_words(rest)}" if rest else "")


def clock_text(time: str, style: str) -> str:
    """A 24-hour HH:MM as a writer puts it.

    >>> [clock_text("13:05", style) for style in ("1:05 PM", "1:05p", "1305", "words")]
    ['1:05 PM', '1:05p', '1305', 'five past one']
    """
    hour, minute = int(time[:2]), int(time[3:])
    if style == "13:05":
        return time
    if style == "1305":
        return f"{hour:02d}{minute:02d}"
    twelve = hour % 12 or 12
    if style == "words":
        return _clock_words(twelve, minute)
    mark = ("am", "pm")[hour >= 12]
    if style == "1:05 PM":
        return f"{twelve}:{minute:02d} {mark.upper()}"
    if style == "1:05 pm":
        return f"{twelve}:{minute:02d} {mark}"
    if style == "1:05p":
        return f"{twelve}:{minute:02d}{mark[0]}"
    if style == "1.05pm":
        return f"{twelve}.{minute:02d}{mark}"
    if style == "1:05":
        return f"{twelve}:{minute:02d}"
    return f"{twelve}:{minute:02d}{mark}"


def _clock_words(hour: int, minute: int) -> str:
    if minute == 0:
        return f"{_ONES[hour]} o'clock"
    if minute == 30:
        return f"half past {_ONES[hour]}"
    late = minute > 30
    count = 60 - minute if late else minute
    hour = hour % 12 + 1 if late else hour
    amount = "a quarter" if count == 15 else number_words(count)
    if count % 5 and count != 15:
        amount += " minutes"
    return f"{amount} {'to' if late else 'past'} {_ONES[hour]}"


def minutes_text(minutes: int, style: str) -> str:
    """A length in minutes; a style has `n` where the number stands, or is `words`.

    >>> minutes_text(45, "n'"), minutes_text(45, "words")
    ("45'", 'forty-five minutes')
    """
    if style == "words":
        return f"{number_words(minutes)} minutes"
    return style.replace("n", str(minutes), 1)


def date_text(day: date, style: str) -> str:
    """A day as a writer puts it.

    >>> date_text(date(2026, 3, 4), "3/4/26"), date_text(date(2026, 3, 4), "Mar 4")
    ('3/4/26', 'Mar 4')
    """
    if style == "03/04/2026":
        return f"{day.month:02d}/{day.day:02d}/{day.year}"
    if style == "3/4/26":
        return f"{day.month}/{day.day}/{day.year % 100:02d}"
    if style == "3/4":
        return f"{day.month}/{day.day}"
    if style == "03/04":
        return f"{day.month:02d}/{day.day:02d}"
    if style == "2026-03-04":
        return day.isoformat()
    month = _MONTHS[day.month - 1]
    if style == "Mar 4":
        return f"{month[:3]} {day.day}"
    if style == "4 March":
        return f"{day.day} {month}"
    return f"{month} {day.day}, {day.year}"
