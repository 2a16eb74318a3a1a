"""What kind of service a note describes: phrases and facts, weighed; a learned part beside them.

A kind is a service as billing tells services apart (individual psychotherapy, family with the
client, evaluation, protocol modification, …). Minutes never choose among codes here: that is
arithmetic (`models.coding_units`).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from claims.note import NoteFacts
from models.coding_reading import NAMED, Reading, Sighting, load, named_services, phrase_groups
from models.coding_words import LearnedKinds, learned_kinds

NAMED_START = -5.0
STATED = 6.0
"""Log odds by which such a service stands before all others where the text states its code."""
RULED_TEMPERATURE = 1.5
"""Divides log odds where no model knows the notes: a sum of phrases is too sure of itself."""


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


@cache
def _starts(discipline: str | None) -> dict[str, float]:
    """Where each kind stands before anything is read."""
    by_discipline = load("structure")["start"]
    told = [discipline] if discipline in by_discipline else list(by_discipline)
    found = {kind: start for d in told for kind, start in by_discipline[d].items()}
    for service, held in named_services()["instead"].items():
        if set(told) & set(held["disciplines"]):
            found[f"{NAMED}{service}"] = NAMED_START
    return found


@cache
def kinds_of_code() -> dict[str, tuple[str, ...]]:
    """The kinds of service that each code belongs to."""
    found: dict[str, tuple[str, ...]] = {}
    named = {f"{NAMED}{s}": held["codes"] for s, held in named_services()["instead"].items()}
    for kind, codes in {**load("codes")["kinds"], **named}.items():
        for code in codes:
            found[code] = (*found.get(code, ()), kind)
    return found


def scores(reading: Reading, facts: NoteFacts) -> dict[str, float]:
    """Log odds of each kind by phrases and facts alone."""
    total = dict(_starts(reading.discipline))
    groups = phrase_groups()
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
    groups = phrase_groups()
    speaking = [s for s in reading.sightings if groups[s.group].toward.get(kind, 0) > 0]
    return sorted(speaking, key=lambda s: (-groups[s.group].toward[kind], s.start))
