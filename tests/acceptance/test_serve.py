"""The service as `claimwright serve` starts it, over a real port."""

import os
import re
import signal
import subprocess
from pathlib import Path

import httpx

from tests.acceptance.command import COMMAND
from tests.acceptance.test_labels import DENIED, remittance


def test_the_service_answers_and_stops_when_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [str(COMMAND), "--home", str(tmp_path / "home"), "serve", "--port", "0"],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        address = _address(process, log)
        assert address.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=address, timeout=60) as client:
            assert client.get("/healthz").json() == {"status": "ok"}
            note = {"id": "n1", "text": "MARKER seen 1:00-1:45 pm.", "age": "MARKER"}
            refused = client.post("/v1/notes/review", json={"notes": [note]})
            file = {"file": ("MARKER.835", remittance(DENIED).encode())}
            no_claims = client.post("/v1/claims/score-file", files=file)
        assert (refused.status_code, no_claims.status_code) == (422, 422)
        assert "MARKER" not in refused.text + no_claims.text + log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, once it says so."""
    for _ in range(600):
        found = re.search(r"running on (\S+)", log.read_text())
        if found:
            return found.group(1)
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"it did not start: {log.read_text()}")
