"""Authorizations: for this service, provider and day, and not used up, where one is needed.

They speak where the payer's policy demands an authorization, or where the practice keeps this
member's: what nobody wrote down is no fault of a claim.
"""

from datetime import timedelta
from decimal import Decimal

from claims.authorization import Authorization
from claims.codes.procedures import procedure
from claims.edits.edit import Found, by_rule, change, hold, line_edit
from claims.edits.view import LineView
from claims.finding import FindingSeverity
from claims.ledger import Pool
from claims.policies.rules import AuthorizationNeed

RECORD = "the authorization as the practice recorded it"
SOON_DAYS = 14
REFUSED = frozenset(("DENIED", "CANCELLED", "CANCELED", "VOID", "VOIDED", "REVOKED", "WITHDRAWN"))
WAITING = frozenset(("PENDING", "PENDED", "REQUESTED", "SUBMITTED", "IN REVIEW"))


def covering(line: LineView, other_than: str | None = None) -> tuple[Pool, Authorization] | None:
    """An authorization of the member that covers the line's day, code and provider.

    One that has units or visits left is preferred.
    """
    if (covering, other_than) not in line.kept:
        line.kept[covering, other_than] = _best(line, other_than)
    found: tuple[Pool, Authorization] | None = line.kept[covering, other_than]
    return found


def _best(line: LineView, other_than: str | None) -> tuple[Pool, Authorization] | None:
    spent = None
    for number, pool in line.claim.pools.items():
        terms = pool.terms(line.claim.day)
        if number == other_than or terms is None or not covers(line, terms):
            continue
        if _lacks(line, pool, terms) is None:
            return pool, terms
        spent = spent or (pool, terms)
    return spent


def covers(line: LineView, terms: Authorization) -> bool:
    """Whether an authorization is for the line's day, code and provider, and granted."""
    return (
        terms.start <= line.on <= terms.end
        and (not terms.procedures or line.code in terms.procedures)
        and terms.rendering_npi in (None, line.rendering.npi)
        and (terms.status or "").upper() not in REFUSED | WAITING
    )


def _before(line: LineView, pool: Pool) -> Decimal:
    """Units that earlier lines of the same claim draw on a pool."""
    number = line.authorization
    return sum(
        (
            other.units
            for other in line.claim.lines
            if other.number < line.number
            and other.authorization == number
            and (number is not None or other.code == line.code)
        ),
        Decimal(0),
    )


def _lacks(line: LineView, pool: Pool, terms: Authorization) -> tuple[str, int] | None:
    """What is used up ("units" or "visits") and how much of it is left for this line."""
    claim = line.claim
    if terms.units is None and terms.visits is None:
        return None
    used = pool.used(terms, claim.number)
    if terms.units is not None and not _in_opening(line, terms):
        left = terms.units - used.units - _before(line, pool)
        if line.units > left:
            return "units", max(int(left), 0)
    full = terms.visits is not None and used.visits >= terms.visits
    if full and not pool.has_visit(terms, line.day, claim.number):
        return "visits", 0
    return None


def _in_opening(line: LineView, terms: Authorization) -> bool:
    return terms.as_of is not None and line.on <= terms.as_of


def _need(line: LineView) -> AuthorizationNeed | None:
    """The payer's rule, where it demands an authorization for this visit."""
    if _need not in line.kept:
        line.kept[_need] = _needed(line)
    found: AuthorizationNeed | None = line.kept[_need]
    return found


def _needed(line: LineView) -> AuthorizationNeed | None:
    rule = line.rule(AuthorizationNeed)
    if rule is None or not rule.required:
        return None
    if rule.from_visit > 1 and visit_number(line, rule) < rule.from_visit:
        return None
    return rule


def _bore(line: LineView, number: str) -> bool:
    """Whether earlier claims of the client bore this authorization's number.

    From which visit one is needed is counted in the practice's own claims; visits before these are
    not among them, and somebody saw by then that the number belongs there.
    """
    claim = line.claim
    return any(
        service.authorization == number
        and service.number < claim.number
        and service.visible(claim.day)
        and _same_discipline(line, service.procedure)
        for service in claim.context.sent.of_client(claim.client)
    )


