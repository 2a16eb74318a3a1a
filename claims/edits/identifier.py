"""Numbers that name people, payers and providers: there, and of the right shape."""

import re
from collections.abc import Iterator
from functools import lru_cache

from claims.claim import Provider
from claims.edits.edit import Found, by_rule, change, claim_edit, hold, line_edit
from claims.edits.view import ClaimView, LineView, Who
from claims.policies.rules import MemberId, ReferringProvider, Taxonomy

GUIDE = "ASC X12N 005010X222A1"
NPI_PREFIX = 24
"""What the constant 80840 before an NPI adds to its check sum."""
TAXONOMY = re.compile(r"[0-9]{3}[0-9A-Z]{6}X")
OLD_TAXONOMY = re.compile(r"[0-9]{3}[0-9A-Z]{6}[A-Z]")
STRANGE = re.compile(r"[^0-9A-Za-z-]")
BOX = re.compile(r"\bP\.?\s*O\.?\s*BOX\b|^BOX\s+\d|\bPOST OFFICE BOX\b", re.IGNORECASE)


def is_npi(number: str) -> bool:
    """Whether a number may be an NPI: ten digits, the last a Luhn check over 80840 and the rest.

    Source: CMS, Requirements for National Provider Identifier (NPI) and NPI Check Digit, whose
    example is the first here.

    >>> is_npi("1234567893"), is_npi("1234567890"), is_npi("123456789")
    (True, False, False)
    """
    if len(number) != 10 or not (number.isascii() and number.isdigit()) or number[0] not in "12":
        return False
    total = NPI_PREFIX
    for place, digit in enumerate(reversed(number)):
        value = int(digit)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def _named(claim: ClaimView) -> Iterator[tuple[str, Provider, int]]:
    whole = claim.claim
    yield "billing provider", whole.billing, 0
    for role, provider in (
        ("rendering provider", whole.rendering),
        ("supervising provider", whole.supervising),
        ("referring provider", whole.referring),
        ("service facility", whole.facility),
    ):
        if provider is not None:
            yield role, provider, 0
    for line in claim.lines:
        for role, provider in (
            ("rendering provider", line.line.rendering),
            ("supervising provider", line.line.supervising),
            ("referring provider", line.line.referring),
        ):
            if provider is not None:
                yield role, provider, line.number


_checked: dict[str, bool] = {}


def _right(number: str) -> bool:
    found = _checked.get(number)
    if found is None:
        if len(_checked) > 100_000:
            _checked.clear()
        found = _checked[number] = is_npi(number)
    return found


def sound(claim: ClaimView) -> bool:
    """Whether every provider's number and taxonomy is well formed, and none is missing."""
    whole = claim.claim
    if not whole.billing.taxonomy or not _is_sound(claim.biller):
        return False
    for line in claim.lines:
        if not line.rendering.taxonomy or not _is_sound(line.who):
            return False
        own = line.line
        if own.supervising or own.referring:
            return False
    for provider in (whole.rendering, whole.supervising, whole.referring, whole.facility):
        if provider is None or provider is claim.lines[0].rendering:
            continue
        if not _is_sound(claim.who(provider)):
            return False
    return True


def _is_sound(who: Who) -> bool:
    if who.is_sound is None:
        number, code = who.provider.npi, who.provider.taxonomy
        who.is_sound = (number is None or _right(number)) and (
            not code or TAXONOMY.fullmatch(code.upper()) is not None
        )
    return who.is_sound


def billing_is_sound(claim: ClaimView) -> bool:
    """Whether nothing is amiss with the billing provider itself, which many claims share."""
    who = claim.biller
    is_x12 = bool(claim.submission.source.interchange)
    if who.bills_soundly is None or who.bills_soundly[0] != is_x12:
        amiss = npi_missing(claim) or tax_id(claim) or billing_address(claim)
        who.bills_soundly = (is_x12, amiss is None)
    return who.bills_soundly[1]


