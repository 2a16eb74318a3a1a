import multiprocessing
import os
import re
import signal
import stat
import time
from datetime import date

import numpy as np
import pytest
from sqlalchemy import event, func, select

from claims.note import Note, NoteFacts
from claims.problem import ClaimwrightError
from claims.store import LineScore, Store
from claims.store.received import FILES, REJECTS
from claims.store.sent import SUBMISSIONS
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
POLICY = b"""
line_of_business: commercial
payer_id: "60054"
name: Oak Health
rules:
  - rule: timely_filing
    days: 90
    effective: 2026-01-01
    known: 2025-12-01
    source: bulletin
"""


def everything(store: Store) -> dict[str, object]:
    """What the store answers, without the numbers of rows."""
    lines = store.read_lines()
    outcomes = store.read_outcomes()
    return {
        "lines": sorted(as_rows(lines, "claim_id", "line", "known_on", "procedure", "digest")),
        "outcomes": sorted(as_rows(outcomes, "position", "outcome", "known_on", "paid_cents")),
        "answers": [(day, one.claim_id) for day, one in store.answers()],
        "authorizations": store.authorizations(),
        "benefits": store.benefits(),
        "rejects": store.rejects(),
    }


def fill(store: Store, folder) -> None:
    bad = claims_file(folder, claim("A3"), claim("A4"), day=date(2026, 3, 9))
    bad.write_bytes(bad.read_bytes().replace(b"*150*", b"*1x0*", 1))
    store.ingest(claims_file(folder, claim("A1"), claim("A2")))
    store.ingest(bad)
    store.ingest(remittance_file(folder, judged("A1", paid_line()), day=LATER))
    later = date(2026, 3, 20)
    store.ingest(
        remittance_file(folder, judged("A2", denied_line()), judged("A9"), day=later, trace="T2")
    )
    store.ingest(table_file(folder, [AUTHORIZATION], "2026-01-07-auth.csv"))
    store.ingest(table_file(folder, [BENEFIT], "2026-02-02-benefits.csv"))


def test_everything_can_be_made_again_from_the_files_kept(store, tmp_path):
    fill(store, tmp_path)
    before = everything(store)
    names = []
    store.rebuild(each=lambda report: names.append(report.name))
    assert len(names) == 6
    assert everything(store) == before


def test_a_day_of_receipt_that_was_given_wrongly_can_be_corrected(store, tmp_path):
    path = claims_file(tmp_path, claim(), name="batch.837")
    store.ingest(path, LATER)
    store.rebuild({path: DAY})
    assert as_rows(store.read_lines(), "known_on") == [("2026-03-02",)]


def test_practices_do_not_see_each_other(url, tmp_path):
    home = tmp_path / "home"
    with Store.open(url, "oak1", home) as oak, Store.open(url, "ash1", home) as ash:
        fill(oak, tmp_path)
        assert len(ash.read_lines()["key"]) == 0
        assert ash.newest_known_day() is None
        assert list(ash.read_submissions()) == []
        ash.ingest(claims_file(tmp_path / "ash", claim("A1")))
        assert len(ash.read_lines()["key"]) == 1
        assert oak.members.member("W1234") != ash.members.member("W1234")


def test_members_are_found_however_their_id_is_written(store):
    assert store.members.member("W12-34 5") == store.members.member("w12345")
    assert store.members.member("") is None


def test_dependents_of_one_member_are_different_people(store, tmp_path):
    from tests.claims.x12.examples import claim as example

    store.ingest(claims_file(tmp_path, example("A1"), example("A2", dependent=True)))
    members, people = (set(store.read_lines()[name]) for name in ("member_key", "person_key"))
    assert (len(members), len(people)) == (1, 2)


