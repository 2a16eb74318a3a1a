"""The elements of a complete note: which the text has, and where each stands.

A sentence speaks for an element through phrases (data), through the section that it stands in
and through the learned sentence model; it speaks against it where its words are postponed,
negated, long past or about somebody else (`context`). What the text has is what an auditor
would find in it, from the text alone.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from features.notes.context import Contexts
from features.notes.diagnosis import codes as diagnosis_codes
from features.notes.diagnosis import named_phrases, own
from features.notes.lexicon import Hit, Lexicon
from features.notes.measures import measures
from features.notes.phrases import load
from features.notes.prose import Prose, Sentence
from features.notes.sentences import Floats

_ELEMENTS = load("elements")
_RULES = load("element_rules")
SOFT = tuple(_ELEMENTS)
"""Elements found by phrases, sections and the model; the others have rules of their own."""

Place = tuple[int, int]


def _groups() -> Iterable[tuple[str, Sequence[str]]]:
    for key, rules in _ELEMENTS.items():
        for strength in ("shows", "hands", "here", "vague"):
            if rules.get(strength):
                yield f"{key}.{strength}", rules[strength]
    yield "diagnosis.shows", named_phrases()


LEXICON = Lexicon([*_groups(), *Contexts.groups()])

_PLACEHOLDER = re.compile(
    r"\[[^\]\n]{0,40}\]|\{\{[^}\n]{0,40}\}\}|<[^>\n]{1,30}>|_{2,}[/_]*|\*{3,}|☐"
)
_UNTICKED = re.compile(r"(?:\[[ _]?\]|☐)[ ]?[\w'/()-]{1,24}(?:[ ][a-z][\w'/()-]{0,24}){0,2}", re.I)
_WORD = re.compile(r"[^\W\d_]{2,}|\d")
_EMPTY = re.compile(
    r"^(?:n/?a|none|see (?:chart|above|prior|previous|attached|eval\w*|poc|note|tx plan)[\w /]{0,20}|same|same as (?:before|last|above|previous)[\w ]{0,12}|no change|unchanged|deferred|pending|tbd|-+|\.+|not (?:done|assessed|applicable|completed)|to be (?:completed|done|added)|cont\.?|continue|wnl|ok|good|fair|as (?:before|prev\w*|above|per [\w ]{1,15}))?[ .\-:;,]*$"  # noqa: E501
)


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


def content(prose: Prose, sentence: Sentence) -> str:
    """A sentence in lower case without placeholders and boxes left unticked."""
    return bare(prose.low[sentence.start : sentence.end])


def bare(low: str) -> str:
    """Text without placeholders and boxes left unticked.

    >>> bare("affect [ ]full [x]constricted")
    'affect  [x]constricted'
    """
    if "[" in low or "☐" in low or "_" in low or "<" in low or "{" in low or "*" in low:
        low = _UNTICKED.sub("", low)
        low = re.sub(_PLACEHOLDER, lambda m: m[0] if m[0] in ("[x]", "[X]") else "", low)
    return low


def empty(words: str) -> bool:
    """Whether a field says nothing: blank, a placeholder, "see chart", "same"."""
    return bool(_EMPTY.match(words.strip())) or len(_WORD.findall(words)) < 1


def _left_blank(raw: str, words: str) -> bool:
    """Whether boxes stand there and none is ticked: the words left are the form's own."""
    boxes = "[ ]" in raw or "[_]" in raw or "[]" in raw or "☐" in raw
    ticked = "[x]" in raw or "☒" in raw or "☑" in raw or "[✓]" in raw
    return boxes and not ticked and len(words.split()) <= 3


