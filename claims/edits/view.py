"""A claim as the edits look at it: what several of them need, worked out once."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from claims.claim import Claim, Diagnosis, Provider, ServiceLine, Submission
from claims.codes.procedures import Procedure, procedure
from claims.codes.taxonomies import by_taxonomy
from claims.context import Context
from claims.disciplines import discipline_of
from claims.ledger import MemberKey
from claims.note import Discipline, Note, NoteFacts
from claims.policies import Policy
from claims.policies.rules import Rule
from claims.sent import ClientKey, Service, client_key

R = TypeVar("R", bound=Rule)
TELEHEALTH_MODIFIERS = frozenset(("95", "93", "GT", "GQ"))
TELEHEALTH_PLACES = frozenset(("02", "10"))
MEDICARE = frozenset(("medicare", "medicare_advantage"))


class Kind:
    """What is the same for all lines of one policy, code, modifiers, place, diagnosis, taxonomy."""

    __slots__ = ("edits", "policy", "procedure", "rules")

    def __init__(self, policy: Policy, procedure: Procedure | None) -> None:
        # Both are kept, so that no other object takes their identity.
        self.policy = policy
        self.procedure = procedure
        self.rules: dict[Any, Any] = {}
        """The payer's rules that were looked up for them, by kind of rule."""
        self.edits: Any = None
        """The edits that such lines are asked; None until the first of them is."""


class ClaimView:
    """One claim, its note as read, and the practice's knowledge on the day."""

    def __init__(
        self, submission: Submission, facts: NoteFacts | None, note: Note | None, context: Context
    ) -> None:
        self.submission = submission
        self.claim: Claim = submission.claim
        self.facts = facts
        self.note = note
        self.context = context
        self.day = context.day
        self.as_of = context.as_of
        self.payer_id = self.claim.payer.payer_id
        self.number = context.sent.number(submission)
        """The place of this sending among all."""
        self.client: ClientKey = client_key(self.claim)
        """Who was treated."""
        self.member: MemberKey = (self.client.payer_id, self.client.member_id)
        """Whose coverage it is, as authorizations and benefits name it."""
        self.plan = self._plan()
        """The payer's plan, as far as the group tells it."""
        self.is_replacement = self.claim.frequency_code in ("6", "7", "8")
        """Whether it takes the place of an earlier claim, or takes it back."""
        self.lines = [LineView(self, line) for line in self.claim.lines]
        self.policy = self.lines[0].policy
        self.is_medicare = self.policy.line_of_business == "medicare"
        """Original Medicare, whose rules are published and complete."""
        self.others = self._others()
        """Other services of the client, by day of service: sent by now and not replaced."""

    def _plan(self) -> str | None:
        subscriber = self.claim.subscriber
        if not subscriber.group_number and not subscriber.group_name:
            return None
        memory = self.context.memory
        key = ("plan", self.payer_id, subscriber.group_number, subscriber.group_name)
        if key not in memory:
            memory[key] = self.context.policies.plan(
                self.payer_id, subscriber.group_number, subscriber.group_name
            )
        found: str | None = memory[key]
        return found

    def _others(self) -> dict[int, list[Service]]:
        found: dict[int, list[Service]] = {}
        for line in self.lines:
            if line.day not in found:
                found[line.day] = [
                    service
                    for service in self.context.sent.on(self.client, line.day)
                    if service.number != self.number
                    and service.sequence == self.claim.sequence
                    and service.visible(self.day)
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
        self.claim = claim
        self.line = line
        self.number = line.line
        self.code = line.procedure.upper()
        self.modifiers: tuple[str, ...] = tuple(m.upper() for m in line.modifiers)
        self.units: Decimal = line.units
        self.on: date = line.service_from
        self.day = line.service_from.toordinal()
        self.place = line.place_of_service or claim.claim.place_of_service
        whole = claim.claim
        self.rendering: Provider = line.rendering or whole.rendering or whole.billing
        self.supervising: Provider | None = line.supervising or whole.supervising
        context = claim.context
        self.procedure: Procedure | None = procedure(self.code, self.on)
        self.policy: Policy = context.policies.policy(
            claim.payer_id,
            whole.filing_indicator,
            claim.plan,
            on=self.on,
            known=claim.as_of,
        )
        self.standing = by_taxonomy(self.rendering.taxonomy)
        self.credential: str | None = self.standing.credential if self.standing else None
        self.discipline: Discipline | None = discipline_of(
            self.procedure, self.modifiers, self.rendering, claim.note
        )
        """Under which discipline the service was given: by provider, note, modifier, code."""
        every, pointers = whole.diagnoses, line.diagnosis_pointers
        self.diagnoses: Sequence[Diagnosis] = (
            [every[pointer - 1] for pointer in pointers if pointer <= len(every)]
            if pointers
            else every
        )
        """The line's diagnoses, the primary one first; the claim's where it points to none."""
        self.first_diagnosis = self.diagnoses[0].code.upper() if self.diagnoses else None
        """Without its dot."""
        self.is_telehealth = self.place in TELEHEALTH_PLACES or not (
            TELEHEALTH_MODIFIERS.isdisjoint(self.modifiers)
        )
        """Whether the line says so, by modifier or by place."""
        kind = (
            id(self.policy),
            id(self.procedure),
            self.code,
            self.modifiers,
            self.place,
            self.first_diagnosis,
            self.rendering.taxonomy,
            self.discipline,
        )
        known = context.memory.get(kind)
        if known is None:
            known = context.memory[kind] = Kind(self.policy, self.procedure)
        self.kind: Kind = known
        """What is the same for all lines of this kind."""
        self.deadline: date | None = None
        """For filing; set when first asked."""
        self._siblings: list[LineView] | None = None

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

    def has(self, modifiers: Iterable[str]) -> bool:
        """Whether any of these modifiers stands on the line."""
        return any(modifier in self.modifiers for modifier in modifiers)