def test_the_member_key_is_for_its_owner_alone_and_must_be_the_right_one(url, practice, tmp_path):
    home = tmp_path / "home"
    Store.open(url, practice, home).close()
    key = home / "member.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}\n", key.read_text())
    key.write_text("00" * 32)
    with pytest.raises(ClaimwrightError, match="another member key"):
        Store.open(url, practice, home)
    key.write_text("no key")
    with pytest.raises(ClaimwrightError, match="no member key"):
        Store.open(url, practice, home)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("oracle://elm:secret@db/x", "SQLite or PostgreSQL"),
        ("no address", "no SQLAlchemy URL"),
        ("postgresql://elm:secret@127.0.0.1:1/x?connect_timeout=1", "cannot be opened"),
        ("sqlite:////dev/null/x.db", "cannot"),
    ],
)
def test_a_database_that_cannot_be_opened_is_said_without_its_password(tmp_path, address, said):
    with pytest.raises(ClaimwrightError, match=said) as raised:
        Store.open(address, "elm", tmp_path)
    assert "secret" not in str(raised.value)


NOTE = Note(
    id="n1",
    text="Client seen 10:00 to 10:45.",
    member_id="W1234",
    date_of_service=SERVED,
    rendering_npi="1234567893",
    signed_on=date(2026, 2, 28),
)


def notes_known(store: Store, known_by: date) -> list[str]:
    ((sending,),) = store.read_submissions()
    return [note.text for note in store.notes_for([sending.submission], known_by)[0]]


def test_a_note_sent_again_with_other_text_is_a_new_version_from_the_day_of_its_file(
    store, tmp_path
):
    store.ingest(claims_file(tmp_path, claim()))
    store.ingest(notes_file(tmp_path, NOTE, name="2026-03-01.jsonl"))
    store.ingest(notes_file(tmp_path, NOTE.replace(text="Longer."), name="2026-03-08.jsonl"))
    resent = store.ingest(notes_file(tmp_path, NOTE, name="2026-03-15.jsonl"))
    assert resent.already_known
    assert notes_known(store, date(2026, 2, 27)) == []
    assert notes_known(store, date(2026, 2, 28)) == [NOTE.text]
    assert notes_known(store, date(2026, 3, 7)) == [NOTE.text]
    assert notes_known(store, date(2026, 3, 8)) == ["Longer."]


def test_a_note_is_known_on_the_day_of_service_where_nobody_signed_it(store, tmp_path):
    store.ingest(claims_file(tmp_path, claim()))
    store.ingest(notes_file(tmp_path, NOTE.replace(signed_on=None, claim_id="A1")))
    assert notes_known(store, SERVED) == [NOTE.text]


def test_notes_are_found_for_a_claim_that_is_not_stored(store, tmp_path):
    from claims.files import read

    store.ingest(notes_file(tmp_path, NOTE, NOTE.replace(id="n2", claim_id="A1", text="Hm.")))
    submissions = list(read(claims_file(tmp_path, claim("A1"), claim("A2"))))
    found = store.notes_for(submissions)
    assert [[note.id for note in notes] for notes in found] == [["n1", "n2"], ["n1"]]


def test_notes_may_hold_any_character(store, tmp_path):
    odd = NOTE.replace(text="a\x00b \U0001f9d1 é\n", claim_id="A1")
    store.ingest(claims_file(tmp_path, claim()))
    assert not store.ingest(notes_file(tmp_path, odd)).problems
    assert notes_known(store, LATER) == [odd.text]


def test_facts_of_a_note_are_kept_for_a_reader_and_a_discipline(store):
    facts = NoteFacts(digest="d1", reader="r1", discipline="PT", words=5)
    store.keep_facts({("d1", "PT"): facts})
    store.keep_facts({("d1", "PT"): facts, ("d1", None): facts.replace(discipline=None)})
    assert store.facts([("d1", "PT"), ("d2", None)], "r1") == {("d1", "PT"): facts}
    assert set(store.facts([("d1", "PT"), ("d1", None)], "r1")) == {("d1", "PT"), ("d1", None)}
    assert store.facts([("d1", "PT")], "r2") == {}


def test_policies_are_known_from_the_day_of_their_first_rule(store, tmp_path):
    report = store.ingest(write(tmp_path / "oak.yaml", POLICY))
    assert (report.problems, report.kind) == ([], "policies")
    assert store.policy_files(date(2025, 11, 30)) == []
    (file,) = store.policy_files(date(2025, 12, 1))
    assert (file.origin, len(file.rules)) == ("announced", 1)
    store.ingest(write(tmp_path / "oak.yaml", POLICY.replace(b"90", b"60")))
    (file,) = store.policy_files()
    assert file.rules[0].days == 60


