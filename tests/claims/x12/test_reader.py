import io
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.claim import Submission
from claims.problem import Problem, Severity
from claims.remittance import ClaimPayment, ProviderAdjustment, Remittance
from claims.x12.reader import read_x12
from tests.claims.x12.files import claims_file, numbers, problems, read, remittance_file

CLAIMS = claims_file()
REMITTANCE = remittance_file()
OURS = (Submission, Remittance, ClaimPayment, ProviderAdjustment, Problem)


def line_of(content: bytes, start: bytes) -> int:
    """The number of the first segment that begins so."""
    return 1 + next(
        number for number, one in enumerate(content.splitlines()) if one.startswith(start)
    )


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([CLAIMS, REMITTANCE]),
    st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=2)), max_size=5),
    st.integers(0, 5000),
    st.booleans(),
)
def test_damage_never_raises_and_spans_stay_inside_the_file(
    content: bytes, changes: list[tuple[int, bytes]], cut_at: int, shorten: bool
) -> None:
    for place, patch in changes:
        at = place % len(content)
        content = content[:at] + patch + content[at + 1 :]
    if shorten:
        content = content[: cut_at % len(content)]
    for one in read(content):
        assert isinstance(one, OURS)
        if isinstance(one, Submission | ClaimPayment):
            span = content[one.source.start : one.source.end]
            assert span.strip()[:3] in (b"CLM", b"CLP")


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([CLAIMS, REMITTANCE]),
    st.sampled_from(b"*:^~\n"),
    st.sampled_from(b"*:^~\n|>"),
    st.integers(0, 5000),
)
def test_swapped_delimiters_never_raise(content: bytes, old: int, new: int, start: int) -> None:
    at = start % len(content)
    changed = content[:at] + content[at:].replace(bytes([old]), bytes([new]))
    assert all(isinstance(one, OURS) for one in read(changed))


@pytest.mark.parametrize("length", range(0, len(CLAIMS), 29))
def test_a_truncated_batch_says_so_and_keeps_the_whole_claims(length: int) -> None:
    found = read(CLAIMS[:length])
    whole = [one for one in found if isinstance(one, Submission)]
    assert [one.claim for one in whole] == [
        one.claim for one in read(CLAIMS) if isinstance(one, Submission)
    ][: len(whole)]
    if length:
        assert any(isinstance(one, Problem) for one in found)


def test_one_bad_claim_is_named_and_the_others_come() -> None:
    content = claims_file("A1", "A2", "A3")
    first = content.replace(b"CLM*A2*200.5*", b"CLM*A2*MUCH*")
    (told,) = problems(first)
    assert (told.claim_id, told.field, told.segment_id) == ("A2", "CLM02", "CLM")
    assert told.segment == line_of(first, b"CLM*A2")
    assert "MUCH" not in str(told)
    assert numbers(first) == ["A1", "A3"]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"CLM*A1*", b"CLM**", "CLM01"),
        (b"***11:B:1*Y*A", b"***:B:1*Y*A", "CLM05-1"),
        (b"SV1*HC:97110:GP:59*", b"SV1*HC*", "SV101-2"),
        (b"SV1*HC:97110:GP:59*150*", b"SV1*HC:97110:GP:59**", "SV102"),
        (b"*150*UN*2*", b"*150*XX*2*", "SV103"),
        (b"*150*UN*2*", b"*150*UN*TWO*", "SV104"),
        (b"*150*UN*2***1:2", b"*150*UN*2***A", "SV107"),
        (b"DTP*472*D8*20260302", b"DTP*472*D8*20260231", "DTP03"),
        (b"LX*1~", b"LX*ONE~", "LX01"),
        (b"HC:97110:GP:59*", b"HC:97110:GP:59:TOOLONG*", "SV101"),
    ],
)
def test_each_bad_element_of_a_claim_is_named(old: bytes, new: bytes, field: str) -> None:
    at = CLAIMS.index(b"CLM*A1")
    broken = CLAIMS[:at] + CLAIMS[at:].replace(old, new, 1)
    assert broken != CLAIMS
    told = problems(broken, Severity.ERROR)
    assert field in [one.field for one in told]
    assert numbers(broken) == ["A2"]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"CLP*A1*1*150", b"CLP*A1*1*", "CLP03"),
        (b"CLP*A1*1*150", b"CLP*A1**150", "CLP02"),
        (b"CAS*CO*45*30", b"CAS*CO*45*X", "CAS03"),
        (b"CAS*CO*45*30", b"CAS**45*30", "CAS01"),
        (b"SVC*HC:97110:GP*150*", b"SVC*HC:97110:GP*1,50*", "SVC02"),
        (b"DTM*472*20260302", b"DTM*472*March", "DTM02"),
    ],
)
def test_each_bad_element_of_a_payment_is_named(old: bytes, new: bytes, field: str) -> None:
    broken = REMITTANCE.replace(old, new, 1)
    assert broken != REMITTANCE
    assert field in [one.field for one in problems(broken, Severity.ERROR)]
    assert numbers(broken) == ["A2"]


