"""Who signed, with which credential, and who supervises."""

import re
from dataclasses import dataclass

from features.notes.phrases import load
from features.notes.prose import Prose
from features.notes.starts import Starts, first_words

_DATA = load("signature")
KIND_OF_CREDENTIAL: dict[str, str] = {
    name: kind
    for kind in ("independent", "trainee", "assistant", "technician")
    for name in _DATA[kind]
}
_ALL = sorted({*KIND_OF_CREDENTIAL, *_DATA["degrees"]}, key=len, reverse=True)
_CREDENTIAL = r"(?:" + "|".join(re.escape(c) for c in _ALL) + r")\.?(?![\w/-]|\.\w)"
_CREDENTIALS = rf"(?P<creds>{_CREDENTIAL}(?:[ ]{{0,2}}[,/|]?[ ]{{0,2}}{_CREDENTIAL}){{0,5}})"
# A name: two words or an initial and a word, capitals in text that uses them.
_WORD = r"[^\W\d_](?:[^\W\d_]|['-]){1,24}"
_INITIAL = r"[^\W\d_](?:[^\W\d_]{0,2}\.)?"
_NAME = rf"(?P<name>(?:(?:{_WORD}|{_INITIAL})[ ]{{1,2}}){{1,3}}?{_WORD}|{_INITIAL}[ ]?{_INITIAL}[ ]?{_WORD})"  # noqa: E501
_SIGNED = re.compile(
    rf"(?<![\w.'-]){_NAME}(?:[ ]{{0,2}}[,(|/–-][ ]{{0,2}}|[ ]{{1,2}}){_CREDENTIALS}"  # noqa: RUF001
)
_ANY_CREDENTIAL = re.compile(rf"(?<![\w.]){_CREDENTIAL}")
_CREDENTIALS_THERE = Starts(_ANY_CREDENTIAL, first_words(_ALL), digits=False)
_SUPERVISION_CUE = re.compile(
    r"(?<!\w)(?:supervis(?:ed|or|ing|ion)|superv|sup'?d|staffed|discussed|case discussed|d/w|oversight|mentored|mentor|pt of record|ot of record|(?:pt|ot|slp|bcba|supervisor) of record|under dr|(?:session|case|tx|data|note|plan|treatment) (?:was )?reviewed|reviewed (?:with|w/)|sup(?=[ :.](?:\w{2,10}:)?)|super(?= ?:)|supv?\.?(?: (?:pt|ot|slp|bcba|therapist|analyst))?(?= ?:)|bcba(?= ?:)|lead (?:bcba|clinician|analyst|therapist)|clinical (?:lead|director|mentor)|preceptor|mentor|attending|(?:note |session |data |plan )?reviewed by|co-?sign(?:ed|ature)?|countersign(?:ed|ature)?|clinical supervision|incident[ -]to|reviewed (?:and|&) (?:co-?)?signed|overseen|directed|direction of|under the (?:license|direction|supervision))(?!\w)"  # noqa: E501
)
_REVIEWS = re.compile(
    r"[ ,(]{1,3}(?:(?:who )?(?:provid|giv|gave)\w{0,3} (?:\w{4,9} )?supervision|(?:is |as )?(?:the )?(?:supervis\w{2,3}|mentor)|(?:as |is |was )?(?:clinical )?(?:supervis|oversee|oversaw|co-?sign)|reviewed|on[ -]site|available)"  # noqa: E501
)
_SIGN_CUE = re.compile(
    r"(?<!\w)(?:e-?signed|electronically signed|signed|signature|/s/|esig|s/|documented by|completed by|authenticated|attested|therapist|clinician|provider|author|entered by|written by|seen by|rendering|treating (?:therapist|clinician|provider))(?!\w)"  # noqa: E501
)
_EMPTY = re.compile(
    r"_{3,}|\[[^\]\n]{0,40}(?:name|credential|clinician|signature|provider)[^\]\n]{0,30}\]|\{\{|<[^>\n]{0,30}>|\*{3,}|not signed|unsigned|signature pending|pending signature|draft"  # noqa: E501
)
_BODY_CUE = re.compile(
    r"(?<!\w)(?:dr\.?|ref(?:erred|\.)?|referral|pcp|md office|consult\w*|call(?:ed)?|with|w/|to|per|from|cert\w*|psychiatrist|prescriber|physician|supervis\w*|co-?sign\w*|countersign\w*|for|cc|faxed|sent|roi|rbt|seen|by rbt|ran by|implemented by)[ :]{1,3}$"  # noqa: E501
)
_NO_NAMES = frozenset(_DATA["no_names"])


