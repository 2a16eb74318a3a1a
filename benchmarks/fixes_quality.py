"""The risk that we say a fix leaves, against the truth of the repaired line.

`python -m benchmarks.fixes_quality PRACTICE HOME [--weeks N]`: PRACTICE is what `claimwright synth`
wrote, HOME has taken it in and holds a model that was trained as of a day before the last N weeks.
Each weekly batch is scored as of its own day. Looked at are lines with one error, on claims whose
errors a biller can put right alone, where a finding of that error has a fix: the world's own
probabilities give what the line's risk is with the error gone and everything else as it was
(`data.synthetic.mended`). No line is matched with others that are only like it.
"""

import argparse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet

from claims.claim import Submission
from claims.files import day_in_name, read
from data.synthetic.hidden import Hidden
from data.synthetic.learnable import Past
from data.synthetic.mended import FEATURES, mended
from models.score import ClaimScore
from serving.scoring import Scoring
from serving.settings import Settings
from training.metrics import bootstrap

SAME = {
    "coding.unsupported": ("time.code_too_long", "units.too_many"),
    "units.more_than_time": ("units.too_many",),
}
"""Findings of ours that put another edit's error right too."""


@dataclass(frozen=True)
class Mended:
    """One line with its error, and without it."""

    claim: int
    edit: str
    before: float
    """True probability as it was sent."""
    after: float
    """True probability with the error gone."""
    said_before: float
    said_after: float


def scored(practice: Path, home: Path, weeks: int) -> list[ClaimScore]:
    """The last weeks' batches, each as of its own day."""
    scoring = Scoring(Settings(home=home))
    found: list[ClaimScore] = []
    try:
        for file in sorted((practice / "claims").glob("*.837"))[-weeks:]:
            submissions = [one for one in read(file) if isinstance(one, Submission)]
            found += scoring.score(submissions, day_in_name(file.name))
    finally:
        scoring.close()
    return found


def slips_of(practice: Path) -> dict[tuple[str, int, str], tuple[float, frozenset[str]]]:
    """Probability and errors of each line, by claim, line and day."""
    names = ["claim_id", "line", "submitted", "probability", "slips"]
    rows = parquet.read_table(practice / "truth" / "lines.parquet", columns=names).to_pylist()
    return {
        (row["claim_id"], row["line"], row["submitted"]): (
            row["probability"],
            frozenset(row["slips"].split()),
        )
        for row in rows
    }


def compared(practice: Path, scores: list[ClaimScore]) -> tuple[list[Mended], int]:
    """Lines whose error was found with a fix, and how many more had one that was not found."""
    past = Past.read(practice)
    hidden = Hidden(past.order.world, past.order.seed)
    sent = {(one.case.claim_id, one.case.submitted.isoformat()): one for one in past.claims}
    truth = slips_of(practice)
    found: list[Mended] = []
    missed = 0
    for number, score in enumerate(scores):
        day = score.as_of.isoformat()
        one = sent.get((score.claim_id, day))
        lines = [truth.get((score.claim_id, line.line, day)) for line in score.lines]
        if one is None or any(line is None for line in lines) or score.risk is None:
            continue
        errors = frozenset[str]().union(*(slips for _, slips in lines if slips))  # type: ignore[misc]
        if len(errors) != 1 or not errors <= FEATURES.keys():
            continue
        (edit,) = errors
        right = mended(hidden, one, errors).totals
        for place, line in enumerate(score.lines):
            probability, slips = lines[place]  # type: ignore[misc]
            if not slips:
                continue
            fixes = [
                finding.risk_after
                for finding in score.findings
                if finding.line in (0, line.line)
                and (finding.edit == edit or edit in SAME.get(finding.edit, ()))
                and finding.risk_after is not None
            ]
            if not fixes or line.risk is None:
                missed += 1
                continue
            found.append(Mended(number, edit, probability, right[place], line.risk, min(fixes)))
    return found, missed


def report(found: list[Mended], missed: int) -> str:
    """What was found, by kind of error, with the interval of the whole."""
    lines = [
        "                                        lines   risk as sent    with the error gone",
        "                                                true    said      true    said",
    ]
    kinds: dict[str, list[Mended]] = defaultdict(list)
    for one in found:
        kinds[one.edit].append(one)
    for edit, some in [*sorted(kinds.items()), ("all of them", found)]:
        figures = np.array([(m.before, m.said_before, m.after, m.said_after) for m in some])
        if len(figures):
            means = "  ".join(f"{value:6.3f}" for value in figures.mean(axis=0))
            lines.append(f"{edit:38} {len(some):6d}   {means}")
    if found:
        off = np.array([m.said_after - m.after for m in found])
        claim = np.array([m.claim for m in found])
        mean = bootstrap(lambda rows: float(off[rows].mean()), claim)
        size = bootstrap(lambda rows: float(np.abs(off[rows]).mean()), claim)
        lines.append(f"said less true with the error gone, mean {mean}; absolute {size}")
    lines.append(f"{missed} more lines had one such error, and no finding of it with a fix")
    return "\n".join(lines)


def main() -> None:
    """Prints the comparison."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fixes_quality", description=__doc__)
    parser.add_argument("practice", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("--weeks", type=int, default=8)
    given = parser.parse_args()
    scores = scored(given.practice, given.home, given.weeks)
    print(report(*compared(given.practice, scores)))


if __name__ == "__main__":
    main()
