"""Fits the additive part of denial risk: ridge regression of each reason against being paid, all
reasons at once (multinomial), on numbers, payers' own weights of them, and words.

The ridge is a prior: weights lie around a centre (nothing, or what other practices' lines taught)
with a spread for each kind of weight. Spreads were chosen by a search on synthetic practices
(docs/denial-risk.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from features.lines import UNNAMED
from features.table import Table
from models.additive import (
    BY_PAYER,
    CROSSES,
    AdditiveStage,
    Scaling,
    entering,
    incidence,
    rows_by,
    summed,
    words,
)
from models.denial import REASONS
from training.relevance import reasons_of_column

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


UNTOLD = -6.0
"""Log odds of a reason against being paid where a centre says nothing of it."""


@dataclass(frozen=True)
class Spread:
    """Standard deviations of weights before anything is seen, in log odds for one standard
    deviation of a number, and for a word."""

    own: float = 0.2
    """Of numbers that speak of the reason (`training.relevance`)."""
    any: float = 0.05
    """Of numbers that may speak of any."""
    other: float = 0.02
    """Of numbers that speak of other reasons."""
    payer_own: float = 0.07
    """Of what one payer makes otherwise of a number that speaks of the reason."""
    payer_any: float = 0.01
    """The same of all other numbers."""
    edit: float = 0.6
    """Of a finding on its own reason, for a step of severity; it lies around `SEVERITY_TELLS`."""
    payer_edit: float = 0.3
    """Of what one payer makes otherwise of it."""
    words: float = 0.1
    rarest: int = 8
    """Lines that a word must occur on to have a weight."""
    payers: int = 40
    """Payers, the commonest, that have weights of their own."""
    least: int = 3
    """Denials that a reason needs to have weights of its own; rarer ones count as unnamed."""
    iterations: int = 200

    def around_a_prior(self) -> "Spread":
        """Narrower: what other practices taught is nearer the truth than nothing is."""
        return replace(self, own=0.6 * self.own, any=0.6 * self.any, other=0.7 * self.other)

    def of(
        self, names: Sequence[str], scale: Floats, reasons: Sequence[int], by_payer: bool = False
    ) -> Floats:
        """(names, reasons): the spread of each weight. scale: of each name's column."""
        own, any_, other = (
            (self.payer_own, self.payer_any, self.payer_any)
            if by_payer
            else (self.own, self.any, self.other)
        )
        spread = np.full((len(names), len(reasons)), any_)
        for row, name in enumerate(names):
            told = reasons_of_column(name)
            if told is not None:
                here = own
                if name.startswith(EDIT):
                    here = (self.payer_edit if by_payer else self.edit) * scale[row]
                spread[row] = [here if REASONS[one] in told else other for one in reasons]
        return spread


EDIT = "edit."
SEVERITY_TELLS = 1.2
"""Log odds that a finding adds to its own reason before anything is seen, for a step of severity:
an error (three steps) will be denied as it stands, says the edit that made it."""


def told_by_edits(names: Sequence[str], scale: Floats, reasons: Sequence[int]) -> Floats:
    """(names, reasons): what the findings' own meaning says of their weights."""
    told = np.zeros((len(names), len(reasons)))
    for row, name in enumerate(names):
        if name.startswith(EDIT):
            own = reasons_of_column(name) or frozenset()
            told[row] = [
                SEVERITY_TELLS * scale[row] if REASONS[one] in own else 0.0 for one in reasons
            ]
    return told


FEW_VALUES = 12
"""Different values up to which a column is taken for a flag or a count, and never cut."""
LOOKED_AT = 20_000


def scaling_of(table: Table, rows: Rows) -> Scaling:
    """Fill, ends, mean and scale of every number column, from some rows."""
    chosen = np.column_stack(
        [entering(name, table.numbers[rows, place]) for place, name in enumerate(table.names)]
    )
    missing = np.isnan(chosen)
    chosen[:, missing.all(axis=0)] = 0.0
    fill = np.nanmedian(chosen, axis=0)
    low, high = np.nanpercentile(chosen, [0.5, 99.5], axis=0)
    for place, column in enumerate(chosen.T):
        # What is rare by nature, a finding or a flag, is not an outlier.
        if len(np.unique(column[~missing[:, place]][:LOOKED_AT])) <= FEW_VALUES:
            low[place], high[place] = np.nanmin(column), np.nanmax(column)
        if table.names[place].startswith(EDIT):
            low[place], high[place] = 0.0, 3.0
    values = np.clip(np.where(missing, fill, chosen), low, high)
    scale = values.std(axis=0)
    seen: set[bytes] = set()
    absent = []
    for place, name in enumerate(table.names):
        share = missing[:, place].mean()
        pattern = np.packbits(missing[:, place]).tobytes()
        if 0.0 < share < 1.0 and pattern not in seen:
            seen.add(pattern)
            absent.append(name)
    return Scaling(
        table.names, fill, low, high, values.mean(axis=0), np.where(scale > 1e-9, scale, 1.0),
        tuple(absent),
    )  # fmt: skip


