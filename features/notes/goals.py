"""Progress tied to a goal: a goal, where it stands, and a number or a verdict."""

import re

from features.notes.prose import Prose, Sentence

_GOAL = re.compile(
    r"\b(?:goals?(?!-)|objectives?|obj|stgs?\s?#?\d?|ltgs?\s?#?\d?|targets?|benchmarks?|(?:the |his |her |their |our |written |first |second |third )aims?|aim #?\d|criterion|criteria|mastery|g\d)\b"  # noqa: E501
)
_STATUS = re.compile(
    r"\b(?:met|unmet|partial(?:ly)?|achieved|attained|progress(?:ing|ed)?|advanc\w{2,3}|improv\w{2,5}|up from|down from|gained|regress\w{2,4}|plateau\w{0,3}|on track|on hold|stalled|lag(?:s|ging)?|slipped|closer|close|way there|almost|nearly|mastered|emerging|unchanged|no (?:change|mvmt|movement|progress)|since last|toward|towards|still (?:at|needs|requires)|maintain\w{0,3}|today|now|currently|this (?:week|wk|month|session)|so far|managed|stands|was|were|vs|previously|from \d|exceeded|not yet|rides|hitting|discontinued|reached|ahead|come on|coming on|stalled|dormant|(?:at a )?standstill|short of|inching|nears?|nearing|gaining|completed?|complet\w{2,3}|done|not there|half ?way)\b|→|->"  # noqa: E501
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


def goal_points(
    words: str, sentence: Sentence, points: float, vague: bool, after_goal: bool
) -> float:
    """Points of phrases, weighed anew by whether a goal, its state and a number are told."""
    goal = bool(_GOAL.search(words)) or sentence.section == "goal" or after_goal
    if not goal and points <= 0:
        # Nothing can raise it: spares every other sentence three expressions.
        return points
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


def follows_goal(prose: Prose, number: int) -> bool:
    """Whether the sentence before that one states a goal."""
    if not number:
        return False
    previous = prose.sentences[number - 1]
    labelled = previous.section == "goal" and bool(previous.label)
    return labelled or _NUMBERED.search(prose.low, previous.start, previous.end) is not None
