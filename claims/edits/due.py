"""Which edits are asked of a claim and its lines: those that can have something to say.

Asking all of them would cost several times as much. What a claim or line shows at a look is kept
as bits; for each combination of them, and each kind of line, the edits to ask are worked out once.
A test holds that asking every edit finds no more.
"""

from collections.abc import Callable
from functools import cache
from typing import get_args

from claims.codes.diagnoses import window
from claims.codes.procedures import REVIEWED_THROUGH
from claims.edits import authorization, frequency, identifier, ncci, telehealth
from claims.edits.edit import Answer, Asked, Edit
from claims.edits.registry import EDITS
from claims.edits.timely_filing import SOON_DAYS, least_days
from claims.edits.view import ClaimView, Kind, LineView
from claims.policies.rules import (
    AuthorizationNeed,
    BenefitLimit,
    ReferringProvider,
    TimelyFiling,
)

BIT: dict[Asked, int] = {word: 1 << place for place, word in enumerate(get_args(Asked))}
ALWAYS, KIND, NOTE, NO_NOTE = BIT["always"], BIT["kind"], BIT["note"], BIT["no note"]
PAIRED, SIBLING, OTHERS, ODD, TOLD = (
    BIT["paired"],
    BIT["sibling"],
    BIT["others"],
    BIT["odd"],
    BIT["told"],
)
GRANTED, DOUBTFUL = BIT["granted"], BIT["doubtful"]
UNAUTHORIZED, BENEFIT, TELEHEALTH = BIT["unauthorized"], BIT["benefit"], BIT["telehealth"]
SEVERAL, FILING, DIAGNOSIS = BIT["several"], BIT["filing"], BIT["diagnosis"]
BILLING, COORDINATION, AGAIN = BIT["billing"], BIT["coordination"], BIT["again"]
PROVIDER, PAYER, UNNAMED = BIT["provider"], BIT["payer"], BIT["unnamed"]
REFERRAL, PLANNED = BIT["referral"], BIT["planned"]

REVIEWED = REVIEWED_THROUGH.toordinal()
NEVER = 10_000_000
"""Days after which no limit for filing ends."""

ClaimEdits = tuple[tuple[Edit, Callable[[ClaimView], Answer]], ...]
LineEdits = tuple[tuple[Edit, Callable[[LineView], Answer]], ...]


def _bits(edit: Edit) -> int:
    return sum(BIT[word] for word in edit.asked)


_CLAIM = tuple((_bits(edit), edit, edit.ask_claim) for edit in EDITS if edit.ask_claim is not None)
_LINE = tuple((_bits(edit), edit, edit.ask_line) for edit in EDITS if edit.ask_line is not None)


@cache
def _of_claim(shown: int) -> ClaimEdits:
    return tuple((edit, ask) for bits, edit, ask in _CLAIM if bits & shown)


def due_of_claim(claim: ClaimView) -> ClaimEdits:
    """The edits that can have something to say of a claim as a whole."""
    whole = claim.claim
    shown = ALWAYS
    for line in claim.lines:
        if line.kind.plans is None:
            _look_at(line, line.kind)
    if not _is_plain(claim):
        shown |= ODD
    if claim.is_told_of:
        shown |= TOLD
    if not identifier.billing_is_sound(claim):
        shown |= BILLING
    if (
        whole.sequence != "P"
        or whole.other_payers
        or whole.insurance_type
        or any(line.line.adjudications for line in claim.lines)
    ):
        shown |= COORDINATION
    if (
        claim.is_replacement
        or whole.payer_claim_number
        or claim.context.answers.has_claim(whole.claim_id, claim.day)
    ):
        shown |= AGAIN
    if claim.note is not None or claim.facts is not None:
        shown |= NOTE
    if claim.note is None:
        shown |= NO_NOTE
    if not identifier.sound(claim):
        shown |= PROVIDER
    if not claim.policy.payer_known:
        shown |= PAYER
    if not _has_plain_diagnoses(claim):
        shown |= DIAGNOSIS
    if whole.referring is None and any(line.kind.needs_referral for line in claim.lines):
        shown |= REFERRAL
    if _is_near_its_limit(claim):
        shown |= FILING
    return _of_claim(shown)


