"""The elements of a complete note: which the text has, and where each stands.

A sentence speaks for an element through phrases (data), through the section that it stands in
and through the learned sentence model; it speaks against it where its words are postponed,
negated, long past or about somebody else (`context`). What the text has is what an auditor
would find in it, from the text alone.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from features.notes.diagnosis import codes as diagnosis_codes
from features.notes.diagnosis import own, treated
from features.notes.fields import content, empty, left_blank
from features.notes.lexicon import Hit
from features.notes.measures import measures
from features.notes.points import LEXICON, RULES, SOFT, Told, capital, told_by
from features.notes.prose import Prose, Sentence
from features.notes.sentences import Floats

Place = tuple[int, int]
SPREAD = 8.0
"""What turns the sum of points and log-odds into points around one, from which one says so."""
_LONGEST_EVIDENCE = 240


@dataclass(slots=True)
class Evidence:
    """Points for one element, and the passages that gave them."""

    points: float = 0.0
    told: float = 0.0
    """Points without the model's."""
    places: list[tuple[float, Place]] = field(default_factory=list)

    def add(self, points: float, place: Place) -> None:
        """Counts the best sentence and keeps its passage."""
        self.points = max(self.points, points)
        self.places.append((points, place))


def found_elements(
    prose: Prose,
    discipline: str | None = None,
    log_odds: Mapping[str, Floats] = MappingProxyType({}),
) -> dict[str, Evidence]:
    """Evidence for the elements that prose itself shows, by key.

    log_odds: of each sentence to speak for an element, by the learned model; none for the rules
    alone.
    """
    hits = _hits(prose, discipline)
    evidence = {key: Evidence() for key in (*SOFT, "diagnosis", "objective_measure")}
    rows = list(zip(*(odds.tolist() for odds in log_odds.values()), strict=True))
    for number, sentence in enumerate(prose.sentences):
        certain = dict(zip(log_odds, rows[number], strict=True)) if rows else {}
        for key, told in _told(prose, number, hits[number], certain).items():
            said = evidence[key]
            said.told = max(said.told, told.points)
            points = _with_model(key, told.points, certain, doubt=told.doubt)
            if points > LEAST_SHOWN:
                said.add(points, _passage(prose, sentence, told.hits))
    _diagnosis(prose, hits, evidence["diagnosis"])
    _measured(prose, log_odds.get("objective_measure"), evidence["objective_measure"])
    return evidence


def told_in(
    prose: Prose, discipline: str | None, log_odds: Mapping[str, Floats]
) -> list[dict[str, float]]:
    """Points of phrases and sections for each element that any speaks of, by sentence."""
    hits = _hits(prose, discipline)
    return [
        {
            key: told.points
            for key, told in _told(
                prose, number, hits[number], {key: float(o[number]) for key, o in log_odds.items()}
            ).items()
        }
        for number in range(len(prose.sentences))
    ]


def _hits(prose: Prose, discipline: str | None) -> dict[int, list[Hit]]:
    """Phrases by the number of their sentence."""
    hits: dict[int, list[Hit]] = defaultdict(list)
    for hit in LEXICON.find(prose):
        if hit.group.endswith(".hands"):
            if discipline == "MH":
                continue
            hit = replace(hit, group=hit.group.replace(".hands", ".shows"))
        hits[hit.sentence].append(hit)
    return hits


def _told(
    prose: Prose, number: int, hits: list[Hit], certain: Mapping[str, float]
) -> dict[str, Told]:
    sentence = prose.sentences[number]
    words = content(prose, sentence)
    raw = prose.low[sentence.start : sentence.end]
    if left_blank(raw, words) and sentence.section != "signature":
        return {}
    if empty(words) and sentence.section not in ("home_program", "plan_of_care"):
        return {}
    return told_by(prose, number, words, hits, certain)


LEAST_SHOWN = 0.3
"""Points of a sentence from which its passage is kept."""


MOST_DOUBT = 4.0
"""Log-odds beyond which the model does not doubt what a phrase says: shorthand is strange to it."""
DOUBT = 3.0
"""Log-odds more that the model must have where what a phrase said is vague or undone."""
_LESS_DOUBT = {"response": 1.0, "subjective": 1.0}
"""Told in so many ways that a vague word beside them says less against them."""


def _with_model(
    key: str, told: float, certain: Mapping[str, float], *, doubt: bool = False
) -> float:
    """Points of phrases and section with the model's log-odds; they alone where there is none."""
    if key not in certain:
        return told
    if told <= 0:
        alone = float(RULES[key]["alone"]) + (_LESS_DOUBT.get(key, DOUBT) if doubt else 0.0)
        return 1.0 + (certain[key] - alone) / SPREAD
    phrases, enough = float(RULES[key]["phrases"]), float(RULES[key]["enough"])
    # A number alone is seldom a measure, and what is vague may well be nothing.
    sure = key not in ("objective_measure", "home_program") and not doubt
    doubted = max(certain[key], -MOST_DOUBT) if sure else certain[key]
    return 1.0 + (phrases * told + doubted - enough) / SPREAD


def _measured(prose: Prose, log_odds: Floats | None, evidence: Evidence) -> None:
    data: dict[int, tuple[int, int]] = {}
    for start, end in measures(prose):
        data.setdefault(prose.index(start), (start, end))
    for number, sentence in enumerate(prose.sentences):
        if number not in data and log_odds is None:
            continue
        certain = {} if log_odds is None else {"objective_measure": float(log_odds[number])}
        points = _with_model("objective_measure", float(number in data), certain)
        if points < 1.0:
            continue
        # A number alone tells a reader little: its sentence does, or what stands around it.
        start, end = data.get(number, (sentence.start, sentence.end))
        left = max(sentence.start, start - _LONGEST_EVIDENCE // 2)
        right = min(max(sentence.end, end), end + _LONGEST_EVIDENCE // 2)
        evidence.add(points, (left, right))


def _passage(prose: Prose, sentence: Sentence, hits: list[Hit]) -> Place:
    """The sentence, or for a long one the clause around the hit."""
    if sentence.end - sentence.start <= _LONGEST_EVIDENCE or not hits:
        return sentence.start, min(sentence.end, sentence.start + _LONGEST_EVIDENCE * 2)
    hit = hits[0]
    left = prose.low.rfind(";", sentence.start, hit.start) + 1 or sentence.start
    right = prose.low.find(";", hit.end, sentence.end)
    left = max(left, hit.start - _LONGEST_EVIDENCE // 2)
    right = min(right if right > 0 else sentence.end, hit.end + _LONGEST_EVIDENCE)
    return left, right


def _diagnosis(prose: Prose, hits: dict[int, list[Hit]], evidence: Evidence) -> None:
    _, places = diagnosis_codes(prose)
    for place in places:
        evidence.add(1.5, place)
    for place in treated(prose):
        evidence.add(1.1, place)
    for number, found in hits.items():
        sentence = prose.sentences[number]
        for hit in found:
            if (
                hit.group == "diagnosis.shows"
                and capital(prose, hit)
                and own(prose, sentence, hit.start, hit.end)
            ):
                formal = sentence.section in (
                    "diagnosis",
                    "assessment",
                    "necessity",
                    "intervention",
                )
                left = max(sentence.start, hit.start - 30)
                evidence.add(1.3 if formal else 1.0, (left, min(sentence.end, hit.end + 40)))