def test_scores_are_kept_for_what_is_stored_or_not(store, tmp_path):
    from claims.files import read

    (submission,) = read(claims_file(tmp_path, claim()))
    scores = [LineScore(submission, 0, 0.3), LineScore(submission, 1, 0.3, reasons={"coding": 0.3})]
    kept = store.keep_scores(scores, as_of=DAY, model=("denial", "3"), versions={"reader": "r1"})
    assert kept == 2
    store.ingest(claims_file(tmp_path, claim()))
    read_back = store.read_scores()
    assert as_rows(read_back, "claim_id", "line", "risk", "model_version", "as_of") == [
        ("A1", 0, 0.3, "3", "2026-03-02"),
        ("A1", 1, 0.3, "3", "2026-03-02"),
    ]
    assert set(read_back["submission_digest"]) == set(store.read_lines()["digest"])


def test_columns_can_be_picked_and_the_key_joins_lines_and_outcomes(store, tmp_path):
    fill(store, tmp_path)
    lines = store.read_lines(names=["procedure", "claim_charge_cents", "payer_id"])
    assert set(lines) == {
        "submission_id",
        "position",
        "key",
        "procedure",
        "claim_charge_cents",
        "payer_id",
    }
    assert np.isin(store.read_outcomes()["key"], lines["key"]).all()
    with pytest.raises(ValueError, match="no such columns"):
        store.read_lines(names=["colour"])


def test_a_record_that_cannot_be_stored_is_named_and_the_rest_goes_on(store, tmp_path):
    text = b'{"claim_id": "A1", "text": "x", "id": "n\\u0000"}\n{"id": "n2", "text": "fine"}\n'
    report = store.ingest(write(tmp_path / "notes.jsonl", text))
    assert report.added["notes"] == 1
    assert [one.severity for one in report.problems] == ["error"]


def ingest_slowly(url, practice, home, path):
    """Ingests in another process, which waits with everything written but nothing kept."""
    from claims.store import ingest

    kept = ingest._read_policy.__globals__["bulk"].insert

    def slow(connection, table, rows):
        kept(connection, table, rows)
        if table is SUBMISSIONS:
            (home / "written").touch()
            time.sleep(60)

    ingest.bulk.insert = slow
    Store.open(url, practice, home).ingest(path)


def test_a_process_killed_in_the_middle_of_a_file_leaves_nothing_of_it(url, practice, tmp_path):
    home = tmp_path / "home"
    path = claims_file(tmp_path, claim("A1"), claim("A2"))
    with Store.open(url, practice, home) as store:
        process = multiprocessing.get_context("spawn").Process(
            target=ingest_slowly, args=(url, practice, home, path)
        )
        process.start()
        deadline = time.monotonic() + 60
        while not (home / "written").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert (home / "written").exists()
        with store._reading() as connection:
            for table in (FILES, SUBMISSIONS, REJECTS):
                query = select(func.count()).where(table.c.practice_id == practice)
                assert connection.execute(query).scalar() == 0
        assert store.ingest(path).added["submissions"] == 2


def test_two_processes_that_write_at_once_wait_for_each_other(url, practice, tmp_path):
    home = tmp_path / "home"
    paths = [claims_file(tmp_path, claim(f"A{n}"), name=f"{n}.837") for n in range(6)]
    with Store.open(url, practice, home) as store:
        from concurrent.futures import ThreadPoolExecutor

        def take(path):
            with Store.open(url, practice, home) as own:
                return own.ingest(path)

        with ThreadPoolExecutor(3) as pool:
            reports = list(pool.map(take, paths))
        assert [report.added["submissions"] for report in reports] == [1] * 6
        assert len(store.read_lines()["key"]) == 6


