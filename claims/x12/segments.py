"""X12 bytes cut into segments, each with the bytes that it came from.

Nothing is lost: joined, the spans of what `cut` yields are the file, byte for byte. Text that is
no segment (blank lines, a byte order mark, what stands outside of an interchange) is yielded with
an empty id. The cut streams: memory holds one block and one segment.

Each interchange is read with its own delimiters, taken from its ISA segment. Bytes are seen as
Latin-1, so that one character is one byte; `text` gives back UTF-8 where a value was that.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from claims.problem import Severity

BLOCK = 1 << 20
LONGEST_SEGMENT = 65_536
"""Characters, more than any segment has: without a terminator by then, none comes."""
ISA_LENGTH = 106
LONGEST_ISA = 400
"""How far a badly padded ISA is read on before it is given up."""

WINDOW = LONGEST_SEGMENT + ISA_LENGTH
"""Characters that must be in sight, unless the file ends, to tell what the next segment is."""
SIGHT = 2 * WINDOW
"""As many again for the blank lines before it; a longer run of them is cut into several spans."""

# Where the element separators stand in a correctly padded ISA.
ISA_SEPARATORS = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
BLANKS = re.compile(r"[ \t\r\n\x00\x1a]*")
ENDS = " \t\r\n\x00\x1a"
"""What may stand after the last segment of a file."""
BYTE_ORDER_MARK = "\xef\xbb\xbf"


class Delimiters(NamedTuple):
    """What separates elements, components and repetitions, and ends segments."""

    element: str
    component: str
    repetition: str
    terminator: str


class Fault(NamedTuple):
    """What is wrong with the span itself, before anything is read from it."""

    severity: Severity
    message: str


class Segment(NamedTuple):
    """One span of the file: a segment, or text that is none (`id` is empty)."""

    number: int
    """Counted from 1 over the file; text that is no segment has the number of the one before."""
    elements: list[str]
    """`elements[0]` is the id, so that `elements[2]` is the standard's element 02."""
    delimiters: Delimiters
    start: int
    """First byte of the span, blank lines before the segment included."""
    begin: int
    """First byte of the segment's id."""
    end: int
    """The byte after the terminator."""
    fault: Fault | None = None

    @property
    def id(self) -> str:
        """ISA, CLM, SV1, …; empty for text that is no segment."""
        return self.elements[0]


NONE = Delimiters("", "", "", "")
OUTSIDE = Fault(Severity.ERROR, "text outside of any interchange; expected an ISA segment here")
UTF16 = Fault(Severity.ERROR, "the file is UTF-16; save it as plain text (ASCII or UTF-8)")
EMPTY = Fault(Severity.WARNING, "empty segment: two segment terminators in a row")
UNTERMINATED = Fault(Severity.WARNING, "the last segment has no terminator")
SWALLOWED = Fault(Severity.ERROR, "no segment terminator before the next ISA segment")
TOO_LONG = Fault(
    Severity.ERROR,
    f"no segment terminator within {LONGEST_SEGMENT:,} characters; skipped to the next ISA segment",
)
BAD_ISA = Fault(
    Severity.ERROR,
    "ISA is damaged: expected 16 elements and three different delimiters; "
    "skipped to the next ISA segment",
)
ODD_ISA = Fault(
    Severity.ERROR,
    f"ISA is not {ISA_LENGTH} characters long (an element is not padded to its length); "
    "its delimiters were read by counting elements",
)


def text(value: str) -> str:
    """A value as people wrote it: UTF-8 where its bytes are that, else Latin-1.

    >>> text("Mu\\xc3\\xb1oz"), text("Mu\\xf1oz"), text("Smith")
    ('Muñoz', 'Muñoz', 'Smith')
    """
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def _usable(*delimiters: str) -> bool:
    return len(set(delimiters)) == len(delimiters) and not any(
        delimiter.isalnum() or delimiter == " " for delimiter in delimiters
    )


def _is_padded_isa(buffer: str, at: int) -> bool:
    """Whether a correctly padded ISA stands here: sure enough to find one amid other text."""
    if len(buffer) < at + ISA_LENGTH or not buffer.startswith("ISA", at):
        return False
    element = buffer[at + 3]
    return all(buffer[at + place] == element for place in ISA_SEPARATORS) and _usable(
        element, buffer[at + 104], buffer[at + 105]
    )


def _delimiters(buffer: str, at: int) -> tuple[Delimiters, Fault | None]:
    """The delimiters of the ISA that begins here, padded correctly or not."""
    element = buffer[at + 3 : at + 4]
    if not element or not _usable(element):
        return NONE, BAD_ISA
    place = at + 3
    for _ in range(15):
        place = buffer.find(element, place + 1, at + LONGEST_ISA)
        if place < 0:
            return NONE, BAD_ISA
    component, terminator = buffer[place + 1 : place + 2], buffer[place + 2 : place + 3]
    if not component or not terminator or not _usable(element, component, terminator):
        return NONE, BAD_ISA
    repetition = buffer[at + 4 : place].split(element)[10]
    # Version 4010 has "U" here: no repetition separator.
    repetition = repetition if len(repetition) == 1 and _usable(repetition) else ""
    padded = place == at + ISA_SEPARATORS[-1]
    return Delimiters(element, component, repetition, terminator), None if padded else ODD_ISA


