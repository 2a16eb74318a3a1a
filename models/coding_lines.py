"""Lines of a bill as the coding assistant builds them, before modifiers."""

from dataclasses import dataclass, field

from claims.note import NotBillableReason


@dataclass(frozen=True, slots=True)
class Line:
    """A code with its units and what they rest on."""

    code: str
    units: int
    why: str
    minutes: int | None = None
    assistant: bool = False
    """Furnished by an assistant, as far as Medicare's 10% rule counts it so."""
    separate: bool = False
    """The text shows a time of its own, apart from every other line's."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing can be billed."""

    reason: NotBillableReason
    text: str


@dataclass(frozen=True, slots=True)
class Bill:
    """What a kind of service comes to under the minutes of a note."""

    lines: tuple[Line, ...] = ()
    refusal: Refusal | None = None
    refused: tuple[str, ...] = ()
    """Sentences on codes that were near and are not supported."""
    unclear: tuple[str, ...] = ()
    near: tuple[tuple[str, float, str], ...] = field(default=())
    """Primary codes that other readings of the same minutes would give: code, share, why."""
