"""The one shape of an error: {"error": {"code", "message", "problems"}}. No input is repeated."""

from collections.abc import Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from claims.problem import ClaimwrightError
from claims.record import Record, locations

CODES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    500: "internal",
    503: "not_ready",
}

PLAIN = {
    401: "sign in first",
    403: "not allowed",
    404: "there is nothing at this address",
    405: "this address does not take that method",
    413: "the body is larger than this service allows",
    415: "this kind of body is not read here",
}
"""What is said of each status: a detail raised somewhere may hold what was sent."""


class FieldProblem(Record):
    """One thing wrong in what was sent."""

    field: str | None = None
    """Its path, from the body's outermost field; in a file, the segment's element or the column."""
    message: str
    severity: str = "error"
    segment: int | None = None
    row: int | None = None
    claim_id: str | None = None


class ErrorBody(Record):
    """What went wrong, for a program and for a person."""

    code: str
    message: str
    problems: tuple[FieldProblem, ...] = ()


class Error(Record):
    """Every answer that is no success."""

    error: ErrorBody


def answer(status: int, message: str, problems: Sequence[FieldProblem] = ()) -> JSONResponse:
    """An error as it is sent."""
    body = ErrorBody(code=CODES.get(status, "error"), message=message, problems=tuple(problems))
    return JSONResponse(Error(error=body).model_dump(mode="json"), status_code=status)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """A body that does not fit: FastAPI's own answer would repeat it."""
    del request
    errors = list(error.errors()) if isinstance(error, RequestValidationError) else []
    if any(one["type"] == "json_invalid" for one in errors):
        return answer(422, "the body is not valid JSON")
    problems = [
        FieldProblem(field=place.removeprefix("body."), message=_message(one))
        for one, place in zip(errors, locations(errors), strict=True)
    ]
    return answer(422, "the request does not fit its schema; each problem names a field", problems)


def _message(error: dict[str, object]) -> str:
    if error["type"] == "missing":
        return "missing"
    return str(error["msg"]).removeprefix("Value error, ")


async def _http(request: Request, error: Exception) -> JSONResponse:
    del request
    status = error.status_code if isinstance(error, HTTPException) else 500
    return answer(status, PLAIN.get(status, "the request cannot be answered"))


async def _ours(request: Request, error: Exception) -> JSONResponse:
    del request
    return answer(422, str(error))


def install(app: FastAPI) -> None:
    """Has every error answered in the one shape."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClaimwrightError, _ours)
