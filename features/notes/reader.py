"""From a note's text to its facts: pure, bounded in time, and silent about what it reads."""

import hashlib
import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache

from claims.codes.procedures import procedure
from claims.note import (
    Activity,
    Discipline,
    ElementFact,
    ElementKey,
    NoteFacts,
    Passage,
    SessionFacts,
)
from features.notes.activities import Activities, Timed, activities
from features.notes.analysts_service import service_of
from features.notes.diagnosis import codes as diagnosis_codes
from features.notes.elements import Evidence, found_elements
from features.notes.formats import discipline_of, format_of
from features.notes.language import is_other_language
from features.notes.mentions import CODE, NAME_OF_CODE
from features.notes.people import people
from features.notes.phrases import load
from features.notes.prose import LONGEST_READ, Prose, prose
from features.notes.sentences import SentenceModel, shipped
from features.notes.session_time import SessionTime, session_time, whole_visit
from features.notes.signing import signing
from features.notes.similarity import signature_of
from features.notes.spans import find_spans
from features.notes.telehealth import telehealth
from features.notes.visits import (
    is_evaluation,
    is_process_note,
    not_a_visit,
    psychotherapy_minutes,
    unheld,
)

VERSION = "23"
"""Raised with every change of what is read: facts read by another version are read again."""
GROUPS = frozenset(("97150", "92508"))
"""Groups, which last as long as the visit and are not counted by time."""
MOST_EVIDENCE = 4
CACHED = 4096

Place = tuple[int, int]


@lru_cache(maxsize=CACHED)
def read(text: str, discipline: Discipline | None = None) -> NoteFacts:
    """What a note says.

    discipline: as the caller knows it; else told from the text, and None where neither tells.
    Never raises: the worst text has no facts.
    """
    return read_with(text, discipline, shipped())


def read_with(text: str, discipline: Discipline | None, model: SentenceModel | None) -> NoteFacts:
    """`read` with another sentence model, or with none: the phrases alone."""
    note = prose(text)
    kind = discipline or discipline_of(note)
    spans = find_spans(note)
    acts = activities(note, kind, [span.minutes for span in spans])
    time = session_time(note, spans, acts.durations, sum(t.minutes for t in acts.timed))
    therapy = psychotherapy_minutes(note, time) if kind in ("MH", None) else None
    time = whole_visit(time, therapy)
    if (
        time.minutes is None
        and len(acts.timed) == 1
        and (kind == "ABA" or acts.timed[0].code in GROUPS)
    ):
        # The one service of the visit is the visit.
        only = acts.timed[0]
        time = replace(time, minutes=only.minutes, evidence=((only.start, only.end),))
    found = found_elements(note, kind, model.log_odds(note, kind) if model else {})
    who = people(note, kind)
    signed = signing(note)
    tele = telehealth(note)
    minutes_by_code, by_assistant, kept = _minutes(note, acts, time, kind)
    if kind == "ABA" and time.minutes and not minutes_by_code:
        # A visit of one service: its start and stop are that service's minutes.
        service = service_of(note, who, signed.writer_kind)
        if service is not None and not set(acts.mentioned) | set(acts.codes):
            minutes_by_code = {service: time.minutes}
    client_absent = "client" not in who.participants
    against = not_a_visit(
        note,
        skilled=found["intervention"].told,
        responded=found["response"].told,
        client_absent=client_absent,
        minutes=time.minutes,
        began=time.start is not None,
    )
    nobody = against in ("no_show", "cancelled") or (against == "not_a_visit" and unheld(note))
    if nobody:
        time = SessionTime()
        minutes_by_code, by_assistant, kept = {}, {}, ()
    places: dict[ElementKey, list[Place]] = {}
    probabilities: dict[ElementKey, float] = {}
    for key, evidence in found.items():
        places[key] = _best(evidence)  # type: ignore[index]
        probabilities[key] = _probability(evidence)  # type: ignore[index]
    places["session_time"] = _ends_apart(note.low, time.evidence)
    places["objective_measure"] = [
        p
        for p in places["objective_measure"]
        if not any(a <= p[0] and p[1] <= b + 2 for a, b in places["session_time"])
    ]
    places["timed_minutes"] = [*((t.start, t.end) for t in kept[:3]), *time.timed_evidence]
    one_service = kind == "ABA" and len(set(acts.mentioned) | set(acts.codes)) <= 1
    if not places["timed_minutes"] and (minutes_by_code or one_service):
        # The start and stop of a visit of one service are its timed minutes.
        places["timed_minutes"] = list(places["session_time"])
    places["participants"] = list(who.evidence)
    places["telehealth_statement"] = list(tele.evidence)
    places["signature"] = [signed.signature] if signed.signature else []
    places["supervision"] = [signed.supervision] if signed.supervision else []
    elements: dict[ElementKey, ElementFact] = {}
    for key in _KEYS:
        elements[key] = ElementFact(
            present=bool(places[key]),
            evidence=tuple(_passage(text, place) for place in places[key][:MOST_EVIDENCE]),
            probability=probabilities.get(key, 1.0 if places[key] else 0.0),
        )
    codes, _ = diagnosis_codes(note)
    return NoteFacts(
        digest=digest(text),
        reader=VERSION,
        discipline=kind,
        format=format_of(note),
        session=SessionFacts(
            minutes=time.minutes,
            start=time.start,
            stop=time.stop,
            conflict=time.conflict,
            telehealth=tele.telehealth,
            modality=tele.modality,
            client_location=tele.location,
            consent=tele.consent,
            participants=() if nobody else who.participants,
            minutes_by_code=minutes_by_code,
            assistant_minutes_by_code=by_assistant,
            timed_minutes=time.timed_minutes,
            psychotherapy_minutes=therapy,
            group_size=who.group_size,
        ),
        elements=elements,
        activities=_activities(text, acts, kept),
        not_a_visit=against,
        credentials=signed.credentials,
        evaluation=is_evaluation(note, acts.codes),
        codes_stated=acts.codes,
        diagnoses=tuple(codes),
        process_note=kind in ("MH", None)
        and is_process_note(note, sum(e.present for e in elements.values())),
        other_language=is_other_language(note.low),
        unread=max(0, len(text) - LONGEST_READ),
        minor=who.minor,
        group=who.group,
        signature=signature_of(note.low),
        words=len(text.split()),
    )


