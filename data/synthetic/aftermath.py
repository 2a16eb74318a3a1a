"""What comes back, and what follows: claims sent again, payments taken back, second payers.

What follows a first answer is drawn apart from anyone's coverage, so that it tells nothing of
what is hidden.
"""

import heapq
from collections.abc import Iterator
from datetime import date, timedelta

from claims.claim import Adjustment, Claim, LineAdjudication, OtherPayer, Payer, Subscriber
from claims.remittance import ClaimPayment
from data.synthetic.adjudication import Decision, LineDecision
from data.synthetic.draw import Draws
from data.synthetic.hidden import Hidden
from data.synthetic.lags import days_taken, pay_day
from data.synthetic.odds import ClaimCase
from data.synthetic.payments import (
    ZERO,
    Judged,
    judge,
    judged_line,
    payment_of,
    payments,
    reversal,
)
from data.synthetic.people import Spell
from data.synthetic.world_payers import PayerWorld, SecondPayer

REWORK_WEEKS = (1, 6)
"""Weeks from the answer until the biller sends a denied claim again."""
AUDIT_DAYS = (60, 150)
"""Days from payment until an audit takes it back."""
SECOND_DAYS = (14, 35)
FORWARDED = "19"
UNDOCUMENTED = "112"
"""CARC of what an audit takes back."""


class Aftermath:
    """The answers on their way to the practice, and the claims that follow from them.

    weeks: batches; nothing is sent after the last.
    """

    def __init__(self, hidden: Hidden, outcome_seed: int, weeks: int) -> None:
        self.hidden = hidden
        self.world = hidden.world
        self.outcome_seed = outcome_seed
        self.weeks = weeks
        self.again: dict[int, list[Claim]] = {}
        """Claims to be sent after their first time, by week."""
        self._queue: list[tuple[date, int, int, ClaimPayment]] = []
        self._count = 0

    @property
    def done(self) -> bool:
        """Whether no more answers are to come."""
        return not self._queue

    def until(self, end: date) -> Iterator[tuple[date, int, ClaimPayment]]:
        """Takes out the answers that come before a day, with the payer's index.

        The index after the last payer is the second payer's.
        """
        while self._queue and self._queue[0][0] < end:
            day, payer, _, payment = heapq.heappop(self._queue)
            yield day, payer, payment

    def _push(self, day: date, payer: int, payment: ClaimPayment) -> None:
        self._count += 1
        heapq.heappush(self._queue, (day, payer, self._count, payment))

    def _week(self, day: date) -> int:
        return (day - self.world.start).days // 7

    def answer(
        self, client: int, spell: Spell, claim: Claim, case: ClaimCase, decision: Decision,
        money: list[Judged],
    ) -> None:  # fmt: skip
        """Puts the answers to a first submission on their way, and what follows them."""
        payer = self.world.payers[spell.payer]
        draws = Draws(self.outcome_seed, "number", claim.claim_id)
        status = "4" if Draws(self.hidden.seed, "status", payer.id).chance(0.4) else "1"
        answers = list(payments(claim, decision, money, payer_number(draws), status))
        if answers and decision.split is None:
            day, final = answers[-1]
            draws = Draws(self.outcome_seed, "after", claim.claim_id)
            if decision.denied:
                self._rework(spell, claim, case, final, day, draws)
            elif final.paid > 0 and draws.chance(payer.takeback):
                self._take_back(spell.payer, claim, final, day, draws)
            elif final.patient_responsibility and self._has_second(client, spell, payer):
                answers[-1] = day, self._second(client, spell, claim, final, day, draws)
        for day, payment in answers:
            self._push(day, spell.payer, payment)

    def _rework(
        self, spell: Spell, claim: Claim, case: ClaimCase, final: ClaimPayment, day: date,
        draws: Draws,
    ) -> None:  # fmt: skip
        """The biller takes up a denied claim, or does not; the payer relents, or does not."""
        week = self._week(day) + draws.between(*REWORK_WEEKS)
        if not draws.chance(self.world.reworked) or week >= self.weeks:
            return
        payer = self.world.payers[spell.payer]
        sent = self.world.start + timedelta(weeks=week)
        paid_on = pay_day(sent + timedelta(days=days_taken(payer.lags.paid, draws)), payer.cycle)
        again = claim
        if payer.type == "medicare":
            # Part B takes no replacement claims: it reopens the claim that it has, on request.
            self._push(paid_on, spell.payer, reversal(final))
        else:
            again = claim.model_copy(
                update={"frequency_code": "7", "payer_claim_number": final.payer_claim_id}
            )
            self.again.setdefault(week, []).append(again)
        lines = list(final.lines)
        if draws.chance(self.world.overturned):
            rules = self.hidden.rules(spell.payer, case.day)
            cleared = tuple(LineDecision(None) for _ in case.lines)
            relented = Decision(None, False, cleared, paid_on, None, None)
            money = judge(self.hidden, case, rules.plan(spell.plan), relented, draws)
            lines = [judged_line(*both) for both in zip(claim.lines, money, strict=True)]
        payment = payment_of(again, payer_number(draws), final.status_code, lines)
        self._push(paid_on, spell.payer, payment)

    def _take_back(
        self, payer: int, claim: Claim, first: ClaimPayment, paid_on: date, draws: Draws
    ) -> None:
        """An audit reverses a payment and denies the claim."""
        of = self.world.payers[payer]
        day = pay_day(paid_on + timedelta(days=draws.between(*AUDIT_DAYS)), of.cycle)
        self._push(day, payer, reversal(first))
        lines = [
            line.model_copy(
                update={
                    "paid": ZERO,
                    "units_paid": line.units_paid and line.units_paid * 0,
                    "allowed": None,
                    "adjustments": (Adjustment(group="CO", carc=UNDOCUMENTED, amount=line.charge),),
                    "remarks": (),
                }
            )
            for line in first.lines
        ]
        self._push(day, payer, payment_of(claim, payer_number(draws), "1", lines))

    def _has_second(self, client: int, spell: Spell, payer: PayerWorld) -> bool:
        draws = Draws(self.hidden.seed, "second", client, spell.number)
        return self.world.second is not None and draws.chance(payer.second_payer)

    def _second(
        self, client: int, spell: Spell, claim: Claim, first: ClaimPayment, day: date, draws: Draws
    ) -> ClaimPayment:
        """What the first payer left goes to the second; gives the first payer's answer."""
        second = self.world.second
        if second is None:
            return first
        index = len(self.world.payers)
        number = Draws(self.hidden.seed, "second member", client, spell.number)
        member = f"{number.between(10**9, 10**10 - 1)}"
        paid = second_payment(claim, first, member, second, draws)
        wait = timedelta(days=draws.between(*SECOND_DAYS))
        if draws.chance(second.crossover):
            self._push(pay_day(day + wait, (2,)), index, paid)
            name = second.name.upper()
            return first.model_copy(update={"status_code": FORWARDED, "forwarded_to": name})
        week = self._week(day) + draws.between(1, 3)
        if week < self.weeks:
            sent = self.world.start + timedelta(weeks=week)
            due = to_second_payer(claim, first, second, day, member)
            self.again.setdefault(week, []).append(due)
            self._push(pay_day(sent + wait, (2,)), index, paid)
        return first


