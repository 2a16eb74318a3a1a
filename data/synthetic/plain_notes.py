"""Short plain notes: what a session's note says at least, until a writer's voice says it better."""

from random import Random

from claims.note import ElementKey
from data.synthetic.visit import Visit, WrittenNote

SENTENCES: dict[ElementKey, tuple[str, ...]] = {
    "session_time": ("Session {start} to {stop}, {minutes} minutes.",),
    "timed_minutes": ("Timed minutes: {timed}.",),
    "diagnosis": ("Diagnosis treated: {diagnosis}.",),
    "subjective": ("Client reports a hard week with some good days.", "Client says sleep is poor."),
    "intervention": (
        "Practised graded tasks with verbal and tactile cues.",
        "Cognitive restructuring of automatic thoughts, with a thought record.",
    ),
    "response": ("Client engaged and completed the tasks with moderate assistance.",),
    "objective_measure": ("Accuracy 7 of 10 trials.", "Scale score today 11."),
    "goal_progress": ("Goal 1: progress towards 80% of opportunities.",),
    "medical_necessity": ("Symptoms limit work and self-care; skilled treatment is needed.",),
    "risk": ("Denies suicidal and homicidal ideation.",),
    "mental_status": ("Affect congruent, oriented, speech normal.",),
    "plan": ("Continue weekly; next session next week.",),
    "participants": ("Present: {participants}.",),
    "telehealth_statement": ("Seen by {modality}; client at home, consented to telehealth.",),
    "signature": ("{name}, {credential}",),
    "supervision": ("Supervised by {supervisor}.",),
    "plan_of_care": ("Per plan of care, certified.",),
    "home_program": ("Home exercises reviewed with client and caregiver.",),
}


def applicable(visit: Visit) -> list[ElementKey]:
    """The elements that a visit's note should have."""
    wanted: list[ElementKey] = ["session_time"]
    if any(one.timed for one in visit.activities):
        wanted.append("timed_minutes")
    wanted += ["diagnosis", "subjective", "intervention", "response"]
    if visit.discipline != "MH":
        wanted.append("objective_measure")
    if not visit.is_first_contact:
        wanted.append("goal_progress")
    wanted += ["medical_necessity", "plan"]
    if visit.discipline == "MH":
        wanted += ["risk", "mental_status"]
    else:
        wanted += ["plan_of_care"]
    if len(visit.participants) > 1:
        wanted.append("participants")
    if visit.telehealth:
        wanted.append("telehealth_statement")
    if visit.supervisor:
        wanted.append("supervision")
    return [*wanted, "signature"]


def write_plainly(visit: Visit, rng: Random) -> WrittenNote:
    """One short note; each element is there with about the chance `care`."""
    values = {
        "start": visit.start,
        "stop": visit.stop,
        "minutes": visit.minutes,
        "timed": ", ".join(f"{one.code} {one.minutes}" for one in visit.activities if one.timed),
        "diagnosis": visit.diagnosis.name,
        "participants": ", ".join(visit.participants),
        "modality": visit.telehealth and visit.telehealth.modality,
        "name": visit.writer.name,
        "credential": visit.writer.credential,
        "supervisor": visit.supervisor
        and f"{visit.supervisor.name}, {visit.supervisor.credential}",
    }
    text, spans = "", dict[ElementKey, tuple[tuple[int, int], ...]]()
    missing: set[ElementKey] = set()
    for key in applicable(visit):
        if rng.random() > (visit.care if key != "session_time" else 0.5 + visit.care / 2):
            missing.add(key)
            continue
        sentence = rng.choice(SENTENCES[key]).format(**values)
        spans[key] = ((len(text), len(text) + len(sentence)),)
        text += sentence + "\n"
    told = "session_time" in spans
    return WrittenNote(
        text=text,
        format="narrative",
        voice="plain",
        elements=spans,
        missing=frozenset(missing),
        minutes=visit.minutes if told else None,
        start=visit.start if told else None,
        stop=visit.stop if told else None,
        billable=told,
        codes=visit.codes if told else (),
    )
