"""The HTTP service: the same answers as the command's, and one shape of error without input."""

import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from claims.claim import Submission
from claims.note import Note
from models.score import ClaimScore, LineScore, ModelReference
from serving.api.errors import CODES
from serving.app import create_app
from serving.cli import app as cli
from serving.reviewing import review
from serving.settings import Settings
from serving.settings import settings as of_process
from tests.claims.x12.examples import claim
from tests.claims.x12.files import claims_file, remittance_file
from tests.serving.web import Web

MARKER = "MARKER"
ERROR_KEYS = {"code", "message", "problems"}


class Fake:
    """A scoring that remembers what it was asked."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.fault = fault
        self.closed = False

    def score(
        self,
        submissions: Sequence[Submission],
        as_of: date | None = None,
        explain: int | None = 0,
        notes: Mapping[int, Sequence[Note]] | None = None,
    ) -> list[ClaimScore]:
        if self.fault:
            raise self.fault
        self.asked.append((submissions, as_of, explain, notes))
        return [
            ClaimScore(
                claim_id=one.claim.claim_id,
                position=one.source.position,
                as_of=as_of or date(2026, 3, 2),
                payer_id=one.claim.payer.payer_id,
                payer=one.claim.payer.name,
                member_id=one.claim.subscriber.member_id,
                date_of_service=one.claim.date_of_service,
                charge=one.claim.charge,
                risk=0.5,
                expected_loss=1.0,
                lines=tuple(
                    LineScore(
                        line=line.line,
                        procedure=line.procedure,
                        modifiers=line.modifiers,
                        units=line.units,
                        charge=line.charge,
                        risk=0.5,
                        expected_allowed=line.charge,
                    )
                    for line in one.claim.lines
                ),
            )
            for one in submissions
        ]

    def model(self) -> ModelReference | None:
        if self.fault:
            raise self.fault
        return ModelReference(name="denial", version="3")

    def close(self) -> None:
        self.closed = True


def client_of(scoring: Fake, **settings: Any) -> Web:
    return Web(create_app(Settings(**settings), lambda: scoring))


@pytest.fixture
def scoring() -> Fake:
    return Fake()


@pytest.fixture
def client(scoring: Fake) -> Iterator[Web]:
    yield client_of(scoring)
    assert scoring.closed or not scoring.asked


def body(**more: Any) -> dict[str, Any]:
    return {"claims": [json.loads(claim().model_dump_json())], **more}


def test_health_and_readiness(client: Web) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.json() == {"status": "ready", "model": {"name": "denial", "version": "3"}}
    assert ready.headers["cache-control"] == "no-store"


def test_not_ready_where_the_database_cannot_be_opened() -> None:
    client = client_of(Fake(OSError("MARKER/path")))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "not_ready"
    assert MARKER not in answer.text


def test_claims_are_scored_with_the_notes_that_name_them(client: Web, scoring: Fake) -> None:
    note = {"id": "n1", "text": "Seen for 45 minutes.", "claim_id": "A1"}
    other = {"id": "n2", "text": "Another.", "claim_id": "B9"}
    answer = client.post(
        "/v1/claims/score",
        json=body(notes=[note, other], submitted="2026-03-03", as_of="2026-03-04", explain="all"),
    )
    assert answer.status_code == 200, answer.text
    assert [one["claim_id"] for one in answer.json()["claims"]] == ["A1"]
    ((submissions, as_of, explain, notes),) = scoring.asked
    assert submissions[0].claim == claim()
    assert submissions[0].submitted == date(2026, 3, 3)
    assert (as_of, explain) == (date(2026, 3, 4), None)
    assert [one.id for one in notes[0]] == ["n1"]


def test_a_file_is_scored_and_its_bad_claim_is_a_problem(client: Web) -> None:
    content = claims_file("A1", "A2").replace(b"CLM*A1*200.5*", b"CLM*A1*MARKER*")
    answer = client.post(
        "/v1/claims/score-file?explain=3", files={"file": ("MARKER-name.837", content)}
    )
    assert answer.status_code == 200, answer.text
    assert [one["claim_id"] for one in answer.json()["claims"]] == ["A2"]
    (told,) = answer.json()["problems"]
    assert (told["field"], told["claim_id"], told["severity"]) == ("CLM02", "A1", "error")
    assert MARKER not in json.dumps(answer.json()["problems"])


@pytest.mark.parametrize("content", [b"", b"MARKER", remittance_file()])
def test_a_file_without_claims_is_refused(client: Web, content: bytes) -> None:
    answer = client.post("/v1/claims/score-file", files={"file": ("x", content)})
    assert answer.status_code == 422
    assert set(answer.json()["error"]) == ERROR_KEYS
    assert answer.json()["error"]["problems"]
    assert MARKER not in answer.text


def test_notes_are_reviewed_as_the_command_does(client: Web) -> None:
    note = {"id": "n1", "text": "Met with client 1:00-1:45 pm by video. Plan: weekly."}
    answer = client.post("/v1/notes/review", json={"notes": [note]})
    assert answer.status_code == 200, answer.text
    expected = json.loads(review(Note.model_validate(note)).model_dump_json())
    assert answer.json() == {"reviews": [expected]}


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("/v1/claims/score", body(as_of="MARKER"), "as_of"),
        ("/v1/claims/score", {"claims": [{"claim_id": "A1", "payer": "MARKER"}]}, "claims.0.payer"),
        ("/v1/claims/score", {"claims": []}, "claims"),
        ("/v1/claims/score", body(MARKER="MARKER"), "(an unknown field)"),
        ("/v1/notes/review", {"notes": [{"id": "n", "text": "MARKER", "age": "MARKER"}]},
         "notes.0.age"),
        ("/v1/notes/review", {"notes": "MARKER"}, "notes"),
        ("/v1/notes/review", {"notes": [{"id": "MARKER"}]}, "notes.0.text"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_by_field_and_never_repeated(
    client: Web, caplog: pytest.LogCaptureFixture, path: str, sent: Any, field: str
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = client.post(path, json=sent)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert set(error) == ERROR_KEYS
    assert error["code"] == "invalid"
    assert field in [one["field"] for one in error["problems"]]
    assert MARKER not in answer.text
    assert MARKER not in caplog.text


def test_a_body_that_is_no_json_is_said_to_be_none(client: Web) -> None:
    answer = client.post(
        "/v1/notes/review",
        content=b'{"notes": MARKER',
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        422,
        "the body is not valid JSON",
    )
    assert MARKER not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/claims/score", 405, "method_not_allowed"),
    ],
)
def test_every_error_has_the_one_shape(
    client: Web, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()["error"]) == ERROR_KEYS


async def pieces() -> AsyncIterator[bytes]:
    for _ in range(3):
        yield b"x" * 600


def test_a_body_beyond_the_limit_is_refused_announced_or_not() -> None:
    client = client_of(Fake(), largest_body=1000)
    announced = client.post("/v1/notes/review", content=b"x" * 1001)
    streamed = client.post("/v1/notes/review", content=pieces())
    file = client.post("/v1/claims/score-file", files={"file": ("x", b"x" * 2000)})
    for answer in (announced, streamed, file):
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "too_large"


def test_a_defect_of_ours_is_answered_and_logged_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(Fake(RuntimeError("MARKER of a patient")))
    answer = client.post("/v1/claims/score", json=body())
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert MARKER not in answer.text
    assert MARKER not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_practice_without_model_gets_what_the_command_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    client = Web(create_app(Settings(home=home)))
    assert client.get("/readyz").json() == {"status": "ready", "model": None}
    answer = client.post("/v1/claims/score-file", files={"file": ("x", claims_file("A1"))})
    (one,) = answer.json()["claims"]
    assert (one["claim_id"], one["risk"], one["model"]) == ("A1", None, None)
    assert not (home / "mlflow.db").exists()
    file = tmp_path / "batch.837"
    file.write_bytes(claims_file("A1"))
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(home))
    of_process.cache_clear()
    done = CliRunner().invoke(cli, ["score", str(file), "--format", "json"])
    of_process.cache_clear()
    assert done.exit_code == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [one]


def test_every_address_has_its_heading_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    paths = create_app(Settings()).openapi()["paths"]
    assert paths
    for path, methods in paths.items():
        for method in methods:
            assert f"\n## {method.upper()} {path}\n" in page


def test_every_error_code_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for status in (404, 405, 413, 422, 500, 503):
        assert f"`{CODES[status]}` ({status}" in page
