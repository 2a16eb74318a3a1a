"""Scored instruments and measured or counted data of the client's condition or performance."""

import re

from features.notes.phrases import load
from features.notes.prose import Prose, Sentence
from features.notes.starts import Starts, first_words

_INSTRUMENTS = "|".join(
    re.escape(str(name).lower())
    for name in sorted(load("measures")["instruments"], key=lambda n: -len(str(n)))
)
_NUM = r"\d{1,4}(?:\.\d{1,2})?"
_SPELLED = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    "sixteen|seventeen|eighteen|nineteen|twenty"
)
_TENS = r"(?:ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred)"
_BEHAVIORS = (
    r"(?:tantrum|meltdown|aggression|protest|elopement|bolting|sib|self-injury|bite|biting|hit|hitting|kick|flop|"
    r"outburst|refusal|scream|screaming|mand|tact|echoic|intraverbal|accident|throw|property destruction|pinch|"  # noqa: E501
    r"scratch|dropping|crying|yelling|stereotypy|mouthing|pica)"
)
_WORD_NUM = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|\d{1,3})"  # noqa: E501
_SCORE = re.compile(
    rf"(?<![\w-])(?:{_INSTRUMENTS})(?![\w-])[^.;|\n\d_\[<{{]{{0,34}}?(?:[:=]\s?)?(?P<n>{_NUM}|\b(?:zero|{_SPELLED})\b)(?![-/]\d{{1,2}}[-/]\d)"
)
_SHAPES = {
    "percent": rf"(?<![\w.]){_NUM}\s?%|\b(?:{_NUM}|{_TENS}(?:[ -](?:{_SPELLED}))?|{_SPELLED}) (?:percent|per cent)\b",  # noqa: E501
    "fraction": r"(?<![\w/.:-])\d{1,3}\s?/\s?(?:5|10|20|25|30|100|\d{1,3})(?![\w/]|\.\d)(?!\s?(?:am|pm|week|wk|mo))",  # noqa: E501
    "of": rf"(?<![\w/.]){_WORD_NUM} (?:of|out of|/) (?:the )?(?:last )?{_WORD_NUM}\b(?! (?:visits|sessions scheduled))",  # noqa: E501
    "degrees": rf"(?<![\w.])[+-]?{_NUM}\s?(?:°|deg\b|degrees\b)",
    "rom": r"\b(?:arom|prom|rom|aarom|flex(?:ion)?|ext(?:ension)?|abd|add|er|ir|df|pf|sup|pro|slr|tam)\b[^.;|\n]{0,20}?\d{1,3}",  # noqa: E501
    "strength": r"\b[2-5]\s?[+-]?\s?/\s?5\b|\bmmt\b|\b\d{1,3}\s?(?:#|lbs?\b|kg\b|pounds)",
    "change": rf"(?<![\w/.]){_NUM}\s?%?\s?(?:->|→|➔|=>|>>)\s?{_NUM}",
    "from_to": rf"\b(?:from|was|were|previously|prior|init(?:ial(?:ly)?)?|baseline|up from|down from|last (?:week|wk|visit|session))[ :(]{{1,2}}(?:a |an )?(?:{_WORD_NUM})(?![:/]\d)\b(?:[^.;|\n]{{0,18}}\b(?:to|now|today)\b ?(?:a |an )?{_WORD_NUM}\b)?",  # noqa: E501
    "counted": rf"(?<![\w/.:-]){_WORD_NUM}\+? (?:\w{{1,14}} ){{0,2}}?(?:episodes?|times|trials?|reps?|repetitions|attempts|opportunities|opps|steps?|words?|prompts?|cues?|instances?|occurrences?|incidents?|falls?|errors?|meltdowns?|tantrums?|panic attacks?|attacks|nightmares|arguments|fights|urges|binges?|drinks?|cigarettes|absences|missed (?:days|shifts)|calls|outbursts|aggressions?|elopements?|mands|tacts|targets|sentences|syllables|blocks|swallows|bites|sips|pages|messages|sounds|pegs|beads|items|foods|meals|nights|verses|rounds|laps|lob|loss of balance|rests?|rest breaks?|missed work|days? of|days? missed|sick days|shifts|mornings|pairs|phrases|questions|clusters|minutes of sustained|redirections|quarrels|lapses|slips|spikes|accidents|seizures|checks|rituals|compulsions|cravings|relapses|hits|bites|kicks|initiations|requests|comments|utterances|responses|buttons|laces|letters|shapes|vcs?)\b",  # noqa: E501
    "distance": rf"(?<![\w/.:-]){_NUM}\s?(?:ft|feet|foot|m|meters|yards|yds|cm|mm|inches|in)(?![\w'])(?! hold)",  # noqa: E501
    "vitals": r"\b(?:bp|hr|spo2|o2 sat|o2|rr|pulse|temp|wt|weight|bmi)\b[^.;|\n]{0,12}?\d{2,3}|\b\d{2,3}/\d{2,3}\b(?= ?(?:mmhg|hr|bp|,? ?hr))|\b\d{2,3} ?(?:bpm|db|hz|wpm)\b|(?:words per minute)",  # noqa: E501
    "seconds": rf"(?<![\w/.:-]){_NUM}\s?(?:s|sec|secs|seconds)\b(?! hold)(?!\s?x)|\b{_WORD_NUM} seconds\b",  # noqa: E501
    "frequency": rf"(?<![\w/.:-]){_NUM}x ?(?:/|per|a|in|this|last) ?(?:wk|week|day|night|month|session|hr|hour)|\b(?:once|twice|{_WORD_NUM} times) (?:this|last|in the past|per|a) (?:week|month|night|day)\b",  # noqa: E501
    "hours": rf"(?<![\w/.:-]){_WORD_NUM}(?:-\d)? ?(?:h|hrs?|hours) (?:of )?(?:sleep|(?:a|per|each) night|nightly)|\bslept (?:about |approx )?{_WORD_NUM}|\bsleep(?:ing|s)? (?:about |approx |only )?\d{{1,2}}(?:-\d{{1,2}})? ?(?:h|hrs?|hours)",  # noqa: E501
    "edema": r"\b(?:edema|girth|circumference|figure[- ]8|fig-8|grip|pinch|pfg|2pd|leg length|gait speed)\b[^.;|\n]{0,22}?\d",  # noqa: E501
    "behavior": rf"\b{_BEHAVIORS}(?:s|es)?\b[^.;|\n\d]{{0,14}}?(?:\d{{1,3}}\b(?![:/]\d)|\b(?:nil|zero|once|twice)\b)",  # noqa: E501
    "before_after": r"(?<![\w/.:-])\d{1,3} (?:before|at (?:the )?(?:start|outset|beginning)|coming in|on arrival|at intake|pre)\b[^.;|\n\d]{0,24}\d{1,3} (?:after|now|going out|at (?:the )?(?:end|close)|post|leaving)\b",  # noqa: E501
    "physical": rf"(?<![\w/.:-]){_NUM}\s?(?:cmh2o|cm h2o|mmhg|kpa|l/min|lpm|n\b|newtons|dba?\b)",
    "bends": r"\b(?:bends?|bending|flexes|extends|lacks|straightens|turns|opens|reaches|rotates|abducts) (?:to |only |by |about )?\d{1,3}(?! ?(?:x|reps|times|min))",  # noqa: E501
    "level": r"\b(?:level|lvl|grade|gr|stage)\b ?(?:\d|i{1,3}v?)\b(?= (?:edema|spasticity|tone|mobility))",  # noqa: E501
    "rated": r"\b(?:rated|rates|rating|rate)\b[^.;|\n]{0,40}?\b\d{1,3}(?!:)",
    "pain": r"\b(?:pain|np?rs|vas|lbp|ha)\b[^.;|\n\d]{0,22}\d{1,2}(?:\.\d)?\s?(?:/\s?10|(?=\s?(?:at|with|w/|in|->|→|-|,|;|\.|$)))",  # noqa: E501
}
_WORDS_TOO = frozenset(load("element_rules")["capitals"])
# Alternatives in one pass each; the name tells which shape was seen (for the evidence only).
_DATUM = re.compile("|".join(f"(?P<{name}>{shape})" for name, shape in _SHAPES.items()))
# Without a number in digits or words there is nothing measured.
_COUNTED = re.compile(rf"\d|\b(?:mmt|once|twice|{_WORD_NUM})\b")
_DATA = Starts(_DATUM, load("measures")["begins"])
_SCORES = Starts(_SCORE, first_words(str(n).lower() for n in load("measures")["instruments"]))
_BLANK_SCORE = re.compile(r"__|\[score\]|\{\{|<|\*\*\*|\?\?")
_GOAL_ONLY = re.compile(
    r"\b(?:will (?:\w+ ){0,6}|goal (?:is|of|:)|goals?:|target|criterion|stg|ltg|in order to|to achieve|by \d{1,2}/)"  # noqa: E501
)
_AWAY = frozenset(
    {
        "plan",
        "home_program",
        "time",
        "billing",
        "header",
        "signature",
        "medication",
        "plan_of_care",
        "history",
        "diagnosis",
        "supervision",
        "participants",
        "telehealth",
    }
)
_EXERCISE = re.compile(
    r"^\s?(?:x ?\d|reps?|sets?|min|minutes|'|hold|#|lb|lbs|second hold|sec hold)|\b\d{1,2} ?x ?\d{1,2}\b"  # noqa: E501
)
_DOSE = re.compile(r"\b\d{1,4}(?:\.\d)? ?(?:mg|mcg|ml|units)\b")
_DATE_LIKE = re.compile(r"^\d{1,2}/\d{1,2}$")
_DATED = re.compile(r"0\d/\d{1,2}|\d{1,2}/0\d")
"""Nobody writes a score as 04/05."""
_DAY_BEFORE = re.compile(
    r"\b(?:dates?|on|of|for|since|until|till|through|by|entry|entered|record|seen|signed|visit|dated|dos|next|due|"
    r"rtc|back|again|no\.?|contact \d{1,2}|\d{1,2}|lcsw|lpc|lmft|lmsw|lmhc|psyd|phd|md|do|np|pmhnp|"
    r"otr/l|pt|dpt|pta|cota|ccc-slp|slp|bcba|bcaba|rbt) ?[:,]?[ ]?$"
)


