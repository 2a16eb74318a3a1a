from datetime import date
from decimal import Decimal

import pytest

from claims.note import Note
from tests.claims.store.files import (
    AUTHORIZATION,
    BENEFIT,
    DAY,
    SERVED,
    as_rows,
    claim,
    claims_file,
    denied_line,
    judged,
    line,
    notes_file,
    paid_line,
    remittance_file,
    table_file,
    write,
)

LATER = date(2026, 3, 14)
NOTE = Note(
    id="n1",
    text="Client seen 10:00 to 10:45.",
    member_id="w-1234",
    date_of_service=SERVED,
    rendering_npi="1234567893",
    signed_on=date(2026, 3, 1),
)


def test_every_kind_of_file_is_taken(store, tmp_path):
    reports = [
        store.ingest(claims_file(tmp_path, claim("A1"), claim("A2"))),
        store.ingest(remittance_file(tmp_path, judged("A1", paid_line()), day=LATER)),
        store.ingest(notes_file(tmp_path, NOTE)),
        store.ingest(table_file(tmp_path, [AUTHORIZATION], "auth.csv")),
        store.ingest(table_file(tmp_path, [BENEFIT], "benefits.csv")),
    ]
    assert [report.kind for report in reports] == [
        "claims",
        "remittances",
        "notes",
        "authorizations",
        "benefits",
    ]
    assert not any(report.problems for report in reports)
    assert reports[0].added == {"submissions": 2, "lines": 2}
    assert len(store.authorizations()) == len(store.benefits()) == 1
    assert store.newest_known_day() == LATER


def test_the_same_file_again_changes_nothing(store, tmp_path):
    path = claims_file(tmp_path, claim())
    store.ingest(path)
    again = store.ingest(path.rename(tmp_path / "another name.837"))
    assert again.already_known
    assert again.added == {}
    assert len(store.read_lines()["key"]) == 1


def test_an_overlapping_file_adds_only_what_is_new(store, tmp_path):
    store.ingest(claims_file(tmp_path, claim("A1"), claim("A2")))
    second = store.ingest(claims_file(tmp_path, claim("A2"), claim("A3"), day=LATER))
    assert second.added == {"submissions": 1, "lines": 1}
    assert second.repeated == 1
    store.ingest(remittance_file(tmp_path, judged("A1", paid_line()), day=LATER))
    other = remittance_file(
        tmp_path,
        judged("A1", paid_line()),
        day=LATER,
        name="2026-03-20.835",
    )
    other.write_bytes(other.read_bytes().replace(b"~\n", b"~"))
    third = store.ingest(other)
    assert (third.added.get("claim_payments", 0), third.repeated) == (0, 2)


def test_a_claim_comes_back_out_as_it_was_sent(store, tmp_path):
    sent = claim("A1", line(1, modifiers=("GP", "59"), line_id="L1"), line(2, "97140", 75))
    path = claims_file(tmp_path, sent)
    store.ingest(path)
    ((sending,),) = store.read_submissions()
    assert sending.submission.claim == sent
    assert sending.submission.submitted == DAY
    assert sending.submission.source.file == path.name
    assert sending.submission.source.first_segment is not None


@pytest.mark.parametrize(
    ("name", "given", "known"),
    [
        ("2026-02-28-batch.837", None, date(2026, 2, 28)),
        ("batch.837", None, DAY),
        ("2026-02-28-batch.837", LATER, LATER),
    ],
)
def test_a_file_is_known_on_the_day_given_else_named_else_of_its_group(
    store, tmp_path, name, given, known
):
    store.ingest(claims_file(tmp_path, claim(), name=name), given)
    assert as_rows(store.read_lines(), "known_on") == [(known.isoformat(),)]


def test_nothing_is_seen_before_its_day(store, tmp_path):
    store.ingest(claims_file(tmp_path, claim()))
    store.ingest(remittance_file(tmp_path, judged("A1", paid_line()), day=LATER))
    day = date(2026, 3, 13)
    assert len(store.read_lines(DAY)["key"]) == 1
    assert len(store.read_lines(date(2026, 3, 1))["key"]) == 0
    assert len(store.read_outcomes(day)["key"]) == 0
    assert len(store.read_outcomes(LATER)["key"]) == 1
    assert list(store.answers(day)) == []


def test_payments_find_their_lines_and_their_outcome(store, tmp_path):
    store.ingest(claims_file(tmp_path, claim("A1", line(1), line(2, "97140", 80))))
    payment = judged("A1", denied_line("97140", 80), paid_line(allowed=Decimal(120)))
    report = store.ingest(remittance_file(tmp_path, payment, day=LATER))
    assert report.unmatched == []
    names = ("position", "outcome", "category", "label", "paid_cents", "known_on")
    assert as_rows(store.read_outcomes(), *names) == [
        (1, "paid", "", 0, 10000, "2026-03-14"),
        (2, "denied", "authorization", 1, 0, "2026-03-14"),
    ]
    assert store.read_outcomes()["allowed_cents"][0] == 12000


def test_a_payment_that_came_before_its_claim_is_matched_when_the_claim_comes(store, tmp_path):
    report = store.ingest(remittance_file(tmp_path, judged("A1", paid_line()), day=LATER))
    assert [(one.claim_id, one.position) for one in report.unmatched] == [("A1", 1)]
    store.ingest(claims_file(tmp_path, claim()))
    assert len(store.read_outcomes()["key"]) == 1


def test_a_bad_record_is_named_and_the_good_ones_stay(store, tmp_path):
    path = claims_file(tmp_path, claim("A1"), claim("A2"))
    path.write_bytes(path.read_bytes().replace(b"*150*", b"*1x0*", 1))
    report = store.ingest(path)
    assert report.bad_records
    assert report.added["submissions"] == 1
    (problem, *_) = store.rejects()
    assert problem.file == path.name
    assert problem.segment is not None
    assert store.ingest(path).problems == report.problems


def test_what_is_no_file_of_ours_is_named_and_not_kept(store, tmp_path):
    report = store.ingest(write(tmp_path / "2026-03-02.bin", b"\x00\x01 nothing of the kind"))
    assert report.bad_records
    assert len(store.files()["file_id"]) == 0


def test_received_files_are_kept_byte_for_byte(store, tmp_path):
    path = claims_file(tmp_path, claim())
    store.ingest(path)
    assert store.file_content(1) == path.read_bytes()