def test_a_reader_is_not_stopped_by_a_writer(store, tmp_path):
    store.ingest(claims_file(tmp_path, claim("A1")))
    with store._writing():
        assert len(store.read_lines()["key"]) == 1


def test_lines_of_one_claim_keep_their_order(store, tmp_path):
    lines = [line(n, procedure) for n, procedure in enumerate(["97110", "97140", "97530"], 1)]
    store.ingest(claims_file(tmp_path, claim("A1", *lines)))
    read = store.read_lines()
    assert read["procedure"].tolist() == ["97110", "97140", "97530"]
    assert (np.diff(read["key"]) == 1).all()


def test_an_older_file_that_comes_late_tells_since_when_its_records_were_known(store, tmp_path):
    first = claims_file(tmp_path, claim("A1"), claim("A2"), name="2026-03-09.837")
    store.ingest(first)
    store.ingest(remittance_file(tmp_path, judged("A1", paid_line()), day=LATER))
    older = claims_file(tmp_path, claim("A1"), name="2026-03-03.837")
    assert store.ingest(older).repeated == 1
    assert sorted(as_rows(store.read_lines(), "claim_id", "known_on")) == [
        ("A1", "2026-03-03"),
        ("A2", "2026-03-09"),
    ]
    again = remittance_file(tmp_path, judged("A1", paid_line()), day=LATER, name="2026-03-12.835")
    again.write_bytes(again.read_bytes().replace(b"~\n", b"~"))
    assert store.ingest(again).added.get("claim_payments", 0) == 0
    assert as_rows(store.read_outcomes(), "known_on") == [("2026-03-12",)]


def test_an_error_of_the_database_repeats_nothing_of_a_record(store, tmp_path, monkeypatch):
    from claims.store import writer

    def twice(connection, table, rows):
        insert(connection, table, [*rows, *rows])

    insert = writer.bulk.insert
    monkeypatch.setattr(writer.bulk, "insert", twice)
    with pytest.raises(ClaimwrightError, match="did not take it") as raised:
        store.ingest(notes_file(tmp_path, NOTE))
    assert "Client seen" not in str(raised.value)
    monkeypatch.undo()
    assert store.ingest(notes_file(tmp_path, NOTE)).added == {"notes": 1}


def test_scores_can_be_held_against_what_the_payer_did(store, tmp_path):
    from claims.files import read

    path = claims_file(tmp_path, claim("A1"), claim("A2"))
    for day, risk in ((DAY, 0.2), (date(2026, 3, 5), 0.4), (LATER, 0.9)):
        scores = [LineScore(one, 1, risk) for one in read(path)]
        store.keep_scores(scores, as_of=day, model=("denial", "3"), versions={})
    store.ingest(path)
    store.ingest(remittance_file(tmp_path, judged("A1", denied_line()), day=LATER))
    fared = store.scored_outcomes()
    assert as_rows(fared, "risk", "as_of", "label", "model_version") == [
        (0.4, "2026-03-05", 1, "3")
    ]
    assert len(store.scored_outcomes(date(2026, 3, 13))["risk"]) == 0


def test_of_a_claim_sent_twice_the_first_final_answer_counts(store, tmp_path):
    later = date(2026, 3, 9)
    store.ingest(claims_file(tmp_path, claim("A1")))
    store.ingest(claims_file(tmp_path, claim("A1", line(1, "97140", 90)), day=later))
    store.ingest(remittance_file(tmp_path, judged("A1", paid_line("97140", 90)), day=LATER))
    answered_first = as_rows(store.read_outcomes(), "submission_id", "outcome")
    assert answered_first == [(2, "paid")]
    late = remittance_file(tmp_path, judged("A1", denied_line()), day=date(2026, 3, 20), trace="T2")
    store.ingest(late)
    assert as_rows(store.read_outcomes(), "submission_id", "outcome") == answered_first


