"""Telehealth: covered on the day, marked as this payer wants it, and told in the note."""

from claims.edits.edit import Found, by_rule, hold, line_edit, set_modifiers, told_by_payer
from claims.edits.view import TELEHEALTH_MODIFIERS, TELEHEALTH_PLACES, LineView
from claims.policies.rules import Documentation, Telehealth

AUDIO, VIDEO = "93", frozenset(("95", "GT"))


def by_note(line: LineView) -> bool | None:
    """Whether the note says that the visit was by video or telephone; None where it is silent."""
    note, facts = line.claim.note, line.claim.facts
    if note is not None and note.place_of_service is not None:
        return note.place_of_service in TELEHEALTH_PLACES
    return facts.session.telehealth if facts is not None else None


def _modality(line: LineView) -> str | None:
    facts = line.claim.facts
    if facts is not None and facts.session.modality is not None:
        return facts.session.modality
    if AUDIO in line.modifiers and not VIDEO.intersection(line.modifiers):
        return "audio"
    return None


def wanted_modifiers(rule: Telehealth, modality: str | None) -> tuple[str, ...]:
    """The modifiers of which one is due; empty where none is, or where it cannot be told.

    Where nothing tells whether it was video or telephone, it is taken for video, as most visits
    are, and a modifier of either will do.
    """
    if modality == "video":
        return rule.video_modifiers
    if modality == "audio":
        return rule.audio_modifiers
    return (*rule.video_modifiers, *rule.audio_modifiers) if rule.video_modifiers else ()


@line_edit("telehealth.not_covered", "non_covered", "error", "the payer's policy", "telehealth")
def not_covered(line: LineView) -> Found | None:
    """The payer does not cover the service by video, or by telephone, on this day."""
    if not line.is_telehealth:
        return None
    rule = line.rule(Telehealth)
    if rule is None:
        return None
    if not rule.covered:
        return by_rule(
            rule,
            "error",
            f"Line {line.number}: the payer does not cover {line.code} by telehealth on {line.on}.",
            hold("whether the claim is held, or the client was seen in person", line.number),
        )
    if not rule.audio_covered and _modality(line) == "audio":
        return by_rule(
            rule,
            "error",
            f"Line {line.number}: the payer does not cover {line.code} by telephone.",
            hold("whether video was used", line.number),
        )
    return None


@line_edit("telehealth.modifier", "coding", "error", "the payer's policy", "telehealth")
def modifier(line: LineView) -> Found | None:
    """The modifier by which this payer wants telehealth marked is missing, or is one it refuses.

    A visit is telehealth by the line's place of service or modifier, or by its note.
    """
    told = by_note(line)
    if not line.is_telehealth and not told:
        return None
    rule = line.rule(Telehealth)
    if rule is None or not rule.covered:
        return None
    modality = _modality(line)
    present = [m for m in line.modifiers if m in TELEHEALTH_MODIFIERS]
    wanted = wanted_modifiers(rule, modality)
    bad = [m for m in present if m in rule.refused_modifiers]
    if not bad and (not wanted or any(m in wanted for m in present)):
        return None
    kept = [m for m in line.modifiers if m not in TELEHEALTH_MODIFIERS]
    # What the note tells of the modality is read from prose: it alone makes no error.
    either = (*rule.video_modifiers, *rule.audio_modifiers)
    by_modality = not bad and any(m in either for m in present)
    # By telephone none may be due, where nothing tells that it was by video.
    perhaps_none = modality is None and rule.audio_covered and not rule.audio_modifiers and not bad
    by_line = line.place in TELEHEALTH_PLACES or bool(present)
    sure = by_line and not by_modality and not perhaps_none
    if wanted:
        what = " or ".join(dict.fromkeys(wanted))
        told_as = f"bears {' '.join(present)} instead" if present else "has none"
        message = (
            f"Line {line.number}: this payer marks telehealth with modifier {what}; the line "
            f"{told_as}."
        )
        needs = None
        if perhaps_none:
            needs = f"{wanted[0]}, if it was by video"
        elif modality is None and len(wanted) > 1:
            needs = "whether it was by video or telephone"
        fix = set_modifiers(line, [*kept, wanted[0]], "policy", needs)
    else:
        message = (
            f"Line {line.number}: this payer does not want modifier {' '.join(bad)} on telehealth."
        )
        fix = set_modifiers(line, kept, "policy")
    return by_rule(rule, "error" if sure else "warning", message, fix)


@line_edit(
    "telehealth.modality", "coding", "warning", "CPT, appendix A: modifiers 93 and 95", "telehealth"
)
def modality(line: LineView) -> Found | None:
    """The note tells of a telephone call and the modifier of video, or the other way round.

    Where the payer's policy decides which modifier is due, that is said instead.
    """
    facts = line.claim.facts
    told = facts.session.modality if facts is not None else None
    rule = line.rule(Telehealth)
    if told is None or (rule is not None and wanted_modifiers(rule, told)):
        return None
    video = not VIDEO.isdisjoint(line.modifiers)
    if told == "audio" and video and AUDIO not in line.modifiers:
        new = [AUDIO if m in VIDEO else m for m in line.modifiers]
        return Found(
            f"Line {line.number}: the note tells of a telephone call; the modifier says video.",
            set_modifiers(line, new, "note"),
        )
    if told == "video" and AUDIO in line.modifiers and not video:
        new = ["95" if m == AUDIO else m for m in line.modifiers]
        return Found(
            f"Line {line.number}: the note tells of video; modifier 93 says telephone.",
            set_modifiers(line, new, "note"),
        )
    return None


@line_edit("telehealth.in_person", "documentation", "warning", "the visit's note", "telehealth")
def in_person(line: LineView) -> Found | None:
    """The line is billed as telehealth, and the note tells of a visit in person."""
    if not line.is_telehealth or by_note(line) is not False:
        return None
    return Found(
        f"Line {line.number}: billed as telehealth, but by its note the client was seen in person.",
        hold("where the client was seen", line.number, "note"),
    )


@line_edit("telehealth.not_stated", "documentation", "warning", "the payer's policy", "telehealth")
def not_stated(line: LineView) -> Found | None:
    """The note of a telehealth visit does not tell the modality and where the client was.

    A warning where the payer's policy demands the statement, else worth knowing.
    """
    facts = line.claim.facts
    if not line.is_telehealth or facts is None:
        return None
    told = facts.elements.get("telehealth_statement")
    if told is None or told.present or facts.session.telehealth is False:
        return None
    message = (
        f"Line {line.number}: billed as telehealth, and the note does not tell the modality and "
        "where the client was."
    )
    fix = hold("an addendum to the note", line.number, "note")
    for rule in line.rules(Documentation):
        if "telehealth_statement" in rule.elements:
            return by_rule(rule, told_by_payer(rule), message, fix)
    return Found(message, fix, "info", "the elements of a complete note: telehealth_statement")


@line_edit("telehealth.consent", "documentation", "warning", "the payer's policy", "telehealth")
def consent(line: LineView) -> Found | None:
    """The payer wants the client's consent to telehealth in the note."""
    facts = line.claim.facts
    if not line.is_telehealth or facts is None or facts.session.consent is not None:
        return None
    rule = line.rule(Telehealth)
    if rule is None or not rule.consent_required:
        return None
    return by_rule(
        rule,
        "warning",
        f"Line {line.number}: the payer wants the client's consent to telehealth in the note.",
        hold("the client's consent, as an addendum to the note", line.number, "note"),
    )
