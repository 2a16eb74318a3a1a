"""The model registry: MLflow keeps runs, versions and aliases; the files are ours to read.

A registered model is a folder that `DenialModel.save` wrote. It is loaded by our own loader:
`mlflow.pyfunc` would run code that lies in the registry.
"""

import os
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

from claims.clock import now
from claims.problem import ClaimwrightError
from models.coding_words import LearnedKinds

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from models.denial import DenialModel

# Before mlflow is imported anywhere: nothing about a practice leaves the machine.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

CHAMPION = "champion"
CHALLENGER = "challenger"
PREVIOUS = "previous"
DENIAL = "denial"
PROCESS = "claimwright.process"
"""Tag of a run: machine and process that works on it."""
CODING = "coding"


@dataclass(frozen=True)
class Version:
    """One registered version of a model."""

    name: str
    version: str
    run: str
    folder: Path
    tags: Mapping[str, str]


class Registry:
    """Runs, versions and aliases in one tracking store."""

    def __init__(self, url: str, artifacts: Path) -> None:
        self.url = url
        self.artifacts = artifacts

    @property
    def client(self) -> "MlflowClient":
        """MLflow's client; imported here because it takes seconds."""
        import logging

        logging.getLogger("alembic").setLevel(logging.WARNING)
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        from mlflow import MlflowClient

        if self._unmade:
            Path(self.url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        return MlflowClient(tracking_uri=self.url, registry_uri=self.url)

    @property
    def _unmade(self) -> bool:
        """Whether the store is a SQLite file that is not there yet: MLflow need not make it."""
        path = self.url.removeprefix("sqlite:///")
        return path != self.url and not Path(path).exists()

    def make(self) -> None:
        """Makes a SQLite store that is not there yet: whole or, where this is interrupted, not at
        all. MLflow's own making takes seconds, and half a schema would refuse every later run."""
        if not self._unmade:
            return
        path = Path(self.url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{path.name}.*"):
            owner = left.name.removeprefix(f".{path.name}.").partition("-")[0]
            if not (owner.isdigit() and owner != str(os.getpid()) and _alive(int(owner))):
                left.unlink(missing_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        _client(f"sqlite:///{part}").search_experiments(max_results=1)
        part.replace(path)

    def _end_dead_runs(self, client: "MlflowClient", experiment: str) -> None:
        """Runs whose process on this machine is gone are told of as killed."""
        running = client.search_runs([experiment], "attributes.status = 'RUNNING'", max_results=50)
        for run in running:
            host, _, process = run.data.tags.get(PROCESS, "").rpartition(":")
            if host == socket.gethostname() and process.isdigit() and not _alive(int(process)):
                client.set_terminated(run.info.run_id, status="KILLED")

    def _experiment(self, client: "MlflowClient", name: str) -> str:
        found = client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        self.artifacts.mkdir(parents=True, exist_ok=True)
        return str(
            client.create_experiment(name, artifact_location=self.artifacts.resolve().as_uri())
        )

    @contextmanager
    def run(self, name: str, parameters: Mapping[str, Any]) -> Iterator["Run"]:
        """A tracked run: ended as finished, or as failed where something is raised."""
        from mlflow.entities import Param

        self.make()
        client = self.client
        experiment = self._experiment(client, name)
        self._end_dead_runs(client, experiment)
        process = f"{socket.gethostname()}:{os.getpid()}"
        run = client.create_run(experiment, tags={PROCESS: process})
        tracked = Run(self, client, str(run.info.run_id), str(run.info.artifact_uri))
        client.log_batch(
            tracked.id, params=[Param(key, str(value)[:500]) for key, value in parameters.items()]
        )
        try:
            yield tracked
        except BaseException:
            client.set_terminated(tracked.id, status="FAILED")
            raise
        client.set_terminated(tracked.id, status="FINISHED")

    def version(self, name: str, alias: str) -> Version | None:
        """The version that an alias names; None where there is none yet.

        Raises ClaimwrightError where the registry cannot be asked.
        """
        if self._unmade:
            return None
        path = self.url.removeprefix("sqlite:///")
        if path != self.url:
            try:
                return _version_in(path, name, alias)
            except sqlite3.Error:
                # Made by another release of MLflow: its own client knows how to read it.
                pass
        from mlflow.exceptions import MlflowException

        try:
            found = self.client.get_model_version_by_alias(name, alias)
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None  # what MLflow says of a model or an alias that is not there
            raise ClaimwrightError(
                f"the model registry does not answer ({error.error_code})"
            ) from None
        return self._version(found)

    def versions(self, name: str) -> list[Version]:
        """Every version, the newest first."""
        found = [self._version(one) for one in self.client.search_model_versions(f"name='{name}'")]
        return sorted(found, key=lambda version: -int(version.version))

    def _version(self, found: Any) -> Version:
        return Version(
            found.name, str(found.version), str(found.run_id or ""), _path(str(found.source)),
            dict(found.tags),
        )  # fmt: skip

    def point(self, name: str, alias: str, version: str) -> None:
        """Lets an alias name a version: the one step in which a promotion or rollback happens."""
        self.client.set_registered_model_alias(name, alias, version)

    def unpoint(self, name: str, alias: str) -> None:
        """Takes an alias away: what is shipped serves where no version is named."""
        self.client.delete_registered_model_alias(name, alias)

    def tag(self, name: str, version: str, values: Mapping[str, str]) -> None:
        """Notes something about a version, such as why it was promoted."""
        for key, value in values.items():
            self.client.set_model_version_tag(name, version, key, value[:5000])

    def load(self, alias: str = CHAMPION) -> "tuple[DenialModel, Version] | None":
        """The denial model that an alias names, read by our own loader; None where there is none.

        Raises ClaimwrightError where its files cannot be read.
        """
        from models.denial import DenialModel

        version = self.version(DENIAL, alias)
        return None if version is None else (DenialModel.load(version.folder), version)

    def coding(self) -> LearnedKinds | None:
        """The coding model that was promoted; None where the shipped one serves.

        Raises ClaimwrightError where its files cannot be read.
        """
        version = self.version(CODING, CHAMPION)
        return None if version is None else LearnedKinds.from_disk(version.folder)


@dataclass(frozen=True)
class Run:
    """One tracked run."""

    registry: Registry
    client: "MlflowClient"
    id: str
    artifact_uri: str

    @property
    def folder(self) -> Path:
        """Where the run's files lie: written there, they are logged."""
        return _path(self.artifact_uri)

    def metrics(self, values: Mapping[str, float]) -> None:
        """Logs figures, all of them in one go."""
        from mlflow.entities import Metric

        instant = int(now().timestamp() * 1000)
        figures = [Metric(key, float(value), instant, 0) for key, value in values.items()]
        self.client.log_batch(self.id, metrics=figures)

    def tags(self, values: Mapping[str, str]) -> None:
        """Notes something about the run."""
        from mlflow.entities import RunTag

        self.client.log_batch(self.id, tags=[RunTag(key, one) for key, one in values.items()])

    def register(self, name: str, folder: Path, alias: str, tags: Mapping[str, str]) -> str:
        """Registers a folder inside the run's as the next version of a model, under an alias.

        The alias is moved last: until then nobody serves or compares the version.
        """
        from mlflow.exceptions import MlflowException

        try:
            self.client.get_registered_model(name)
        except MlflowException:
            self.client.create_registered_model(name)
        made = self.client.create_model_version(
            name, source=folder.resolve().as_uri(), run_id=self.id, tags=dict(tags)
        )
        self.client.set_registered_model_alias(name, alias, str(made.version))
        return str(made.version)


def _version_in(path: str, name: str, alias: str) -> Version | None:
    """The version that an alias names, read from MLflow's SQLite file.

    MLflow's client takes seconds to load, and a review of a note must not wait for it.
    """
    with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)) as file:
        found = file.execute(
            "SELECT v.version, v.run_id, v.source FROM registered_model_aliases a "
            "JOIN model_versions v ON v.name = a.name AND v.version = a.version "
            "WHERE a.name = ? AND a.alias = ?",
            (name, alias),
        ).fetchone()
        if found is None:
            return None
        number, run, source = found
        tags = file.execute(
            "SELECT key, value FROM model_version_tags WHERE name = ? AND version = ?",
            (name, number),
        ).fetchall()
    return Version(name, str(number), str(run or ""), _path(str(source)), dict(tags))


def _client(url: str) -> "MlflowClient":
    import logging

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=url, registry_uri=url)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _path(uri: str) -> Path:
    parts = urlparse(uri)
    if parts.scheme not in ("", "file"):
        raise ClaimwrightError(
            f"models are read from a local folder, not over {parts.scheme}; "
            "set CLAIMWRIGHT_TRACKING_URL to a store whose artifacts lie on this machine"
        )
    return Path(unquote(parts.path) if parts.scheme else uri)
