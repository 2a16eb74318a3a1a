"""Modifiers by what the note shows and what the payer's policy asks for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from claims.note import Note, NoteFacts
from claims.policies.book import Policy
from claims.policies.rules import (
    AssistantModifiers,
    CredentialModifiers,
    DisciplineModifiers,
    Telehealth,
)
from claims.policies.selector import credential_key
from models.coding_kind import Reading, credentials_of
from models.coding_lines import Line

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
    done = []
    unclear: list[str] = []
    exceeded = over_threshold if over_threshold is not None else says_over_threshold(reading)
    for line in lines:
        modifiers: list[str] = []
        why: list[str] = []
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
        modifiers += telehealth_modifiers(line.code, facts, discipline, policy)
        done.append(Modified(line, tuple(dict.fromkeys(modifiers)), tuple(why)))
    return done, unclear


def says_over_threshold(reading: Reading) -> bool:
    """Whether the writer says that the KX threshold is passed."""
    low = reading.prose.low
    for hit in _KX.finditer(low):
        before, after = low[max(0, hit.start() - 30) : hit.start()], low[hit.end() : hit.end() + 40]
        if not _NO_KX.search(before) and not _NO_KX_AFTER.match(after):
            return True
    return bool(_OVER.search(low))


def telehealth_modifiers(
    code: str, facts: NoteFacts, discipline: str | None, policy: Policy
) -> list[str]:
    """The modifier that the payer wants of a visit by video or telephone; none in person."""
    if not facts.session.telehealth:
        return []
    rule = policy.find(Telehealth, code, discipline)
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
