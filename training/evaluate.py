"""How the denial model and what it has to beat do on months that they had not seen.

Rolling origins: for each of the last months, everything is fitted on what was known on its first
day and asked about the lines sent in it. `training.scoreboard` turns the answers into figures.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from claims.problem import ClaimwrightError
from models.denial import REASONS
from models.judge import EDITS
from models.scorer import Terms
from training import baselines
from training.dataset import Dataset
from training.payer_changes import begins, payer_changes
from training.settled import settled
from training.splits import by_time
from training.train import Settings, fit, refit
from training.truth import Truth

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
MONTH = 30
LEAST_FIT = 300
"""Settled lines below which nothing is fitted, and a month is not judged."""
OURS = "claimwright"
BASE = "base rate"
BEST = "best attainable"
INFORMED = "informed learner"
Peer = Callable[[date], Floats]
"""Risk of every line of the table, by something fitted on what was known on the morning of a day;
NaN where it has none."""


@dataclass(frozen=True)
class Judged:
    """The lines and claims of the months judged, with every method's risk."""

    rows: Rows
    """Of the data set's table."""
    month: Rows
    """First day of the month that each line was judged in, as an ordinal."""
    outcome: Floats
    """1 where the line was denied."""
    risks: Mapping[str, Floats]
    """Of each line, by method."""
    reasons: Floats
    """(lines, REASONS), ours."""
    claim: Rows
    """The claim of each line, numbered from 0."""
    claim_risks: Mapping[str, Floats]
    """Of each claim, by method."""
    order: Mapping[str, Floats]
    """What each method ranks the claims by: dollars it expects to lose on them."""
    dollars: Floats
    """Of each line: what is lost if it is denied, as the figures count it."""
    truth: Truth | None
    """Of each line, on synthetic practices."""
    new: Mapping[str, NDArray[np.bool_]]
    """Lines whose payer, or provider, had few settled lines when the models were fitted."""
    fitted_on: Mapping[int, int]
    """Settled lines fitted on, by first day of the month judged."""

    @property
    def target(self) -> Floats:
        """What log loss, Brier score and calibration are taken against, by line."""
        return self.outcome if self.truth is None else self.truth.probability

    @property
    def claim_outcome(self) -> Floats:
        """1 where any line of the claim was denied."""
        found = np.zeros(int(self.claim[-1]) + 1)
        np.maximum.at(found, self.claim, self.outcome)
        return found

    @property
    def claim_target(self) -> Floats:
        """As `target`, by claim."""
        if self.truth is None:
            return self.claim_outcome
        return self.truth.claim[self.first]

    @property
    def claim_dollars(self) -> Floats:
        """Denied dollars of each claim, expected ones where the truth is known."""
        return self.per_claim(self.target * self.dollars)

    @property
    def first(self) -> Rows:
        """Each claim's first line."""
        return np.flatnonzero(np.diff(self.claim, prepend=-1))

    def per_claim(self, values: Floats) -> Floats:
        """Sums of the lines' values over each claim."""
        return _sums(self.claim, values)


NEW = 20
"""Settled lines below which a payer or a provider counts as new to us."""


def backtest(
    dataset: Dataset,
    months: int,
    terms: Terms,
    settings: Settings | None = None,
    truth: Truth | None = None,
    peers: Mapping[str, Peer] | None = None,
    most: int | None = None,
    told: Callable[[str, int, int], None] = lambda *_: None,
) -> Judged:
    """Every method fitted at the start of each of the last months, and asked about that month.

    terms: what a denial costs, for our order of claims. truth: of each line of the table, where it
    is known; lines that it does not name are learned from, not judged. peers: further methods by
    name. most: settled lines to learn from, the newest; all where None.
    Raises ClaimwrightError where the data reach back too short a time.
    """
    settings = settings or Settings()
    lines = dataset.table.lines
    answered = dataset.settled.rows
    if truth is not None:
        answered = answered[truth.known[answered]]
    if not len(answered):
        raise ClaimwrightError("no settled line can be judged: ingest remittances (835) first")
    last = int(lines.submitted[answered].max()) + 1
    origins = [last - MONTH * back for back in range(months, 0, -1)]
    parts: list[_Month] = []
    for number, origin in enumerate(origins):
        told("months", number, len(origins))
        asked = answered[
            (lines.submitted[answered] >= origin) & (lines.submitted[answered] < origin + MONTH)
        ]
        chosen = settled(lines, dataset.answers.before(origin), origin)
        before = lines.submitted[chosen.rows] < origin
        rows, weight = chosen.rows[before], np.ones(len(dataset.table))
        weight[chosen.rows] = chosen.weight
        if most is not None and len(rows) > most:
            newest = np.argsort(lines.submitted[rows], kind="stable")[-most:]
            rows = rows[np.sort(newest)]
        if len(rows) < LEAST_FIT or not len(asked):
            continue
        part = _month(dataset, origin, rows, asked, weight, settings)
        for name, peer in (peers or {}).items():
            part.risks[name] = peer(date.fromordinal(origin))[asked]
        parts.append(part)
    told("months", len(origins), len(origins))
    if not parts:
        raise ClaimwrightError(
            f"fewer than {LEAST_FIT} lines had settled before the months asked for; ask for fewer"
        )
    return _joined(dataset, parts, truth, terms)


