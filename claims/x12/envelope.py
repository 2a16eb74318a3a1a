"""What stands around the transactions of a written file: ISA, GS, and their trailers.

The writers stream: they yield one text a segment group, and `encoded` turns that into bytes.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from claims.claim import Adjustment
from claims.problem import ClaimwrightError
from claims.record import Record
from claims.x12.segments import Delimiters

STANDARD = Delimiters("*", ":", "^", "~")
ControlNumber = Annotated[int, Field(ge=1, le=999_999_999)]


class Envelope(Record):
    """One interchange: who sends it to whom, when, and under which numbers."""

    sender: Annotated[str, Field(min_length=2, max_length=15)]
    """ISA06 and GS02."""
    receiver: Annotated[str, Field(min_length=2, max_length=15)]
    """ISA08 and GS03."""
    day: date
    """ISA09 and GS04: the day on which the file was made."""
    time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3])[0-5]\d$")] = "0800"
    """ISA10 and GS05, HHMM."""
    interchange: ControlNumber = 1
    """ISA13."""
    group: ControlNumber = 1
    """GS06."""
    usage: Literal["P", "T"] = "P"
    """ISA15: production or test."""
    delimiters: Delimiters = STANDARD
    line_breaks: bool = True
    """Whether a line feed follows each segment's terminator."""


class Separators:
    """Puts values together into elements and composites, and refuses what would break them."""

    def __init__(self, envelope: Envelope) -> None:
        self.delimiters = delimiters = envelope.delimiters
        if len({*delimiters}) != 4 or any(len(one) != 1 for one in delimiters):
            raise ClaimwrightError("four different delimiters of one character are needed")
        self.element, self.component, _, _ = delimiters
        self.end = delimiters.terminator + ("\n" if envelope.line_breaks else "")
        self._broken = re.compile(f"[{re.escape(''.join(delimiters))}\r\n]")

    def element_of(self, value: str | None) -> str:
        """A value as an element; line breaks become blanks.

        Raises ClaimwrightError where it holds a delimiter, which X12 cannot escape.
        """
        if value is None:
            return ""
        if self._broken.search(value):
            value = " ".join(value.split())
            if self._broken.search(value):
                raise ClaimwrightError(
                    "a value holds a character that this file uses as a delimiter; choose others"
                )
        return value

    def segment(self, *elements: str) -> str:
        """A segment with its terminator; empty elements at its end are left out."""
        return self.element.join(elements).rstrip(self.element) + self.end

    def composite(self, *parts: str) -> str:
        """A composite element; empty parts at its end are left out."""
        return self.component.join(parts).rstrip(self.component)

    def adjustments(self, adjustments: tuple[Adjustment, ...]) -> str:
        """CAS segments: one for each run of one group, up to six reasons in each."""
        written = ""
        begun: list[str] = []
        for one in adjustments:
            group = self.element_of(one.group)
            if not begun or begun[0] != group or len(begun) == 19:
                written += self.segment(*begun) if begun else ""
                begun = [group]
                written += "CAS" + self.element
            quantity = "" if one.quantity is None else str(one.quantity)
            begun += [self.element_of(one.carc), amount(one.amount), quantity]
        return written + (self.segment(*begun) if begun else "")


def amount(value: Decimal) -> str:
    """An amount as X12 wants it: no zeros at the end of its cents.

    >>> amount(Decimal("150.00")), amount(Decimal("-12.50")), amount(Decimal("0.05"))
    ('150', '-12.5', '0.05')
    """
    written = str(value)
    if written.endswith(".00"):
        return written[:-3] if written != "-0.00" else "0"
    return written.rstrip("0") if "." in written else written


@lru_cache(maxsize=65_536)
def day8(value: date) -> str:
    """CCYYMMDD.

    >>> day8(date(2026, 3, 2))
    '20260302'
    """
    return f"{value.year:04}{value.month:02}{value.day:02}"


def days(first: date, last: date) -> tuple[str, str]:
    """Qualifier and value of a day (D8) or a range of days (RD8)."""
    if first == last:
        return "D8", day8(first)
    return "RD8", f"{day8(first)}-{day8(last)}"


def interchange(
    envelope: Envelope,
    kind: Literal["HC", "HP"],
    guide: str,
    transactions: Iterable[Iterator[str]],
) -> Iterator[str]:
    """The texts of an interchange with one group: ISA, GS, its transactions, GE, IEA.

    kind: GS01, HC for claims, HP for remittances. guide: GS08. Each transaction yields its texts,
    ST to SE.
    """
    x = Separators(envelope)
    sender, receiver = x.element_of(envelope.sender), x.element_of(envelope.receiver)
    number = f"{envelope.interchange:09}"
    day, time, group = day8(envelope.day), envelope.time, str(envelope.group)
    isa = [
        "ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{sender:<15}", "ZZ", f"{receiver:<15}",
        day[2:], time, x.delimiters.repetition, "00501", number, "0", envelope.usage,
        x.component,
    ]  # fmt: skip
    yield x.element.join(isa) + x.end
    yield x.segment("GS", kind, sender, receiver, day, time, group, "X", guide)
    count = 0
    for transaction in transactions:
        yield from transaction
        count += 1
    yield x.segment("GE", str(count), group)
    yield x.segment("IEA", "1", number)


def encoded(texts: Iterable[str], size: int = 1 << 16) -> Iterator[bytes]:
    """Blocks of UTF-8 bytes, of about `size` characters each."""
    block: list[str] = []
    held = 0
    for one in texts:
        block.append(one)
        held += len(one)
        if held >= size:
            yield "".join(block).encode()
            block, held = [], 0
    yield "".join(block).encode()
