"""Fits the additive part of denial risk: ridge regression of each reason against being paid, all
reasons at once (multinomial), on numbers, payers' own weights of them, and words.

The ridge is a prior: weights lie around a centre (what findings say of themselves, or what other
practices' lines taught) with a spread for each kind of weight. The spreads given were chosen on
synthetic practices (docs/denial-risk.md); each fit then learns, kind by kind, how much wider or
narrower they are here: in one practice the clinician decides who is reviewed, in another the plan.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from features.lines import CATEGORIES, UNNAMED
from features.table import Table
from models.additive import (
    BEHIND_REVIEW,
    BY_PAYER,
    REVIEW,
    AdditiveStage,
    behind_review,
    incidence,
    rows_by,
    summed,
)
from models.denial import expit
from models.scopes import PayerChange, under
from training.design import Design, Weights
from training.likelihood import Likelihood
from training.naming import numbers_of, vocabulary, words_of
from training.scaling import on_scale_of, scaled, scaling_of
from training.spread import COLUMNS, Spread, told_by_meaning
from training.valley import Valley
from training.waiting import looked_at

ROUGHLY = 12
"""Steps of a first search, from whose end the valley looks as it is."""
ENOUGH = 15_000
"""Rows that lead near the weights of all rows."""

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


def reasons_of(denied: NDArray[np.int8], category: NDArray[np.int8]) -> NDArray[np.int64]:
    """Each line's reason: -1 paid, else an index of `models.denial.REASONS`."""
    named = np.where(category < 0, UNNAMED, category).astype(np.int64)
    return np.where(denied == 1, named, -1)


