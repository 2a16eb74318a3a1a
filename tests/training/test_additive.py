"""The additive part: reasons whose rules are known are found, and told back in the same words."""

import numpy as np
import pytest

import training.additive
from features.attributes import CATEGORICAL
from features.lines import CATEGORIES
from features.table import Table
from models.additive import AdditiveStage, summed
from models.denial import REASONS
from tests.features.test_history import practice
from training.additive import fit_additive
from training.relevance import reasons_of_column
from training.scaling import scaling_of

AUTHORIZATION, DOCUMENTATION = (CATEGORIES.index(n) for n in ("authorization", "documentation"))


def made_up(length: int = 5000) -> tuple[Table, np.ndarray, np.ndarray, np.ndarray]:
    """One payer denies for authorization where a number lacks, every payer thin notes."""
    lines, _ = practice(4, length)
    draw = np.random.default_rng(4)
    missing = (draw.random(length) < 0.2) * 3.0
    thin = draw.normal(size=length)
    thin[draw.random(length) < 0.1] = np.nan
    strict = np.array([payer == "payer1" for payer in lines.payer])
    odds = np.column_stack(
        [-4.0 + missing * np.where(strict, 1.3, 0.2), -3.0 + 0.9 * np.nan_to_num(thin)]
    )
    share = np.exp(odds) / (1 + np.exp(odds).sum(axis=1, keepdims=True))
    point = draw.random(length)
    first, both = share[:, 0], share.sum(axis=1)
    category = np.where(point < first, AUTHORIZATION, np.where(point < both, DOCUMENTATION, -1))
    names = ("edit.authorization.missing", "lack.intervention")
    numbers = np.column_stack([missing, thin]).astype(np.float32)
    words = {name: getattr(lines, name, [""] * length) for name in CATEGORICAL}
    table = Table(lines, names, numbers, words, lines.charge)
    return table, share, (category >= 0).astype(np.int8), category.astype(np.int8)


@pytest.fixture(scope="module")
def fitted() -> tuple[Table, np.ndarray, AdditiveStage]:
    table, share, denied, category = made_up()
    rows = np.arange(len(table))
    return table, share, fit_additive(table, denied, category, rows, np.ones(len(table)))


def test_each_reason_comes_near_its_truth(
    fitted: tuple[Table, np.ndarray, AdditiveStage],
) -> None:
    table, share, stage = fitted
    odds = stage.odds(table)
    found = np.exp(odds) / (1 + np.exp(odds).sum(axis=1, keepdims=True))
    for place, reason in enumerate((AUTHORIZATION, DOCUMENTATION)):
        error = np.abs(found[:, reason] - share[:, place]).mean()
        rate = np.abs(share[:, place].mean() - share[:, place]).mean()
        assert error < 0.35 * rate


def test_where_a_large_fit_begins_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    table, _, denied, category = made_up(3000)
    rows = np.arange(len(table))
    answered = table.lines.submitted + np.where(denied == 1, 30, 14)
    found = []
    for enough in (15_000, 900):
        monkeypatch.setattr(training.additive, "ENOUGH", enough)
        found.append(
            fit_additive(
                table, denied, category, rows, np.ones(len(table)), known=answered
            ).log_odds(table)
        )
    assert np.abs(found[1] - found[0]).mean() < 0.05


def test_log_odds_of_denial_are_those_of_the_reasons_together(
    fitted: tuple[Table, np.ndarray, AdditiveStage],
) -> None:
    table, _, stage = fitted
    odds = stage.odds(table)
    assert stage.log_odds(table) == pytest.approx(np.log(np.exp(odds).sum(axis=1)))
    far = np.array([[800.0, 0.0], [-800.0, -800.0]])
    assert summed(far) == pytest.approx([800.0, -800.0 + np.log(2)])


def test_an_empty_table_has_no_odds(fitted: tuple[Table, np.ndarray, AdditiveStage]) -> None:
    table, _, stage = fitted
    assert stage.odds(table.take(np.array([], dtype=np.int64))).shape[0] == 0


def test_contributions_are_told_under_the_columns_that_made_them(
    fitted: tuple[Table, np.ndarray, AdditiveStage],
) -> None:
    table, _, stage = fitted
    names, parts = stage.contributions(table)
    at = names.index("edit.authorization.missing")
    flagged = table.numbers[:, 0] > 0
    strict = np.array([payer == "payer1" for payer in table.words["payer"]])
    assert parts[flagged & strict, at].mean() > 1.0
    assert parts[flagged & strict, at].mean() > parts[flagged & ~strict, at].mean() + 0.5


def test_a_payer_and_a_code_never_seen_get_the_general_weights(
    fitted: tuple[Table, np.ndarray, AdditiveStage],
) -> None:
    table, _, stage = fitted
    one = table.take(np.arange(3))
    words = {name: ["never seen"] * 3 for name in one.words}
    odds = stage.odds(Table(one.lines, one.names, one.numbers, words, one.allowed))
    assert np.isfinite(odds).all()


def test_files_that_do_not_belong_together_are_refused(
    fitted: tuple[Table, np.ndarray, AdditiveStage],
) -> None:
    _, _, stage = fitted
    with pytest.raises(ValueError, match="weights"):
        AdditiveStage.of(stage.as_json(), stage.weights()[:-1])


def test_what_a_payer_leaves_unnamed_is_learned_from_its_likely_reason() -> None:
    table, share, denied, category = made_up()
    silent = np.array([payer == "payer2" for payer in table.lines.payer])
    told = category.copy()
    told[silent & (category == DOCUMENTATION)] = -1
    rows = np.arange(len(table))
    stage = fit_additive(table, denied, told, rows, np.ones(len(rows)))
    odds = np.exp(stage.odds(table))
    found = odds / (1 + odds.sum(axis=1, keepdims=True))
    unnamed = REASONS.index("unnamed")
    assert found[silent, unnamed].mean() == pytest.approx(share[silent, 1].mean(), rel=0.25)
    assert found[~silent, unnamed].mean() < 0.3 * found[silent, unnamed].mean()
    assert stage.vague["payer2"][DOCUMENTATION] > 0.5 > stage.vague["payer2"][AUTHORIZATION]


def test_a_finding_never_seen_tells_of_its_own_reason() -> None:
    table, _, denied, category = made_up(1500)
    seen = table.numbers.copy()
    seen[:, 0] = 0.0
    quiet = Table(table.lines, table.names, seen, table.words, table.allowed)
    rows = np.arange(len(table))
    stage = fit_additive(quiet, denied, category, rows, np.ones(len(rows)))
    told = stage.odds(table)[:, AUTHORIZATION] - stage.odds(quiet)[:, AUTHORIZATION]
    assert told[table.numbers[:, 0] == 3].min() > 2.5


def test_a_finding_on_few_lines_is_not_cut_as_an_outlier() -> None:
    table, _, _, _ = made_up(1500)
    table.numbers[:, 0] = 0.0
    table.numbers[:3, 0] = 3.0
    scaled = scaling_of(table, np.arange(len(table))).apply(table)
    assert scaled[:3, 0].min() > 10 * np.abs(scaled[3:, 0]).max()


def test_columns_speak_of_the_reason_that_their_meaning_names() -> None:
    assert reasons_of_column("payer_code.authorization_365") == {"authorization"}
    assert reasons_of_column("edit.timely_filing.late") == {"timely_filing"}
    assert reasons_of_column("note.minutes_over") == {
        "documentation",
        "medical_necessity",
        "coding",
    }
    assert reasons_of_column("payer_code.denied_365") is None
