"""Whether a challenger may take the champion's place: on the same newest settled lines, by rule.

Pure: risks and outcomes in, a decision with its evidence out. Registry and log are the caller's.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.metrics import bootstrap, calibration_error, caught, log_loss

Floats = NDArray[np.float64]

LEAST_LINES = 200
"""Settled lines below which nothing can be said."""
WORST_CALIBRATION = 0.05
"""Expected calibration error (ten bins) that is always let through; above it, what chance gives a
calibrated model on these lines is."""
DRAWS = 200
GROUP = 200
"""Lines that a payer or discipline must have to be looked at by itself."""
WORSE_GROUP = 0.02
"""Nats by which no such group may get worse, its interval all above nothing."""
WORSE = 0.002
"""Nats by which a challenger may always be worse than the champion, if that may be chance."""
WORSE_THAN_PRIOR = 0.01
"""Nats by which a first model may be worse than the prior alone, if that may be chance."""
SLOWEST = 10.0
"""Times the champion's time a row."""


@dataclass(frozen=True)
class Trial:
    """The lines that both models are judged on."""

    denied: Floats
    """0 or 1."""
    dollars: Floats
    """Allowed amount at stake on each line."""
    claim: NDArray[np.int64]
    groups: dict[str, list[str]]
    """Payer, discipline, … of each line, by the kind of group."""
    weight: Floats | None = None
    """Of each line: what it stands for, as young denials are partly still out
    (`training.settled`); alike where None."""

    def gap(self, one: Floats, other: Floats, rows: NDArray[np.int64]) -> float:
        """Log loss of one risk less another's on some of the lines."""
        denied, weight = self.denied[rows], None if self.weight is None else self.weight[rows]
        return log_loss(one[rows], denied, weight) - log_loss(other[rows], denied, weight)


@dataclass(frozen=True)
class Learned:
    """Lines that the challenger was fitted on: what it made of them tells whether it learned."""

    denied: Floats
    claim: NDArray[np.int64]
    risk: Floats
    """By the challenger."""
    before: Floats
    """By what it was fitted around: the shipped prior at the lines' level, or their plain rate."""


@dataclass(frozen=True)
class Decision:
    """Promoted or not, and why."""

    promoted: bool
    reasons: tuple[str, ...]
    """What spoke against it; empty where nothing did."""
    evidence: dict[str, float] = field(default_factory=dict)


