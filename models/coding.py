"""The coding assistant: the codes, units and modifiers that a note supports, and why.

What kind of service a text describes is weighed (`models.coding_kind`); which code its minutes
bear is arithmetic (`models.coding_units`); modifiers follow the payer's policy
(`models.coding_modifiers`). `suggest` is pure: it opens nothing but shipped tables.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from claims.note import Note, NoteFacts, Passage, UnitRule
from claims.policies.book import Policy, PolicyBook, policy_book
from claims.policies.rules import UnitCounting
from models.coding_answer import Alternative, NotBillable, SuggestedCode, Suggestion
from models.coding_kind import Kinds, speaking_for, weigh
from models.coding_lines import Bill, Refusal
from models.coding_modifiers import Modified, with_modifiers
from models.coding_named import beside
from models.coding_open import Candidate, shares
from models.coding_reading import Reading, credential_role, credentials_of, look
from models.coding_units import bill_for, label_of
from models.coding_words import LearnedKinds, learned_kinds

VERSION = "1"
ALTERNATIVES = 4
LEAST_SHARE = 0.01
"""An alternative under this probability is not worth a reader's time."""
MOST_CHARACTERS = 60_000

_NOT_A_VISIT = {
    "no_show": "The client did not come; nothing was furnished.",
    "cancelled": "The visit was cancelled; nothing was furnished.",
    "too_short": "The visit was too short for any code.",
    "time_missing": "The note does not say how long the session took.",
    "not_skilled": "The note describes no skilled service to the client.",
    "not_a_visit": "The note describes no visit.",
}
PLAINLY_TOLD = 0.9
"""Probability of a service that no kind stands for and that the text names."""
ASKABLE = frozenset({"not_skilled", "not_a_visit"})
"""Verdicts of the reader that a person may see otherwise: the 95% set says what then."""
_SAME_LEVELS = ("99213", "99214")
_DATED = re.compile(
    r"(?:(?:^|\n)[ \t]{0,4}date|\bdos|\bdate of (?:service|session|visit)|\bsession date)[ \t]{0,2}"
    r"[:#]?[ \t]{0,2}(\d{1,4}[/-]\d{1,2}[/-]\d{1,4})"
)
_NUMBERED = re.compile(r"(?:^|\n)[ \t#*]{0,6}(?:session|visit|note) ?#?([12])\b")


@cache
def _shipped() -> PolicyBook:
    return policy_book()[0]


def policy_for(note: Note | None, book: PolicyBook | None = None) -> Policy:
    """The policy of a note's payer or line of business, for its date of service.

    book: a practice's policies; None for the shipped ones.
    """
    on = note.date_of_service if note and note.date_of_service else date(2026, 1, 1)
    return (book or _shipped()).policy(
        note.payer_id if note else None,
        on=on,
        line_of_business=note.payer_type if note else None,
    )


def suggest(
    facts: NoteFacts,
    note: Note,
    policy: Policy | None = None,
    *,
    over_threshold: bool | None = None,
    learned: LearnedKinds | None = None,
) -> Suggestion:
    """The bill that a note supports.

    facts: what was read in `note.text`. policy: the payer's rules on the day of service; None
    takes the shipped ones of the note's payer type. over_threshold: whether the benefits file
    says that the year's therapy threshold (KX) is passed. learned: a registered model in place
    of the shipped one.
    """
    model = learned or learned_kinds()
    policy = policy or policy_for(note)
    reading = look(note.text[:MOST_CHARACTERS], facts, note)
    several = _several(reading)
    unclear = _unclear(facts, note, reading, several=several)
    rule, doubt = unit_rule(facts, note, policy, reading)
    kinds = weigh(reading, facts, model)
    reason = facts.not_a_visit
    if reason and not (reason == "not_skilled" and reading.has("community_training")):
        refusal = Refusal(reason, _NOT_A_VISIT[reason])
        held = {}
        if reason in ASKABLE:
            held = shares(kinds, facts, note, reading, rule)
        return _refused(refusal, (), unclear, model, held, alternatives=False)
    bill = with_beside(
        bill_for(kinds.best, facts, note, reading, kinds, rule), facts, note, reading
    )
    primary = shares(kinds, facts, note, reading, rule)
    if bill.refusal:
        return _refused(bill.refusal, bill.refused, [*unclear, *bill.unclear], model, primary)
    unclear += bill.unclear
    if doubt and _differs(kinds, facts, note, reading, rule, bill):
        unclear.append(doubt)
    modified, doubts = with_modifiers(
        bill.lines, facts, note, reading, policy, over_threshold=over_threshold
    )
    unclear += doubts
    evidence = _evidence(reading, kinds)
    # That one of these codes leads a right bill: which of several timed ones does is left aside.
    known = {line.code for line in bill.lines} & set(primary)
    own = min(1.0, sum(primary[code].share for code in known)) if known else PLAINLY_TOLD
    if several:
        own /= 2
    codes = tuple(_answer(m, own, kinds, evidence) for m in modified)
    return Suggestion(
        billable=True,
        codes=codes,
        alternatives=_alternatives(primary, codes[0].code, LEAST_SHARE),
        code_set_95=code_set(primary, codes[0].code, model),
        refused=bill.refused,
        unclear=tuple(unclear),
        model=model_version(model),
    )


def model_version(model: LearnedKinds | None = None) -> str:
    """Of rules and learned part together.

    model: a registered one; None for the shipped one.
    """
    model = model or learned_kinds()
    return f"{VERSION}+{model.version}" if model else VERSION


