"""Who took part in the session, as far as the text says so."""

import re
from dataclasses import dataclass

from claims.note import Participant
from features.notes.number_words import NUMBER_WORDS, number_told
from features.notes.phrases import load
from features.notes.prose import Prose
from features.notes.starts import Starts, first_words

_DATA = load("people")
_ROLES: dict[str, Participant] = {
    word: role for role, words in _DATA["roles"].items() for word in words
}
_ROLE = re.compile(
    r"(?<![\w'-])(?:"
    + "|".join(re.escape(w) for w in sorted(_ROLES, key=len, reverse=True))
    + r")(?![\w-]|'s\b)"
)
_NAMED = Starts(_ROLE, first_words(_ROLES), digits=False)
_PRESENT_AFTER = re.compile(
    rf"(?:[ ,]{{1,2}}\([^()\n]{{1,30}}\))?[ ,]{{1,2}}(?:(?!and |but |who )\w[\w'.-]{{0,14}}[ ,]{{1,2}}){{0,2}}(?:who |and )?{_DATA['present_after']}(?![\w'])"  # noqa: E501
)
_PRESENT_BEFORE = re.compile(
    rf"(?<![\w'-]){_DATA['present_before']}[ :]{{1,2}}(?:(?:the|her|his|their|both|client's|clt's|cl's|pt's|patient's|child's|maternal|paternal|foster|legal|adult|older|younger|step|spanish|asl|certified|professional)[ -]{{1,2}}){{0,3}}$"  # noqa: E501
)
_ABSENT_AFTER = re.compile(
    rf"(?:[ ,]{{1,2}}\([^()\n]{{1,30}}\))?[ ,]{{1,2}}(?:(?!and |but )\w[\w'.-]{{0,14}}[ ,]{{1,2}}){{0,2}}{_DATA['absent_after']}(?![\w'])"  # noqa: E501
)
_UNTICKED = re.compile(r"\[[ _]?\][ ]?$|☐[ ]?$")
_TICKED = re.compile(r"\[[xX✓✔]\][ ]?$|[☒☑✓][ ]?$")
_NEGATED = re.compile(r"(?<!\w)(?:no|not|without|w/o|except)[ ](?:\w{1,10}[ ]){0,2}$")
_MINOR = re.compile(_DATA["minor"])
_GROUP_SIZE = re.compile(_DATA["group_size"].replace("NUMBER", NUMBER_WORDS))
_GROUP = re.compile(
    r"\b(?:class|cohort|circle|roster) of \d|\b(?:cohort|headcount|roster) (?:of )?\d|\b(?:balance|exercise|stretch|fall|cooking|skills|aquatic|parkinson'?s|social|language|handwriting|yoga|chair) (?:\w+ )?class\b|\bgroup (?:therapy|psychotherapy|session|tx|treatment|note|topic|format|members?|activity|process)\b|\b(?:process|skills|dbt|iop|support|social skills|therapy|psychoeducation(?:al)?|psychoed) group\b|\bgroup of (?:\d|two|three|four|five|six|seven|eight|nine|ten)|\bgroup:|\b90853\b|\b97150\b|\b92508\b|\b9715[48]\b"  # noqa: E501
)
_ALONE = re.compile(rf"(?<!\w){_DATA['alone']}(?!\w)")
_COUPLE = re.compile(
    r"\b(?:couple'?s?|conjoint|marital|marriage)\b(?: (?:therapy|session|counseling|work|tx|discussed|counselled|counseled|reports?|visit))?"  # noqa: E501
)
_BOTH = re.compile(
    r"\b(?:saw|met|seen|with) mr\.? (?:and|&) mrs\b|\bmr\.? (?:and|&) mrs\b[^.;\n]{0,30}\b(?:came|together|both|attended|joined|met|sat)\b|"  # noqa: E501
    r"\b(?:both (?:partners?|spouses|of them|parties|parents)|the couple|partners|they both|both)\b"
    r"[^.;\n]{0,12}\b(?:present|attended|in (?:the )?(?:room|session|attendance)|came|here)\b"
)
_CLIENT_ABSENT = re.compile(
    r"\bcollateral (?:session|contact|visit|meeting|only)\b|\b(?:client|clt|cl|pt|patient|child|consumer|member|learner|identified patient)\b(?: \([^()\n]{1,20}\)| [a-z]\.?[a-z]?\.?)?[ ,:-]{0,3}(?:[a-z'.]{1,12} ){0,3}(?:was |is )?(?:not (?:present|here|in (?:the )?(?:session|room|attendance))|absent|did not (?:attend|take part|come in|sit in|join)|didn't attend|took no part|(?:was )?(?:kept|stayed) (?:out|home|away)\b|refused to (?:come|attend|join)|not in session|at (?:school|camp|daycare|home|chess|practice) and not)|\bwithout (?:the )?(?:client|clt|pt|patient|child|consumer)\b|\bw/o (?:cl|clt|client|pt)\b|\b(?:he|she|they) (?:(?:did not|didn't) (?:attend|take part|sit in)\b|was kept out|were kept out|took no part)|parents? only\b|\b(?:mother|mom|father|dad|caregiver|family|guardian) only\b|refused to come today|\b(?:client|clt|patient|pt|child)\b[^.;\n]{0,70}\b(?:was|is) not (?:present|here|in (?:the )?(?:session|room))"  # noqa: E501
)
_ABSENT = Starts(_CLIENT_ABSENT, _DATA["absent_begins"], digits=False)
_ABSENT_SECTIONS = frozenset({"plan", "history", "medication", "signature", "diagnosis", "billing"})
_LISTED = re.compile(
    r"[ ]?(?:\([^()\n]{1,20}\))?(?:,? and|,|&| \+|/)[ ](?:(?:bio|birth|younger|older|step|his|her|the|both|foster|maternal|paternal|adult)[ -]){0,2}(?:"  # noqa: E501
    + "|".join(re.escape(w) for w in sorted([*_ROLES, *_DATA["client"]], key=len, reverse=True))
    + r")(?![\w-])|,[ ]who[ ][^,.;\n]{3,40},"
)
_BY_NAME = re.compile(
    r"(?:,? and|,|[ ]?[&+/])?[ ](?:(?:Mrs?|Ms|Dr)\.? )?[A-Z][a-z'-]{1,14}(?: [A-Z]\.)?(?![\w.])"
    r"|[ ](?:Mrs?|Ms|Dr)\.? [A-Z]\."
)
"""A name behind a role or one more in its list, in the text as written."""
_SPEAKING = re.compile(
    r"[ ](?:\([^()\n]{1,20}\) )?(?:\w{1,12} )?(?:reports?|reported|says|said|states?|stated|shared|told|asked|expressed|described|notes|noted|believes|denies|adds|added|agreed|cried|argued|listened|watched|raised|got it|wants|confirmed|yelled|explained)\b"  # noqa: E501
)
_NO_INTERPRETER = re.compile(
    r"\b(?:declin\w{1,3}|refus\w{1,3}|next|will|request\w{0,3}|cancel\w{1,4}|needs?|schedul\w{1,3}|not)\b"
)
_PLUS = re.compile(
    r"(?:^|\b(?:client|clt|cl|ct|pt|patient|child|learner|he|she|him|her|me|i|rbt|bcba|bt|[a-z]))[ ]?\+[ ]?"  # noqa: E501
    r"(?:his |her |their |foster |both )?$"
)
_NAME_PLUS = re.compile(r"^[\w'.-]{1,14}[ ]?\+[ ]?$")
"""A line that is nothing but this and who came with them: "Dario + mother"."""
_ROLL = re.compile(
    r"(?:\b(?:present|attend(?:ed|ing|ees)|participants?|participated|in (?:the )?(?:room|rm|session|attendance)|here|seen|who|took part)|(?<!\S)w/)"  # noqa: E501
    r"[ ]?[:=-][ ]?(?:[\w.' ]{1,16}(?:,| and|&|/|\+| with| w/)[ ]?){0,4}(?:the |his |her )?$"
)
_OWN_AIDE = re.compile(r"\b(?:her|his|their|home|pt's|client's|patient's|health|night|day)[ ]$")
_JOINED = re.compile(
    r"[ ](?:\([^()\n]{1,20}\) )?(?:also |then |briefly |both )?(?:joined|attended|participated|took part)\b"  # noqa: E501
)
_WITH_ME = re.compile(
    r"\b(?:while|as|when) (?:i|th|this (?:writer|clinician)|ot|slp|pt|therapist|clinician|bcba) \w|"
    r"\bwith (?:me\b|my (?:help|cues|coaching)|coaching)|^ and i\b"
)
_LISTED_WITH_ME = re.compile(
    r"(?:[\w']{1,14}(?: [\w']{1,14})?(?:, ?| ?\+ ?| ?& ?| and | ?/ ?)){1,5}me(?: ?[+,&/] ?[\w']{1,14})?\.?"  # noqa: E501
)
_FROM_AFAR = re.compile(
    r"\b(?:phone|called|call|text(?:ed|s)?|e-?mail\w{0,3}|voicemail|message|sent|wrote|at the door|drop[- ]?off|"  # noqa: E501
    r"dropped|portal|letter|note from|in the (?:lobby|waiting))\b"
)
_ONE = (
    r"(?:(?:the|her|his|their|both|foster|bio|step|older|younger|adult|his own|her own)[ -]){0,2}(?:"  # noqa: E501
    + "|".join(
        re.escape(w)
        for w in sorted(
            [
                *_ROLES,
                *_DATA["client"],
                "she",
                "he",
                "they",
                "i",
                "analyst",
                "clinician",
                "therapist",
                "writer",
                "ot",
                "slp",
                "staff",
            ],
            key=len,
            reverse=True,
        )
    )
    + r")(?![\w-])(?: \([^()\n]{1,20}\))?"
)
_ROSTER = re.compile(
    rf"[ ]{{0,2}}(?:(?:individual|family|session|visit|seen|tx|treatment)?[ ]?(?:with|w/)[ ])?{_ONE}(?:(?:,? and|,|[ ]?[&+/]|[ ]w/|[ ]with)[ ]?{_ONE}){{1,5}}"  # noqa: E501
    r"[ ]{0,2}(?:$|[.;:(\-–—,]|(?:were |was |are |is )?(?:all |both |each )?(?:present|here|together|seen|in (?:session|room|attendance)|attended|participated))"  # noqa: E501, RUF001
)
_IN_BRACKETS = re.compile(
    r"(?: [a-z.]{1,14}){0,2},? \((?:[^()\n]{0,24}\b)?(?:present|in (?:the )?(?:room|session)|throughout|observ\w{2,3}|joined|attended|here|in (?:a )?chair|beside)\b"  # noqa: E501
)
_TAUGHT = re.compile(
    r"\b(?:taught|train\w{2,3}|shown?|showed|coach\w{2,3}|instruct\w{2,3}|educat\w{2,3}|demo\w*|practi[cs]ed|"
    r"verbali\w{3,4}|return(?:ed)?|teach|ed\b|edu|review\w{0,3}|gave|given|repeated|understood|understanding|tried)\b"
)
_YOUNG_ROLES = frozenset({"mother", "father", "parent", "guardian", "grandparent"})


