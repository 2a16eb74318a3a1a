"""Worlds that nobody had in mind: small, lopsided, at other times."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from claims.policies import read_folder
from claims.problem import ClaimwrightError
from data.synthetic.folder import Order, clients_for, write_practice
from data.synthetic.world import load_world
from tests.data.synthetic.test_answers import first_finals

SITE = '[{name: A, line1: 1 A St, city: Boise, state: ID, postal_code: "837020001"}]'
LONELY = f"""
name: lonely
start: 2027-03-01
sites: {SITE}
disciplines:
  SLP: {{share: 1, credentials: {{CCC-SLP: 1}}, episode_weeks: 10, visits_per_week: {{"1": 1}}}}
payers:
  - {{id: "12345", name: Only Payer, type: commercial, filing_indicator: CI, share: {{SLP: 1}},
     plans: [{{name: P}}]}}
review: {{base: -2}}
causes:
  - {{name: provider, category: provider, scope: claim, base: -2, reasons: [{{carc: "B7"}}]}}
"""
HARD = f"""
name: hard
start: 2026-02-02
sites: {SITE}
growth: 1.5
disciplines:
  MH: {{share: 0.5, credentials: {{LMFT: 1, MD: 1}}, episode_weeks: 30,
       visits_per_week: {{"0.25": 1, "3": 1}}, telehealth: 1, group: 0.5, family: 0.5,
       unbilled_over_limit: 0}}
  ABA: {{share: 0.5, credentials: {{BCBA: 1}}, episode_weeks: 3, visits_per_week: {{"5": 1}},
        assistant: 1.0, child: 1}}
payers:
  - {{id: "AB1", name: Alpha, type: medicaid, filing_indicator: MC, share: {{MH: 1, ABA: 1}},
     plans: [{{name: P, visit_limit: {{MH: 5}}, copay: 500}}, {{name: Q, deductible: 1.0}}],
     authorization: [{{disciplines: [ABA, MH], units: 20, days: 14}}], cycle: [4],
     timely_filing_days: 10, unit_rule: cms_8_minute, referring: [MH], downcoded: 1.0, split: 1.0,
     takeback: 0.5, pend_notice: 1.0}}
  - {{id: "CD2", name: Beta, type: commercial, filing_indicator: BL, share: {{ABA: 1}},
     joins_month: 0.5, plans: [{{name: P}}], unanswered: 1.0}}
review: {{base: 3}}
causes:
  - {{name: elig, category: eligibility, scope: claim, quick: true, base: -6,
     effects: {{lapsed: 9, other_coverage: 4}}, reasons: [{{carc: "27"}}]}}
  - {{name: benefit, category: benefit_limit, scope: claim, needs: [benefit_exhausted], base: 4,
     reasons: [{{carc: "119"}}]}}
  - {{name: doc, category: documentation, scope: line, reviewed: true, base: -1,
     effects: {{missing_share: 5}}, reasons: [{{carc: "252", rarc: [N706]}}]}}
  - {{name: odd, category: null, scope: line, base: -3, reasons: [{{carc: "A1"}}]}}
slips: {{late_filing: {{rate: 0.3}}, duplicate: {{rate: 0.3}}, wrong_rendering: {{rate: 0.3}},
        longer_code: {{rate: 0.5}}, extra_unit: {{rate: 0.4}}, note_missing: {{rate: 0.5}},
        place_wrong: {{rate: 0.4}}, referring_missing: {{rate: 0.5}}}}
changes:
  - {{id: at-once, payer: AB1, month: 0, announced: 10, rules: {{timely_filing_days: 20}}}}
  - {{id: fewer, payer: AB1, month: 1, announced: 20,
     rules: {{plans: [{{name: Q, visit_limit: {{MH: 2}}}}]}}}}
  - {{id: never-felt, payer: AB1, month: 40, effects: [{{cause: doc, add: 2}}]}}
"""


@pytest.mark.parametrize(("text", "clients", "months"), [(LONELY, 2, 1), (HARD, 8, 3)])
def test_what_payers_answer_is_the_truth(
    text: str, clients: float, months: float, tmp_path: Path
) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(text)
    out = tmp_path / "out"
    write_practice(Order(load_world(path), clients, months, seed=3, outcome_seed=4), out)
    found = first_finals(out)
    rows = pq.read_table(out / "truth" / "lines.parquet").to_pylist()
    assert rows
    for row in rows:
        told = found.get(f"{row['claim_id']}L{row['line']}")
        answer = (row["outcome"], row["category"], row["settled"])
        assert told == (None if row["denied"] is None else answer)
    _, problems = read_folder(out / "policies")
    assert not problems


def test_a_new_visit_limit_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(HARD)
    out = tmp_path / "out"
    write_practice(Order(load_world(path), 8, 3, seed=3, outcome_seed=4), out)
    day = json.loads((out / "truth" / "parameters.json").read_text())["changes"][1]["effective"]
    told = [
        path.name[:10]
        for path in sorted(out.glob("benefits/*.csv"))
        if ",MH,2," in path.read_text(encoding="utf-8")
    ]
    assert told
    assert day <= min(told)
    rows = pq.read_table(out / "truth" / "lines.parquet").to_pylist()
    moved = [row for row in rows if row["change"] == "fewer"]
    assert moved
    assert all(row["plan"] == "Q" and row["date_of_service"] >= day for row in moved)


def test_a_world_in_which_nobody_comes_is_refused_by_lines(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(
        LONELY.replace('visits_per_week: {"1": 1}', 'visits_per_week: {"1": 1}, cancelled: 1')
    )
    with pytest.raises(ClaimwrightError, match="nobody is ever seen"):
        clients_for(load_world(path), 100, 1, 1)
