"""Duplicates: the same service for the same client on the same day, billed twice."""

from claims.codes.procedures import procedure
from claims.edits.edit import Found, hold, line_edit
from claims.edits.view import LineView
from claims.sent import Service

SOURCE = "Medicare Claims Processing Manual ch. 1 §120 (detection of duplicate claims)"
APART = frozenset(("59", "76", "77", "91", "XE", "XP", "XS", "XU"))
"""Modifiers that say that a service was given again, or apart."""
AGAIN = frozenset(("76", "77", "91"))
"""Those that say that it was given again; the others may tell it apart from another code, so that
both of two equal lines bear them."""
TELLING = APART | frozenset(("CQ", "CO", "KX"))
"""Modifiers that make two lines of one code different services."""
BY_LENGTH = frozenset(("range", "minimum"))
"""Time rules of codes among which the session's length chooses."""


def _one_session(code: str, other: str) -> bool:
    """Whether two codes are lengths of one session, of which a client has one a day."""
    first, second = procedure(code), procedure(other)
    return (
        first is not None
        and second is not None
        and first.family == second.family
        and first.time_rule in BY_LENGTH
        and second.time_rule in BY_LENGTH
        and first.minimum != second.minimum
        and not first.is_add_on
        and not second.is_add_on
    )


def _same(line: LineView, service: Service) -> bool:
    """Same provider and code, or length of one session, and nothing that tells the two apart."""
    return (
        (service.procedure == line.code or _one_session(line.code, service.procedure))
        and service.rendering == line.rendering.npi
        and AGAIN.isdisjoint(line.modifiers)
        and AGAIN.isdisjoint(service.modifiers)
        and TELLING.intersection(line.modifiers) == TELLING.intersection(service.modifiers)
    )


def _message(line: LineView, service: Service, where: str) -> Found:
    """An error where the very code is billed again, a warning where it is another length's."""
    as_other = "" if service.procedure == line.code else f" as {service.procedure}"
    return Found(
        f"Line {line.number} ({line.code} on {line.on}) {where}{as_other}.",
        hold(
            "whether the service was given twice (then say so with modifier 76 or 59) or is "
            "billed twice (then leave it out)",
            line.number,
            "ledger",
        ),
        "warning" if as_other else "error",
    )


@line_edit("duplicate.batch", "duplicate", "error", SOURCE, "others")
def batch(line: LineView) -> Found | None:
    """Another claim of the same file has the same client, day, code and provider.

    The later of the two is named. Claims that replace or void are no duplicates.
    """
    if line.claim.is_replacement:
        return None
    for service in line.others:
        if service.number < line.claim.number and _same(line, service) and _in_batch(line, service):
            return _message(line, service, f"is already on claim {service.claim_id} of this file")
    return None


def _in_batch(line: LineView, service: Service) -> bool:
    """Whether a service stands in the same file, or was sent on the same day."""
    digest = line.claim.submission.source.digest
    if digest and service.digest:
        return service.digest == digest
    return service.known == line.claim.day


@line_edit("duplicate.same_service", "duplicate", "error", SOURCE, "others")
def same_service(line: LineView) -> Found | None:
    """The same client, day, code and provider were billed before under another claim number."""
    if line.claim.is_replacement:
        return None
    for service in line.others:
        if (
            service.number < line.claim.number
            and _same(line, service)
            and service.claim_id != line.claim.claim.claim_id
            and not _in_batch(line, service)
        ):
            return _message(line, service, f"was sent before, on claim {service.claim_id}")
    return None


@line_edit("duplicate.line", "duplicate", "error", SOURCE, "sibling")
def line_twice(line: LineView) -> Found | None:
    """Two lines of one claim have the same code, day, provider and modifiers.

    Units of one code and day belong on one line. Where units or charge differ it may be a second
    session, and is a warning; of another field's codes (drugs by package) nothing is said then.
    """
    if not APART.isdisjoint(line.modifiers):
        return None
    for other in line.siblings:
        if (
            other.number < line.number
            and other.code == line.code
            and set(other.modifiers) == set(line.modifiers)
            and other.rendering.npi == line.rendering.npi
        ):
            equal = other.units == line.units and other.line.charge == line.line.charge
            if not equal and line.procedure is None:
                continue
            return Found(
                f"Line {line.number} ({line.code} on {line.on}) repeats line {other.number}; bill "
                "the units of one day on one line.",
                hold("whether the service was given twice or is billed twice", line.number, "note"),
                "error" if equal else "warning",
            )
    return None
