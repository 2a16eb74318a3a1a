"""What kind of service a note describes: phrases and facts, weighed; a learned part beside them.

A kind is a service as billing tells services apart (individual psychotherapy, family with the
client, evaluation, protocol modification, …). Minutes never choose among codes here: that is
arithmetic (`models.coding_time`).
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from claims.note import Discipline, Note, NoteFacts
from features.notes.lexicon import Lexicon
from features.notes.prose import Prose, prose
from models.coding_words import LearnedKinds, learned_kinds

HEAD = 120
"""Characters from the start in which a single word, as "intake", heads the note."""
VERY_LONG = 120
FAMILY = frozenset(
    {"mother", "father", "parent", "spouse", "partner", "sibling", "child", "grandparent"}
    | {"caregiver", "guardian"}
)
MODALITY = "modality:"
"""Before the code of a supervised modality, in the name of its group of phrases."""
NAMED = "named:"
"""Before the name of a service of `services.yaml`, as a kind and as a group of phrases."""
PLAINLY_NAMED = 10.0
"""Log odds that a phrase adds to the service that it names."""
STATED = 6.0
"""Log odds by which such a service stands before all others where the text states its code."""
NAMED_START = -5.0
RULED_TEMPERATURE = 1.5
"""Divides log odds where no model knows the notes: a sum of phrases is too sure of itself."""
PARTNERS = frozenset({"spouse", "partner"})


@cache
def load(name: str) -> dict[str, Any]:
    """The content of `models/phrases/NAME.yaml`."""
    text = files("models.phrases").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506 (a safe loader)
    return content


@dataclass(frozen=True, slots=True)
class Sighting:
    """A phrase of a group, where it counts."""

    group: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was seen in a note that bears on the kind of service."""

    prose: Prose
    discipline: Discipline | None
    sightings: tuple[Sighting, ...]
    circumstances: frozenset[str]

    def has(self, group: str) -> bool:
        """Whether a group of phrases was seen."""
        return any(s.group == group for s in self.sightings)

    def first(self, *groups: str) -> Sighting | None:
        """The first phrase seen of these groups."""
        return next((s for s in self.sightings if s.group in groups), None)


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of service with their probabilities, the likeliest first."""

    ranked: tuple[tuple[str, float], ...]
    by: str = "rule"
    """rule or model: which part decided on the first."""
    ruled: Mapping[str, float] = field(default_factory=dict)
    """Log odds by phrases and facts alone."""

    @property
    def best(self) -> str:
        """The likeliest kind."""
        return self.ranked[0][0]

    def of(self, *kinds: str) -> float:
        """The probability of these kinds together."""
        return sum(share for kind, share in self.ranked if kind in kinds)


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    toward: Mapping[str, float]
    disciplines: frozenset[str]
    head: bool
    anywhere: bool


@cache
def _groups() -> dict[str, _Group]:
    data = load("kinds")
    groups = {
        name: _Group(
            name,
            group.get("toward", {}),
            frozenset(group.get("disciplines", ("MH", "OT", "PT", "SLP", "ABA"))),
            bool(group.get("head")),
            bool(group.get("anywhere")),
        )
        for name, group in data["groups"].items()
    }
    for topic in data["topics"]:
        groups[f"topic:{topic}"] = _Group(f"topic:{topic}", {}, frozenset({"SLP"}), False, True)
    for code in load("codes")["modalities"]:
        name = f"{MODALITY}{code}"
        groups[name] = _Group(name, {}, frozenset({"PT", "OT"}), False, False)
    for place, services in _named().items():
        for service, held in services.items():
            name = f"{NAMED}{service}"
            toward = {name: PLAINLY_NAMED} if place == "instead" else {}
            groups[name] = _Group(name, toward, frozenset(held["disciplines"]), False, False)
    return groups


def _named() -> dict[str, dict[str, Any]]:
    data = load("services")
    return {place: data[place] for place in ("instead", "beside")}


@cache
def _starts(discipline: str | None) -> dict[str, float]:
    """Where each kind stands before anything is read."""
    by_discipline = load("structure")["start"]
    told = [discipline] if discipline in by_discipline else list(by_discipline)
    found = {kind: start for d in told for kind, start in by_discipline[d].items()}
    for service, held in _named()["instead"].items():
        if set(told) & set(held["disciplines"]):
            found[f"{NAMED}{service}"] = NAMED_START
    return found


@cache
def _lexicon(discipline: str | None) -> Lexicon:
    data = load("kinds")
    named = [(name, group["phrases"]) for name, group in data["groups"].items()]
    named += [(f"topic:{name}", topic["phrases"]) for name, topic in data["topics"].items()]
    named += [(f"{MODALITY}{c}", phrases) for c, phrases in load("codes")["modalities"].items()]
    for services in _named().values():
        named += [(f"{NAMED}{s}", held["phrases"]) for s, held in services.items()]
    groups = _groups()
    return Lexicon(
        (name, phrases)
        for name, phrases in named
        if discipline is None or discipline in groups[name].disciplines
    )


@cache
def _context() -> tuple[frozenset[str], re.Pattern[str], re.Pattern[str]]:
    data = load("context")
    return frozenset(data["sections"]), re.compile(data["before"]), re.compile(data["terminator"])


def look(text: str, facts: NoteFacts, note: Note | None) -> Reading:
    """Finds the phrases that tell kinds of service, where they speak of this very service."""
    laid_out = _with_labels(prose(text))
    discipline = facts.discipline or (note.discipline if note else None)
    sightings = []
    groups = _groups()
    for hit in _lexicon(discipline).find(laid_out):
        group = groups[hit.group]
        if group.head and hit.start > HEAD:
            continue
        if not group.anywhere and not _counts(laid_out, hit.start, hit.sentence):
            continue
        sightings.append(Sighting(hit.group, hit.start, hit.end))
    return Reading(
        laid_out, discipline, tuple(sightings), frozenset(circumstances(facts, note, laid_out))
    )


def _with_labels(laid_out: Prose) -> Prose:
    """The note with each label part of its sentence: "Family session:" is a label and a fact."""
    return replace(
        laid_out,
        sentences=tuple(
            s if s.label_start < 0 else replace(s, start=s.label_start) for s in laid_out.sentences
        ),
    )


def _counts(laid_out: Prose, start: int, number: int) -> bool:
    """Whether a phrase speaks of what was done in this session."""
    skipped, before, _ = _context()
    sentence = laid_out.sentences[number]
    if sentence.section in skipped:
        return False
    opening = max(sentence.start, start - 40)
    return not before.search(laid_out.low, opening, start)


def circumstances(facts: NoteFacts, note: Note | None, laid_out: Prose) -> Iterable[str]:
    """The names of the facts of `phrases/structure.yaml` that hold for a note."""
    session = facts.session
    people = set(session.participants)
    others = people & FAMILY
    if facts.evaluation:
        yield "first_contact"
    if people and "client" not in people:
        yield "client_absent"
        if others:
            yield "caregivers_only"
    if people & PARTNERS:
        yield "partner_present"
    elif others:
        yield "relatives_present"
    if len(others) > 1:
        yield "several_relatives"
    if "group" in people:
        yield "group_present"
    if session.group_size and session.group_size > 1:
        yield "group_size"
    if note is not None and note.age is not None and note.age < 18:
        yield "minor"
    role = credential_role(credentials_of(facts, note))
    if role:
        yield role
    if role != "prescriber":
        yield "no_prescriber"
    elif any(code.startswith(("9920", "9921")) for code in facts.codes_stated):
        yield "visit_level_stated"
    if session.minutes is not None and session.minutes >= VERY_LONG:
        yield "very_long"
    if session.psychotherapy_minutes:
        yield "psychotherapy_minutes"
    if session.minutes_by_code or session.timed_minutes:
        yield "timed_minutes"
    intervention, response = facts.elements.get("intervention"), facts.elements.get("response")
    if intervention is not None:
        yield "intervention_told" if intervention.present else "no_intervention"
    if response is not None and response.present:
        yield "response_told"
    if re.search(r"\b(?:rbt|technician|bt)\b", laid_out.low):
        yield "technician_present"


def credentials_of(facts: NoteFacts, note: Note | None) -> tuple[str, ...]:
    """Credentials of who rendered: as the practice has them, else as signed."""
    if note is not None and note.credential:
        return (note.credential,)
    return facts.credentials[:1]


@cache
def _roles() -> dict[str, str]:
    return {key: role for role, keys in load("codes")["roles"].items() for key in keys}


def credential_role(credentials: Iterable[str]) -> str | None:
    """prescriber, psychologist, analyst, technician, assistant or None.

    >>> credential_role(["PMHNP-BC"]), credential_role(["M.Ed., BCBA"]), credential_role(["LCSW"])
    ('prescriber', 'analyst', None)
    """
    roles = _roles()
    for credential in credentials:
        for word in re.split(r"[,;/ ]+", credential):
            key = "".join(c for c in word.upper() if c.isalnum())
            for known in (key, key.removesuffix("BC"), key.removesuffix("C")):
                if known in roles:
                    return roles[known]
    return None


@cache
def kinds_of_code() -> dict[str, tuple[str, ...]]:
    """The kinds of service that each code belongs to."""
    found: dict[str, tuple[str, ...]] = {}
    named = {f"{NAMED}{s}": held["codes"] for s, held in _named()["instead"].items()}
    for kind, codes in {**load("codes")["kinds"], **named}.items():
        for code in codes:
            found[code] = (*found.get(code, ()), kind)
    return found


def scores(reading: Reading, facts: NoteFacts) -> dict[str, float]:
    """Log odds of each kind by phrases and facts alone."""
    total = dict(_starts(reading.discipline))
    groups = _groups()
    counts: dict[str, set[str]] = {}
    for sighting in reading.sightings:
        words = reading.prose.low[sighting.start : sighting.end]
        counts.setdefault(sighting.group, set()).add(words)
    for name, words_seen in counts.items():
        # Another phrase of the same group adds less than the first did.
        strength = 1.0 + 0.3 * min(len(words_seen) - 1, 3)
        for kind, weight in groups[name].toward.items():
            if kind in total:
                total[kind] += weight * strength
    weights = load("structure")["facts"]
    for name in reading.circumstances:
        for kind, weight in weights.get(name, {}).items():
            if kind in total:
                total[kind] += weight
    by_code = kinds_of_code()
    with_minutes = set(facts.session.minutes_by_code)
    for code in {*facts.codes_stated, *with_minutes}:
        weight = weights["code_with_minutes" if code in with_minutes else "code_stated"]
        for kind in by_code.get(code, ()):
            if kind in total:
                total[kind] += weight
    return total


def weigh(reading: Reading, facts: NoteFacts, learned: LearnedKinds | None = None) -> Kinds:
    """Probabilities of the kinds of service.

    learned: the model; None takes the shipped one where there is one.
    """
    ruled = scores(reading, facts)
    model = learned_kinds() if learned is None else learned
    told = model.log_odds(reading, ruled) if model else {}
    total, temperature = ruled, RULED_TEMPERATURE
    if model and told:
        temperature = model.temperature
        known = _log_sum(ruled[kind] for kind in told if kind in ruled)
        # What no model knows keeps the odds that the rules give it against all that one knows.
        total = {k: s - known for k, s in ruled.items()}
        mixed = {k: o + model.share * total[k] for k, o in told.items() if k in ruled}
        whole = _log_sum(mixed.values())
        total |= {k: o - whole for k, o in mixed.items()}
    for code in facts.codes_stated:
        for kind in kinds_of_code().get(code, ()):
            if kind.startswith(NAMED) and kind in total:
                total = {**total, kind: max(total.values()) + STATED}
    most = max(total.values())
    odds = {k: math.exp((s - most) / temperature) for k, s in total.items()}
    everything = sum(odds.values())
    ranked = sorted(((k, o / everything) for k, o in odds.items()), key=lambda kv: -kv[1])
    best = ranked[0][0]
    by = "rule" if best.startswith(NAMED) or max(ruled, key=ruled.__getitem__) == best else "model"
    return Kinds(tuple(ranked), by, ruled)


def _log_sum(values: Iterable[float]) -> float:
    """The logarithm of the sum of exponentials."""
    held = list(values)
    most = max(held)
    return most + math.log(sum(math.exp(value - most) for value in held))


def topic(reading: Reading) -> tuple[str, ...]:
    """What a speech-language evaluation was of, the most spoken of first."""
    counts: dict[str, set[str]] = {}
    for sighting in reading.sightings:
        if sighting.group.startswith("topic:"):
            words = reading.prose.low[sighting.start : sighting.end]
            counts.setdefault(sighting.group[6:], set()).add(words)
    return tuple(sorted(counts, key=lambda name: -len(counts[name])))


def speaking_for(reading: Reading, kind: str) -> list[Sighting]:
    """The sightings whose groups speak for a kind, the weightiest first."""
    groups = _groups()
    speaking = [s for s in reading.sightings if groups[s.group].toward.get(kind, 0) > 0]
    return sorted(speaking, key=lambda s: (-groups[s.group].toward[kind], s.start))
