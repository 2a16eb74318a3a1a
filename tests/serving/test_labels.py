import json
from pathlib import Path

from typer.testing import CliRunner

from claims.x12.envelope import Envelope
from claims.x12.write835 import Payments, write_remittance
from claims.x12.write837 import ClaimBatch, write_claims
from serving.cli import app
from tests.claims.x12.examples import DAY, claim, payment, remittance

ENVELOPE = Envelope(sender="OAKHEALTH", receiver="PRACTICE", day=DAY)
run = CliRunner().invoke


def remit(folder: Path, name: str = "2026-03-14-oak.835") -> Path:
    paid = [payment("A1"), payment("A2")]
    path = folder / name
    path.write_bytes(write_remittance([Payments("0001", remittance(*paid), paid)], ENVELOPE))
    return path


def test_json_has_a_line_for_each_claim_payment(tmp_path: Path) -> None:
    done = run(app, ["labels", str(remit(tmp_path)), "--format", "json"])
    assert done.exit_code == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["claim_id"], second["claim_id"]) == ("A1", "A2")
    assert (first["position"], second["position"]) == (1, 2)
    assert first["received"] == "2026-03-14"
    assert first["outcome"] == "paid"
    assert first["lines"][0]["adjustments"] == [
        {"group": "CO", "carc": "45", "amount": 30.0},
        {"group": "PR", "carc": "2", "amount": 20.0},
    ]


def test_without_a_day_in_its_name_a_file_was_received_on_its_groups_day(tmp_path: Path) -> None:
    done = run(app, ["labels", str(remit(tmp_path, "oak.835")), "--format", "json"])
    assert json.loads(done.stdout.splitlines()[0])["received"] == DAY.isoformat()


def test_the_table_is_for_people(tmp_path: Path) -> None:
    done = run(app, ["labels", str(remit(tmp_path))])
    assert done.exit_code == 0
    assert "97110 GP" in done.stdout


def test_a_broken_payment_is_named_and_the_good_one_still_comes(tmp_path: Path) -> None:
    path = remit(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"CLP*A1*1*150*", b"CLP*A1*1*MUCH*"))
    done = run(app, ["labels", str(path), "--format", "json"])
    assert done.exit_code == 1
    assert [json.loads(line)["claim_id"] for line in done.stdout.splitlines()] == ["A2"]
    assert "CLP03, claim A1: error: expected an amount such as 150.00" in done.stderr
    assert "MUCH" not in done.stderr


def test_claims_are_not_remittances(tmp_path: Path) -> None:
    path = tmp_path / "batch.837"
    path.write_bytes(write_claims([ClaimBatch("0001", DAY, [claim()])], ENVELOPE))
    done = run(app, ["labels", str(path)])
    assert done.exit_code == 1
    assert "holds 1 claims; expected a remittance" in done.stderr


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = run(app, ["labels", str(tmp_path / "none.835")])
    assert done.exit_code == 1
    assert "none.835 cannot be read" in str(done.exception)
