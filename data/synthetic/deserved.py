"""The codes that a visit deserves by what was done, for visits drawn without a world.

Sources: CPT time midpoints as CMS contractors publish them; Medicare Claims Processing Manual
ch. 5 §20.1 and §20.2.
"""

from claims.note import UnitRule
from data.synthetic.coding import PSYCHOTHERAPY, THERAPY_MODIFIER, units_by
from data.synthetic.visit import SupportedCode, Visit

_SUPERVISED = frozenset({"97010", "97012", "97014", "97016", "97018", "97022", "97024", "97028"})
"""Modalities without contact: billed after the services that they accompany."""
_FOR_MEDICARE = {"97014": "G0283", "97010": ""}
"""Medicare takes another code, and pays hot or cold packs within other services."""
_BESIDE_MEDICAL = {"90837": "90838", "90834": "90836", "90832": "90833"}


def codes_of(
    visit: Visit, rule: UnitRule = "ama_midpoint", level: str = "99213"
) -> tuple[SupportedCode, ...]:
    """Codes, units and modifiers, the primary first; none for a visit that cannot be billed.

    level: code of the medical visit, where there was one.
    """
    if visit.status not in ("held", "time_missing"):
        return ()
    units = _mental_health(visit, level) if visit.discipline == "MH" else _by_activity(visit, rule)
    modifiers: list[str] = []
    if visit.discipline in THERAPY_MODIFIER and rule == "cms_8_minute":
        modifiers.append(THERAPY_MODIFIER[visit.discipline])
    if visit.telehealth:
        modifiers.append("95" if visit.telehealth.modality == "video" else "93")
    return tuple(
        SupportedCode(code=code, units=count, modifiers=tuple(modifiers))
        for code, count in units.items()
    )


def _mental_health(visit: Visit, level: str) -> dict[str, int]:
    service, minutes = visit.service, visit.minutes
    if service in ("intake", "intake_medical"):
        return {"90792" if service == "intake_medical" else "90791": 1}
    if service == "group":
        return {"90853": 1}
    if service in ("family", "couple", "family_without_client"):
        code = "90847" if "client" in visit.participants else "90846"
        return {code: 1} if minutes >= 26 else {}
    if service in ("medical", "medical_therapy"):
        found = {level: 1}
        therapy = _psychotherapy(visit.psychotherapy_minutes or 0)
        if therapy:
            found[_BESIDE_MEDICAL[therapy]] = 1
        return found
    if service == "crisis" and minutes >= 30:
        found = {"90839": 1}
        if minutes >= 75:
            found["90840"] = 1 + (minutes - 75) // 30
        return found
    if service == "testing":
        spent = {one.code: one.minutes for one in visit.activities}
        return _testing(spent.get("96130", 0), spent.get("96136", 0))
    if service == "health_behavior":
        return {
            code: count
            for code, count in (("96158", minutes >= 16), ("96159", max(0, minutes - 23) // 15))
            if count
        }
    only = _psychotherapy(minutes)
    return {only: 1} if only else {}


def _psychotherapy(minutes: int) -> str | None:
    return next((code for least, code in PSYCHOTHERAPY if minutes >= least), None)


def _testing(evaluation: int, administration: int) -> dict[str, int]:
    found: dict[str, int] = {}
    if evaluation >= 31:
        found["96130"] = 1
        if further := (evaluation - 60 + 29) // 60 if evaluation > 90 else 0:
            found["96131"] = further
    if administration >= 16:
        found["96136"] = 1
        if further := (administration - 30 + 14) // 30 if administration > 45 else 0:
            found["96137"] = further
    return found


def _by_activity(visit: Visit, rule: UnitRule) -> dict[str, int]:
    found: dict[str, int] = {}
    beside: dict[str, int] = {}
    spent: dict[str, int] = {}
    medicare = rule == "cms_8_minute"
    for one in visit.activities:
        if one.code is None:
            continue
        if one.code in _SUPERVISED:
            code = _FOR_MEDICARE.get(one.code, one.code) if medicare else one.code
            if code:
                beside[code] = 1
        elif not one.timed:
            found[one.code] = 1
        else:
            spent[one.code] = spent.get(one.code, 0) + one.minutes
    if visit.service == "caregiver_training":
        minutes = spent.get("97550", 0)
        found = {"97550": int(minutes >= 16), "97551": max(0, minutes - 23) // 15}
    else:
        units = dict(zip(spent, units_by(rule, list(spent.values())), strict=True))
        for code, count in units.items():
            found[code] = min(count, 1) if code == "97129" else count
            if code == "97129":
                found["97130"] = max(0, count - 1)
    return {code: units for code, units in (found | beside).items() if units}