def with_beside(bill: Bill, facts: NoteFacts, note: Note, reading: Reading) -> Bill:
    """The bill with services that the text names plainly beside it, or these alone."""
    more = beside(facts, reading, note.date_of_service)
    if not more:
        return bill
    if bill.refusal:
        return Bill(tuple(more), None, (*bill.refused, bill.refusal.text), bill.unclear)
    there = {line.code for line in bill.lines}
    return replace(bill, lines=(*bill.lines, *(n for n in more if n.code not in there)))


def unit_rule(
    facts: NoteFacts, note: Note, policy: Policy, reading: Reading
) -> tuple[UnitRule, str | None]:
    """How 15-minute codes are counted, and a doubt where nothing tells.

    The note's own statement decides, then the payer's policy.
    """
    del facts
    if note.unit_rule:
        return note.unit_rule, None
    told = policy.find(UnitCounting, "", reading.discipline)
    rule: UnitRule = told.unit_rule if told else "ama_midpoint"
    if note.payer_type is None and not policy.payer_known:
        return rule, (
            "The payer is not known, and its rule for counting units decides: under the 8-minute "
            "rule and the midpoint rule this note's units differ."
        )
    return rule, None


def _differs(
    kinds: Kinds, facts: NoteFacts, note: Note, reading: Reading, rule: UnitRule, bill: Bill
) -> bool:
    other: UnitRule = "ama_midpoint" if rule == "cms_8_minute" else "cms_8_minute"
    again = bill_for(kinds.best, facts, note, reading, kinds, other)
    return [(n.code, n.units) for n in again.lines] != [(n.code, n.units) for n in bill.lines]


def code_set(
    primary: Mapping[str, Candidate], chosen: str | None, model: LearnedKinds | None
) -> tuple[str, ...]:
    """The codes that together hold the right primary one 95 times in 100.

    chosen: the bill's own first code; None where nothing is billed.
    """
    least = model.least_share if model else 0.1
    ranked = sorted(primary, key=lambda c: (c != chosen, -primary[c].share))
    kept = [c for c in ranked if c == chosen or primary[c].share >= least]
    if chosen in _SAME_LEVELS:
        kept += [c for c in _SAME_LEVELS if c not in kept]
    if chosen and chosen not in primary:
        kept.insert(0, chosen)
    return tuple(kept)


def _answer(m: Modified, own: float, kinds: Kinds, evidence: tuple[Passage, ...]) -> SuggestedCode:
    return SuggestedCode(
        code=m.line.code,
        units=m.line.units,
        modifiers=m.modifiers,
        probability=round(own, 4),
        why=" ".join((m.line.why, *m.why)),
        by="model" if kinds.by == "model" else "rule",
        evidence=evidence,
    )


def _alternatives(
    primary: Mapping[str, Candidate], chosen: str | None, least: float
) -> tuple[Alternative, ...]:
    ranked = sorted((one for one in primary.values() if one.code != chosen), key=lambda a: -a.share)
    return tuple(
        Alternative(
            code=one.code, units=one.units, probability=round(min(one.share, 1.0), 4), why=one.why
        )
        for one in ranked[:ALTERNATIVES]
        if one.share >= least
    )


def _refused(
    refusal: Refusal,
    refused: tuple[str, ...],
    unclear: list[str],
    model: LearnedKinds | None,
    held: Mapping[str, Candidate],
    *,
    alternatives: bool = True,
) -> Suggestion:
    return Suggestion(
        billable=False,
        not_billable_because=NotBillable(reason=refusal.reason, text=refusal.text),
        alternatives=_alternatives(held, None, 0.05) if alternatives else (),
        code_set_95=code_set(held, None, model),
        refused=refused,
        unclear=tuple(unclear),
        model=model_version(model),
    )


def _evidence(reading: Reading, kinds: Kinds) -> tuple[Passage, ...]:
    """The words that spoke most for the kind of service."""
    text = reading.prose.text
    return tuple(
        Passage(start=s.start, end=s.end, text=text[s.start : s.end])
        for s in speaking_for(reading, kinds.best)[:2]
    )


def _unclear(facts: NoteFacts, note: Note, reading: Reading, *, several: bool) -> list[str]:
    said = []
    if facts.session.conflict:
        said.append(facts.session.conflict)
    if reading.discipline is None:
        said.append(
            "The discipline is not known; codes of several disciplines were weighed. "
            "Give `discipline`."
        )
    if several:
        said.append(
            "The text tells of more than one session. Give each session a note of its own; "
            "what is suggested may mix them."
        )
    if note.payer_type == "medicare":
        role = credential_role(credentials_of(facts, note))
        if role in _NOT_PAID_BY_MEDICARE:
            said.append(_NOT_PAID_BY_MEDICARE[role])
    return said


def _several(reading: Reading) -> bool:
    """Whether the text has two dates of service, or numbers its sessions."""
    low = reading.prose.low
    dates = {hit[1] for hit in _DATED.finditer(low)}
    return len(dates) > 1 or len({hit[1] for hit in _NUMBERED.finditer(low)}) > 1


_NOT_PAID_BY_MEDICARE = {
    "slp_assistant": "Medicare does not pay for treatment by a speech-language assistant.",
    "technician": "Medicare does not pay for services of a behavior technician.",
}
"""Medicare Benefit Policy Manual, ch. 15, §230.3: assistants are none for speech-language."""


__all__ = ["Suggestion", "label_of", "policy_for", "suggest"]