def visit_number(line: LineView, rule: AuthorizationNeed) -> int:
    """Which visit of the client's year, or of all time, this is: days of service sent so far.

    Visits that opening balances of authorizations tell of come before them. Days on which only
    other disciplines saw the client are left out.
    """
    claim = line.claim
    start = line.on.replace(month=1, day=1).toordinal() if rule.counted == "year" else 0
    opened, start = claim.context.ledger.opening_visits(
        claim.member, start, line.day, claim.day, lambda terms: _is_for(line, terms)
    )
    days = {line.day}
    for service in claim.context.sent.of_client(claim.client):
        if (
            start <= service.day
            and service.day not in days
            and service.number < claim.number
            and service.visible(claim.day)
            and service.claim_id != claim.claim.claim_id
            and _same_discipline(line, service.procedure)
        ):
            days.add(service.day)
    return opened + len(days)


def _is_for(line: LineView, terms: Authorization) -> bool:
    """Whether an authorization is for visits of the line's discipline."""
    return not terms.procedures or any(_same_discipline(line, one) for one in terms.procedures)


def _same_discipline(line: LineView, code: str) -> bool:
    found = procedure(code)
    return found is None or line.discipline is None or line.discipline in found.disciplines


def _is_referred_by_veterans_affairs(line: LineView) -> bool:
    """Community care is authorized by a referral, whose number may stand as REF*9F or REF*G1."""
    if line.policy.line_of_business != "va":
        return False
    return bool(line.line.referral_number or line.claim.claim.referral_number)


@line_edit("authorization.missing", "authorization", "error", "the payer's policy", "unauthorized")
def missing(line: LineView) -> Found | None:
    """The payer wants an authorization, the claim names none, and none is on record."""
    if line.authorization is not None or _is_referred_by_veterans_affairs(line):
        return None
    rule = _need(line)
    if rule is None or covering(line) is not None:
        return None
    from_visit = f" from visit {rule.from_visit} on" if rule.from_visit > 1 else ""
    return by_rule(
        rule,
        "error",
        f"Line {line.number}: the payer wants an authorization for {line.code}{from_visit}; the "
        "claim bears none, and none is on record for this day.",
        change("set_authorization", line.number, None, None, "policy", "an authorization number"),
    )


@line_edit(
    "authorization.number_missing", "authorization", "error", "the payer's policy", "unauthorized"
)
def number_missing(line: LineView) -> Found | None:
    """An authorization is on record for this service, but its number is not on the claim."""
    if line.authorization is not None:
        return None
    found = covering(line)
    if found is None:
        return None
    pool, terms = found
    short = _lacks(line, pool, terms)
    if short is None:
        fix = change("set_authorization", line.number, None, pool.number, "ledger")
        why = "but its number is not on the claim (REF*G1)"
    else:
        needs = "an authorization with enough left, asked for before the claim goes out"
        fix = change("set_authorization", line.number, None, None, "ledger", needs)
        what, left = short
        why = f"but has {left} {what} left, and no number is on the claim (REF*G1)"
    message = (
        f"Line {line.number}: authorization {pool.number} ({terms.start} to {terms.end}) covers "
        f"{line.code}, {why}."
    )
    rule = line.rule(AuthorizationNeed)
    if rule is None:
        return Found(message, fix, "warning", RECORD)
    if not rule.number_on_claim or not rule.required:
        return None
    severity: FindingSeverity = "info"
    if _need(line):
        severity = "error"
    elif _bore(line, pool.number):
        severity = "warning"
    return by_rule(rule, severity, message, fix)


def _other(line: LineView, why: str) -> Found:
    """A finding about the named authorization, with another that covers the line as its fix."""
    old = line.authorization
    better = covering(line, old)
    fix = change(
        "set_authorization", line.number, old, None, "ledger", "an authorization that covers it"
    )
    if better is not None and _lacks(line, *better) is None:
        fix = change("set_authorization", line.number, old, better[0].number, "ledger")
        why += f" Authorization {better[0].number} covers it."
    rule = line.rule(AuthorizationNeed)
    severity = "warning" if rule is not None and not rule.required else "error"
    return Found(f"Line {line.number}: {why}", fix, severity, RECORD)  # type: ignore[arg-type]


@line_edit("authorization.expired", "authorization", "error", RECORD, "doubtful")
def expired(line: LineView) -> Found | None:
    """The authorization on the claim does not hold on the day of service."""
    found = line.named
    if found is None:
        return None
    pool, terms = found
    if line.on > terms.end:
        return _other(line, f"authorization {pool.number} ended on {terms.end}.")
    if line.on < terms.start:
        return _other(line, f"authorization {pool.number} begins on {terms.start}.")
    return None