@dataclass
class Design:
    """The rows as the fit takes them: a wide dense block, slices of it by payer, and words."""

    dense: Singles
    varying: Rows
    """Columns of `dense` that have weights by payer."""
    payers: dict[str, Rows]
    words: sparse.csr_matrix
    slices: dict[str, Singles] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for payer, rows in self.payers.items():
            self.slices[payer] = np.ascontiguousarray(self.dense[np.ix_(rows, self.varying)])
        self.turned = self.words.T.tocsr()

    def forward(self, weights: "Weights") -> Floats:
        """(rows, reasons): log odds against being paid."""
        total = (self.dense @ weights.numbers.astype(np.float32)).astype(np.float64)
        for payer, part in zip(self.payers, weights.by_payer, strict=True):
            total[self.payers[payer]] += self.slices[payer] @ part.astype(np.float32)
        return np.asarray(total + self.words @ weights.words + weights.intercept)

    def backward(self, slope: Floats) -> "Weights":
        """Slopes of all weights from those of the rows' log odds."""
        single = slope.astype(np.float32)
        return Weights(
            slope.sum(axis=0),
            (self.dense.T @ single).astype(np.float64),
            np.array(
                [self.slices[payer].T @ single[rows] for payer, rows in self.payers.items()],
                dtype=np.float64,
            ).reshape(len(self.payers), len(self.varying), slope.shape[1]),
            np.asarray(self.turned @ slope),
        )


