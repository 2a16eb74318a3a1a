"""Dates: no service lies in the future, before birth, or ends before it begins."""

from claims.edits.edit import Found, claim_edit, hold, line_edit
from claims.edits.view import ClaimView, LineView

GUIDE = "ASC X12N 005010X222A1"


@line_edit("date.future", "coding", "error", f"{GUIDE}, loop 2400 DTP*472", "odd")
def future(line: LineView) -> Found | None:
    """A service that lies after the day on which the claim is sent cannot have been given."""
    if max(line.line.service_from, line.line.service_to) <= line.claim.as_of:
        return None
    return Found(
        f"Line {line.number}: the date of service {line.on} lies after {line.claim.as_of}, the "
        "day on which the claim is sent; correct the date, or wait.",
        hold("the right date of service", line.number, "code_set"),
    )


@line_edit(
    "date.before_birth", "eligibility", "error", f"{GUIDE}, loops 2010BA and 2010CA DMG02", "odd"
)
def before_birth(line: LineView) -> Found | None:
    """A service before the patient's birth: one of the two dates is wrong."""
    birth = line.claim.claim.person.birth_date
    if birth is None or line.on >= birth:
        return None
    return Found(
        f"Line {line.number}: the date of service {line.on} lies before the patient's date of "
        "birth; one of the two is wrong.",
        hold("the right date of service, or date of birth", line.number, "code_set"),
    )


@line_edit("date.reversed", "coding", "error", f"{GUIDE}, loop 2400 DTP*472", "odd")
def reversed_(line: LineView) -> Found | None:
    """A span of days ends on or after the day on which it begins."""
    if line.line.service_to >= line.line.service_from:
        return None
    return Found(
        f"Line {line.number} ends on {line.line.service_to}, before it begins on {line.on}.",
        hold("the right dates of service", line.number, "code_set"),
    )


@line_edit(
    "date.span",
    "coding",
    "warning",
    "Medicare Claims Processing Manual ch. 26 §10.4 item 24A; a day's units are judged by day",
    "odd",
)
def span(line: LineView) -> Found | None:
    """Therapy is billed a line for each day: units of several days on one line look like one day's.

    Payers that take spans want equal units on every day of it. Codes of other fields (infusions at
    home, supplies) are billed by spans and not judged.
    """
    if line.line.service_to <= line.line.service_from or line.procedure is None:
        return None
    return Found(
        f"Line {line.number} ({line.code}) spans {line.on} to {line.line.service_to}; bill each "
        "day on a line of its own."
    )


@claim_edit(
    "date.birth_missing", "eligibility", "warning", f"{GUIDE}, loops 2010BA, 2010CA DMG", "odd"
)
def birth_missing(claim: ClaimView) -> Found | None:
    """Payers find a patient by the date of birth beside the member id."""
    if claim.claim.person.birth_date is not None:
        return None
    if claim.claim.patient is None and claim.claim.subscriber.entity == "organization":
        return None
    return Found("The patient's date of birth is missing; payers match it with the member id.")


@claim_edit(
    "date.accident", "coordination_of_benefits", "error", f"{GUIDE}, CLM11 and DTP*439", "odd"
)
def accident(claim: ClaimView) -> Found | None:
    """An accident needs its date, and a car accident its state: liability is asked about first."""
    what = claim.claim.accident
    if what is None or not ({"AA", "OA"} & set(what.causes)):
        return None
    if what.day is None:
        return Found(
            "The claim is said to follow from an accident, but the accident's date is missing.",
            hold("the date of the accident", 0, "code_set"),
        )
    if "AA" in what.causes and not what.state:
        return Found(
            "The claim is said to follow from a car accident, but the state is missing.",
            hold("the state in which the accident happened", 0, "code_set"),
        )
    return None
