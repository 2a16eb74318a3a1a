"""Fixes are tried alone and together, and kept as long as they save something."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from claims.finding import Finding, Fix
from features.case import Case
from features.lines import Lines
from features.table import Table
from models.what_if import Outlook, what_if
from tests.claims.billing import claim, submission


def fix(action: str = "set_modifiers", basis: str = "policy", needs: str | None = None) -> Fix:
    return Fix.model_validate(
        {"action": action, "line": 1, "to": "95", "basis": basis, "needs": needs}
    )


def case(*fixes: Fix | None) -> Case:
    findings = tuple(
        Finding(
            edit=f"modifier.number_{n}", category="coding", severity="error", line=1,
            message="Wrong.", source="test", fix=one,
        )
        for n, one in enumerate(fixes)
    )  # fmt: skip
    return Case(submission(claim()), date(2026, 3, 2), "client", findings=findings)


def without(case: Case, findings: Sequence[Finding]) -> Case:
    left = tuple(one for one in case.findings if one not in findings)
    return Case(case.submission, case.as_of, case.client, findings=left)


class Model:
    """Says a risk by which findings are left, and counts how often it is asked."""

    def __init__(self, risk_of: dict[str, float]) -> None:
        self.risk_of = risk_of
        self.asked = 0

    def __call__(self, cases: Sequence[Case]) -> tuple[Table, np.ndarray, np.ndarray]:
        self.asked += 1
        risk = np.array(
            [
                sum(self.risk_of[one.edit.rpartition("_")[2]] for one in case.findings) + 0.05
                for case in cases
            ]
        )
        empty: list[str] = [""] * len(cases)
        zero = np.zeros(len(cases), dtype=np.int64)
        lines = Lines(
            np.arange(len(cases)), empty, empty, empty, empty, empty, empty, empty, empty, empty,
            empty, zero, zero, np.ones(len(cases)), np.full(len(cases), 140.0),
        )  # fmt: skip
        table = Table(
            lines, (), np.zeros((len(cases), 0), np.float32), {}, np.full(len(cases), 100.0)
        )
        return table, risk, risk


def loss(outlook: Outlook) -> float:
    return outlook.denied


def tried(
    model: Model, *cases: Case
) -> list[tuple[dict[int, float], tuple[int, ...], float | None]]:
    before = [float(model([one])[1][0]) * 100 for one in cases]
    model.asked = 0
    found = what_if(cases, before, [100.0] * len(cases), without, model, loss)
    return [
        ({n: round(one.claim, 3) for n, one in each.single.items()}, each.chosen,
         each.together and round(each.together.claim, 3))
        for each in found
    ]  # fmt: skip


def test_fixes_that_help_are_taken_together_the_best_first() -> None:
    model = Model({"0": 0.1, "1": 0.3, "2": -0.05})
    ((single, chosen, together),) = tried(model, case(fix(), fix(), fix()))
    assert single == {0: 0.3, 1: 0.1, 2: 0.45}
    assert chosen == (1, 0)
    assert together == 0.0


def test_a_batch_is_asked_about_in_two_calls_however_many_fixes_there_are() -> None:
    model = Model({"0": 0.1, "1": 0.3})
    tried(model, *[case(fix(), fix()) for _ in range(20)])
    assert model.asked == 2


def test_a_finding_without_a_fix_has_no_outlook() -> None:
    ((single, chosen, together),) = tried(Model({"0": 0.1}), case(None))
    assert (single, chosen, together) == ({}, (), None)


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        (fix(), True),
        (fix("hold", "note", "an addendum"), True),
        (fix("hold", "ledger", "the payer's consent"), False),
        (fix("set_authorization", "policy", "the number"), False),
        (fix("set_authorization", "ledger"), True),
    ],
)
def test_nobody_is_promised_what_another_must_settle(asked: Fix, promised: bool) -> None:
    ((single, chosen, _),) = tried(Model({"0": 0.4}), case(asked))
    assert single == {0: 0.05}
    assert chosen == ((0,) if promised else ())
