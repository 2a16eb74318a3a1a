"""What the practice knew on a day, as one frozen value: what edits, features and models take.

Everything carries the day on which it was known, so the same facts seen from an earlier day cost
nothing: `context.on(day)` shares them all. Our own claims, authorizations, benefits and notes are
seen on the day on which the practice had them, what payers answered from the day after.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from claims.answers import Answer, Answers
from claims.authorization import Authorization, Benefit
from claims.claim import Claim, Submission
from claims.codes.procedures import procedure
from claims.disciplines import discipline_of
from claims.ledger import Ledger
from claims.policies import Policy, PolicyBook
from claims.policies.rules import AuthorizationNeed
from claims.sent import Practice, Sending, Sent, Service


def draws_unnumbered(policies: PolicyBook, sending: Sending, service: Service, visit: int) -> bool:
    """Whether a service sent without a number uses up an authorization that covers it.

    By the payer's policy as known when it was sent: visits that need no authorization use none.
    Without a policy that speaks of it, an authorization on record is taken to be needed.
    """
    claim = sending.claim
    policy = policies.policy(
        claim.payer.payer_id,
        claim.filing_indicator,
        policies.plan(
            claim.payer.payer_id, claim.subscriber.group_number, claim.subscriber.group_name
        ),
        on=date.fromordinal(service.day),
        known=date.fromordinal(sending.known),
    )
    discipline = discipline_of(
        procedure(service.procedure), service.modifiers, claim.rendering or claim.billing, None
    )
    rule = policy.find(AuthorizationNeed, service.procedure, discipline)
    return rule is None or (rule.required and visit >= rule.from_visit)


@dataclass(frozen=True)
class Context:
    """The practice's knowledge as of a day."""

    practice: Practice
    as_of: date
    policies: PolicyBook
    sent: Sent
    ledger: Ledger
    answers: Answers
    notes_since: Mapping[str, int] = field(default_factory=dict)
    """By payer: the first day on which the practice had a note for one of its claims."""
    memory: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """Answers of pure functions of the policies, kept by what they depend on: days share it."""

    @classmethod
    def build(
        cls,
        *,
        as_of: date,
        policies: PolicyBook,
        practice: Practice | None = None,
        batch: Iterable[Submission] = (),
        claims: Iterable[tuple[date, Submission]] = (),
        authorizations: Iterable[tuple[date, Authorization]] = (),
        benefits: Iterable[tuple[date, Benefit]] = (),
        answers: Iterable[tuple[date, Answer]] = (),
        notes_since: Mapping[str, date] | None = None,
    ) -> "Context":
        """Everything known, each fact with the day on which the practice had it.

        batch: the claims to be looked at, sent on `as_of`. claims: what was sent, the batch's
        own earlier readings included or not. notes_since: by payer id, the first day on which
        the practice had a note for one of its claims.
        """
        sent = Sent([*claims, *((as_of, submission) for submission in batch)])

        def draws(sending: Sending, service: Service, visit: int) -> bool:
            return draws_unnumbered(policies, sending, service, visit)

        return cls(
            practice=practice or Practice(),
            as_of=as_of,
            policies=policies,
            sent=sent,
            ledger=Ledger(authorizations, benefits, sent, draws),
            answers=Answers(answers),
            notes_since={
                payer.upper(): day.toordinal() for payer, day in (notes_since or {}).items()
            },
        )

    def __getstate__(self) -> dict[str, Any]:
        """Without what can be worked out again: another process makes its own memory."""
        return {**self.__dict__, "memory": {}}

    def on(self, day: date) -> "Context":
        """The same knowledge as it was on another day, at no cost.

        Raises ValueError for a day after this one's: what was known later is not here.
        """
        if day > self.as_of:
            raise ValueError(f"this context knows nothing after {self.as_of}")
        return Context(
            self.practice,
            day,
            self.policies,
            self.sent,
            self.ledger,
            self.answers,
            self.notes_since,
            self.memory,
        )

    @property
    def day(self) -> int:
        """The as-of day as an ordinal."""
        return self.as_of.toordinal()

    def plan_of(self, claim: Claim) -> str | None:
        """The payer's plan of a claim, as far as its group tells it."""
        subscriber = claim.subscriber
        number, name = subscriber.group_number, subscriber.group_name
        if not number and not name:
            return None
        key = ("plan", claim.payer.payer_id, number, name)
        if key not in self.memory:
            self.memory[key] = self.policies.plan(claim.payer.payer_id, number, name)
        found: str | None = self.memory[key]
        return found

    def policy_of(self, claim: Claim, plan: str | None, on: date) -> Policy:
        """The rules of a claim's payer and plan for a day of service, as known by now."""
        memory = self.memory
        key = (claim.payer.payer_id, claim.filing_indicator, plan, on, self.as_of)
        found: Policy | None = memory.get(key)
        if found is None:
            found = memory[key] = self.policies.policy(
                claim.payer.payer_id, claim.filing_indicator, plan, on=on, known=self.as_of
            )
        return found

    def keeps_authorizations(self, payer_id: str) -> bool:
        """Whether the practice had any authorization of this payer by now."""
        return self.ledger.authorizations_since.get(payer_id.upper(), self.day + 1) <= self.day

    def keeps_benefits(self, payer_id: str) -> bool:
        """Whether the practice had any benefit of this payer by now."""
        return self.ledger.benefits_since.get(payer_id.upper(), self.day + 1) <= self.day

    def keeps_notes(self, payer_id: str) -> bool:
        """Whether the practice had any note for a claim of this payer by now."""
        return self.notes_since.get(payer_id.upper(), self.day + 1) <= self.day
