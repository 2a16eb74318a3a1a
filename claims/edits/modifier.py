"""Modifiers: known, not at odds with one another, and those that the payer wants."""

import csv
from decimal import Decimal
from functools import cache
from pathlib import Path

from claims.codes.modifiers import modifiers as known_modifiers
from claims.codes.taxonomies import Standing, by_credential, credential_key
from claims.codes.units import assistant_split, over_threshold
from claims.disciplines import THERAPY
from claims.edits.edit import Found, by_rule, change, hold, line_edit, set_modifiers
from claims.edits.threshold import dollars_used
from claims.edits.view import LineView
from claims.note import Discipline
from claims.policies.rules import (
    AssistantModifiers,
    CredentialModifiers,
    DisciplineModifiers,
    RequiredModifier,
    TherapyThreshold,
)

MANUAL = "Medicare Claims Processing Manual ch. 5"
TABLE = Path(__file__).parent.parent / "codes" / "tables" / "modifier_conflicts.csv"
REHABILITATION: frozenset[Discipline] = frozenset(("OT", "PT", "SLP"))
ASSISTANT = {"CQ": "GP", "CO": "GO"}


@cache
def conflicts() -> dict[tuple[str, str], str]:
    """Pairs of modifiers that contradict each other, with the source that says so."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["first"], row["second"]): row["source"] for row in csv.DictReader(file)}


@line_edit(
    "modifier.unknown", "coding", "warning", "CPT and HCPCS modifiers: modifiers.csv", "kind"
)
def unknown(line: LineView) -> list[Found]:
    """The modifier is none that therapy claims bear: mistyped, or another field's.

    Codes of other fields have modifiers of their own, which are not judged.
    """
    found: list[Found] = []
    if line.procedure is None:
        return found
    for one in line.modifiers:
        if one in known_modifiers():
            continue
        rest = [m for m in line.modifiers if m != one]
        found.append(
            Found(
                f"Line {line.number}: {one} is no modifier of therapy claims.",
                set_modifiers(line, rest, "code_set", "the modifier that was meant, if any"),
            )
        )
    return found


@line_edit("modifier.repeated", "coding", "warning", "CPT, appendix A: each modifier once", "kind")
def repeated(line: LineView) -> Found | None:
    """The same modifier stands twice on a line."""
    if len(set(line.modifiers)) == len(line.modifiers):
        return None
    once = list(dict.fromkeys(line.modifiers))
    return Found(
        f"Line {line.number}: a modifier stands twice.", set_modifiers(line, once, "code_set")
    )


@line_edit(
    "modifier.conflict", "coding", "error", "each pair's own, in modifier_conflicts.csv", "kind"
)
def conflict(line: LineView) -> Found | None:
    """Two modifiers contradict each other: a notice given and not given, video and audio, …"""
    if len(line.modifiers) < 2:
        return None
    known = conflicts()
    for first in line.modifiers:
        for second in line.modifiers:
            source = known.get((first, second))
            if source:
                return Found(
                    f"Line {line.number}: modifiers {first} and {second} contradict each other.",
                    hold(f"which of {first} and {second} is right", line.number, "code_set"),
                    source=source,
                )
    return None


def therapy_modifier(line: LineView) -> tuple[DisciplineModifiers, tuple[str, ...]] | None:
    """The payer's rule and the modifiers of which one is due: GN, GO, GP; None where none is."""
    rule = line.rule(DisciplineModifiers)
    if rule is None or not rule.required:
        return None
    found = line.procedure
    therapy = found.therapy if found else ""
    own = line.standing.discipline if line.standing else None
    if rule.scope == "always_therapy":
        due = therapy == "always" or (therapy == "sometimes" and own in REHABILITATION)
    else:
        due = line.discipline in REHABILITATION
    if not due:
        return None
    if line.discipline in rule.modifiers:
        return rule, (rule.modifiers[line.discipline],)
    may = [rule.modifiers[d] for d in (found.disciplines if found else ()) if d in rule.modifiers]
    return rule, tuple(may)


@line_edit("modifier.therapy_missing", "coding", "error", f"{MANUAL} §20.1", "kind")
def therapy_missing(line: LineView) -> Found | None:
    """GN, GO or GP tells under which discipline's plan of care a therapy service was given.

    Due where the payer's policy asks for it: Medicare on every code that is always therapy.
    """
    due = therapy_modifier(line)
    if due is None or not due[1] or line.has(THERAPY):
        return None
    rule, wanted = due
    what = " or ".join(wanted)
    needs = None if len(wanted) == 1 else "the discipline of the plan of care"
    return by_rule(
        rule,
        "error",
        f"Line {line.number}: {line.code} needs modifier {what}, which tells the discipline of the "
        "plan of care.",
        set_modifiers(line, _with_first(line, wanted[0]), "policy", needs),
    )


def _with_first(line: LineView, modifier: str) -> list[str]:
    """The line's modifiers with another before them, the fourth giving way to none."""
    return [modifier, *line.modifiers]


