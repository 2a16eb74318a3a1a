"""All edits over one claim."""

from claims.claim import Submission
from claims.context import Context
from claims.finding import Finding
from claims.note import Note, NoteFacts


def check(
    submission: Submission, facts: NoteFacts | None, note: Note | None, context: Context
) -> tuple[Finding, ...]:
    """What is wrong with a claim, as known on the context's day; empty where nothing is.

    facts, note: of the visit, where the practice has its note.
    """
    return ()
