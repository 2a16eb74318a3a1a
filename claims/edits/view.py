"""A claim as the edits look at it: what several of them need, worked out once."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeVar

from claims.authorization import Authorization, Benefit
from claims.claim import Claim, Provider, ServiceLine, Submission
from claims.codes.procedures import Procedure, procedure
from claims.codes.taxonomies import Standing, by_taxonomy
from claims.context import Context
from claims.disciplines import discipline_of
from claims.ledger import MemberKey, Pool
from claims.note import Discipline, Note, NoteFacts
from claims.policies import Policy
from claims.policies.rules import Rule
from claims.sent import ClientKey, Service

R = TypeVar("R", bound=Rule)
TELEHEALTH_MODIFIERS = frozenset(("95", "93", "GT", "GQ"))
TELEHEALTH_PLACES = frozenset(("02", "10"))
MEDICARE = frozenset(("medicare", "medicare_advantage"))


class Kind:
    """What is the same for all lines of one policy, code, modifiers, place, diagnosis, taxonomy."""

    __slots__ = (
        "concerned", "discipline", "filing_days", "has_limits", "needs_authorization",
        "needs_referral", "plans",
        "policy", "procedure", "rules", "speaks",
    )  # fmt: skip

    def __init__(
        self, policy: Policy, procedure: Procedure | None, discipline: Discipline | None
    ) -> None:
        # Both are kept, so that no other object takes their identity.
        self.policy = policy
        self.procedure = procedure
        self.discipline = discipline
        self.rules: dict[Any, Any] = {}
        """The payer's rules that were looked up for them, by kind of rule."""
        self.needs_authorization = False
        self.needs_referral = False
        self.has_limits = False
        self.filing_days = 0
        """At least so many days after the service may a claim be filed."""
        self.concerned: tuple[Any, ...] = ()
        """The edits that concern such lines at all."""
        self.speaks: frozenset[str] = frozenset()
        """Those whose silence the kind decides, and that are not silent."""
        self.plans: Any = None
        """The edits to ask, by what a line shows; None until the first is looked at."""


class Who:
    """What is told of a provider by its number and taxonomy, many claims sharing one."""

    __slots__ = ("bills_soundly", "credential", "is_sound", "provider", "standing")

    def __init__(self, provider: Provider) -> None:
        self.provider = provider  # kept, so that no other takes its identity
        self.standing = by_taxonomy(provider.taxonomy)
        self.credential = self.standing.credential if self.standing else None
        self.is_sound: bool | None = None
        """Whether number and taxonomy are well formed; None until asked."""
        self.bills_soundly: tuple[bool, bool] | None = None
        """Whether the claim came as X12, and nothing is amiss with it as billing provider."""


class ClaimView:
    """One claim, its note as read, and the practice's knowledge on the day."""

    def __init__(
        self, submission: Submission, facts: NoteFacts | None, note: Note | None, context: Context
    ) -> None:
        claim = submission.claim
        self.submission = submission
        self.claim: Claim = claim
        self.facts = facts
        self.note = note
        self.context = context
        self.day = context.day
        self.as_of = context.as_of
        self.payer_id = claim.payer.payer_id
        self.number = context.sent.number(submission)
        """The place of this sending among all."""
        self.client: ClientKey = context.sent.client(submission, self.number)
        """Who was treated."""
        self.member: MemberKey = (self.client.payer_id, self.client.member_id)
        """Whose coverage it is, as authorizations and benefits name it."""
        self.birth: int | None = self.client.birth or None
        """The client's date of birth as an ordinal."""
        ledger = context.ledger
        self.pools = ledger.pools(self.member)
        """The member's authorizations by number."""
        self.has_benefits = ledger.has_benefits(self.member)
        self.is_told_of = context.answers.has_member(self.member, self.day)
        """Whether remittances have told of the member."""
        self._benefits: dict[int, list[Benefit]] = {}
        self.kept: dict[Any, Any] = {}
        """What one edit worked out that others ask for again."""
        self.biller = self.who(claim.billing)
        self.plan = context.plan_of(claim)
        """The payer's plan, as far as the group tells it."""
        self.is_replacement = claim.frequency_code in ("6", "7", "8")
        """Whether it takes the place of an earlier claim, or takes it back."""
        self.lines = [LineView(self, line) for line in claim.lines]
        self.policy = self.lines[0].policy
        self.is_medicare = self.policy.line_of_business == "medicare"
        """Original Medicare, whose rules are published and complete."""
        self.others = self._others()
        """Other services of the client, by day of service: sent by now and not replaced."""

    def close(self) -> None:
        """Lets go of the lines: they and the claim hold one another, which only slow collecting
        of garbage would undo."""
        for line in self.lines:
            line.forget()
        self.lines = []

    def benefits_on(self, day: int) -> list[Benefit]:
        """The member's benefits for a day of service, as told by now."""
        found = self._benefits.get(day)
        if found is None:
            ledger = self.context.ledger
            found = self._benefits[day] = ledger.benefits(self.member, day, self.day)
        return found

    def policy_on(self, on: date) -> Policy:
        """The payer's rules for a day of service, as known on the day."""
        return self.context.policy_of(self.claim, self.plan, on)

    def who(self, provider: Provider) -> Who:
        """What is told of a provider."""
        memory = self.context.memory
        found: Who | None = memory.get(id(provider))
        if found is None:
            found = memory[id(provider)] = Who(provider)
        return found

    def _others(self) -> dict[int, list[Service]]:
        found: dict[int, list[Service]] = {}
        number, day, sequence = self.number, self.day, self.claim.sequence
        for line in self.lines:
            if line.day not in found:
                found[line.day] = [
                    service
                    for service in self.context.sent.on(self.client, line.day)
                    if service.number != number
                    and service.known <= day < service.replaced
                    and service.sequence == sequence
                    and not self._is_earlier_version(service)
                ]
        return found

    def _is_earlier_version(self, service: Service) -> bool:
        """Whether a service belongs to what this very claim was, or became."""
        return service.claim_id == self.claim.claim_id and (
            self.is_replacement
            or not service.digest
            or service.digest != self.submission.source.digest
        )


