"""What to say to a therapist about what is missing: ranked, and in words of the discipline."""

from collections.abc import Sequence
from typing import Any

from claims.note import ElementKey, Note, NoteFacts
from features.notes.phrases import load

MOST_HINTS = 5
_HINTS = load("hints")


def hints(
    missing: Sequence[ElementKey], facts: NoteFacts, note: Note | None
) -> dict[ElementKey, str]:
    """At most five hints, by what most lowers the risk of a denial with this payer."""
    payer = (note.payer_type if note else None) or "unknown"
    discipline = (note.discipline if note else None) or facts.discipline or "any"

    def weight(key: ElementKey) -> float:
        hint = _HINTS["hints"][key]
        return float(hint.get("by_payer", {}).get(payer, hint["weight"]))

    ranked = sorted(missing, key=lambda k: -weight(k))[:MOST_HINTS]
    return {key: _hint(key, payer, discipline, facts) for key in ranked}


def _hint(key: ElementKey, payer: str, discipline: str, facts: NoteFacts) -> str:
    hint = _HINTS["hints"][key]
    case = _case(key, discipline, facts)
    missing = hint.get("missing_when", {}).get(case, hint["missing"])
    why = hint.get("why_when", {}).get(case) or hint.get("why_by_payer", {}).get(payer, hint["why"])
    example = _example(hint["example"], case, discipline)
    return (
        f'{missing}: {why.format(payer=_HINTS["payers"][payer])}; write, for example, "{example}"'
    )


def _case(key: ElementKey, discipline: str, facts: NoteFacts) -> str:
    """What is special about this visit's hint; '' where nothing is."""
    if key == "session_time" and (facts.evaluation or facts.group or discipline == "SLP"):
        return "untimed"
    if key == "session_time" and discipline in ("OT", "PT"):
        return "rehab"
    if key == "telehealth_statement" and facts.session.modality:
        return "located" if facts.session.client_location is None else "told"
    if key == "participants" and facts.group:
        return "group"
    return "first" if facts.evaluation else ""


def _example(examples: dict[str, Any], case: str, discipline: str) -> str:
    for name in (case, discipline, "any"):
        if name and name in examples:
            return str(examples[name])
    return str(next(iter(examples.values())))
