"""Plans of care: certified, in force, recertified in time, with progress reports."""

from datetime import date, timedelta

from claims.codes.procedures import procedure
from claims.edits.edit import Found, by_rule, hold, line_edit
from claims.edits.view import LineView
from claims.note import PlanOfCare
from claims.policies.rules import PlanOfCareRule

SOON_DAYS = 10
MANUAL = "Medicare Benefit Policy Manual ch. 15 §220"


def _plan(line: LineView) -> PlanOfCare | None:
    note = line.claim.note
    return note.plan_of_care if note is not None else None


def _rule(line: LineView) -> PlanOfCareRule | None:
    rule = line.rule(PlanOfCareRule)
    return rule if rule is not None and rule.required else None


def _until(plan: PlanOfCare, rule: PlanOfCareRule | None) -> date | None:
    """The last day on which a plan holds: its own, else the policy's days after certification."""
    if plan.expires is not None:
        return plan.expires
    begin = plan.certified or plan.start
    days = rule.recertification_days or rule.review_days if rule is not None else None
    return begin + timedelta(days=days) if begin and days else None


@line_edit("plan_of_care.expired", "documentation", "error", f"{MANUAL}.1.3", "planned")
def expired(line: LineView) -> Found | None:
    """The plan of care no longer holds on the day of service: recertification was due."""
    plan = _plan(line)
    if plan is None:
        return None
    rule = _rule(line)
    until = _until(plan, rule)
    if until is None or line.on <= until:
        return None
    message = (
        f"Line {line.number}: the plan of care held until {until}; it must be recertified for "
        f"services on {line.on}."
    )
    fix = hold("a recertified plan of care that covers the day", line.number)
    if rule is None:
        return Found(message, fix, "warning")
    return by_rule(rule, "error", message, fix)


@line_edit("plan_of_care.not_begun", "documentation", "warning", f"{MANUAL}.1.2", "planned")
def not_begun(line: LineView) -> Found | None:
    """The plan of care begins after the day of service; an evaluation may come before it."""
    plan = _plan(line)
    if plan is None or plan.start is None or line.on >= plan.start:
        return None
    if line.procedure is not None and "evaluation" in line.procedure.family:
        return None
    return Found(
        f"Line {line.number}: the plan of care begins on {plan.start}, after the service.",
        hold("the plan of care that covers the day", line.number),
    )


@line_edit(
    "plan_of_care.uncertified",
    "documentation",
    "error",
    f"{MANUAL}.1.3",
    "planned",
    only=lambda line: line.rule(PlanOfCareRule) is not None,
)
def uncertified(line: LineView) -> Found | None:
    """The payer wants the plan of care certified, and it is not, though the time for it is over."""
    plan, rule = _plan(line), _rule(line)
    if plan is None or rule is None or not rule.certified or plan.certified is not None:
        return None
    if plan.start is None or rule.certification_days is None:
        return None
    due = plan.start + timedelta(days=rule.certification_days)
    if line.claim.as_of <= due:
        return None
    return by_rule(
        rule,
        "error" if rule.certainty == "sure" else "warning",
        f"Line {line.number}: the plan of care of {plan.start} had to be certified by {due}, and "
        "is not.",
        hold("the certified plan of care", line.number),
    )


@line_edit("plan_of_care.due_soon", "documentation", "info", f"{MANUAL}.1.3", "planned")
def due_soon(line: LineView) -> Found | None:
    """The plan of care ends soon: recertify it before the next visits."""
    plan = _plan(line)
    if plan is None or line is not line.claim.lines[0]:
        return None
    until = _until(plan, _rule(line))
    if until is None or not 0 <= (until - line.on).days <= SOON_DAYS:
        return None
    return Found(f"The plan of care holds until {until}; have it recertified.", line=0)


@line_edit(
    "plan_of_care.missing",
    "documentation",
    "warning",
    "the payer's policy",
    "note",
    only=lambda line: line.rule(PlanOfCareRule) is not None,
)
def missing(line: LineView) -> Found | None:
    """The payer wants a plan of care, and neither the note nor its record tells of one.

    A warning where documentation rules name it, else worth knowing.
    """
    facts, rule = line.claim.facts, _rule(line)
    if facts is None or rule is None or _plan(line) is not None or facts.evaluation:
        return None
    told = facts.elements.get("plan_of_care")
    if told is None or told.present or line is not line.claim.lines[0]:
        return None
    return by_rule(
        rule,
        "info",
        "The payer wants a plan of care, and the note does not refer to one.",
        hold("the plan of care", 0, "note"),
        line=0,
    )


@line_edit(
    "plan_of_care.progress_report",
    "documentation",
    "info",
    f"{MANUAL}.3",
    "note",
    only=lambda line: line.rule(PlanOfCareRule) is not None,
)
def progress_report(line: LineView) -> Found | None:
    """A progress report is due at least every so many treatment days (Medicare: 10).

    Counted by the note's visit number, else by our services since the plan of care began.
    """
    rule, note = _rule(line), line.claim.note
    if rule is None or rule.progress_report_visits is None or line is not line.claim.lines[0]:
        return None
    visit = note.visit_number if note is not None else None
    if visit is None:
        visit = _visits_of_plan(line)
    if not visit or visit % rule.progress_report_visits:
        return None
    return by_rule(
        rule, "info", f"This is visit {visit}: a progress report is due with it.", line=0
    )


def _visits_of_plan(line: LineView) -> int | None:
    """Days of service of the line's discipline since the plan began, this one included."""
    plan, claim = _plan(line), line.claim
    if plan is None or plan.start is None:
        return None
    start, days = plan.start.toordinal(), {line.day}
    for service in claim.context.sent.of_client(claim.client):
        found = procedure(service.procedure)
        if (
            start <= service.day < line.day
            and service.visible(claim.day)
            and found is not None
            and line.discipline in found.disciplines
        ):
            days.add(service.day)
    return len(days)
