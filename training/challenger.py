"""One training round: data set, fit, figures on weeks not fitted on, registration as challenger."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from claims.problem import ClaimwrightError
from claims.store import Store
from features.notes.reader import VERSION as NOTE_READER
from models.additive import AdditiveStage
from models.coding import model_version as coding_version
from models.denial import DenialModel
from models.judge import EDITS
from models.registry import CHALLENGER, DENIAL, Registry
from training.baselines import base_rate
from training.boosting import here
from training.dataset import Dataset, gather
from training.kept_rows import code_digest
from training.metrics import auc, average_precision, brier, calibration_error, log_loss
from training.payer_changes import begins, payer_changes
from training.prior import digest_of
from training.run_files import describe
from training.splits import Split, by_time
from training.train import Fitted, Settings, fit, refit

if TYPE_CHECKING:
    from training.scale import Cluster

Told = Callable[[str, int, int], None]
HELD_OUT = "held_out"
"""Folder in a model's own: the same model before it was fitted once more on everything, so that
it can be judged on weeks that it has not seen."""
LEAST_LINES = 200
LEAST_DENIED = 20
"""Settled lines, and denied ones among them, below which no local model is fitted."""
TEST_SHARE, MOST_SHARE, TEST_LINES = 0.08, 0.25, 320
"""Of the settled lines, the newest: never fitted, stopped or calibrated on. A small practice keeps
more of them aside, or no comparison could ever be made (`training.promote.LEAST_LINES`)."""


@dataclass(frozen=True)
class Challenger:
    """What a round gave."""

    version: str
    folder: Path
    metrics: Mapping[str, float]
    manifest: Mapping[str, Any]
    seconds: Mapping[str, float]


def answered_lines(store: Store, as_of: date) -> int:
    """Lines with a first final answer to learn from that was known by a day."""
    return int((store.read_outcomes(as_of)["label"] >= 0).sum())


def parts_of(dataset: Dataset) -> tuple[Split, NDArray[np.int64]]:
    """The rows to fit, stop and calibrate on, and the newest, which are kept for the test.

    Raises ClaimwrightError where too little has settled.
    """
    rows = dataset.settled.rows
    denied = int((dataset.answers.denied[rows] == 1).sum())
    if len(rows) < LEAST_LINES or denied < LEAST_DENIED:
        raise ClaimwrightError(
            f"{len(rows)} lines have settled, {denied} of them denied; at least {LEAST_LINES} and "
            f"{LEAST_DENIED} are needed to train: ingest more remittances"
        )
    day = dataset.table.lines.submitted[rows]
    share = min(max(TEST_SHARE, TEST_LINES / len(rows)), MOST_SHARE)
    outer = by_time(day, stop=share / 2, calibrate=share / 2)
    test = rows[np.concatenate([outer.stop, outer.calibrate])]
    inner = by_time(day[outer.fit])
    kept = rows[outer.fit]
    return Split(kept[inner.fit], kept[inner.stop], kept[inner.calibrate]), test


def figures(
    model: DenialModel, dataset: Dataset, split: Split, test: NDArray[np.int64]
) -> dict[str, float]:
    """Quality on the test rows, with the base rate beside it."""
    denied = dataset.answers.denied
    risk = model.risks(dataset.table.take(test)).line
    outcome = denied[test].astype(float)
    base = base_rate(dataset.table.lines, denied, split.fit, test)
    found = {
        "test_lines": float(len(test)),
        "test_denied": float(outcome.sum()),
        "log_loss": log_loss(risk, outcome),
        "log_loss_base_rate": log_loss(base, outcome),
        "brier": brier(risk, outcome),
        "calibration_error": calibration_error(risk, outcome),
        "roc_auc": auc(risk, outcome),
        "roc_auc_base_rate": auc(base, outcome),
        "average_precision": average_precision(risk, outcome),
    }
    return {name: value for name, value in found.items() if np.isfinite(value)}


def train_challenger(
    store: Store,
    registry: Registry,
    own_policies: Path | None,
    as_of: date,
    settings: Settings,
    told: Told = lambda *_: None,
    prior: AdditiveStage | None = None,
    cluster: "Cluster | None" = None,
) -> Challenger:
    """A new challenger from everything known by `as_of`.

    prior: what the additive part's weights lie around; None for local data alone. cluster: makes
    the features and grows the trees; None for this process.

    Raises ClaimwrightError where too little has settled to learn from.
    """
    begun = time.monotonic()
    dataset = gather(
        store,
        own_policies,
        as_of,
        EDITS,
        told,
        registry.coding(),
        cluster.parts if cluster else None,
        cluster.stretches if cluster else 1,
        keep=True,
    )
    boost = cluster.boost if cluster else here
    seconds = {"gather": time.monotonic() - begun}
    split, test = parts_of(dataset)
    weight = dataset.weight
    begun = time.monotonic()
    told("fit", 0, 1)
    fitted = fit(
        dataset.table,
        dataset.answers.denied,
        dataset.answers.category,
        split,
        EDITS,
        settings,
        weight=weight,
        prior=prior,
        boost=boost,
        changes=payer_changes(dataset, begins(dataset, split.stop)),
        known=dataset.answers.known,
    )
    seconds["fit"] = time.monotonic() - begun
    changes = payer_changes(dataset)
    told("fit", 1, 1)
    metrics = figures(fitted.model, dataset, split, test)
    manifest = dataset.manifest() | {
        "claimwright": version("claimwright"),
        "code": code_digest(),
        "schema": fitted.model.schema.digest,
        "test_from": date.fromordinal(int(dataset.table.lines.submitted[test].min())).isoformat(),
        "note_reader": NOTE_READER,
        "coding_model": coding_version(registry.coding()),
        "rounds": fitted.rounds,
        "prior": "none" if prior is None else digest_of(prior),
        "changes": [change.as_json() for change in changes],
    }
    fitted.model.about = {"kind": DENIAL, **manifest}
    told("register", 0, 1)
    with registry.run("claimwright-train", _parameters(settings, as_of)) as run:
        run.metrics(metrics)
        run.tags({"dataset": str(manifest["digest"]), "prior": str(manifest["prior"])})
        folder = run.folder / "model"
        card = _card(fitted, metrics, manifest)
        describe(run.folder, card, fitted, dataset, test)
        newest = refit(
            fitted,
            dataset.table,
            dataset.answers.denied,
            dataset.answers.category,
            dataset.settled.rows,
            settings,
            weight,
            prior,
            changes,
            dataset.answers.known,
        )
        newest.save(folder, card)
        fitted.model.save(folder / HELD_OUT, card)
        (folder / "manifest.json").write_text(
            json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
        number = run.register(
            DENIAL,
            folder,
            CHALLENGER,
            {
                "as_of": as_of.isoformat(),
                "dataset": str(manifest["digest"])[:16],
                # As `answered_lines` counts them, without reading all answers once more.
                "answered": str(int((dataset.history.answers.denied >= 0).sum())),
            },
        )
    told("register", 1, 1)
    return Challenger(number, folder, metrics, manifest, seconds)


def _parameters(settings: Settings, as_of: date) -> dict[str, Any]:
    return {"as_of": as_of.isoformat(), **asdict(settings)}


def _card(fitted: Fitted, metrics: Mapping[str, float], manifest: Mapping[str, Any]) -> str:
    top = sorted(fitted.importance.items(), key=lambda item: -item[1])[:15]
    lines = [
        "# Denial risk of a service line",
        "",
        "Probability that the payer denies a line, in whole or in part, on first final "
        "adjudication. Not for deciding about care.",
        "",
        f"* Trained on {manifest['settled_lines']} settled lines of this practice, "
        f"{manifest['denied_lines']} denied, submitted {manifest['first_submission']} to "
        f"{manifest['last_submission']}, as known on {manifest['as_of']}.",
        f"* Data set {manifest['digest']}.",
        "",
        "| figure on the newest settled weeks, not trained on | value |",
        "| --- | --- |",
        *(f"| {name.replace('_', ' ')} | {value:.4f} |" for name, value in metrics.items()),
        "",
        "| column | share of gain in the trees |",
        "| --- | --- |",
        *(f"| {name} | {share:.3f} |" for name, share in top),
        "",
    ]
    return "\n".join(lines)
