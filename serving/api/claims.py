"""`POST /v1/claims/score` and `/v1/claims/score-file`: what the command `score` says, over HTTP."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, UploadFile
from fastapi.responses import JSONResponse
from pydantic import Field

from claims.claim import Claim, Source, Submission
from claims.files import read
from claims.note import Note
from claims.problem import Problem, Severity
from claims.record import Record
from models.score import ClaimScore
from serving.api.desk import desk_of
from serving.api.errors import Error, FieldProblem, answer

router = APIRouter(prefix="/v1/claims", tags=["claims"], responses={422: {"model": Error}})

MOST_CLAIMS = 10_000
Explain = Annotated[
    int | Literal["all"],
    Field(description="How many claims at the top get drivers: a number, or all."),
]


class ScoreRequest(Record):
    """Claims about to be sent, and what goes with them."""

    claims: Annotated[tuple[Claim, ...], Field(min_length=1, max_length=MOST_CLAIMS)]
    notes: Annotated[tuple[Note, ...], Field(max_length=MOST_CLAIMS)] = ()
    """Notes of these claims (their claim_id says which); else the stored ones are taken."""
    submitted: date | None = None
    """The day on which they are to be sent; today where it is left out."""
    as_of: date | None = None
    """The day whose knowledge is used; that of submission where it is left out."""
    explain: Explain = 0


class Scores(Record):
    """Claims ranked by expected loss, and what could not be read."""

    claims: tuple[ClaimScore, ...]
    problems: tuple[FieldProblem, ...] = ()


@router.post("/score")
def score(request: Request, asked: ScoreRequest) -> Scores:
    """Scores claims and ranks them by the money at risk; none of them is stored."""
    submissions = [
        Submission(
            claim=claim,
            submitted=asked.submitted,
            source=Source(file="request", digest="", position=position),
        )
        for position, claim in enumerate(asked.claims, start=1)
    ]
    notes = {
        place: found
        for place, claim in enumerate(asked.claims)
        if (found := [note for note in asked.notes if note.claim_id == claim.claim_id])
    }
    explain = None if asked.explain == "all" else asked.explain
    return Scores(claims=tuple(desk_of(request).score(submissions, asked.as_of, explain, notes)))


@router.post("/score-file", response_model=Scores)
def score_file(
    request: Request,
    file: UploadFile,
    as_of: Annotated[date | None, Query()] = None,
    explain: Annotated[int | Literal["all"], Query()] = 0,
) -> Scores | JSONResponse:
    """Scores a batch: 837P, CSV or JSON lines.

    A claim that cannot be read is among the problems, and the others are scored all the same.
    """
    # The name that was sent may be a patient's, so that it is not repeated.
    found = list(read(file.file, "file", request.app.state.columns))
    problems = _problems(found)
    submissions = [one for one in found if isinstance(one, Submission)]
    if not submissions:
        if not any(one.severity == Severity.ERROR for one in problems):
            problems.append(FieldProblem(message="no claim: expected an 837P, CSV or JSON lines"))
        return answer(422, "no claim of the file could be read", problems)
    wanted = None if explain == "all" else explain
    scores = desk_of(request).score(submissions, as_of, wanted)
    return Scores(claims=tuple(scores), problems=tuple(problems))


def _problems(found: Sequence[object]) -> list[FieldProblem]:
    return [
        FieldProblem(
            field=one.field or one.segment_id,
            message=one.message,
            severity=one.severity,
            segment=one.segment,
            row=one.row,
            claim_id=one.claim_id,
        )
        for one in found
        if isinstance(one, Problem)
    ]
