"""A claim as the edits look at it: what several of them need, worked out once."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from claims.claim import Claim, Diagnosis, Provider, ServiceLine, Submission
from claims.codes.procedures import Procedure, procedure
from claims.codes.taxonomies import by_taxonomy
from claims.context import Context
from claims.disciplines import credential_of, discipline_of
from claims.ledger import MemberKey
from claims.note import Discipline, Note, NoteFacts
from claims.policies import Policy
from claims.policies.rules import Rule
from claims.sent import ClientKey, Service, client_key

R = TypeVar("R", bound=Rule)
TELEHEALTH_MODIFIERS = frozenset(("95", "93", "GT", "GQ"))
TELEHEALTH_PLACES = frozenset(("02", "10"))
MEDICARE = frozenset(("medicare", "medicare_advantage"))


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
        self.lines = [LineView(self, line) for line in self.claim.lines]
        self.policy = self.lines[0].policy

    @cached_property
    def number(self) -> int:
        """The place of this sending among all."""
        return self.context.sent.number(self.submission)

    @cached_property
    def client(self) -> ClientKey:
        """Who was treated."""
        return client_key(self.claim)

    @property
    def member(self) -> MemberKey:
        """Whose coverage it is, as authorizations and benefits name it."""
        return (self.payer_id.upper(), self.claim.subscriber.member_id.upper())

    @cached_property
    def plan(self) -> str | None:
        """The payer's plan, as far as the group tells it."""
        subscriber = self.claim.subscriber
        if not subscriber.group_number and not subscriber.group_name:
            return None
        return self.context.policies.plan(
            self.payer_id, subscriber.group_number, subscriber.group_name
        )

    @property
    def is_medicare(self) -> bool:
        """Original Medicare, whose rules are published and complete."""
        return self.policy.line_of_business == "medicare"

    @property
    def is_replacement(self) -> bool:
        """Whether it takes the place of an earlier claim, or takes it back."""
        return self.claim.frequency_code in ("6", "7", "8")

    @cached_property
    def others(self) -> dict[int, list[Service]]:
        """Other services of the client, by day of service: sent by now and not replaced."""
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
        self.procedure: Procedure | None = procedure(self.code, self.on)
        self.policy: Policy = claim.context.policies.policy(
            claim.payer_id,
            whole.filing_indicator,
            claim.plan,
            on=self.on,
            known=claim.as_of,
        )
        self.credential: str | None = credential_of(self.rendering)
        self.standing = by_taxonomy(self.rendering.taxonomy)

    @cached_property
    def writer(self) -> str | None:
        """The credential of who gave the service, as the note tells it."""
        note, facts = self.claim.note, self.claim.facts
        if note is not None and note.credential:
            return note.credential
        if facts is not None and facts.credentials:
            return facts.credentials[0]
        return None

    @cached_property
    def discipline(self) -> Discipline | None:
        """Under which discipline the service was given: by its modifier, its code, its provider."""
        return discipline_of(self.procedure, self.modifiers, self.rendering, self.claim.note)

    @cached_property
    def diagnoses(self) -> Sequence[Diagnosis]:
        """The line's diagnoses, the primary one first; the claim's where it points to none."""
        every = self.claim.claim.diagnoses
        pointers = self.line.diagnosis_pointers
        if not pointers:
            return every
        return [every[pointer - 1] for pointer in pointers if pointer <= len(every)]

    @cached_property
    def first_diagnosis(self) -> str | None:
        """The line's first diagnosis, without its dot."""
        return self.diagnoses[0].code.upper() if self.diagnoses else None

    @cached_property
    def _decided(self) -> dict[Any, Any]:
        """Rules already looked up for lines such as this one."""
        key = (
            id(self.policy),
            self.code,
            self.modifiers,
            self.place,
            self.first_diagnosis,
            self.credential,
            self.discipline,
        )
        found: dict[Any, Any] = self.claim.context.memory.setdefault(key, {})
        return found

    def rule(self, kind: type[R]) -> R | None:
        """The payer's rule of a kind that decides for this line."""
        decided = self._decided
        if kind not in decided:
            decided[kind] = self.policy.find(kind, self.code, self.discipline, **self._rest())
        found: R | None = decided[kind]
        return found

    def rules(self, kind: type[R]) -> tuple[R, ...]:
        """Every rule of the payer of a kind that speaks of this line, the strongest first."""
        decided = self._decided
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

    @cached_property
    def siblings(self) -> Sequence["LineView"]:
        """The other lines of this claim with the same day."""
        return [line for line in self.claim.lines if line is not self and line.day == self.day]

    @property
    def is_telehealth(self) -> bool:
        """Whether the line says so, by modifier or by place."""
        return self.place in TELEHEALTH_PLACES or not TELEHEALTH_MODIFIERS.isdisjoint(
            self.modifiers
        )

    def has(self, modifiers: Iterable[str]) -> bool:
        """Whether any of these modifiers stands on the line."""
        return any(modifier in self.modifiers for modifier in modifiers)
