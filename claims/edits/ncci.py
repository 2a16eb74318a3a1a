"""Pairs of codes that a payer does not simply pay together on one day."""

from typing import NamedTuple

from claims.codes.ncci import NcciPair, bundled_into, ncci_pair
from claims.edits.edit import Found, by_rule, hold, line_edit, set_modifiers
from claims.edits.view import LineView
from claims.finding import FindingSeverity, Fix
from claims.policies.rules import Ncci, Pair
from claims.policies.selector import in_codes

POLICY_MANUAL = "Medicare NCCI Policy Manual ch. 1 §E"
SEPARATE = frozenset(("59", "XE", "XP", "XS", "XU", "25", "24", "27", "57", "58", "78", "79", "91"))
"""Modifiers that the manual lets bypass an edit, as far as therapy uses them."""


class Beside(NamedTuple):
    """Another service of the same client, day and provider."""

    code: str
    modifiers: tuple[str, ...]
    where: str


def _beside(line: LineView) -> list[Beside]:
    npi = line.rendering.npi
    found = [
        Beside(other.code, other.modifiers, f"line {other.number}")
        for other in line.siblings
        if other.rendering.npi == npi
    ]
    found += [
        Beside(service.procedure, service.modifiers, f"claim {service.claim_id}")
        for service in line.others
        if service.rendering == npi
    ]
    return found


def is_paired(line: LineView) -> bool:
    """Whether the line may be column two of a pair with another service of the day."""
    known = line.kind.rules.setdefault(is_paired, {})
    for code in (
        *[other.code for other in line.siblings],
        *[service.procedure for service in line.others],
    ):
        paired = known.get(code)
        if paired is None:
            paired = known[code] = (
                code in bundled_into().get(line.code, ()) or _payer_pair(line, code) is not None
            )
        if paired:
            return True
    return False


def _payer_pairs(line: LineView) -> tuple[Pair, ...]:
    """The payer's own pairs of which the line's code is column two."""
    decided = line.kind.rules
    found: tuple[Pair, ...] | None = decided.get(_payer_pairs)
    if found is None:
        found = decided[_payer_pairs] = tuple(
            rule for rule in line.rules(Pair) if in_codes(rule.column_two, line.code)
        )
    return found


def _adopted(line: LineView) -> tuple[FindingSeverity, str] | None:
    """How gravely Medicare's pairs are taken for this payer, and the rule that says so."""
    rule = line.rule(Ncci)
    if rule is None:
        return "warning", POLICY_MANUAL
    if rule.adopted == "off":
        return None
    severity = rule.at_most(rule.adopted)
    return (severity, rule.cited) if severity is not None else None


def _payer_pair(line: LineView, other: str) -> Pair | None:
    """The payer's own rule for a pair of which the line is column two."""
    return next((r for r in _payer_pairs(line) if in_codes(r.column_one, other)), None)


def _separately_timed(line: LineView, other: str) -> bool:
    """Whether the note tells minutes of each of the two services: separate times."""
    facts = line.claim.facts
    told = facts.session.minutes_by_code if facts is not None else {}
    return bool(told.get(line.code)) and bool(told.get(other))


def _separate_fix(line: LineView, other: str, modifier: str) -> Fix:
    """The modifier on column two: at once where the note tells separate times."""
    new = [*line.modifiers, modifier]
    if _separately_timed(line, other):
        return set_modifiers(line, new, "note")
    needs = f"whether the record shows that {line.code} and {other} were separate in time or site"
    return set_modifiers(line, new, "policy", needs)


@line_edit(
    "ncci.modifier_missing",
    "bundling",
    "error",
    POLICY_MANUAL,
    "paired",
)
def modifier_missing(line: LineView) -> Found | None:
    """Column two of a pair is paid beside column one only with a modifier that tells them apart.

    Medicare's pairs within their days, and the pairs that a payer's policy names. The modifier is
    put only where the record shows separate times or sites. An error for Medicare, a warning for
    other payers unless their policy adopts the pairs.
    """
    for other in _beside(line):
        rule = _payer_pair(line, other.code)
        if rule is not None and rule.modifiers:
            if line.has(rule.modifiers) or any(m in rule.modifiers for m in other.modifiers):
                continue
            return by_rule(
                rule,
                "error",
                f"Line {line.number}: the payer bundles {line.code} into {other.code} "
                f"({other.where}); modifier {rule.modifiers[0]} tells that both are due.",
                _separate_fix(line, other.code, rule.modifiers[0]),
            )
        pair = ncci_pair(line.code, other.code, line.on)
        if pair is None or pair.column_two != line.code or not pair.modifier_allowed:
            continue
        if line.has(SEPARATE) or not SEPARATE.isdisjoint(other.modifiers):
            continue
        adopted = _adopted(line)
        if adopted is None:
            continue
        return Found(
            f"Line {line.number}: {line.code} is bundled into {other.code} ({other.where}) on the "
            "same day by the same provider; modifier 59, XE, XS, XP or XU is due where they were "
            "separate.",
            _separate_fix(line, other.code, "59"),
            adopted[0],
            _source(pair),
        )
    return None


@line_edit(
    "ncci.never_together",
    "bundling",
    "error",
    POLICY_MANUAL,
    "paired",
)
def never_together(line: LineView) -> Found | None:
    """Column two of a pair that no modifier separates is never paid beside column one."""
    for other in _beside(line):
        rule = _payer_pair(line, other.code)
        if rule is not None and not rule.modifiers:
            return by_rule(
                rule,
                "error",
                f"Line {line.number}: the payer never pays {line.code} beside {other.code} "
                f"({other.where}).",
                hold("which of the two services is billed", line.number),
            )
        pair = ncci_pair(line.code, other.code, line.on)
        if pair is None or pair.column_two != line.code or pair.modifier_allowed:
            continue
        adopted = _adopted(line)
        if adopted is None:
            continue
        return Found(
            f"Line {line.number}: {line.code} is never paid beside {other.code} ({other.where}) on "
            "the same day by the same provider; no modifier changes that.",
            hold("which of the two services is billed", line.number),
            adopted[0],
            _source(pair),
        )
    return None


def _source(pair: NcciPair) -> str:
    return (
        f"Medicare NCCI practitioner pair {pair.column_one}/{pair.column_two}, "
        f"as of {pair.release}: {pair.rationale}"
    )
