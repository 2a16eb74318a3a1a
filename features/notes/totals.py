"""Stated numbers of minutes, each with points for what stands around it, and what is taken out."""

import re
from dataclasses import dataclass

from features.notes.durations import Duration, durations
from features.notes.number_words import NUMBER_WORD_STARTS, NUMBER_WORDS, number_told
from features.notes.phrases import load
from features.notes.prose import Prose
from features.notes.spans import PLAN_SECTIONS
from features.notes.starts import Starts

_RULES = load("time")["duration"]
_TOTAL_BEFORE = re.compile(
    rf"(?<![\w]){_RULES['total_before']}(?: \(\w{{1,8}}\))?[ ]{{0,2}}[:=~≈-]?[ ]{{0,2}}(?:about |approx\.? )?$"  # noqa: E501
)
_TOTAL_AFTER = re.compile(rf"[ ]{{0,2}}[-,)(]?[ ]?(?:of )?{_RULES['total_after']}")
_SERVICE_BEFORE = re.compile(
    rf"(?<![\w]){_RULES['service_before']}[^\w.;|\n]{{0,3}}(?:for |of |lasting )?(?:\w{{1,14}}[ ,]{{1,2}}){{0,3}}\(?$"  # noqa: E501
)
_TIMES = re.compile(r"(?<![\d)] )(?<![\d)])\bx[ ]?$")
_FOREIGN_SUBJECT = re.compile(
    rf"\b{_RULES['foreign_subject']} (?:lasted|ran|took|went|was|were|used|filled|consumed|came to|amounted to|needed|of|for)[ ](?:about |for |up )?$"  # noqa: E501
)
_TIMED_BEFORE = re.compile(
    rf"(?<![\w]){_RULES['timed_before']}[ ]{{0,2}}(?:was |were |is |of |came to )?[:=(]{{0,2}}[ ]{{0,2}}$"  # noqa: E501
)
_OTHER_VISIT = re.compile(
    r"\b(?:last|previous|prior|next|yesterday'?s?) (?:\w{1,6} )?(?:session|visit|appt|appointment|tx|time)\b"  # noqa: E501
    r"[ :(]{0,3}(?:ran|was|lasted|of|for|took)?[ ]?$"
)
_TIMED_AFTER = re.compile(rf"[ ]{{0,2}}{_RULES['timed_after']}(?!\w)")
_FOREIGN_BEFORE = re.compile(rf"(?<![\w]){_RULES['foreign_before']}[ :(,~-]{{0,3}}$")
_FOREIGN_AFTER = re.compile(rf"[ ]{{0,2}}(?:-|–)?[ ]?{_RULES['foreign_after']}(?!\w)")  # noqa: RUF001
_EXCLUDE = re.compile(rf"\b{_RULES['exclude'].replace('NUMBER', NUMBER_WORDS)}")
_INCLUDED = re.compile(r"\b(?:incl(?:uding|udes)?\.?|counting)[ ](?:an? )?$")
_OUTSIDE = re.compile(_RULES["outside"])
_HALT = re.compile(
    r"\b(?:break|pause|rest(?:ed|ing)?|interrupt\w*|bathroom|restroom|lost|fr[eo]z\w*|hold|stepped|"
    r"dropped|outage|snack|nap|reconnect\w*|alarm|fire drill|meltdown|diaper|toilet\w*)\b"
)
LONGEST_OUT = 30
"""Minutes beyond which what words leave out is rather what they leave."""
REACH = 120
"""Characters before words that take minutes out, within which these are told."""
_BREAK = re.compile(_RULES["break"].replace("NUMBER", NUMBER_WORDS))
# A bare number behind a label: "TOTAL 52", "TT 53 / TU 4", "TIMED MIN 22".
_BARE = re.compile(
    r"(?<![\w])(?P<timed>(?:total )?timed(?: (?:code|tx|treatment))?(?: (?:minutes|mins?|time))?|tcm|timed total)?"  # noqa: E501
    r"(?P<total>total(?: (?:tx|treatment|session|visit|therapy))?(?: (?:time|minutes|mins?))?(?: \(min(?:ute)?s?\))?"  # noqa: E501
    r"|ttt?|duration|contact(?: min(?:ute)?s?)?|(?:pt|ot|st|slp|aba|mds) min(?:ute)?s?(?: today)?|session (?:length|minutes|mins?)|(?:tx|treatment)(?: (?:time|mins?|minutes))?|(?:session|visit) (?:time|mins?|minutes)|time|minutes|mins)?"  # noqa: E501
    r"(?(timed)|(?(total)|(?!)))(?: (?:was|is|of|likewise|also)){0,2}[ ]{0,2}[:=]?[ ]{0,2}(?P<n>\d{1,3})(?![\d:/%x°]|\.\d|[ ]?(?:min|hr|hour|m\b|'|x\b|x/|visits|units|reps|am\b|pm\b|a\b|p\b|of))"  # noqa: E501
)
# "TT/TU 42/3", "45 total"
_TOTAL_UNITS = re.compile(r"\btt[ ]?/[ ]?tu[ :=]{0,3}(?P<n>\d{1,3})(?=[ ]?/[ ]?\d{1,2}\b)")
# "the first 10 of the 47 mins"
_OF_THE = re.compile(r"\b\d{1,3} of the (?P<n>\d{2,3})[ -]?min(?:ute)?s?\b")
_SUM = re.compile(
    r"(?<![\d.:/$])(?P<n>\d{2,3}) (?:min )?(?:total|in all)\b(?! (?:timed|time|assist|\w+ score))"
)
_BARE_NUMBERS = Starts(_BARE, load("time")["begins"]["bare"], digits=False)
_BREAKS = Starts(_BREAK, [*load("time")["begins"]["break"], *NUMBER_WORD_STARTS])
# A field that holds a number alone: "Duration (min): 45", "Length: 0:45".
_FIELD = re.compile(r"(?:0:)?(?P<n>\d{2,3})[ ]?(?:min(?:ute)?s?)?\.?")
_LENGTH = re.compile(r"total|duration|length|minutes|mins|time\b|face|f2f|tt\b|timed")


