"""Fits the denial model: boosters on the past, calibration on weeks after it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.table import Table
from models.additive import BY_PAYER, AdditiveStage
from models.denial import WHOLE_CLAIM, Calibration, DenialModel, Schema, expit, logit
from models.scopes import PayerChange
from training.additive import Fit
from training.boosting import Boost, Rows, Task, cut, here, surely_better
from training.design import Weights
from training.splits import Split
from training.spread import Spread

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """How the boosters are fitted; stored with every result."""

    leaves: int = 7
    rate: float = 0.03
    rounds: int = 1500
    patience: int = 60
    least_in_leaf: int = 150
    columns: float = 0.3
    rows: float = 0.8
    ridge: float = 50.0
    rarest_word: int = 30
    """A category word on fewer lines than this counts as never seen."""
    spread: Spread = field(default_factory=Spread)
    """Of the additive part's weights."""
    newer: float = 0.4
    """Share of the fitting rows, the newest, that trees are grown on: what the additive part of
    the older rows leaves over in them."""
    seed: int = 1
    threads: int = 2
    extra: dict[str, Any] = field(default_factory=dict)
    """Further LightGBM parameters."""


FALLING = ("element.",)
"""Columns that can only lower the risk as they rise."""
RISING = ("edit.", "findings.error", "lack.", "note.lacking")
GROWN_ON = (*BY_PAYER, "modifier.")
"""Begin the columns that trees see: what was sent, what is in the note, what the checks and the
ledger say. Rates and ages are left to the additive part: by them a tree tells the weeks apart, and
learns what was so in each of them and is so no more."""
WORDS_GROWN_ON = ("payer", "procedure")
"""Category columns that trees see; of rarer words, as clinicians, they learn chance."""


@dataclass(frozen=True)
class Fitted:
    """A model and how its fitting went."""

    model: DenialModel
    rounds: int
    importance: dict[str, float]
    """Gain by column, as a share of all."""


def words_of(
    table: Table, rows: NDArray[np.int64], least: int, columns: Sequence[str] = WORDS_GROWN_ON
) -> dict[str, tuple[str, ...]]:
    """Words of category columns that occur on at least `least` of the rows, commonest first."""
    found = {}
    for name in columns:
        column = table.words[name]
        counts: dict[str, int] = {}
        for row in rows:
            word = column[row]
            counts[word] = counts.get(word, 0) + 1
        kept = sorted((-count, word) for word, count in counts.items() if count >= least)
        found[name] = tuple(word for _, word in kept[:500])
    return found


def _parameters(settings: Settings, schema: Schema) -> dict[str, Any]:
    constraints = [
        -1 if name.startswith(FALLING) else 1 if name.startswith(RISING) else 0
        for name in schema.numbers
    ] + [0] * len(schema.categories)
    return {
        "objective": "binary",
        "num_leaves": settings.leaves,
        "learning_rate": settings.rate,
        "min_data_in_leaf": settings.least_in_leaf,
        "feature_fraction": settings.columns,
        "bagging_fraction": settings.rows,
        "bagging_freq": 1,
        "lambda_l2": settings.ridge,
        "cat_smooth": 20,
        "cat_l2": 20,
        "max_cat_threshold": 32,
        "monotone_constraints": constraints,
        "monotone_constraints_method": "basic",
        "num_threads": settings.threads,
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        **settings.extra,
    }


def fit(
    table: Table,
    denied: NDArray[np.int8],
    category: NDArray[np.int8],
    split: Split,
    edits: Sequence[str],
    settings: Settings = Settings(),
    about: dict[str, Any] | None = None,
    weight: Floats | None = None,
    prior: AdditiveStage | None = None,
    boost: Boost = here,
    changes: Sequence[PayerChange] = (),
    known: NDArray[np.int64] | None = None,
) -> Fitted:
    """A model fitted on `split.fit`, stopped early on `split.stop`, calibrated on
    `split.calibrate`: each part later than the one before.

    denied: 0 or 1 for each line of the table. category: as `Answers.category`. weight: of each
    line of the table (`training.settled`). prior: what the additive part's weights lie around
    (`training.prior`). boost: where the trees are grown (`training.boosting`). changes: of payers,
    as far as the lines of `split.fit` show them (`training.payer_changes`). known: the day on
    which each line of the table was answered (`training.waiting`).
    """
    weight = np.ones(len(table)) if weight is None else weight
    fitting = Fit(table, denied, category, split.fit, settings.spread, prior, changes, known)
    whole = fitting.learn(weight[split.fit])
    additive = fitting.stage(whole)
    numbers = tuple(name for name in table.names if name.startswith(GROWN_ON))
    words = words_of(table, split.fit, settings.rarest_word)
    schema = Schema(numbers, words, tuple(edits))
    newer, start = _newer(fitting, whole, table.lines.submitted[split.fit], weight[split.fit],
                          settings.newer)  # fmt: skip

    def part(own: Table, rows: NDArray[np.int64], start: Floats) -> Rows:
        return Rows(schema.matrix(own), denied[rows], weight[rows], start)

    stop, asked = table.take(split.stop), table.take(split.calibrate)
    later = (
        part(stop, split.stop, additive.log_odds(stop)),
        part(asked, split.calibrate, additive.log_odds(asked)),
    )
    line = boost(
        Task(
            schema, _parameters(settings, schema),
            part(table.take(split.fit[newer]), split.fit[newer], start), later[0],
            settings.rounds, settings.patience,
        )
    )  # fmt: skip
    if not all(
        surely_better(line, rows, table.lines.claim[places])
        for rows, places in zip(later, (split.stop, split.calibrate), strict=True)
    ):
        line = cut(line, 1)  # LightGBM knows no booster without a tree
    rounds = line.current_iteration()
    raw = np.asarray(line.predict(later[1].matrix, raw_score=True)) + later[1].start
    calibration = calibrate(
        raw,
        additive.shares(asked)[:, WHOLE_CLAIM].sum(axis=1),
        denied[split.calibrate],
        asked.lines.claim,
        weight[split.calibrate],
    )
    gain = line.feature_importance("gain")
    model = DenialModel(additive, line, calibration, schema, about or {})
    total = float(gain.sum()) or 1.0
    importance = {n: float(g) / total for n, g in zip(schema.names, gain, strict=True)}
    return Fitted(model, rounds, importance)


