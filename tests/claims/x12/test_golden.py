"""Files kept beside what they say. A change in either is seen in review.

The files were written by hand around the guide's loops; the JSON is what a person read in them.
"""

import io
import json
from pathlib import Path

import pytest

from claims.claim import Submission
from claims.problem import Problem
from claims.remittance import ClaimPayment, ProviderAdjustment, Remittance
from claims.x12.reader import read_x12

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(path for path in GOLDEN.iterdir() if path.suffix in (".837", ".835"))


def said(path: Path) -> list[object]:
    found: list[object] = []
    for one in read_x12(io.BytesIO(path.read_bytes()), path.name):
        if isinstance(one, Problem):
            found.append(str(one))
        elif isinstance(one, Submission | Remittance | ClaimPayment | ProviderAdjustment):
            record = one.model_dump(mode="json", exclude_defaults=True)
            found.append({type(one).__name__: record})
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_kept_file_says_what_it_said(path: Path) -> None:
    assert said(path) == json.loads(path.with_suffix(f"{path.suffix}.json").read_text())
