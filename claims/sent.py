"""What the practice has sent: every service line, found by client and day, as light values.

A later sending of a claim takes the place of the earlier one from the day on which it was made:
nothing is counted twice, and nothing is seen before its day.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from claims.claim import Claim, Submission
from claims.record import Identifier, Record

NEVER = date.max.toordinal()
VOID = "8"


class Practice(Record):
    """Whose claims these are."""

    id: Identifier = "default"
    name: str = ""


class ClientKey(NamedTuple):
    """One person under one payer's coverage; dependents share a member id, so it is not enough."""

    payer_id: str
    member_id: str
    birth: int
    first_name: str


def client_key(claim: Claim) -> ClientKey:
    """Who was treated, as far as two claims of one payer can be told to be about one person."""
    person = claim.person
    return ClientKey(
        claim.payer.payer_id.upper(),
        claim.subscriber.member_id.upper(),
        person.birth_date.toordinal() if person.birth_date else 0,
        person.first_name.upper(),
    )


SendingKey = tuple[str, str, str, int, str]
"""One sending of a claim: digest, interchange and transaction of the file, position, claim id."""


def sending_key(submission: Submission) -> SendingKey:
    """What tells one sending from another, the same file read twice being the same."""
    source = submission.source
    return (
        source.digest,
        source.interchange,
        source.transaction,
        source.position,
        submission.claim.claim_id,
    )


class Service:
    """One service line as it was sent. Never changed once the index is built."""

    __slots__ = (
        "authorization",
        "charge",
        "claim_id",
        "day",
        "digest",
        "frequency",
        "known",
        "last_day",
        "line",
        "modifiers",
        "number",
        "place",
        "procedure",
        "rendering",
        "replaced",
        "sequence",
        "units",
    )

    def __init__(self, submission: Submission, line_at: int, known: int, number: int) -> None:
        claim = submission.claim
        line = claim.lines[line_at]
        rendering = line.rendering or claim.rendering or claim.billing
        self.known = known
        """Ordinal day on which it was sent."""
        self.replaced = NEVER
        """Ordinal day from which a later sending of the claim counts instead."""
        self.number = number
        """Of its sending, in the order in which they were made."""
        self.digest = submission.source.digest
        self.claim_id = claim.claim_id
        self.sequence = claim.sequence
        self.frequency = claim.frequency_code
        self.line = line.line
        self.day = line.service_from.toordinal()
        self.last_day = line.service_to.toordinal()
        self.procedure = line.procedure.upper()
        self.modifiers = tuple(modifier.upper() for modifier in line.modifiers)
        self.units = line.units
        self.charge = line.charge
        self.rendering = rendering.npi
        self.place = line.place_of_service or claim.place_of_service
        self.authorization = line.authorization_number or claim.authorization_number

    def visible(self, day: int) -> bool:
        """Whether it was sent by that day and not yet replaced."""
        return self.known <= day < self.replaced


class Sending(NamedTuple):
    """One sending with the day on which it was made and its services."""

    known: int
    number: int
    claim: Claim
    client: ClientKey
    services: tuple[Service, ...]
    supersedes: int | None
    """Number of the sending whose place it takes."""


class Sent:
    """All sendings, in the order in which they were made."""

    def __init__(self, sendings: Iterable[tuple[date, Submission]]) -> None:
        """sendings: with the day on which the practice made each, in any order of days."""
        ordered = sorted(sendings, key=lambda item: item[0])
        self.sendings: list[Sending] = []
        self.numbers: dict[SendingKey, int] = {}
        self._by_client_day: dict[tuple[ClientKey, int], list[Service]] = {}
        self._by_client: dict[ClientKey, list[Service]] = {}
        self._by_claim: dict[str, list[Sending]] = {}
        for day, submission in ordered:
            key = sending_key(submission)
            if key not in self.numbers:
                self._add(day.toordinal(), submission, key)

    def _add(self, known: int, submission: Submission, key: SendingKey) -> None:
        number = len(self.sendings)
        claim = submission.claim
        services = tuple(
            Service(submission, place, known, number) for place in range(len(claim.lines))
        )
        earlier = self._earlier_version(claim, services, key[0])
        sending = Sending(
            known, number, claim, client_key(claim), services, earlier.number if earlier else None
        )
        if earlier:
            for service in earlier.services:
                service.replaced = known
        if claim.frequency_code == VOID:
            for service in services:
                service.replaced = known
        self.sendings.append(sending)
        self.numbers[key] = number
        self._by_claim.setdefault(claim.claim_id, []).append(sending)
        self._by_client.setdefault(sending.client, []).extend(services)
        for service in services:
            self._by_client_day.setdefault((sending.client, service.day), []).append(service)

    def _earlier_version(
        self, claim: Claim, services: Sequence[Service], digest: str
    ) -> Sending | None:
        """The sending that this one replaces or repeats.

        Some practices put an account number where the claim's own belongs, so that claims of
        other days share it: those are not versions of one another. Nor are two claims of one
        file, unless the second says that it replaces the first.
        """
        days = {service.day for service in services}
        for other in reversed(self._by_claim.get(claim.claim_id, ())):
            if other.claim.sequence != claim.sequence:
                continue
            if other.claim.payer.payer_id != claim.payer.payer_id:
                continue
            if claim.frequency_code in ("7", VOID):
                return other
            same_file = digest and other.services[0].digest == digest
            if not same_file and any(service.day in days for service in other.services):
                return other
        return None

    def number(self, submission: Submission) -> int:
        """The place of a sending among all; after all of them where it is not among them."""
        return self.numbers.get(sending_key(submission), len(self.sendings))

    def client(self, submission: Submission, number: int) -> ClientKey:
        """Who was treated, by a submission of that number."""
        if number < len(self.sendings) and self.sendings[number].claim is submission.claim:
            return self.sendings[number].client
        return client_key(submission.claim)

    def on(self, client: ClientKey, day: int) -> Sequence[Service]:
        """Everything ever sent for a client's day; ask each whether it is `visible`."""
        return self._by_client_day.get((client, day), ())

    def of_client(self, client: ClientKey) -> Sequence[Service]:
        """Everything ever sent for a client, in order; ask each whether it is `visible`."""
        return self._by_client.get(client, ())

    def of_claim(self, claim_id: str) -> Sequence[Sending]:
        """Every sending with this patient control number, in order."""
        return self._by_claim.get(claim_id, ())