_KEYS: tuple[ElementKey, ...] = (
    "session_time", "timed_minutes", "diagnosis", "subjective", "intervention", "response",
    "objective_measure", "goal_progress", "medical_necessity", "risk", "mental_status", "plan",
    "participants", "telehealth_statement", "signature", "supervision", "plan_of_care",
    "home_program",
)  # fmt: skip
_SURROGATE = re.compile(r"[\ud800-\udfff]")
"""Halves of a character, which no JSON and no database takes."""
ENOUGH = 1.0
"""Points from which an element counts as said."""


def digest(text: str) -> str:
    """SHA-256 of the text, by which facts are cached."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


LONGEST_TIME = 160
"""Characters of a start and a stop beyond which each is shown by itself."""


def _ends_apart(low: str, places: tuple[Place, ...]) -> list[Place]:
    """Passages of time, a start and a stop that stand far apart each by its own line."""
    found = []
    for start, end in places:
        if end - start <= LONGEST_TIME:
            found.append((start, end))
            continue
        line_end = low.find("\n", start, start + LONGEST_TIME // 2)
        line_start = low.rfind("\n", end - LONGEST_TIME // 2, end) + 1
        found.append((start, line_end if line_end > 0 else start + LONGEST_TIME // 2))
        found.append((max(line_start, end - LONGEST_TIME // 2), end))
    return found


def _best(evidence: Evidence) -> list[Place]:
    if evidence.points < ENOUGH:
        return []
    ranked = sorted(evidence.places, key=lambda p: (-p[0], p[1]))
    return [place for points, place in ranked if points >= ENOUGH]


def _probability(evidence: Evidence) -> float:
    """A monotone reading of the points; the learned combination replaces it where it exists."""
    points = evidence.points
    return round(min(0.99, max(0.01, 0.5 + (points - ENOUGH) * 0.8 if points else 0.05)), 3)


def _passage(text: str, place: Place) -> Passage:
    start, end = max(0, place[0]), min(len(text), place[1])
    return Passage(start=start, end=end, text=_SURROGATE.sub("\ufffd", text[start:end]))


def _minutes(
    note: Prose, acts: Activities, time: SessionTime, kind: Discipline | None
) -> tuple[dict[str, int], dict[str, int], tuple[Timed, ...]]:
    """Minutes by code, those of an assistant among them, and the mentions that count."""
    kept = _once(note, acts.timed)
    total = Counter[str]()
    by_assistant = Counter[str]()
    for timed in kept:
        total[timed.code] += timed.minutes
        if timed.by == "assistant":
            by_assistant[timed.code] += timed.minutes
    if not any(t.by == "therapist" for t in kept):
        # One person gave it all: who it was is the credential's business, not a split.
        by_assistant.clear()
    whole = time.timed_minutes or time.minutes
    if not total and kind == "ABA" and time.minutes:
        # A visit of one service: its start and stop are that service's minutes.
        named = [c for c in acts.codes if c.startswith(("9715", "0362T", "0373T"))] or [
            c for c in acts.mentioned if c.startswith("9715")
        ]
        if len(set(named)) == 1:
            total[named[0]] = time.minutes
    alone = not total and kind != "ABA" and len(acts.mentioned) == 1
    if alone and time.minutes and _WHOLE.search(note.low):
        total[acts.mentioned[0]] = time.minutes
    if not total and kind != "ABA" and time.timed_minutes:
        codes = [c for c in dict.fromkeys((*acts.mentioned, *acts.codes)) if c in NAME_OF_CODE]
        if len(codes) == 1 and codes != ["97129"]:
            total[codes[0]] = time.timed_minutes
        elif set(codes) >= {"97129"}:
            total["97129"] = time.timed_minutes
    # Cognitive function intervention: the first 15 minutes, then each further 15.
    if set(total) == {"97129"} and "97130" in acts.codes and total["97129"] > 15:
        whole = total["97129"]
        total["97129"], total["97130"] = 15, whole - 15
    if len(total) == 1 and time.start and time.minutes:
        # No activity lasts longer than the visit that holds it.
        code = next(iter(total))
        if not _counts_desk_work(code):
            total[code] = min(total[code], time.minutes)
    return dict(total), dict(by_assistant), kept


def _counts_desk_work(code: str) -> bool:
    """Whether minutes without the client count too, as those of scoring an assessment do."""
    known = procedure(code)
    return known is not None and not known.face_to_face


_WHOLE = re.compile(
    r"\b(?:whole of it|all of it|the (?:whole|entire) (?:session|visit|time|treatment)|throughout)\b"  # noqa: E501
)


def _once(note: Prose, timed: tuple[Timed, ...]) -> tuple[Timed, ...]:
    """Timed activities of this session, each counted once though said twice."""
    kept: list[Timed] = []
    for one in timed:
        sentence = note.sentence(one.start)
        before = note.low[max(sentence.start, one.start - 60) : one.start]
        around = before + note.low[one.start : one.end]
        # Goals tell what is to come; a code with its minutes stands under "Targets" all the same.
        coded = sentence.section == "goal" and CODE.search(note.low, one.start, one.end)
        if sentence.section in _NOT_DONE_HERE and not _opens(note, one) and not coded:
            continue
        if any(word in around for word in _ELSEWHERE):
            continue
        if any(k.code == one.code and k.minutes == one.minutes for k in kept):
            continue
        kept.append(one)
    return tuple(kept)


_NOT_DONE_HERE = frozenset({"plan", "history", "goal", "home_program"})
_ELSEWHERE: tuple[str, ...] = tuple(load("activities")["elsewhere"])


def _opens(note: Prose, one: Timed) -> bool:
    line = note.low.rfind("\n", 0, one.start) + 1
    return not note.low[line : one.start].strip(" \t-–|:•*")  # noqa: RUF001


def _activities(text: str, acts: Activities, kept: tuple[Timed, ...]) -> tuple[Activity, ...]:
    units = dict(acts.units)
    told = [
        Activity(
            name=NAME_OF_CODE.get(t.code, t.code),
            code=t.code,
            minutes=t.minutes,
            by="assistant" if t.by == "assistant" else "therapist" if t.by else None,
            units_stated=units.get(t.code),
            passage=_passage(text, (t.start, t.end)),
        )
        for t in kept
    ]
    with_minutes = {t.code for t in kept}
    told += [
        Activity(name=NAME_OF_CODE.get(c, c), code=c, units_stated=units.get(c))
        for c in acts.mentioned
        if c not in with_minutes
    ]
    return tuple(told)
