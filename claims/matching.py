"""Which claim a payment answers, and which visit a note belongs to.

Pure: what was sent and what came back goes in, who belongs to whom comes out. Payments are
taken in the order in which they became known, and each is matched by what was sent before it,
so that a later fact never changes an earlier match.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

SEQUENCE_OF_STATUS = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}
"""CLP02 that tells before which other payers the claim came: SBR01 of what was sent."""
REVERSAL = "22"
REVISIONS = frozenset("678")
"""CLM05-3 of a claim that corrects, replaces or voids an earlier one."""
NO_SUCH_CLAIM = "no claim of this number was sent"
OTHER_CLAIM = "the claim of this number has another member and other services"


class SentLine(NamedTuple):
    """A service line as it was sent."""

    position: int
    procedure: str
    modifiers: str
    charge: int
    units: float
    first: date
    last: date
    line_id: str | None


class Sent(NamedTuple):
    """A submission, as far as a payment can tell it from another."""

    submission_id: int
    claim_id: str
    sequence: str
    frequency: str
    payer_id: str
    payer_claim_number: str | None
    member: str
    submitted: date
    charge: int
    lines: tuple[SentLine, ...]


class PaidLine(NamedTuple):
    """A service line as it was judged."""

    position: int
    procedure: str | None
    """As it was sent (SVC06, else SVC01); None where the claim was judged as a whole."""
    modifiers: str
    charge: int
    units: float | None
    first: date | None
    line_id: str | None


class Paid(NamedTuple):
    """A claim payment, as far as it tells what it answers."""

    payment_id: int
    claim_id: str
    status: str
    frequency: str | None
    payer_id: str
    payer_claim_id: str | None
    members: frozenset[str]
    known_on: date
    received_by_payer: date | None
    charge: int
    lines: tuple[PaidLine, ...]


class LineMatch(NamedTuple):
    """A judged line and the line that was sent."""

    position: int
    line_position: int
    how: str
    """line_id, code, charge (the only line of that day and charge), claim (judged whole)."""


class Match(NamedTuple):
    """A claim payment and the submission that it answers."""

    payment_id: int
    submission_id: int | None
    how: str
    """claim_id, payer_claim_number or member; where there is none, why."""
    lines: tuple[LineMatch, ...] = ()


def match_lines(sent: Sequence[SentLine], paid: Sequence[PaidLine]) -> tuple[LineMatch, ...]:
    """Which line each judged line answers: by REF*6R, else by code, date, modifiers and units.

    A line that the payer cut into pieces is answered by each of them. What fits no line is left
    out of the answer.
    """
    if len(paid) == 1 and paid[0].procedure is None:
        return tuple(LineMatch(paid[0].position, line.position, "claim") for line in sent)
    left = {line.position: line.charge for line in sent}
    """What of each sent line's charge no judged line accounts for."""
    found: dict[int, tuple[SentLine, str]] = {}
    by_id: dict[str, list[SentLine]] = {}
    for line in sent:
        if line.line_id:
            by_id.setdefault(line.line_id, []).append(line)
    for answer in paid:
        named = by_id.get(answer.line_id or "", ())
        if len(named) == 1:
            found[answer.position] = (named[0], "line_id")
            left[named[0].position] -= answer.charge
    open_answers = [answer for answer in paid if answer.position not in found]
    taken = {line.position for line, _ in found.values()}
    ranked = sorted(
        (-likeness, answer.position, line.position, answer, line)
        for answer in open_answers
        for line in sent
        if (likeness := _likeness(line, answer))
    )
    for whole in (True, False):
        # Whole lines first; what is left over may be pieces of one line.
        for _, _, _, answer, line in ranked:
            if answer.position in found or (whole and line.position in taken):
                continue
            if not whole and not 0 < answer.charge <= left[line.position]:
                continue
            found[answer.position] = (line, "code")
            taken.add(line.position)
            left[line.position] -= answer.charge
    for answer in open_answers:
        same = [
            line
            for line in sent
            if line.position not in taken
            and line.charge == answer.charge
            and (answer.first is None or line.first <= answer.first <= line.last)
        ]
        if answer.position not in found and len(same) == 1:
            found[answer.position] = (same[0], "charge")
            taken.add(same[0].position)
    return tuple(
        LineMatch(answer.position, found[answer.position][0].position, found[answer.position][1])
        for answer in paid
        if answer.position in found
    )


def _likeness(line: SentLine, answer: PaidLine) -> int:
    """How well an answer fits a line; 0: code or date are another's."""
    if line.procedure != answer.procedure:
        return 0
    if answer.first is not None and not line.first <= answer.first <= line.last:
        return 0
    same_modifiers = sorted(line.modifiers.split()) == sorted(answer.modifiers.split())
    return (
        1
        + 8 * (line.first == answer.first)
        + 4 * same_modifiers
        + 2 * (line.charge == answer.charge)
        + (line.units == answer.units)
    )