class Fit:
    """Some rows made ready once, to be fitted with one set of weights of rows or another."""

    def __init__(
        self,
        table: Table,
        denied: NDArray[np.int8],
        category: NDArray[np.int8],
        rows: Rows,
        spread: Spread,
        centre: AdditiveStage | None = None,
        changes: Sequence[PayerChange] = (),
        known: Rows | None = None,
    ) -> None:
        """denied, category: of each line of the table. centre: what the weights lie around before
        anything is seen (`training.prior`); nothing where there is none. changes: of payers, each
        with a weight of its own. known: the day on which each line of the table was answered,
        which tells who was looked at (`training.waiting`)."""
        if centre is not None:
            spread = spread.around_a_prior()
        self.spread = spread
        self.target = reasons_of(denied, category)[rows]
        self.scaling = scaling_of(table, rows)
        if centre is not None:
            self.scaling = on_scale_of(self.scaling, centre.scaling)
        dense = scaled(self.scaling, table, rows)
        self.names = [*self.scaling.names, *self.scaling.absent]
        scale = np.concatenate([self.scaling.scale, np.ones(len(self.scaling.absent))])
        if centre is not None:
            told = numbers_of(centre, centre.numbers, self.scaling)
        else:
            told = told_by_meaning(self.names, scale)
        # What the centre speaks of may come to pass later, though these rows never saw it.
        varies = dense.std(axis=0, dtype=np.float64) > 1e-9
        self.live = np.flatnonzero(varies | told.any(axis=1))
        used = [self.names[at] for at in self.live]
        varying = np.flatnonzero([name.startswith(BY_PAYER) for name in used])
        payers = rows_by([table.words["payer"][row] for row in rows])
        own = sorted(payers, key=lambda name: (-len(payers[name]), name))[: spread.payers]
        known_words = {} if centre is None else centre.crosses
        self.crosses, incidences = vocabulary(table, rows, spread.rarest, known_words)
        width = sum(len(known) for known in self.crosses.values())
        self.changes = tuple(changes)
        moved = under(self.changes, table.lines.take(rows))
        self.design = Design(
            dense[:, self.live],
            varying,
            {payer: payers[payer] for payer in own},
            sparse.hstack([incidence(incidences, len(rows), width), moved], format="csr"),
        )
        self.spreads = (
            spread.of(used, scale[self.live]),
            spread.of([used[at] for at in varying], scale[self.live][varying], True),
        )

        width_of = (len(own), len(varying), len(COLUMNS))
        moved_spread = spread.of_changes(self.changes)
        looked = np.array(COLUMNS) == REVIEW
        if centre is None:
            self.centre = Weights(
                np.where(looked, spread.review[0], spread.reason[0]), told[self.live],
                np.zeros(width_of), np.zeros((width + len(self.changes), len(COLUMNS))),
            )  # fmt: skip
        else:
            self.centre = Weights(
                centre.intercept, told[self.live], np.zeros(width_of),
                np.vstack([words_of(centre, self.crosses), np.zeros(moved_spread.shape)]),
            )  # fmt: skip
        kept = [cross for cross, known in self.crosses.items() for _ in known]
        self.unit = Weights(
            np.where(looked, spread.review[1], spread.reason[1]), self.spreads[0],
            np.broadcast_to(self.spreads[1], width_of),
            np.vstack([spread.of_words(kept), moved_spread]),
        )  # fmt: skip
        self.kind = self._kinds(used)
        self.valley: Valley | None = None
        """As it was last seen."""
        numbered = {payer: place for place, payer in enumerate(own)}
        self.payer = np.array([numbered.get(table.words["payer"][row], len(own)) for row in rows])
        self.vague = np.full((len(own) + 1, len(CATEGORIES)), spread.vague)
        if centre is not None:
            self.vague[:] = centre.vague[""]
        self.looked_at = np.zeros(len(rows))
        """Log likelihood ratio of each row's wait: the record was looked at, against not."""
        if known is not None:
            wait = (known - table.lines.submitted)[rows].astype(float)
            self.looked_at = looked_at(self.payer, wait, self.target)

    def solve(
        self,
        weight: Floats,
        start: Weights | None = None,
        most: int | None = None,
        valley: Valley | None = None,
    ) -> Weights:
        """The weights of highest posterior density.

        weight: of each row; 0 leaves it out. start: where to begin; the answer is the same. most:
        steps. valley: as seen from about there.
        """
        # Threads wait longer for one another over products this small than they save.
        with threadpool_limits(1, "blas"):
            return _minimize(self, weight, start, most or self.spread.iterations, valley)

    def learn(self, weight: Floats, begin: Weights | None = None) -> Weights:
        """As `solve`, and with it, in turns, how far weights of each kind lie apart and what payers
        leave unnamed. begin: where to look first; the answer is the same."""
        found = self.begin(weight) if begin is None else begin
        for _ in range(self.spread.turns):
            found = self.solve(weight, found)
            self.learn_vague(found, weight)
            self.learn_spread(found, weight)
        return self.solve(weight, found)

    def begin(self, weight: Floats) -> Weights:
        """Where some of the rows, spread evenly, lead: near enough, and soon found."""
        every = max(1, len(weight) // ENOUGH)
        some, own = (self.some(every), weight[::every] * every) if every > 1 else (self, weight)
        found = some.solve(own, None, ROUGHLY)
        return found if some is self else some.solve(own, found)

    def some(self, every: int) -> "Fit":
        """The same of one row in so many."""
        rows = np.arange(0, len(self.target), every)
        design = self.design
        place = np.argsort(design.order)[rows]
        payers = {
            payer: np.flatnonzero(self.payer[rows] == number)
            for number, payer in enumerate(design.payers)
        }
        found = copy(self)
        found.design = Design(design.dense[place], design.varying, payers, design.words[rows])
        found.target, found.payer = self.target[rows], self.payer[rows]
        found.looked_at = self.looked_at[rows]
        return found

    def _kinds(self, used: Sequence[str]) -> Rows:
        """The kind of each weight whose spread is learned together: numbers of one kind, one
        payer's own ways with them, words of one combination; each for each column."""
        names: dict[tuple[str, str], int] = {}
        varying = [used[at] for at in self.design.varying]

        def numbered(kind: str, words: Sequence[str]) -> Rows:
            found = [names.setdefault((kind, word), len(names)) for word in words]
            return np.add.outer(
                np.array(found, dtype=np.int64) * len(COLUMNS), np.arange(len(COLUMNS))
            )

        words = [",".join(cross) for cross, known in self.crosses.items() for _ in known]
        parts = [
            numbered("intercept", [""]),
            numbered("number", [name.partition(".")[0] for name in used]),
            *(
                numbered("payer", [name.partition(".")[0] for name in varying])
                for _ in self.design.payers
            ),
            numbered("words", words),
            numbered("change", [""] * len(self.changes)),
        ]
        return np.concatenate([part.ravel() for part in parts])

    def bent(self, weights: Weights, weight: Floats) -> Floats:
        """How sharply the rows bend the loss along each weight, as if they were told apart."""
        return self.design.curvature(self.information(weights, weight))

    def information(self, weights: Weights, weight: Floats) -> Floats:
        """(rows, columns): how sharply each row bends the loss along its sums."""
        sums = self.design.forward(weights)
        odds, rising = behind_review(sums)
        share = np.exp(odds - np.logaddexp(0.0, summed(odds))[:, None])
        information = share * (1 - share) * weight[:, None]
        looked = information[:, BEHIND_REVIEW] * rising[1] ** 2
        information[:, BEHIND_REVIEW] *= rising[0] ** 2
        # A wait that leaves no doubt tells of the look as if it had been seen.
        chance = expit(sums[:, -1])
        looked += weight * chance * (1 - chance) * np.tanh(np.abs(self.looked_at) / 4)
        return np.column_stack([information, looked])

    def learn_spread(self, weights: Weights, weight: Floats) -> None:
        """Each kind's spread by what its weights came to and how well the rows tell them
        (MacKay's fixed point, the weights taken as if they were told apart)."""
        unit = self.unit.flat()
        told = 1.0 - 1.0 / (1.0 + self.bent(weights, weight) * unit**2)
        far = ((weights.flat() - self.centre.flat()) / unit) ** 2
        strength = self.spread.kind_strength
        square = (np.bincount(self.kind, far) + strength) / (
            np.bincount(self.kind, told) + strength
        )
        wider = np.clip(np.sqrt(square), *self.spread.kind_range)
        wider[self.kind[: len(COLUMNS)]] = 1.0
        self.unit = self.unit.like(unit * wider[self.kind])

    def learn_vague(self, weights: Weights, weight: Floats) -> None:
        """How often each payer leaves each reason unnamed, drawn towards all payers' habit."""
        odds = behind_review(self.design.forward(weights))[0]
        unnamed = np.flatnonzero(self.target == UNNAMED)
        named = np.flatnonzero((self.target >= 0) & (self.target != UNNAMED))
        told, silent = (np.zeros(self.vague.shape) for _ in range(2))
        np.add.at(told, (self.payer[named], self.target[named]), weight[named])
        behind = odds[unnamed] + np.log(self.vague[self.payer[unnamed]])
        behind = np.exp(behind - summed(behind)[:, None])
        np.add.at(silent, self.payer[unnamed], behind * weight[unnamed, None])
        strength = self.spread.vague_strength
        wider = self.spread.vague
        for axis in ((0, 1), (0,)):
            both = told.sum(axis=axis) + silent.sum(axis=axis)
            wider = (silent.sum(axis=axis) + strength * wider) / (both + strength)
        self.vague = np.asarray((silent + strength * wider) / (told + silent + strength))

    def like(self, stage: AdditiveStage) -> Weights:
        """The weights of a stage that was fitted on other rows; nothing where it has none."""
        varying = self.live[self.design.varying]
        by_payer = np.zeros_like(self.unit.by_payer)
        for part, payer in zip(by_payer, self.design.payers, strict=True):
            if payer in stage.by_payer:
                part[:] = numbers_of(stage, stage.by_payer[payer], self.scaling)[varying]
        return Weights(
            stage.intercept,
            numbers_of(stage, stage.numbers, self.scaling)[self.live],
            by_payer,
            np.vstack([words_of(stage, self.crosses), np.zeros((len(self.changes), len(COLUMNS)))]),
        )

    def log_odds(self, weights: Weights) -> Floats:
        """Of denial for any reason, for each row."""
        return summed(behind_review(self.design.forward(weights))[0])

    def stage(self, found: Weights) -> AdditiveStage:
        """The weights by the names of what they belong to."""
        varying = self.live[self.design.varying]
        numbers = np.zeros((len(self.names), len(COLUMNS)))
        numbers[self.live] = found.numbers
        by_payer = {}
        for payer, part in zip(self.design.payers, found.by_payer, strict=True):
            by_payer[payer] = np.zeros_like(numbers)
            by_payer[payer][varying] = part
        stage = AdditiveStage(
            found.intercept,
            self.scaling,
            numbers,
            by_payer,
            self.crosses,
            found.words,
            dict(zip([*self.design.payers, ""], self.vague, strict=True)),
            self.changes,
        )
        # As it will be when read back: the files hold single precision.
        return AdditiveStage.of(stage.as_json(), stage.weights())


def fit_additive(
    table: Table,
    denied: NDArray[np.int8],
    category: NDArray[np.int8],
    rows: Rows,
    weight: Floats,
    spread: Spread | None = None,
    centre: AdditiveStage | None = None,
    changes: Sequence[PayerChange] = (),
    known: Rows | None = None,
) -> AdditiveStage:
    """The additive stage fitted on some rows.

    denied, category: of each line of the table. weight: of each of `rows`. centre, changes,
    known: as `Fit`.
    """
    fit = Fit(table, denied, category, rows, spread or Spread(), centre, changes, known)
    return fit.stage(fit.learn(weight))


def _minimize(
    fit: Fit, weight: Floats, begin: Weights | None, most: int, valley: Valley | None
) -> Weights:
    """Weights of highest posterior density. weight: of each row. begin: where to look first."""
    design = fit.design
    likelihood = Likelihood(fit.target, weight, fit.vague[fit.payer], fit.looked_at)
    middle = fit.centre.flat()
    usual = np.append(likelihood.usual(), fit.centre.intercept[-1])
    usual[BEHIND_REVIEW] -= usual[-1]
    start = begin or replace(fit.centre, intercept=usual)
    begins = start.flat()
    unit = fit.unit.flat()
    walked = valley or Valley.of(fit.design, fit.unit, fit.information(start, weight))
    fit.valley = walked

    def loss(flat: Floats) -> tuple[float, Floats]:
        own = walked.into(flat)
        fine, slope = likelihood.loss(design.forward(start.like(middle + own * unit)))
        backward = design.backward(slope).flat()
        return fine + 0.5 * float(own @ own), walked.back(backward * unit + own)

    result = minimize(
        loss, walked.out((begins - middle) / unit), jac=True, method="L-BFGS-B",
        options={
            "maxiter": most, "maxcor": 12, "ftol": fit.spread.precise,
            "gtol": 1e-3,
        },
    )  # fmt: skip
    return start.like(middle + walked.into(result.x) * unit)