def test_after_a_pending_answer_the_correction_is_the_first_final_one(store, tmp_path):
    store.ingest(claims_file(tmp_path, claim("A1")))
    held = denied_line(carc="133")
    days = [LATER, date(2026, 3, 28), date(2026, 4, 9)]
    reversal = judged("A1", held.replace(charge=-150, adjustments=()), status="22")
    answers = [
        [judged("A1", held)],
        [reversal, judged("A1", denied_line())],
        [judged("A1", paid_line())],
    ]
    for number, (day, payments) in enumerate(zip(days, answers, strict=True)):
        path = remittance_file(tmp_path, *payments, day=day, trace=f"T{number}")
        assert store.ingest(path).unmatched == []
    assert len(store.read_outcomes(LATER)["key"]) == 0
    assert as_rows(store.read_outcomes(), "outcome", "known_on") == [("denied", "2026-03-28")]


def test_a_second_payers_answer_and_a_replacements_teach_nothing(store, tmp_path):
    later = date(2026, 3, 20)
    store.ingest(claims_file(tmp_path, claim("A1")))
    store.ingest(remittance_file(tmp_path, judged("A1", paid_line()), day=LATER))
    replacement = claim("A1", line(1, "97140", 90), frequency_code="7", payer_claim_number="P1")
    store.ingest(claims_file(tmp_path, replacement, day=later))
    payments = [
        judged("A1", denied_line("97140", 90)),
        judged("A1", denied_line(), status="2"),
    ]
    day = date(2026, 4, 1)
    assert store.ingest(remittance_file(tmp_path, *payments, day=day, trace="T2")).unmatched == []
    assert as_rows(store.read_outcomes(), "outcome", "known_on") == [("paid", "2026-03-14")]


def test_a_line_judged_in_pieces_has_one_outcome(store, tmp_path):
    store.ingest(claims_file(tmp_path, claim("A1", line(1, charge=300, line_id="L1"))))
    pieces = [paid_line(charge=150, line_id="L1"), denied_line().replace(line_id="L1")]
    store.ingest(remittance_file(tmp_path, judged("A1", *pieces), day=LATER))
    names = ("outcome", "category", "label", "paid_cents")
    assert as_rows(store.read_outcomes(), *names) == [
        ("partially_denied", "authorization", 1, 10000)
    ]


def test_a_claim_judged_as_a_whole_tells_of_all_its_lines(store, tmp_path):
    from claims.claim import Adjustment

    store.ingest(claims_file(tmp_path, claim("A1", line(1), line(2, "97140", 80))))
    whole = judged("A1").replace(
        charge=230, adjustments=(Adjustment(group="CO", carc="27", amount=230),)
    )
    store.ingest(remittance_file(tmp_path, whole, day=LATER))
    assert as_rows(store.read_outcomes(), "position", "outcome", "category") == [
        (1, "denied", "eligibility"),
        (2, "denied", "eligibility"),
    ]


def test_every_statement_names_the_practice(store, tmp_path):
    from claims.files import read
    from claims.store.answered import CLAIM_MATCHES

    said = []
    event.listen(
        store._engine, "before_cursor_execute", lambda *given: said.append(given[2]), named=False
    )
    fill(store, tmp_path)
    store.ingest(notes_file(tmp_path, NOTE))
    store.ingest(write(tmp_path / "oak.yaml", POLICY))
    (submission,) = read(claims_file(tmp_path, claim("A8"), name="x.837"))
    store.keep_scores([LineScore(submission, 1, 0.1)], as_of=DAY, model=None, versions={})
    store.keep_facts({("d1", "PT"): NoteFacts(digest="d1", reader="r1")})
    store.facts([("d1", "PT")], "r1")
    store.notes_for([submission])
    store.policy_files()
    store.scored_outcomes()
    store.newest_known_day()
    store.files()
    store.file_content(1)
    everything(store)
    store.rebuild()
    names = {table.name for table in CLAIM_MATCHES.metadata.tables.values()}
    ours = [one for one in said if names & set(re.findall(r"[a-z_]+", one))]
    assert len(ours) > 50
    assert [one for one in ours if "practice_id" not in one] == []


def test_the_page_on_the_store_describes_every_table():
    from pathlib import Path

    from docs.render import DOCS, pages

    page = Path(DOCS) / "store.md"
    assert page.read_text() == pages()[page], "run: python -m docs.render"
