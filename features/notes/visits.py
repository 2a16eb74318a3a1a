"""What kind of contact a text tells of: a visit, a first contact, or nothing that can be billed."""

import re

from claims.note import NotBillableReason
from features.notes.number_words import NUMBER_WORDS, number_told
from features.notes.phrases import load
from features.notes.prose import Prose
from features.notes.session_time import SessionTime

_DATA = load("visits")
_NO_SHOW = re.compile(_DATA["no_show"])
_CANCELLED = re.compile(_DATA["cancelled"])
_NOT_TODAY = re.compile(_DATA["not_about_today"])
_NOT_A_VISIT = re.compile(_DATA["not_a_visit"])
_NOT_SKILLED = re.compile(_DATA["not_skilled"])
_IDLE = re.compile(_DATA["idle"])
_UNHELD = re.compile(_DATA["unheld"])
_COMPANY = re.compile(_DATA["company"])
_EVALUATION = re.compile(_DATA["evaluation"])
_PROCESS = re.compile(_DATA["process_note"])
_MEDICAL = re.compile(_DATA["medical_visit"])
_PSYCHOTHERAPY = re.compile(_DATA["psychotherapy_minutes"].replace("NUMBER", NUMBER_WORDS))
_PSYCHOTHERAPY_SPAN = re.compile(_DATA["psychotherapy_span"])
_OTHER_SECTIONS = frozenset({"plan", "history", "subjective", "goal", "home_program"})
PLAINLY = 3.0
"""Points of an intervention that is told beyond doubt."""
LASTED = 16
"""Minutes from which a visit is one that was held."""
MOST_BRIEF = 45
"""Words of a text that tells why a visit was not held, and no more."""
_OTHER_TIME = re.compile(r"\b(?:last|previous|next|policy|if|discussed|yesterday|ago|history)\b")
HEAD = 400
"""Characters in which a note of a visit that was not held says so, whatever times it tells."""
_HEADLINE = re.compile(
    r"\b(?:no[- ]?show\w*|nc/?ns|ns|dna|did not (?:show|arrive|come|present)|didn'?t (?:show|come)|"
    r"cancel\w*|cx'?d|lcx|never (?:came|arrived|showed))\b"
)
PROCESS_SIGNS = 3
"""Signs of process notes, beside the absence of what a progress note has, that make a warning."""


def not_a_visit(
    prose: Prose,
    *,
    skilled: float,
    responded: float,
    client_absent: bool,
    minutes: int | None,
    began: bool = False,
) -> NotBillableReason | None:
    """What the text itself says against a bill; None for what reads like a visit.

    skilled, responded: points of intervention and response in the text. began: whether it tells
    when the visit began.
    """
    happened = skilled >= 1 and responded >= 1
    # A text of some length that tells how long the visit took speaks of another that was missed.
    long = len(prose.low.split()) > MOST_BRIEF
    told = skilled + responded > 0
    lasted = (began or told) and long and minutes is not None and minutes >= LASTED
    # A few words without any service in them speak of this very visit.
    brief = skilled < 1 and minutes is None and not long
    for reason, expression in (("no_show", _NO_SHOW), ("cancelled", _CANCELLED)):
        if lasted and not _HEADLINE.search(prose.low, 0, HEAD):
            continue
        if not happened and _about_today(prose, expression, brief=brief):
            return "no_show" if reason == "no_show" else "cancelled"
    for hit in _NOT_A_VISIT.finditer(prose.low):
        if prose.sentence(hit.start()).section in _OTHER_SECTIONS:
            continue
        if not happened and (skilled < 1 or responded < 1 or client_absent):
            return "not_a_visit"
        if client_absent and prose.index(hit.start()) <= 1:
            return "not_a_visit"
    if (responded < 1 or skilled < PLAINLY) and _IDLE.search(prose.low):
        return "not_skilled"
    if skilled < 1 and any(
        prose.sentence(hit.start()).section not in _TOLD_OF
        and not _FOR_WHAT.search(prose.low, max(0, hit.start() - 12), hit.start())
        for hit in _NOT_SKILLED.finditer(prose.low)
    ):
        return "not_skilled"
    return None


_TOLD_OF = frozenset({"plan", "history", "goal", "home_program", "necessity", "subjective", "risk"})
_FOR_WHAT = re.compile(r"\b(?:for|and|with|from|of|an|church)[ ]$")
"""What company is told of for: "leans on her sister for errands" is no errand run."""


