import io
import json
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.authorization import Authorization, Benefit
from claims.claim import Submission
from claims.files import Kind, column_map, day_in_name, kind_of, read, received_day
from claims.note import Note
from claims.problem import ClaimwrightError, Problem, Severity
from claims.x12.envelope import Envelope
from claims.x12.write837 import ClaimBatch, write_claims
from tests.claims.x12.examples import DAY, claim

ENVELOPE = Envelope(sender="PRACTICE", receiver="CLEARING", day=DAY)
X12 = write_claims([ClaimBatch("0001", DAY, [claim()])], ENVELOPE)
NOTE_CSV = b"id,text,discipline,date_of_service\nn1,Seen for 45 minutes.,MH,2026-03-02\n"
AUTHORIZATION_CSV = (
    b"authorization_number,payer_id,member_id,procedures,units,start,end,received\n"
    b"A1,60054,W1,97153 97155,120,2026-01-01,2026-06-30,2026-01-05\n"
)
BENEFIT_CSV = (
    b"payer_id,member_id,benefit,limit,used,unit,period_start,as_of\n"
    b"60054,W1,PT,20,3,visits,2026-01-01,2026-02-01\n"
)
CLAIM_CSV = (
    b"claim_id,payer_id,payer_name,member_id,last_name,billing_npi,pos,dx,cpt,mods,charge,units,dos\n"
    b"C1,60054,OAK,W1,,1999996666,11,F41.1;M54.50,97110,GP 59,$150.00,2,03/02/2026\n"
    b"C1,60054,OAK,W1,,1999996666,12,F41.1;M54.50,97530,GP,50.5,1,20260302\n"
    b'C2,60054,OAK,W2,,1999996666,11,F41.1,90837,,"1,200",1,2026-03-03\n'
)


def found(content: bytes, **more: object) -> list[object]:
    return list(read(io.BytesIO(content), "file", **more))


def problems(content: bytes) -> list[Problem]:
    return [one for one in found(content) if isinstance(one, Problem)]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (X12, Kind.X12),
        (b"\xef\xbb\xbf" + X12, Kind.X12),
        (b"\r\n\r\n" + X12, Kind.X12),
        (b"some mail text before it\n" + X12, Kind.X12),
        (X12[X12.index(b"GS") :], Kind.X12),
        (X12.decode().encode("utf-16"), Kind.X12),
        (NOTE_CSV, Kind.NOTES),
        (NOTE_CSV.replace(b",", b";"), Kind.NOTES),
        (NOTE_CSV.replace(b",", b"\t"), Kind.NOTES),
        (NOTE_CSV.decode().encode("utf-16"), Kind.NOTES),
        (b"\xef\xbb\xbf\n" + NOTE_CSV, Kind.NOTES),
        (b'{"id": "n1", "text": "Seen."}\n', Kind.NOTES),
        (b'[\n {"id": "n1",\n "text": "Seen."}]', Kind.NOTES),
        (b'{"id": "n1", "text": "ISA*00*\\nNM1*85*"}\n', Kind.NOTES),
        (AUTHORIZATION_CSV, Kind.AUTHORIZATIONS),
        (BENEFIT_CSV, Kind.BENEFITS),
        (CLAIM_CSV, Kind.CLAIMS),
        (claim().model_dump_json().encode(), Kind.CLAIMS),
        (
            b"# our own\nname: Oak\npayer_id: 60054\nline_of_business: commercial\nrules:\n",
            Kind.POLICIES,
        ),
        (b"Session: 50 min\nPlan: weekly\n", Kind.UNKNOWN),
        (b"", Kind.EMPTY),
        (b" \n\n", Kind.EMPTY),
        (b"GIF89a\x00\x01", Kind.UNKNOWN),
        (b"name,phone\nA,1\n", Kind.UNKNOWN),
    ],
)
def test_the_kind_is_told_from_the_content(content: bytes, kind: Kind) -> None:
    assert kind_of(content) is kind


def test_every_shipped_policy_is_known_for_one() -> None:
    shipped = list(files("claims.policies.shipped").iterdir())
    found = {kind_of(one.read_bytes()) for one in shipped if one.name.endswith(".yaml")}
    assert found == {Kind.POLICIES}


def test_x12_comes_through_the_same_door() -> None:
    (submission,) = found(X12)
    assert submission.claim == claim()
    assert len(submission.source.digest) == 64