def payer_number(draws: Draws) -> str:
    """A payer's own number for a claim."""
    return f"{draws.between(10**11, 10**12 - 1)}"


def second_payer(second: SecondPayer) -> Payer:
    """The second payer as claims name it."""
    return Payer(payer_id=second.id, name=second.name.upper())


def to_second_payer(
    claim: Claim, first: ClaimPayment, second: SecondPayer, paid_on: date, member: str
) -> Claim:
    """The claim for what the first payer left, with what that payer did."""
    other = OtherPayer(
        sequence="P",
        relationship="18",
        filing_indicator=claim.filing_indicator,
        payer=claim.payer,
        subscriber=claim.subscriber,
        paid=first.paid,
        remaining=first.patient_responsibility,
        adjudicated=paid_on,
        claim_number=first.payer_claim_id,
    )
    lines = tuple(
        line.model_copy(
            update={
                "adjudications": (
                    LineAdjudication(
                        payer_id=claim.payer.payer_id,
                        paid=judged.paid,
                        procedure=line.procedure,
                        modifiers=line.modifiers,
                        units=line.units,
                        adjustments=judged.adjustments,
                        adjudicated=paid_on,
                    ),
                )
            }
        )
        for line, judged in zip(claim.lines, first.lines, strict=True)
    )
    subscriber: Subscriber = claim.subscriber.model_copy(
        update={"member_id": member, "group_number": None, "group_name": None}
    )
    return claim.model_copy(
        update={
            "payer": second_payer(second),
            "sequence": "S",
            "filing_indicator": second.filing_indicator,
            "subscriber": subscriber,
            "other_payers": (other,),
            "lines": lines,
            "authorization_number": None,
        }
    )


def second_payment(
    claim: Claim, first: ClaimPayment, member: str, second: SecondPayer, draws: Draws
) -> ClaimPayment:
    """The second payer pays what the first left to the patient."""
    lines = []
    for line in first.lines:
        left = sum((one.amount for one in line.adjustments if one.group == "PR"), ZERO)
        rest = line.charge - left
        settled = (Adjustment(group="OA", carc="23", amount=rest),) if rest else ()
        lines.append(
            line.model_copy(
                update={"paid": left, "allowed": None, "adjustments": settled, "remarks": ()}
            )
        )
    found = payment_of(claim, payer_number(draws), "2", lines)
    return found.model_copy(
        update={"filing_indicator": second.filing_indicator, "member_id": member}
    )
