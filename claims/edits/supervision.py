"""Supervision of trainees, assistants and technicians."""

from claims.codes.taxonomies import credential_key
from claims.edits.edit import Found, by_rule, hold, line_edit, set_modifiers
from claims.edits.view import LineView
from claims.policies.rules import Supervision


def _rule(line: LineView) -> Supervision | None:
    """The payer's rule for whoever gave the service: the note's writer, else who rendered."""
    return _rule_for(line, line.writer or line.credential)


def _rule_for(line: LineView, who: str | None) -> Supervision | None:
    """The payer's rule for somebody of a credential."""
    if who is None:
        return None
    decided = line.kind.rules
    if (_rule_for, who) not in decided:
        key = credential_key(who)
        decided[_rule_for, who] = next(
            (r for r in line.rules(Supervision) if key in map(credential_key, r.credentials)), None
        )
    found: Supervision | None = decided[_rule_for, who]
    return found


@line_edit(
    "supervision.missing",
    "provider",
    "warning",
    "the payer's policy",
    "kind",
    "note",
    only=lambda line: bool(line.rules(Supervision)),
    by_kind=lambda line: _rule_for(line, line.credential) is not None,
)
def missing(line: LineView) -> Found | None:
    """The payer wants the supervisor named, and neither claim nor note names one.

    Where the service is billed in the supervisor's name, that names the supervisor.
    """
    rule = _rule(line)
    if rule is None or not rule.required or line.supervising is not None:
        return None
    note, facts = line.claim.note, line.claim.facts
    if note is not None and note.supervising_npi:
        return None
    if facts is not None:
        told = facts.elements.get("supervision")
        if told is not None and told.present:
            return None
    giver = line.writer or line.credential or ""
    key = credential_key(giver)
    if line.credential is not None and credential_key(line.credential) != key:
        return None  # billed in another's name
    return by_rule(
        rule,
        "warning",
        f"Line {line.number}: the service was given by {giver}, and no supervisor is named on the "
        "claim (NM1*DQ) or in the note.",
        hold("the supervisor's name and NPI", line.number),
    )


@line_edit(
    "supervision.modifier",
    "provider",
    "error",
    "the payer's policy",
    "kind",
    "note",
    only=lambda line: bool(line.rules(Supervision)),
    by_kind=lambda line: _rule_for(line, line.credential) is not None,
)
def modifier(line: LineView) -> Found | None:
    """The payer wants a modifier on services that were given under supervision."""
    rule = _rule(line)
    if rule is None or not rule.modifiers or line.has(rule.modifiers):
        return None
    return by_rule(
        rule,
        "error",
        f"Line {line.number}: the payer wants modifier {' or '.join(rule.modifiers)} on services "
        "given under supervision.",
        set_modifiers(line, (*line.modifiers, rule.modifiers[0]), "policy"),
    )


@line_edit(
    "supervision.cosignature",
    "documentation",
    "warning",
    "the payer's policy",
    "note",
    only=lambda line: bool(line.rules(Supervision)),
)
def cosignature(line: LineView) -> Found | None:
    """The payer wants the supervisor's signature under the note of whoever is supervised."""
    rule = _rule(line)
    facts = line.claim.facts
    if rule is None or not rule.note_cosigned or facts is None:
        return None
    told = facts.elements.get("supervision")
    if told is None or told.present:
        return None
    return by_rule(
        rule,
        "warning",
        f"Line {line.number}: the payer wants the note signed by the supervisor too.",
        hold("the supervisor's signature under the note", line.number),
    )


@line_edit("supervision.own", "provider", "warning", "005010X222A1 loop 2310D", "odd")
def own(line: LineView) -> Found | None:
    """Nobody supervises himself: rendering and supervising provider are the same person."""
    supervisor = line.supervising
    if supervisor is None or not supervisor.npi or supervisor.npi != line.rendering.npi:
        return None
    return Found(
        f"Line {line.number}: rendering and supervising provider are the same.",
        hold("who gave the service, and who supervised it", line.number, "code_set"),
    )
