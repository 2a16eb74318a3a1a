"""Who rendered a service, as far as the claim and the note tell."""

from claims.claim import Provider
from claims.codes.procedures import Procedure
from claims.codes.taxonomies import by_taxonomy
from claims.note import Discipline, Note

THERAPY: dict[str, Discipline] = {"GN": "SLP", "GO": "OT", "GP": "PT"}
"""Modifiers that tell the discipline of a plan of care."""


def credential_of(provider: Provider) -> str | None:
    """The credential that a provider's taxonomy tells; None where it tells none."""
    standing = by_taxonomy(provider.taxonomy)
    return standing.credential if standing else None


def discipline_of(
    procedure: Procedure | None,
    modifiers: tuple[str, ...],
    provider: Provider,
    note: Note | None,
) -> Discipline | None:
    """The discipline of a service; None where nothing tells it.

    The provider's own, where the code may be billed by it; else the note's; else what the
    therapy modifier says; else the code's, where it has only one.
    """
    may = procedure.disciplines if procedure else ()
    standing = by_taxonomy(provider.taxonomy)
    if standing and standing.discipline and (not may or standing.discipline in may):
        return standing.discipline
    if note is not None and note.discipline is not None:
        return note.discipline
    for modifier in modifiers:
        told = THERAPY.get(modifier)
        if told and (not may or told in may):
            return told
    return may[0] if len(may) == 1 else None
