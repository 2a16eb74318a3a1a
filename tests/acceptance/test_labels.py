"""The contract of `labels`, through the installed command alone."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.acceptance.command import claimwright

ISA = (
    "ISA*00*          *00*          *ZZ*OAKHEALTH      *ZZ*PRACTICE       "
    "*260314*0800*^*00501*000000001*0*P*:~"
)


def remittance(*claims: str) -> str:
    """An 835 of these claim loops, its counts right and its payment zero."""
    segments = [
        "ST*835*0001",
        "BPR*H*0*C*NON************20260313",
        "TRN*1*EFT7*1999999999",
        "N1*PR*OAK HEALTH*XV*60054",
        "N1*PE*ELM THERAPY*XX*1999996666",
        "LX*1",
        *(segment for claim in claims for segment in claim.strip("~").split("~")),
    ]
    segments.append(f"SE*{len(segments) + 1}*0001")
    return "".join(
        [
            ISA,
            "GS*HP*OAKHEALTH*PRACTICE*20260314*0800*1*X*005010X221A1~",
            *(f"{segment}~" for segment in segments),
            "GE*1*1~IEA*1*000000001~",
        ]
    )


DENIED = "CLP*C1*1*150*0*0*12*P1~SVC*HC:90837:95*150*0~DTM*472*20260227~CAS*CO*197*150~"
OWED = "CLP*C2*1*90*0*90*12*P2~SVC*HC:90834*90*0~DTM*472*20260227~CAS*PR*1*90~REF*6R*L9~"
BROKEN = "CLP*C3*1*NINETY*0*0*12*P3~SVC*HC:90834*90*0~CAS*PR*1*90~"


@pytest.fixture
def schema(tmp_path: Path) -> dict[str, object]:
    return json.loads(claimwright("schema", "labels", home=tmp_path).stdout)


def test_a_line_for_each_claim_payment_in_file_order(
    tmp_path: Path, schema: dict[str, object]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = tmp_path / "era.835"
    file.write_text(remittance(DENIED, OWED))
    done = claimwright("labels", file, "--format", "json", home=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(home.iterdir()) == []  # it needs no store and begins none
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        jsonschema.validate(line, schema)
    first, second = lines
    assert first | {"lines": [], "warnings": []} == {
        "claim_id": "C1",
        "payer_claim_id": "P1",
        "position": 1,
        "payer_id": "60054",
        "payer": "OAK HEALTH",
        "filing_indicator": "12",
        "remittance": "EFT7",
        "received": "2026-03-14",
        "status_code": "1",
        "outcome": "denied",
        "category": "authorization",
        "charge": 150.0,
        "paid": 0.0,
        "patient_responsibility": 0.0,
        "adjustments": [],
        "rarc": [],
        "warnings": [],
        "lines": [],
    }
    assert second["outcome"] == "patient_responsibility"
    assert second["lines"] == [
        {
            "line_id": "L9",
            "procedure": "90834",
            "procedure_submitted": None,
            "downcoded": False,
            "modifiers": [],
            "date": "2026-02-27",
            "units_paid": 1,
            "charge": 90.0,
            "paid": 0.0,
            "allowed": None,
            "outcome": "patient_responsibility",
            "category": None,
            "adjustments": [{"group": "PR", "carc": "1", "amount": 90.0}],
            "rarc": [],
        }
    ]


def test_a_bad_record_is_named_on_standard_error_and_the_good_ones_come(tmp_path: Path) -> None:
    file = tmp_path / "2026-03-15-era.835"
    file.write_text(remittance(DENIED, BROKEN, OWED))
    done = claimwright("labels", file, "--format", "json", home=tmp_path)
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["claim_id"] for line in lines] == ["C1", "C2"]
    assert {line["received"] for line in lines} == {"2026-03-15"}
    (told,) = done.stderr.splitlines()
    assert told.startswith("2026-03-15-era.835: segment 13 CLP03, claim C3: error:")


def test_a_table_where_no_format_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "era.835"
    file.write_text(remittance(DENIED))
    done = claimwright("labels", file, home=tmp_path)
    assert done.returncode == 0
    assert "90837 95" in done.stdout
    assert "authorization" in done.stdout


def test_what_is_no_remittance_is_told_with_status_1(tmp_path: Path) -> None:
    file = tmp_path / "era.835"
    file.write_text("hello")
    done = claimwright("labels", file, home=tmp_path)
    assert done.returncode == 1
    assert "era.835: error:" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_usage_is_status_2(tmp_path: Path) -> None:
    assert claimwright("labels", "era.835", "--format", "xml", home=tmp_path).returncode == 2


@pytest.mark.parametrize("name", ["score", "review", "labels"])
def test_every_output_has_a_schema(tmp_path: Path, name: str) -> None:
    done = claimwright("schema", name, home=tmp_path)
    assert done.returncode == 0, done.stderr
    jsonschema.Draft202012Validator.check_schema(json.loads(done.stdout))


def test_help_and_labels_import_nothing_heavy(tmp_path: Path) -> None:
    file = tmp_path / "era.835"
    file.write_text(remittance(DENIED))
    code = (
        "import sys\n"
        "from serving.cli import app\n"
        "try:\n"
        f"    app(['labels', {str(file)!r}, '--format', 'json'])\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'mlflow', 'pandas', 'fastapi', 'sqlalchemy', 'lightgbm', 'spacy', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
