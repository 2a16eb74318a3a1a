"""`/healthz`: the process lives. `/readyz`: it can score."""

import logging

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from claims.record import Record
from models.score import ModelReference
from serving.api.desk import desk_of
from serving.api.errors import Error, answer

router = APIRouter(tags=["health"])
log = logging.getLogger("claimwright.api")


class Health(Record):
    """The process lives."""

    status: str = "ok"


class Readiness(Record):
    """The database is open; with a model claims get a risk, without one findings alone."""

    status: str = "ready"
    model: ModelReference | None = None


@router.get("/healthz")
def healthz() -> Health:
    """Whether the process lives."""
    return Health()


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Error}})
def readyz(request: Request) -> Readiness | JSONResponse:
    """Whether claims can be scored now."""
    try:
        return Readiness(model=desk_of(request).model())
    except Exception as error:  # whatever keeps it from being ready is the answer
        log.warning("not ready: %s", type(error).__name__)
        return answer(503, "the database or the model registry cannot be opened")
