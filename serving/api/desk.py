"""What the routes share: the practice's scoring, opened at the first need and used in turn."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from threading import Lock
from typing import Protocol

from fastapi import Request

from claims.claim import Submission
from claims.note import Note
from models.score import ClaimScore, ModelReference


class ScoresClaims(Protocol):
    """What a route needs of `serving.scoring.Scoring`."""

    def score(
        self,
        submissions: Sequence[Submission],
        as_of: date | None = None,
        explain: int | None = 0,
        notes: Mapping[int, Sequence[Note]] | None = None,
    ) -> list[ClaimScore]:
        """The submissions judged and ranked."""

    def model(self) -> ModelReference | None:
        """The promoted model; None where there is none."""

    def close(self) -> None:
        """Lets go of the database."""


class Desk:
    """One scoring for all requests, one request at a time: they share a database and a model."""

    def __init__(self, open_scoring: Callable[[], ScoresClaims]) -> None:
        self._open = open_scoring
        self._scoring: ScoresClaims | None = None
        self._lock = Lock()

    def score(
        self,
        submissions: Sequence[Submission],
        as_of: date | None = None,
        explain: int | None = 0,
        notes: Mapping[int, Sequence[Note]] | None = None,
    ) -> list[ClaimScore]:
        """The submissions judged and ranked."""
        with self._lock:
            return self._opened().score(submissions, as_of, explain, notes)

    def model(self) -> ModelReference | None:
        """The promoted model. Raises what opening database or registry raises."""
        with self._lock:
            return self._opened().model()

    def close(self) -> None:
        """Lets go of the database."""
        with self._lock:
            if self._scoring:
                self._scoring.close()
                self._scoring = None

    def _opened(self) -> ScoresClaims:
        if self._scoring is None:
            self._scoring = self._open()
        return self._scoring


def desk_of(request: Request) -> Desk:
    """The application's desk."""
    desk: Desk = request.app.state.desk
    return desk