@dataclass
class Weights:
    """All that is fitted, by kind."""

    intercept: Floats
    numbers: Floats
    by_payer: Floats
    words: Floats

    def flat(self) -> Floats:
        """As one vector."""
        return np.concatenate(
            [self.intercept, self.numbers.ravel(), self.by_payer.ravel(), self.words.ravel()]
        )

    def like(self, flat: Floats) -> "Weights":
        """Another vector as weights of the same shapes."""
        parts, at = [], 0
        for one in (self.intercept, self.numbers, self.by_payer, self.words):
            parts.append(flat[at : at + one.size].reshape(one.shape))
            at += one.size
        return Weights(*parts)


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
    ) -> None:
        """denied, category: of each line of the table. centre: what the weights lie around before
        anything is seen (`training.prior`); nothing where there is none."""
        if centre is not None:
            spread = spread.around_a_prior()
        self.spread = spread
        reason = reasons_of(denied, category)[rows]
        counts = np.bincount(reason[reason >= 0], minlength=UNNAMED + 1)
        kept = [int(one) for one in np.flatnonzero(counts >= spread.least)]
        if centre is not None:
            kept = sorted({*kept, *centre.reasons})
        if UNNAMED not in kept and (not kept or counts.sum() > counts[kept].sum()):
            kept.append(UNNAMED)
        place = np.full(UNNAMED + 1, kept.index(UNNAMED) if UNNAMED in kept else 0)
        place[kept] = np.arange(len(kept))
        self.kept = kept
        self.target = np.where(reason >= 0, place[np.maximum(reason, 0)], -1)

        self.scaling = scaling_of(table, rows)
        if centre is not None:
            self.scaling = on_scale_of(self.scaling, centre.scaling)
        scaled = self.scaling.apply(table.take(rows))
        self.names = [*self.scaling.names, *self.scaling.absent]
        scale = np.concatenate([self.scaling.scale, np.ones(len(self.scaling.absent))])
        if centre is not None:
            told = _numbers_of(centre, self.scaling, kept)
        else:
            told = told_by_edits(self.names, scale, kept)
        # What the centre speaks of may come to pass later, though these rows never saw it.
        self.live = np.flatnonzero((scaled.std(axis=0) > 1e-9) | told.any(axis=1))
        used = [self.names[at] for at in self.live]
        varying = np.flatnonzero([name.startswith(BY_PAYER) for name in used])
        payers = rows_by([table.words["payer"][row] for row in rows])
        own = sorted(payers, key=lambda name: (-len(payers[name]), name))[: spread.payers]
        known_words = {} if centre is None else centre.crosses
        self.crosses, incidences = _vocabulary(table, rows, spread.rarest, known_words)
        width = sum(len(known) for known in self.crosses.values())
        self.design = Design(
            np.ascontiguousarray(scaled[:, self.live], dtype=np.float32),
            varying,
            {payer: payers[payer] for payer in own},
            incidence(incidences, len(rows), width),
        )
        self.spreads = (
            spread.of(used, scale[self.live], kept),
            spread.of([used[at] for at in varying], scale[self.live][varying], kept, True),
        )

        self.held = centre is not None
        """Whether the intercepts lie around something too."""
        self.centre = Weights(
            np.zeros(len(kept)),
            told[self.live],
            np.zeros((len(own), len(varying), len(kept))),
            np.zeros((width, len(kept))),
        )
        if centre is not None:
            at = {reason: place for place, reason in enumerate(centre.reasons)}
            intercept = np.array(
                [centre.intercept[at[one]] if one in at else UNTOLD for one in kept]
            )
            self.centre = Weights(
                intercept,
                told[self.live],
                np.zeros((len(own), len(varying), len(kept))),
                _words_of(centre, self.crosses, kept),
            )

    def solve(self, weight: Floats, start: Weights | None = None) -> Weights:
        """The weights of highest posterior density.

        weight: of each row; 0 leaves it out. start: where to begin; the answer is the same.
        """
        return _minimize(
            self.design, self.target, weight, self.spreads, self.spread, start, self.centre,
            self.held,
        )  # fmt: skip

    def log_odds(self, weights: Weights) -> Floats:
        """Of denial for any reason, for each row."""
        return summed(self.design.forward(weights))

    def stage(self, found: Weights) -> AdditiveStage:
        """The weights by the names of what they belong to."""
        varying = self.live[self.design.varying]
        numbers = np.zeros((len(self.names), len(self.kept)))
        numbers[self.live] = found.numbers
        by_payer = {}
        for payer, part in zip(self.design.payers, found.by_payer, strict=True):
            by_payer[payer] = np.zeros_like(numbers)
            by_payer[payer][varying] = part
        stage = AdditiveStage(
            tuple(self.kept),
            found.intercept,
            self.scaling,
            numbers,
            by_payer,
            self.crosses,
            found.words,
        )
        # As it will be when read back: the files hold single precision.
        return AdditiveStage.of(stage.as_json(), stage.weights())


def fit_additive(
    table: Table,
    denied: NDArray[np.int8],
    category: NDArray[np.int8],
    rows: Rows,
    weight: Floats,
    spread: Spread = Spread(),
    centre: AdditiveStage | None = None,
) -> AdditiveStage:
    """The additive stage fitted on some rows.

    denied, category: of each line of the table. weight: of each of `rows`. centre: as `Fit`.
    """
    fit = Fit(table, denied, category, rows, spread, centre)
    return fit.stage(fit.solve(weight))


def _vocabulary(
    table: Table,
    rows: Rows,
    rarest: int,
    told: Mapping[tuple[str, ...], Mapping[str, int]],
) -> tuple[dict[tuple[str, ...], dict[str, int]], list[list[int]]]:
    """The combinations that have a weight, and each row's place among them, cross by cross.

    told: combinations that have one though the rows may not have them.
    """
    crosses: dict[tuple[str, ...], dict[str, int]] = {}
    incidences = []
    start = 0
    for cross in CROSSES:
        column = words(table, cross)
        chosen = [column[row] for row in rows]
        found: dict[str, int] = {}
        for word in chosen:
            found[word] = found.get(word, 0) + 1
        common = {word for word, count in found.items() if count >= rarest}
        kept = sorted(common.union(told.get(cross, ())))
        at = {word: start + place for place, word in enumerate(kept)}
        start += len(kept)
        crosses[cross] = at
        incidences.append([at.get(word, -1) for word in chosen])
    return crosses, incidences


