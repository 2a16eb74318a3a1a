"""A practice walked through in time: gathered once, trained as of any day, judged on later lines.

A row of the table is the same whenever it is gathered, so what `claimwright train --as-of DAY`
would have seen is the same table with the answers that were known by then.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from claims.store import Store
from claims.store.folders import files_of
from models.additive import AdditiveStage
from models.denial import DenialModel
from models.judge import EDITS
from training.challenger import parts_of
from training.dataset import Dataset, gather_home
from training.payer_changes import begins, payer_changes
from training.settled import settled
from training.train import Settings, fit, refit

KINDS = ("claims", "remittances", "notes", "authorizations", "benefits", "policies")


def gathered(practice: Path, home: Path) -> Dataset:
    """Everything of a folder that `claimwright synth` wrote, but its truth."""
    home.mkdir(parents=True, exist_ok=True)
    with Store.open(f"sqlite:///{home.resolve() / 'claimwright.db'}", "main", home) as store:
        for file in files_of([practice / kind for kind in KINDS]):
            store.ingest(file)
    return gather_home(home, None, EDITS)


def known_by(dataset: Dataset, day: int) -> Dataset:
    """The data set as it was at the end of a day."""
    answers = dataset.answers.before(day + 1)
    chosen = settled(dataset.table.lines, answers, day + 1)
    return replace(dataset, answers=answers, settled=chosen, as_of=date.fromordinal(day))


def trained(
    dataset: Dataset,
    prior: AdditiveStage | None,
    settings: Settings,
    outcomes: NDArray[np.int8] | None = None,
) -> tuple[DenialModel, DenialModel]:
    """What `claimwright train` makes of it: the model that serves, and the held-out one.

    outcomes: in the place of the data set's own.
    """
    split, _ = parts_of(dataset)
    weight = dataset.weight
    denied = dataset.answers.denied if outcomes is None else outcomes
    given = (dataset.table, denied, dataset.answers.category)
    before = payer_changes(dataset, begins(dataset, split.stop)) if outcomes is None else ()
    fitted = fit(
        *given, split, EDITS, settings, weight=weight, prior=prior, changes=before,
        known=dataset.answers.known,
    )  # fmt: skip
    now = payer_changes(dataset) if outcomes is None else ()
    serves = refit(
        fitted, *given, dataset.settled.rows, settings, weight, prior, changes=now,
        known=dataset.answers.known,
    )  # fmt: skip
    return serves, fitted.model


def expected_loss(risk: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log loss of each line as expected under the true probabilities, in nats."""
    held = np.clip(risk, 1e-6, 1 - 1e-6)
    return -(truth * np.log(held) + (1 - truth) * np.log1p(-held))
