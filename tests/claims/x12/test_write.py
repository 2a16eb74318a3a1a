import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.claim import Claim, Submission
from claims.problem import ClaimwrightError
from claims.record import Record
from claims.remittance import ClaimPayment, ProviderAdjustment, Remittance
from claims.x12.envelope import Envelope
from claims.x12.reader import read_x12
from claims.x12.segments import Delimiters
from claims.x12.write835 import Payments, write_remittance
from claims.x12.write837 import ClaimBatch, write_claims
from tests.claims.x12 import strategies
from tests.claims.x12.examples import claim, payment, remittance
from tests.claims.x12.validator import complaints

DAY = date(2026, 3, 2)
ENVELOPE = Envelope(sender="PRACTICE", receiver="CLEARINGHOUSE", day=DAY)
envelopes = st.builds(
    Envelope,
    sender=st.just("PRACTICE"),
    receiver=st.just("CLEARING"),
    day=strategies.days,
    interchange=st.integers(1, 999_999_999),
    delimiters=st.sampled_from([Delimiters("*", ":", "^", "~"), Delimiters("|", ">", "!", "\x1c")]),
    line_breaks=st.booleans(),
)


def read(content: bytes) -> list[object]:
    return list(read_x12(io.BytesIO(content), "written"))


def without_source(record: Record) -> Record:
    return record.replace(source=strategies.SOURCE)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(strategies.claims(), max_size=2), max_size=2), envelopes)
def test_claims_come_back_as_they_were_written(
    batches: list[list[Claim]], envelope: Envelope
) -> None:
    written = write_claims(
        [ClaimBatch(f"{n:04}", DAY, claims) for n, claims in enumerate(batches, start=1)], envelope
    )
    found = read(written)
    assert [item for item in found if not isinstance(item, Submission)] == []
    assert [item.claim for item in found] == [one for batch in batches for one in batch]
    assert {item.submitted for item in found} <= {DAY}


@settings(max_examples=25, deadline=None)
@given(st.lists(strategies.remittances(), max_size=2), envelopes)
def test_remittances_come_back_as_they_were_written(
    batches: list[tuple[Remittance, tuple[ClaimPayment, ...], tuple[ProviderAdjustment, ...]]],
    envelope: Envelope,
) -> None:
    written = write_remittance(
        [Payments(f"{n:04}", *batch) for n, batch in enumerate(batches, start=1)], envelope
    )
    expected = [
        one for remittance, payments, taken in batches for one in (remittance, *payments, *taken)
    ]
    assert [without_source(item) for item in read(written)] == expected


def test_a_written_837_passes_the_validator() -> None:
    secondary = claim(secondary=True)
    batches = [
        ClaimBatch("0001", DAY, [claim(), secondary, claim(dependent=True)]),
        ClaimBatch("0002", DAY, [claim(claim_id="B2")], reference="SECOND"),
    ]
    assert complaints(write_claims(batches, ENVELOPE)) == []


def test_a_written_835_passes_the_validator() -> None:
    paid = payment()
    batch = Payments("0001", remittance(paid), [paid])
    assert complaints(write_remittance([batch], ENVELOPE)) == []


def test_control_numbers_and_the_day_are_the_callers() -> None:
    envelope = ENVELOPE.replace(interchange=77, group=8)
    written = write_claims([ClaimBatch("4321", date(2026, 1, 5), [claim()])], envelope).decode()
    assert "*000000077*" in written.splitlines()[0]
    assert written.splitlines()[1].split("*")[6] == "8"
    assert "ST*837*4321*" in written
    assert "*20260105*" in next(line for line in written.splitlines() if line.startswith("BHT"))
    assert "IEA*1*000000077~" in written


def test_claims_of_one_subscriber_share_a_loop() -> None:
    pair = [claim(claim_id="A"), claim(claim_id="B")]
    written = write_claims([ClaimBatch("0001", DAY, pair)], ENVELOPE)
    assert written.count(b"\nHL*") == 2
    assert written.count(b"\nCLM*") == 2


def test_a_value_with_a_delimiter_is_refused_with_the_claims_number() -> None:
    bad = claim(claim_id="A7").replace(authorization_number="A*B")
    with pytest.raises(ClaimwrightError, match=r"claim A7: a value holds a character") as raised:
        write_claims([ClaimBatch("0001", DAY, [bad])], ENVELOPE)
    assert "A*B" not in str(raised.value)


def test_a_remittance_that_does_not_balance_is_not_written() -> None:
    paid = payment()
    wrong = remittance(paid).replace(amount=paid.paid + Decimal(1))
    with pytest.raises(ValueError, match="come to 100"):
        write_remittance([Payments("0001", wrong, [paid])], ENVELOPE)