@dataclass(frozen=True, slots=True)
class People:
    """Participants with the passages that name them."""

    participants: tuple[Participant, ...]
    evidence: tuple[tuple[int, int], ...]
    """Of others than client and clinician, of a group's size, of a child seen alone."""
    minor: bool
    group: bool
    group_size: int | None
    couple_or_family: bool


def people(prose: Prose, discipline: str | None) -> People:
    """Who was in the session: the client unless the text says otherwise, and the others named."""
    low = prose.low
    minor = bool(_MINOR.search(low))
    found: dict[Participant, tuple[int, int]] = {}
    for hit in _NAMED.finditer(low, 0, len(low)):
        role = _ROLES[hit[0]]
        if role in found or role == "group":
            continue
        if hit[0] == "supervisor" and discipline in ("MH", None):
            # A client's boss, far more often than the clinician's supervisor in the room.
            continue
        if hit[0] == "aide" and not _OWN_AIDE.search(low, max(0, hit.start() - 12), hit.start()):
            continue
        passage = _took_part(prose, hit, role, minor, discipline)
        if passage:
            found[role] = passage
    group = _is_group(low)
    size, size_at = _group_size(prose) if group else (None, None)
    evidence = list(found.values())
    if group and size is not None and size_at:
        found["group"] = size_at
        evidence.append(size_at)
    elif group:
        found["group"] = (0, 0)
    alone = _ALONE.search(low)
    if alone is not None and not evidence:
        evidence.append((alone.start(), alone.end()))
    couple = _COUPLE.search(low)
    both = _BOTH.search(low)
    if both is not None and not evidence:
        evidence.append((both.start(), both.end()))
    client = not _client_absent(prose)
    if "parent" in found and ("mother" in found or "father" in found):
        del found["parent"]
    here: tuple[Participant, ...] = ("client",) if client else ()
    family = (
        bool({"mother", "father", "parent", "spouse", "partner"} & set(found)) or couple is not None
    )
    return People((*here, *found), tuple(sorted(evidence)), minor, group, size, family)


