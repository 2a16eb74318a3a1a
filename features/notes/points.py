"""What phrases and sections say of one sentence: points for each element, and the phrases."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from features.notes.context import Contexts
from features.notes.diagnosis import named_phrases
from features.notes.fields import WORD
from features.notes.goals import follows_goal, goal_points
from features.notes.lexicon import Hit, Lexicon
from features.notes.mentions import SERVICE_NAMES
from features.notes.phrases import load
from features.notes.prose import Prose, Sentence

_ELEMENTS = load("elements")
RULES = load("element_rules")
SOFT = tuple(_ELEMENTS)
"""Elements found by phrases, sections and the model; the others have rules of their own."""


def _groups() -> Iterable[tuple[str, Sequence[str]]]:
    for key, rules in _ELEMENTS.items():
        for strength in ("shows", "hands", "here", "vague"):
            if rules.get(strength):
                yield f"{key}.{strength}", rules[strength]
    yield "diagnosis.shows", named_phrases()


LEXICON = Lexicon([*_groups(), *Contexts.groups()])

MOST_TOLD = 1.2
"""Points of phrases and sections that count beside the model."""
_ALWAYS = frozenset({"goal_progress", "plan", "subjective"})
_CAPITALS = frozenset(RULES["capitals"])


@dataclass(frozen=True, slots=True)
class Told:
    """Points of a sentence for an element, and the phrases behind them."""

    points: float
    hits: list[Hit]
    doubt: bool = False
    """What was said of it was undone by its context, or is what auditors call vague."""


def told_by(
    prose: Prose,
    number: int,
    words: str,
    hits: Sequence[Hit],
    certain: Mapping[str, float],
) -> dict[str, Told]:
    """Points of a sentence for each element for which anything speaks.

    words: the sentence without placeholders and boxes left unticked.
    certain: log-odds of the learned model, which may speak where no phrase does.
    """
    sentence = prose.sentences[number]
    kept = _kept(prose, sentence, hits)
    long_enough = len(WORD.findall(words))
    told = {}
    for key in SOFT:
        if key == "plan" and _on_file(words):
            continue
        if key == "home_program" and len(words) <= LONGEST_UNTOLD and _UNTOLD.search(words):
            continue
        sections = _ELEMENTS[key]["sections"]
        if (
            key not in kept
            and key not in _ALWAYS
            and sentence.section not in sections
            and not (key == "home_program" and sentence.label in _AT_HOME)
            and certain.get(key, -1e9) < RULES[key]["alone"]
        ):
            continue
        groups = kept.get(key, {})
        vague = groups.get("vague", [])
        shows = _outside(groups.get("shows", []), vague)
        here = groups.get("here", [])
        points = _points(key, sentence, long_enough, shows, here, vague)
        points = _by_form(key, sentence, sections, words, points, shows, vague)
        if key == "response" and long_enough < 2:
            points -= 0.5
        if key == "intervention" and points > 0 and _names_alone(words):
            points = 0.0
        if key == "goal_progress":
            points = goal_points(words, sentence, points, bool(vague), follows_goal(prose, number))
        doubt = not shows and bool(vague or groups.get("undone"))
        told[key] = Told(min(max(points, 0.0), MOST_TOLD), shows or here, doubt)
    return told


def _any_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w#])(?:{'|'.join(load('on_file')[name])})(?!\w)")


_AHEAD, _FILED, _MOMENT = (_any_of(name) for name in ("ahead", "filed", "moment"))
_UNTOLD = re.compile(rf"(?:^|[ :])(?:{'|'.join(load('on_file')['untold'])})[ .]{{0,3}}$")
LONGEST_UNTOLD = 60
"""Characters beyond which a sentence on a home program says something of it."""
LONGEST_FILED = 130
"""Characters beyond which a sentence says more than when something was."""


def _on_file(words: str) -> bool:
    """Whether a sentence only tells when or under which papers a visit was, and nothing of what
    comes next, as stray lines of a plan's section do: "POC 4/9-7/8.", "Seen 5:03-5:43."."""
    return (
        len(words) <= LONGEST_FILED
        and _FILED.search(words) is not None
        and _MOMENT.search(words) is not None
        and _AHEAD.search(words) is None
    )


