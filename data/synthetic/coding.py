"""The right bill of a session: codes, units and modifiers that follow from what was done.

Sources: CPT time midpoints as CMS contractors publish them for psychotherapy; Medicare Claims
Processing Manual ch. 5 §20.2 (8-minute rule) and §20.1 (GP, GO, GN, CQ, CO).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from claims.note import UnitRule
from data.synthetic.sessions import Activity, Session
from data.synthetic.tables import credentials, services
from data.synthetic.world_payers import PayerWorld

PSYCHOTHERAPY = ((53, "90837"), (38, "90834"), (16, "90832"))
LONGER = {"90832": "90834", "90834": "90837"}
SHORTER = {
    "90834": "90832",
    "90836": "90833",
    "90837": "90834",
    "90838": "90836",
    "97162": "97161",
    "97163": "97162",
    "97166": "97165",
    "97167": "97166",
    "99214": "99213",
}
"""The code as which a payer may pay a longer or harder one."""
THERAPY_MODIFIER = {"PT": "GP", "OT": "GO", "SLP": "GN"}
ASSISTANT_MODIFIER = {"PTA": "CQ", "COTA": "CO"}
EVALUATIONS = {"PT": ("97161", "97162", "97163"), "OT": ("97165", "97166", "97167")}
REEVALUATIONS = {"PT": "97164", "OT": "97168"}
MOST_UNITS = {"97112": 4, "97116": 4, "97151": 8}
"""A day, where a long session could pass them (CMS practitioner MUE table)."""


@dataclass(slots=True)
class BillLine:
    """A service line before it becomes part of a claim."""

    code: str
    units: int = 1
    modifiers: tuple[str, ...] = ()
    minutes: int = 0


def units_pooled(minutes: Sequence[int]) -> list[int]:
    """Units under the 8-minute rule: of the total, whole 15s first, then largest remainders.

    >>> units_pooled([20, 10]), units_pooled([7, 7])
    ([1, 1], [1, 0])
    """
    total = sum(minutes)
    whole = (total + 7) // 15
    units = [spent // 15 for spent in minutes]
    by_rest = sorted(range(len(minutes)), key=lambda i: (-(minutes[i] % 15), i))
    for i in by_rest:
        if sum(units) < whole:
            units[i] += 1
    return units


def units_alone(minutes: Sequence[int]) -> list[int]:
    """Units by the midpoint of each service's own 15 minutes.

    >>> units_alone([20, 10]), units_alone([7, 7])
    ([1, 1], [0, 0])
    """
    return [(spent + 7) // 15 for spent in minutes]


def units_by(rule: UnitRule, minutes: Sequence[int]) -> list[int]:
    """Units by the rule of a payer."""
    return units_pooled(minutes) if rule == "cms_8_minute" else units_alone(minutes)


def services_given(session: Session, rule: UnitRule) -> list[BillLine]:
    """Codes and units, without modifiers."""
    client, discipline, minutes = session.client, session.discipline, session.minutes
    if discipline == "MH":
        return _mental_health(session)
    if discipline == "SLP":
        return _speech(session)
    lines = []
    if session.kind == "evaluation" and discipline in EVALUATIONS:
        level = (client.number // 3) % 3 if len(client.diagnoses) > 1 else client.number % 2
        return [BillLine(EVALUATIONS[discipline][level], minutes=minutes)]
    if session.kind == "group" and discipline != "ABA":
        return [BillLine("97150", minutes=minutes)]
    if session.kind == "reevaluation":
        lines.append(BillLine(REEVALUATIONS[discipline], minutes=minutes))
    return lines + timed(session.activities, rule)


def timed(activities: Sequence[Activity], rule: UnitRule) -> list[BillLine]:
    """Lines of the services counted by 15 minutes; those that earn no unit are left out."""
    units = units_by(rule, [one.minutes for one in activities])
    return [
        BillLine(one.code, min(count, MOST_UNITS.get(one.code, 99)), minutes=one.minutes)
        for one, count in zip(activities, units, strict=True)
        if count
    ]


def _mental_health(session: Session) -> list[BillLine]:
    minutes, kind = session.minutes, session.kind
    if kind == "evaluation":
        doctor = credentials()[session.writer.credential].physician
        return [BillLine("90792" if doctor else "90791", minutes=minutes)]
    if kind == "group":
        return [BillLine("90853", minutes=minutes)]
    if kind == "family":
        together = "client" in session.participants
        return [BillLine("90847" if together else "90846", minutes=minutes)]
    if kind == "medical":
        return [BillLine(one.code, minutes=one.minutes) for one in session.activities]
    code = next((code for least, code in PSYCHOTHERAPY if minutes >= least), None)
    return [BillLine(code, minutes=minutes)] if code else []


def _speech(session: Session) -> list[BillLine]:
    group, minutes = session.client.diagnoses[0].group, session.minutes
    if session.kind == "evaluation":
        code = {"swallowing": "92610", "articulation": "92522"}.get(group, "92523")
        return [BillLine(code, minutes=minutes)]
    if session.kind == "group":
        return [BillLine("92508", minutes=minutes)]
    if session.activities:
        further = max(0, (minutes - 15 + 7) // 15)
        lines = [BillLine("97129", minutes=min(15, minutes))]
        if further:
            lines.append(BillLine("97130", min(further, 7), minutes=minutes - 15))
        return lines
    return [BillLine("92526" if group == "swallowing" else "92507", minutes=minutes)]


def with_modifiers(lines: list[BillLine], session: Session, payer: PayerWorld) -> list[BillLine]:
    """The lines with the modifiers that the payer's published rules want."""
    telehealth = telehealth_modifier(session, payer)
    codes = {line.code for line in lines}
    second = {two for one, two in payer.separate_service_pairs if one in codes and two in codes}
    done = []
    for line in lines:
        modifiers = []
        if line.code in second:
            modifiers.append("59")
        if payer.therapy_modifiers and session.discipline in THERAPY_MODIFIER:
            modifiers.append(THERAPY_MODIFIER[session.discipline])
            helper = ASSISTANT_MODIFIER.get(session.writer.credential)
            if payer.assistant_modifiers and helper:
                modifiers.append(helper)
        if telehealth:
            modifiers.append(telehealth)
        done.append(BillLine(line.code, line.units, tuple(modifiers), line.minutes))
    return done


def telehealth_modifier(session: Session, payer: PayerWorld) -> str | None:
    """What the payer wants of a session by video or telephone; None in person."""
    if session.modality is None:
        return None
    wanted = (
        payer.telehealth.audio_modifier
        if session.modality == "audio"
        else payer.telehealth.modifier
    )
    return None if wanted == "none" else wanted


def unit_fee(code: str) -> float:
    """What a payer with the multiple 1.0 allows for one unit, in dollars."""
    return services()[code].fee
