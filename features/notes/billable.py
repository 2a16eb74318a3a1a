"""Why a note supports no bill, where it does not."""

from claims.note import NotBillableReason, Note, NoteFacts
from claims.record import Record
from features.notes.applies import FAMILY_CODES, GROUP_CODES
from features.notes.mentions import TIMED_CODES

LEAST_PSYCHOTHERAPY = 16
"""Minutes under which no psychotherapy code is due (CPT's midpoint convention)."""
LEAST_FAMILY = 26
"""Minutes under which no family psychotherapy code is due."""
LEAST_UNIT = 8
"""Minutes under which no 15-minute unit is due (Medicare Claims Processing Manual ch. 5 §20.2)."""


class NotBillable(Record):
    """Why a note supports no bill."""

    reason: NotBillableReason
    text: str


def not_billable(facts: NoteFacts, note: Note | None = None) -> NotBillable | None:
    """Why the text supports no bill, where it does not; None where it does.

    A missing signature or a vague but untimed service keeps its code: the lack is a hint.
    """
    reason = facts.not_a_visit
    if reason is not None:
        return NotBillable(reason=reason, text=_REASONS[reason])
    minutes = facts.session.minutes
    discipline = (note.discipline if note else None) or facts.discipline
    if discipline == "MH":
        return _psychotherapy(facts, minutes)
    if discipline in ("OT", "PT"):
        return _timed_only(facts)
    if discipline == "SLP":
        return _speech(facts, minutes)
    if discipline == "ABA":
        total = sum(facts.session.minutes_by_code.values()) or minutes
        if total is None:
            return NotBillable(reason="time_missing", text=_REASONS["time_missing"])
        if total < LEAST_UNIT:
            return NotBillable(
                reason="too_short",
                text=f"{total} minutes are stated; the first unit of 15 minutes needs {LEAST_UNIT}.",  # noqa: E501
            )
    return None


def _psychotherapy(facts: NoteFacts, minutes: int | None) -> NotBillable | None:
    stated = set(facts.codes_stated)
    if (
        facts.evaluation
        or facts.group
        or stated & GROUP_CODES
        or facts.session.psychotherapy_minutes
    ):
        return None
    if any(c.startswith(("992", "961", "H")) for c in stated):
        return None
    if minutes is None:
        return NotBillable(reason="time_missing", text=_REASONS["time_missing"])
    if minutes < LEAST_PSYCHOTHERAPY:
        return NotBillable(
            reason="too_short",
            text=f"{minutes} minutes are stated; psychotherapy needs {LEAST_PSYCHOTHERAPY}.",
        )
    family = stated & FAMILY_CODES or "client" not in facts.session.participants
    if family and minutes < LEAST_FAMILY:
        return NotBillable(
            reason="too_short",
            text=f"{minutes} minutes are stated; family psychotherapy needs {LEAST_FAMILY}.",
        )
    return None


def _timed_only(facts: NoteFacts) -> NotBillable | None:
    codes = {c for c in (*facts.codes_stated, *(a.code for a in facts.activities)) if c}
    timed = codes & TIMED_CODES
    if facts.evaluation or facts.group or (codes and not timed):
        return None
    minutes = facts.session.minutes_by_code
    total = sum(minutes.values()) or facts.session.timed_minutes
    if not total and (timed or not codes):
        if facts.session.minutes and not timed:
            return None
        return NotBillable(reason="time_missing", text=_REASONS["time_missing"])
    if total and total < LEAST_UNIT:
        return NotBillable(
            reason="too_short",
            text=f"{total} timed minutes are stated; the first unit needs {LEAST_UNIT}.",
        )
    return None


def _speech(facts: NoteFacts, minutes: int | None) -> NotBillable | None:
    """Speech-language services are untimed but for a few; no few minutes make one."""
    codes = {c for c in (*facts.codes_stated, *(a.code for a in facts.activities)) if c}
    if codes and codes <= TIMED_CODES and minutes is None:
        return _timed_only(facts)
    if minutes is not None and minutes < LEAST_UNIT and not facts.evaluation:
        return NotBillable(
            reason="too_short",
            text=f"{minutes} minutes are stated; a session needs {LEAST_UNIT}.",
        )
    return None


_REASONS: dict[NotBillableReason, str] = {
    "no_show": "The text tells of a client who did not come.",
    "cancelled": "The text tells of a visit that was cancelled.",
    "not_a_visit": "The text tells of no treatment of the client.",
    "not_skilled": "The text describes errands, attendance or company, and no skilled service.",
    "time_missing": "No time is stated, and the service is billed by time.",
    "too_short": "The stated time is too short for any code.",
}
