"""Whether the session was held by video or by telephone, where the client was, and consent."""

import re
from dataclasses import dataclass
from typing import Literal

from features.notes.phrases import load
from features.notes.prose import Prose

_DATA = load("telehealth")
_VIDEO = re.compile(rf"(?<!\w){_DATA['video']}(?!\w)")
_AUDIO = re.compile(rf"(?<!\w){_DATA['audio']}(?!\w)")
_GENERIC = re.compile(rf"(?<!\w){_DATA['generic']}(?!\w)")
_OTHER = re.compile(rf"(?<!\w){_DATA['other']}")
_PLACES = {word: place for place, words in _DATA["places"].items() for word in words}
_PLACE_WORDS = "|".join(re.escape(w) for w in sorted(_PLACES, key=len, reverse=True))
_LOCATION = re.compile(
    rf"(?<!\w){_DATA['location']}(?P<place>{_PLACE_WORDS}|[a-z]{{3,15}}, ?[a-z]{{2}}\b|[a-z]{{3,12}} [a-z]{{2}}(?=[ |.;,)]))(?!\w)"  # noqa: E501
)
_WHERE = re.compile(rf"(?<!\w){_DATA['where']}(?P<place>{_PLACE_WORDS})(?!\w)")
_CLINICIAN = re.compile(
    r"\b(?:clinician|therapist|provider|writer|i|this writer|psychologist)\b[^.;,]{0,30}$"
)
_LATER = re.compile(r"[^.;,]{0,12}\b(?:next|later|future|instead)\b")
_CITY = re.compile(
    r"(?<!\w)(?:in|at|from|location:?) [A-Z][a-z]{2,14}(?: [A-Z][a-z]{2,14})?, [A-Z]{2}\b"
)
_AT_HOME = re.compile(r"\b(?:pos|place of service)[ :=-]{1,3}10\b")
"""Place of service 10: telehealth provided in the patient's home."""
_STREET = re.compile(
    r"\bloc(?:ation|ated)?\b[^.;\n]{0,20}\b\d{1,5} [a-z]{2,14} (?:st|ave|rd|dr|ln|blvd|way|ct|street|road|lane)\b"  # noqa: E501
)
_STATE = re.compile(rf"\b(?:in|from|at|loc(?:ation)?:?|\() ?(?:{'|'.join(_DATA['states'])})\b")
_CONSENT = re.compile(rf"(?<!\w){_DATA['consent']}")
_NO_CONSENT = re.compile(rf"(?<!\w){_DATA['no_consent']}")
_UNTICKED = re.compile(r"\[[ _]?\][ ]?$|☐[ ]?$")
_TICKED = re.compile(r"\[[xX✓]\][ ]?(?:[\w-]{2,12}[: ]{1,3}){0,2}$|[☒☑]")
_THING = re.compile(
    r"[ ]?(?:calls?\b(?! with)|clip|games?|model\w*|recording|call (?:to|with)|feedback|exercise|for|of the"  # noqa: E501
    r"|(?:w/|with) (?:the |her |his )?(?:school|teacher|pharmacy|doctor|pcp|office|insurance|case ?worker))"  # noqa: E501
)
_SUPERVISOR = re.compile(
    r"\b(?:supervis\w{2,4}|supv?|oversight|available|"
    r"(?:bcba|bcba-d|analyst|pt|ot|slp)\b[^.;\n]{0,40}\b(?:came|joined|observed|checked|looked|watched))\b"
    r"[^.;\n]{0,80}$"
)
"""Before a mention that tells how a supervisor was reached, and not the client."""
_SKIPPED = frozenset({"plan", "history", "home_program", "goal", "signature"})
_TELE_SECTION = "telehealth"


@dataclass(frozen=True, slots=True)
class Telehealth:
    """What the note says of a session at a distance."""

    telehealth: bool | None = False
    modality: Literal["video", "audio"] | None = None
    location: str | None = None
    consent: bool | None = None
    evidence: tuple[tuple[int, int], ...] = ()
    """Of modality and client's location together; empty where one of the two is missing."""


def _mention(prose: Prose, expression: re.Pattern[str]) -> tuple[int, int] | None:
    low = prose.low
    for hit in expression.finditer(low):
        sentence = prose.sentence(hit.start())
        if sentence.section in _SKIPPED and not _TOOK_PLACE.search(
            low, sentence.start, sentence.end
        ):
            continue
        before = low[max(sentence.start, hit.start() - 40) : hit.start()]
        after = low[hit.end() : min(sentence.end, hit.end() + 25)]
        if _UNTICKED.search(before):
            continue
        if sentence.section == "subjective" and not _OF_THE_SESSION.search(
            low, sentence.start, sentence.end
        ):
            continue
        clause = re.split(r"[;,(|]", before)[-1]
        sure = _TICKED.search(before) or sentence.section == _TELE_SECTION
        if not sure and _LATER.match(after):
            continue
        floor = sentence.start if sentence.label_start < 0 else sentence.label_start
        if _SUPERVISOR.search(low, max(floor, hit.start() - 90), hit.start()):
            continue
        if not sure and (_OTHER.search(clause) or _THING.match(after)):
            continue
        return hit.start(), hit.end()
    return None


