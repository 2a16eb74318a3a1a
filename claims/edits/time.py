"""Session time against codes that time chooses."""

from claims.codes.procedures import Procedure
from claims.codes.units import psychotherapy_code
from claims.edits.edit import Found, by_rule, change, claim_edit, hold, line_edit, told_by_payer
from claims.edits.view import ClaimView, LineView
from claims.policies.rules import Documentation

A57520 = "CMS Local Coverage Article A57520 (psychotherapy); CPT time rule"
CHOSEN_BY_TIME = frozenset(("range", "minimum", "first"))
ADD_ON = "psychotherapy_add_on"
PART = 4
"""Minutes fewer than one in so many that are needed may be of a part of the session."""
PSYCHOTHERAPY = frozenset(("psychotherapy", ADD_ON))


def _minutes(line: LineView, found: Procedure) -> int | None:
    """The minutes that choose the code, as the note tells them."""
    facts = line.claim.facts
    if facts is None or line.day != line.claim.lines[0].day:
        return None
    session = facts.session
    if line.code in session.minutes_by_code:
        return session.minutes_by_code[line.code]
    if found.family == ADD_ON:
        return session.psychotherapy_minutes
    if found.family == "psychotherapy" and session.psychotherapy_minutes is not None:
        return session.psychotherapy_minutes
    return session.minutes


def _by_time(line: LineView) -> Procedure | None:
    found = line.procedure
    if found is None or found.time_rule not in CHOSEN_BY_TIME or not found.face_to_face:
        return None
    return found if found.per == "day" else None


@line_edit(
    "time.code_too_long",
    "coding",
    "warning",
    A57520,
    "note",
    only=lambda line: _by_time(line) is not None,
)
def code_too_long(line: LineView) -> Found | None:
    """The note's minutes do not reach the least time of the billed code.

    Worth knowing, no more, where they are fewer than a quarter of it and neither start nor stop is
    told: they may be of a part of the session.
    """
    found = _by_time(line)
    if found is None or found.minimum is None:
        return None
    minutes = _minutes(line, found)
    if minutes is None or minutes >= found.minimum:
        return None
    better = None
    if found.family in PSYCHOTHERAPY:
        better = psychotherapy_code(minutes, found.family == ADD_ON, line.on)
    told = f"{found.minimum} minutes are needed for {line.code}; the note supports {minutes}"
    facts = line.claim.facts
    if minutes * PART < found.minimum and facts is not None and facts.session.start is None:
        return Found(f"Line {line.number}: {told}, if they are of the whole session.", None, "info")
    if better is not None:
        return Found(
            f"Line {line.number}: {told}: {better}.",
            change("set_procedure", line.number, line.code, better, "note"),
        )
    return Found(
        f"Line {line.number}: {told}, too short for this service.",
        hold("whether the service may be billed", line.number, "note"),
        category="documentation",
    )


@line_edit(
    "time.code_too_short",
    "coding",
    "info",
    A57520,
    "note",
    only=lambda line: _by_time(line) is not None,
)
def code_too_short(line: LineView) -> Found | None:
    """The note supports a longer code than was billed: worth knowing, never changed by us."""
    found = _by_time(line)
    if found is None or found.maximum is None or found.family not in PSYCHOTHERAPY:
        return None
    minutes = _minutes(line, found)
    if minutes is None or minutes <= found.maximum:
        return None
    longer = psychotherapy_code(minutes, found.family == ADD_ON, line.on)
    return Found(
        f"Line {line.number}: {line.code} is for at most {found.maximum} minutes; the note tells "
        f"{minutes} ({longer})."
    )


@line_edit(
    "time.missing",
    "documentation",
    "warning",
    A57520,
    "note",
    only=lambda line: _by_time(line) is not None,
)
def missing(line: LineView) -> Found | None:
    """A code that time chooses is billed, and the note does not tell the session's time.

    A warning where the payer's policy demands the time, else worth knowing.
    """
    found = _by_time(line)
    facts = line.claim.facts
    if found is None or facts is None or _minutes(line, found) is not None:
        return None
    told = facts.elements.get("session_time")
    if told is None or told.present:
        return None
    message = (
        f"Line {line.number}: {line.code} is chosen by time, and the note does not tell the "
        "session's start and stop or minutes."
    )
    fix = hold("the session's time, as an addendum to the note", line.number, "note")
    for rule in line.rules(Documentation):
        if "session_time" in rule.elements or rule.clock_times:
            return by_rule(rule, told_by_payer(rule), message, fix)
    return Found(message, fix, "info")


@claim_edit("time.conflict", "documentation", "info", "the visit's note", "note")
def conflict(claim: ClaimView) -> Found | None:
    """Start, stop and stated total of the note disagree; the clock decides."""
    facts = claim.facts
    if facts is None or facts.session.conflict is None:
        return None
    return Found(
        "The note's start and stop do not agree with its stated minutes; the clock decides."
    )