def test_notes_from_csv_and_from_json_lines_are_the_same() -> None:
    record = {
        "id": "n1",
        "text": "  Seen for 45 minutes.\nSecond line, with a comma.  ",
        "discipline": "MH",
        "date_of_service": "2026-03-02",
        "diagnosis_on_claim": ["F41.1", "F32.9"],
        "age": 34,
        "plan_of_care": {"start": "2026-01-01"},
    }
    cells = {
        **record,
        "diagnosis_on_claim": "F41.1 F32.9",
        "plan_of_care": "",
        "plan_of_care.start": "2026-01-01",
    }
    table = ",".join(cells) + "\n" + ",".join(f'"{cell}"' for cell in cells.values()) + "\n"
    (by_csv,) = found(table.encode())
    (by_json,) = found(json.dumps(record).encode())
    assert by_csv == by_json
    assert by_json.text == record["text"]
    assert by_json.diagnosis_on_claim == ("F411", "F329")
    assert by_json.plan_of_care.start == date(2026, 1, 1)


def test_authorizations() -> None:
    assert found(AUTHORIZATION_CSV) == [
        Authorization(
            authorization_number="A1",
            payer_id="60054",
            member_id="W1",
            procedures=("97153", "97155"),
            units=Decimal(120),
            start=date(2026, 1, 1),
            end=date(2026, 6, 30),
            received=date(2026, 1, 5),
        )
    ]


def test_benefits() -> None:
    assert found(BENEFIT_CSV) == [
        Benefit(
            payer_id="60054",
            member_id="W1",
            benefit="PT",
            limit=Decimal(20),
            used=Decimal(3),
            unit="visits",
            period_start=date(2026, 1, 1),
            as_of=date(2026, 2, 1),
        )
    ]


def test_claims_in_csv_have_a_row_for_each_line() -> None:
    warning, first, second = found(CLAIM_CSV)
    assert warning.severity is Severity.WARNING  # `last_name` says not whose name it is
    assert "column 5" in warning.message
    one = first.claim
    assert [line.procedure for line in one.lines] == ["97110", "97530"]
    assert one.lines[0].modifiers == ("GP", "59")
    assert one.charge == Decimal("200.50")
    assert (one.place_of_service, one.lines[1].place_of_service) == ("11", "12")
    assert one.lines[0].service_to == DAY
    assert [diagnosis.code for diagnosis in one.diagnoses] == ["F411", "M5450"]
    assert (one.payer.payer_id, one.payer.name) == ("60054", "OAK")
    assert one.subscriber.member_id == "W1"
    assert second.claim.charge == Decimal(1200)
    assert (first.source.position, second.source.position) == (1, 2)


def test_a_column_of_a_payers_name_stands_beside_its_number() -> None:
    content = CLAIM_CSV.replace(b"payer_name", b"payer")
    assert content != CLAIM_CSV
    [first, *_] = [item for item in found(content) if isinstance(item, Submission)]
    assert (first.claim.payer.payer_id, first.claim.payer.name) == ("60054", "OAK")


def test_claims_in_json_lines_are_the_domains_own_fields() -> None:
    lines = [
        claim("A1").model_dump_json(exclude_none=True),
        json.dumps({"claim": json.loads(claim("A2").model_dump_json()), "submitted": "2026-03-04"}),
    ]
    first, second = found("\n".join(lines).encode())
    assert (first.claim, first.submitted) == (claim("A1"), None)
    assert (second.claim, second.submitted) == (claim("A2"), date(2026, 3, 4))


def test_a_column_map_renames_the_files_own_columns() -> None:
    table = CLAIM_CSV.replace(b"claim_id", b"Acct Nr.").replace(b"cpt", b"Leistung")
    columns = {"Acct Nr.": "claim_id", "Leistung": "procedure"}
    _, first, _ = found(table, columns=columns)
    assert first.claim.claim_id == "C1"
    (note,) = found(b'{"nr": "n1", "body": "Seen."}', columns={"nr": "id", "body": "text"})
    assert note.id == "n1"


def test_a_practice_keeps_its_column_map_in_its_home(tmp_path: Path) -> None:
    assert column_map(tmp_path) == {}
    kept = tmp_path / "columns.json"
    kept.write_text('{"Acct Nr": "claim_id"}')
    assert column_map(tmp_path) == {"Acct Nr": "claim_id"}
    for wrong in ('{"a": 1}', "[]", "{"):
        kept.write_text(wrong)
        with pytest.raises(ClaimwrightError, match=r"columns\.json in the home folder"):
            column_map(tmp_path)