_NAMED_ALONE = re.compile(
    r"(?<![\w-])(?:(?:total )?timed(?: tx| treatment)?|segment|block|units?|min(?:ute)?s?|x ?\d{1,2}|\d{5}|\d{1,3}\w?|[a-z-]+ (?:minutes|mins)|pta|cota|slpa|ota|"  # noqa: E501
    r"alone|given|by|cont(?:inued)?|per (?:protocol|poc|plan|flow ?sheet|program)|for|of|and|with|done|provided|completed|today|"  # noqa: E501
    r"as (?:programmed|before|planned|written|ordered|tolerated|prev\w*)|see (?:flow ?sheet|log|grid)|no change|same|usual|program|procedure|service|treatment|tx|therapy)(?![\w-])"  # noqa: E501
)


def _names_alone(words: str) -> bool:
    """Whether a line only names services, as a bill does: "Manual therapy, 27 min (PTA)"."""
    if len(words) > LONGEST_NAME or not SERVICE_NAMES.search(words):
        return False
    return not WORD.search(_NAMED_ALONE.sub(" ", SERVICE_NAMES.sub(" ", words)))


LONGEST_NAME = 110
"""Characters beyond which a line says more than the name of a service."""


def _kept(prose: Prose, sentence: Sentence, hits: Sequence[Hit]) -> dict[str, dict[str, list[Hit]]]:
    """Phrases by element and strength, without what its context undoes."""
    contexts = Contexts(prose, sentence, hits)
    kept: dict[str, dict[str, list[Hit]]] = defaultdict(lambda: defaultdict(list))
    for hit in hits:
        key, _, strength = hit.group.partition(".")
        if key not in _ELEMENTS or _in_unticked(prose, sentence, hit) or not capital(prose, hit):
            continue
        if strength != "vague" and contexts.undone(hit, _ELEMENTS[key]["blocked"]):
            kept[key]["undone"].append(hit)
            continue
        kept[key][strength].append(hit)
    return kept


def _points(
    key: str,
    sentence: Sentence,
    long_enough: int,
    shows: Sequence[Hit],
    here: Sequence[Hit],
    vague: Sequence[Hit],
) -> float:
    rules, priors = _ELEMENTS[key], RULES[key]
    points: float = priors["phrase"] * min(1.0, len(shows))
    points += 0.15 * min(2, max(0, len(shows) - 1))
    points += priors["elsewhere"].get(sentence.section, 0.0)
    if sentence.section in rules["sections"]:
        points += priors["section"] if long_enough >= priors["words"] else 0.1
        if here or shows:
            points += 0.35
        # A field labelled for this very element and filled in: "RESPONSE: …".
        filled = priors["filled"] if sentence.label not in priors.get("brief", ()) else 1
        own_section = sentence.section == rules["sections"][0]
        if own_section and sentence.label and long_enough >= filled and not vague:
            points = max(points, 1.0)
    return points


def _by_form(
    key: str,
    sentence: Sentence,
    sections: Sequence[str],
    words: str,
    points: float,
    shows: Sequence[Hit],
    vague: Sequence[Hit],
) -> float:
    """Points for what no word shows: a day in the plan, a quotation, a vague phrase alone."""
    favoured = sentence.section in sections
    if key == "home_program" and sentence.label in _AT_HOME and not vague:
        points = max(points, 1.0)
    if key == "plan" and (
        (favoured and _DATED.search(words))
        or (sentence.section not in _NOT_TO_COME and _again(words))
    ):
        points = max(points, 1.0)
    if vague and not shows:
        points -= 0.8
    if key == "subjective" and not shows:
        if _QUOTED.match(words):
            points += 1.0
        elif favoured and '"' in words:
            points += 0.4
    return points


