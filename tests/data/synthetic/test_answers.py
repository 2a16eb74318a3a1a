"""What payers send back says what the truth says."""

from pathlib import Path

import pyarrow.parquet as pq

from claims.outcome import outcomes
from claims.policies import read_folder
from claims.x12.reader import read_x12

FINAL = {"paid", "denied", "partially_denied", "patient_responsibility"}


def first_finals(practice: Path) -> dict[str, tuple[str, str | None, str]]:
    """By line id: outcome, category and day of its first final answer."""
    found: dict[str, tuple[str, str | None, str]] = {}
    for path in sorted(practice.glob("remittances/*.835")):
        with path.open("rb") as file:
            for claim in outcomes(read_x12(file, path.name)):
                for line in getattr(claim, "lines", ()):
                    if line.outcome in FINAL and line.line_id not in found:
                        found[line.line_id] = (line.outcome, line.category, path.name[:10])
    return found


def test_the_first_final_answer_of_each_line_is_the_truths(practice: Path) -> None:
    found = first_finals(practice)
    for row in pq.read_table(practice / "truth" / "lines.parquet").to_pylist():
        told = found.get(f"{row['claim_id']}L{row['line']}")
        if row["denied"] is None:
            assert told is None
            continue
        assert told == (row["outcome"], row["category"], row["settled"])
        assert row["denied"] == (told[0] in ("denied", "partially_denied"))


def test_announced_policies_are_valid(practice: Path) -> None:
    files, problems = read_folder(practice / "policies")
    assert not problems
    assert len(files) == len(list((practice / "policies").glob("*.yaml")))