def test_two_terminators_in_a_row_lose_nothing() -> None:
    content = CLAIMS.replace(b"~\nLX*", b"~~\nLX*")
    assert numbers(content) == ["A1", "A2"]
    assert {one.severity for one in problems(content)} == {Severity.WARNING}


def test_a_second_interchange_with_other_delimiters_is_read_too() -> None:
    other = claims_file("B1").replace(b"*", b"|").replace(b":", b">").replace(b"~", b"!")
    assert problems(CLAIMS + other) == []
    assert numbers(CLAIMS + other) == ["A1", "A2", "B1"]
    positions = [one.source.position for one in read(CLAIMS + other)]
    assert positions == [1, 2, 3]


def test_a_last_segment_without_terminator_loses_nothing() -> None:
    content = CLAIMS.rstrip(b"~\n")
    assert numbers(content) == ["A1", "A2"]
    assert [one.severity for one in problems(content)] == [Severity.WARNING]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert problems(b"\xef\xbb\xbf" + CLAIMS) == []
    assert numbers(b"\xef\xbb\xbf" + CLAIMS) == ["A1", "A2"]


def test_a_file_saved_as_utf_16_says_what_to_do() -> None:
    (told,) = problems(CLAIMS.decode().encode("utf-16"))
    assert "UTF-16" in told.message


@pytest.mark.parametrize(
    ("guide", "named"),
    [
        (b"005010X223A2", "institutional claims (837I)"),
        (b"005010X224A2", "dental claims (837D)"),
        (b"004010X098A1", "a transaction or version that is not read here"),
    ],
)
def test_other_transactions_are_named_as_not_ours(guide: bytes, named: str) -> None:
    content = CLAIMS.replace(b"005010X222A1", guide)
    (told,) = problems(content)
    assert named in told.message
    assert told.segment_id == "ST"
    assert numbers(content) == []


def test_a_transaction_of_another_kind_beside_ours_costs_only_itself() -> None:
    strange = claims_file("B1").replace(b"005010X222A1", b"005010X223A2")
    assert numbers(strange + CLAIMS) == ["A1", "A2"]


@pytest.mark.parametrize(
    ("old", "new", "field", "severity"),
    [
        (b"\nSE*", b"\nSE*9", "SE01", Severity.ERROR),
        (b"\nGE*1*", b"\nGE*2*", "GE01", Severity.ERROR),
        (b"\nIEA*1*", b"\nIEA*3*", "IEA01", Severity.ERROR),
        (b"\nGE*1*1~", b"\nGE*1*7~", "GE02", Severity.WARNING),
        (b"\nIEA*1*000000001", b"\nIEA*1*000000002", "IEA02", Severity.WARNING),
    ],
)
def test_trailers_are_held_to_what_stands_before_them(
    old: bytes, new: bytes, field: str, severity: Severity
) -> None:
    (told,) = problems(CLAIMS.replace(old, new))
    assert (told.field, told.severity) == (field, severity)
    assert numbers(CLAIMS.replace(old, new)) == ["A1", "A2"]


def test_segments_outside_of_a_transaction_are_told_once() -> None:
    at = CLAIMS.index(b"ST*837")
    content = CLAIMS[:at] + CLAIMS[CLAIMS.index(b"BHT") :]
    told = problems(content)
    assert sum("outside of any transaction" in one.message for one in told) == 1
    assert numbers(content) == []


def test_a_claim_of_endless_segments_is_given_up() -> None:
    at = CLAIMS.index(b"HI*")
    content = CLAIMS[:at] + b"NTE*ADD*X~\n" * 20_001 + CLAIMS[at:]
    told = problems(content, Severity.ERROR)
    assert "20,000 segments" in told[0].message
    assert numbers(content) == ["A2"]