@line_edit("authorization.wrong_code", "authorization", "error", RECORD, "doubtful")
def wrong_code(line: LineView) -> Found | None:
    """The authorization on the claim is for other codes."""
    found = line.named
    if found is None or not found[1].procedures or line.code in found[1].procedures:
        return None
    codes = ", ".join(found[1].procedures)
    return _other(line, f"authorization {found[0].number} is for {codes}, not for {line.code}.")


@line_edit("authorization.wrong_provider", "authorization", "error", RECORD, "doubtful")
def wrong_provider(line: LineView) -> Found | None:
    """The authorization on the claim names another provider, who alone may use it."""
    found = line.named
    if found is None or found[1].rendering_npi in (None, line.rendering.npi):
        return None
    return _other(line, f"authorization {found[0].number} names another rendering provider.")


@line_edit("authorization.refused", "authorization", "error", RECORD, "doubtful")
def refused(line: LineView) -> Found | None:
    """The authorization on the claim was denied, withdrawn, or is not decided yet."""
    found = line.named
    if found is None:
        return None
    status = (found[1].status or "").upper()
    if status in REFUSED:
        return _other(line, f"authorization {found[0].number} has the status {status.lower()}.")
    if status in WAITING:
        return Found(
            f"Line {line.number}: authorization {found[0].number} is not granted yet "
            f"({status.lower()}).",
            hold("the payer's decision on the authorization", line.number, "ledger"),
            "warning",
        )
    return None


@line_edit("authorization.unknown", "authorization", "warning", RECORD, "doubtful")
def unknown(line: LineView) -> Found | None:
    """The number on the claim is none of those that the practice recorded for this member."""
    number = line.authorization
    claim = line.claim
    if number is None or not claim.pools or line.named is not None:
        return None
    known = [n for n, p in claim.pools.items() if p.terms(claim.day)]
    if not known:
        return None
    better = covering(line, number)
    fix = None
    if better is not None:
        fix = change("set_authorization", line.number, number, better[0].number, "ledger")
    return Found(
        f"Line {line.number}: the authorization number on the claim is not one on record for this "
        f"member ({', '.join(known)}).",
        fix,
    )


@line_edit("authorization.exhausted", "authorization", "error", RECORD, "granted", "unauthorized")
def exhausted(line: LineView) -> Found | None:
    """The authorization's units or visits are used up by earlier claims, this batch's included."""
    found = line.named
    if found is None:
        if line.authorization is not None:
            return None
        found = covering(line)
    if found is None or not covers(line, found[1]):
        return None
    pool, terms = found
    lack = _lacks(line, pool, terms)
    if lack is None or (line.authorization is None and _need(line) is None):
        return None
    what, left = lack
    of = terms.units if what == "units" else terms.visits
    if left:
        why = (
            f"authorization {pool.number} has {left} of {of} {what} left, and this line bills "
            f"{line.units}."
        )
    else:
        why = f"all {of} {what} of authorization {pool.number} are used up."
    return _other(line, why)


@line_edit("authorization.running_out", "authorization", "info", RECORD, "granted")
def running_out(line: LineView) -> Found | None:
    """Soon no units or visits will be left, or the authorization's last day is near."""
    found = line.named
    if found is None or not covers(line, found[1]):
        return None
    pool, terms = found
    claim = line.claim
    ledger = claim.context.ledger
    balance = ledger.balance(pool, claim.day, claim.number + 1)
    if balance is None:
        return None
    soon = claim.as_of + timedelta(days=SOON_DAYS)
    if terms.end > soon and ledger.surely_lasts(balance, SOON_DAYS):
        return None
    if _lacks(line, pool, terms) is not None:
        return None
    ends = ledger.exhausted_on(pool, balance, claim.day, claim.number + 1)
    if ends is not None and ends <= soon:
        left = balance.units_left if balance.visits_left is None else balance.visits_left
        what = "units" if balance.visits_left is None else "visits"
        return Found(
            f"Line {line.number}: {max(left or 0, 0)} {what} of authorization {pool.number} are "
            f"left after this claim; at the present pace they last until {ends}. Ask for more."
        )
    if line.on <= terms.end <= soon:
        return Found(
            f"Line {line.number}: authorization {pool.number} ends on {terms.end}. Ask for another."
        )
    return None


@line_edit("authorization.wrong_member", "authorization", "error", RECORD, "doubtful")
def wrong_member(line: LineView) -> Found | None:
    """The number on the claim is an authorization of another member of this payer."""
    number = line.authorization
    if number is None:
        return None
    owners = line.claim.context.ledger.owners(line.claim.payer_id, number, line.claim.day)
    if not owners or line.claim.member[1] in owners:
        return None
    return _other(line, f"authorization {number} is another member's.")
