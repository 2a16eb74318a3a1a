"""Which elements of a complete note a visit calls for (reference: what a complete note says)."""

from claims.note import ElementKey
from data.synthetic.visit import Visit

_ALWAYS: tuple[ElementKey, ...] = (
    "session_time",
    "diagnosis",
    "subjective",
    "intervention",
    "response",
    "objective_measure",
    "medical_necessity",
    "plan",
    "signature",
)
_CLIENT_ABSENT = frozenset({"family_without_client", "family_guidance", "caregiver_training"})
_CAREGIVER_TRAINED = frozenset({"family_guidance", "caregiver_training"})
_UNDER_SUPERVISION = (
    "COTA", "COTA/L", "PTA", "SLPA", "CF-SLP", "RBT", "BCaBA", "LPC-A", "AMFT", "LMSW",
)  # fmt: skip


def applying(visit: Visit) -> frozenset[ElementKey]:
    """The elements that apply to this visit; none where it did not take place."""
    if visit.status in ("no_show", "cancelled"):
        return frozenset()
    found: set[ElementKey] = set(_ALWAYS)
    if not visit.is_first_contact:
        found.add("goal_progress")
    if any(activity.timed for activity in visit.activities):
        found.add("timed_minutes")
    if visit.telehealth:
        found.add("telehealth_statement")
    if visit.supervisor or visit.writer.credential.endswith(_UNDER_SUPERVISION):
        found.add("supervision")
    if (
        len(visit.participants) > 1
        or "client" not in visit.participants
        or visit.group_size
        or visit.discipline == "ABA"
        or (visit.discipline == "MH" and visit.client.age < 18)
    ):
        found.add("participants")
    if visit.discipline == "MH":
        found.add("risk")
        if visit.service not in _CLIENT_ABSENT:
            found.add("mental_status")
    else:
        found.add("plan_of_care")
        if visit.discipline != "ABA" or visit.service in _CAREGIVER_TRAINED:
            found.add("home_program")
    return frozenset(found)