def decide(
    champion: Floats | None,
    challenger: Floats,
    trial: Trial,
    slower: float = 1.0,
    prior: Floats | None = None,
    learned: Learned | None = None,
) -> Decision:
    """Compares the two on one trial.

    champion: risks of each line by the model in place; None where there is none yet: then the
    challenger must beat the plain denial rate of the trial.
    slower: the challenger's time a row over the champion's.
    prior: risks by the shipped prior alone, where a first model was fitted around it: what it
    learned here must not have made it worse. learned: lines that the challenger was fitted on.
    """
    against: list[str] = []
    denied = trial.denied
    evidence: dict[str, float] = {"lines": float(len(denied)), "denied": float(denied.sum())}
    if len(denied) < LEAST_LINES or not 0 < denied.sum() < len(denied):
        against.append(
            f"only {len(denied)} settled lines ({denied.sum():.0f} denied) to judge by; "
            f"{LEAST_LINES} with both outcomes are needed"
        )
        return Decision(False, tuple(against), evidence)
    rate = np.average(denied, weights=trial.weight)
    reference = np.full(len(denied), rate) if champion is None else champion
    name = "the plain denial rate" if champion is None else "the champion"

    def loss(rows: NDArray[np.int64]) -> float:
        return trial.gap(challenger, reference, rows)

    def money(rows: NDArray[np.int64]) -> float:
        lost = denied[rows] * trial.dollars[rows]
        stake = trial.dollars[rows]
        return caught(challenger[rows] * stake, lost, 0.1) - caught(
            reference[rows] * stake, lost, 0.1
        )

    gap, dollars = bootstrap(loss, trial.claim), bootstrap(money, trial.claim)
    error = calibration_error(challenger, denied, weight=trial.weight)
    by_chance = _by_chance(challenger, trial)
    evidence |= {
        "log_loss": log_loss(challenger, denied, trial.weight),
        "log_loss_reference": log_loss(reference, denied, trial.weight),
        "log_loss_gap_low": gap.low,
        "log_loss_gap_high": gap.high,
        "dollars_gap_low": dollars.low,
        "dollars_gap_high": dollars.high,
        "calibration_error": error,
        "calibration_error_by_chance": by_chance,
    }
    # Not worse: for a champion in place, what is surely worse is refused, or worse by more than a
    # standard error. The first model must be better, and surely so where nothing else tells that
    # it learned: shuffled outcomes teach a model nothing but the rate.
    most = max(WORSE, (gap.high - gap.low) / 3.92)
    if champion is None and (gap.value >= 0 or (learned is None and gap.high >= 0)):
        against.append(
            f"not {'surely ' * (gap.value < 0)}better than {name}: log loss differs by "
            f"{gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"
        )
    elif champion is not None and (gap.low > 0 or gap.value > most):
        against.append(
            f"worse than {name}: log loss differs by {gap.value:+.4f} "
            f"[{gap.low:+.4f}, {gap.high:+.4f}]"
        )
    if champion is None and prior is not None:
        worse = bootstrap(lambda rows: trial.gap(challenger, prior, rows), trial.claim)
        if worse.low > 0 or worse.value > WORSE_THAN_PRIOR:
            against.append(
                f"worse than the shipped prior alone: log loss differs by {worse.value:+.4f} "
                f"[{worse.low:+.4f}, {worse.high:+.4f}]"
            )
    if learned is not None:
        own = bootstrap(
            lambda rows: (
                log_loss(learned.risk[rows], learned.denied[rows])
                - log_loss(learned.before[rows], learned.denied[rows])
            ),
            learned.claim,
            times=100,
        )
        evidence["learned_gap_high"] = own.high
        # Around a good prior even shuffled outcomes leave a fair model; its own lines betray it.
        if own.high >= 0:
            against.append(
                "learned nothing: on the lines that it was fitted on it is not surely better than "
                f"what it began with: log loss {own.value:+.4f} [{own.low:+.4f}, {own.high:+.4f}]"
            )
    if champion is not None and dollars.high < 0:
        against.append(
            f"finds fewer of the denied dollars than {name}: {dollars.value:+.3f} "
            f"[{dollars.low:+.3f}, {dollars.high:+.3f}] among the top tenth"
        )
    allowed = max(WORST_CALIBRATION, by_chance)
    if error > allowed:
        against.append(f"not calibrated: error {error:.3f}, at most {allowed:.3f}")
    if champion is not None:
        against += _worse_groups(loss, trial)
    if slower > SLOWEST:
        against.append(f"{slower:.1f} times as slow as {name}, at most {SLOWEST:.0f}")
    return Decision(not against, tuple(against), evidence)


def _by_chance(risk: Floats, trial: Trial) -> float:
    """Calibration error that a model whose risks are right stays below 39 times in 40.

    Lines of one claim are drawn together, as payers deny them.
    """
    draw = np.random.default_rng(1)
    numbers, place = np.unique(trial.claim, return_inverse=True)
    errors = [
        calibration_error(
            risk, (draw.random(len(numbers))[place] < risk).astype(float), weight=trial.weight
        )
        for _ in range(DRAWS)
    ]
    return float(np.quantile(errors, 0.975))


def _worse_groups(loss: object, trial: Trial) -> list[str]:
    worse = []
    for kind, names in trial.groups.items():
        column = np.array(names, dtype=object)
        for name in sorted(set(names)):
            rows = np.flatnonzero(column == name)
            if len(rows) < GROUP:
                continue
            found = bootstrap(
                lambda chosen, rows=rows: loss(rows[chosen]),  # type: ignore[misc,operator]
                trial.claim[rows],
                times=100,
            )
            if found.low > 0 and found.value > WORSE_GROUP:
                worse.append(
                    f"markedly worse for {kind} {name}: log loss {found.value:+.4f} "
                    f"[{found.low:+.4f}, {found.high:+.4f}] on {len(rows)} lines"
                )
    return worse