def found_elements(
    prose: Prose,
    discipline: str | None = None,
    log_odds: Mapping[str, Floats] = MappingProxyType({}),
) -> dict[str, Evidence]:
    """Evidence for the elements that prose itself shows, by key.

    log_odds: of each sentence to speak for an element, by the learned model; none for the rules
    alone.
    """
    hits: dict[int, list[Hit]] = defaultdict(list)
    for hit in LEXICON.find(prose):
        if hit.group.endswith(".hands"):
            if discipline == "MH":
                continue
            hit = replace(hit, group=hit.group.replace(".hands", ".shows"))
        hits[hit.sentence].append(hit)
    evidence = {key: Evidence() for key in (*SOFT, "diagnosis", "objective_measure")}
    for number, sentence in enumerate(prose.sentences):
        certain = {key: float(odds[number]) for key, odds in log_odds.items()}
        words = content(prose, sentence)
        raw = prose.low[sentence.start : sentence.end]
        if _left_blank(raw, words) and sentence.section != "signature":
            continue
        if empty(words) and sentence.section not in ("home_program", "plan_of_care"):
            continue
        _judge(prose, sentence, number, words, hits[number], evidence, certain)
    _diagnosis(prose, hits, evidence["diagnosis"])
    for start, end in measures(prose):
        # A number alone tells a reader little: its sentence does, or what stands around it.
        sentence = prose.sentence(start)
        left = max(sentence.start, start - _LONGEST_EVIDENCE // 2)
        right = min(max(sentence.end, end), end + _LONGEST_EVIDENCE // 2)
        place = (left, right)
        if all(place[0] != known[0] for _, known in evidence["objective_measure"].places):
            evidence["objective_measure"].add(1.0, place)
    return evidence


def _judge(
    prose: Prose,
    sentence: Sentence,
    number: int,
    words: str,
    hits: list[Hit],
    evidence: dict[str, Evidence],
    certain: Mapping[str, float],
) -> None:
    contexts = Contexts(prose, sentence, hits)
    kept: dict[str, dict[str, list[Hit]]] = defaultdict(lambda: defaultdict(list))
    for hit in hits:
        key, _, strength = hit.group.partition(".")
        if key in evidence and key != "diagnosis":
            if words is not None and _in_unticked(prose, sentence, hit):
                continue
            if not _capital(prose, hit):
                continue
            if strength != "vague" and contexts.undone(hit, _ELEMENTS[key]["blocked"]):
                continue
            kept[key][strength].append(hit)
    long_enough = len(_WORD.findall(words))
    for key in SOFT:
        rules = _ELEMENTS[key]
        priors = _RULES[key]
        sure = certain.get(key)
        if (
            key not in kept
            and key not in _ALWAYS
            and sentence.section not in rules["sections"]
            and (sure is None or sure < priors["enough"])
        ):
            continue
        shows = _outside(kept[key]["shows"], kept[key]["vague"])
        here = kept[key]["here"]
        vague = kept[key]["vague"]
        favoured = sentence.section in rules["sections"]
        points = priors["phrase"] * min(1.0, len(shows)) + 0.15 * min(2, max(0, len(shows) - 1))
        points += priors["elsewhere"].get(sentence.section, 0.0)
        if favoured:
            points += priors["section"] if long_enough >= priors["words"] else 0.1
            if here or shows:
                points += 0.35
            # A field labelled for this very element and filled in: "RESPONSE: …".
            filled = priors["filled"] if sentence.label not in priors.get("brief", ()) else 1
            own_section = sentence.section == rules["sections"][0]
            if own_section and sentence.label and long_enough >= filled and not vague:
                points = max(points, 1.0)
        if key == "response" and long_enough < 2:
            points -= 0.5
        if key == "plan" and (favoured and _DATED.search(words) or _NEXT.search(words)):  # noqa: RUF021
            points = max(points, 1.0)
        if vague and not shows:
            points -= 0.8
        if key == "subjective" and not shows:
            if _QUOTED.match(words):
                points += 1.0
            elif favoured and '"' in words:
                points += 0.4
        if key == "goal_progress":
            previous = prose.sentences[number - 1] if number else sentence
            points = _goal_points(
                words,
                sentence,
                points,
                bool(vague),
                previous.section == "goal"  # noqa: RUF021
                and bool(previous.label)
                or _NUMBERED.search(prose.low, previous.start, previous.end) is not None,
            )
        told = min(max(points, 0.0), MOST_TOLD)
        evidence[key].told = max(evidence[key].told, told)
        if sure is not None:
            points = 1.0 + (priors["phrases"] * told + sure - priors["enough"]) / SPREAD
        if points > 0.3:
            evidence[key].add(points, _passage(prose, sentence, shows or here))


def _outside(shows: list[Hit], vague: list[Hit]) -> list[Hit]:
    """Hits that are no part of a vague phrase."""
    return [s for s in shows if not any(v.start < s.end and s.start < v.end for v in vague)]


MOST_TOLD = 1.2
"""Points of phrases and sections that count beside the model."""
SPREAD = 8.0
"""What turns the sum of points and log-odds into points around one, from which one says so."""
_ALWAYS = frozenset({"goal_progress", "plan", "subjective"})
_CAPITALS = frozenset(load("element_rules")["capitals"])


def _capital(prose: Prose, hit: Hit) -> bool:
    """An acronym that is a plain word too (ACT, BED) counts in capitals alone."""
    if hit.end - hit.start > 6 or prose.low[hit.start : hit.end] not in _CAPITALS:
        return True
    return prose.text[hit.start : hit.end].isupper()


def _in_unticked(prose: Prose, sentence: Sentence, hit: Hit) -> bool:
    if "[" not in prose.low[sentence.start : hit.start]:
        return False
    before = prose.low[max(sentence.start, hit.start - 30) : hit.start]
    box = before.rfind("[")
    return box >= 0 and re.fullmatch(r"\[[ _]?\][ ]?[\w'/() -]{0,24}", before[box:]) is not None


_LONGEST_EVIDENCE = 240


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


_NEXT = re.compile(
    r"\b(?:next|nxt|again|back|rtc|return\w{0,3}|meet|see (?:him|her|them|pt|client))\b[^.;\n]{0,25}?"  # noqa: E501
    r"(?:\d{1,2}/\d{1,2}|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sun)(?:day)?\b)"
)
_DATED = re.compile(
    r"(?<![\d/])\d{1,2}/\d{1,2}(?![\d%])|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?\b"
    r"|\b\d{1,2}(?::\d{2})? ?[ap]m?\b|\btomorrow\b|\bnext (?:week|month)\b"
)
_QUOTED = re.compile(r"[^\w\"]{0,3}(?:[\w'.]{1,12}[ :,]{1,2}){0,3}\"[^\"\n]{6,}")
_GOAL = re.compile(
    r"\b(?:goals?(?!-)|objectives?|obj|stgs?\s?#?\d?|ltgs?\s?#?\d?|targets?|benchmarks?|criterion|criteria|mastery|g\d)\b"
)
_STATUS = re.compile(
    r"\b(?:met|unmet|partial(?:ly)?|achieved|attained|progress(?:ing|ed)?|advanc\w{2,3}|improv\w{2,5}|up from|down from|gained|regress\w{2,4}|plateau\w{0,3}|on track|on hold|stalled|lag(?:s|ging)?|slipped|closer|close|way there|almost|nearly|mastered|emerging|unchanged|no (?:change|mvmt|movement|progress)|since last|toward|towards|still (?:at|needs|requires)|maintain\w{0,3}|today|now|currently|this (?:week|wk|month|session)|so far|managed|stands|was|were|vs|previously|from \d|exceeded|not yet|rides|hitting|discontinued|reached)\b|→|->"  # noqa: E501
)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|zero|half|third|once|twice|no)\b"
)
_GENERIC = re.compile(
    r"\b(?:progress\w{0,3}|work\w{0,3}|mov\w{1,3}|advanc\w{2,3}|continu\w{1,3})\b[^.;|]{0,30}?(?:toward|towards|on|to)\s(?:all |his |her |their |the |stated |identified |established |current |treatment |therapy |tx |plan |therapeutic |clinical |personal )*(?:goals?|objectives?)\s?(?:[.,;]|$|at this time|as (?:evidenced|planned)|and\b)"  # noqa: E501
)
# "TUG <12 — 14.2", "ODI <20 — 38 from 46": a target, a dash, where it stands.
_MEASURED = re.compile(r"\d[^—–:;\n]{0,30}[ ](?:—|–|-|:)[ ]?[^\d\n]{0,14}\d")  # noqa: RUF001
_NUMBERED = re.compile(r"\b(?:goal|objective|obj|stg|ltg|target)s?\s?#?\d")
_LIST = re.compile(
    r"\b(?:goals?(?: for (?:this|the) \w+)?(?: include| are|:| is to| remain| are still)|will|to be set|set goals)\b"  # noqa: E501
)


