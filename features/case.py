"""A claim with everything that is known of it on the day it is scored: what features read."""

from dataclasses import dataclass
from datetime import date

from claims.claim import Submission
from claims.finding import Finding
from claims.note import Note, NoteFacts


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
    """Estimated Jaccard likeness, 0 to 1, to the most alike earlier note of client or writer."""
    authorization_left: float | None = None
    """Units or visits left on the authorization that the claim draws on; None where unknown."""
    benefit_left: float | None = None
    """Visits or dollars left of the member's benefit; None where unknown."""