@claim_edit(
    "identifier.npi",
    "provider",
    "error",
    "45 CFR 162.406; CMS, Requirements for NPI and NPI Check Digit",
    "provider",
)
def npi(claim: ClaimView) -> list[Found]:
    """An NPI has ten digits, and the last one proves the others: a mistyped one is rejected."""
    found = []
    seen = set()
    for role, provider, line in _named(claim):
        number = provider.npi
        if number is None or _right(number) or (role, number) in seen:
            continue
        seen.add((role, number))
        needs = f"the {role}'s NPI, from the NPPES registry"
        fix = hold(needs, line, "code_set")
        if role == "rendering provider":
            fix = change("set_rendering", line, number, None, "code_set", needs)
        found.append(
            Found(
                f"The {role}'s NPI is not valid: "
                + (
                    "its check digit does not fit; a digit is mistyped."
                    if len(number) == 10 and number.isdigit()
                    else "an NPI has ten digits."
                ),
                fix,
                line=line,
            )
        )
    return found


@claim_edit("identifier.npi_missing", "provider", "error", "45 CFR 162.412; " + GUIDE, "billing")
def npi_missing(claim: ClaimView) -> Found | None:
    """The billing provider of health care is named by NPI."""
    if claim.claim.billing.npi:
        return None
    return Found(
        "The billing provider has no NPI.", hold("the billing provider's NPI", 0, "code_set")
    )


@line_edit(
    "identifier.rendering_missing",
    "provider",
    "warning",
    f"{GUIDE}, loop 2310B; Medicare Claims Processing Manual ch. 26 §10.4 item 24J",
    "unnamed",
)
def rendering_missing(line: LineView) -> Found | None:
    """An organisation bills, a person renders: payers of therapy want to know who.

    Medicare rejects a group's claim that does not tell. Suppliers of what is no therapy bill
    without, and are left alone.
    """
    provider = line.rendering
    if line.procedure is None:
        return None
    if provider is line.claim.claim.billing:
        if provider.entity != "organization":
            return None
        what = "no rendering provider is named, though an organisation bills"
    elif not provider.npi:
        what = "the rendering provider has no NPI"
    else:
        return None
    needs = "the NPI of whoever gave the service"
    return Found(
        f"Line {line.number}: {what}.",
        change("set_rendering", line.number, None, None, "policy", needs),
        severity="error" if line.claim.is_medicare else "warning",
    )


@claim_edit(
    "identifier.taxonomy_missing",
    "provider",
    "warning",
    f"{GUIDE}, PRV in 2000A, 2310B",
    "provider",
)
def taxonomy_missing(claim: ClaimView) -> list[Found]:
    """Payers tell by the taxonomy code which contract and which fee a provider has.

    Where the payer's policy says whose taxonomy must stand on the claim, its lack is as grave as
    the policy is sure.
    """
    found = []
    rule = claim.lines[0].rule(Taxonomy)
    whole = claim.claim
    needs = "the taxonomy code under which the payer has enrolled"
    asked = {"billing": rule.billing, "rendering": rule.rendering} if rule else {}
    seen: set[int] = set()
    for line in claim.lines:
        for role, provider in (("billing", whole.billing), ("rendering", line.rendering)):
            if id(provider) in seen or provider.taxonomy or (rule is None and not line.procedure):
                continue
            seen.add(id(provider))
            where = line.number if role == "rendering" and line.line.rendering else 0
            message = f"The {role} provider's taxonomy code is missing (PRV03)."
            fix = hold(needs, where)
            if rule is not None and asked[role]:
                one = by_rule(rule, "error", message, fix, line=where)
                if one:
                    found.append(one)
            elif rule is None and role == "rendering" and provider.npi:
                found.append(Found(message, fix, line=where))
    return found


@claim_edit(
    "identifier.referring_missing",
    "provider",
    "error",
    f"the payer's policy; {GUIDE}, loop 2310A NM1*DN",
    "referral",
)
def referring_missing(claim: ClaimView) -> Found | None:
    """The payer wants to know who referred, ordered, or certified the plan of care.

    On the claim (NM1*DN), or for each line (NM1*DN or DK).
    """
    if claim.claim.referring is not None or claim.claim.frequency_code == "8":
        return None
    for line in claim.lines:
        rule = line.rule(ReferringProvider)
        if rule is None or not rule.required or line.line.referring is not None:
            continue
        return by_rule(
            rule,
            "error",
            f"No referring provider is named (NM1*DN), and this payer wants one for {line.code}: "
            "who referred the client, or certified the plan of care.",
            hold("name and NPI of who referred, or certified the plan of care", 0),
        )
    return None