@line_edit("modifier.therapy_wrong", "coding", "error", f"{MANUAL} §20.1", "kind")
def therapy_wrong(line: LineView) -> Found | None:
    """The therapy modifier is another discipline's than the provider's."""
    due = therapy_modifier(line)
    present = [m for m in line.modifiers if m in THERAPY]
    if due is None or len(present) != 1 or not due[1] or present[0] in due[1]:
        return None
    rule, wanted = due
    new = [wanted[0] if m == present[0] else m for m in line.modifiers]
    return by_rule(
        rule,
        "error",
        f"Line {line.number}: modifier {present[0]} is for {THERAPY[present[0]]}; {line.code} by "
        f"this provider takes {' or '.join(wanted)}.",
        set_modifiers(line, new, "policy", None if len(wanted) == 1 else "the discipline"),
    )


@line_edit("modifier.therapy_needless", "coding", "warning", f"{MANUAL} §20.1", "kind")
def therapy_needless(line: LineView) -> Found | None:
    """GN, GO or GP stands on a service that is no therapy under such a plan of care.

    The modifiers belong to the codes of CMS's therapy list; psychotherapy and behaviour analysis
    are not on it.
    """
    found = line.procedure
    if found is None or found.therapy or REHABILITATION.intersection(found.disciplines):
        return None
    present = [m for m in line.modifiers if m in THERAPY]
    if not present or not found.disciplines:
        return None
    rest = [m for m in line.modifiers if m not in THERAPY]
    return Found(
        f"Line {line.number}: modifier {present[0]} is for {THERAPY[present[0]]}; {line.code} is "
        f"a service of {' or '.join(found.disciplines)}.",
        set_modifiers(line, rest, "code_set"),
    )


@line_edit(
    "modifier.assistant_missing",
    "coding",
    "error",
    f"{MANUAL} §20.1; 42 CFR 410.60(a)(4)",
    "kind",
    "note",
    only=lambda line: _assistant_rule(line) is not None,
    by_kind=lambda line: _is_by_assistant(line.standing),
)
def assistant_missing(line: LineView) -> Found | None:
    """CQ or CO marks what a therapy assistant furnished, unit by unit.

    Known from the note: its writer's credential, or minutes by assistant and by therapist. Where
    both worked, units with and without the modifier stand on lines of their own.
    """
    rule = _assistant_rule(line)
    if rule is None or line.discipline is None:
        return None
    wanted = rule.modifiers[line.discipline]
    same_code = [one for one in line.claim.lines if one.code == line.code and one.day == line.day]
    if any(wanted in one.modifiers for one in same_code):
        return None
    due = _assistant_units(line)
    if not due:
        return None
    message = f"Line {line.number}: an assistant furnished {line.code}; modifier {wanted} is due"
    units = int(line.units)
    if due < units:
        return by_rule(
            rule,
            "warning",
            f"{message} on {due} of {units} units, on a line of their own.",
            change(
                "split_line",
                line.number,
                str(units),
                f"{units - due} {' '.join(line.modifiers)}; "
                f"{due} {' '.join(_after_therapy(line, wanted))}",
                "note",
            ),
        )
    new = _after_therapy(line, wanted)
    return by_rule(
        rule, "error", f"{message}, after {ASSISTANT.get(wanted, 'the therapy modifier')}.",
        set_modifiers(line, new, "note"),
    )  # fmt: skip


def _assistant_rule(line: LineView) -> AssistantModifiers | None:
    """The payer's rule, where it asks for the modifier of the line's discipline."""
    rule = line.rule(AssistantModifiers)
    asks = rule is not None and rule.required and line.discipline in rule.modifiers
    return rule if asks else None


def _after_therapy(line: LineView, modifier: str) -> list[str]:
    new = list(line.modifiers)
    place = next((i + 1 for i, m in enumerate(new) if m in THERAPY), 0)
    new.insert(place, modifier)
    return new


def _assistant_units(line: LineView) -> int:
    """Units of the line that bear the modifier, as far as the note tells."""
    facts = line.claim.facts
    if facts is not None and line.code in facts.session.assistant_minutes_by_code:
        assistant = facts.session.assistant_minutes_by_code[line.code]
        whole = facts.session.minutes_by_code.get(line.code, assistant)
        return assistant_split(int(line.units), max(whole - assistant, 0), assistant).with_modifier
    standing = by_credential(line.writer) or line.standing
    return int(line.units) if _is_by_assistant(standing) else 0


def _is_by_assistant(standing: Standing | None) -> bool:
    return (
        standing is not None
        and standing.role == "assistant"
        and standing.discipline in REHABILITATION
    )


@line_edit("modifier.assistant_alone", "coding", "error", f"{MANUAL} §20.1", "kind")
def assistant_alone(line: LineView) -> Found | None:
    """CQ stands beside GP and CO beside GO: without them the line is returned.

    Where the payer wants the therapy modifier, its lack is told already.
    """
    for modifier, therapy in ASSISTANT.items():
        if modifier not in line.modifiers or line.has(THERAPY):
            continue
        if therapy_modifier(line) is not None:
            return None
        return Found(
            f"Line {line.number}: modifier {modifier} stands without {therapy}.",
            set_modifiers(line, [therapy, *line.modifiers], "code_set"),
            "error" if line.claim.is_medicare else "warning",
        )
    return None


