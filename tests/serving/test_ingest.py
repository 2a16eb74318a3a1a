import csv
import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claims.note import Note
from serving.cli import app
from tests.claims.store.files import (
    AUTHORIZATION,
    DAY,
    SERVED,
    claim,
    claims_file,
    judged,
    paid_line,
    remittance_file,
    table_file,
    write,
)
from tests.claims.x12.examples import SUBSCRIBER

LATER = DAY.replace(day=14)
NAME, MEMBER, TEXT = "ZZYZXNAME", "QQ77MEMBER", "Client told of her xylophone"


@pytest.fixture
def ingest(tmp_path):
    def run(*arguments: object):
        home = ["--home", str(tmp_path / "home")]
        return CliRunner().invoke(app, [*home, "ingest", *map(str, arguments)])

    return run


def told(done) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def rejects(tmp_path: Path) -> list[dict[str, str]]:
    with (tmp_path / "home" / "rejects.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_is_taken_whole_but_never_the_truth_in_it(ingest, tmp_path):
    folder = tmp_path / "practice"
    claims_file(folder / "claims", claim("A1"))
    claims_file(folder / "truth", claim("A2"))
    write(folder / ".hidden.837", b"nothing")
    write(folder / "README.md", b"# what this is")
    remittance_file(folder / "remittances", judged("A1", paid_line()), day=LATER)
    done = ingest(folder, "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert [(one["kind"], one["known_on"]) for one in told(done)] == [
        ("claims", "2026-03-02"),
        ("remittances", "2026-03-14"),
    ]
    assert told(done)[1]["unmatched"] == []


def test_the_practices_own_folder_is_not_read_as_input(ingest, tmp_path):
    claims_file(tmp_path, claim("A1"))
    for _ in range(2):
        done = ingest(tmp_path, "--format", "json")
        assert done.exit_code == 0, done.stderr
        assert [one["kind"] for one in told(done)] == ["claims"]


def test_running_it_twice_changes_nothing_and_says_so(ingest, tmp_path):
    path = claims_file(tmp_path, claim())
    ingest(path)
    (again,) = told(ingest(path, "--format", "json"))
    assert (again["already_known"], again["added"]) == (True, {})


def test_the_day_given_stands_above_that_of_the_name(ingest, tmp_path):
    done = ingest(claims_file(tmp_path, claim()), "--received", "2026-03-05", "--format", "json")
    assert told(done)[0]["known_on"] == "2026-03-05"


def test_the_table_is_for_people_and_unmatched_payments_are_named(ingest, tmp_path):
    stranger = judged("A7", paid_line()).replace(member_id="Z1")
    path = remittance_file(tmp_path, stranger, day=LATER)
    done = ingest(claims_file(tmp_path, claim()), path)
    assert done.exit_code == 0
    assert "1 claims, 1 lines" in done.stdout
    assert "payment 1, claim A7: no claim of this number was sent" in done.stderr


def test_a_bad_record_is_named_in_the_rejects_file_and_the_rest_is_kept(ingest, tmp_path):
    path = claims_file(tmp_path, claim("A1"), claim("A2"))
    path.write_bytes(path.read_bytes().replace(b"*150*", b"*1x0*", 1))
    done = ingest(path, write(tmp_path / "what.bin", b"\x01\x02 what is this"), "--format", "json")
    assert done.exit_code == 1
    assert told(done)[0]["added"]["submissions"] == 1
    first, *_, last = rejects(tmp_path)
    assert (first["file"], first["claim_id"], first["severity"]) == (path.name, "A1", "error")
    assert first["segment"]
    assert first["message"]
    assert last["file"] == "what.bin"
    assert ingest(path).exit_code == 1, "the same input is as bad as before"


def test_again_makes_everything_anew(ingest, tmp_path):
    ingest(claims_file(tmp_path, claim("A1")), claims_file(tmp_path, claim("A2"), day=LATER))
    done = ingest("--again", "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert [one["added"]["submissions"] for one in told(done)] == [1, 1]


def test_nothing_to_read_is_wrong_usage(ingest):
    assert ingest().exit_code == 2


def test_a_file_that_cannot_be_opened_is_named_and_the_others_are_taken(ingest, tmp_path):
    good = claims_file(tmp_path, claim())
    done = ingest(tmp_path / "absent.837", good, "--format", "json")
    assert done.exit_code == 1
    assert "absent.837 cannot be read: No such file" in done.stderr
    assert [one["kind"] for one in told(done)] == ["nothing", "claims"]
    assert [one["file"] for one in rejects(tmp_path)] == ["absent.837"]


def shifted(content: bytes) -> list[bytes]:
    """The file with one more, or one fewer, element at the start of each of its segments."""
    segments = content.split(b"~")
    found = []
    for at, segment in enumerate(segments):
        others = (segment.replace(b"*", b"**", 1), segment.replace(b"*", b"", 1))
        found += [b"~".join([*segments[:at], other, *segments[at + 1 :]]) for other in others]
    return found


def test_bad_input_puts_no_name_member_or_note_into_any_message(ingest, tmp_path, caplog):
    person = SUBSCRIBER.replace(last_name=NAME, first_name=NAME, member_id=MEMBER)
    folder = tmp_path / "bad"
    claims = claims_file(tmp_path, claim("A1", subscriber=person))
    paid = judged("A1", paid_line()).replace(member_id=MEMBER)
    remittance = remittance_file(tmp_path, paid, day=LATER)
    for path in (claims, remittance):
        for number, content in enumerate(shifted(path.read_bytes())):
            write(folder / f"{number}{path.suffix}", content)
    values = list(AUTHORIZATION.values())
    rotated = dict(zip(AUTHORIZATION, [*values[3:], MEMBER, MEMBER, MEMBER], strict=True))
    table_file(folder, [rotated | {"member_id": MEMBER}, {**rotated, "start": MEMBER}], "auth.csv")
    good = json.loads(
        Note(id="n1", text=TEXT, date_of_service=SERVED, member_id=MEMBER).model_dump_json()
    )
    lines = [good | {field: TEXT} for field in good] + [good | {TEXT: 1}, {"text": [TEXT]}]
    write(folder / "notes.jsonl", "".join(json.dumps(one) + "\n" for one in lines).encode())
    write(folder / "policy.yaml", f"line_of_business: {TEXT}\nrules: [{NAME}]\n".encode())

    done = ingest(folder, "--format", "json")

    home = tmp_path / "home"
    said = [done.stdout, done.stderr, caplog.text]
    said += [path.read_text() for path in home.iterdir() if path.suffix in (".csv", ".log")]
    assert done.exit_code == 1
    assert len(rejects(tmp_path)) > 50
    for word in (NAME, MEMBER, TEXT, "xylophone"):
        assert not any(word.lower() in text.lower() for text in said), word


def test_the_home_folder_is_for_its_owner_alone(ingest, tmp_path):
    ingest(claims_file(tmp_path, claim()))
    home = tmp_path / "home"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for path in home.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
