"""Short plain notes: what a session's note says at least, until a writer's voice says it better."""

from dataclasses import dataclass

from claims.note import ElementKey
from data.synthetic.draw import Draws
from data.synthetic.sessions import Session

Spans = dict[ElementKey, tuple[tuple[int, int], ...]]


@dataclass(slots=True, frozen=True)
class Written:
    """A note as it was written, with what it holds."""

    text: str
    elements: Spans
    """Where each element stands that the text has; offsets in code points."""
    lacking: frozenset[ElementKey]
    """Elements that apply and are not there."""
    writer: str
    held_out: bool = False


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


def applicable(session: Session) -> list[ElementKey]:
    """The elements that this session's note should have."""
    discipline = session.discipline
    wanted: list[ElementKey] = ["session_time"]
    if session.activities and discipline != "MH":
        wanted.append("timed_minutes")
    wanted += ["diagnosis", "subjective", "intervention", "response"]
    if discipline != "MH":
        wanted.append("objective_measure")
    if session.kind != "evaluation":
        wanted.append("goal_progress")
    wanted += ["medical_necessity", "plan"]
    if discipline == "MH":
        wanted += ["risk", "mental_status"]
    else:
        wanted += ["plan_of_care"]
    if len(session.participants) > 1 or session.kind in ("group", "family"):
        wanted.append("participants")
    if session.modality:
        wanted.append("telehealth_statement")
    if session.assistant:
        wanted.append("supervision")
    return [*wanted, "signature"]


def clock(minutes: int) -> str:
    """HH:MM."""
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def write_note(session: Session, draws: Draws, completeness: float) -> Written:
    """One short note; each element is there with about the chance `completeness`."""
    values = {
        "start": clock(session.start),
        "stop": clock(session.start + session.minutes),
        "minutes": session.minutes,
        "timed": ", ".join(f"{one.code} {one.minutes}" for one in session.activities),
        "diagnosis": session.client.diagnoses[0].code,
        "participants": ", ".join(session.participants),
        "modality": session.modality,
        "name": f"{session.writer.first_name} {session.writer.last_name}",
        "credential": session.writer.credential,
        "supervisor": f"{session.lead.last_name}, {session.lead.credential}",
    }
    text, spans = "", dict[ElementKey, tuple[tuple[int, int], ...]]()
    lacking: set[ElementKey] = set()
    for key in applicable(session):
        if not draws.chance(completeness if key != "session_time" else 0.5 + completeness / 2):
            lacking.add(key)
            continue
        sentence = draws.one_of(SENTENCES[key]).format(**values)
        spans[key] = ((len(text), len(text) + len(sentence)),)
        text += sentence + "\n"
    return Written(text, spans, frozenset(lacking), session.writer.id)
