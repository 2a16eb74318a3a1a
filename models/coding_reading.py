"""What is seen in a note that bears on the kind of service: phrases and facts, where they count."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from claims.note import Discipline, Note, NoteFacts
from features.notes.lexicon import Lexicon
from features.notes.prose import Prose, prose

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
class Group:
    """A group of phrases: what it speaks for, in which disciplines, and where it counts."""

    name: str
    toward: Mapping[str, float]
    disciplines: frozenset[str]
    head: bool
    anywhere: bool


@cache
def phrase_groups() -> dict[str, Group]:
    """Every group of phrases by its name."""
    data = load("kinds")
    groups = {
        name: Group(
            name,
            group.get("toward", {}),
            frozenset(group.get("disciplines", ("MH", "OT", "PT", "SLP", "ABA"))),
            bool(group.get("head")),
            bool(group.get("anywhere")),
        )
        for name, group in data["groups"].items()
    }
    for topic in data["topics"]:
        groups[f"topic:{topic}"] = Group(f"topic:{topic}", {}, frozenset({"SLP"}), False, True)
    for code in load("codes")["modalities"]:
        name = f"{MODALITY}{code}"
        groups[name] = Group(name, {}, frozenset({"PT", "OT"}), False, False)
    for place, services in named_services().items():
        for service, held in services.items():
            name = f"{NAMED}{service}"
            toward = {name: PLAINLY_NAMED} if place == "instead" else {}
            groups[name] = Group(name, toward, frozenset(held["disciplines"]), False, False)
    return groups


def named_services() -> dict[str, dict[str, Any]]:
    """Services that a text names plainly, billed `instead` of or `beside` others."""
    data = load("services")
    return {place: data[place] for place in ("instead", "beside")}


@cache
def _lexicon(discipline: str | None) -> Lexicon:
    data = load("kinds")
    named = [(name, group["phrases"]) for name, group in data["groups"].items()]
    named += [(f"topic:{name}", topic["phrases"]) for name, topic in data["topics"].items()]
    named += [(f"{MODALITY}{c}", phrases) for c, phrases in load("codes")["modalities"].items()]
    for services in named_services().values():
        named += [(f"{NAMED}{s}", held["phrases"]) for s, held in services.items()]
    groups = phrase_groups()
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
    groups = phrase_groups()
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