def test_bad_rows_are_named_by_row_and_field_and_good_rows_go_on() -> None:
    table = (
        NOTE_CSV
        + b'n2,"two\nlines",DENTAL,2026-03-02\n'
        + b"n3,Seen.,MH,2026-02-30\n"
        + b",No number.,MH,2026-03-02\n"
        + b"n5,Seen.,mh,2026-03-02\n"
    )
    told = problems(table)
    assert [(one.row, one.field) for one in told] == [
        (3, "discipline"),
        (5, "date_of_service"),
        (6, "id"),
    ]
    assert [one.id for one in found(table) if isinstance(one, Note)] == ["n1", "n5"]


def test_a_bad_json_line_is_named_and_the_rest_goes_on() -> None:
    content = b'{"id": "n1", "text": "a"}\n{"id": "n2", "text": \n\n[1]\n{"id": "n5", "text": "b"}'
    assert [one.row for one in problems(content)] == [2, 4]
    assert [one.id for one in found(content) if isinstance(one, Note)] == ["n1", "n5"]


def test_a_quotation_mark_that_is_never_closed_costs_only_its_row() -> None:
    content = b'id,text\nn1,good\nn2,"open\nn3,good\nn4,good\n'
    (told,) = problems(content)
    assert (told.row, "never closed" in told.message) == (3, True)
    assert [one.id for one in found(content) if isinstance(one, Note)] == ["n1", "n3", "n4"]


def test_a_row_with_more_cells_than_columns_is_left_out() -> None:
    content = b"id,text\nn1,one, two\nn2,good\n"
    (told,) = problems(content)
    assert (told.row, told.message[:7]) == (2, "3 cells")


def test_latin_1_and_utf_8_in_one_file() -> None:
    content = b"id,text\nn1,Se\xf1ora\n" + "n2,Señora\n".encode()
    assert [one.text for one in found(content)] == ["Señora", "Señora"]


def test_a_bad_field_of_a_claim_is_named_by_its_lines_row() -> None:
    told = problems(CLAIM_CSV.replace(b"50.5,1,20260302", b"50.5,1,"))[1:]
    assert [(one.row, one.field, one.message) for one in told] == [(3, "service_from", "missing")]
    told = problems(CLAIM_CSV.replace(b",OAK,W2,,1999996666,11", b",OAK,W2,,1999996666,NOWHERE"))[
        1:
    ]
    assert [(one.row, one.field) for one in told] == [(4, "place_of_service")]


def test_rows_of_one_claim_that_stand_apart_are_told() -> None:
    lines = CLAIM_CSV.splitlines(keepends=True)
    told = problems(b"".join([lines[0], lines[1], lines[3], lines[2]]))
    assert any("stand apart" in one.message and one.row == 4 for one in told)


def test_a_file_of_no_known_kind_says_what_was_expected() -> None:
    (told,) = found(b"name,phone\nMARKER,1\n")
    assert told.severity is Severity.ERROR
    assert "authorization_number" in told.message
    assert "MARKER" not in told.message


def test_the_day_of_a_file_is_in_its_name_else_in_its_group(tmp_path: Path) -> None:
    path = tmp_path / "batch.837"
    path.write_bytes(X12)
    assert received_day(path) == DAY
    assert day_in_name("era-20260314.txt") == date(2026, 3, 14)
    assert day_in_name("1234567890.txt") is None
    notes = tmp_path / "notes.csv"
    notes.write_bytes(NOTE_CSV)
    assert received_day(notes) is None


def test_a_file_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ClaimwrightError, match=r"gone\.csv cannot be read"):
        list(read(tmp_path / "gone.csv"))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [
            NOTE_CSV,
            AUTHORIZATION_CSV,
            BENEFIT_CSV,
            CLAIM_CSV,
            b'{"id": "n1", "text": "Seen."}\n{"id": "n2", "text": "Seen."}\n',
            claim().model_dump_json(exclude_none=True).encode(),
        ]
    ),
    st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=3)), max_size=4),
    st.integers(0, 10_000),
)
def test_damage_never_raises(content: bytes, changes: list[tuple[int, bytes]], length: int) -> None:
    for place, patch in changes:
        at = place % len(content)
        content = content[:at] + patch + content[at + 1 :]
    for one in found(content[: max(length, 1)]):
        assert isinstance(one, Problem | Note | Authorization | Benefit | Submission)
