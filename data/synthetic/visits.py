"""A session as a writer's voice wants it: the `Visit` that a note is written of."""

from datetime import timedelta
from functools import lru_cache
from typing import Literal, cast

from claims.note import Participant, PlanOfCare
from data.synthetic.coding import BillLine
from data.synthetic.draw import Draws
from data.synthetic.people import Client, Clinician
from data.synthetic.sessions import Session, clock
from data.synthetic.visit import Clinician as Signer
from data.synthetic.visit import (
    Diagnosis,
    Performed,
    Person,
    RiskStatus,
    Service,
    SupportedCode,
    Telehealth,
    Visit,
)

ACTIVITIES = {
    "97110": "therapeutic_exercise",
    "97112": "neuromuscular",
    "97116": "gait",
    "97140": "manual_therapy",
    "97530": "therapeutic_activities",
    "97535": "adl_training",
    "97129": "cognitive",
    "97151": "assessment",
    "97153": "direct_treatment",
    "97154": "group_treatment",
    "97155": "protocol_modification",
    "97156": "family_guidance",
    "92507": "speech_language",
    "92526": "swallowing",
}
SERVICES: dict[str, Service] = {
    "97151": "assessment",
    "97153": "direct",
    "97154": "group",
    "97155": "protocol_modification",
    "97156": "family_guidance",
}
RISKS: dict[RiskStatus, float] = {
    "none": 0.9,
    "passive": 0.04,
    "active": 0.01,
    "past": 0.03,
    "self_harm": 0.015,
    "homicidal": 0.005,
}
PLAN_DAYS = 90


def service(session: Session) -> Service:
    """The kind of service in the voices' words."""
    kind, discipline = session.kind, session.discipline
    if discipline == "ABA":
        return SERVICES[session.activities[0].code]
    if kind == "evaluation" and discipline == "MH":
        return "intake_medical" if session.lead.credential in ("MD", "DO", "PMHNP") else "intake"
    if kind == "family":
        if "client" not in session.participants:
            return "family_without_client"
        return "couple" if set(session.participants) & {"spouse", "partner"} else "family"
    if kind == "medical":
        return "medical_therapy" if len(session.activities) > 1 else "medical"
    if kind == "treatment" and discipline == "MH":
        return "individual"
    return cast(Service, kind)


def activities(session: Session, lines: list[BillLine]) -> tuple[Performed, ...]:
    """What was done minute by minute; nothing for psychotherapy."""
    if session.discipline == "MH":
        return ()
    done = []
    timed = {one.code for one in session.activities}
    for line in lines:
        if line.code not in timed and line.code != "97130":
            key = "evaluation" if session.kind != "group" else "group_therapy"
            if session.kind == "treatment":
                key = ACTIVITIES.get(line.code, "speech_language")
            spent = session.minutes - sum(one.minutes for one in session.activities)
            done.append(Performed(key=key, code=line.code, minutes=max(0, spent), timed=False))
    done += [
        Performed(
            key=ACTIVITIES[one.code],
            code=one.code,
            minutes=one.minutes,
            by="assistant" if one.by_assistant else "therapist",
        )
        for one in session.activities
    ]
    return tuple(done)


@lru_cache(maxsize=10_000)
def signer(who: Clinician) -> Signer:
    """A clinician as notes are signed."""
    credential = "PMHNP-BC" if who.credential == "PMHNP" else who.credential
    return Signer(name=f"{who.first_name} {who.last_name}", credential=credential, npi=who.npi)


def person(client: Client, session: Session) -> Person:
    """The client, as far as a note needs one."""
    age = int((session.day - client.birth_date).days / 365.25)
    return _person(client.first_name, client.last_name, age, "she" if client.sex == "F" else "he")


@lru_cache(maxsize=10_000)
def _person(name: str, surname: str, age: int, pronoun: Literal["she", "he"]) -> Person:
    return Person(name=name, surname=surname, age=age, pronoun=pronoun)


@lru_cache(maxsize=10_000)
def _diagnosis(code: str, name: str) -> Diagnosis:
    return Diagnosis(code=code, name=name)


@lru_cache(maxsize=10_000)
def _deserved(code: str, units: int, modifiers: tuple[str, ...]) -> SupportedCode:
    return SupportedCode(code=code, units=units, modifiers=modifiers)


def visit(
    session: Session, note_id: str, topic: str, right: list[BillLine], care: float,
    workload: float, copied_from: int | None, draws: Draws,
) -> Visit:  # fmt: skip
    """The visit of a session. right: the lines that it deserves, with modifiers."""
    client, medical = session.client, session.kind == "medical"
    what = client.diagnoses[0]
    therapy = next((a.minutes for a in session.activities if a.code in ("90833", "90836")), None)
    plan = None
    if session.discipline != "MH":
        first = session.day - timedelta(days=7 * ((session.visit_number - 1) % 12))
        plan = PlanOfCare(
            start=first, certified=first + timedelta(days=5), expires=first + timedelta(PLAN_DAYS)
        )
    telehealth = None
    if session.modality:
        home = "home" if session.place == "10" else "work"
        telehealth = Telehealth.model_validate(
            {"modality": session.modality, "client_location": home, "consent": draws.chance(0.9)}
        )
    return Visit(
        id=note_id,
        discipline=session.discipline,
        service=service(session),
        date_of_service=session.day,
        start=clock(session.start),
        stop=clock(session.start + session.minutes),
        minutes=session.minutes,
        activities=activities(session, right),
        psychotherapy_minutes=therapy if medical else None,
        codes=tuple(_deserved(one.code, one.units, one.modifiers) for one in right),
        participants=cast(tuple[Participant, ...], session.participants),
        group_size=session.group_size if session.kind == "group" else None,
        telehealth=telehealth,
        place_of_service=session.place,
        topic=topic,
        diagnosis=_diagnosis(what.code, what.name),
        client=person(client, session),
        episode_seed=client.number,
        progress=min(1.0, session.visit_number / max(6.0, client.visits_per_week * client.weeks)),
        visit_number=session.visit_number,
        plan_of_care=plan,
        frequency=max(1, round(client.visits_per_week)),
        risk=draws.weighted(RISKS) if session.discipline == "MH" else "none",
        writer=signer(session.writer),
        supervisor=signer(session.lead) if session.assistant else None,
        workload=workload,
        care=care,
        copied_from=copied_from,
    )
