"""Duplicates: the same service for the same client on the same day, billed twice."""

from claims.edits.edit import Found, hold, line_edit
from claims.edits.view import LineView
from claims.sent import Service

SOURCE = "Medicare Claims Processing Manual ch. 1 §120 (detection of duplicate claims)"
APART = frozenset(("59", "76", "77", "91", "XE", "XP", "XS", "XU"))
"""Modifiers that say that a service was given again, or apart."""
TELLING = APART | frozenset(("CQ", "CO", "KX"))
"""Modifiers that make two lines of one code different services."""


def _same(line: LineView, service: Service) -> bool:
    """Same code and provider, and nothing that tells the two services apart."""
    return (
        service.procedure == line.code
        and service.rendering == line.rendering.npi
        and APART.isdisjoint(line.modifiers)
        and APART.isdisjoint(service.modifiers)
        and TELLING.intersection(line.modifiers) == TELLING.intersection(service.modifiers)
    )


def _message(line: LineView, where: str) -> Found:
    return Found(
        f"Line {line.number} ({line.code} on {line.on}) {where}.",
        hold(
            "whether the service was given twice (then say so with modifier 76 or 59) or is "
            "billed twice (then leave it out)",
            line.number,
            "ledger",
        ),
    )


@line_edit("duplicate.batch", "duplicate", "error", SOURCE, "beside")
def batch(line: LineView) -> Found | None:
    """Another claim of the same file has the same client, day, code and provider.

    The later of the two is named. Claims that replace or void are no duplicates.
    """
    if line.claim.is_replacement:
        return None
    for service in line.others:
        if service.number < line.claim.number and _same(line, service) and _in_batch(line, service):
            return _message(line, f"is already on claim {service.claim_id} of this file")
    return None


def _in_batch(line: LineView, service: Service) -> bool:
    """Whether a service stands in the same file, or was sent on the same day."""
    digest = line.claim.submission.source.digest
    if digest and service.digest:
        return service.digest == digest
    return service.known == line.claim.day


@line_edit("duplicate.same_service", "duplicate", "error", SOURCE, "beside")
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
            return _message(line, f"was sent before, on claim {service.claim_id}")
    return None


@line_edit("duplicate.line", "duplicate", "error", SOURCE, "beside")
def line_twice(line: LineView) -> Found | None:
    """Two lines of one claim have the same code, day, provider and modifiers.

    Units of one code and day belong on one line. Where units or charge differ it may be a second
    session, and is a warning.
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
            return Found(
                f"Line {line.number} ({line.code} on {line.on}) repeats line {other.number}; bill "
                "the units of one day on one line.",
                hold("whether the service was given twice or is billed twice", line.number, "note"),
                "error" if equal else "warning",
            )
    return None
