"""Minutes by code or activity, as treatment notes tell them.

"97110 x2 – 23 min", "TE 7', NMR 7'", "22 minutes of sensory integration work (97533)",
"10:05–10:31 | 97535 | LB dressing": each duration goes to the activity or the code that stands
nearest to it within its line, and minutes of one code are added up.
"""  # noqa: RUF002

import re
from dataclasses import dataclass
from itertools import pairwise

from features.notes.clock import Duration, clocks, durations, span_of
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
    return re.compile(r"(?<![\w/])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w])")


_REHAB_NAMES, _REHAB_SHORT = _names(aba=False)
_ABA_NAMES, _ABA_SHORT = _names(aba=True)
_REHAB = _expression(list(_REHAB_NAMES))
_ABA = _expression(list(_ABA_NAMES))
SERVICE_NAMES = _expression([*_REHAB_NAMES, *_ABA_NAMES])
"""Names of billed services, which alone tell nothing of what was done."""
_UNTIMED = _expression(list(_DATA["untimed_names"]))
_ASSISTANT = re.compile(r"(?<!\w)(?:pta|cota|cota/l|ota|assistant|slpa|by pta|by cota)(?!\w)")
_THERAPIST = re.compile(r"(?<!\w)(?:pt|ot|otr|otr/l|dpt|therapist|by pt|by ot)(?!\w)")
_UNITS = re.compile(
    r"[ ]{0,2}(?:\(?x ?|× ?|, ?)?(?P<n>\d{1,2})(?:[ ]?(?:u|un|units?|ea)\b|(?=[ )]))"  # noqa: RUF001
)
_NOT_DONE = re.compile(
    r"(?<!\w)(?:no|not|without|hold|held|deferred|declined|scheduled|next|planned|omitted)[ ]{1,2}(?:\w{1,12}[ ]{1,2}){0,2}$"  # noqa: E501
)
# Seconds, repetitions, distances and the like: never minutes, though they look the part.
_HOLD = re.compile(
    r"[ ]?(?:hold|holds|rest|walk|delay|ea\b|each|x ?\d|intervals?|bid|tid|qd|daily|per|wear|pre-tx)"  # noqa: E501
)
_ALL_OF_IT = re.compile(r"(?:all of (?:it|this|that)|whole|entire|every one|100%)")


@dataclass(frozen=True, slots=True)
class Timed:
    """Minutes that belong to one code, where they stand and who gave them."""

    code: str
    minutes: int
    start: int
    end: int
    by: str = ""
    """assistant, therapist or ''."""


@dataclass(frozen=True, slots=True)
class Activities:
    """Timed activities of a note, the codes that it names, and stretches that are no total."""

    timed: tuple[Timed, ...] = ()
    codes: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    """Codes of the activities named without any minutes beside them."""
    durations: tuple[tuple[int, int], ...] = ()
    units: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    code: str
    """'' for an untimed service."""


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


def activities(prose: Prose, discipline: str | None) -> Activities:
    """Minutes by code, for the disciplines that count them."""
    codes = codes_stated(prose)
    if discipline == "MH":
        return Activities(codes=codes)
    aba = discipline == "ABA" or (discipline is None and any(c.startswith("9715") for c in codes))
    timed: list[Timed] = []
    taken: list[tuple[int, int]] = []
    mentioned: list[str] = []
    units: list[tuple[str, int]] = []
    line_start = 0
    for line in prose.low.split("\n"):
        line_end = line_start + len(line)
        for start, end in _parts(prose.low, line_start, line_end):
            if prose.sentence(start).section in ("plan", "home_program") and (
                start > line_start or not CODE.match(prose.low, start)
            ):
                continue
            found = _in_part(prose, start, end, aba)
            timed += found.timed
            taken += found.durations
            mentioned += found.mentioned
            units += found.units
        line_start = line_end + 1
    return Activities(
        tuple(timed), codes, tuple(dict.fromkeys(mentioned)), tuple(taken), tuple(units)
    )


_PART = re.compile(r"[.;][ ]+(?=\S)")