NEVER_OWN = frozenset({"subjective", "history", "home_program", "goal", "medication"})
"""Sections whose lengths are of what the client told, did or will do elsewhere."""
LEAST_ALONE, MOST_ALONE = 15, 180
_SET_OFF_BEFORE = re.compile(
    r"(?:^|[.,;(|\n\u2013\u2014-])[ ]{0,2}(?:x[ ]?|for |approx\.? |about |~ ?)?$"
)
_OTHER_TIME = re.compile(
    r"\b(?:next|prior|previous|before|back|rtc|return\w*|f/u|follow[- ]?up|again|will|tomorrow|yesterday|goal|daily|"  # noqa: E501
    r"schedul\w*|recheck|booked|planned|cancel\w*|calendar|nightly|night|sle(?:ep|pt)\w*|per|last|attacks?|walk\w*|call\w*|drive|drove|late|wait\w*)\b"
)
_SET_OFF_AFTER = re.compile(r"[ ]{0,2}(?:$|[.,;)|\n\u2013\u2014])")


@dataclass(frozen=True, slots=True)
class Total:
    """A stated number of minutes and how well it fits."""

    start: int
    end: int
    minutes: int
    points: float
    timed: bool = False


def find_totals(prose: Prose) -> list[Total]:
    """Every stated number of minutes that could be a session's, with its points."""
    low = prose.low
    totals = [_judge_total(prose, duration) for duration in durations(low, 0, len(low))]
    for sentence in prose.sentences:
        field = _FIELD.fullmatch(low, sentence.start, sentence.end)
        if field and sentence.section == "time" and _LENGTH.search(sentence.label):
            totals.append(
                Total(sentence.start, sentence.end, int(field["n"]), 5.0, "timed" in sentence.label)
            )
    sums = (*_OF_THE.finditer(low), *_TOTAL_UNITS.finditer(low), *_SUM.finditer(low))
    totals += [
        Total(hit.start(), hit.end(), int(next(v for v in hit.groups() if v)), 5.0) for hit in sums
    ]
    for bare in _BARE_NUMBERS.finditer(low, 0, len(low)):
        minutes = int(bare["n"])
        if not 5 <= minutes <= 480 or any(
            t.start <= bare.end() and bare.start() <= t.end and t.points > 2 for t in totals
        ):
            continue
        sentence = prose.sentence(bare.start())
        # The last lines of a flow sheet stand below its plan, yet tell the visit's own time.
        opens = bare.start() - sentence.start <= 14
        if sentence.section in PLAN_SECTIONS and not opens:
            continue
        if bare["total"] in (
            "tx",
            "treatment",
            "session",
            "visit",
            "time",
            "minutes",
            "mins",
        ) and not (
            (opens and sentence.label_start < 0)
            or prose.text[bare.start() : bare.start() + 2].isupper()
        ):
            continue
        if _FOREIGN_AFTER.match(low, bare.end()):
            continue
        totals.append(
            Total(bare.start(), bare.end(), minutes, 4.5, timed=bare["timed"] is not None)
        )
    return totals