_GROUP_WORD = re.compile(
    r"(?<!support )(?<!peer )(?<!age )(?<!muscle )(?<!medical )(?<!church )(?<!friend )\bgroup\b"
    r"(?! (?:home|chat|project|text|of muscles|practice|of friends))|\bmembers\b(?! of)|\bgrp\b"
)
_GROUP_SIGNS = (
    "group", "grp", "members", "class", "cohort", "headcount", "circle of", "roster", "90853", "97150", "92508", "97154", "97158",  # noqa: E501
)  # fmt: skip
"""One of these is in every text about a group."""
OPENING = 160
"""Characters in which a note says what kind of session it was."""


def _is_group(low: str) -> bool:
    """Whether the session itself was a group: said in the opening, or spoken of all along."""
    if not any(sign in low for sign in _GROUP_SIGNS):
        return False
    if _GROUP.search(low) or _GROUP_WORD.search(low, 0, min(OPENING, len(low))):
        return True
    return len(_GROUP_WORD.findall(low)) >= 3


def _client_absent(prose: Prose) -> bool:
    low = prose.low
    if "[" in low and re.search(r"\[[ _]?\][ ]?(?:client|patient|clt|pt)\b", low):
        return True
    hit = _ABSENT.search(low, 0, len(low))
    if hit is None:
        return False
    return prose.sentence(hit.start()).section not in ("plan", "history")