def _parts(low: str, start: int, end: int) -> list[tuple[int, int]]:
    """A line cut at full stops and semicolons; pipes hold a row together."""
    if "|" in low[start:end]:
        return [(start, end)]
    cuts = [start, *(hit.end() for hit in _PART.finditer(low, start, end)), end]
    return [(a, b) for a, b in pairwise(cuts) if b > a]


_AS_VERB = re.compile(r"(?<=massage)[ ](?:the|his|her|your|their|it)\b")
_TIMED_SHORT_BEFORE = re.compile(r"(?<!\d)\d{1,2}(?:'| ?min\w{0,4}| ?m)[ ]$")
_TIMED_SHORT_AFTER = re.compile(r"[ ]?[:(-]?[ ]?\d{1,2}(?:'| ?min| ?m\b)")


def _mentions(prose: Prose, start: int, end: int, aba: bool) -> list[_Mention]:
    low, text = prose.low, prose.text
    found = []
    for hit in CODE.finditer(low, start, end):
        if re.search(r"\[[ _]?\][ ]?$", low[max(0, hit.start() - 5) : hit.start()]):
            continue
        if not _NOT_DONE.search(low, max(start, hit.start() - 30), hit.start()):
            found.append(_Mention(hit.start(), hit.end(), hit["code"].upper()))
    expression, names, short = (
        (_ABA, _ABA_NAMES, _ABA_SHORT) if aba else (_REHAB, _REHAB_NAMES, _REHAB_SHORT)
    )
    for hit in expression.finditer(low, start, end):
        if (
            hit[0] in short
            and not text[hit.start() : hit.end()].isupper()
            and not _TIMED_SHORT_BEFORE.search(low, max(start, hit.start() - 8), hit.start())
            and not _TIMED_SHORT_AFTER.match(low, hit.end(), end)
        ):
            continue
        if _AS_VERB.match(low, hit.end(), end):
            continue
        if not _NOT_DONE.search(low, max(start, hit.start() - 30), hit.start()):
            found.append(_Mention(hit.start(), hit.end(), names[hit[0]]))
    for hit in _UNTIMED.finditer(low, start, end):
        if not any(m.start <= hit.start() < m.end for m in found):
            found.append(_Mention(hit.start(), hit.end(), ""))
    found.sort(key=lambda m: m.start)
    # "TE (97110)", "97110 therapeutic exercise": one activity said twice; the code decides.
    merged: list[_Mention] = []
    for mention in found:
        last = merged[-1] if merged else None
        if (
            last
            and mention.start - last.end <= 24
            and (
                last.code == mention.code
                or (
                    last.code
                    and mention.code
                    and low[last.end : mention.start].strip(" -–—:|") in ("(", "")  # noqa: RUF001
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
            merged[-1] = _Mention(last.start, mention.end, code or mention.code)
        else:
            merged.append(mention)
    return merged


def _in_part(prose: Prose, start: int, end: int, aba: bool) -> Activities:
    low = prose.low
    mentions = _mentions(prose, start, end, aba)
    timed_mentions = [m for m in mentions if m.code]
    if not timed_mentions:
        return Activities()
    units = []
    for mention in timed_mentions:
        stated = _UNITS.match(low, mention.end, end)
        if stated:
            units.append((mention.code, int(stated["n"])))
    amounts = [
        d
        for d in durations(low, start, end)
        if d.minutes <= MOST_OF_ONE
        and not _HOLD.match(low, d.end, min(end, d.end + 12))
        and not _DOES.search(low, max(start, d.start - 16), d.start)
        and not _total(low, start, d)
    ]
    amounts = _closing(low, timed_mentions, amounts, start, end)
    if _AT_HOME.search(low, start, end):
        # What is done at home is no time of the visit; a code behind it still is.
        mentions = [m for m in mentions if CODE.search(low, m.start, m.end) or _at(m, amounts)]
    cells = [] if amounts else _cells(low, mentions, start, end)
    amounts += [] if amounts or cells else _row_end(low, start, end)
    blocks = _blocks(low, start, end)
    amounts = [a for a in amounts if not any(b.start <= a.start < b.end for b in blocks)]
    pairs = cells or _pair(low, mentions, amounts + [b for b in blocks if not _beside(b, amounts)])
    by = _by(prose, start, end)
    timed = tuple(
        Timed(m.code, d.minutes, min(m.start, d.start), max(m.end, d.end), by)
        for m, d in pairs
        if m.code
    )
    paired = {m for m, _ in pairs}
    return Activities(
        timed=timed,
        mentioned=tuple(m.code for m in timed_mentions if m not in paired),
        durations=tuple((d.start, d.end) for m, d in pairs),
        units=tuple(units),
    )


def _at(mention: _Mention, amounts: list[Duration]) -> bool:
    """Whether minutes stand right beside an activity: what is told of home stands apart."""
    return any(
        0 <= a.start - mention.end <= CLOSE or 0 <= mention.start - a.end <= CLOSE for a in amounts
    )


_CLOSES = re.compile(r"[ ]?[-\u2013\u2014=:|(][ ]{0,2}$")


def _closing(
    low: str, mentions: list[_Mention], amounts: list[Duration], start: int, end: int
) -> list[Duration]:
    """The amount that closes a line of one activity, where it holds what the others are parts of.

    "TE: leg raises 3x12, heel slides, bike 8' - 24 min" is 24 minutes of exercise.
    """
    if len({m.code for m in mentions}) != 1 or len(amounts) < 2 or mentions[0].start - start > 6:
        return amounts
    last = amounts[-1]
    closes = not low[last.end : end].strip(" .;,)|") and _CLOSES.search(low, start, last.start)
    if closes and last.minutes >= sum(a.minutes for a in amounts[:-1]):
        return [last]
    return amounts


_TOTAL = re.compile(
    r"(?<!\w)(?:total(?: (?:timed|tx|treatment|time|min|mins|minutes|code)){0,4}|tx time|timed|tt|duration|session)[ :=]{0,3}$"  # noqa: E501
)


def _total(low: str, start: int, duration: Duration) -> bool:
    return bool(_TOTAL.search(low, max(start, duration.start - 40), duration.start))


def _beside(block: Duration, amounts: list[Duration]) -> bool:
    return any(a.minutes == block.minutes and abs(a.start - block.end) < 8 for a in amounts)


def _blocks(low: str, start: int, end: int) -> list[Duration]:
    """Ranges of clock times as durations: "10:05–10:31 | 97535"."""  # noqa: RUF002
    found = []
    mentions = clocks(low, start, end)
    for one, two in pairwise(mentions):
        between = low[one.end : two.start].strip()
        if between not in ("-", "–", "—", "to", "until", "->", "→", "till"):  # noqa: RUF001
            continue
        if (one.sure and two.sure) or (one.military and two.military):
            span = span_of(one, two, False)
            if span and span[1] - span[0] <= 480:
                found.append(Duration(one.start, two.end, span[1] - span[0]))
    return found


_CELL = re.compile(
    r"[ ]{0,6}(?:x ?\d{1,2}(?:[ ]?(?:u|units?))?)?[ ]{0,6}(?:\||[-–—:=]{1,5}|\()[ ]{0,6}(?P<n>\d{1,3})(?![\d:/%.'x°-]|[ ]?(?:x|reps|sets|ft|lb|#|sec|mhz|hz|w/cm|u\b|units?))"  # noqa: E501, RUF001
)
_ROW_END = re.compile(r"\|[ ]{0,6}(?P<n>\d{1,3})[ ]{0,4}\|?[ ]{0,3}$")


def _row_end(low: str, start: int, end: int) -> list[Duration]:
    """Minutes without a unit in the last cell of a table's row."""
    row = _ROW_END.search(low, start, end)
    if row and 1 <= int(row["n"]) <= MOST_OF_ONE:
        return [Duration(row.start("n"), row.end("n"), int(row["n"]))]
    return []


def _cells(
    low: str, mentions: list[_Mention], start: int, end: int
) -> list[tuple[_Mention, Duration]]:
    """Minutes without a unit right behind a code or a name: "97110: 22", "97112 28"."""
    found = []
    for mention in mentions:
        cell = _CELL.match(low, mention.end, end)
        bare = None if cell else _BESIDE.match(low, mention.end, end)
        number = cell or bare
        if number is None or not mention.code:
            continue
        minutes = int(number["n"])
        coded = CODE.search(low, mention.start, mention.end) is not None
        alone = bare and mention.start - start <= 4 and bare.end() >= end - 1
        if bare and (minutes < LEAST_BARE or not (coded or alone)):
            continue
        if 1 <= minutes <= MOST_OF_ONE:
            found.append((mention, Duration(number.start("n"), number.end("n"), minutes)))
    return found


MOST_OF_ONE = 240
"""Minutes of one activity beyond which a number is something else."""
LEAST_BARE = 8
"""A smaller number right behind a code is its units."""
_BESIDE = re.compile(
    r"(?:\)?[ ]{1,2}|/)(?P<n>\d{1,3})(?=[ ]?(?:[,;:)|/+&]|$)|\.(?!\d)|[ ](?:and|then)\b)(?![ ]?/[ ]?\d{4})"  # noqa: E501
)


def _pair(
    low: str, mentions: list[_Mention], amounts: list[Duration]
) -> list[tuple[_Mention, Duration]]:
    """Each duration with the nearest activity, each activity with one duration.

    A list either names the activity first ("TE 7', NMR 7'") or the minutes first ("15 min TE");
    "of" and brackets bind tighter than any distance.
    """
    in_turn = _in_turn(mentions, amounts)
    if in_turn:
        return in_turn
    candidates = []
    for mention in mentions:
        for amount in amounts:
            if amount.start >= mention.end:
                gap = low[mention.end : amount.start]
                cost = len(gap) + 0.0
            else:
                gap = low[amount.end : mention.start]
                cost = len(gap) + 3.0
                if re.fullmatch(
                    r"[ ]?(?:of|in|on|for|were|was|spent on|to)[ ](?:\w+[ ]){0,3}|[ ]{0,2}[-–—:(|]{0,3}[ ]{0,2}",  # noqa: E501, RUF001
                    gap,
                ):
                    cost -= 8
            if len(gap) <= CLOSE and CODE.search(low, mention.start, mention.end):
                cost -= 12
            elif "," in gap or ";" in gap:
                cost += 12
            if any(
                o is not mention
                and min(mention.end, amount.end) <= o.start < max(mention.start, amount.start)
                for o in mentions
            ):
                cost += 40
            if cost <= 140:
                candidates.append((cost, mention.start, mention, amount))
    pairs: list[tuple[_Mention, Duration]] = []
    for _, _, mention, amount in sorted(candidates, key=lambda c: (c[0], c[1])):
        if all(m is not mention and d is not amount for m, d in pairs):
            pairs.append((mention, amount))
    return sorted(pairs, key=lambda p: p[1].start)


def _in_turn(mentions: list[_Mention], amounts: list[Duration]) -> list[tuple[_Mention, Duration]]:
    """Pairs where activities and minutes follow each other in strict turn, whichever comes first."""  # noqa: E501
    if len(mentions) != len(amounts) or len(mentions) < 2:
        return []
    pairs = list(zip(mentions, sorted(amounts, key=lambda a: a.start), strict=True))
    first = pairs[0][0].start < pairs[0][1].start
    if any((m.start < a.start) is not first for m, a in pairs):
        return []
    ends = [a.end if first else m.end for m, a in pairs]
    begins = [m.start if first else a.start for m, a in pairs]
    return pairs if all(e <= b for e, b in zip(ends, begins[1:], strict=False)) else []


CLOSE = 3
"""Characters between a code and its minutes that leave no doubt."""
_DOES = re.compile(
    r"\b(?:walk|stand|sit|drive|run|ride|tolerate|attend|sleep|play|type|read)\w{0,3}[ ](?:for |x )?$"  # noqa: E501
)
_AT_HOME = re.compile(
    r"\b(?:daily|nightly|(?:at )?bedtime|at home|an? day|a week|each (?:day|night|morning|evening)"
    r"|every (?:day|night|morning|other)|hep|demo'd|bid|tid|x/day|asked to)\b"
)


def _by(prose: Prose, start: int, end: int) -> str:
    part = prose.low[start:end]
    assistant = _ASSISTANT.search(part)
    if assistant:
        return "assistant"
    return "therapist" if _THERAPIST.search(part) else ""