def _judge_total(prose: Prose, duration: Duration) -> Total:
    low = prose.low
    sentence = prose.sentence(duration.start)
    floor = sentence.start if sentence.label_start < 0 else sentence.label_start
    left = max(floor, duration.start - 60)
    timed = bool(
        _TIMED_BEFORE.search(low, left, duration.start) or _TIMED_AFTER.match(low, duration.end)
    )
    points = 0.0
    if sentence.section == "time" and sentence.label:
        points += 4 if sentence.label not in ("timed", "tcm") else 0
        timed = timed or sentence.label.startswith(("timed", "total timed", "tcm"))
    elif sentence.section in PLAN_SECTIONS and not _alone(prose, duration):
        points -= 1 if _TOTAL_BEFORE.match(low[sentence.start : duration.start]) else 6
    told = _TOTAL_BEFORE.search(low, left, duration.start) is not None
    if told:
        points += 4
    if _TOTAL_AFTER.match(low, duration.end):
        points += 3
    if _SERVICE_BEFORE.search(low, left, duration.start) or _TIMES.search(
        low, left, duration.start
    ):
        points += 2.5
    if _FOREIGN_SUBJECT.search(low, left, duration.start) or _OTHER_VISIT.search(
        low, left, duration.start
    ):
        points -= 6
    if prose.index(duration.start) == 0 or (
        sentence.section in ("", "header") and prose.index(duration.start) <= 2
    ):
        points += 1
    if _alone(prose, duration):
        points += 3
    if 20 <= duration.minutes <= 120:
        points += 0.5
    if not told and _FOREIGN_BEFORE.search(low, left, duration.start):
        points -= 4
    if _FOREIGN_AFTER.match(low, duration.end):
        points -= 4
    if duration.minutes < 8:
        points -= 2
    return Total(duration.start, duration.end, duration.minutes, points, timed)


def _alone(prose: Prose, duration: Duration) -> bool:
    """Whether a sentence holds the duration and nothing else: then it is the visit's."""
    sentence = prose.sentence(duration.start)
    if sentence.label_start >= 0 or sentence.section in NEVER_OWN:
        return False
    beyond = prose.low[sentence.start : duration.start] + prose.low[duration.end : sentence.end]
    return not beyond.strip(" .,;|()-x~") and duration.minutes >= LEAST_ALONE


def only_total(prose: Prose, totals: list[Total]) -> Total | None:
    """The one length that the text tells set off from its words, where nothing tells another.

    "Worked on grief, 45 min, tearful", "CBT (50 min)": what speaks of another time, a plan or a
    part of the visit has lost its points before.
    """
    fit = [
        t
        for t in totals
        if not t.timed
        and t.points >= 0
        and LEAST_ALONE <= t.minutes <= MOST_ALONE
        and prose.sentence(t.start).section not in NEVER_OWN | PLAN_SECTIONS
        and _SET_OFF_BEFORE.search(prose.low, max(0, t.start - 12), t.start)
        and _SET_OFF_AFTER.match(prose.low, t.end)
        and not _OTHER_TIME.search(
            prose.low, max(prose.sentence(t.start).start, t.start - 60), t.start
        )
    ]
    return fit[0] if fit and len({t.minutes for t in fit}) == 1 else None