@dataclass(frozen=True)
class _Month:
    """One month's lines, asked of everything that was fitted before it."""

    origin: int
    rows: Rows
    risks: dict[str, Floats]
    claim_risk: Floats
    """Ours, of each line's claim."""
    reasons: Floats
    new: dict[str, NDArray[np.bool_]]
    fitted_on: int


def _month(
    dataset: Dataset, origin: int, rows: Rows, asked: Rows, weight: Floats, settings: Settings
) -> _Month:
    table, answers = dataset.table, dataset.answers
    inner = by_time(table.lines.submitted[rows])
    split = type(inner)(rows[inner.fit], rows[inner.stop], rows[inner.calibrate])
    then = replace(dataset, as_of=date.fromordinal(origin - 1))
    fitted = fit(
        table, answers.denied, answers.category, split, EDITS, settings, weight=weight,
        changes=payer_changes(then, begins(dataset, split.stop)), known=answers.known,
    )  # fmt: skip
    model = refit(
        fitted, table, answers.denied, answers.category, rows, settings, weight,
        changes=payer_changes(then), known=answers.known,
    )  # fmt: skip
    ours = model.risks(table.take(asked))
    denied = answers.denied
    new = {}
    for name, column in (("payer", table.lines.payer), ("provider", table.lines.provider)):
        seen = Counter(column[row] for row in rows)
        new[name] = np.array([seen[column[row]] < NEW for row in asked])
    return _Month(
        origin=origin,
        rows=asked,
        risks={
            BASE: baselines.base_rate(table.lines, denied, rows, asked),
            "edits alone": baselines.edits_alone(table, denied, rows, asked),
            "logistic regression": baselines.logistic(table, denied, rows, asked),
            "histogram boosting": baselines.histogram_boosting(table, denied, rows, asked),
            OURS: ours.line,
        },
        claim_risk=ours.claim[table.lines.claim[asked]],
        reasons=ours.reasons,
        new=new,
        fitted_on=len(rows),
    )


def _joined(
    dataset: Dataset, parts: list[_Month], truth: Truth | None, terms: Terms
) -> Judged:  # fmt: skip
    rows = np.concatenate([part.rows for part in parts])
    order = np.lexsort((rows, dataset.table.lines.claim[rows]))
    rows = rows[order]
    _, claim = np.unique(dataset.table.lines.claim[rows], return_inverse=True)
    risks = {
        name: np.concatenate([part.risks[name] for part in parts])[order] for name in parts[0].risks
    }
    known = truth.take(rows) if truth is not None else None
    if known is not None:
        risks[BEST] = known.probability
    if INFORMED in risks:
        # A line that the replay does not know stands at the base rate: it is not left out.
        risks[INFORMED] = np.where(np.isfinite(risks[INFORMED]), risks[INFORMED], risks[BASE])
    expected = np.nan_to_num(dataset.table.allowed[rows])
    first = np.flatnonzero(np.diff(claim, prepend=-1))
    of_claims: dict[str, Floats] = {}
    ranked: dict[str, Floats] = {}
    for name, risk in risks.items():
        # Baselines know nothing of what lines of one claim share: as if they were independent.
        spared = _sums(claim, np.log1p(-np.minimum(risk, 1 - 1e-9)))
        of_claims[name] = -np.expm1(spared)
        ranked[name] = _sums(claim, risk * expected)
    ours = np.concatenate([part.claim_risk for part in parts])[order]
    of_claims[OURS] = ours[first]
    amounts = _sums(claim, expected)
    ranked[OURS] = np.array(
        [terms.loss(risk, amount) for risk, amount in zip(of_claims[OURS], amounts, strict=True)]
    )
    dollars = expected
    if known is not None:
        dollars = known.allowed
        of_claims[BEST] = known.claim[first]
        ranked[BEST] = _sums(claim, known.probability * dollars)
    return Judged(
        rows=rows,
        month=np.concatenate([np.full(len(part.rows), part.origin) for part in parts])[order],
        outcome=dataset.answers.denied[rows].astype(float),
        risks=risks,
        reasons=np.concatenate([part.reasons for part in parts])[order],
        claim=claim.astype(np.int64),
        claim_risks=of_claims,
        order=ranked,
        dollars=dollars,
        truth=known,
        new={
            name: np.concatenate([part.new[name] for part in parts])[order] for name in parts[0].new
        },
        fitted_on={part.origin: part.fitted_on for part in parts},
    )


def _sums(claim: Rows, values: Floats) -> Floats:
    return np.bincount(claim, values, minlength=int(claim[-1]) + 1).astype(np.float64)


__all__ = ["BASE", "BEST", "INFORMED", "OURS", "REASONS", "Judged", "Peer", "backtest"]