def _newer(
    fitting: Fit, whole: Weights, day: NDArray[np.int64], weight: Floats, share: float
) -> tuple[NDArray[np.int64], Floats]:
    """The newest of the fitting rows, and the additive part's log odds for them as fitted on the
    others: in its own rows it has learned chance, and trees grown on that would lean on it.

    whole: weights fitted on all. day: of submission of each row.
    """
    newer = day > np.quantile(day, 1 - share)
    if newer.all() or not newer.any():
        return np.arange(len(day)), fitting.log_odds(whole)
    older = fitting.solve(np.where(newer, 0.0, weight), whole, valley=fitting.valley)
    rows = np.flatnonzero(newer)
    return rows, fitting.log_odds(older)[rows]


def refit(
    fitted: Fitted,
    table: Table,
    denied: NDArray[np.int8],
    category: NDArray[np.int8],
    rows: NDArray[np.int64],
    settings: Settings | None = None,
    weight: Floats | None = None,
    prior: AdditiveStage | None = None,
    changes: Sequence[PayerChange] = (),
    known: NDArray[np.int64] | None = None,
) -> DenialModel:
    """The same model with its additive part fitted once more on all `rows`, the newest weeks
    included.

    Trees and calibration stay as they were found on weeks kept apart; figures of quality are those
    of `fitted`, which had not seen the weeks that it was judged on. changes: of payers, as far as
    `rows` show them. known: as `fit`.
    """
    settings = settings or Settings()
    weight = np.ones(len(table)) if weight is None else weight
    model = fitted.model
    fitting = Fit(table, denied, category, rows, settings.spread, prior, changes, known)
    additive = fitting.stage(fitting.learn(weight[rows], fitting.like(model.additive)))
    return DenialModel(additive, model.line, model.calibration, model.schema, model.about)


CALIBRATION_SPREAD = np.array([0.05, 0.015])
"""How far intercept and slope of a calibration lie from nothing and one, in log odds, before
anything is seen: some weeks of answers move a rate by chance as far as payers do. The slope least:
what serves is fitted on more lines than what is calibrated, and asked about weeks further off."""


MOST_TOLD = 200.0
"""Information (the inverse of a variance) about a level that some weeks of answers give at most,
however many lines they have: what payers deny drifts by some 0.07 in log odds from one stretch of
weeks to the next, and the weeks that are asked about are others."""


def _line_through(raw: Floats, denied: Floats, weight: Floats) -> tuple[float, float]:
    """Intercept and slope of highest posterior density."""
    inputs = np.column_stack([np.ones(len(raw)), raw])
    usual = np.array([0.0, 1.0])
    told = float((weight * expit(raw) * (1 - expit(raw))).sum())
    weight = weight * min(1.0, MOST_TOLD / max(told, 1e-9))
    found = usual.copy()
    for _ in range(25):
        risk = expit(inputs @ found)
        slope = inputs.T @ (weight * (denied - risk)) - (found - usual) / CALIBRATION_SPREAD**2
        curve = (inputs * (weight * risk * (1 - risk))[:, None]).T @ inputs
        step = np.linalg.solve(curve + np.diag(CALIBRATION_SPREAD**-2.0), slope)
        found = found + step
        if np.abs(step).max() < 1e-9:
            break
    return float(found[0]), max(float(found[1]), 0.05)


def calibrate(
    raw: Floats,
    whole: Floats,
    denied: NDArray[np.int8],
    claim: NDArray[np.int64],
    weight: Floats,
) -> Calibration:
    """Line and claim calibration from log odds of lines later than those fitted on.

    raw: the stages' log odds. whole: part of each line's risk that is of whole claims. claim: which
    claim each line belongs to; where too few answers tell otherwise, what the stages say is taken
    as it is.
    """
    if denied.sum() < 30 or denied.sum() > len(denied) - 30:
        return Calibration()
    line = _line_through(raw, denied.astype(float), weight)
    calibration = Calibration(line)
    risk = calibration.lines(raw)
    numbers, place = np.unique(claim, return_inverse=True)
    any_denied, heaviest = np.zeros(len(numbers)), np.zeros(len(numbers))
    np.maximum.at(any_denied, place, denied)
    np.maximum.at(heaviest, place, weight)
    several = np.bincount(place) > 1
    if any_denied[several].sum() < 30:
        return calibration
    told = logit(calibration.claims(risk, whole * risk, place, len(numbers))[several])
    return Calibration(line, _line_through(told, any_denied[several], heaviest[several]))


__all__ = ["Fitted", "Settings", "calibrate", "expit", "fit", "refit", "words_of"]
