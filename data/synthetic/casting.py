"""Plausible visits drawn without a world, so that note reading has something to learn from."""

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any, get_args

from claims.note import Discipline, Participant, PlanOfCare
from data.synthetic.bank import Bank, Topic
from data.synthetic.deserved import codes_of
from data.synthetic.visit import (
    Clinician,
    Diagnosis,
    Performed,
    Person,
    Service,
    Status,
    Telehealth,
    Visit,
)
from data.synthetic.voice import Voice

DISCIPLINES: tuple[Discipline, ...] = get_args(Discipline)

_SERVICES: dict[str, dict[Service, int]] = {
    "MH": {
        "individual": 60, "family": 7, "family_without_client": 3, "couple": 6, "group": 7,
        "crisis": 3, "intake": 5, "intake_medical": 2, "medical": 2, "medical_therapy": 6,
        "testing": 3, "health_behavior": 3,
    },
    "OT": {"treatment": 80, "evaluation": 8, "reevaluation": 3, "group": 4,
           "caregiver_training": 3},
    "PT": {"treatment": 82, "evaluation": 8, "reevaluation": 3, "group": 4,
           "caregiver_training": 1},
    "SLP": {"treatment": 80, "evaluation": 9, "group": 6, "caregiver_training": 3},
    "ABA": {"direct": 50, "protocol_modification": 20, "family_guidance": 16, "assessment": 6,
            "group": 6},
}  # fmt: skip
_CREDENTIALS: dict[str, tuple[str, ...]] = {
    "MH": ("LCSW", "LMFT", "LPC", "LMHC", "PsyD", "PhD", "LCPC", "LICSW", "AMFT", "LMSW"),
    "OT": ("OTR/L", "OTR/L", "MOT, OTR/L", "OTD, OTR/L", "COTA/L"),
    "PT": ("PT, DPT", "PT", "DPT", "PT, DPT, OCS", "PTA"),
    "SLP": ("CCC-SLP", "M.S., CCC-SLP", "M.A., CCC-SLP", "CF-SLP"),
    "ABA": ("RBT", "RBT", "BCBA", "M.Ed., BCBA", "BCaBA"),
}
_PRESCRIBERS = ("MD", "DO", "PMHNP-BC")
_SUPERVISORS = {"MH": "LCSW-S", "OT": "OTR/L", "PT": "PT, DPT", "SLP": "M.S., CCC-SLP",
                "ABA": "BCBA"}  # fmt: skip
_SUPERVISED = ("AMFT", "LMSW", "COTA/L", "PTA", "CF-SLP", "RBT", "BCaBA")
_FIRST = (
    "Ada", "Amir", "Bea", "Bruno", "Carla", "Cem", "Dana", "Dov", "Elia", "Enzo", "Faye",
    "Femi", "Gia", "Gus", "Hana", "Hugo", "Ines", "Ivo", "Jada", "Joel", "Kai", "Kira",
    "Lars", "Lena", "Mara", "Milo", "Nadia", "Nils", "Opal", "Otis", "Pia", "Priya",
    "Quinn", "Rafi", "Remy", "Rosa", "Sami", "Selma", "Theo", "Tova", "Uma", "Uri", "Vera",
    "Viktor", "Wren", "Yara", "Yusuf", "Zane", "Zora",
)  # fmt: skip
_LAST = (
    "Abara", "Bellamy", "Cho", "Drozd", "Eklund", "Falk", "Gomes", "Haddad", "Ibsen",
    "Jansen", "Kaya", "Lund", "Marsh", "Novak", "Okoro", "Pinto", "Quist", "Rossi", "Saito",
    "Thorne", "Ueda", "Voss", "Wirth", "Xiong", "Yates", "Zeller", "Arroyo", "Boateng",
    "Crane", "Diaz",
)  # fmt: skip
_LENGTHS = {
    "individual": (30, 45, 45, 50, 53, 55, 55, 60),
    "family": (45, 50, 50, 55),
    "family_without_client": (45, 50),
    "couple": (50, 50, 55, 60),
    "group": (45, 60, 60, 75, 90),
    "crisis": (45, 60, 70, 90),
    "intake": (50, 60, 75),
    "intake_medical": (50, 60),
    "medical": (15, 20, 25),
    "medical_therapy": (35, 45, 55, 60),
    "health_behavior": (30, 45, 60),
}


