import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claims.problem import Severity
from claims.x12.segments import Segment, cut
from tests.claims.x12.files import claims_file, remittance_file

SMALL = claims_file("A1")


def spans(content: bytes, block: int = 1 << 20) -> list[Segment]:
    return list(cut(io.BytesIO(content), block))


def joined(content: bytes, found: list[Segment]) -> bytes:
    """What the spans cover, which has to be the file, without a gap or an overlap."""
    assert [one.start for one in found] == [0, *(one.end for one in found)][: len(found)]
    return b"".join(content[one.start : one.end] for one in found)


def ids(content: bytes) -> list[str]:
    return [one.id for one in spans(content) if one.id]


@pytest.mark.parametrize("content", [SMALL, remittance_file(), b"", b"ISA", b"\n\n", SMALL * 3])
def test_joined_spans_are_the_file(content: bytes) -> None:
    assert joined(content, spans(content)) == content


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [SMALL, SMALL[:106], b"~", b"\r\n", b"ISA*", b"IEA*1*1~", b"\xef\xbb\xbf"]
            ),
            st.binary(max_size=20),
            st.text("ISA*~:^\n 0", max_size=130).map(str.encode),
        ),
        max_size=8,
    ).map(b"".join),
    st.integers(1, 400),
)
@example(b"ISA" + b"*" * 200, 7)
def test_joined_spans_are_any_file_and_blocks_do_not_matter(content: bytes, block: int) -> None:
    found = spans(content)
    assert joined(content, found) == content
    assert spans(content, block) == found


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(SMALL) - 1), st.integers(0, 255))
def test_a_flipped_byte_loses_no_span(place: int, byte: int) -> None:
    content = SMALL[:place] + bytes([byte]) + SMALL[place + 1 :]
    assert joined(content, spans(content)) == content


def test_a_plain_file_is_cut_as_a_bare_split_would() -> None:
    content = claims_file(*(f"A{number}" for number in range(300)))
    bare = [part.strip().split("*") for part in content.decode().split("~") if part.strip()]
    assert [one.elements for one in spans(content) if one.id] == bare
    assert [one.number for one in spans(content) if one.id] == list(range(1, len(bare) + 1))


def test_two_terminators_in_a_row_are_told_and_end_nothing() -> None:
    content = SMALL.replace(b"~\nHI*", b"~~\nHI*")
    empty = [one for one in spans(content) if one.fault]
    assert [one.fault.severity for one in empty] == [Severity.WARNING]
    assert ids(content) == ids(SMALL)


def test_a_second_interchange_has_its_own_delimiters() -> None:
    other = SMALL.replace(b"*", b"|").replace(b":", b">").replace(b"~\n", b"\x1c")
    assert ids(SMALL + other) == ids(SMALL) * 2
    assert {one.delimiters.element for one in spans(SMALL + other)} == {"*", "|"}


def test_a_last_segment_without_terminator_is_kept_and_told() -> None:
    content = SMALL.rstrip(b"~\n")
    assert ids(content) == ids(SMALL)
    assert spans(content)[-1].fault.severity is Severity.WARNING
    assert spans(content)[-1].elements == ["IEA", "1", "000000001"]


def test_a_byte_order_mark_is_no_part_of_the_first_segment() -> None:
    content = b"\xef\xbb\xbf" + SMALL
    assert ids(content) == ids(SMALL)
    assert (spans(content)[1].begin, spans(content)[0].end) == (3, 3)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n", b"\n\n", b" \r\n"])
def test_line_breaks_do_not_matter(ending: bytes) -> None:
    content = SMALL.replace(b"~\n", b"~" + ending) + b"\n \n"
    assert ids(content) == ids(SMALL)
    assert [one.fault for one in spans(content) if one.fault] == []
    assert joined(content, spans(content)) == content


def test_a_file_wrapped_at_a_fixed_width_reads_the_same() -> None:
    flat = SMALL.replace(b"\n", b"")
    wrapped = b"\r\n".join(flat[at : at + 80] for at in range(0, len(flat), 80))
    # The first 106 characters are the ISA, which cannot be wrapped.
    wrapped = flat[:106] + b"\r\n" + wrapped[106 + 2 :]
    assert ids(wrapped) == ids(SMALL)


def test_memory_stays_bounded_however_long_the_file() -> None:
    class Endless(io.RawIOBase):
        """A gigabyte of one segment that never ends."""

        left = 1 << 30
        most = 0

        def read(self, size: int = -1) -> bytes:  # type: ignore[override]
            assert size >= 0
            self.most = max(self.most, size)
            taken = min(size, self.left)
            self.left -= taken
            return b"A" * taken

    endless = Endless()
    endless.left = 1 << 25
    longest = max(one.end - one.start for one in cut(endless))
    assert longest <= 4 << 20


@pytest.mark.parametrize("block", [100, 4096, 100_000])
def test_blocks_do_not_matter_to_a_file_longer_than_what_is_in_sight(block: int) -> None:
    content = claims_file(*(f"A{number}" for number in range(300)))
    assert spans(content, block) == spans(content)
