"""Eligibility, as far as payers have told of it on remittances."""

from datetime import date

from claims.edits.edit import Found, hold, line_edit
from claims.edits.view import LineView


@line_edit(
    "eligibility.coverage_ended",
    "eligibility",
    "warning",
    "the payer's own remittance: DTM*036, or CARC 26, 27, 31 and their like",
    "told",
)
def coverage_ended(line: LineView) -> Found | None:
    """The payer has told on a remittance that the coverage ended before this day.

    A later service that was paid takes it back: the coverage was renewed.
    """
    claim = line.claim
    ended = claim.context.answers.coverage_ended(
        claim.payer_id, claim.claim.subscriber.member_id, claim.day
    )
    if ended is None or line.day <= ended:
        return None
    return Found(
        f"Line {line.number}: by an earlier remittance the coverage ended on "
        f"{date.fromordinal(ended)} or before; check eligibility for {line.on}.",
        hold("coverage on the date of service, from an eligibility check", line.number, "ledger"),
    )