def draw_visit(number: int, voice: Voice, bank: Bank, rng: Random) -> Visit:
    """One visit of the voice's discipline, with the codes that it deserves."""
    discipline = voice.discipline
    topics = bank.topics_of(discipline)
    services = _SERVICES[discipline]
    service = rng.choices(tuple(services), tuple(services.values()))[0]
    if voice.credentials:
        service = rng.choice(("medical_therapy", "medical_therapy", "medical", "intake_medical"))
    elif service in ("medical", "medical_therapy", "intake_medical"):
        service = "individual"
    suited = {
        key: topic
        for key, topic in topics.items()
        if not topic.services or service in topic.services
    } or dict(topics)
    key = rng.choices(tuple(suited), [topic.share for topic in suited.values()])[0]
    topic = suited[key]
    day = date(2025, 1, 2) + timedelta(days=rng.randrange(700))
    client = Person(
        name=rng.choice(_FIRST),
        surname=rng.choice(_LAST),
        age=rng.randint(*topic.ages),
        pronoun=rng.choices(("she", "he", "they"), (49, 47, 4))[0],
    )
    writer, supervisor = _staff(voice, service, rng)
    code = rng.choice(tuple(topic.diagnoses))
    fields: dict[str, Any] = {
        "id": f"v{number}",
        "discipline": discipline,
        "service": service,
        "status": _status(rng),
        "date_of_service": day,
        "participants": ("client",),
        "topic": key,
        "diagnosis": Diagnosis(code=code, name=rng.choice(topic.diagnoses[code])),
        "client": client,
        "episode_seed": rng.randrange(1 << 30),
        "progress": rng.random(),
        "visit_number": 1 + int(rng.expovariate(0.12)),
        "frequency": rng.choices((1, 2, 3, 5), (6, 3, 1, 0.3))[0],
        "risk": rng.choices(
            ("none", "passive", "active", "past", "self_harm", "homicidal"),
            (86, 5, 1.5, 4, 2.5, 1),
        )[0],
        "writer": writer,
        "supervisor": supervisor,
        "workload": rng.random() ** 2,
        "care": min(1.0, max(0.0, rng.gauss(0.7, 0.2))),
    }
    if discipline != "MH":
        start = day - timedelta(days=rng.randint(5, 80))
        fields["plan_of_care"] = PlanOfCare(
            start=start,
            certified=start + timedelta(days=rng.randint(1, 20)),
            expires=start + timedelta(days=90),
        )
    _company(fields, service, topic, rng)
    if rng.random() < 0.18 and service not in ("testing", "assessment", "evaluation"):
        fields["telehealth"] = Telehealth(
            modality="audio" if discipline == "MH" and rng.random() < 0.12 else "video",
            client_location=rng.choices(("home", "work", "school", "car"), (8, 1, 1, 0.7))[0],
            consent=rng.random() < 0.85,
        )
    _spend_time(fields, service, topic, writer, rng)
    if _HANDS_ON & {one.key for one in fields["activities"]}:
        fields.pop("telehealth", None)
    visit = Visit(**fields)
    return visit.replace(codes=codes_of(visit))


def _status(rng: Random) -> Status:
    return rng.choices(
        ("held", "no_show", "cancelled", "too_short", "time_missing", "not_skilled"),
        (90, 2, 1.5, 1.5, 3, 2),
    )[0]


