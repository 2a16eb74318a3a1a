"""A challenger takes over only on evidence."""

import numpy as np

from training.promote import Learned, Trial, decide


def trial(seed: int = 1, lines: int = 4000) -> tuple[np.ndarray, Trial]:
    """True risks, and what came of them."""
    draw = np.random.default_rng(seed)
    truth = 1 / (1 + np.exp(-draw.normal(-2, 1.3, lines)))
    denied = (draw.random(lines) < truth).astype(float)
    payers = [f"P{number}" for number in draw.integers(0, 4, lines)]
    return truth, Trial(denied, draw.uniform(50, 200, lines), np.arange(lines), {"payer": payers})


def test_a_first_model_that_knows_something_is_promoted() -> None:
    truth, lines = trial()
    assert decide(None, truth, lines).promoted


def test_a_first_model_that_knows_nothing_is_refused() -> None:
    truth, lines = trial()
    shuffled = np.random.default_rng(2).permutation(truth)
    decision = decide(None, shuffled, lines)
    assert not decision.promoted
    assert "not better" in decision.reasons[0]


def test_an_equal_challenger_may_replace_the_champion() -> None:
    truth, lines = trial()
    assert decide(truth, truth, lines).promoted


def test_a_blunter_challenger_is_refused() -> None:
    truth, lines = trial()
    decision = decide(truth, np.full(len(truth), lines.denied.mean()), lines)
    assert not decision.promoted
    assert any("worse than the champion" in reason for reason in decision.reasons)


def test_one_payer_made_markedly_worse_is_named() -> None:
    truth, lines = trial(lines=12_000)
    champion = np.clip(truth * 0.6, 0, 1)  # a poor champion, so that the whole still gains
    bad = np.array([name == "P2" for name in lines.groups["payer"]])
    decision = decide(champion, np.where(bad, 0.5, truth), lines)
    assert any("payer P2" in reason for reason in decision.reasons)


def test_a_miscalibrated_challenger_is_refused() -> None:
    truth, lines = trial()
    decision = decide(truth, np.clip(truth + 0.1, 0, 1), lines)
    assert any("not calibrated" in reason for reason in decision.reasons)


def test_too_few_lines_decide_nothing() -> None:
    truth, lines = trial(lines=100)
    assert not decide(None, truth, lines).promoted


def test_few_lines_do_not_make_a_calibrated_model_miscalibrated() -> None:
    refused = 0
    for seed in range(20):
        truth, lines = trial(seed=seed, lines=320)
        decision = decide(truth, truth, lines)
        refused += any("not calibrated" in reason for reason in decision.reasons)
    assert refused <= 2


def test_a_first_model_that_made_the_prior_worse_is_refused() -> None:
    truth, lines = trial()
    blunt = np.where(np.arange(len(truth)) % 2 == 0, truth, truth.mean())
    assert decide(None, blunt, lines).promoted
    decision = decide(None, blunt, lines, prior=truth)
    assert any("shipped prior alone" in reason for reason in decision.reasons)
    assert decide(None, truth, lines, prior=blunt).promoted


def test_a_challenger_that_does_not_know_the_lines_it_was_fitted_on_is_refused() -> None:
    truth, lines = trial()
    blunt = np.full(len(truth), lines.denied.mean())
    near = np.clip(0.9 * truth + 0.1 * blunt, 0, 1)
    shuffled = np.random.default_rng(3).permutation(truth)
    for champion in (None, truth):
        learned = Learned(lines.denied, lines.claim, truth, blunt)
        assert decide(champion, truth, lines, learned=learned).promoted
        learned = Learned(lines.denied, lines.claim, shuffled, near)
        decision = decide(champion, truth, lines, learned=learned)
        assert any("learned nothing" in reason for reason in decision.reasons)


def test_young_lines_whose_denials_are_partly_out_are_weighted_for_them() -> None:
    truth, lines = trial(lines=6000)
    young = np.arange(6000) >= 2000
    answered = ~young | (lines.denied == 0) | (np.random.default_rng(4).random(6000) < 0.5)
    seen = Trial(
        lines.denied[answered], lines.dollars[answered], np.arange(answered.sum()), {},
        np.where(young & (lines.denied == 1), 2.0, 1.0)[answered],
    )  # fmt: skip
    risk = truth[answered]
    cleaner = 0.6 * risk
    assert decide(cleaner, risk, seen).promoted
    assert not decide(risk, cleaner, seen).promoted
    unaware = Trial(seen.denied, seen.dollars, seen.claim, {})
    assert not decide(cleaner, risk, unaware).promoted
