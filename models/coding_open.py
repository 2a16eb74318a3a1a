"""What is open about the primary code: every code that might lead the bill, with its probability.

A bill says one thing; the text may leave several open. Which kind of service it was is weighed
(`models.coding_kind`). Open beside that are: which of two timed services leads, the level of an
evaluation that no word tells, whether the client was in a family session, a total that contradicts
the clock, and a time that was not found. Each of these has a share here, so that the set of 95%
covers what rules decide as well as what is learned.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from claims.note import Note, NoteFacts, UnitRule
from models.coding_kind import Kinds
from models.coding_lines import Bill, Line
from models.coding_reading import MODALITY, Reading, load
from models.coding_rehab import (
    BESIDE_EACH_OTHER,
    evaluated,
    evaluation_levels,
    named_timed,
)
from models.coding_speech import speech_evaluations
from models.coding_units import bill_for

LEAST_KIND = 0.004
"""Kinds of service under this probability are not followed any further."""
MOST_KINDS = 6
FAMILY = ("family_with", "family_without")
LEADS, FIRST_TOLD = 0.57, 0.41
"""That of several timed services the one with most units leads, or the one told first."""
LENGTHS = ((55, 0.5), (45, 0.41), (30, 0.09))
"""Minutes that a session of psychotherapy took, where nothing tells, and how often."""
USUAL_LENGTH = 50
PRESENCE = 1.5
"""Log odds that people read in the text add to whether the client was there."""
MODALITY_ALONE = 0.3
"""That a supervised modality is all that can be billed, where no timed minutes were found."""
UNTOLD = "if the minutes that the note leaves out bear it"


class Candidate(NamedTuple):
    """A code that might be the primary one."""

    code: str
    share: float
    units: int
    why: str


def shares(
    kinds: Kinds, facts: NoteFacts, note: Note, reading: Reading, rule: UnitRule
) -> dict[str, Candidate]:
    """Each code that might lead, with its probability given that anything can be billed."""
    found: dict[str, Candidate] = {}
    for one in _candidates(kinds, facts, note, reading, rule):
        before = found.get(one.code)
        if before is None:
            found[one.code] = one
        else:
            likelier = before if before.share >= one.share else one
            found[one.code] = likelier._replace(share=before.share + one.share)
    total = sum(one.share for one in found.values())
    if not total:
        return {}
    return {code: one._replace(share=one.share / total) for code, one in found.items()}


def _candidates(
    kinds: Kinds, facts: NoteFacts, note: Note, reading: Reading, rule: UnitRule
) -> Iterator[Candidate]:
    followed = [(k, p) for k, p in kinds.ranked[:MOST_KINDS] if p >= LEAST_KIND]
    rehab = kinds.of(*BESIDE_EACH_OTHER)
    if rehab >= LEAST_KIND:
        yield from _weighted(rehab, _rehab(kinds, facts, note, reading, rule))
    family = kinds.of(*FAMILY)
    if family >= LEAST_KIND:
        yield from _weighted(family, _family(kinds, facts, note, reading, rule))
    for kind, probability in followed:
        if kind in BESIDE_EACH_OTHER or kind in FAMILY or kind == "no_service":
            continue
        bill = bill_for(kind, facts, note, reading, kinds, rule)
        if bill.refusal is None:
            others = speech_evaluations(facts, reading) if kind == "evaluation_speech" else {}
            others.pop(bill.lines[0].code, None)
            for code, share in others.items():
                why = f"{code} if this was what was evaluated."
                yield Candidate(code, probability * share, 1, why)
            left = 1 - sum(others.values())
            yield from _weighted(probability * left, _of_bill(bill))
        else:
            again = _assumed(kind, bill, facts, note, reading, kinds, rule)
            yield from _weighted(probability, again)


def _weighted(weight: float, some: Iterable[Candidate]) -> Iterator[Candidate]:
    return (one._replace(share=one.share * weight) for one in some)


def _of_bill(bill: Bill) -> Iterator[Candidate]:
    """What a bill leaves open: readings of contradicting minutes, and its first line."""
    near = sum(share for _, share, _ in bill.near)
    for code, share, why in bill.near:
        yield Candidate(code, share, 1, f"{code} {why}.")
    line = bill.lines[0]
    yield Candidate(line.code, 1 - near, line.units, line.why)


def _assumed(
    kind: str,
    bill: Bill,
    facts: NoteFacts,
    note: Note,
    reading: Reading,
    kinds: Kinds,
    rule: UnitRule,
) -> Iterator[Candidate]:
    """What the kind of service would come to if the time that was not found were there."""
    if bill.refusal is None or bill.refusal.reason != "time_missing":
        return
    lengths = LENGTHS if kind == "individual" else ((USUAL_LENGTH, 1.0),)
    for minutes, share in lengths:
        session = facts.session.replace(minutes=minutes)
        told = bill_for(kind, facts.replace(session=session), note, reading, kinds, rule)
        if told.lines:
            code = told.lines[0].code
            yield Candidate(code, share, 1, f"{code} {UNTOLD}.")


def _family(
    kinds: Kinds, facts: NoteFacts, note: Note, reading: Reading, rule: UnitRule
) -> Iterator[Candidate]:
    """With or without the client: by what the text calls it, and by who it says was there."""
    told = dict(kinds.ranked)
    log_odds = math.log((told["family_with"] + 1e-6) / (told["family_without"] + 1e-6))
    people = facts.session.participants
    if people:
        log_odds += PRESENCE if "client" in people else -PRESENCE
    here = 1 / (1 + math.exp(-log_odds))
    for kind, share, client in (
        ("family_with", here, ("client", "other")),
        ("family_without", 1 - here, ("other",)),
    ):
        session = facts.session.replace(participants=client)
        seen = facts.replace(session=session)
        bill = bill_for(kind, seen, note, reading, kinds, rule)
        if bill.refusal is None:
            yield from _weighted(share, _of_bill(bill))
        else:
            yield from _weighted(share, _assumed(kind, bill, seen, note, reading, kinds, rule))


def _rehab(
    kinds: Kinds, facts: NoteFacts, note: Note, reading: Reading, rule: UnitRule
) -> Iterator[Candidate]:
    """An evaluation leads where there is one; then timed services; a group beside or alone."""
    everything = kinds.of(*BESIDE_EACH_OTHER)
    first, again = evaluated(kinds, reading)
    codes = load("codes")["complexity"].get(reading.discipline or "")
    if codes:
        code = codes["again"]
        yield Candidate(code, again, 1, f"A re-evaluation is told: {code}.")
        for level, share in evaluation_levels(facts, reading, codes).items():
            why = f"{codes[level]} if the evaluation was of {level} complexity."
            yield Candidate(codes[level], first * share, 1, why)
    left = 1 - first - again
    if left <= 0:
        return
    only = Kinds((("timed", 1.0),), kinds.by, kinds.ruled)
    bill = bill_for("timed", facts, note, reading, only, rule)
    if bill.lines:
        yield from _weighted(left, leading(bill.lines, facts.session.minutes_by_code))
        return
    group = kinds.of("group_rehab") / everything
    yield Candidate("97150", group, 1, "97150 if it was a group.")
    seen = [s.group for s in reading.sightings if s.group.startswith(MODALITY)]
    modalities = list(dict.fromkeys(name.removeprefix(MODALITY) for name in seen))
    named = named_timed(facts)
    alone = 0.0 if not modalities else MODALITY_ALONE if named else 1.0
    for code in modalities:
        yield Candidate(code, (left - group) * alone / len(modalities), 1, f"{code} if given.")
    for code in named:
        yield Candidate(code, (left - group) * (1 - alone) / len(named), 1, f"{code} {UNTOLD}.")


def leading(lines: tuple[Line, ...], told: Mapping[str, int]) -> Iterator[Candidate]:
    """How likely each line is held to be the primary one: of timed services any may lead.

    told: minutes by code in the order in which the text has them.
    """
    timed = {line.code: line for line in lines if line.minutes is not None and not line.separate}
    head = lines[0]
    if head.code not in timed or len(timed) < 2:
        yield Candidate(head.code, 1.0, head.units, head.why)
        return
    share = dict.fromkeys(timed, (1 - LEADS - FIRST_TOLD) / len(timed))
    share[head.code] += LEADS
    share[next((code for code in told if code in timed), head.code)] += FIRST_TOLD
    for code, line in timed.items():
        yield Candidate(code, share[code], line.units, line.why)