def _is_plain(claim: ClaimView) -> bool:
    """Whether the claim's own numbers are as they mostly are."""
    whole = claim.claim
    charged = whole.lines[0].charge
    for line in whole.lines[1:]:
        charged += line.charge
    return (
        charged == whole.charge
        and whole.patient_paid is None
        and whole.accident is None
        and whole.frequency_code in frequency.USED
        and claim.birth is not None
    )


def _has_plain_diagnoses(claim: ClaimView) -> bool:
    """Whether every diagnosis may be billed on every day of service, once, and stand first."""
    every = claim.claim.diagnoses
    if not every:
        return False
    lines = claim.lines
    first, last = lines[0].day, lines[0].day
    for line in lines[1:]:
        first, last = min(first, line.day), max(last, line.day)
    seen = set()
    for one in every:
        days = window(one.code)
        if days is None or not days[0] <= first or last > days[1] or one.system != "ICD-10-CM":
            return False
        if one.code[0] in "VWXYvwxy":
            return False
        seen.add(one.code)
    return len(seen) == len(every)


def _is_near_its_limit(claim: ClaimView) -> bool:
    """Whether the limit for filing may be over, or near, for any line."""
    day = claim.day + SOON_DAYS
    return any(day >= line.day + line.kind.filing_days for line in claim.lines)


def _is_plain_line(line: LineView) -> bool:
    """Whether the line's own numbers and days are as they mostly are."""
    own, claim = line.line, line.claim
    pointers, whole_units = own.diagnosis_pointers, int(own.units)
    return (
        own.charge > 0
        and whole_units >= 1
        and whole_units == own.units
        and own.unit == "UN"
        and own.service_to == own.service_from
        and line.day <= claim.day
        and line.day <= REVIEWED
        and (claim.birth is None or claim.birth <= line.day)
        and 0 < len(pointers) <= 4
        and max(pointers) <= len(claim.claim.diagnoses)
        and line.supervising is None
    )


def due(line: LineView) -> LineEdits:
    """The edits that can have something to say of a line."""
    claim, kind = line.claim, line.kind
    shown = ALWAYS | KIND
    has_note = claim.note is not None or claim.facts is not None
    if has_note:
        shown |= NOTE
        if claim.note is not None and claim.note.plan_of_care is not None:
            shown |= PLANNED
    if line.rendering is claim.claim.billing or not line.rendering.npi:
        shown |= UNNAMED
    if claim.is_told_of:
        shown |= TOLD
    if not _is_plain_line(line):
        shown |= ODD
    if len(claim.lines) > 1:
        shown |= SIBLING | SEVERAL
    if claim.others[line.day]:
        shown |= OTHERS | SEVERAL
    if shown & SEVERAL and ncci.is_paired(line):
        shown |= PAIRED
    if line.units > 1:
        shown |= SEVERAL
    if line.authorization is not None:
        named = line.named
        granted = named is not None and authorization.covers(line, named[1])
        shown |= GRANTED if granted else DOUBTFUL
    elif claim.pools or kind.needs_authorization:
        shown |= UNAUTHORIZED
    if claim.has_benefits or kind.has_limits:
        shown |= BENEFIT
    if line.is_telehealth or (has_note and telehealth.by_note(line)):
        shown |= TELEHEALTH
    plans: dict[int, LineEdits] = kind.plans
    plan = plans.get(shown)
    if plan is None:
        plan = plans[shown] = _plan(kind, shown)
    return plan


def _look_at(line: LineView, kind: Kind) -> None:
    """What the payer's rules say of all lines of a kind, asked of the first one."""
    kind.plans = {}
    need = line.rule(AuthorizationNeed)
    kind.needs_authorization = need is not None and need.required
    referral = line.rule(ReferringProvider)
    kind.needs_referral = referral is not None and referral.required
    kind.has_limits = bool(line.rules(BenefitLimit))
    filing = line.rule(TimelyFiling)
    kind.filing_days = least_days(filing) if filing is not None else NEVER
    kind.concerned = tuple(
        (bits, edit, ask) for bits, edit, ask in _LINE if edit.only is None or edit.only(line)
    )
    kind.speaks = frozenset(
        edit.id for bits, edit, ask in kind.concerned if bits & KIND and (edit.by_kind or ask)(line)
    )


def _plan(kind: Kind, shown: int) -> LineEdits:
    return tuple(
        (edit, ask)
        for bits, edit, ask in kind.concerned
        if (bits & shown & ~KIND) or (bits & KIND and edit.id in kind.speaks)
    )
