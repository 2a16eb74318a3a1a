"""`POST /v1/notes/review`: what the command `review` says, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from claims.note import Note
from claims.record import Record
from serving.api.errors import Error
from serving.reviewing import NoteReview, Reviewing

router = APIRouter(prefix="/v1/notes", tags=["notes"], responses={422: {"model": Error}})


class ReviewRequest(Record):
    """Notes, finished or half-written."""

    notes: Annotated[tuple[Note, ...], Field(min_length=1, max_length=1_000)]


class Reviews(Record):
    """A review for each note, in order."""

    reviews: tuple[NoteReview, ...]


@router.post("/review")
def review_notes(asked: ReviewRequest, request: Request) -> Reviews:
    """Says what each note lacks and which codes it supports; nothing of it is stored."""
    reviewing: Reviewing = request.app.state.reviewing
    return Reviews(reviews=tuple(reviewing.review(note) for note in asked.notes))
