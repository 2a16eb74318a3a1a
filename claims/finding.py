"""What a deterministic check says of a claim, and what would put it right."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from claims.record import Record

Category = Literal[
    "authorization",
    "benefit_limit",
    "eligibility",
    "coordination_of_benefits",
    "coding",
    "bundling",
    "medical_necessity",
    "documentation",
    "duplicate",
    "timely_filing",
    "provider",
    "non_covered",
]
"""Why a payer denies; the order decides ties (reference: labels.md)."""

Family = Literal[
    "time",
    "units",
    "modifier",
    "place_of_service",
    "telehealth",
    "ncci",
    "mue",
    "add_on",
    "authorization",
    "benefit_limit",
    "eligibility",
    "coordination_of_benefits",
    "plan_of_care",
    "timely_filing",
    "duplicate",
    "diagnosis",
    "credential",
    "supervision",
    "frequency",
    "identifier",
    "date",
    "charge",
    "note",
    "coding",
]

FindingSeverity = Literal["error", "warning", "info"]
"""error: it will be denied or rejected as it stands; warning: it may be; info: worth knowing."""

FixAction = Literal[
    "set_modifiers",
    "set_units",
    "set_procedure",
    "set_place_of_service",
    "set_authorization",
    "set_rendering",
    "set_diagnosis",
    "split_line",
    "hold",
]


class Fix(Record):
    """A truthful change that takes a finding's cause away."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    action: FixAction
    line: Annotated[int, Field(ge=0)]
    """LX number; 0 is the whole claim."""
    from_: Annotated[str | None, Field(alias="from")] = None
    """What stands there now; modifiers, diagnoses and the like separated by blanks."""
    to: str | None = None
    needs: str | None = None
    """What a person must look up first, in plain words; such a fix is applied as ID=VALUE."""
    basis: Literal["note", "policy", "ledger", "code_set"]


class Finding(Record):
    """One cause for trouble, on one line or on the whole claim."""

    edit: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_0-9]+$")]
    """family.name."""
    category: Category
    severity: FindingSeverity
    line: Annotated[int, Field(ge=0)] = 0
    """LX number; 0 is the whole claim."""
    message: str
    """A sentence that a biller understands at once; holds no name, member id or birth date."""
    source: Annotated[str, Field(min_length=1)]
    """The manual's section, or policy file and rule, that says so."""
    fix: Fix | None = None

    @property
    def family(self) -> str:
        """The part of `edit` before the dot."""
        return self.edit.partition(".")[0]
