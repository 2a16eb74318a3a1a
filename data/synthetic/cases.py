"""A claim as the payer will judge it: the features on which its hidden rules work."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from data.synthetic.billing import Bill
from data.synthetic.coding import (
    ASSISTANT_MODIFIER,
    SHORTER,
    THERAPY_MODIFIER,
    BillLine,
    telehealth_modifier,
    unit_fee,
)
from data.synthetic.odds import ClaimCase, Features, LineCase
from data.synthetic.visit import WrittenNote
from data.synthetic.world_payers import PayerWorld, Plan

CHARGED = 1.75
"""The practice's charge, as a multiple of the fee table, to the next $5."""
ASSISTANT_PART = 0.85
EVALUATION_KINDS = ("evaluation", "reevaluation")
DEFINITE = {"long_session": ("90837", "90838")}
TELEHEALTH_MODIFIERS = {"95", "93", "GT", "GQ"}


def charge(line: BillLine) -> Decimal:
    """What the practice asks for a line."""
    each = -(-unit_fee(line.code) * CHARGED // 5) * 5
    return Decimal(round(each * line.units)).quantize(Decimal("0.01"))


def allowed(line: BillLine, payer: PayerWorld) -> Decimal:
    """What the payer allows if it denies nothing; never more than the charge."""
    amount = unit_fee(line.code) * payer.fee * line.units
    if {"CQ", "CO"} & set(line.modifiers):
        amount *= ASSISTANT_PART
    return min(Decimal(repr(amount)).quantize(Decimal("0.01")), charge(line))


def case(
    bill: Bill,
    claim_id: str,
    payer: PayerWorld,
    payer_index: int,
    plan: Plan,
    submitted: date,
    visits: int,
    facts: Features,
    note: Features,
    started: float,
    site: int,
) -> ClaimCase:
    """The case of a bill.

    payer: with the rules in force on the day of service. facts: of authorization and the like.
    started: days since the lead clinician joined.
    """
    session, day = bill.session, bill.session.day
    x: Features = dict(facts)
    late = (submitted - day).days
    if late > payer.timely_filing_days:
        x["past_timely_filing"] = 1.0
    x["months_to_submit"] = min(6.0, late / 30)
    if bill.duplicate:
        x["duplicate_of_earlier"] = 1.0
    if not bill.taxonomy:
        x["missing_taxonomy"] = 1.0
    if session.discipline in payer.referring and not bill.referring:
        x["referring_missing"] = 1.0
    if bill.rendering is not session.lead:
        x["wrong_rendering"] = 1.0
    if started < 60:
        x["newly_enrolled"] = 1.0
    x["visits_this_year"] = min(6.0, visits / 10)
    for name, there in {
        "first_visits": session.visit_number <= 3,
        "child": session.client.child,
        "telehealth": session.modality is not None,
        "audio_only": session.modality == "audio",
        "group_session": session.kind == "group",
        "family_session": session.kind == "family",
        "evaluation": session.kind in EVALUATION_KINDS,
        "assistant": session.assistant,
        "unspecified_diagnosis": not bill.diagnoses[0].specified,
        "low_severity": bill.diagnoses[0].mild,
        "place_wrong": session.modality is not None and bill.place not in payer.telehealth.places,
    }.items():
        if there:
            x[name] = 1.0
    lines = tuple(
        _line(number, line, bill, payer, plan, site) for number, line in enumerate(bill.lines, 1)
    )
    return ClaimCase(
        claim_id=claim_id,
        payer=payer_index,
        plan=plan.name,
        day=day,
        submitted=submitted,
        x=x,
        note=note,
        lines=lines,
        visits=visits,
        limit=plan.visit_limit.get(session.discipline),
        levels=payer.coverage.levels,
    )


def _line(
    number: int, line: BillLine, bill: Bill, payer: PayerWorld, plan: Plan, site: int
) -> LineCase:
    session = bill.session
    x: Features = {}
    modifiers = set(line.modifiers)
    if line.units > 1:
        x["units"] = float(min(8, line.units - 1))
    if number > 1:
        x["later_line"] = 1.0
    if line.code in DEFINITE["long_session"]:
        x["long_session"] = 1.0
    wanted = THERAPY_MODIFIER.get(session.discipline)
    if payer.therapy_modifiers and wanted and wanted not in modifiers:
        x["therapy_modifier_missing"] = 1.0
    helper = ASSISTANT_MODIFIER.get(session.writer.credential)
    if payer.assistant_modifiers and helper and helper not in modifiers:
        x["assistant_modifier_missing"] = 1.0
    remote = telehealth_modifier(session, payer)
    if session.modality and ({remote} if remote else set()) != modifiers & TELEHEALTH_MODIFIERS:
        x["telehealth_modifier_wrong"] = 1.0
    codes = {one.code for one in bill.lines}
    if "59" not in modifiers and any(
        second == line.code and first in codes for first, second in payer.separate_service_pairs
    ):
        x["separate_service_missing"] = 1.0
    for slip in bill.slips.get(number, ()):
        if slip in ("extra_unit", "longer_code", "other_unit_rule"):
            x[slip] = 1.0
    lead, shorter = session.lead, SHORTER.get(line.code)
    keys = {
        "plan": plan.name,
        "code": line.code,
        "credential": session.writer.credential,
        "diagnosis": bill.diagnoses[0].group,
        "clinician": session.writer.id,
        "site": str(site),
        "month": f"{session.day.year}-{session.day.month:02}",
        "cell": f"{plan.name}|{line.code}|{lead.credential}|{bool(session.modality)}",
    }
    return LineCase(
        line=number,
        code=line.code,
        keys=keys,
        x=x,
        units=line.units,
        charge=float(charge(line)),
        allowed=float(allowed(line, payer)),
        shorter=shorter,
        allowed_shorter=min(
            float(allowed(line, payer)),
            float(allowed(replace(line, code=shorter), payer)) if shorter else 0.0,
        ),
    )


def note_features(written: WrittenNote | None, cloned: bool, signed_late: bool) -> Features:
    """What a reviewer sees in the note as it was written."""
    if written is None:
        return {"note_missing": 1.0, "missing_share": 1.0}
    applies = len(written.missing) + len(written.elements)
    x: Features = {"missing_share": len(written.missing) / max(1, applies)}
    for element in sorted(written.missing):
        x[f"missing_{element}"] = 1.0
    if cloned:
        x["cloned"] = 1.0
    if signed_late:
        x["signed_late"] = 1.0
    if len(written.text.split()) < 60:
        x["short_note"] = 1.0
    return x
