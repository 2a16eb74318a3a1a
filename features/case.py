"""A claim with everything that is known of it on the day it is scored: what features read."""

from dataclasses import dataclass
from datetime import date

from claims.claim import Submission
from claims.finding import Finding
from claims.note import Note, NoteFacts
from features.standing import Standing


@dataclass(frozen=True)
class Case:
    """One submission, its note as read, and what the edits said of it."""

    submission: Submission
    as_of: date
    """The morning on which it is judged: nothing known on this day or later is used."""
    client: str
    """Keyed hash of payer, member and patient."""
    note: Note | None = None
    facts: NoteFacts | None = None
    findings: tuple[Finding, ...] = ()
    likeness: float | None = None
    """Estimated Jaccard likeness, 0 to 1, to the most alike of the client's latest earlier notes;
    None without one."""
    standing: tuple[Standing, ...] = ()
    """Of each line with authorizations and benefits; empty where it was not asked."""