class _Cutter:
    """One pass over one file: what of it is in sight, and how far it has been cut."""

    def __init__(self, file: BinaryIO, block: int) -> None:
        self.file = file
        self.block = block
        self.buffer = ""
        self.offset = 0  # of the buffer's first character in the file
        self.place = 0  # in the buffer: everything before it has been yielded
        self.at_end = False
        self.number = 0
        self.delimiters = NONE

    def fill(self) -> None:
        """Reads on until enough stands after `place`, or the file ends."""
        parts = [self.buffer[self.place :]]
        have = len(parts[0])
        while have < SIGHT and not self.at_end:
            data = self.file.read(self.block)
            self.at_end = not data
            parts.append(data.decode("latin-1"))
            have += len(data)
        self.offset += self.place
        self.place = 0
        self.buffer = "".join(parts)

    def junk(self, end: int, fault: Fault | None = None) -> Segment:
        """What stands before `end`, as text that is no segment."""
        start, self.place = self.offset + self.place, end
        return Segment(self.number, [""], self.delimiters, start, start, self.offset + end, fault)

    def segment(self, begin: int, end: int, content: str, fault: Fault | None) -> Segment:
        """What stands before `end`, as the segment that begins at `begin`."""
        self.number += 1
        if "\n" in content or "\r" in content:
            # Some senders wrap their files at a fixed width, within segments too.
            content = content.replace("\r", "").replace("\n", "")
        start, self.place = self.offset + self.place, end
        return Segment(
            self.number,
            content.split(self.delimiters.element),
            self.delimiters,
            start,
            self.offset + begin,
            self.offset + end,
            fault,
        )

    def skip(self, begin: int, fault: Fault) -> Segment:
        """What stands before the next padded ISA, or as much of it as is in sight."""
        self.delimiters = NONE
        isa = self.find_isa(begin, len(self.buffer))
        if isa >= 0:
            return self.junk(isa, fault)
        # An ISA may begin in sight and end out of it.
        return self.junk(max(len(self.buffer) - (0 if self.at_end else ISA_LENGTH), begin), fault)

    def find_isa(self, begin: int, end: int) -> int:
        """Where the first padded ISA stands after `begin` and before `end`, or -1."""
        place = self.buffer.find("ISA", begin + 1, end)
        while place >= 0 and not _is_padded_isa(self.buffer, place):
            place = self.buffer.find("ISA", place + 1, end)
        return place

    def next(self) -> Segment | None:
        """The next span, or None at the end of the file."""
        if len(self.buffer) - self.place < SIGHT and not self.at_end:
            self.fill()
        buffer, place = self.buffer, self.place
        blanks = BLANKS.match(buffer, place)
        begin = blanks.end() if blanks else place
        in_sight = len(buffer) - begin
        if not in_sight or (begin > place and in_sight < WINDOW and not self.at_end):
            return self.junk(begin) if begin > place else None
        fault = None
        if buffer.startswith("ISA", begin) and not buffer[begin + 3 : begin + 4].isalnum():
            self.delimiters, fault = _delimiters(buffer, begin)
        if not self.delimiters.element:
            return self.skip(begin, fault or OUTSIDE)
        return self.inside(begin, fault)

    def plain(self) -> Iterator[Segment]:
        """The segments in sight that nothing is the matter with, up to the first that is unlike.

        The same as `next` would give one by one, at half the cost.
        """
        element, _, _, terminator = delimiters = self.delimiters
        if not element:
            return
        buffer, place, offset = self.buffer, self.place, self.offset
        limit = len(buffer) - SIGHT if not self.at_end else len(buffer)
        while place < limit:
            end = buffer.find(terminator, place, place + LONGEST_SEGMENT)
            content = buffer[place:end].lstrip(ENDS)
            if end < 0 or not content or "ISA" in content or content.startswith("IEA"):
                return
            begin = end - len(content)
            if "\n" in content or "\r" in content:
                return
            self.number += 1
            end += 1
            start, self.place = offset + place, end
            place = end
            yield Segment(
                self.number, content.split(element), delimiters, start, offset + begin, offset + end
            )

    def inside(self, begin: int, fault: Fault | None) -> Segment:
        """The segment that begins at `begin`, in an interchange whose delimiters are known."""
        end = self.buffer.find(self.delimiters.terminator, begin)
        stop = len(self.buffer) if end < 0 else end
        isa = self.find_isa(begin, stop)
        if isa >= 0:
            return self.segment(begin, isa, self.buffer[begin:isa], fault or SWALLOWED)
        if stop - begin > LONGEST_SEGMENT:
            return self.skip(begin, TOO_LONG)
        content = self.buffer[begin:stop]
        if end < 0:
            return self.segment(
                begin, stop, content.rstrip(" \t\r\n\x00\x1a"), fault or UNTERMINATED
            )
        if not content:
            return self.junk(end + 1, EMPTY)
        found = self.segment(begin, end + 1, content, fault)
        if found.elements[0] == "IEA":
            self.delimiters = NONE
        return found


def cut(file: BinaryIO, block: int = BLOCK) -> Iterator[Segment]:
    """The spans of a file, in order, from its present position to its end.

    file: opened for reading bytes. block: how many bytes are read at a time.
    Never raises for what the bytes are: what is wrong with a span stands in its `fault`.
    """
    cutter = _Cutter(file, block)
    cutter.fill()
    if cutter.buffer.startswith(("\xff\xfe", "\xfe\xff")):
        while cutter.buffer:
            yield cutter.junk(len(cutter.buffer), UTF16)
            cutter.fill()
        return
    if cutter.buffer.startswith(BYTE_ORDER_MARK):
        yield cutter.junk(len(BYTE_ORDER_MARK))
    while (span := cutter.next()) is not None:
        yield span
        yield from cutter.plain()