def find_breaks(prose: Prose) -> list[tuple[int, int, int]]:
    """What the writer takes out: (start, end, minutes)."""
    found = []
    for hit in _BREAKS.finditer(prose.low, 0, len(prose.low)):
        sentence = prose.sentence(hit.start())
        if sentence.section in PLAN_SECTIONS:
            continue
        if _OUTSIDE.search(prose.low, max(sentence.start, hit.start() - 30), hit.start()):
            continue
        if _INCLUDED.search(prose.low, max(sentence.start, hit.start() - 12), hit.start()):
            continue
        number = next(v for v in hit.groups() if v)
        minutes = number_told(number) or 0
        if minutes:
            found.append((hit.start(), hit.end(), minutes))
    return _unbilled(prose) or found or _excluded(prose)


_IN_BRACKETS = re.compile(
    r"\((?:[-\u2212\u2013\u2014][ ]?(?P<a>\d{1,2})[ ]?min\b|(?P<b>\d{1,2})[ ]?min(?:ute)?s? out\b)[^()\n]{0,40}\)"  # noqa: E501
)
_OF_THAT = re.compile(
    rf"\b(?P<n>\d{{1,2}}|{NUMBER_WORDS})[ -]?min(?:ute)?s? of (?:that|it|this|which|those|the time)\b"  # noqa: E501
    r"[^.;\n]{0,80}?(?:not |un)(?:counted|billed|included|charged)\b"
)
_UNBILLED = re.compile(
    rf"(?:(?P<k>two|three|[23])[ ](?:x[ ])?)?\b(?P<n>\d{{1,2}}|{NUMBER_WORDS})[ -]?(?:min(?:ute)?s?|')[ ]?"  # noqa: E501
    r"(?:(?!doc|paper|note|chart|report|travel|driv)[a-z]{2,12}[ ]){0,4}"
    r"(?:\([^()\n]{0,30}?[ ]?)?(?:at \d{1,2}:\d\d[ ]?)?[-\u2013\u2014,;(]?[ ]?(?:that (?:was|is) )?"
    r"(?:not (?:billed|counted|charged|included|billable)|unbilled|uncounted|excluded|deducted|off the clock)\b"  # noqa: E501
)


_SIGNS_UNBILLED = (
    "not billed", "not counted", "not charged", "not included", "not billable", "unbilled",
    "uncounted", "unincluded", "uncharged", "excluded", "deducted", "off the clock",
)  # fmt: skip
"""One of these ends each of them; most notes have none."""


def _unbilled(prose: Prose) -> list[tuple[int, int, int]]:
    """Minutes with words right behind them that take them out: "two 5-min rests not counted"."""
    found = [
        (hit.start(), hit.end(), int(hit["a"] or hit["b"]))
        for hit in _IN_BRACKETS.finditer(prose.low)
    ]
    if not any(sign in prose.low for sign in _SIGNS_UNBILLED):
        return found
    for hit in _OF_THAT.finditer(prose.low):
        told = number_told(hit["n"]) or 0
        found.append((hit.start(), hit.end(), told))
    if found:
        return found
    for hit in _UNBILLED.finditer(prose.low):
        minutes = number_told(hit["n"]) or 0
        times = {"two": 2, "2": 2, "three": 3, "3": 3}.get(hit["k"] or "", 1)
        found.append((hit.start(), hit.end(), minutes * times))
    return found


def _excluded(prose: Prose) -> list[tuple[int, int, int]]:
    """Minutes that a later word takes out: "that was six minutes and I leave them out"."""
    low = prose.low
    for hit in _EXCLUDE.finditer(low):
        number = prose.index(hit.start())
        sentence = prose.sentences[number]
        if sentence.section in PLAN_SECTIONS:
            continue
        told = hit["in"]
        if told:
            minutes = number_told(told) or 0
            return [(hit.start(), hit.end(), minutes)] if minutes else []
        first = max(sentence.start, hit.start() - REACH)
        before = durations(low, first, hit.start())
        if "not " in hit[0] and " i " not in hit[0] and not _HALT.search(low, first, sentence.end):
            continue
        if (
            before
            and before[-1].minutes <= LONGEST_OUT
            and not _OUTSIDE.search(low, first, before[-1].start)
        ):
            return [(before[-1].start, hit.end(), before[-1].minutes)]
    return []