class _Group:
    """The submissions of one claim, and what has been answered of them so far."""

    def __init__(self, sent: Iterable[Sent]) -> None:
        self.sent = sorted(sent, key=lambda one: (one.submitted, one.submission_id))
        self.answered: set[int] = set()
        self.by_payer_number: dict[str, int] = {}

    def take(self, paid: Paid, how: str) -> Match:
        """The submission that `paid` answers, remembered for what comes after."""
        before = [one for one in self.sent if one.submitted <= paid.known_on] or self.sent[:1]
        fits = [(match_lines(one.lines, paid.lines), one) for one in before]
        fits = [(lines, one) for lines, one in fits if lines or one.member in paid.members]
        if not fits:
            return Match(paid.payment_id, None, OTHER_CLAIM)
        lines, chosen = max(fits, key=lambda fit: self._fitness(paid, *fit))
        if paid.status != REVERSAL:
            self.answered.add(chosen.submission_id)
        if paid.payer_claim_id:
            self.by_payer_number.setdefault(paid.payer_claim_id, chosen.submission_id)
        return Match(paid.payment_id, chosen.submission_id, how, lines)

    def _fitness(self, paid: Paid, lines: tuple[LineMatch, ...], one: Sent) -> tuple[object, ...]:
        """What tells submissions of one claim apart, the strongest sign first."""
        known = self.by_payer_number.get(paid.payer_claim_id or "")
        sequence = SEQUENCE_OF_STATUS.get(paid.status)
        open_ = one.submission_id not in self.answered
        order = -self.sent.index(one)
        received = paid.received_by_payer
        return (
            # A reversal takes back what the same number of the payer's told before.
            paid.status == REVERSAL and known == one.submission_id,
            sequence is None or sequence == one.sequence,
            one.payer_id == paid.payer_id,
            paid.frequency is None or paid.frequency == one.frequency,
            not paid.members or one.member in paid.members,
            len(lines),
            one.charge == paid.charge,
            received is None or one.submitted <= received,
            known == one.submission_id,
            # Payers answer in the order in which they were asked; once all are answered, an
            # answer corrects the last.
            open_,
            order if open_ else -order,
        )


def match_payments(sent: Iterable[Sent], paid: Iterable[Paid]) -> list[Match]:
    """Which submission each payment answers, by the patient control number.

    sent, paid: every one of the claims concerned. Payments come back in the order in which they
    became known.
    """
    by_claim: dict[str, list[Sent]] = {}
    for one in sent:
        by_claim.setdefault(one.claim_id, []).append(one)
    groups: dict[str, _Group] = {}
    matches = []
    for payment in sorted(paid, key=lambda one: (one.known_on, one.payment_id)):
        submissions = by_claim.get(payment.claim_id)
        if not submissions:
            matches.append(Match(payment.payment_id, None, NO_SUCH_CLAIM))
            continue
        group = groups.get(payment.claim_id)
        if group is None:
            group = groups[payment.claim_id] = _Group(submissions)
        matches.append(group.take(payment, "claim_id"))
    return matches


def match_strays(
    candidates: Iterable[Sent],
    paid: Iterable[Paid],
    numbers: Mapping[str, int],
    answered: Mapping[int, date],
) -> list[Match]:
    """The same, for payments whose claim number the practice never sent.

    A payer may cut a number short or write it in other letters, or give its own alone.
    candidates: submissions of the payments' members, and those that `numbers` names.
    numbers: the submission for each of the payers' own claim numbers already known.
    answered: by submission, the first day on which it was answered under its own number.
    """
    pool = list(candidates)
    by_id = {one.submission_id: one for one in pool}
    by_member: dict[str, list[Sent]] = {}
    for one in pool:
        by_member.setdefault(one.member, []).append(one)
    matches = []
    for payment in sorted(paid, key=lambda one: (one.known_on, one.payment_id)):
        named = by_id.get(numbers.get(payment.payer_claim_id or "", 0))
        if named:
            matches.append(_Group([named]).take(payment, "payer_claim_number"))
            continue
        # Several claims of one member may be alike: only a single one that agrees counts.
        alike = [
            one
            for member in payment.members
            for one in by_member.get(member, ())
            if one.submitted <= payment.known_on
            and one.charge == payment.charge
            and answered.get(one.submission_id, date.max) > payment.known_on
            and _agree(match_lines(one.lines, payment.lines), one, payment)
        ]
        if len(alike) == 1:
            matches.append(_Group(alike).take(payment, "member"))
        else:
            matches.append(Match(payment.payment_id, None, NO_SUCH_CLAIM))
    return matches


def _agree(lines: tuple[LineMatch, ...], one: Sent, paid: Paid) -> bool:
    return (
        len(lines) == len(paid.lines) == len(one.lines)
        and all(match.how in ("code", "line_id") for match in lines)
        and all(line.first is not None for line in paid.lines)
    )


class Visit(NamedTuple):
    """A visit as a claim tells it, to find its note."""

    claim_id: str
    member: str
    days: frozenset[date]
    providers: frozenset[str]


class Written(NamedTuple):
    """A note, as far as it tells which visit it is about."""

    claim_id: str | None
    member: str | None
    day: date | None
    provider: str | None


def belongs(note: Written, visit: Visit) -> bool:
    """Whether a note is about one of a claim's visits.

    By its claim id, where it has one; else by member, date and rendering provider.
    """
    if note.claim_id is not None:
        return note.claim_id == visit.claim_id
    return (
        note.member is not None
        and note.member == visit.member
        and note.day in visit.days
        and (note.provider is None or note.provider in visit.providers)
    )
