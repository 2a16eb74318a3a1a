"""The committed practice is whole and readable."""

from pathlib import Path

import pyarrow.parquet as pq

import data.synthetic.sample as sample
from claims.claim import Submission
from claims.files import read
from claims.note import Note
from claims.problem import Problem
from claims.remittance import ClaimPayment

HERE = Path(sample.__file__).parent


def test_it_is_read_without_a_problem() -> None:
    kinds = ("claims", "remittances", "notes", "authorizations", "benefits")
    found = [one for kind in kinds for path in sorted(HERE.glob(f"{kind}/*")) for one in read(path)]
    assert not [one for one in found if isinstance(one, Problem)]
    first = {one.claim.claim_id for one in found if isinstance(one, Submission)}
    truth = pq.read_table(HERE / "truth" / "claims.parquet").column("claim_id").to_pylist()
    assert first == set(truth)
    assert sum(isinstance(one, Note) for one in found) > 150
    assert {one.claim_id for one in found if isinstance(one, ClaimPayment)} <= first


def test_elements_stand_where_the_truth_says() -> None:
    notes = {
        one.id: one for path in HERE.glob("notes/*") for one in read(path) if isinstance(one, Note)
    }
    import json

    for row in pq.read_table(HERE / "truth" / "notes.parquet").to_pylist():
        text = notes[row["id"]].text
        for places in json.loads(row["elements"]).values():
            for start, end in places:
                assert 0 <= start < end <= len(text)
                assert text[start:end].strip()
