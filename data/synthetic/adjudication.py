"""The payer at work: what it decides of a claim, run forward on the hidden facts."""

from dataclasses import dataclass
from datetime import date, timedelta

from data.synthetic.draw import Draws
from data.synthetic.hidden import Hidden
from data.synthetic.lags import days_taken, pay_day
from data.synthetic.odds import ClaimCase, State, Table

PEND_TO_FINAL = 7
"""Least days between the notice that a line is held and the decision."""


@dataclass(slots=True, frozen=True)
class LineDecision:
    """What becomes of one line."""

    cause: str | None
    vague: bool = False
    partial: bool = False


@dataclass(slots=True, frozen=True)
class Decision:
    """What becomes of one claim, and when the practice hears of it."""

    stopped_by: str | None
    """The cause of the claim that denied all its lines."""
    reviewed: bool
    lines: tuple[LineDecision, ...]
    answered: date | None
    """The day of the final answer; None where none ever comes."""
    pended: date | None
    """The day of an interim notice that its lines are held."""
    split: date | None
    """The day on which the second half of the lines is answered, where apart."""

    @property
    def first_word(self) -> date | None:
        """The day on which the practice first hears of the claim."""
        return self.pended or self.answered

    @property
    def denied(self) -> bool:
        """Whether any line is denied."""
        return any(line.cause for line in self.lines)


def first_hit(chances: tuple[float, ...], causes: tuple[str, ...], draws: Draws) -> str | None:
    """The first cause that strikes, tried in order."""
    for cause, chance in zip(causes, chances, strict=True):
        if draws.random() < chance:
            return cause
    return None


def decide(hidden: Hidden, case: ClaimCase, table: Table, state: State, draws: Draws) -> Decision:
    """The payer's decision, given the member's true state."""
    world = hidden.world.payers[case.payer]
    stopped = first_hit(table.front[state], table.claim_causes, draws)
    reviewed, reviewer = False, 0
    if stopped is not None:
        lines = [LineDecision(stopped) for _ in case.lines]
    else:
        reviewed = draws.chance(table.review)
        if reviewed:
            reviewer = 1 + draws.below(len(hidden.harshness[case.payer]))
        lines = [
            _line(hidden, case.payer, one.units, chances[reviewer], table.line_causes, draws)
            for one, chances in zip(case.lines, table.lines, strict=True)
        ]
    lags, cycle = world.lags, world.cycle
    pended: date | None = None
    if reviewed:
        days = days_taken(lags.review, draws)
        if draws.chance(world.pend_notice):
            wait = days_taken(lags.pend, draws)
            pended = pay_day(case.submitted + timedelta(days=wait), cycle)
            days = max(days, (pended - case.submitted).days + PEND_TO_FINAL)
    else:
        lag = lags.denied if any(line.cause for line in lines) else lags.paid
        if stopped is not None and hidden.causes[stopped].quick:
            lag = lags.quick
        days = days_taken(lag, draws)
    final = pay_day(case.submitted + timedelta(days=days), cycle)
    answered: date | None = final
    split: date | None = None
    if draws.chance(world.split) and stopped is None and len(lines) > 1 and pended is None:
        split = pay_day(final + timedelta(days=draws.between(3, 20)), cycle)
    if draws.chance(world.unanswered):
        answered = pended = split = None
    return Decision(stopped, reviewed, tuple(lines), answered, pended, split)


def _line(
    hidden: Hidden, payer: int, units: int, chances: tuple[float, ...], causes: tuple[str, ...],
    draws: Draws,
) -> LineDecision:  # fmt: skip
    cause = first_hit(chances, causes, draws)
    if cause is None:
        return LineDecision(None)
    return LineDecision(
        cause,
        vague=draws.chance(hidden.vague(cause, payer)),
        partial=units > 1 and draws.chance(hidden.causes[cause].partial),
    )