@line_edit(
    "modifier.kx_missing",
    "benefit_limit",
    "error",
    f"{MANUAL} §10.3",
    "benefit",
    only=lambda line: line.rule(TherapyThreshold) is not None,
)
def kx_missing(line: LineView) -> Found | None:
    """Over the year's threshold KX attests that the therapy is necessary; without it: denied.

    The amount used comes from the benefits file, for it counts other providers' services too.
    """
    rule = line.rule(TherapyThreshold)
    if rule is None or rule.modifier in line.modifiers:
        return None
    used = dollars_used(rule, line.claim.benefits_on(line.day))
    if used is None or not over_threshold(used, Decimal(rule.threshold)):
        return None
    return by_rule(
        rule,
        "error",
        f"Line {line.number}: {used:g} dollars of {rule.benefit} are used this year, over the "
        f"threshold of {rule.threshold:g}; modifier {rule.modifier} is due where the record shows "
        "that the therapy is necessary.",
        set_modifiers(
            line,
            [*line.modifiers, rule.modifier],
            "ledger",
            f"{rule.modifier}, if the record shows medical necessity",
        ),
    )


@line_edit(
    "modifier.kx_early",
    "benefit_limit",
    "info",
    f"{MANUAL} §10.3",
    "benefit",
    only=lambda line: line.rule(TherapyThreshold) is not None,
)
def kx_early(line: LineView) -> Found | None:
    """KX below the threshold attests more than is asked."""
    rule = line.rule(TherapyThreshold)
    if rule is None or rule.modifier not in line.modifiers:
        return None
    used = dollars_used(rule, line.claim.benefits_on(line.day))
    if used is None or over_threshold(used, Decimal(rule.threshold), line.line.charge):
        return None
    return by_rule(
        rule,
        "info",
        f"Line {line.number}: {rule.modifier} is not due yet; {used:g} of {rule.threshold:g} "
        "dollars are used.",
    )


@line_edit(
    "modifier.credential_missing",
    "coding",
    "error",
    "the payer's policy",
    only=lambda line: line.rule(CredentialModifiers) is not None,
)
def credential_missing(line: LineView) -> Found | None:
    """The payer wants a modifier that tells the credential of whoever rendered."""
    rule = line.rule(CredentialModifiers)
    if rule is None or not rule.required:
        return None
    who = line.writer if _writer_renders(line) else line.credential
    if who is None:
        return None
    wanted = next(
        (m for name, m in rule.modifiers.items() if credential_key(name) == credential_key(who)),
        None,
    )
    if not wanted or line.has(wanted):
        return None
    return by_rule(
        rule,
        "error",
        f"Line {line.number}: the payer wants modifier {' or '.join(wanted)} for {who}.",
        set_modifiers(line, [*line.modifiers, wanted[0]], "policy"),
    )


def _writer_renders(line: LineView) -> bool:
    note = line.claim.note
    return (
        note is not None
        and note.credential is not None
        and note.supervising_npi is None
        and note.rendering_npi == line.rendering.npi
    )


@line_edit("modifier.required", "coding", "error", "the payer's policy", "kind")
def required(line: LineView) -> list[Found]:
    """The payer's policy asks for a modifier on this service, and none that it takes is there."""
    found = []
    for rule in line.rules(RequiredModifier):
        if not rule.require or line.has(rule.require):
            continue
        what = " or ".join(rule.require)
        new = [*line.modifiers, rule.require[0]]
        one = by_rule(
            rule,
            "error",
            f"Line {line.number}: the payer wants modifier {what} on {line.code}.",
            set_modifiers(
                line, new, "policy", None if len(rule.require) == 1 else f"which of {what}"
            ),
        )
        if one:
            found.append(one)
    return found


@line_edit("modifier.refused", "coding", "error", "the payer's policy", "kind")
def refused(line: LineView) -> list[Found]:
    """The payer's policy refuses a modifier that stands on the line."""
    found = []
    for rule in line.rules(RequiredModifier):
        bad = [m for m in line.modifiers if m in rule.refuse]
        if not bad:
            continue
        rest = [m for m in line.modifiers if m not in rule.refuse]
        one = by_rule(
            rule,
            "error",
            f"Line {line.number}: the payer does not take modifier {' '.join(bad)} on {line.code}.",
            set_modifiers(line, rest, "policy"),
        )
        if one:
            found.append(one)
    return found


@line_edit("modifier.separate_visit", "coding", "warning", "CPT, appendix A: modifier 25", "kind")
def separate_visit(line: LineView) -> Found | None:
    """Modifier 25 belongs on medical visits only."""
    found = line.procedure
    if "25" not in line.modifiers or found is None or found.family == "medical_visit":
        return None
    rest = [m for m in line.modifiers if m != "25"]
    return Found(
        f"Line {line.number}: modifier 25 is for medical visits, not for {line.code}.",
        set_modifiers(line, rest, "code_set"),
    )
