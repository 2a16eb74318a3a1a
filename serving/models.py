"""The models in use: they follow the champion's alias, and the last good one stays where a new
one fails."""

import logging
import threading
import time
from typing import TYPE_CHECKING

from claims.problem import ClaimwrightError
from models.coding_words import LearnedKinds
from models.registry import CHAMPION, CODING, Registry
from models.score import ModelReference
from serving.settings import Settings

if TYPE_CHECKING:
    from models.denial import DenialModel

LOOK_AGAIN = 2.0
"""Seconds after which the alias is looked up again."""

log = logging.getLogger(__name__)


class Champion:
    """The denial model that the registry's champion alias names, loaded when it changes."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._lock = threading.Lock()
        self._model: DenialModel | None = None
        self._reference: ModelReference | None = None
        self._looked = float("-inf")
        self._refused: str | None = None
        """A version that failed to load: not tried again until the alias moves on."""

    def current(self) -> "tuple[DenialModel | None, ModelReference | None]":
        """The model and its name; None, None where none was promoted yet."""
        with self._lock:
            if time.monotonic() - self._looked >= LOOK_AGAIN:
                self._looked = time.monotonic()
                self._follow()
            return self._model, self._reference

    def _follow(self) -> None:
        try:
            version = self.registry.version("denial", CHAMPION)
        except ClaimwrightError:
            if self._model is None:
                raise
            log.exception("the registry cannot be asked; the model in use stays")
            return
        if version is None:
            self._model = self._reference = None
            return
        from models.denial import DenialModel

        number = version.version
        if number == self._refused or (self._reference and number == self._reference.version):
            return
        try:
            model = DenialModel.load(version.folder)
            model.self_test()
        except ClaimwrightError:
            self._refused = number
            if self._model is None:
                raise
            log.exception("denial model %s cannot be used; version %s stays in use", number,
                          self._reference.version if self._reference else "none")  # fmt: skip
            return
        self._model, self._refused = model, None
        self._reference = ModelReference(name=version.name, version=number)


class CodingChampion:
    """The coding model that a practice promoted; the shipped one where it promoted none."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._lock = threading.Lock()
        self._model: LearnedKinds | None = None
        self._version: str | None = None
        self._looked = float("-inf")

    def current(self) -> LearnedKinds | None:
        """The promoted model; None for the shipped one."""
        with self._lock:
            if time.monotonic() - self._looked >= LOOK_AGAIN:
                self._looked = time.monotonic()
                self._follow()
            return self._model

    def _follow(self) -> None:
        try:
            version = self.registry.version(CODING, CHAMPION)
        except ClaimwrightError:
            log.exception("the registry cannot be asked; the coding model in use stays")
            return
        number = version.version if version else None
        if number == self._version:
            return
        self._version = number
        try:
            self._model = LearnedKinds.from_disk(version.folder) if version else None
        except ClaimwrightError:
            log.exception("coding model %s cannot be used; the one before stays in use", number)


def registry_of(settings: Settings) -> Registry:
    """The registry of these settings; its files are made when something is registered."""
    return Registry(settings.tracking, settings.home / "artifacts")
