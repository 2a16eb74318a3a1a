"""The coding assistant: the codes, units and modifiers that a note supports, and why.

What kind of service a text describes is weighed (`models.coding_kind`); which code its minutes
bear is arithmetic (`models.coding_units`); modifiers follow the payer's policy
(`models.coding_modifiers`). `suggest` is pure: it opens nothing but shipped tables.
"""

import re
from datetime import date
from functools import cache

from claims.note import Note, NoteFacts, Passage, UnitRule
from claims.policies.book import Policy, PolicyBook, policy_book
from claims.policies.rules import UnitCounting
from models.coding_answer import Alternative, NotBillable, SuggestedCode, Suggestion
from models.coding_kind import Kinds, Reading, look, speaking_for, weigh
from models.coding_lines import Bill, Line, Refusal
from models.coding_modifiers import Modified, with_modifiers
from models.coding_rehab import COGNITION, timed_codes
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
_SAME_LEVELS = ("99213", "99214")
_DATED = re.compile(
    r"(?:^|\n)[ \t]{0,4}(?:dos|date(?: of (?:service|session|visit))?|session date)[ \t]{0,2}[:#]?"
    r"[ \t]{0,2}(\d{1,4}[/-]\d{1,2}[/-]\d{1,4})"
)


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
    unclear = list(_unclear(facts, note, reading))
    if facts.not_a_visit:
        reason = facts.not_a_visit
        return _refused(Refusal(reason, _NOT_A_VISIT[reason]), (), unclear, model)
    rule, doubt = unit_rule(facts, note, policy, reading)
    kinds = weigh(reading, facts, model)
    bill = bill_for(kinds.best, facts, note, reading, kinds, rule)
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
    own = kinds.ranked[0][1]
    codes = tuple(_answer(m, own, kinds, evidence) for m in modified)
    return Suggestion(
        billable=True,
        codes=codes,
        alternatives=_alternatives(primary, codes[0].code, kinds),
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


def shares(
    kinds: Kinds, facts: NoteFacts, note: Note, reading: Reading, rule: UnitRule
) -> dict[str, tuple[float, int, str]]:
    """Probability, units and reason of each code as the primary one."""
    found: dict[str, tuple[float, int, str]] = {}

    def add(code: str, share: float, units: int, why: str) -> None:
        before = found.get(code)
        if before is None:
            found[code] = (share, units, why)
        else:
            keep = before if before[0] >= share else (share, units, why)
            found[code] = (before[0] + share, keep[1], keep[2])

    for kind, probability in kinds.ranked[:6]:
        if probability < LEAST_SHARE / 2:
            break
        bill = bill_for(kind, facts, note, reading, kinds, rule)
        if bill.refusal:
            continue
        near = sum(share for _, share, _ in bill.near)
        for code, share, why in bill.near:
            add(code, probability * share, 1, f"{code} {why}.")
        leads = leading(bill.lines)
        for line, lead in leads:
            add(line.code, probability * (1 - near) * lead, line.units, line.why)
    return found


def leading(lines: tuple[Line, ...]) -> list[tuple[Line, float]]:
    """How likely each line is held to be the primary one: of timed services any may lead."""
    if len(lines) == 1:
        return [(lines[0], 1.0)]
    same = [n for n in lines if n.units == lines[0].units and n.minutes is not None]
    if lines[0].code not in {n.code for n in same} or not _peers(lines[0].code):
        return [(lines[0], 1.0)]
    peers = [n for n in same if _peers(n.code)]
    if len(peers) < 2:
        return [(lines[0], 1.0)]
    rest = 0.4 / (len(peers) - 1)
    return [(n, 0.6 if n is lines[0] else rest) for n in peers]


def _peers(code: str) -> bool:
    return code in timed_codes() and code not in COGNITION


def code_set(
    primary: dict[str, tuple[float, int, str]], chosen: str, model: LearnedKinds | None
) -> tuple[str, ...]:
    """The codes that together hold the right primary one 95 times in 100."""
    least = model.least_share if model else 0.1
    ranked = sorted(primary, key=lambda c: (c != chosen, -primary[c][0]))
    kept = [c for c in ranked if c == chosen or primary[c][0] >= least]
    if chosen in _SAME_LEVELS:
        kept += [c for c in _SAME_LEVELS if c not in kept]
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
    primary: dict[str, tuple[float, int, str]], chosen: str, kinds: Kinds
) -> tuple[Alternative, ...]:
    del kinds
    ranked = sorted(((c, *p) for c, p in primary.items() if c != chosen), key=lambda a: -a[1])
    return tuple(
        Alternative(code=code, units=units, probability=round(share, 4), why=why)
        for code, share, units, why in ranked[:ALTERNATIVES]
        if share >= LEAST_SHARE
    )


def _refused(
    refusal: Refusal,
    refused: tuple[str, ...],
    unclear: list[str],
    model: LearnedKinds | None,
    primary: dict[str, tuple[float, int, str]] | None = None,
) -> Suggestion:
    ranked = sorted(((c, *p) for c, p in (primary or {}).items()), key=lambda a: -a[1])
    return Suggestion(
        billable=False,
        not_billable_because=NotBillable(reason=refusal.reason, text=refusal.text),
        alternatives=tuple(
            Alternative(code=code, units=units, probability=round(share, 4), why=why)
            for code, share, units, why in ranked[:ALTERNATIVES]
            if share >= 0.05
        ),
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


def _unclear(facts: NoteFacts, note: Note, reading: Reading) -> list[str]:
    said = []
    if facts.session.conflict:
        said.append(facts.session.conflict)
    if reading.discipline is None:
        said.append(
            "The discipline is not known; codes of several disciplines were weighed. "
            "Give `discipline`."
        )
    dates = {hit[1] for hit in _DATED.finditer(reading.prose.low)}
    if len(dates) > 1:
        said.append(
            "The text has several dates of service: it looks like more than one session. "
            "Give each session a note of its own."
        )
    del note
    return said


__all__ = ["Suggestion", "label_of", "policy_for", "suggest"]
