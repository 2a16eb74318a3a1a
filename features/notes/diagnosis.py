"""The diagnosis under treatment: an ICD-10-CM code or a named condition of the client's own."""

import re

from features.notes.phrases import load
from features.notes.prose import Prose, Sentence

ICD = re.compile(
    r"(?<![\w./-])(?P<code>[a-tv-z]\d[0-9ab](?:\.[0-9a-z]{1,4}|(?=[\s,;:)\].]|$)))(?![\w])"
)
_NOT_A_CODE = frozenset(["s1", "s2", "t1", "l1", "c1"])
_AWAY_BEFORE = re.compile(
    r"(?<!\w)(?:r/o|rule[ds]?[ -]?out|vs\.?|versus|no (?:history of|hx of|dx of|evidence of|signs of)?|denies|denied|history of|hx of|h/o|fam(?:ily)? (?:history|hx)|possible|probable|suspected|suspects|questionable|query|\?|screen(?:ing|ed)? for|concern for|negative for|afraid|fears?|worried|deferred|family -|family:|believes|thinks|wonders?|like|not|without|assess(?:ed)? for|evaluat\w{2,3} for|provisional(?:ly)?|no longer (?:met|meets|has|had)(?: criteria for)?|never (?:met|had|has|meets)(?: criteria for)?|does not (?:meet|have)(?: criteria for)?|did not meet(?: criteria for)?|risks?(?: of| for)?|prevent\w{0,3}|court|leads? to|result in|threat of|guard against|outgrew|overcame)[ :]{0,2}(?:[\w/-]{1,14}[ ,]{1,2}){0,3}$"  # noqa: E501
)
_AWAY_AFTER = re.compile(
    r"-?\d| (?:seven|two|nine)\b|[ ]?(?:\([^)\n]{0,20}\))?[ ]?(?:was |is |were |has been )?(?:ruled out|r/o|deferred|suspected|in remission|vs\.?|versus|\?|hx\b|history|was treated|as a child|years ago|symptoms|screen|traits)"  # noqa: E501
)
_OTHERS = re.compile(
    r"\b(?:mother|mom|father|dad|brother|sister|aunt|uncle|cousin|grand(?:mother|father|ma|pa)|wife|husband|spouse|son|daughter|dtr|friend|roommate|boss|partner|boyfriend|girlfriend|parents?|siblings?|nephew|niece|ex|family|she was|her family|bio mom|bio dad|stepdad|stepmom|step(?:sister|brother|son|daughter|mother|father|child)|twin|fianc[eé]e?|(?:in-law)|aunt|cousins?|caregiver|teacher|classmate|aide|coworker|neighbor)(?:'s)?\b[^.;:|\n]{0,45}$"  # noqa: E501
)
_OWN = re.compile(
    r"\b(?:own diagnosis|client|clt|cl\.|patient|pt|identified patient|his own|her own)\b[^.;|\n]{0,40}$"  # noqa: E501
)
_PRIOR = re.compile(
    r"\b(?:in \d{4}|years? ago|as a (?:child|teen)|previously|former(?:ly)?|past)\b"
)
_SECTIONS_AWAY = frozenset({"history", "medication", "plan", "goal", "home_program"})
_FORMAL = re.compile(
    r"\b(?:d/o|disorder|dx|diagnos|criteria|consistent with|meets|treatment (?:of|for)|f\d\d)"
)
LEAST_NAME = 3


def own(prose: Prose, sentence: Sentence, start: int, end: int) -> bool:
    """Whether a condition named at [start, end) is the client's own, present and certain."""
    low = prose.low
    left = max(sentence.start, low.rfind(";", sentence.start, start) + 1)
    before = low[max(left, start - 70) : start]
    after = low[end : min(sentence.end, end + 30)]
    if sentence.section in _SECTIONS_AWAY:
        return False
    if _AWAY_BEFORE.search(before) or _AWAY_AFTER.match(after):
        return False
    return not (
        _OTHERS.search(before) and not _OWN.search(before) and sentence.section != "diagnosis"
    )


def codes(prose: Prose) -> tuple[list[str], list[tuple[int, int]]]:
    """ICD-10-CM codes of the client's own diagnoses, without dots, and where they stand."""
    found: list[str] = []
    places: list[tuple[int, int]] = []
    for hit in ICD.finditer(prose.low):
        code = hit["code"]
        sentence = prose.sentence(hit.start())
        if "." not in code:
            # L4, C5, T12 and S2 are levels of the spine or sounds; a bare code wants company.
            near = prose.low[max(0, hit.start() - 25) : hit.end() + 3]
            if not (
                code[0] == "f"
                or sentence.section == "diagnosis"
                or re.search(r"\b(?:dx|icd|diagnos\w{2,4}|[(\[])", near)
            ):
                continue
        if not own(prose, sentence, hit.start(), hit.end()) and sentence.section != "plan":
            continue
        normal = code.replace(".", "").upper()
        if normal not in found:
            found.append(normal)
        places.append((max(sentence.start, hit.start() - 60), hit.end()))
    return found, places


_DATA = load("diagnoses")
_NAMED = _DATA["named"]


def _named_after(cues: list[str], names: list[str]) -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?:{'|'.join(cues)})[ ]?[:-]?[ ]{{1,2}}"
        r"(?:[a-z'/]{1,14}[ ,-]{1,2}){0,4}"
        rf"(?P<name>{'|'.join(names)})(?!\w)"
    )


_CONDITIONS: list[str] = _DATA["conditions"]
_TREATED = (
    _named_after(_DATA["labels"], [*_CONDITIONS, *_DATA["symptoms"]]),
    _named_after(_DATA["reasons"], _CONDITIONS),
)


def named_phrases() -> list[str]:
    """The phrases for conditions, for the lexicon."""
    return [str(p) for p in _NAMED]


def treated(prose: Prose) -> list[tuple[int, int]]:
    """Where the text names, in plain words, what the client is treated for: "Dx: neck pain"."""
    found = []
    for hit in (hit for expression in _TREATED for hit in expression.finditer(prose.low)):
        sentence = prose.sentence(hit.start())
        if hit.end() <= sentence.end and own(prose, sentence, hit.start("name"), hit.end("name")):
            found.append((hit.start(), hit.end()))
    return found
