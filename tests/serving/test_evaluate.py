"""`claimwright evaluate`: what it prints, writes and logs."""

import json
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving.cli import app
from tests.training.test_evaluate import world
from tests.training.test_train import QUICK
from training.dataset import Dataset
from training.evaluate import backtest
from training.truth import Truth

__all__ = ["world"]


# MLflow's own queries; gone with the release of it that asks SQLAlchemy otherwise.
@pytest.mark.filterwarnings("ignore:The ``noload`` loader:sqlalchemy.exc.SADeprecationWarning")
def test_the_report_is_printed_written_and_logged_without_a_patient_in_it(
    world: tuple[Dataset, Truth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = world[0]
    monkeypatch.setattr("training.dataset.gather", lambda *_, **__: dataset)
    monkeypatch.setattr("training.evaluate.backtest", partial(backtest, settings=QUICK))
    home = tmp_path / "home"
    asked = ["--home", str(home), "evaluate", "--as-of", "2026-01-01", "--months", "1"]
    result = CliRunner().invoke(app, [*asked, "--format", "json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["against"] == "outcomes"
    assert set(found["figures"]) == {
        "base rate", "edits alone", "logistic regression", "histogram boosting", "claimwright"
    }  # fmt: skip
    assert json.loads((home / "evaluation.json").read_text()) == found
    text = (home / "evaluation.html").read_text()
    assert "<svg" in text

    with closing(sqlite3.connect(home / "mlflow.db")) as tracked:
        logged = dict(tracked.execute("select key, value from metrics").fetchall())
    loss = found["figures"]["claimwright"]["log_loss"]["value"]
    assert logged["claimwright/log_loss"] == pytest.approx(loss)
    files = {path.name for path in (home / "artifacts").rglob("*") if path.is_file()}
    assert files == {"evaluation.html", "evaluation.json"}
    for word in ("client1", "npi1", "C17"):
        assert word not in text + json.dumps(found)
