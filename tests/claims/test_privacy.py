"""A planted name, member id and note text show in no error, log or repr of broken input."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from claims.claim import Submission
from claims.files import read
from claims.note import Note
from claims.outcome import outcome
from claims.problem import Problem
from claims.remittance import ClaimPayment
from tests.claims.x12.examples import claim, payment
from tests.claims.x12.files import claims_file, remittance_file

NAME, MEMBER, TEXT = "MARKERNAME", "MARKERMEMBER7", "MARKERTEXT of the session"
MARKER = "MARKER"
PLANTED_CLAIM = claims_file().replace(b"POE", NAME.encode()).replace(b"W1234", MEMBER.encode())
PLANTED_PAYMENT = remittance_file().replace(
    b"NM1*QC*1******MI*W1234", f"NM1*QC*1*{NAME}*ANN****MI*{MEMBER}".encode()
)
NOTE = {
    "id": "n1",
    "text": TEXT,
    "discipline": "MH",
    "date_of_service": "2026-03-02",
    "member_id": MEMBER,
    "client_id": NAME,
    "age": 9,
}
AUTHORIZATION = {
    "authorization_number": "A1",
    "payer_id": "60054",
    "member_id": MEMBER,
    "units": "10",
    "start": "2026-01-01",
    "end": "2026-06-30",
}
BENEFIT = {
    "payer_id": "60054",
    "member_id": MEMBER,
    "benefit": "PT",
    "limit": "20",
    "used": "3",
    "unit": "visits",
    "period_start": "2026-01-01",
    "as_of": "2026-02-01",
}
CLAIM_ROW = {
    "claim_id": "C1",
    "payer_id": "60054",
    "member_id": MEMBER,
    "subscriber_last_name": NAME,
    "billing_npi": "1999996666",
    "pos": "11",
    "dx": "F41.1",
    "procedure": "97110",
    "charge": "150",
    "dos": "2026-03-02",
    "description": TEXT,
}


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert MARKER not in caplog.text


def shown(content: bytes) -> str:
    """All that a person or a log may see of a file: problems, and reprs of what was read."""
    return "\n".join(
        f"{one} {one!r}" if isinstance(one, Problem) else repr(one)
        for one in read(io.BytesIO(content), "file")
    )


def told(content: bytes) -> str:
    """What is said of a broken file."""
    return "\n".join(
        f"{one} {one!r}" for one in read(io.BytesIO(content), "file") if isinstance(one, Problem)
    )


@pytest.mark.parametrize("content", [PLANTED_CLAIM, PLANTED_PAYMENT])
def test_reprs_of_what_was_read_show_nobody(content: bytes) -> None:
    assert MARKER.encode() in content
    assert MARKER not in shown(content)


@pytest.mark.parametrize("content", [PLANTED_CLAIM, PLANTED_PAYMENT])
def test_a_person_in_any_element_is_not_repeated(content: bytes) -> None:
    segments = content.decode().split("~")
    for place, segment in enumerate(segments):
        elements = segment.split("*")
        for number in range(1, len(elements)):
            if elements[0].strip() in ("CLM", "CLP") and number == 1:
                continue  # the claim's own number, by which a problem names it
            if elements[0] == "ISA":
                continue
            changed = [*elements[:number], NAME, *elements[number + 1 :]]
            broken = [*segments[:place], "*".join(changed), *segments[place + 1 :]]
            assert MARKER not in told("~".join(broken).encode()), (segment, number)


@pytest.mark.parametrize("content", [PLANTED_CLAIM, PLANTED_PAYMENT])
def test_shifted_elements_and_lost_segments_repeat_nobody(content: bytes) -> None:
    segments = content.decode().split("~")
    for place, segment in enumerate(segments):
        elements = segment.split("*")
        assert MARKER not in told("~".join(segments[:place] + segments[place + 1 :]).encode())
        shifted = "*".join(elements[:1] + elements[2:])
        assert MARKER not in told(
            "~".join([*segments[:place], shifted, *segments[place + 1 :]]).encode()
        )


ROWS = [NOTE, AUTHORIZATION, BENEFIT, CLAIM_ROW]


@pytest.mark.parametrize("row", ROWS, ids=["note", "authorization", "benefit", "claim"])
def test_rows_with_a_person_in_any_column_repeat_nobody(row: dict[str, object]) -> None:
    for name in row:
        for value in (NAME, MEMBER, TEXT, None):
            changed = {**row, name: value}
            cells = ["" if one is None else str(one) for one in changed.values()]
            table = ",".join(changed) + "\n" + ",".join(cells) + "\n"
            assert MARKER not in told(table.encode())
            assert MARKER not in told(json.dumps(changed).encode())
    shifted = ",".join(row) + "\n,extra," + ",".join(map(str, row.values())) + "\n"
    assert MARKER not in told(shifted.encode())
    unknown = json.dumps({**row, NAME: TEXT})
    assert MARKER not in told(unknown.encode())
    headless = ",".join(map(str, row.values())) + "\n"
    assert MARKER not in told(headless.encode() * 2)
    torn = json.dumps(row)[:-3].encode()
    assert MARKER not in told(torn)
    assert MARKER not in told(",".join(row).encode() + b'\n"' + headless.encode())


def test_validation_errors_show_no_input() -> None:
    with pytest.raises(ValidationError) as raised:
        Note.model_validate({**NOTE, "age": NAME, "discipline": TEXT})
    assert MARKER not in str(raised.value)


def test_the_domains_reprs_show_nobody() -> None:
    note = Note.model_validate(NOTE)
    planted = claim().replace(
        subscriber=claim().subscriber.replace(last_name=NAME, member_id=MEMBER)
    )
    assert MARKER not in repr(note)
    assert MARKER not in repr(planted)
    assert MARKER not in repr(payment().replace(member_id=MEMBER))
    assert MARKER not in repr(outcome(payment().replace(member_id=MEMBER)))


def test_the_kinds_read_here_are_all_planted() -> None:
    kinds = {
        type(one)
        for content in (PLANTED_CLAIM, PLANTED_PAYMENT)
        for one in read(io.BytesIO(content), "file")
    }
    assert {Submission, ClaimPayment} <= kinds