class LineView:
    """One service line with what its claim says over it."""

    def __init__(self, claim: ClaimView, line: ServiceLine) -> None:
        whole = claim.claim
        self.claim = claim
        self.line = line
        self.number = line.line
        self.code = line.procedure.upper()
        self.modifiers: tuple[str, ...] = (
            tuple([m.upper() for m in line.modifiers]) if line.modifiers else ()
        )
        self.units: Decimal = line.units
        self.on: date = line.service_from
        self.day = line.service_from.toordinal()
        self.place = line.place_of_service or whole.place_of_service
        self.rendering: Provider = line.rendering or whole.rendering or whole.billing
        self.who = claim.who(self.rendering)
        self.authorization = line.authorization_number or whole.authorization_number
        """The number of the authorization that the line bears, its own or its claim's."""
        self.procedure: Procedure | None = procedure(self.code, self.on)
        self.policy: Policy = claim.policy_on(self.on)
        self.first_diagnosis = self._first_diagnosis()
        """Without its dot."""
        note = claim.note
        key = (
            id(self.policy),
            id(self.procedure),
            self.code,
            self.modifiers,
            self.place,
            self.first_diagnosis,
            self.rendering.taxonomy,
            note.discipline if note is not None else None,
        )
        memory = claim.context.memory
        kind: Kind | None = memory.get(key)
        if kind is None:
            kind = memory[key] = Kind(
                self.policy,
                self.procedure,
                discipline_of(self.procedure, self.modifiers, self.rendering, note),
            )
        self.kind = kind
        """What is the same for all lines of this kind."""
        self.discipline = kind.discipline
        """Under which discipline the service was given: by provider, note, modifier, code."""
        self.is_telehealth = self.place in TELEHEALTH_PLACES or not (
            TELEHEALTH_MODIFIERS.isdisjoint(self.modifiers)
        )
        """Whether the line says so, by modifier or by place."""
        self.deadline: date | None = None
        """For filing; set when first asked."""
        self.kept: dict[Any, Any] = {}
        """What one edit worked out that others ask for again."""
        self._siblings: list[LineView] | None = None
        self._named: tuple[Pool, Authorization] | Literal[False] | None = False

    def _first_diagnosis(self) -> str | None:
        every, pointers = self.claim.claim.diagnoses, self.line.diagnosis_pointers
        if pointers:
            for pointer in pointers:
                if pointer <= len(every):
                    return every[pointer - 1].code.upper()
            return None
        return every[0].code.upper() if every else None

    @property
    def standing(self) -> Standing | None:
        """What the rendering provider's taxonomy tells."""
        return self.who.standing

    @property
    def credential(self) -> str | None:
        """The rendering provider's, as the taxonomy tells it."""
        return self.who.credential

    @property
    def supervising(self) -> Provider | None:
        """Who supervised, of the line or its claim."""
        return self.line.supervising or self.claim.claim.supervising

    @property
    def named(self) -> "tuple[Pool, Authorization] | None":
        """The authorization that the line names, where the practice has it for this member."""
        if self._named is False:
            number = self.authorization
            pool = self.claim.pools.get(number) if number is not None else None
            terms = pool.terms(self.claim.day) if pool else None
            self._named = (pool, terms) if pool and terms else None
        return self._named

    @property
    def writer(self) -> str | None:
        """The credential of who gave the service, as the note tells it."""
        note, facts = self.claim.note, self.claim.facts
        if note is not None and note.credential:
            return note.credential
        if facts is not None and facts.credentials:
            return facts.credentials[0]
        return None

    def rule(self, kind: type[R]) -> R | None:
        """The payer's rule of a kind that decides for this line."""
        decided = self.kind.rules
        if kind not in decided:
            decided[kind] = self.policy.find(kind, self.code, self.discipline, **self._rest())
        found: R | None = decided[kind]
        return found

    def rules(self, kind: type[R]) -> tuple[R, ...]:
        """Every rule of the payer of a kind that speaks of this line, the strongest first."""
        decided = self.kind.rules
        if (kind,) not in decided:
            decided[kind,] = self.policy.all(kind, self.code, self.discipline, **self._rest())
        found: tuple[R, ...] = decided[kind,]
        return found

    def _rest(self) -> dict[str, Any]:
        return {
            "modifiers": self.modifiers,
            "place": self.place,
            "diagnosis": self.first_diagnosis,
            "credential": self.credential,
        }

    @property
    def others(self) -> Sequence[Service]:
        """The client's other services of this day, on other claims."""
        return self.claim.others[self.day]

    @property
    def siblings(self) -> Sequence["LineView"]:
        """The other lines of this claim with the same day."""
        found = self._siblings
        if found is None:
            every = self.claim.lines
            found = [line for line in every if line is not self and line.day == self.day]
            self._siblings = found
        return found

    def forget(self) -> None:
        """Lets go of the other lines."""
        self._siblings = None

    def has(self, modifiers: Iterable[str]) -> bool:
        """Whether any of these modifiers stands on the line."""
        return any(modifier in self.modifiers for modifier in modifiers)
