"""The visit's note: there, signed in time, of this visit, and with what the payer demands.

What a payer sees only when it asks for records is never an error here. Lacks that no policy of
the payer names are worth knowing, no more.
"""

from claims.edits.edit import Found, by_rule, claim_edit, hold, line_edit, told_by_payer
from claims.edits.view import ClaimView, LineView
from claims.note import ElementKey
from claims.policies.rules import Documentation, Records

VISIT = "the visit's note"
GIVEN: tuple[ElementKey, ...] = ("intervention", "response")
"""Elements that only a visit that took place has."""
WORDS = {
    "session_time": "the session's time",
    "timed_minutes": "the minutes of each timed service",
    "diagnosis": "the diagnosis treated",
    "subjective": "what the client reports",
    "intervention": "what the clinician did",
    "response": "how the client responded",
    "objective_measure": "a measured datum",
    "goal_progress": "progress towards a goal",
    "medical_necessity": "why the treatment is needed",
    "risk": "the safety risk",
    "mental_status": "the mental status",
    "plan": "the plan",
    "participants": "who was present",
    "telehealth_statement": "the telehealth statement",
    "signature": "the signature with credential",
    "supervision": "the supervisor",
    "plan_of_care": "the plan of care",
    "home_program": "the home program",
}


def _keeps_notes(claim: ClaimView) -> bool:
    rule = claim.lines[0].rule(Records)
    if rule is not None and rule.notes is not None:
        return rule.notes
    return claim.context.keeps_notes(claim.payer_id)


@claim_edit("note.missing", "documentation", "warning", "the practice's own notes", "no note")
def missing(claim: ClaimView) -> Found | None:
    """No note is on record for the visit, though the practice keeps notes for this payer.

    Where it keeps none, nothing is said: a shipped policy alone does not make a note missing.
    """
    if claim.note is not None or claim.claim.frequency_code == "8":
        return None
    fix = hold("the note of this visit", 0, "note")
    message = "No note is on record for this visit."
    if _keeps_notes(claim):
        return Found(message, fix)
    for rule in claim.lines[0].rules(Documentation):
        if rule.note_required and rule.origin != "shipped":
            return by_rule(rule, "warning", message, fix)
    return None


def _demands(line: LineView, element: str) -> Documentation | None:
    return next((r for r in line.rules(Documentation) if element in r.elements), None)


@claim_edit(
    "note.unsigned",
    "documentation",
    "warning",
    "Medicare Program Integrity Manual ch. 3 §3.3.2.4",
    "note",
)
def unsigned(claim: ClaimView) -> Found | None:
    """The note bears no signature with credential, and no day of signing is on record.

    A warning where the payer's policy demands the signature, else worth knowing.
    """
    if claim.note is None or claim.facts is None or claim.note.signed_on is not None:
        return None
    told = claim.facts.elements.get("signature")
    if told is None or told.present:
        return None
    message = "The visit's note is not signed with name and credential."
    fix = hold("the clinician's signature, as an attestation", 0, "note")
    rule = _demands(claim.lines[0], "signature")
    if rule is None:
        return Found(message, fix, "info")
    return by_rule(rule, told_by_payer(rule), message, fix)


@claim_edit("note.signed_late", "documentation", "warning", "the payer's policy", "note")
def signed_late(claim: ClaimView) -> Found | None:
    """The note was signed after the claim was sent, or later than the payer's policy allows."""
    if claim.note is None or claim.note.signed_on is None:
        return None
    signed = claim.note.signed_on
    rules = claim.lines[0].rules(Documentation)
    if signed > claim.as_of:
        message = f"The visit's note was signed on {signed}, after the claim was made."
        fix = hold("whether the note is signed before the claim goes out", 0, "note")
        for rule in rules:
            if rule.before_submission:
                return by_rule(rule, "warning", message, fix)
        return Found(message, fix, source=VISIT)
    served = claim.claim.date_of_service
    late = (signed - served).days
    for rule in rules:
        if rule.signed_within_days is not None and late > rule.signed_within_days:
            return by_rule(
                rule,
                "warning",
                f"The visit's note was signed {late} days after the service; the payer allows "
                f"{rule.signed_within_days}.",
            )
    return None


