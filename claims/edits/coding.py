"""The code itself: known, in force on the day, and one that the payer pays."""

from claims.codes.procedures import REVIEWED_THROUGH, procedures
from claims.edits.edit import Found, by_rule, change, hold, line_edit
from claims.edits.view import LineView
from claims.policies.rules import Coverage, Substitution

CPT = "CPT and HCPCS level II, by date of service"
DIGITS = frozenset("0123456789")


@line_edit("coding.not_in_force", "coding", "error", CPT, only=lambda line: line.procedure is None)
def not_in_force(line: LineView) -> Found | None:
    """The code was deleted before the day of service, or came into force after it."""
    if line.procedure is not None:
        return None
    known = procedures().get(line.code)
    if not known:
        return None
    last = max((row.last_day for row in known if row.last_day), default=None)
    first = min((row.first_day for row in known if row.first_day), default=None)
    if last is not None and line.on > last:
        why = f"was deleted; its last day was {last}"
    elif first is not None and line.on < first:
        why = f"is in force from {first} on"
    else:
        why = "is not in force on that day"
    comment = known[0].comment
    hint = f" ({comment})" if comment and last is not None and line.on > last else ""
    return Found(
        f"Line {line.number}: {line.code} {why}{hint}.",
        hold("the code in force on the date of service", line.number, "code_set"),
    )


@line_edit("coding.shape", "coding", "error", CPT, "kind")
def shape(line: LineView) -> Found | None:
    """A procedure code has five characters: digits, with one letter at most, first or last."""
    code = line.code
    if len(code) == 5 and DIGITS.issuperset(code[1:4]) and _ends_well(code):
        return None
    return Found(
        f"Line {line.number}: {code} is no procedure code; five characters are expected.",
        hold("the procedure code", line.number, "code_set"),
    )


def _ends_well(code: str) -> bool:
    return code[0].isdigit() or code[4].isdigit()


@line_edit("coding.uncertain", "coding", "info", CPT, "odd")
def uncertain(line: LineView) -> Found | None:
    """The code set is known to change by this day in a way that our tables do not hold yet.

    Nothing is concluded from an older year's table.
    """
    if line.on <= REVIEWED_THROUGH:
        return None
    if line.procedure is not None and not line.procedure.is_uncertain(line.on):
        return None
    return Found(
        f"Line {line.number}: the code tables were last read for services through "
        f"{REVIEWED_THROUGH}; check {line.code} against the newer code set."
    )


@line_edit("coding.not_covered", "non_covered", "error", "the payer's policy", "kind")
def not_covered(line: LineView) -> Found | None:
    """The payer never pays this code, or pays it only as part of other services."""
    if _substitution(line) is not None:
        return None
    rule = line.rule(Coverage)
    if rule is None or rule.covered or line.has(("GY", "GX", "GA")):
        return None
    if rule.reason == "bundled":
        message = (
            f"Line {line.number}: the payer holds {line.code} to be part of the other services of "
            "the day and never pays it apart."
        )
        return by_rule(rule, "error", message, None, category="bundling")
    return by_rule(rule, "error", f"Line {line.number}: the payer does not cover {line.code}.")


def _substitution(line: LineView) -> Substitution | None:
    return line.rule(Substitution)


@line_edit("coding.substitution", "coding", "error", "the payer's policy", "kind")
def substitution(line: LineView) -> Found | None:
    """The payer wants another code for this service."""
    rule = _substitution(line)
    if rule is None or rule.use == line.code:
        return None
    return by_rule(
        rule,
        "error",
        f"Line {line.number}: the payer takes {rule.use} in place of {line.code}.",
        change("set_procedure", line.number, line.code, rule.use, "policy"),
    )