def _goal_points(
    words: str, sentence: Sentence, points: float, vague: bool, after_goal: bool
) -> float:
    goal = bool(_GOAL.search(words)) or sentence.section == "goal" or after_goal
    status = bool(_STATUS.search(words))
    number = bool(_NUMBER.search(words))
    if _GENERIC.search(words) and not re.search(r"\bgoals? ?#?\d|as evidenced|\d", words):
        return min(points, 0.4)
    if sentence.section == "goal" and sentence.label and _MEASURED.search(words):
        return max(points, 1.0)
    if goal and status and number:
        points = (
            max(points, 1.0)
            if not (
                _LIST.search(words)
                and not re.search(
                    r"\b(?:met|was|now|today|up|down|from|partial|achieved|progress\w*|stands|at \d|slipped|managed)\b|→",  # noqa: E501
                    words,
                )
            )
            else 0.5
        )
    elif (
        goal
        and status
        and re.search(
            r"\b(?:not (?:yet )?met|partial(?:ly)? met|unmet|met|achieved|attained|mastered|\[x\])\b|\[x\]",  # noqa: E501
            words,
        )
    ):
        points = max(points, 1.0)
    elif goal and status and len(words.split()) >= 6 and not vague:
        points = max(points, 0.85)
    elif not goal:
        points = min(points, 0.7)
    elif not status:
        points = min(points, 0.5)
    if sentence.section in ("plan", "medication", "history", "home_program"):
        points -= 0.5
    return points


def _diagnosis(prose: Prose, hits: dict[int, list[Hit]], evidence: Evidence) -> None:
    _, places = diagnosis_codes(prose)
    for place in places:
        evidence.add(1.5, place)
    for number, found in hits.items():
        sentence = prose.sentences[number]
        for hit in found:
            if (
                hit.group == "diagnosis.shows"
                and _capital(prose, hit)
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
