"""Medically unlikely edits: the most units of a code that a payer takes for one day."""

from decimal import Decimal

from claims.codes.mue import limited_codes, mue_limit
from claims.edits.edit import Found, change, hold, line_edit
from claims.edits.view import LineView
from claims.finding import FindingSeverity
from claims.policies.rules import Mue

POLICY_MANUAL = "Medicare NCCI Policy Manual ch. 1 §V"


@line_edit(
    "mue.exceeded",
    "coding",
    "error",
    POLICY_MANUAL,
    "several",
    "kind",
    only=lambda line: line.code in limited_codes(),
    by_kind=lambda line: line.code in limited_codes(0),
)
def exceeded(line: LineView) -> Found | None:
    """More units than Medicare's table holds likely for one client and day.

    Indicator 1 is judged by line, 2 and 3 by the day's sum over all lines and claims of the
    provider; 2 is never overridden, 3 with proof of need. An error for Medicare, a warning for
    other payers unless their policy adopts the table.
    """
    limit = mue_limit(line.code, line.on)
    if limit is None:
        return None
    units = line.units
    if limit.counted == "day" and _is_billed_beside(line):
        units = _of_the_day(line)
        if any(o.code == line.code and o.number > line.number for o in line.siblings):
            return None  # told once, on the day's last line
    if units <= limit.units:
        return None
    severity = _adopted(line)
    if severity is None:
        return None
    per = "line" if limit.counted == "line" else "day"
    source = f"Medicare MUE table from {limit.release}, {line.code}: {limit.rationale}"
    if limit.units == 0:
        message = f"Line {line.number}: Medicare's table allows no units of {line.code}."
        fix = hold("the code that the payer takes instead, if any", line.number)
    else:
        message = (
            f"Line {line.number}: {units:g} units of {line.code} are billed for the {per}; the "
            f"table holds {limit.units}"
            + (", and nothing overrides it." if limit.absolute else " at most without proof.")
        )
        fix = change(
            "set_units",
            line.number,
            f"{line.units:g}",
            None,
            "note",
            f"the units that the record shows, at most {limit.units} a {per}",
        )
    return Found(message, fix, severity, source)


def _adopted(line: LineView) -> FindingSeverity | None:
    """How gravely Medicare's table is taken for this payer; None where it is not."""
    rule = line.rule(Mue)
    if rule is None:
        return "warning"
    return None if rule.adopted == "off" else rule.at_most(rule.adopted)


def _is_billed_beside(line: LineView) -> bool:
    """Whether the code stands on another line or claim of the day."""
    code = line.code
    return any(other.code == code for other in line.siblings) or any(
        service.procedure == code for service in line.others
    )


def _of_the_day(line: LineView) -> Decimal:
    """Units of the code for the client and day, by the same provider, on this and other claims."""
    own = sum((o.units for o in line.siblings if o.code == line.code), line.units)
    npi = line.rendering.npi
    return own + sum(
        (
            service.units
            for service in line.others
            if service.procedure == line.code
            and service.rendering == npi
            and service.number < line.claim.number
        ),
        Decimal(0),
    )
