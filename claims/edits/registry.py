"""Every edit there is: the families, and the order in which they are asked."""

from claims.edits import (
    add_on,
    authorization,
    benefit_limit,
    charge,
    coding,
    coordination_of_benefits,
    credential,
    date,
    diagnosis,
    duplicate,
    eligibility,
    frequency,
    identifier,
    modifier,
    mue,
    ncci,
    note,
    place_of_service,
    plan_of_care,
    supervision,
    telehealth,
    time,
    timely_filing,
    units,
)
from claims.edits.edit import REGISTERED, Edit

FAMILIES = (
    add_on,
    authorization,
    benefit_limit,
    charge,
    coding,
    coordination_of_benefits,
    credential,
    date,
    diagnosis,
    duplicate,
    eligibility,
    frequency,
    identifier,
    modifier,
    mue,
    ncci,
    note,
    place_of_service,
    plan_of_care,
    supervision,
    telehealth,
    time,
    timely_filing,
    units,
)
"""One module each; importing it registers its edits."""
EDITS: tuple[Edit, ...] = tuple(REGISTERED[name] for name in sorted(REGISTERED))
"""Every edit, by id."""