def test_balance_is_checked_at_line_claim_and_transaction() -> None:
    line = problems(REMITTANCE.replace(b"CAS*CO*45*30", b"CAS*CO*45*10", 1))
    assert [(one.field or one.segment_id, one.severity) for one in line] == [
        ("SVC", Severity.WARNING),
        ("CLP", Severity.WARNING),
    ]
    assert "less adjustments of 30.00 is 120.00, but 100.00 was paid" in line[0].message
    (whole,) = problems(REMITTANCE.replace(b"BPR*I*200*", b"BPR*I*250*"))
    assert (whole.field, whole.severity) == ("BPR02", Severity.WARNING)
    assert "250.00 was paid" in whole.message


def test_what_does_not_balance_is_read_as_it_stands() -> None:
    changed = REMITTANCE.replace(b"CLP*A1*1*150*100*", b"CLP*A1*1*150*90*")
    first = next(one for one in read(changed) if isinstance(one, ClaimPayment))
    assert (first.charge, first.paid) == (Decimal(150), Decimal(90))


def test_minutes_line_numbers_and_remarks_are_read() -> None:
    (first, _) = [one.claim for one in read(CLAIMS) if isinstance(one, Submission)]
    minutes = first.lines[1]
    assert (minutes.unit, minutes.units, minutes.line_id) == ("MJ", Decimal(30), "L2")
    assert minutes.remarks[0].text == "SEE REPORT"
    assert minutes.attachments[0].control_number == "C1"


def test_a_streamed_file_gives_its_first_claims_before_its_end_is_read() -> None:
    content = claims_file(*(f"A{number}" for number in range(4000)))

    class Slow(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            self.taken += size or 0
            return super().read(size)

    slow = Slow(content)
    next(iter(read_x12(slow, "batch")))
    assert slow.taken < len(content)


@pytest.mark.parametrize(
    ("element", "component", "repetition", "terminator", "after"),
    [
        (b"|", b"<", b"{", b"\n", b""),
        (b"*", b">", b"^", b"\r", b"\n"),
        (b"\x1d", b"\x1f", b"\x1e", b"\x1c", b""),
        (b"*", b":", b"U", b"~", b"  \r\n"),
        (b"*", b"|", b"\\", b"'", b"\r\n\r\n"),
        (b"\t", b":", b"^", b"~", b"\n"),
    ],
)
@pytest.mark.parametrize("content", [CLAIMS, REMITTANCE])
def test_any_delimiters_read_the_same(
    content: bytes,
    element: bytes,
    component: bytes,
    repetition: bytes,
    terminator: bytes,
    after: bytes,
) -> None:
    changed = (
        content.replace(b"~\n", b"~")
        .replace(b"*", b"\x00")
        .replace(b":", b"\x01")
        .replace(b"^", b"\x02")
        .replace(b"~", terminator + after)
        .replace(b"\x00", element)
        .replace(b"\x01", component)
        .replace(b"\x02", repetition)
    )
    assert problems(changed) == []
    assert numbers(changed) == ["A1", "A2"]
    ours = [one.claim for one in read(changed) if isinstance(one, Submission)]
    assert ours == [one.claim for one in read(content) if isinstance(one, Submission)]


def test_several_groups_and_transactions_in_one_interchange() -> None:
    text = CLAIMS.decode()
    isa, iea = text[: text.index("GS*")], text[text.index("IEA*") :]
    group = text[text.index("GS*") : text.index("IEA*")]
    transaction = group[group.index("ST*") : group.index("GE*")]
    two = group.replace("GE*1*", transaction.replace("0001", "0002") + "GE*2*")
    other = group.replace("X*005010X222A1~\nST", "X*005010X222A1~\nST").replace("*1*X*", "*2*X*")
    other = other.replace("GE*1*1~", "GE*1*2~")
    content = (isa + two + other + iea.replace("IEA*1*", "IEA*2*")).encode()
    assert problems(content) == []
    assert numbers(content) == ["A1", "A2"] * 3
    sources = [one.source for one in read(content)]
    assert [one.position for one in sources] == [1, 2, 3, 4, 5, 6]
    assert [one.transaction for one in sources] == ["0001", "0001", "0002", "0002", "0001", "0001"]