@claim_edit(
    "identifier.taxonomy", "provider", "error", f"{GUIDE}, PRV03; NUCC code set", "provider"
)
def taxonomy(claim: ClaimView) -> list[Found]:
    """A taxonomy code has ten characters, three digits first and an X last.

    An error where it cannot be one; a warning where only the X is another letter, as in codes that
    were withdrawn long ago.
    """
    found = []
    seen = set()
    for role, provider, line in _named(claim):
        code = provider.taxonomy
        if not code or TAXONOMY.fullmatch(code.upper()) or (role, code) in seen:
            continue
        seen.add((role, code))
        withdrawn = OLD_TAXONOMY.fullmatch(code.upper()) is not None
        found.append(
            Found(
                f"The {role}'s taxonomy code is "
                + (
                    "none of today's: they end in X."
                    if withdrawn
                    else "not valid: ten characters are expected, such as 225100000X."
                ),
                hold(f"the {role}'s taxonomy code", line, "code_set"),
                "warning" if withdrawn else "error",
                line=line,
            )
        )
    return found


@lru_cache(maxsize=65536)
def _fits(pattern: str, number: str) -> bool:
    return re.fullmatch(pattern, number) is not None


@claim_edit("identifier.member_id", "eligibility", "error", f"{GUIDE}, loop 2010BA NM109")
def member_id(claim: ClaimView) -> Found | None:
    """The member id is there, and has the shape that the payer gives its ids.

    Without a policy that tells the shape, only signs that no id has are warned of.
    """
    number = claim.claim.subscriber.member_id
    needs = hold("the member id, from the card or an eligibility check")
    if not number:
        if claim.policy.line_of_business in ("workers_compensation", "auto", "self_pay"):
            return None
        return Found("The member id is missing.", needs)
    rule = claim.lines[0].rule(MemberId)
    if rule is not None:
        if _fits(rule.pattern, number.upper()):
            return None
        message = f"The member id has not the shape of this payer's ids: {rule.looks_like}."
        return by_rule(rule, "error", message, needs)
    if not number.isalnum() and STRANGE.search(number):
        return Found("The member id holds signs that no member id has.", needs, "warning")
    return None


@claim_edit(
    "identifier.member_corrected", "eligibility", "warning", "the payer's own remittance", "told"
)
def member_corrected(claim: ClaimView) -> Found | None:
    """The payer has corrected this member id on an earlier remittance (NM1*74)."""
    known = claim.context.answers.corrected_member(
        claim.payer_id, claim.claim.subscriber.member_id, claim.day
    )
    if known is None or known.upper() == claim.claim.subscriber.member_id.upper():
        return None
    return Found(
        "The payer has put another member id in this one's place on an earlier remittance; send "
        "the corrected one.",
        hold("the corrected member id, from the earlier remittance", 0, "ledger"),
    )


@claim_edit("identifier.tax_id", "provider", "error", f"{GUIDE}, loop 2010AA REF*EI", "billing")
def tax_id(claim: ClaimView) -> Found | None:
    """The billing provider's tax number has nine digits."""
    number = claim.claim.billing.tax_id
    if number is None:
        if not claim.submission.source.interchange:
            return None
        return Found(
            "The billing provider's tax number is missing (REF*EI or SY).",
            hold("the billing provider's tax number", 0, "code_set"),
            "warning",
        )
    digits = number.replace("-", "").replace(" ", "")
    if len(digits) == 9 and digits.isdigit():
        return None
    return Found(
        "The billing provider's tax number has not nine digits.",
        hold("the billing provider's tax number", 0, "code_set"),
    )


@claim_edit(
    "identifier.billing_address", "provider", "warning", f"{GUIDE}, loop 2010AA N3", "billing"
)
def billing_address(claim: ClaimView) -> Found | None:
    """The billing provider's address is a street; a post office box belongs in the pay-to loop."""
    address = claim.claim.billing.address
    if address is None or not (BOX.search(address.line1) or BOX.search(address.line2)):
        return None
    return Found(
        "The billing provider's address is a post office box; give the street, and the box as "
        "pay-to address."
    )


@claim_edit(
    "identifier.payer_unknown", "eligibility", "info", "the practice's policy files", "payer"
)
def payer_unknown(claim: ClaimView) -> Found | None:
    """No policy file names this payer: the rules of its line of business stand in for its own."""
    policy = claim.policy
    if policy.payer_known or policy.line_of_business == "medicare":
        return None
    line = (policy.line_of_business or "commercial").replace("_", " ")
    return Found(
        f"No policy file names payer {claim.payer_id}; it is checked by the rules for {line} "
        "payers. Write its own rules into the policy folder."
    )