_AT_HOME = frozenset({"homework", "hw", "hmwk", "for home", "at home", "home practice", "home"})
"""Labels of a field that holds what is to be done at home, in the plan too."""


def _outside(shows: list[Hit], vague: list[Hit]) -> list[Hit]:
    """Hits that are no part of a vague phrase."""
    return [s for s in shows if not any(v.start < s.end and s.start < v.end for v in vague)]


def capital(prose: Prose, hit: Hit) -> bool:
    """An acronym that is a plain word too (ACT, BED) counts in capitals alone."""
    if hit.end - hit.start > 6 or prose.low[hit.start : hit.end] not in _CAPITALS:
        return True
    if not prose.text[hit.start : hit.end].isupper():
        return False
    # In a note all in capitals they tell nothing.
    letters = sum(map(str.isalpha, prose.text))
    return sum(map(str.isupper, prose.text)) < MOST_CAPITALS * letters


MOST_CAPITALS = 0.6
"""Share of capitals from which a note is written in them."""


def _in_unticked(prose: Prose, sentence: Sentence, hit: Hit) -> bool:
    if "[" not in prose.low[sentence.start : hit.start]:
        return False
    before = prose.low[max(sentence.start, hit.start - 30) : hit.start]
    box = before.rfind("[")
    return box >= 0 and re.fullmatch(r"\[[ _]?\][ ]?[\w'/() -]{0,24}", before[box:]) is not None


def _again(words: str) -> bool:
    """Whether a day to come is named: "next Tue", "back 3/4"."""
    return any(sign in words for sign in _AGAIN) and _NEXT.search(words) is not None


_AGAIN = (
    "next", "nxt", "nx", "nv", "again", "back", "rtc", "rtn", "return", "meet", "see", "offered",
    "retry", "mk", "make", "cont", "visit", "done on", "resch", "rsch",
)  # fmt: skip
_DAY_TO_COME = (
    r"(?:\d{1,2}/\d{1,2}|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?\b|\b(?:tomorrow|tmrw|tmr|tmw)\b"
    r"|\bin (?:an? |\d{1,2} |one |two |three |four |six |eight )(?:days?|weeks?|wks?|months?|fortnight)\b|\bthe \d{1,2}(?:st|nd|rd|th)\b"  # noqa: E501
    r"|\bjan\w{0,6} \d|\bfeb\w{0,6} \d|\bmar(?:ch)? \d|\bapr(?:il)? \d|\bmay \d|\bjune? \d|\bjuly? \d|\baug\w{0,4} \d|\bsep\w{0,6} \d|\boct\w{0,5} \d|\bnov\w{0,6} \d|\bdec\w{0,6} \d)"  # noqa: E501
)
_NEXT = re.compile(
    r"(?<!last )(?<!prior )(?<!previous )\b(?:next|nxt|nx|nv|again|back|rtc|rtn|return\w{0,3}|meet|see(?:ing)? (?:him|her|them|pt|client|you|ct|cl)|"  # noqa: E501
    r"offered|retry|mk[ -]?up|make[ -]?up|cont|resch\w{0,6}|rsch|will be done|visit)\b[^.;\n]{0,25}?"  # noqa: E501
    + _DAY_TO_COME
    + r"|"
    + _DAY_TO_COME
    + r" (?:again|same time)\b"
)
_NOT_TO_COME = frozenset({"subjective", "history", "time", "risk", "header", "objective"})
_DATED = re.compile(
    r"(?<![\d/])\d{1,2}/\d{1,2}(?![\d%])|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?\b"
    r"|\b\d{1,2}(?::\d{2})? ?[ap]m?\b|\btomorrow\b|\bnext (?:week|month)\b"
)
_QUOTED = re.compile(r"[^\w\"]{0,3}(?:[\w'.]{1,12}[ :,]{1,2}){0,3}\"[^\"\n]{6,}")
