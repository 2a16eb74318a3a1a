"""A fix applied to a claim: what it would be if the biller took the advice."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from claims.claim import Claim, Diagnosis, Provider, ServiceLine
from claims.finding import Fix
from claims.problem import ClaimwrightError
from claims.record import CENT

WHOLE_CLAIM = 0


class NotApplicableError(ClaimwrightError):
    """A fix that cannot be applied as it stands; the message says why."""


def providers_of(claims: Iterable[Claim]) -> dict[str, Provider]:
    """Rendering and supervising providers by NPI: from them a name comes with a number."""
    found: dict[str, Provider] = {}
    for claim in claims:
        lines = [p for line in claim.lines for p in (line.rendering, line.supervising)]
        for provider in (claim.rendering, claim.supervising, *lines):
            if provider is None or not provider.npi:
                continue
            held = found.get(provider.npi)
            if held is None or (provider.taxonomy and not held.taxonomy):
                found[provider.npi] = provider
    return found


def repair(
    claim: Claim,
    fix: Fix,
    value: str | None = None,
    providers: Mapping[str, Provider] | None = None,
) -> Claim:
    """The claim with one fix applied.

    value: what a person looked up, where the fix `needs` something. providers: by NPI, so that
    another rendering provider comes with the right name and taxonomy.
    Several fixes may follow one another: modifiers are added and taken away, never overwritten.
    Raises NotApplicableError where the fix is to hold the claim, lacks its value, or makes no valid
    claim.
    """
    if fix.action == "hold":
        raise NotApplicableError("this finding has no fix that can be applied; the claim is held")
    to = (value if value is not None else fix.to) or ""
    to = to.strip()
    if fix.needs is not None and value is None:
        raise NotApplicableError(f"a value is needed: {fix.needs}")
    if not to and fix.action != "set_modifiers":
        raise NotApplicableError("the fix says no new value")
    try:
        return _APPLY[fix.action](claim, fix, to, providers or {})
    except (ValidationError, InvalidOperation):
        raise NotApplicableError(f"the new value is not valid for {fix.action}") from None


def _line(claim: Claim, number: int) -> ServiceLine:
    for line in claim.lines:
        if line.line == number:
            return line
    raise NotApplicableError(f"the claim has no line {number}")


def _with(claim: Claim, changed: ServiceLine) -> Claim:
    lines = tuple(changed if line.line == changed.line else line for line in claim.lines)
    return claim.replace(lines=lines)


def _modifiers(claim: Claim, fix: Fix, to: str, _: Mapping[str, Provider]) -> Claim:
    """Takes away what the fix takes away and adds what it adds, in the fix's places."""
    line = _line(claim, fix.line)
    old = (fix.from_ or "").split()
    new = to.upper().split()
    now = [m.upper() for m in line.modifiers if m.upper() not in old or m.upper() in new]
    for place, modifier in enumerate(new):
        if modifier not in now and modifier not in old:
            now.insert(min(place, len(now)), modifier)
    kept = list(dict.fromkeys(now))
    if len(kept) > 4:
        raise NotApplicableError("a line bears four modifiers at most")
    return _with(claim, line.replace(modifiers=tuple(kept)))


def _units(claim: Claim, fix: Fix, to: str, _: Mapping[str, Provider]) -> Claim:
    """Other units; the charge follows, for it is the fee for the units billed."""
    line = _line(claim, fix.line)
    units = Decimal(to)
    if units <= 0:
        raise NotApplicableError("units must be above zero")
    charge = line.charge
    if line.units > 0:
        charge = (line.charge / line.units * units).quantize(CENT)
    changed = _with(claim, line.replace(units=units, charge=charge))
    return changed.replace(charge=claim.charge - line.charge + charge)


def _procedure(claim: Claim, fix: Fix, to: str, _: Mapping[str, Provider]) -> Claim:
    return _with(claim, _line(claim, fix.line).replace(procedure=to.upper()))


def _place(claim: Claim, fix: Fix, to: str, _: Mapping[str, Provider]) -> Claim:
    if fix.line == WHOLE_CLAIM:
        return claim.replace(place_of_service=to)
    return _with(claim, _line(claim, fix.line).replace(place_of_service=to))


def _authorization(claim: Claim, fix: Fix, to: str, _: Mapping[str, Provider]) -> Claim:
    """On the line that has a number of its own, or whose claim bears another for other lines."""
    if fix.line == WHOLE_CLAIM:
        return claim.replace(authorization_number=to)
    line = _line(claim, fix.line)
    if claim.authorization_number == to and line.authorization_number is None:
        return claim
    shared = claim.authorization_number is not None and len(claim.lines) > 1
    if line.authorization_number is not None or shared:
        return _with(claim, line.replace(authorization_number=to))
    return claim.replace(authorization_number=to)


def _rendering(claim: Claim, fix: Fix, to: str, providers: Mapping[str, Provider]) -> Claim:
    line = None if fix.line == WHOLE_CLAIM else _line(claim, fix.line)
    own = line.rendering if line else None
    held = own or claim.rendering
    known = providers.get(to)
    if known is not None:
        new = known
    elif held is not None and (held.npi is None or fix.needs is not None):
        new = held.replace(npi=to)
    else:
        raise NotApplicableError(
            "the rendering provider with this NPI stands nowhere in the file; name and taxonomy "
            "are not known"
        )
    if line is not None and own is not None:
        return _with(claim, line.replace(rendering=new))
    return claim.replace(rendering=new)


def _diagnosis(claim: Claim, fix: Fix, to: str, _: Mapping[str, Provider]) -> Claim:
    new = to.replace(".", "").upper()
    old = (fix.from_ or "").replace(".", "").upper()
    if not old:
        return claim.replace(diagnoses=(*claim.diagnoses, Diagnosis(code=new)))
    codes = [one.code.upper() for one in claim.diagnoses]
    if old not in codes:
        raise NotApplicableError("the diagnosis to change is not on the claim")
    changed = list(claim.diagnoses)
    changed[codes.index(old)] = Diagnosis(code=new)
    return claim.replace(diagnoses=tuple(changed))


def _split(claim: Claim, fix: Fix, to: str, _: Mapping[str, Provider]) -> Claim:
    """One line into several: `2 GP; 1 GP CQ` is two units with GP and one with GP and CQ.

    The charge is shared out by units, the last part taking the cents that are left.
    """
    line = _line(claim, fix.line)
    parts = [part.split() for part in to.split(";") if part.strip()]
    units = [Decimal(part[0]) for part in parts]
    if len(parts) < 2 or sum(units) != line.units:
        raise NotApplicableError("the parts do not add up to the line's units")
    last = max(one.line for one in claim.lines)
    made, left = [], line.charge
    for place, (part, count) in enumerate(zip(parts, units, strict=True)):
        charge = left
        if place < len(parts) - 1:
            charge = (line.charge * count / line.units).quantize(CENT)
        left -= charge
        changes = {"units": count, "modifiers": tuple(part[1:]), "charge": charge}
        if place:
            changes |= {"line": last + place, "line_id": None}
        made.append(line.replace(**changes))
    kept = [made[0] if one.line == line.line else one for one in claim.lines]
    return claim.replace(lines=(*kept, *made[1:]))


_APPLY = {
    "set_modifiers": _modifiers,
    "set_units": _units,
    "set_procedure": _procedure,
    "set_place_of_service": _place,
    "set_authorization": _authorization,
    "set_rendering": _rendering,
    "set_diagnosis": _diagnosis,
    "split_line": _split,
}
