"""Which one service a behavior-analysis visit was, where the note names none by its code.

A technician's direct hours, the analyst's change of a protocol, a caregiver's guidance and an
assessment are told apart by who wrote, who was there and what was done (`activities.yaml`,
`analysts_service`). Source of the services: CPT's adaptive behavior codes, in our own words.
"""

import re

from features.notes.people import People
from features.notes.phrases import load
from features.notes.prose import Prose

_SIGNS: dict[str, re.Pattern[str]] = {
    name: re.compile(rf"(?<!\w)(?:{expression})(?!\w)")
    for name, expression in load("activities")["analysts_service"].items()
}
_ELSEWHERE = frozenset({"plan", "history", "goal", "home_program", "subjective", "signature"})
_CAREGIVERS = frozenset(
    {"mother", "father", "parent", "grandparent", "caregiver", "guardian", "spouse", "partner"}
)


def service_of(note: Prose, who: People, writer: str) -> str | None:
    """The code of the visit's one service; None where nothing tells.

    writer: kind of the signing credential: independent, technician, …, or ''.
    """

    def shows(name: str) -> bool:
        return any(
            note.sentence(hit.start()).section not in _ELSEWHERE
            for hit in _SIGNS[name].finditer(note.low)
        )

    caregiver = bool(_CAREGIVERS & set(who.participants))
    if who.group:
        return "97154" if writer == "technician" or not shows("modification") else "97158"
    if writer == "technician":
        return "97153"
    if (caregiver or "client" not in who.participants) and shows("guidance"):
        return "97156"
    if shows("assessment"):
        return "97151"
    if shows("modification"):
        return "97155"
    if shows("guidance"):
        return "97156"
    return "97153" if shows("direct") else None
