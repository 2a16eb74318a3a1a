"""What is read back without validation is what validation would give."""

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from claims.answers import Answer
from claims.claim import Claim
from claims.note import Note
from claims.remittance import ClaimPayment
from claims.store.rows import as_json
from claims.store.stored import ClaimReader, Reader, answer
from tests.claims.store.files import DAY, claim
from tests.claims.x12.strategies import claim_payments, claims

READER = ClaimReader()


@settings(max_examples=25, deadline=None)
@given(claims())
def test_a_claim_is_read_as_it_was_stored(written: Claim) -> None:
    content = as_json(written)
    valid = Claim.model_validate_json(content)
    # Twice: the second time its head is known already.
    for read in (READER.read(content), READER.read(content), Reader(Claim).read(content)):
        assert read == valid == written
        assert read.model_fields_set == valid.model_fields_set
        assert as_json(read) == content
        assert repr(read) == repr(valid)


@settings(max_examples=40, deadline=None)
@given(claim_payments())
def test_of_a_payment_the_same_is_heeded(written: ClaimPayment) -> None:
    assert answer("60054", DAY, as_json(written)) == Answer.of("60054", DAY, written)


def test_equal_parts_are_one_object() -> None:
    one, other = (READER.read(as_json(claim(number))) for number in ("A1", "A2"))
    assert one.billing is other.billing
    assert one.subscriber is other.subscriber
    assert one.replace(claim_id="A2") == other


def test_what_no_reader_knows_is_validated() -> None:
    content = as_json(claim())
    with pytest.raises(ValidationError):
        READER.read(content.replace('"claim_id"', '"number"'))
    with pytest.raises(ValidationError):
        Reader(Note).read('{"id": "n1", "unknown": 1}')
