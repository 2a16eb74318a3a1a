"""Numbers written out, as expressions and as values."""

import re

HOURS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
TEENS = {
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_SMALL = "|".join([*HOURS, *TEENS])
_TENS_WORD = "|".join(TENS)
NUMBER_WORDS = rf"(?:(?:{_TENS_WORD})(?:[ -](?:{'|'.join(list(HOURS)[:9])}))?|{_SMALL})"
NUMBER_WORD_STARTS = [*HOURS, *TEENS, *TENS]
"""First words of whole numbers below a hundred written out."""
HOUR_WORD = "|".join(HOURS)
UNIT_WORD = "|".join(list(HOURS)[:9])
TEEN_WORD = "|".join(["eleven", "twelve", *TEENS])
TENS_TO_FIFTY = "|".join(list(TENS)[:4])


def number_in_words(words: str) -> int | None:
    """A whole number below a hundred written out.

    >>> number_in_words("thirty-eight"), number_in_words("ten")
    (38, 10)
    """
    total = 0
    for word in re.split(r"[ -]", words.strip()):
        value = HOURS.get(word) or TEENS.get(word) or TENS.get(word)
        if value is None:
            return None
        total += value
    return total


def number_told(told: str) -> int | None:
    """A whole number in figures or written out; None where it is neither.

    >>> number_told("12"), number_told("twelve"), number_told("some")
    (12, 12, None)
    """
    return int(told) if told.isdigit() else number_in_words(told)