def _staff(voice: Voice, service: str, rng: Random) -> tuple[Clinician, Clinician | None]:
    if voice.credentials or service in ("medical", "medical_therapy", "intake_medical"):
        credential = rng.choice(voice.credentials or _PRESCRIBERS)
    else:
        credential = rng.choice(_CREDENTIALS[voice.discipline])
        if voice.discipline == "ABA":
            credential = "RBT" if service == "direct" else rng.choice(("BCBA", "M.Ed., BCBA"))
        elif service in ("evaluation", "reevaluation", "testing"):
            credential = {"OT": "OTR/L", "PT": "PT, DPT", "SLP": "M.S., CCC-SLP"}.get(
                voice.discipline, "PsyD"
            )
    writer = Clinician(name=_full_name(rng), credential=credential)
    if credential not in _SUPERVISED:
        return writer, None
    return writer, Clinician(name=_full_name(rng), credential=_SUPERVISORS[voice.discipline])


def _full_name(rng: Random) -> str:
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def _company(fields: dict[str, Any], service: str, topic: Topic, rng: Random) -> None:
    child = fields["client"].age < 18
    parents: tuple[Participant, ...] = ("mother", "father", "parent", "grandparent", "guardian")
    others: tuple[Participant, ...] = ()
    if service == "couple":
        others = (rng.choice(("spouse", "partner")),)
    elif service in ("family", "family_without_client", "caregiver_training", "family_guidance"):
        adult: tuple[Participant, ...] = ("spouse", "sibling", "child", "parent", "partner")
        if service == "caregiver_training":
            adult = ("spouse", "caregiver", "child", "sibling")
        others = tuple(
            rng.sample(parents[:2] if child else adult, 1 + (child and rng.random() < 0.2))
        )
    elif service == "group":
        fields["group_size"] = (
            rng.randint(2, 4) if fields["discipline"] != "MH" else rng.randint(4, 10)
        )
        others = ("group",)
    elif child and fields["discipline"] != "MH" and rng.random() < 0.5:
        others = (rng.choice(parents),)
    alone = ("family_without_client", "caregiver_training")
    absent = service in alone or (service == "family_guidance" and rng.random() < 0.6)
    fields["participants"] = others if absent else ("client", *others)


def _spend_time(
    fields: dict[str, Any], service: str, topic: Topic, writer: Clinician, rng: Random
) -> None:
    discipline = fields["discipline"]
    activities = _activities(discipline, service, topic, writer, rng)
    if fields["status"] == "too_short":
        activities = [one.replace(minutes=rng.randint(3, 6)) for one in activities[:1]]
    if activities:
        minutes = sum(one.minutes for one in activities)
        if discipline not in ("ABA", "MH"):
            minutes += rng.choice((0, 0, 0, 2, 3, 5))
    elif fields["status"] == "too_short":
        minutes = rng.randint(4, 14)
    else:
        minutes = max(16, rng.choice(_LENGTHS.get(service, (45,))) + rng.randint(-4, 4))
    if service == "medical_therapy":
        fields["psychotherapy_minutes"] = max(16, minutes - rng.randint(10, 20))
        minutes = max(minutes, fields["psychotherapy_minutes"] + 8)
    fields["activities"] = tuple(activities)
    fields["minutes"] = minutes
    if rng.random() < 0.95:
        lost = rng.choice((3, 5, 5, 8, 10)) if rng.random() < 0.06 else 0
        begin = 8 * 60 + 5 * rng.randrange(110) + rng.choice((0, 0, 0, 1, 2, 3))
        end = begin + minutes + lost
        if end < 24 * 60:
            fields["start"] = f"{begin // 60:02d}:{begin % 60:02d}"
            fields["stop"] = f"{end // 60:02d}:{end % 60:02d}"


_HANDS_ON = frozenset(
    {"manual_therapy", "hot_pack", "ultrasound", "electrical_unattended", "electrical_attended",
     "aquatic", "sensory_integration", "orthotic", "swallowing"}
)  # fmt: skip
"""What nobody does over video."""


