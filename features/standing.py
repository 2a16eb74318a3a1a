"""How a line stands with authorizations, benefits and policies, as numbers, before this claim.

The edits say where something is used up; a payer counts differently from us now and then, and other
providers draw on the same benefit, so that the last few visits are at risk before any edit fires.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from claims.authorization import Authorization
from claims.claim import Claim, ServiceLine, Submission
from claims.codes.procedures import procedure
from claims.context import Context
from claims.disciplines import discipline_of
from claims.edits.benefit_limit import counts, disciplines_of
from claims.ledger import Pool
from claims.note import Discipline, Note
from claims.policies import Policy
from claims.policies.rules import BenefitLimit
from claims.sent import ClientKey

NAN = float("nan")
UNKNOWN = (NAN, NAN, NAN, NAN)


class Standing(NamedTuple):
    """One line's. NaN where nothing is on record."""

    authorization: float = NAN
    """1 where an authorization of the member covers the line, 0 where none of them does."""
    authorization_left: float = NAN
    """Visits left on it, or units where it counts no visits."""
    authorization_share: float = NAN
    """The same as a share of what was granted."""
    authorization_days: float = NAN
    """From the service to the authorization's last day."""
    benefit_left: float = NAN
    """Visits left; of a benefit in dollars, how many lines of this charge."""
    benefit_used: float = NAN
    """Share of the benefit that is used."""
    policy_days: float = NAN
    """From the latest change of the payer's policy for the code, as known, to the service."""


def standing(submission: Submission, note: Note | None, context: Context) -> tuple[Standing, ...]:
    """How each line of a claim stands, as known in the context."""
    claim = submission.claim
    before = context.sent.number(submission)
    client = context.sent.client(submission, before)
    pools = context.ledger.pools((client.payer_id, client.member_id))
    plan = context.plan_of(claim)
    found = []
    for line in claim.lines:
        code = line.procedure.upper()
        policy = context.policy_of(claim, plan, line.service_from)
        provider = line.rendering or claim.rendering or claim.billing
        discipline = discipline_of(
            procedure(code, line.service_from), line.modifiers, provider, note
        )
        changed = policy.changed(code)
        found.append(
            Standing(
                *(
                    _authorization(claim, line, pools.values(), context, before)
                    if pools
                    else UNKNOWN
                ),
                *(_benefit(client, line, discipline, policy, context, before)),
                float((line.service_from - changed).days) if changed else NAN,
            )
        )
    return tuple(found)


def _authorization(
    claim: Claim, line: ServiceLine, pools: Collection[Pool], context: Context, before: int
) -> tuple[float, float, float, float]:
    if not pools:
        return UNKNOWN
    number = line.authorization_number or claim.authorization_number
    npi = (line.rendering or claim.rendering or claim.billing).npi
    best, any_known = UNKNOWN, False
    for pool in pools:
        balance = context.ledger.balance(pool, context.day, before)
        if balance is None:
            continue
        any_known = True
        terms = balance.terms
        if not _covers(terms, line, npi):
            continue
        if balance.visits_left is not None and terms.visits:
            left, whole = float(balance.visits_left), float(terms.visits)
        elif balance.units_left is not None and terms.units:
            left, whole = float(balance.units_left), float(terms.units)
        else:
            left = whole = NAN
        days = float((terms.end - line.service_from).days)
        one = (1.0, left, left / whole, days)
        if pool.number == number:
            return one
        if best[0] != 1.0 or left > best[1]:
            best = one
    return best if best[0] == 1.0 or not any_known else (0.0, NAN, NAN, NAN)


def _covers(terms: Authorization, line: ServiceLine, npi: str | None) -> bool:
    return (
        terms.start <= line.service_from <= terms.end
        and (not terms.procedures or line.procedure.upper() in terms.procedures)
        and terms.rendering_npi in (None, npi)
    )


def _benefit(
    client: ClientKey,
    line: ServiceLine,
    discipline: Discipline | None,
    policy: Policy,
    context: Context,
    before: int,
) -> tuple[float, float]:
    """What is left of the tightest benefit, and the share of it that is used."""
    least = (NAN, NAN)
    member = (client.payer_id, client.member_id)
    on = line.service_from.toordinal()
    ledger = context.ledger
    known = ledger.benefits(member, on, context.day) if ledger.has_benefits(member) else ()
    for benefit in known:
        if discipline not in disciplines_of(benefit.benefit) or benefit.limit <= 0:
            continue
        balance = ledger.benefit_balance(benefit, context.day, before, counts(benefit.benefit))
        left = balance.left + (1 if on in balance.own_days else 0)
        if benefit.unit == "dollars":
            left = left / line.charge if line.charge else left
        one = (float(left), float(balance.used / benefit.limit))
        if not least[0] <= one[0]:
            least = one
    if known:
        return least
    for rule in _limits(policy, line.procedure.upper(), discipline, context):
        if rule.unit != "visits" or rule.period != "calendar_year" or rule.limit <= 0:
            continue
        used = Decimal(len(_days_this_year(client, line, rule, context, before)))
        one = (float(rule.limit - used), float(used / rule.limit))
        if not least[0] <= one[0]:
            least = one
    return least


def _limits(
    policy: Policy, code: str, discipline: Discipline | None, context: Context
) -> tuple[BenefitLimit, ...]:
    # The policy lives as long as the context's policies, so no other takes its identity.
    key = ("limits", id(policy), code, discipline)
    found: tuple[BenefitLimit, ...] | None = context.memory.get(key)
    if found is None:
        found = context.memory[key] = policy.all(BenefitLimit, code, discipline)
    return found


def _days_this_year(
    client: ClientKey, line: ServiceLine, rule: BenefitLimit, context: Context, before: int
) -> set[int]:
    first = line.service_from.replace(month=1, day=1).toordinal()
    last = line.service_from.replace(month=12, day=31).toordinal()
    uses = counts(rule.benefit)
    return {
        service.day
        for service in context.sent.of_client(client)
        if first <= service.day <= last
        and service.day != line.service_from.toordinal()
        and service.number < before
        and service.visible(context.day)
        and uses(service.procedure)
    }
