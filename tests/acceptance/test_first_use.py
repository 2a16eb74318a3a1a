"""The first thing a person tries, in an empty home: a batch and a note."""

import json
from pathlib import Path

import jsonschema

from models.score import ClaimScore
from serving.reviewing import NoteReview
from tests.acceptance.command import claimwright
from tests.claims.x12.files import claims_file

TEXT = "Met with client 1:00-1:45 pm, ñ.\r\nCBT for F41.1.\nPlan: weekly.\n"


def test_a_batch_scored_before_anything_was_learned(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = tmp_path / "batch.837"
    file.write_bytes(claims_file("A1", "A2", "A3").replace(b"CLM*A2*200.5*", b"CLM*A2*MUCH*"))
    done = claimwright("score", file, "--format", "json", home=home)
    assert done.returncode == 1
    assert "CLM02, claim A2: error:" in done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["claim_id"] for line in lines] == ["A1", "A3"]
    schema = ClaimScore.model_json_schema(mode="serialization")
    for line in lines:
        jsonschema.validate(line, schema)
        assert (line["risk"], line["expected_loss"], line["model"]) == (None, None, None)
        assert [one["line"] for one in line["lines"]] == [1, 2]
        assert {finding["id"].split("/")[0] for finding in line["findings"]} <= {
            str(line["position"])
        }


def test_notes_reviewed_from_standard_input(tmp_path: Path) -> None:
    sent = "\n".join(json.dumps({"id": f"n{number}", "text": TEXT}) for number in (2, 1))
    done = claimwright("review", "-", "--format", "json", home=tmp_path, stdin=sent + "\n{\n")
    assert done.returncode == 1
    assert "standard input: row 3: error:" in done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in lines] == ["n2", "n1"]
    schema = NoteReview.model_json_schema(mode="serialization")
    for line in lines:
        jsonschema.validate(line, schema)
        passages = [one for element in line["elements"].values() for one in element["evidence"]]
        assert passages
        for one in passages:
            assert TEXT[one["start"] : one["end"]] == one["text"]