def _activities(
    discipline: str, service: str, topic: Topic, writer: Clinician, rng: Random
) -> list[Performed]:
    if discipline == "MH":
        if service == "testing":
            return [
                Performed(key="testing_evaluation", code="96130",
                          minutes=rng.choice((45, 60, 75, 90, 110))),
                Performed(key="testing_administration", code="96136",
                          minutes=rng.choice((30, 45, 60, 75, 90))),
            ]  # fmt: skip
        return []
    if discipline == "ABA":
        code, low, high = {
            "direct": ("97153", 60, 180), "protocol_modification": ("97155", 30, 120),
            "family_guidance": ("97156", 30, 90), "assessment": ("97151", 45, 150),
            "group": ("97154", 45, 90),
        }[service]  # fmt: skip
        key = {"direct": "direct_treatment", "group": "group_treatment"}.get(service, service)
        return [Performed(key=key, code=code, minutes=rng.randint(low, high))]
    if service == "group":
        code = "92508" if discipline == "SLP" else "97150"
        return [Performed(key="group_therapy", code=code, minutes=rng.randint(30, 60),
                          timed=False)]  # fmt: skip
    if service == "caregiver_training":
        return [Performed(key="caregiver_training", code="97550", minutes=rng.randint(26, 50))]
    found: list[Performed] = []
    if service in ("evaluation", "reevaluation"):
        found.append(
            Performed(
                key="evaluation",
                code=_evaluation_code(discipline, service, topic, rng),
                minutes=rng.randint(25, 50),
                timed=False,
            )
        )
        if discipline == "SLP" or rng.random() < 0.5:
            return found
    helper = "assistant" if writer.credential in ("PTA", "COTA/L") else "therapist"
    known = [key for key in topic.activities if key in ACTIVITY_CODES]
    take = 1 if discipline == "SLP" else rng.choice((1, 2, 2, 3, 3))
    chosen = sorted(rng.sample(known, min(take, len(known))), key=known.index)
    for key in chosen:
        code, timed = ACTIVITY_CODES[key]
        found.append(
            Performed(
                key=key,
                code=code,
                timed=timed,
                by=helper,
                minutes=rng.randint(8, 30) if timed and take > 1 else rng.randint(20, 45),
            )
        )
    return found


def _evaluation_code(discipline: str, service: str, topic: Topic, rng: Random) -> str:
    if service == "reevaluation":
        return {"PT": "97164", "OT": "97168"}.get(discipline, "92523")
    if discipline == "PT":
        return rng.choice(("97161", "97162", "97163"))
    if discipline == "OT":
        return rng.choice(("97165", "97166", "97167"))
    return {"swallowing": "92610"}.get(next(iter(topic.activities), ""), "92523")


ACTIVITY_CODES: dict[str, tuple[str, bool]] = {
    "therapeutic_exercise": ("97110", True),
    "neuromuscular": ("97112", True),
    "gait": ("97116", True),
    "manual_therapy": ("97140", True),
    "therapeutic_activities": ("97530", True),
    "sensory_integration": ("97533", True),
    "adl_training": ("97535", True),
    "community_reintegration": ("97537", True),
    "wheelchair": ("97542", True),
    "orthotic": ("97760", True),
    "ultrasound": ("97035", True),
    "electrical_attended": ("97032", True),
    "aquatic": ("97113", True),
    "electrical_unattended": ("97014", False),
    "hot_pack": ("97010", False),
    "cognitive": ("97129", True),
    "speech_language": ("92507", False),
    "swallowing": ("92526", False),
    "aac": ("92609", False),
}
"""CPT code of each activity that a topic may name, and whether it is counted in minutes."""


def topics_without_activities(topics: Iterable[Topic]) -> list[Topic]:
    """Topics of a rehabilitation discipline that nothing can be done about."""
    return [topic for topic in topics if not set(topic.activities) & set(ACTIVITY_CODES)]