def _minimize(
    design: Design,
    target: Rows,
    weight: Floats,
    spreads: tuple[Floats, Floats],
    spread: Spread,
    begin: Weights | None,
    centre: Weights,
    hold: bool,
) -> Weights:
    """Weights of highest posterior density.

    spreads: of numbers, and of one payer's weights of them. centre: what weights lie around.
    hold: whether the intercepts lie around the centre's too; nothing holds them otherwise.
    """
    reasons = spreads[0].shape[1]
    share = (weight @ (target[:, None] == np.arange(reasons)) + 0.5) / weight.sum()
    start = Weights(
        np.log(share / max(1.0 - share.sum(), 0.01)),
        np.zeros((design.dense.shape[1], reasons)),
        np.zeros((len(design.payers), len(design.varying), reasons)),
        np.zeros((design.words.shape[1], reasons)),
    )
    # In units of its spread each weight has the same prior, and the search a round valley.
    unit = Weights(
        np.ones(reasons),
        spreads[0],
        np.broadcast_to(spreads[1], start.by_payer.shape),
        np.full_like(start.words, spread.words),
    ).flat()
    held = np.ones(len(unit))
    middle = centre.flat()
    if hold:
        begin = begin or centre
    else:
        held[:reasons] = 0.0
    rows, denied = np.arange(len(target)), target >= 0

    def loss(flat: Floats) -> tuple[float, Floats]:
        odds = design.forward(start.like(middle + flat * unit))
        most = np.maximum(odds.max(axis=1), 0.0)
        raised = np.exp(odds - most[:, None])
        total = raised.sum(axis=1) + np.exp(-most)
        own = np.where(denied, odds[rows, np.maximum(target, 0)], 0.0)
        fine = weight @ (most + np.log(total) - own)
        slope = raised / total[:, None]
        slope[rows[denied], target[denied]] -= 1.0
        slope *= weight[:, None]
        ridge = held * flat
        return float(fine + 0.5 * ridge @ flat), design.backward(slope).flat() * unit + ridge

    result = minimize(
        loss, ((begin or start).flat() - middle) / unit, jac=True, method="L-BFGS-B",
        options={"maxiter": spread.iterations, "maxcor": 12, "ftol": 1e-5, "gtol": 1e-3},
    )  # fmt: skip
    return start.like(middle + result.x * unit)


def on_scale_of(own: Scaling, other: Scaling) -> Scaling:
    """The scaling of some rows, columns that another has on the other's scale."""
    at = {name: place for place, name in enumerate(other.names)}
    here = [place for place, name in enumerate(own.names) if name in at]
    there = [at[own.names[place]] for place in here]

    def joined(mine: Floats, theirs: Floats) -> Floats:
        column = mine.copy()
        column[here] = theirs[there]
        return column

    absent = [*own.absent, *(name for name in other.absent if name in own.names)]
    return Scaling(
        own.names,
        joined(own.fill, other.fill),
        joined(own.low, other.low),
        joined(own.high, other.high),
        joined(own.mean, other.mean),
        joined(own.scale, other.scale),
        tuple(dict.fromkeys(absent)),
    )


def _numbers_of(centre: AdditiveStage, scaling: Scaling, kept: Sequence[int]) -> Floats:
    """(names and absent of `scaling`, kept): the centre's weights; nothing where it has none."""
    width = len(centre.scaling.names)
    at = {name: place for place, name in enumerate(centre.scaling.names)}
    gone = {name: width + place for place, name in enumerate(centre.scaling.absent)}
    rows = [at.get(name, -1) for name in scaling.names]
    rows += [gone.get(name, -1) for name in scaling.absent]
    return _picked(centre.numbers, rows, centre.reasons, kept)


def _words_of(
    centre: AdditiveStage,
    crosses: Mapping[tuple[str, ...], Mapping[str, int]],
    kept: Sequence[int],
) -> Floats:
    rows = [
        centre.crosses.get(cross, {}).get(word, -1)
        for cross, known in crosses.items()
        for word in known
    ]
    return _picked(centre.words, rows, centre.reasons, kept)


def _picked(
    weights: Floats, rows: Sequence[int], reasons: Sequence[int], kept: Sequence[int]
) -> Floats:
    """Some rows (-1: none) and reasons of weights; zero where there is none."""
    found = np.zeros((len(rows), len(kept)))
    at = {reason: place for place, reason in enumerate(reasons)}
    for column, reason in enumerate(kept):
        if reason in at:
            for row, place in enumerate(rows):
                if place >= 0:
                    found[row, column] = weights[place, at[reason]]
    return found
