"""Add-on codes: never without the service that they add to."""

from claims.edits.edit import Found, hold, line_edit
from claims.edits.view import LineView
from claims.policies.selector import in_codes

CPT = "CPT add-on codes; Medicare Claims Processing Manual ch. 12 §30 (add-on codes, type I)"
SEPARATE = {
    "90785": (
        ("90839", "90840", "90846", "90847", "90849", "97151-97158", "0362T", "0373T"),
        "Medicare NCCI Policy Manual ch. 11 §M; CMS Local Coverage Article A57520",
    )
}
"""Codes with which an add-on is never billed."""


def _beside(line: LineView) -> list[str]:
    """Codes of the same client, day and provider: on this claim and on others."""
    own = [other.code for other in line.siblings]
    npi = line.rendering.npi
    return own + [s.procedure for s in line.others if npi is None or s.rendering in (npi, None)]


@line_edit(
    "add_on.without_primary",
    "coding",
    "error",
    CPT,
    only=lambda line: line.procedure is not None and line.procedure.is_add_on,
)
def without_primary(line: LineView) -> Found | None:
    """An add-on code without its primary code on the same day, by the same provider, is denied.

    Codes counted by the month may follow their first code on another day, and are left alone.
    """
    found = line.procedure
    if found is None or not found.add_on_to or found.per == "month":
        return None
    if any(in_codes(found.add_on_to, code) for code in _beside(line)):
        return None
    if line.claim.claim.frequency_code == "8":
        return None
    wanted = ", ".join(found.add_on_to[:6])
    return Found(
        f"Line {line.number}: {line.code} is added to another code ({wanted}), and none of these "
        "is billed for the day.",
        hold("the code of the service that it adds to", line.number, "code_set"),
    )


@line_edit(
    "add_on.not_beside",
    "bundling",
    "error",
    "; ".join(s for _, s in SEPARATE.values()),
    "sibling",
    "others",
    only=lambda line: line.code in SEPARATE,
)
def not_beside(line: LineView) -> Found | None:
    """Interactive complexity is no part of crisis, family or behaviour analysis services.

    Where a service that it may add to is billed too, it belongs to that one.
    """
    codes, source = SEPARATE.get(line.code, ((), ""))
    if not codes:
        return None
    beside = _beside(line)
    found = line.procedure
    if found is not None and any(in_codes(found.add_on_to, code) for code in beside):
        return None
    clash = next((code for code in beside if in_codes(codes, code)), None)
    if clash is None:
        return None
    return Found(
        f"Line {line.number}: {line.code} is never billed with {clash}.",
        hold("whether the line is left out", line.number, "code_set"),
        source=source,
    )


@line_edit(
    "add_on.second_first",
    "coding",
    "error",
    CPT,
    "several",
    only=lambda line: line.procedure is not None and bool(line.procedure.continues),
)
def several_units_of_first(line: LineView) -> Found | None:
    """A first-hour or first-15-minutes code is billed once; the time beyond is its add-on's."""
    found = line.procedure
    if found is None or found.time_rule != "first" or not found.continues or line.units <= 1:
        return None
    return Found(
        f"Line {line.number}: {line.code} is billed once a day; time beyond it is billed as "
        f"{found.continues}.",
        hold(f"the units of {found.continues}, from the note's minutes", line.number, "note"),
    )