def telehealth(prose: Prose) -> Telehealth:
    """Modality, the client's location and consent, as stated of this session."""
    video = _mention(prose, _VIDEO)
    audio = _mention(prose, _AUDIO)
    generic = _mention(prose, _GENERIC)
    if audio and video:
        # "no data for video": what the client lacks is not what was used.
        first = min(audio, video)
        modality: Literal["video", "audio"] = (
            "audio" if _only_audio(prose) else ("audio" if first is audio else "video")
        )
    elif audio:
        modality = "audio"
    elif video:
        modality = "video"
    elif generic:
        return Telehealth(True, None, _location(prose, generic)[0], _consented(prose))
    else:
        return Telehealth()
    at = audio if modality == "audio" else video
    assert at is not None  # noqa: S101 (one of the two was found)
    place, where = _location(prose, at)
    evidence: tuple[tuple[int, int], ...]
    beside = where is not None and 0 <= where[0] - at[1] <= NEAR
    if not generic and not beside and not _held_so(prose, at):
        return Telehealth()
    agreed = _CONSENT.search(prose.low)
    evidence = (at, where) if where else ()
    if evidence and agreed and not _NO_CONSENT.search(prose.low):
        evidence += ((agreed.start(), agreed.end()),)
    return Telehealth(True, modality, place, _consented(prose), evidence)


_OF_THE_WAY = frozenset({"telehealth", "header", "time", "participants", "billing"})
_OF_THE_SESSION = re.compile(
    r"\b(?:session|visit|met|held|seen|conducted|appointment|consent\w*|joined|connected|tele\w+|present(?:ed|s)? (?:by|via|on))\b"  # noqa: E501
)
"""The client may have spoken of a call; the session's own way is told in words of the session."""
NEAR = 40
"""Characters within which the client's place behind "video" makes it the session's way."""
_TOOK_PLACE = re.compile(
    r"\b(?:session|visit|appointment|encounter)\b.{0,20}\b(?:took place|was (?:held|conducted|provided)|occurred)\b"  # noqa: E501
)
_ONLY = re.compile(
    r"audio[ -]only|(?:tele)?phone only|no video|without video|does not have (?:data for |a )?(?:video|computer|camera)|video (?:failed|not (?:available|working|possible))|video (?:w(?:ou)?ldn'?t|would not|couldn'?t|could not|can'?t|didn'?t) (?:\w{1,8} )?(?:load|work|connect|open|start)|(?:no|can'?t do|can'?t use|declined|not want(?: the)?) (?:video|camera|internet)"  # noqa: E501
)


def _only_audio(prose: Prose) -> bool:
    return bool(_ONLY.search(prose.low))


_HELD = re.compile(
    r"(?:session|visit|seen|met|conducted|provided|held|platform|modality|service|via|by|through|location|place|pos|connected|joined|logged|student|learner|child|spoke|contact|client|patient|consumer|together|saw|tx|therapy|did this|today|family guidance|two[ -]way|\bx\])"  # noqa: E501
)


def _held_so(prose: Prose, at: tuple[int, int]) -> bool:
    """Whether the mention is of the way in which this session was held."""
    sentence = prose.sentence(at[0])
    if sentence.section in (_TELE_SECTION, "time", "header", "billing"):
        return True
    if at[0] - sentence.start <= 3:
        return True
    if prose.index(at[0]) <= 1 and _VIDEO.match(prose.low, at[0]):
        return True
    start = max(0, (sentence.start if sentence.label_start < 0 else sentence.label_start))
    return bool(_HELD.search(prose.low, start, sentence.end))


def _location(prose: Prose, at: tuple[int, int]) -> tuple[str | None, tuple[int, int] | None]:
    low = prose.low
    for hit in _LOCATION.finditer(low):
        sentence = prose.sentence(hit.start())
        if sentence.section in _SKIPPED:
            continue
        place = hit["place"]
        if _CLINICIAN.search(low, max(sentence.start, hit.start() - 45), hit.start()):
            continue
        if place not in _PLACES and not re.fullmatch(
            r"[A-Z][\w]+,? [A-Z]{2}", prose.text[hit.start("place") : hit.end("place")]
        ):
            continue
        return _PLACES.get(place, "elsewhere"), (hit.start(), hit.end())
    for hit in _WHERE.finditer(low):
        sentence = prose.sentence(hit.start())
        if sentence.section in _SKIPPED or hit["place"] in ("hospital", "hotel", "private space"):
            continue
        apart = abs(prose.index(hit.start()) - prose.index(at[0]))
        if apart > 1 and sentence.section not in _OF_THE_WAY:
            # What happened at home is told all over a note.
            continue
        if not _CLINICIAN.search(low, max(sentence.start, hit.start() - 45), hit.start()):
            return _PLACES[hit["place"]], (hit.start(), hit.end())
    city = _CITY.search(prose.text)
    if city and prose.sentence(city.start()).section not in _SKIPPED:
        return "elsewhere", (city.start(), city.end())
    coded = _AT_HOME.search(low)
    if coded:
        return "home", (coded.start(), coded.end())
    street = _STREET.search(low)
    if street:
        return "elsewhere", (street.start(), street.end())
    state = _STATE.search(low)
    if state and prose.sentence(state.start()).section not in _SKIPPED:
        return "elsewhere", (state.start(), state.end())
    return None, None


def _consented(prose: Prose) -> bool | None:
    if _NO_CONSENT.search(prose.low):
        return False
    return True if _CONSENT.search(prose.low) else None