OPENING = 60
"""Characters in which a note's own day stands."""


def measures(prose: Prose) -> list[tuple[int, int]]:
    """Where the note has a scored instrument or a measured or counted datum."""
    low = prose.low
    found: list[tuple[int, int]] = []
    for sentence in prose.sentences:
        start, end = sentence.start, sentence.end
        if sentence.section in _AWAY:
            if sentence.section != "history":
                found += _scores(low, prose.text, sentence)
            continue
        found += _scores(low, prose.text, sentence)
        if (
            sentence.section == "goal"
            and not re.search(
                r"\b(?:today|now|was|were|currently|current|met|progress|up|down|last|achieved|from|this (?:week|session)|did|got|managed|yet|so far|vs)\b|→|->",  # noqa: E501
                low[start:end],
            )
        ):
            continue
        if not _COUNTED.search(low, start, end):
            continue
        for hit in _DATA.finditer(low, start, end):
            if _counts(low, sentence, hit):
                found.append((hit.start(), hit.end()))
    return found


def _scores(low: str, text: str, sentence: Sentence) -> list[tuple[int, int]]:
    found = []
    for hit in _SCORES.finditer(low, sentence.start, sentence.end):
        passage = low[hit.start() : hit.end() + 4]
        name = re.match(r"[a-z]+", hit[0])
        if name and name[0] in _WORDS_TOO and not text[hit.start() : hit.start() + 3].isupper():
            continue
        if _BLANK_SCORE.search(passage) or re.search(
            r"prior|previous|last|was due|next|to be\b|repeat|overdue|deferred|is due", hit[0]
        ):
            continue
        if re.search(
            r"\b(?:will|next|to be|plan to|not|deferred|declined|give|repeat|readminister)\b"
            r"[^.;|]{0,30}$",
            low[max(sentence.start, hit.start() - 45) : hit.start()],
        ):
            continue
        if re.match(
            r"[ ]?(?:was |is )?(?:not|deferred|next|declined)"
            r"|[ ](?:at intake |back )?in (?:19|20)\d\d",
            low[hit.end() : hit.end() + 24],
        ):
            continue
        found.append((hit.start(), hit.end()))
    return found


