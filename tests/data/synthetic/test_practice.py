"""The files of a synthetic practice: readable, repeatable, and true to their truth."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from claims.claim import Submission
from claims.problem import ClaimwrightError, Problem
from claims.remittance import ClaimPayment
from claims.x12.reader import read_x12
from data.synthetic.folder import Order, write_practice
from data.synthetic.truth_tables import CATEGORIES
from data.synthetic.world import World


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read(paths: list[Path]) -> list[object]:
    found: list[object] = []
    for path in paths:
        with path.open("rb") as file:
            found.extend(read_x12(file, path.name))
    return found


def test_every_file_is_read_without_a_problem(practice: Path) -> None:
    found = read([*practice.glob("claims/*.837"), *practice.glob("remittances/*.835")])
    assert not [one for one in found if isinstance(one, Problem)]


def test_each_line_of_a_claim_has_its_truth(practice: Path) -> None:
    truth = pq.read_table(practice / "truth" / "lines.parquet").to_pylist()
    sent = [
        one for one in read(sorted(practice.glob("claims/*.837"))) if isinstance(one, Submission)
    ]
    first = {one.claim.claim_id: one for one in reversed(sent)}
    lines = {
        (claim_id, line.line, one.submitted.isoformat() if one.submitted else "")
        for claim_id, one in first.items()
        for line in one.claim.lines
    }
    assert lines == {(row["claim_id"], row["line"], row["submitted"]) for row in truth}


def test_the_reasons_of_a_line_sum_to_its_risk(practice: Path) -> None:
    for row in pq.read_table(practice / "truth" / "lines.parquet").to_pylist():
        assert (
            abs(sum(row[f"probability_{name}"] for name in CATEGORIES) - row["probability"]) < 1e-9
        )


def test_a_claim_is_at_least_as_risky_as_each_of_its_lines(practice: Path) -> None:
    claims = {
        row["claim_id"]: row["probability"]
        for row in pq.read_table(practice / "truth" / "claims.parquet").to_pylist()
    }
    for row in pq.read_table(practice / "truth" / "lines.parquet").to_pylist():
        assert row["probability"] <= claims[row["claim_id"]] + 1e-12


def test_every_answered_claim_has_its_remittance(practice: Path) -> None:
    truth = pq.read_table(practice / "truth" / "claims.parquet").to_pylist()
    paid = read(sorted(practice.glob("remittances/*.835")))
    answered = {one.claim_id for one in paid if isinstance(one, ClaimPayment)}
    assert answered == {row["claim_id"] for row in truth if row["denied"] is not None}


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(
    world: World, tmp_path: Path
) -> None:
    order = Order(world, 121, 0.25, seed=2, outcome_seed=2)
    assert order.shards == 2
    write_practice(order, tmp_path / "one", processes=1)
    write_practice(order, tmp_path / "two", processes=2)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_another_outcome_seed_changes_nothing_before_the_first_remittance(
    world: World, tmp_path: Path, practice: Path
) -> None:
    write_practice(Order(world, 30, 3, seed=5, outcome_seed=6), tmp_path / "other")
    first = min(
        path.name[:10]
        for folder in (practice, tmp_path / "other")
        for path in folder.glob("remittances/*")
    )
    one, two = (
        {
            name: data
            for name, data in content(folder).items()
            if not name.startswith("truth/") and Path(name).name[:10] < first
        }
        for folder in (practice, tmp_path / "other")
    )
    assert one == two
    rows = [
        {
            (row["claim_id"], row["line"]): row["probability"]
            for row in pq.read_table(folder / "truth" / "lines.parquet").to_pylist()
            if row["submitted"] < first
        }
        for folder in (practice, tmp_path / "other")
    ]
    assert rows[0] == rows[1]
    assert rows[0]
    different = [
        pq.read_table(folder / "truth" / "lines.parquet").column("denied").to_pylist()
        for folder in (practice, tmp_path / "other")
    ]
    assert different[0] != different[1]


def test_a_folder_that_is_not_empty_is_refused(world: World, practice: Path) -> None:
    with pytest.raises(ClaimwrightError, match="not empty"):
        write_practice(Order(world, 40, 1, seed=1, outcome_seed=1), practice)