@dataclass(frozen=True, slots=True)
class Signing:
    """What the note's end says of its writer and of a supervisor."""

    signature: tuple[int, int] | None = None
    credentials: tuple[str, ...] = ()
    supervision: tuple[int, int] | None = None
    writer_kind: str = ""
    """independent, trainee, assistant, technician; '' where no credential is read."""


_AS_SPELLED = {name.replace(" ", ""): code for name, code in _DATA["spelled"].items()}
_SPELLED = re.compile(
    rf"(?<![\w.'-]){_WORD} {_WORD}(?: m s| m a)?,? (?P<creds>"
    + "|".join(re.escape(n) for n in sorted(_DATA["spelled"], key=len, reverse=True))
    + r")(?!\w)"
)
"""Dictation: "jane doe m s triple c s l p"."""


def _is_name(name: str, original: str, lowercase_text: bool) -> bool:
    words = [w.strip(".,'-") for w in name.split()]
    words = [w for w in words if w]
    if not words or any(
        len(w) > 1 and (w in _NO_NAMES or w in KIND_OF_CREDENTIAL) for w in words[-2:]
    ):
        return False
    if max(len(w) for w in words) < 3 and len(words) < 3:
        return False
    if len(words) == 1:
        return False
    if lowercase_text:
        return True
    shown = [w.strip(".,'-–") for w in original.split()]  # noqa: RUF001
    capitals = sum(w[:1].isupper() for w in shown if w)
    return capitals >= 2 or (capitals == len(shown) and capitals > 0 and len(shown[-1]) > 2)


LAST = 600
"""Characters at a note's end by which a writer without capitals is known."""


def signing(prose: Prose) -> Signing:
    """The writer's signature with credential and the supervisor's, each with its place."""
    low, text = prose.low, prose.text
    tail = text[-LAST:]
    letters = sum(map(str.isalpha, tail))
    lowercase_text = sum(map(str.isupper, tail)) < 0.015 * max(1, letters)
    signature: tuple[int, int] | None = None
    supervision: tuple[int, int] | None = None
    credentials: list[str] = []
    kind = ""
    lines = _lines(text)
    close = max(0, len(lines) - 7)
    for number, (start, end) in enumerate(lines):
        if not _CREDENTIALS_THERE.search(low, start, end):
            continue
        cue = bool(_SIGN_CUE.search(low, start, end)) or bool(
            _SUPERVISION_CUE.search(low, start, end)
        )
        if number < close and not cue and end - start > 60:
            continue
        for hit in _SIGNED.finditer(low, start, end):
            name_start = hit.start("name")
            before = low[max(start, name_start - 45) : name_start]
            given = low[name_start : hit.end("name")]
            trimmed = _bare_name(_after_cue(given), text[hit.end("name") - len(given) :])
            name_start += len(given) - len(trimmed)
            if not _is_name(trimmed, text[name_start : hit.end("name")], lowercase_text):
                continue
            before = low[max(start, name_start - 45) : name_start]
            if _SUPERVISION_CUE.search(before) or (
                _REVIEWS.match(low, hit.end(), end)
                and _kind(_split(hit["creds"]), "") == "independent"
            ):
                supervision = supervision or (name_start, hit.end())
                continue
            if _BODY_CUE.search(before):
                continue
            # A signature opens its line, or a word of signing stands before it.
            opening = low[start:name_start].strip(" \t-–—~*>/|.:()[]")  # noqa: RUF001
            if (
                opening
                and not _SIGN_CUE.search(low, start, name_start)
                and not _closes(low, hit.end(), end)
            ):
                continue
            if signature is None:
                signature = (name_start, hit.end())
                credentials = _split(hit["creds"])
                kind = _kind(credentials, low[hit.end() : end])
            elif supervision is None and number >= close and kind not in ("", "independent"):
                later = _split(hit["creds"])
                if _kind(later, "") == "independent" and _SUPERVISION_CUE.search(low, start, end):
                    supervision = (name_start, hit.end())
    if signature is None:
        spelled = _SPELLED.search(low, max(0, len(low) - LAST))
        if spelled and not _SUPERVISION_CUE.search(
            low, max(0, spelled.start() - 30), spelled.start()
        ):
            signature = (spelled.start(), spelled.end())
            credentials = [_AS_SPELLED[spelled["creds"].replace(" ", "")]]
            kind = _kind(credentials, "")
    return Signing(signature, tuple(credentials), supervision or _named_supervisor(prose), kind)