def unheld(prose: Prose) -> bool:
    """Whether a text that is no visit tells of no contact at all."""
    hit = _UNHELD.search(prose.low)
    if hit is None:
        return False
    untreated = re.match(r"no (?:treatment|tx|therapy)\b", hit[0])
    return untreated is None or _COMPANY.search(prose.low) is None


def _about_today(prose: Prose, expression: re.Pattern[str], *, brief: bool) -> bool:
    for hit in expression.finditer(prose.low):
        sentence = prose.sentence(hit.start())
        if sentence.section in _OTHER_SECTIONS and prose.index(hit.start()) > 2:
            continue
        if hit[0].startswith("late") and prose.index(hit.start()) <= 1:
            return True
        floor = max(sentence.start, hit.start() - 40)
        if sentence.label_start >= 0 and hit.start() < sentence.start:
            return True
        around = prose.low[floor : min(sentence.end, hit.end() + 25)]
        if brief and not _OTHER_TIME.search(around):
            return True
        if not _NOT_TODAY.search(around.replace(hit[0], " ")):
            return True
    return False


def is_evaluation(prose: Prose, codes: tuple[str, ...]) -> bool:
    """Whether this is a first contact or an evaluation, where no progress is due."""
    if any(c in _EVALUATION_CODES for c in codes):
        return True
    low = prose.low
    for hit in _EVALUATION.finditer(low):
        sentence = prose.sentence(hit.start())
        if sentence.section in ("plan", "history", "signature"):
            continue
        before = prose.low[max(sentence.start, hit.start() - 30) : hit.start()]
        if re.search(
            r"\b(?:last|since|at|prior|previous|per|from|post|next|schedul\w*|recommend\w*|refer\w*|until|due|before|after)\s(?:the |her |his )?$",  # noqa: E501
            before,
        ):
            continue
        opens = not low[sentence.start : hit.start()].strip(" -*•:|(\t") or _PART_OF.fullmatch(
            low, sentence.start, hit.start()
        )
        if (opens and _HEADS.match(low, hit.end())) or sentence.section in (
            "header",
            "billing",
            "intervention",
            "objective",
            "time",
        ):
            return True
        if prose.index(hit.start()) < _DATA["evaluation_early"]:
            return True
    return False


_PART_OF = re.compile(r"[ ]{0,3}(?:segment|block|part|item|service|tx|procedure)[ :(=-]{1,3}")
_HEADS = re.compile(
    r"(?:uation|ination)?(?: \([^()\n]{0,20}\))?[ )]{0,2}(?:[:=,\u2013—-]|$|\n|done|completed|\d)"
)
"""What follows where an evaluation is what was done, and not told of in passing."""
_EVALUATION_CODES = frozenset(
    [
        "90791",
        "90792",
        "97161",
        "97162",
        "97163",
        "97164",
        "97165",
        "97166",
        "97167",
        "97168",
        "92521",
        "92522",
        "92523",
        "92524",
        "92610",
        "92607",
        "96156",
        "97151",
        "96105",
        "96112",
        "96116",
        "96125",
        "96130",
        "96132",
        "96136",
        "96138",
        "0362T",
    ]
)


def is_process_note(prose: Prose, elements_found: int) -> bool:
    """Whether a text reads like psychotherapy process notes.

    Source: 45 CFR 164.501, "psychotherapy notes": the analysis of a conversation, kept apart from
    the record, without session times, modality, results, diagnosis, plan or progress.
    """
    signs = {hit[0] for hit in _PROCESS.finditer(prose.low)}
    named = any(
        s.startswith(("process note", "not part of", "private note", "for my")) for s in signs
    )
    return named or (len(signs) >= PROCESS_SIGNS and elements_found <= 4)


def psychotherapy_minutes(prose: Prose, time: SessionTime) -> int | None:
    """Minutes of psychotherapy beside a medical visit, where the text tells them apart."""
    if not _MEDICAL.search(prose.low):
        return None
    for hit in _PSYCHOTHERAPY.finditer(prose.low):
        if (
            prose.sentence(hit.start()).section == "plan"
            and "next" in prose.low[max(0, hit.start() - 40) : hit.start()]
        ):
            continue
        number = next(v for v in hit.groups() if v)
        minutes = number_told(number)
        if minutes:
            return minutes
    for span in time.spans:
        if _PSYCHOTHERAPY_SPAN.search(prose.low, max(0, span.start - 60), span.start):
            return span.minutes
    return None