def _counts(low: str, sentence: Sentence, hit: re.Match[str]) -> bool:
    kind = hit.lastgroup
    before = low[max(sentence.start, hit.start() - 40) : hit.start()]
    after = low[hit.end() : min(sentence.end, hit.end() + 20)]
    if kind == "fraction" and _DATE_LIKE.match(hit[0].replace(" ", "")):
        first, second = (int(n) for n in re.findall(r"\d+", hit[0])[:2])
        scale = second in (5, 10, 20, 30, 100) or first > second
        month = first <= 12 and second <= 31
        told = re.search(
            r"\b(?:pain|lbp|mood|anxiety|rate\w?|rated|suds|distress|intensity|effort|steps|correct|trials|borg|level|depression|severity|at|accuracy|score\w?|strength|stress|craving\w?)[^.;]{0,22}$",
            before,
        )
        if (
            month
            and not told
            and (
                not scale or _DATED.fullmatch(hit[0].replace(" ", "")) or _DAY_BEFORE.search(before)
            )
        ):
            return False
        if (
            month
            and second in (10, 20, 30)
            and not told
            and re.search(
                r"(?:on|since|next|dated|by|from|until|thru|due|exp\w*|seen|session)\s$", before
            )
        ):
            return False
        if (
            month
            and second == 5
            and re.search(r"\b(?:on|since|next|dated|by|from|until)\s$", before)
        ):
            return False
    if (
        kind in ("fraction", "strength")
        and hit.end() < OPENING
        and hit.start() == sentence.start
        and _DATE_LIKE.match(hit[0].replace(" ", ""))
        and after[:1] in ("", ",", ".")
    ):
        return False  # a note may begin with its day
    if kind == "distance" and (
        re.match(r"[ ](?:19|20)\d\d", after)
        or re.search(r"\b(?:tot(?:al)?|elapsed|time was|session of)[ :]{0,2}$", before)
    ):
        return False
    if kind in ("distance", "counted", "seconds", "strength") and re.match(
        r"\s?(?:hold|apart|away|from (?:home|here))", after
    ):
        return False
    if (
        kind == "strength"
        and re.match(r"\d", hit[0])
        and re.search(r"(?:theraband|dumbbell|@|w/|with|x|bag|carry|lift)\s{0,1}$", before)
        and "lift" not in before
    ):
        return "mmt" in before
    if kind == "seconds" and re.search(r"(?:hold|delay|rest|for|every)\s?$", before):
        return "hold" not in after
    if kind in ("from_to", "counted", "of", "frequency"):
        if re.search(
            r"\b(?:will|next|plan to|goal is|homework|practice|over the next|scheduled)\b[^.;]{0,40}$",  # noqa: E501
            before,
        ):
            return False
        if (
            re.search(
                r"\b(?:rides?|trial of|option|visits?|sessions?|week|year|month|hour|minute)s?\b",
                after[:9],
            )
            and kind == "of"
        ):
            return False
    if kind == "of" and re.search(
        r"\b(?:visit|session|week|part|chapter|step|page|pg\.?)\s$", before
    ):
        return False
    if (
        kind == "from_to"
        and re.match(r"(?:prior|previously)", hit[0])
        and not re.search(r"\d", before)
    ):
        return False
    if kind == "counted" and before.endswith(" or "):
        return False
    if kind == "from_to" and not re.search(r"\d|\b(?:to|now)\b", hit[0]):
        return False
    if (
        kind == "percent"
        and re.search(r"\b(?:goal|criterion|criteria|target|\(|will|to)\s?[^.;]{0,18}$", before)
        and not re.search(r"\b(?:at|was|is|with|accuracy|today)\s?$", before)
    ):
        # The goal's own criterion is no datum; the status behind it is.
        return (
            bool(re.match(r"\s?(?:accuracy|correct|today|now|this)", after))
            and "goal" not in before
        )
    return not (_DOSE.match(low, hit.start()))
