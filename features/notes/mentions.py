"""Where a text names a timed activity or a code, in which order."""

import re
from dataclasses import dataclass

from features.notes.durations import durations
from features.notes.number_words import NUMBER_WORDS
from features.notes.phrases import load
from features.notes.prose import Prose

_DATA = load("activities")
_ACTIVITIES: dict[str, dict[str, object]] = _DATA["activities"]
NAME_OF_CODE = {str(a["code"]): name for name, a in _ACTIVITIES.items()}
TIMED_CODES = frozenset(NAME_OF_CODE) | frozenset(_DATA["timed_codes"])
CODE = re.compile(
    r"(?<![\w.$#/-])(?P<code>9[0-9]\d{3}|0(?:362|373)t|[gh]\d{4}|2056[01])(?![\w]|\.\d|-\d{4})"
)


def _names(aba: bool) -> tuple[dict[str, str], frozenset[str]]:
    names: dict[str, str] = {}
    short = set()
    for activity in _ACTIVITIES.values():
        if bool(activity.get("aba")) != aba:
            continue
        for name in activity.get("names", ()):  # type: ignore[attr-defined]
            names[str(name)] = str(activity["code"])
        for name in activity.get("short", ()):  # type: ignore[attr-defined]
            names[str(name)] = str(activity["code"])
            short.add(str(name))
    return names, frozenset(short)


def _expression(names: list[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w])")


_REHAB_NAMES, _REHAB_SHORT = _names(aba=False)
_ABA_NAMES, _ABA_SHORT = _names(aba=True)
_REHAB = _expression(list(_REHAB_NAMES))
_ABA = _expression(list(_ABA_NAMES))
SERVICE_NAMES = _expression([*_REHAB_NAMES, *_ABA_NAMES])
"""Names of billed services, which alone tell nothing of what was done."""
_UNTIMED = _expression(list(_DATA["untimed_names"]))
_NOT_DONE = re.compile(
    r"(?<!\w)(?:no|not|without|hold|held|deferred|declined|scheduled|next|planned|omitted)[ ]{1,2}(?:\w{1,12}[ ]{1,2}){0,2}$"  # noqa: E501
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that names an activity or a code."""

    start: int
    end: int
    code: str
    """'' for an untimed service."""


def _is_detail(low: str, mention: Mention, every: list[Mention]) -> bool:
    """Whether an activity stands in brackets behind another, as what that one was made of."""
    if CODE.fullmatch(low, mention.start, mention.end):
        return False
    for other in every:
        if 0 < mention.start - other.end <= MOST_BETWEEN:
            between = low[other.end : mention.start]
            if between.lstrip().startswith("(") and ")" not in between:
                return True
    return False


MOST_BETWEEN = 40
_LISTED_AFTER = re.compile(r"[ ]{1,3}\d{1,2}(?=[ ]{0,2}(?:[-\u2013\u2014,;/+=:]|$))")
_APART = re.compile(r"[,;&|+/\d]|\b(?:and|then|plus)\b")


def codes_stated(prose: Prose) -> tuple[str, ...]:
    """CPT and HCPCS codes that the text names, upper case, unticked boxes left out."""
    found = []
    for hit in CODE.finditer(prose.low):
        if re.search(r"\[[ _]?\][ ]?$", prose.low[max(0, hit.start() - 5) : hit.start()]):
            continue
        if _NOT_DONE.search(prose.low, max(0, hit.start() - 30), hit.start()):
            continue
        found.append(hit["code"].upper())
    return tuple(dict.fromkeys(found))


_AS_VERB = re.compile(r"(?<=massage)[ ](?:the|his|her|your|their|it)\b")
_TIMED_SHORT_BEFORE = re.compile(
    r"(?:(?<!\d)\d{1,2}(?:'| ?min\w{0,4}| ?m)[ ]|\bmin(?:ute)?s? of )$"
)
_TIMED_SHORT_AFTER = re.compile(
    rf"[ ]?[:(-]?[ ]?\d{{1,2}}(?:'| ?min| ?m\b)|[:,=][ ]?(?:{NUMBER_WORDS}|half an hour)\b"
)


def mentions_in(prose: Prose, start: int, end: int, aba: bool) -> list[Mention]:
    """Activities and codes named in a part of the text as done, one of each said twice."""
    low, text = prose.low, prose.text
    found = []
    for hit in CODE.finditer(low, start, end):
        if re.search(r"\[[ _]?\][ ]?$", low[max(0, hit.start() - 5) : hit.start()]):
            continue
        if not _NOT_DONE.search(low, max(start, hit.start() - 30), hit.start()):
            found.append(Mention(hit.start(), hit.end(), hit["code"].upper()))
    expression, names, short = (
        (_ABA, _ABA_NAMES, _ABA_SHORT) if aba else (_REHAB, _REHAB_NAMES, _REHAB_SHORT)
    )
    for hit in expression.finditer(low, start, end):
        if (
            hit[0] in short
            and not text[hit.start() : hit.end()].isupper()
            and not _TIMED_SHORT_BEFORE.search(low, max(start, hit.start() - 12), hit.start())
            and not _TIMED_SHORT_AFTER.match(low, hit.end(), end)
            and not (hit.start() - start <= 3 and _LISTED_AFTER.match(low, hit.end(), end))
        ):
            continue
        if _AS_VERB.match(low, hit.end(), end):
            continue
        if not _NOT_DONE.search(low, max(start, hit.start() - 30), hit.start()):
            found.append(Mention(hit.start(), hit.end(), names[hit[0]]))
    for hit in _UNTIMED.finditer(low, start, end):
        if not any(m.start <= hit.start() < m.end for m in found):
            found.append(Mention(hit.start(), hit.end(), ""))
    found.sort(key=lambda m: m.start)
    found = [m for m in found if not _is_detail(low, m, found)]
    # "TE (97110)", "97110 therapeutic exercise": one activity said twice; the code decides.
    merged: list[Mention] = []
    for mention in found:
        last = merged[-1] if merged else None
        if (
            last
            and mention.start - last.end <= 40
            and (
                last.code == mention.code
                or (
                    last.code
                    and mention.code
                    and low[last.end : mention.start].strip(" -–—:|") in ("(", "")  # noqa: RUF001
                )
                or (
                    # "97158 group treatment with protocol modification": the code's own words.
                    CODE.fullmatch(low, last.start, last.end)
                    and mention.code
                    and not CODE.fullmatch(low, mention.start, mention.end)
                    and not _APART.search(low, last.end, mention.start)
                )
                or (
                    not last.code
                    and CODE.fullmatch(low, mention.start, mention.end)
                    and mention.start - last.end <= 3
                )
            )
            and not durations(low, last.end, mention.start)
        ):
            code = mention.code if CODE.fullmatch(low, mention.start, mention.end) else last.code
            merged[-1] = Mention(last.start, mention.end, code or mention.code)
        else:
            merged.append(mention)
    return merged
