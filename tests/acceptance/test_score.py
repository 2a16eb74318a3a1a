"""The road of a biller through the installed command alone: ingest, train, promote, score, fix."""

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from tests.acceptance.command import claimwright

RECOVERABLE, REWORK = 0.22, 25.0


def rows(text: str) -> list[dict]:
    """JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A home that has taken in what a practice had before its last batch, and that batch."""
    folder = tmp_path_factory.mktemp("road")
    home = folder / "home"
    home.mkdir()
    made = claimwright(
        "synth", folder / "out", "--clients", "13", "--months", "6", "--seed", "4", home=home
    )
    assert made.returncode == 0, made.stderr
    batch = max((folder / "out" / "claims").glob("*.837"))
    had = folder / "had"
    for file in (folder / "out").rglob("*.*"):
        kind = file.parent.name
        if kind == "truth" or file == batch:
            continue
        if kind == "policies" or file.name[:10] <= batch.stem:
            (had / kind).mkdir(parents=True, exist_ok=True)
            shutil.copy(file, had / kind / file.name)
    taken = claimwright("ingest", had, home=home)
    assert taken.returncode == 0, taken.stderr
    return home, batch


@pytest.fixture(scope="module")
def before(road: tuple[Path, Path]) -> list[dict]:
    """The batch scored before there is a model."""
    home, batch = road
    done = claimwright("score", batch, "--format", "json", home=home)
    assert done.returncode == 0, done.stderr
    return rows(done.stdout)


@pytest.fixture(scope="module")
def scored(road: tuple[Path, Path], before: list[dict]) -> list[dict]:
    """The batch scored by the first model."""
    home, batch = road
    trained = claimwright(
        "train", "--as-of", batch.stem, "--no-prior", "--format", "json", home=home
    )
    assert trained.returncode == 0, trained.stderr
    assert json.loads(trained.stdout)["manifest"]["settled_lines"] >= 300
    assert claimwright("promote", "--force", "first model", home=home).returncode == 0
    done = claimwright("score", batch, "--format", "json", "--explain", "3", home=home)
    assert done.returncode == 0, done.stderr
    return rows(done.stdout)


def test_without_a_model_findings_come_and_risks_do_not(before: list[dict]) -> None:
    assert {claim["risk"] for claim in before} == {None}
    assert {claim["model"] for claim in before} == {None}
    assert any(claim["findings"] for claim in before)


def test_every_claim_and_line_has_a_risk_and_the_list_is_ranked(scored: list[dict]) -> None:
    first = [claim for claim in scored if claim["unscored"] is None]
    assert first
    assert all(0 < claim["risk"] < 1 for claim in first)
    assert all(line["risk"] is not None for claim in first for line in claim["lines"])
    losses = [claim["expected_loss"] or 0 for claim in scored]
    assert losses == sorted(losses, reverse=True)
    assert {claim["model"]["name"] for claim in first} == {"denial"}


def test_a_claim_is_at_least_as_risky_as_its_riskiest_line(scored: list[dict]) -> None:
    for claim in scored:
        if claim["risk"] is not None:
            highest = max(line["risk"] for line in claim["lines"])
            spared = 1.0
            for line in claim["lines"]:
                spared *= 1 - line["risk"]
            assert highest - 1e-9 <= claim["risk"] <= 1 - spared + 1e-9


def test_reasons_sum_to_the_risk(scored: list[dict]) -> None:
    for claim in scored:
        for judged in (claim, *claim["lines"]):
            if judged["risk"] is not None:
                total = sum(reason["probability"] for reason in judged["reasons"])
                assert total == pytest.approx(judged["risk"], abs=1e-9)


def test_expected_loss_is_what_the_contract_says(scored: list[dict]) -> None:
    for claim in scored:
        if claim["risk"] is not None:
            allowed = sum(line["expected_allowed"] for line in claim["lines"])
            loss = claim["risk"] * (allowed * (1 - RECOVERABLE) + REWORK)
            assert claim["expected_loss"] == pytest.approx(loss, abs=0.02)


def test_drivers_come_for_the_top_alone(scored: list[dict]) -> None:
    with_drivers = [any(line["drivers"] for line in claim["lines"]) for claim in scored]
    assert with_drivers[:3] == [True] * 3
    assert not any(with_drivers[3:])
    texts = [d["text"] for line in scored[0]["lines"] for d in line["drivers"]]
    assert texts
    assert not any(text[0].islower() or not text.endswith(".") for text in texts)


def test_output_is_as_the_schema_says(road: tuple[Path, Path], scored: list[dict]) -> None:
    schema = json.loads(claimwright("schema", "score", home=road[0]).stdout)
    for claim in scored:
        jsonschema.validate(claim, schema)


def test_a_fix_is_made_and_its_finding_is_gone(
    road: tuple[Path, Path], scored: list[dict], tmp_path: Path
) -> None:
    home, batch = road
    fixable = [
        finding
        for claim in scored
        for finding in claim["findings"]
        if finding["fix"] and finding["fix"]["action"] != "hold" and not finding["fix"]["needs"]
    ]
    assert fixable
    one = fixable[0]
    assert one["risk_after"] is not None
    out = tmp_path / "fixed.837"
    done = claimwright(
        "score", batch, "--apply", one["id"], "--out", out, "--format", "json", home=home
    )
    assert done.returncode == 0, done.stderr
    again = rows(claimwright("score", out, "--format", "json", home=home).stdout)
    left = {finding["id"] for claim in again for finding in claim["findings"]}
    assert one["id"] not in left
    old, new = batch.read_bytes(), out.read_bytes()
    assert old != new
    assert abs(len(old) - len(new)) < 200


def test_wrong_use_ends_with_2_and_bad_input_with_1(
    road: tuple[Path, Path], tmp_path: Path
) -> None:
    home, batch = road
    assert claimwright("score", batch, "--explain", "some", home=home).returncode == 2
    assert claimwright("score", batch, "--apply", "1/1/x.y", home=home).returncode == 2
    empty = tmp_path / "nothing.837"
    empty.write_bytes(b"")
    done = claimwright("score", empty, home=home)
    assert done.returncode == 1
    assert "nothing.837" in done.stderr