_NAMED = re.compile(
    rf"(?<!\w)(?:supervis(?:ed by|or|ing \w{{2,10}}|ion (?:of|by|with|from))|co-?signed(?: by)?|cf mentor|clinical mentor|mentor)[ ]{{0,2}}[:=-]?[ ]{{0,2}}(?P<name>{_NAME[8:]}"  # noqa: E501
)


def _named_supervisor(prose: Prose) -> tuple[int, int] | None:
    """A supervisor named, though without a credential."""
    for hit in _NAMED.finditer(prose.low):
        name = prose.text[hit.start("name") : hit.end("name")]
        if _is_name(hit["name"], name, lowercase_text=False):
            return hit.start(), hit.end()
    return None


def _after_cue(name: str) -> str:
    """A name without the word of signing that ran into it: "signed jane doe"."""
    ends = [cue.end() for cue in _CUE_IN_NAME.finditer(name)]
    return name[ends[-1] :] if ends else name


def _bare_name(name: str, original: str) -> str:
    """A name without the plain words that ran into it: "in supervision with Jane Doe"."""
    shift = len(original[: len(name)])
    start = 0
    for word in re.finditer(r"\S+", name):
        if name[word.end() :].strip() == "":
            break
        shown = original[word.start() : word.end()] if shift == len(name) else ""
        if word[0].strip(".,'-") in _NO_NAMES or (shown.islower() and _RUNS_IN.match(word[0])):
            start = word.end() + 1
    return name[start:].lstrip()


_RUNS_IN = re.compile(
    r"(?:supervision|superv|sup'd|staffed|discussed|d/w|w/|with|by|in|of|was|session|case|reviewed|and|the|"
    r"oversight|mentored|supervising|analyst|clinical|prior|under|dr|tx|via|record)"
)
_CUE_IN_NAME = re.compile(
    r"(?:signed(?: by)?|signature|supervising (?:\w{2,10})|oversight|d/w|w/|with|sup'?d by|superv|staffed with|by|therapist|clinician|provider|supervisor|mentor|lead bcba|bcba|slp|lead|dr\.?|of|supervised|co-signed|cosigned|author|s/)[: ]+"  # noqa: E501
)


def _closes(low: str, position: int, line_end: int) -> bool:
    """Whether nothing but a date, a time or a license number follows to the line's end."""
    return (
        re.fullmatch(
            r"[ ,;.()#\d/:\-]*(?:[ap]m)?(?:lic\w*\.?|license|date|time|signed|npi|on|at|late entry|#|[ ,;.()#\d/:\-ap]|m){0,12}",  # noqa: E501
            low[position:line_end][:80],
        )
        is not None
    )


def _split(credentials: str) -> list[str]:
    found = []
    for part in re.split(
        r"[ ]{0,2}[,|][ ]{0,2}|[ ]{1,2}(?=lpc|lcsw|pt\b|bcba|otr|ccc)", credentials
    ):
        word = part.strip(" .,")
        if word:
            found.append(word.upper() if len(word) <= 9 else word.title())
    return found


def _kind(credentials: list[str], rest: str) -> str:
    kinds = [KIND_OF_CREDENTIAL.get(c.lower(), "") for c in credentials]
    for kind in ("trainee", "assistant", "technician", "independent"):
        if kind in kinds:
            return kind
    return ""


def kind_of(credential: str | None) -> str:
    """What a credential as told by the caller allows: independent, trainee, assistant, technician.

    >>> kind_of("OTR/L"), kind_of("LPC Associate"), kind_of("PTA"), kind_of(None)
    ('independent', 'trainee', 'assistant', '')
    """
    if not credential:
        return ""
    words = [w.strip(" .") for w in re.split(r"[,;]", credential.lower())]
    kinds = {KIND_OF_CREDENTIAL.get(w, "") for w in [credential.lower().strip(), *words]}
    for kind in ("trainee", "assistant", "technician", "independent"):
        if kind in kinds:
            return kind
    return ""


def _lines(text: str) -> list[tuple[int, int]]:
    found, start = [], 0
    for line in text.split("\n"):
        if line.strip():
            found.append((start, start + len(line)))
        start += len(line) + 1
    return found