def _took_part(
    prose: Prose, hit: re.Match[str], role: Participant, minor: bool, discipline: str | None
) -> tuple[int, int] | None:
    low = prose.low
    sentence = prose.sentence(hit.start())
    if hit.start() < sentence.start or sentence.section in _ABSENT_SECTIONS:
        return None
    start, end = sentence.start, sentence.end
    before = low[max(start, hit.start() - 45) : hit.start()]
    if _UNTICKED.search(before) or _NEGATED.search(before):
        return None
    after = low[hit.end() : min(end, hit.end() + 70)]
    clause_end = re.search(
        r"[;]|(?<!\bmr)(?<!\bms)(?<!\bmrs)(?<!\bdr)(?<![ .][a-z])\.|, (?:but|while|so|who|cl|clt|client|pt|patient|child|learner|he|she)\b",  # noqa: E501
        after,
    )
    after = after[: clause_end.start()] if clause_end else after
    shown = prose.text[hit.end() : hit.end() + len(after)]
    for _ in range(4):
        # "mom, stepdad and brother in room", "father Dan and Eli sat": what follows the list is
        # said of each.
        listed = _LISTED.match(after) or _BY_NAME.match(shown)
        if listed is None:
            break
        after, shown = after[listed.end() :], shown[listed.end() :]
    passage = (max(start, hit.start() - 30), min(end, hit.end() + 60))
    if role == "interpreter" and not _NO_INTERPRETER.search(before + after):
        return passage
    if _PLUS.search(before) or _ROLL.search(before) or _in_roster(low, start, end, hit):
        return passage
    if _NAME_PLUS.search(before) and not after.strip(" .,;"):
        return passage
    if _TICKED.search(before):
        return passage
    if _JOINED.match(after) or _IN_BRACKETS.match(after):
        return passage
    if _ABSENT_AFTER.match(after):
        return None
    if _WITH_ME.search(after) or _LISTED_WITH_ME.fullmatch(low, start, end):
        return passage
    if sentence.section in ("participants",):
        return (start, end)
    if _PRESENT_AFTER.match(after):
        return passage
    if _PRESENT_BEFORE.search(before) and not re.search(
        r"\b(?:argu\w+|fight\w*|fought|conflict|relationship|lives?|living|talk\w*|call\w*|issues?|time|spoke|stay\w*|visit\w*|calm|problems?|frustrat\w+|angry|upset|conversation|contact|trip|dinner|moved|shop\w*|movie|breakup|broke up|tension|connect\w*|bond\w*|communicat\w+|boundar\w+)\b[^,;]{0,25}$",  # noqa: E501
        before,
    ):
        # "with her sister" is an account of the week far more often than of the room.
        strong = re.search(
            r"(?:present|joined by|joined[^,;.]{0,30} by|beside|alongside|accompanied by|in the presence of|(?:(?:saw|met|seen)(?: [\w.]{1,14}){1,2}|met|seen|session|visit|here|came(?: in)?|family session|attended|treated|worked|sat) (?:together )?(?:with|w/)|^ ?(?:w/|with)|(?:in (?:the )?room|attended|attending|here|those present)[ :].{0,12}(?:,|and|with|\+|w/)|coached|taught|trained|educated|instructed|showed|modeled for|demonstrated to|explained to|interpreter|rbt|together with|face|f2f|session|conjoint|joint|co-?tx|together|min(?:ute)?s? (?:w/|with)|co-?treat\w*|via an?|through an?)[^,;]{0,25}$",  # noqa: E501
            before + hit[0],
        )
        if strong:
            return passage
    if (
        sentence.section == "home_program"
        and discipline != "MH"
        and _TAUGHT.search(low, start, end)
    ):
        return passage
    if _SPEAKING.match(after) and not _FROM_AFAR.search(prose.low, start, end):
        # Who reports on a child, or on a spouse in rehabilitation, is in the room as a rule.
        if role in _YOUNG_ROLES and (minor or discipline in ("ABA", "SLP", "OT")):
            return passage
        if role == "spouse" and discipline in ("SLP", "OT", "PT"):
            return passage
    return None


def _in_roster(low: str, start: int, end: int, hit: re.Match[str]) -> bool:
    """Whether a clause lists people, the role among them: "Learner, tech and mother;"."""
    left = max(low.rfind(";", start, hit.start()) + 1, start)
    listed = _ROSTER.match(low, left, end)
    return listed is not None and listed.start() <= hit.start() < listed.end()


def _group_size(prose: Prose) -> tuple[int | None, tuple[int, int] | None]:
    for hit in _GROUP_SIZE.finditer(prose.low):
        if prose.sentence(hit.start()).section in ("plan", "history", "goal"):
            continue
        value = next(v for v in hit.groups() if v)
        size = number_told(value)
        if size and 2 <= size <= 40:
            return size, (hit.start(), hit.end())
    return None, None
