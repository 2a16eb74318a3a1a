"""Modifiers by what the note shows and what the payer's policy asks for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from claims.codes.ncci import ncci_pair
from claims.codes.procedures import REVIEWED_THROUGH
from claims.codes.taxonomies import credential_key
from claims.note import Note, NoteFacts
from claims.policies.book import Policy
from claims.policies.rules import (
    AssistantModifiers,
    CredentialModifiers,
    DisciplineModifiers,
    Ncci,
    Pair,
    Telehealth,
)
from claims.policies.selector import in_codes
from models.coding_lines import Line
from models.coding_reading import Reading, credentials_of

_KX = re.compile(r"\bkx\b")
_NO_KX = re.compile(r"(?:\bno|\bnot|\bwithout|\bunder|\bbelow|\bbefore|\bnear\w*)[ \w]{0,20}$")
_NO_KX_AFTER = re.compile(r"[ \w]{0,14}\b(?:not (?:needed|required|due|met|reached)|n/a)")
_OVER = re.compile(
    r"\b(?:exceed\w*|over|above|past|beyond|met|reached)\b[^.;\n]{0,30}\b(?:threshold|cap)\b|"
    r"\b(?:threshold|cap)\b[^.;\n]{0,30}\b(?:exceeded|met|reached|passed)\b"
)


@dataclass(frozen=True, slots=True)
class Modified:
    """A line with its modifiers, and why each stands there."""

    line: Line
    modifiers: tuple[str, ...]
    why: tuple[str, ...]


def with_modifiers(
    lines: Sequence[Line],
    facts: NoteFacts,
    note: Note | None,
    reading: Reading,
    policy: Policy,
    *,
    over_threshold: bool | None = None,
) -> tuple[list[Modified], list[str]]:
    """The lines with their modifiers, and what is unclear about them.

    over_threshold: whether the year's therapy amount has passed the KX threshold, as the
    benefits file tells; None where it does not tell.
    """
    discipline = reading.discipline
    place = note.place_of_service if note else None
    on = (note.date_of_service if note else None) or REVIEWED_THROUGH
    done = []
    unclear: list[str] = []
    exceeded = over_threshold if over_threshold is not None else says_over_threshold(reading)
    for line in lines:
        modifiers, why = _separate(line, lines, facts, reading, policy, on, unclear)
        therapy = policy.find(DisciplineModifiers, line.code, discipline, place=place)
        if therapy and therapy.required and discipline in therapy.modifiers:
            modifiers.append(therapy.modifiers[discipline])
            if line.assistant:
                assistant = policy.find(AssistantModifiers, line.code, discipline)
                if assistant and assistant.required and discipline in assistant.modifiers:
                    modifiers.append(assistant.modifiers[discipline])
                    why.append(f"{modifiers[-1]}: furnished by an assistant.")
            if exceeded:
                modifiers.append("KX")
                why.append("KX: the year's threshold is passed and the need is told.")
        modifiers += credential_modifiers(line.code, facts, note, policy)
        modifiers += telehealth_modifiers(line.code, facts, discipline, policy, place)
        done.append(Modified(line, tuple(dict.fromkeys(modifiers)), tuple(why)))
    return done, unclear


def _separate(
    line: Line,
    lines: Sequence[Line],
    facts: NoteFacts,
    reading: Reading,
    policy: Policy,
    on: date,
    unclear: list[str],
) -> tuple[list[str], list[str]]:
    """59 or the payer's own modifier on column two of a pair, where the text shows two times.

    Never set to get paid: without separate times told, what is missing is said instead.
    """
    for other in lines:
        if other.code == line.code:
            continue
        modifier = _pair_modifier(line.code, other.code, facts, policy, on)
        if modifier is None:
            continue
        if not modifier:
            unclear.append(f"{line.code} is not paid beside {other.code} on one day.")
        elif _told_apart(line, other, facts, reading):
            return [modifier], [f"{modifier}: its time is told apart from {other.code}'s."]
        else:
            unclear.append(
                f"{line.code} is paid beside {other.code} only where the note shows that the two "
                f"were separate in time ({modifier}); it does not say so."
            )
    return [], []


def _pair_modifier(code: str, other: str, facts: NoteFacts, policy: Policy, on: date) -> str | None:
    """The modifier that column two needs beside column one; '' for never, None for no pair."""
    for rule in policy.all(Pair, code, facts.discipline):
        if in_codes(rule.column_two, code) and in_codes(rule.column_one, other):
            return rule.modifiers[0] if rule.modifiers else ""
    adopted = policy.find(Ncci, code, facts.discipline)
    if adopted is not None and adopted.adopted == "off":
        return None
    pair = ncci_pair(code, other, on)
    if pair is None or pair.column_two != code:
        return None
    return "59" if pair.modifier_allowed else ""


_APART = re.compile(
    r"\bseparate(?:ly)? (?:time|session|block|from|period|portion|15)|\bdistinct (?:time|session)|"
    r"\b(?:before|after|followed by|prior to) (?:the )?(?:group|individual|eval\w*)\b"
)


def _told_apart(line: Line, other: Line, facts: NoteFacts, reading: Reading) -> bool:
    """Whether the text shows a time for each of two services."""
    told = facts.session.minutes_by_code
    if line.separate or other.separate or (told.get(line.code) and told.get(other.code)):
        return True
    return bool(_APART.search(reading.prose.low))


def says_over_threshold(reading: Reading) -> bool:
    """Whether the writer says that the KX threshold is passed."""
    low = reading.prose.low
    for hit in _KX.finditer(low):
        before, after = low[max(0, hit.start() - 30) : hit.start()], low[hit.end() : hit.end() + 40]
        if not _NO_KX.search(before) and not _NO_KX_AFTER.match(after):
            return True
    return bool(_OVER.search(low))


def telehealth_modifiers(
    code: str, facts: NoteFacts, discipline: str | None, policy: Policy, place: str | None
) -> list[str]:
    """The modifier that the payer wants of a visit by video or telephone; none in person."""
    if not facts.session.telehealth:
        return []
    rule = policy.find(Telehealth, code, discipline, place=place)
    if rule is None:
        return []
    audio = facts.session.modality == "audio"
    wanted = rule.audio_modifiers if audio else rule.video_modifiers
    return [m for m in wanted if m not in rule.refused_modifiers][:1]


def credential_modifiers(
    code: str, facts: NoteFacts, note: Note | None, policy: Policy
) -> list[str]:
    """HO, HN, AJ, AH and the like, where the payer's policy asks for one of this credential."""
    credentials = credentials_of(facts, note)
    if not credentials:
        return []
    rule = policy.find(CredentialModifiers, code, facts.discipline, credential=credentials[0])
    if rule is None or not rule.required:
        return []
    own = credential_key(credentials[0])
    for credential, modifiers in rule.modifiers.items():
        if credential_key(credential) == own:
            return list(modifiers[:1])
    return []