@claim_edit("note.not_a_visit", "documentation", "warning", VISIT, "note")
def not_a_visit(claim: ClaimView) -> Found | None:
    """By its own note the visit did not take place.

    Worth knowing, no more, where the note tells of an intervention and the response to it too: then
    it speaks of another visit, or contradicts itself.
    """
    if claim.facts is None or claim.facts.not_a_visit not in ("no_show", "cancelled"):
        return None
    told = [claim.facts.elements.get(key) for key in GIVEN]
    contradicted = all(element is not None and element.present for element in told)
    what = "the client did not come" if claim.facts.not_a_visit == "no_show" else "it was cancelled"
    return Found(
        f"By its own note the visit did not take place: {what}.",
        hold("whether the service was given", 0, "note"),
        "info" if contradicted else "warning",
    )


@claim_edit("note.other_day", "documentation", "warning", VISIT, "note")
def other_day(claim: ClaimView) -> Found | None:
    """The note joined to the claim is of another day."""
    note = claim.note
    if note is None or note.date_of_service is None:
        return None
    if any(
        line.line.service_from <= note.date_of_service <= line.line.service_to
        for line in claim.lines
    ):
        return None
    return Found(
        f"The note is of {note.date_of_service}, and the claim bills "
        f"{claim.claim.date_of_service}.",
        hold("the right date of service", 0, "note"),
    )


@line_edit(
    "note.element_missing",
    "documentation",
    "warning",
    "the payer's policy",
    "note",
    only=lambda line: bool(line.rules(Documentation)),
)
def element_missing(line: LineView) -> list[Found]:
    """The note lacks an element that the payer's policy demands.

    Time, telehealth statement and plan of care have edits of their own.
    """
    facts = line.claim.facts
    if facts is None or line is not line.claim.lines[0]:
        return []
    found = []
    seen = {"session_time", "telehealth_statement", "plan_of_care", "supervision"}
    if line.claim.note is not None and line.claim.note.signed_on is None:
        seen.add("signature")
    for rule in line.rules(Documentation):
        for element in rule.elements:
            told = facts.elements.get(element)
            if element in seen or told is None or told.present:
                continue
            seen.add(element)
            one = by_rule(
                rule,
                told_by_payer(rule),
                f"The note lacks {WORDS[element]}, which the payer demands.",
                hold(f"{WORDS[element]}, as an addendum to the note", 0, "note"),
                line=0,
            )
            if one:
                found.append(one)
    return found


@line_edit(
    "note.clock_times",
    "documentation",
    "warning",
    "the payer's policy",
    "note",
    only=lambda line: bool(line.rules(Documentation)),
)
def clock_times(line: LineView) -> Found | None:
    """The payer demands start and stop times, and the note tells at most a total."""
    facts = line.claim.facts
    if facts is None or line is not line.claim.lines[0]:
        return None
    if facts.session.start is not None and facts.session.stop is not None:
        return None
    if facts.session.minutes is None:
        return None  # told as missing time
    for rule in line.rules(Documentation):
        if rule.clock_times:
            return by_rule(
                rule,
                told_by_payer(rule),
                "The payer demands start and stop times; the note tells only the minutes.",
                hold("start and stop, as an addendum to the note", 0, "note"),
                line=0,
            )
    return None


@claim_edit(
    "note.process_note", "documentation", "info", "45 CFR 164.501 (psychotherapy notes)", "note"
)
def process_note(claim: ClaimView) -> Found | None:
    """The note looks like psychotherapy process notes, which are kept apart and never sent."""
    if claim.facts is None or not claim.facts.process_note:
        return None
    return Found(
        "The note looks like psychotherapy process notes: keep them apart, and do not send them "
        "when records are asked for."
    )
