"""What remittances have told so far that the next claim should heed, found by claim and member."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from claims.remittance import ClaimPayment

COVERAGE_ENDED = frozenset(("27", "28", "30", "31", "32", "33", "177", "200"))
"""CARCs by which a payer says that the patient has no coverage any more, or none that it knows."""
OTHER_PAYER = frozenset(("22",))
"""CARCs by which a payer says that another payer comes first."""
PENDING = frozenset(("5", "10", "13", "15", "16", "17", "23", "25", "27"))
"""Claim statuses that decide nothing (reference: CLP02)."""
REVERSAL = "22"


class Answer(NamedTuple):
    """What is to be heeded of one claim payment, with what its remittance says over it."""

    payer_id: str
    paid_on: date | None
    """BPR16: for a secondary claim, the day on which the first payer adjudicated."""
    claim_id: str
    claim_number: str | None
    """The payer's own number for the claim (CLP07)."""
    status_code: str
    is_paid: bool
    """Whether anything was paid."""
    member_id: str | None
    corrected_member_id: str | None
    coverage_expired: date | None
    served: date | None
    """The first day of service that a line names."""
    reasons: frozenset[str]
    """CARCs of the claim and its lines."""

    @classmethod
    def of(cls, payer_id: str, paid_on: date | None, payment: ClaimPayment) -> "Answer":
        """Of a claim payment as it was read."""
        days = [line.service_from for line in payment.lines if line.service_from]
        adjustments = [*payment.adjustments]
        for line in payment.lines:
            adjustments.extend(line.adjustments)
        return cls(
            payer_id,
            paid_on,
            payment.claim_id,
            payment.payer_claim_id,
            payment.status_code,
            payment.paid > 0,
            payment.member_id,
            payment.corrected_member_id,
            payment.coverage_expired,
            min(days, default=None),
            frozenset(adjustment.carc for adjustment in adjustments),
        )


class Told(NamedTuple):
    """What one answer said of a claim."""

    known: int
    payer_id: str
    claim_number: str | None
    """The payer's own number for the claim (CLP07)."""
    adjudicated: int | None
    paid: bool
    final: bool
    reversal: bool


class Answers:
    """Remittance facts by claim and by member. A fact received on a day is seen the day after."""

    def __init__(self, answers: Iterable[tuple[date, Answer]]) -> None:
        """answers: each with the day on which it was received."""
        self._claims: dict[str, list[Told]] = {}
        self._corrected: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self._ended: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._other: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._covered: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._told: dict[tuple[str, str], int] = {}
        """By member: the first day on which any of these was received."""
        for day, answer in sorted(answers, key=lambda item: item[0]):
            self._take(day.toordinal(), answer)
        for facts in (self._corrected, self._ended, self._other):
            for member, found in facts.items():
                known = min(fact[0] for fact in found)
                self._told[member] = min(known, self._told.get(member, known))

    def _take(self, known: int, answer: Answer) -> None:
        payer = answer.payer_id.upper()
        self._claims.setdefault(answer.claim_id, []).append(
            Told(
                known,
                payer,
                answer.claim_number,
                answer.paid_on.toordinal() if answer.paid_on else None,
                answer.is_paid,
                answer.status_code not in PENDING,
                answer.status_code == REVERSAL,
            )
        )
        if not answer.member_id:
            return
        member = (payer, answer.member_id.upper())
        if answer.corrected_member_id:
            self._corrected.setdefault(member, []).append((known, answer.corrected_member_id))
        served = answer.served.toordinal() if answer.served else known
        if answer.coverage_expired:
            ended = answer.coverage_expired.toordinal()
            self._ended.setdefault(member, []).append((known, ended))
        if answer.is_paid:
            self._covered.setdefault(member, []).append((known, served))
        elif answer.reasons & COVERAGE_ENDED and not answer.coverage_expired:
            self._ended.setdefault(member, []).append((known, served - 1))
        elif answer.reasons & OTHER_PAYER:
            self._other.setdefault(member, []).append((known, served))

    def has_claim(self, claim_id: str, day: int) -> bool:
        """Whether any answer about a patient control number came before a day."""
        found = self._claims.get(claim_id)
        return found is not None and found[0].known < day

    def has_member(self, member: tuple[str, str], day: int) -> bool:
        """Whether an answer told of a payer's member more than what was paid, before a day."""
        first = self._told.get(member)
        return first is not None and first < day

    def of_claim(self, claim_id: str, day: int) -> list[Told]:
        """What was received before a day about a patient control number, in order."""
        return [told for told in self._claims.get(claim_id, ()) if told.known < day]

    def corrected_member(self, payer_id: str, member_id: str, day: int) -> str | None:
        """The member id that the payer last put in this one's place."""
        found = self._corrected.get((payer_id.upper(), member_id.upper()))
        values = [value for known, value in found if known < day] if found else []
        return values[-1] if values else None

    def coverage_ended(self, payer_id: str, member_id: str, day: int) -> int | None:
        """The last covered day as the payer last told it; None where a later service was paid."""
        return self._unless_paid(self._ended, (payer_id.upper(), member_id.upper()), day)

    def other_payer_first(self, payer_id: str, member_id: str, day: int) -> int | None:
        """A day of service for which another payer was said to come first, unless paid since."""
        return self._unless_paid(self._other, (payer_id.upper(), member_id.upper()), day)

    def _unless_paid(
        self, facts: dict[tuple[str, str], list[tuple[int, int]]], member: tuple[str, str], day: int
    ) -> int | None:
        found = facts.get(member)
        if not found:
            return None
        seen = [about for known, about in found if known < day]
        if not seen:
            return None
        paid_since = any(
            known < day and served > seen[-1] for known, served in self._covered.get(member, ())
        )
        return None if paid_since else seen[-1]
