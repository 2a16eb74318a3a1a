"""Who may give and bill a service."""

from claims.codes.taxonomies import by_credential, credential_key
from claims.edits.edit import Found, by_rule, change, hold, line_edit
from claims.edits.view import LineView
from claims.finding import Fix
from claims.note import Discipline
from claims.policies.rules import Credentials, Supervision

REHABILITATION: frozenset[Discipline] = frozenset(("OT", "PT", "SLP"))
PRESCRIBERS_ONLY = frozenset(("90792", "90833", "90836", "90838", "90863"))
ANALYSTS_ONLY = frozenset(("97151", "97155", "97156", "97157", "97158"))
CPT = "CPT: a service of those who may practise medicine"
ABA = "CPT adaptive behaviour codes: given by a qualified health care professional"


@line_edit("credential.not_accepted", "provider", "error", "the payer's policy", "kind")
def not_accepted(line: LineView) -> Found | None:
    """The payer does not accept this rendering provider's credential for this service."""
    rule = line.rule(Credentials)
    if rule is None or line.credential is None:
        return None
    key = credential_key(line.credential)
    refused = key in map(credential_key, rule.refused)
    if not refused and (not rule.allowed or key in map(credential_key, rule.allowed)):
        return None
    return by_rule(
        rule,
        "error",
        f"Line {line.number}: the payer does not accept {line.credential} as rendering provider of "
        f"{line.code}.",
        change(
            "set_rendering",
            line.number,
            line.rendering.npi,
            None,
            "policy",
            "the NPI of a provider whom the payer accepts, if that one gave or supervised it",
        ),
    )


@line_edit(
    "credential.rendering",
    "provider",
    "error",
    "the payer's policy; the note",
    "kind",
    "note",
    by_kind=lambda line: _supported_staff(line) or _other_discipline(line),
)
def rendering(line: LineView) -> Found | None:
    """The rendering provider on the claim is not the one who may be billed for this service.

    Assistants and technicians do not bill for themselves, a payer's policy may say the same of
    trainees, no one bills for another discipline, and the note may name somebody else.
    """
    return _supported_staff(line) or _other_discipline(line) or _other_than_note(line)


def _right_npi(line: LineView) -> str | None:
    note = line.claim.note
    if note is None:
        return None
    return next(
        (n for n in (note.supervising_npi, note.rendering_npi) if n and n != line.rendering.npi),
        None,
    )


def _set_rendering(line: LineView, basis: str, needs: str) -> Fix:
    """The note's provider in place of the claim's, or somebody who must be looked up."""
    npi = _right_npi(line)
    if npi:
        return change("set_rendering", line.number, line.rendering.npi, npi, "note")
    return change("set_rendering", line.number, line.rendering.npi, None, basis, needs)


def _supported_staff(line: LineView) -> Found | None:
    """An assistant, a technician, or a trainee whom the payer wants billed by the supervisor."""
    standing = line.standing
    if standing is None or standing.role in ("independent", "prescriber"):
        return None
    fix = _set_rendering(line, "policy", "the supervisor's NPI")
    message = (
        f"Line {line.number}: {standing.credential} stands as rendering provider; the service is "
        "billed in the supervisor's name."
    )
    for rule in line.rules(Supervision):
        if rule.render_as == "supervisor" and credential_key(standing.credential) in map(
            credential_key, rule.credentials
        ):
            return by_rule(rule, "error", message, fix)
    if standing.discipline in REHABILITATION and standing.role == "assistant":
        return Found(
            message,
            fix,
            "error" if line.claim.is_medicare else "warning",
            "Medicare Benefit Policy Manual ch. 15 §230: assistants do not enroll or bill",
        )
    return None


def _other_discipline(line: LineView) -> Found | None:
    """The provider's discipline does not give this service."""
    own = line.standing.discipline if line.standing else None
    may = line.procedure.disciplines if line.procedure else ()
    if own is None or not may or own in may:
        return None
    if "ABA" in may and own == "MH":
        return None  # psychologists and social workers give behaviour analysis in many states
    apart = own not in REHABILITATION or not REHABILITATION.intersection(may)
    return Found(
        f"Line {line.number}: the rendering provider's taxonomy is of {own}, and {line.code} is a "
        f"service of {' or '.join(may)}.",
        _set_rendering(line, "code_set", "the NPI of the provider who gave the service"),
        "error" if apart else "warning",
        "NUCC taxonomy and the code's disciplines (procedures table)",
    )


def _other_than_note(line: LineView) -> Found | None:
    """The note names another rendering provider."""
    note = line.claim.note
    if note is None or not note.rendering_npi or not line.rendering.npi:
        return None
    if line.rendering.entity == "organization":
        return None
    if line.rendering.npi in (note.rendering_npi, note.supervising_npi):
        return None
    return Found(
        f"Line {line.number}: the note names another rendering provider than the claim.",
        change("set_rendering", line.number, line.rendering.npi, note.rendering_npi, "note"),
        "warning",
        "the visit's note",
    )


@line_edit("credential.prescribers_only", "provider", "error", CPT, "kind")
def prescribers_only(line: LineView) -> Found | None:
    """Medical visits and what is added to them are billed by those who may practise medicine."""
    medical = line.code in PRESCRIBERS_ONLY or "99202" <= line.code <= "99215"
    if not medical or line.standing is None or line.standing.role == "prescriber":
        return None
    return Found(
        f"Line {line.number}: {line.code} is a medical service, and the rendering provider's "
        f"taxonomy is {line.standing.credential}.",
        hold("who gave the service, or which code was meant", line.number, "code_set"),
    )


@line_edit("credential.analysts_only", "provider", "warning", ABA, "kind")
def analysts_only(line: LineView) -> Found | None:
    """Assessing, changing a protocol and guiding a family are the analyst's, not a technician's.

    A technician gives 97152, 97153 and 97154. A warning: some payers want a technician's number
    beside an analyst's service.
    """
    standing = line.standing
    if line.code not in ANALYSTS_ONLY or standing is None or standing.role != "technician":
        return None
    return Found(
        f"Line {line.number}: {line.code} is a service of the behaviour analyst, and the rendering "
        f"provider's taxonomy is {standing.credential}.",
        _set_rendering(line, "code_set", "the analyst's NPI, if the analyst gave the service"),
    )


@line_edit("credential.writer", "provider", "info", "the visit's note", "note")
def writer(line: LineView) -> Found | None:
    """The note's writer gives another discipline's services than the code is for."""
    standing = by_credential(line.writer)
    may = line.procedure.disciplines if line.procedure else ()
    if standing is None or standing.discipline is None or not may or standing.discipline in may:
        return None
    if "ABA" in may and standing.discipline == "MH":
        return None
    return Found(
        f"Line {line.number}: the note is written by {standing.credential}, and {line.code} is a "
        f"service of {' or '.join(may)}."
    )
