"""Training on an existing Dask cluster: features by stretches of days, trees by LightGBM.

Each worker opens the practice's store by itself; to it travel days and numbers of submissions, back
come keys and columns. No name, member id or text of a note leaves a worker. Trees are grown where
the rows were sent, which are numbers only.
"""

import os
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlparse

import lightgbm
import numpy as np
from numpy.typing import NDArray

from claims.context import Context
from claims.problem import ClaimwrightError
from claims.store import Store
from claims.store.reads import Sending
from features.table import Part
from models.coding_words import LearnedKinds
from training.boosting import BINNING, Rows, Task, category_places, column_names, cut, losses
from training.dataset import Stretch, knowledge, lasting, part_between

if TYPE_CHECKING:
    pass

LOCAL = ("localhost", "127.0.0.1", "::1")
DATABASE = "CLAIMWRIGHT_DATABASE_URL"
"""Where a worker finds the store's URL if it is no SQLite file: a password never travels."""
STRETCHES = 4
"""Parts for each worker: a slow one does not keep the others waiting."""
STEPS = 40
"""Numbers of trees among which the best is looked for: the estimator cannot stop early."""


@dataclass(frozen=True)
class Where:
    """Where a worker finds the practice's data; the same paths as on this machine."""

    database: str | None
    """A SQLite URL; None to take it from the worker's own environment."""
    practice: str
    home: str
    policies: str | None
    coding: str | None
    """Folder of the promoted coding model."""

    @classmethod
    def of(
        cls, database: str, practice: str, home: Path, policies: Path | None, coding: Path | None
    ) -> Self:
        """Without what must not travel."""
        local = database.startswith("sqlite:")
        return cls(
            database if local else None,
            practice,
            str(home.resolve()),
            str(policies.resolve()) if policies else None,
            str(coding.resolve()) if coding else None,
        )

    def open(self) -> Store:
        """The store.

        Raises ClaimwrightError where the worker's environment does not name it.
        """
        url = self.database or os.environ.get(DATABASE)
        if url is None:
            raise ClaimwrightError(f"a worker needs {DATABASE} in its environment")
        return Store.open(url, self.practice, Path(self.home))


@lru_cache(maxsize=1)
def _knowledge(where: Where, as_of: date, state: object) -> tuple[list[Sending], Context]:
    with where.open() as store, lasting():
        return knowledge(store, Path(where.policies) if where.policies else None, as_of)


@lru_cache(maxsize=1)
def _coding(folder: str | None) -> LearnedKinds | None:
    return LearnedKinds.from_disk(Path(folder)) if folder else None


def _part(
    where: Where, as_of: date, stretch: Stretch, edits: tuple[str, ...]
) -> tuple[Part | None, list[int]]:
    """What a worker does of the features."""
    with where.open() as store:
        sendings, context = _knowledge(where, as_of, store.state())
        with lasting():
            return part_between(store, sendings, context, stretch, edits, _coding(where.coding))


class Cluster(AbstractContextManager["Cluster"]):
    """A Dask cluster that is already there."""

    def __init__(self, address: str, where: Where, wait: float = 10, least: int = 1) -> None:
        """Raises ClaimwrightError where it cannot be reached, or not safely.

        wait: seconds for the scheduler, and for so many workers at least.
        """
        from distributed import Client

        found = urlparse(address)
        if found.scheme != "tls" and found.hostname not in LOCAL:
            raise ClaimwrightError(
                f"{address}: only tls:// where the scheduler is on another machine"
            )
        try:
            self.client: Client = Client(address, timeout=wait, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClaimwrightError(
                f"{address}: no Dask scheduler ({type(error).__name__})"
            ) from None
        self.where = where
        try:
            self.client.wait_for_workers(least, timeout=wait)
        except TimeoutError:
            self.client.close()
            raise ClaimwrightError(f"{address}: the cluster has no workers") from None

    def __exit__(self, *_: object) -> None:
        self.client.close()

    @property
    def workers(self) -> list[str]:
        """Addresses of the workers."""
        return sorted(self.client.scheduler_info(n_workers=-1)["workers"])

    @property
    def stretches(self) -> int:
        """In how many parts features are made."""
        return STRETCHES * len(self.workers)

    def parts(
        self, as_of: date, stretches: Sequence[Stretch], edits: tuple[str, ...]
    ) -> list[tuple[Part | None, list[int]]]:
        """Features of each stretch, in their order."""
        tasks = [
            self.client.submit(_part, self.where, as_of, stretch, edits, pure=False)
            for stretch in stretches
        ]
        found: list[tuple[Part | None, list[int]]] = self.client.gather(tasks)
        return found

    def boost(self, task: Task) -> lightgbm.Booster:
        """Fits a task on the workers (`training.boosting.Boost`).

        The estimator grows all trees; how many are kept is found afterwards, by the later rows.
        """
        from dask import array
        from lightgbm import DaskLGBMClassifier

        count = len(task.fit.denied)
        rows = -(-count // len(self.workers))

        def spread(values: NDArray[Any]) -> Any:
            return array.from_array(values, chunks=(rows, *values.shape[1:]))

        parameters = {**task.parameters, **BINNING}
        parameters.pop("num_threads", None)
        parameters.pop("objective", None)
        model = DaskLGBMClassifier(
            client=self.client, n_estimators=task.rounds, objective="binary", **parameters
        )
        with warnings.catch_warnings(), self.client.as_current():
            # Threads are the workers' business; the estimator warns of its own default for them.
            warnings.filterwarnings("ignore", "Parameter n_jobs will be ignored", UserWarning)
            model.fit(
                spread(task.fit.matrix),
                spread(task.fit.denied.astype(np.int64)),
                sample_weight=spread(task.fit.weight),
                init_score=spread(task.fit.start),
                feature_name=column_names(task.schema),
                categorical_feature=category_places(task.schema),
            )
        grown = model.booster_
        return cut(grown, _best(grown, task.stop))


def _best(booster: lightgbm.Booster, stop: Rows) -> int:
    """The number of trees with the least loss on later rows."""
    steps = np.unique(np.geomspace(1, booster.current_iteration(), STEPS).round().astype(int))
    found = [
        float(np.average(losses(booster, stop, rounds), weights=stop.weight))
        for rounds in steps.tolist()
    ]
    return int(steps[int(np.argmin(found))])
