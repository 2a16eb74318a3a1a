"""The drift report of the small practice, and its parts."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from claims.problem import ClaimwrightError
from claims.store import Store
from tests.training.payers import START, practice, silent_since, usual
from training.drift import Knowledge, page, report
from training.inputs import first_seen, shifts, silences
from training.live import AGAIN, AS_SCORED, UNSEEN, performance, scored


def test_the_report_of_the_small_practice_is_a_document_and_a_page(whole: Store) -> None:
    day = whole.newest_known_day()
    assert day is not None
    document = report(Knowledge.of(whole, day))
    assert document["as_of"] == day.isoformat()
    for change in document["changes"]:
        assert {"since", "payer", "procedure", "modifier", "place", "category", "before", "after",
                "lines", "kind"} <= set(change)  # fmt: skip
    html = page(document)
    assert html.startswith("<!doctype html>")
    assert "http" not in html.replace("http-equiv", "")


def test_an_empty_store_is_told_what_to_do(tmp_path: Path) -> None:
    with (
        Store.open(f"sqlite:///{tmp_path / 'empty.db'}", "main", tmp_path) as store,
        pytest.raises(ClaimwrightError, match="ingest"),
    ):
        Knowledge.of(store, date(2025, 1, 1))


def test_nothing_known_after_the_day_is_in_the_report(
    whole: Store, that_morning: tuple[Store, date]
) -> None:
    store, day = that_morning
    before = date.fromordinal(day.toordinal() - 1)
    assert report(Knowledge.of(whole, before)) == report(Knowledge.of(store, before))


def test_a_payer_that_stops_answering_is_named() -> None:
    lines, answers = practice(usual, 2)
    as_of = START + 400
    fine = silences(lines, answers.before(as_of), as_of)
    assert not any(one.silent for one in fine)
    gone = silent_since(lines, answers, "P3", 320)
    named = silences(lines, gone.before(as_of), as_of)
    assert [one.payer for one in named if one.silent] == ["P3"]


def test_a_code_first_sent_of_late_is_new() -> None:
    lines, _ = practice(usual, 3)
    newest = np.flatnonzero(lines.submitted >= START + 380)
    for row in newest[::3]:
        lines.procedure[row] = "97129"
    assert list(first_seen(lines.procedure, lines, START + 400, 60)) == ["97129"]


def test_inputs_that_move_stand_out_from_chance() -> None:
    lines, _ = practice(usual, 4)
    assert not any(one.large for one in shifts(lines, START + 400))
    for row in np.flatnonzero(lines.submitted >= START + 350):
        lines.place[row] = "02"
    assert [one.feature for one in shifts(lines, START + 400) if one.large] == ["place"]


def test_claims_fixed_after_scoring_are_told_apart() -> None:
    def column(*values: object) -> np.ndarray:
        return np.array(values, dtype=object)

    days = np.array(["2025-01-06"] * 4, dtype="datetime64[D]")
    scores = {
        "claim_id": column("A", "B", "B", "C"),
        "line": np.array([1, 1, 1, 1]),
        "submission_digest": column("a", "b0", "b", "c0"),
        "risk": np.array([0.1, 0.8, 0.2, 0.9]),
        "as_of": days,
        "model_version": column("1", "1", "1", "1"),
    }
    lines = {
        "key": np.array([10, 20, 30, 40]),
        "claim_id": column("A", "B", "C", "D"),
        "line": np.array([1, 1, 1, 1]),
        "digest": column("a", "b", "c", "d"),
        "known_on": np.array(["2025-01-06"] * 4, dtype="datetime64[D]"),
    }
    found = scored(scores, lines)
    assert found.key.tolist() == [10, 20, 30]
    assert found.group.tolist() == [AS_SCORED, AGAIN, UNSEEN]
    assert found.last[:2].tolist() == [0.1, 0.2]
    told = performance(found, np.array([10, 20, 30]), np.array([False, False, False]))
    assert told["judged"] == 2
    assert told["acted_on"] == {"lines": 1, "risk_before": 0.8, "risk_after": 0.2, "denied": 0.0}
