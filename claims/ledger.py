"""Authorizations and benefits: how much was granted, used and left, as known on a day.

Use is counted from services sent, in the order in which they were sent. What a payer answered
plays no part: a denied service is mostly sent again, and a count that waits for remittances would
come too late.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from claims.authorization import Authorization, Benefit
from claims.sent import ClientKey, Sending, Sent, Service

MemberKey = tuple[str, str]
"""Payer and member id, in capitals: authorizations and benefits name no dependents."""
PACE_DAYS = 56
"""How far back the present pace looks."""
DAYS_A_YEAR = 365


class Version(NamedTuple):
    """An authorization as it stood from one day on."""

    known: int
    terms: Authorization


class Draw(NamedTuple):
    """A service counted against an authorization, or taken back when its claim is replaced."""

    number: int
    """Of the sending that brought it."""
    day: int
    """Of service."""
    units: Decimal
    """Negative where it is taken back."""


class Used(NamedTuple):
    """Units and visits drawn, opening balance included."""

    units: Decimal
    visits: int


class Balance(NamedTuple):
    """An authorization on a day."""

    terms: Authorization
    used: Used
    units_left: Decimal | None
    """None where it does not count units."""
    visits_left: int | None


class BenefitBalance(NamedTuple):
    """A benefit on a day: what all providers used as the payer told it, and our own since."""

    terms: Benefit
    used: Decimal
    """As told, plus our visits since; dollars are as told, for what will be allowed is unknown."""
    own_days: frozenset[int]
    """Days of our visits after the day on which the payer told it."""
    left: Decimal


class Pool:
    """One authorization through time: its versions and what was drawn on it."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.versions: list[Version] = []
        self.draws: list[Draw] = []
        self._by_day: tuple[list[int], list[Draw]] | None = None
        self._sums: dict[int | None, tuple[list[int], list[Decimal], list[int]]] = {}

    def draw(self, draw: Draw) -> None:
        """Counts one service more; while the ledger is built only."""
        self.draws.append(draw)
        self._sums.clear()
        self._by_day = None

    def terms(self, day: int) -> Authorization | None:
        """The authorization as known on a day."""
        if len(self.versions) == 1:
            only = self.versions[0]
            return only.terms if only.known <= day else None
        at = bisect_right([version.known for version in self.versions], day)
        return self.versions[at - 1].terms if at else None

    def used(self, terms: Authorization, before: int) -> Used:
        """Drawn by sendings numbered below `before`, beside the opening balance."""
        since = terms.as_of.toordinal() if terms.as_of else None
        numbers, units, visits = self._running(since)
        at = bisect_left(numbers, before)
        return Used(
            units[at] + (terms.used_units or 0),
            visits[at] + (terms.used_visits or 0),
        )

    def _running(self, since: int | None) -> tuple[list[int], list[Decimal], list[int]]:
        """Running sums of what was drawn for services after a day."""
        found = self._sums.get(since)
        if found is None:
            numbers: list[int] = []
            units, visits = [Decimal(0)], [0]
            lines: dict[int, int] = {}
            for draw in self.draws:
                if since is not None and draw.day <= since:
                    continue
                before = lines.get(draw.day, 0)
                after = lines[draw.day] = before + (1 if draw.units >= 0 else -1)
                numbers.append(draw.number)
                units.append(units[-1] + draw.units)
                visits.append(visits[-1] + (after > 0) - (before > 0))
            found = self._sums[since] = (numbers, units, visits)
        return found

    def has_visit(self, terms: Authorization, day: int, before: int) -> bool:
        """Whether a day of service is counted already."""
        since = terms.as_of.toordinal() if terms.as_of else None
        if since is not None and day <= since:
            return True
        lines = 0
        for draw in self.draws:
            if draw.number >= before:
                break
            if draw.day == day:
                lines += 1 if draw.units >= 0 else -1
        return lines > 0

    def pace(self, before: int, day: int) -> Used:
        """Drawn for services of the last `PACE_DAYS` days."""
        if self._by_day is None:
            ordered = sorted(self.draws, key=lambda draw: draw.day)
            self._by_day = ([draw.day for draw in ordered], ordered)
        days, ordered = self._by_day
        first, end = bisect_right(days, day - PACE_DAYS), bisect_right(days, day)
        recent = [draw for draw in ordered[first:end] if draw.number < before]
        return Used(sum((d.units for d in recent), Decimal(0)), len({d.day for d in recent}))


def _covers(terms: Authorization, service: Service) -> bool:
    """Whether a service may draw on an authorization, whatever number its claim bears."""
    return (
        terms.start.toordinal() <= service.day <= terms.end.toordinal()
        and (not terms.procedures or service.procedure in terms.procedures)
        and terms.rendering_npi in (None, service.rendering)
    )


class Ledger:
    """All authorizations and benefits, with what was drawn on them. Frozen once built."""

    def __init__(
        self,
        authorizations: Iterable[tuple[date, Authorization]],
        benefits: Iterable[tuple[date, Benefit]],
        sent: Sent,
        draws: Callable[[Sending, Service, int], bool] = lambda sending, service, visit: True,
    ) -> None:
        """authorizations, benefits: each with the day on which the practice had it.

        draws: whether a service sent without an authorization number uses up one that covers it,
        given which visit of the client's year it is.
        """
        self._pools: dict[MemberKey, dict[str, Pool]] = {}
        self._owners: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self._benefits: dict[MemberKey, list[tuple[int, Benefit]]] = {}
        self.authorizations_since: dict[str, int] = {}
        """By payer: the first day on which the practice had one."""
        self.benefits_since: dict[str, int] = {}
        for day, terms in sorted(authorizations, key=lambda item: item[0]):
            known, payer = day.toordinal(), terms.payer_id.upper()
            self.authorizations_since.setdefault(payer, known)
            pools = self._pools.setdefault((payer, terms.member_id.upper()), {})
            number = terms.authorization_number
            self._owners.setdefault((payer, number), []).append((known, terms.member_id.upper()))
            pools.setdefault(number, Pool(number)).versions.append(Version(known, terms))
        for day, benefit in sorted(benefits, key=lambda item: item[0]):
            payer = benefit.payer_id.upper()
            self.benefits_since.setdefault(payer, day.toordinal())
            self._benefits.setdefault((payer, benefit.member_id.upper()), []).append(
                (day.toordinal(), benefit)
            )
        self._days: dict[MemberKey, list[Service]] = {}
        self._count(sent, draws)

    def _count(self, sent: Sent, draws: Callable[[Sending, Service, int], bool]) -> None:
        drawn: dict[int, list[tuple[Pool, Draw]]] = {}
        waiting: dict[MemberKey, list[Service]] = {}
        visits: dict[ClientKey, set[int]] = {}
        for sending in sent.sendings:
            member = (sending.client.payer_id, sending.client.member_id)
            if member in self._benefits:
                self._days.setdefault(member, []).extend(sending.services)
            pools = self._pools.get(member)
            if pools is None:
                continue
            if sending.supersedes is not None:
                for pool, draw in drawn.get(sending.supersedes, ()):
                    pool.draw(Draw(sending.number, draw.day, -draw.units))
            if sending.claim.frequency_code == "8":
                continue
            # An authorization that came late still covers what was sent without its number.
            late = waiting.pop(member, [])
            days = visits.setdefault(sending.client, set())
            days.update(service.day for service in sending.services)
            for service in (*late, *sending.services):
                if service.authorization is None and service.number == sending.number:
                    start = date.fromordinal(service.day).replace(month=1, day=1).toordinal()
                    opened, since = self.opening_visits(member, start, service.day, sending.known)
                    end = start + DAYS_A_YEAR
                    visit = opened + sum(since <= day < end for day in days)
                    if not draws(sending, service, visit):
                        continue
                chosen = self._choose(pools, service, sending)
                if chosen is None:
                    if service.authorization is None:
                        waiting.setdefault(member, []).append(service)
                    continue
                draw = Draw(sending.number, service.day, service.units)
                chosen.draw(draw)
                drawn.setdefault(service.number, []).append((chosen, draw))

    @staticmethod
    def _choose(pools: Mapping[str, Pool], service: Service, sending: Sending) -> Pool | None:
        """The authorization that a service draws on, as known when it was counted."""
        if service.authorization is not None:
            return pools.get(service.authorization)
        if service.replaced <= sending.known and service.number != sending.number:
            return None
        covering = None
        for pool in pools.values():
            terms = pool.terms(sending.known)
            if terms is None or not _covers(terms, service):
                continue
            if _has_left(terms, pool.used(terms, sending.number), service.units):
                return pool
            covering = covering or pool
        return covering

    def pools(self, member: MemberKey) -> Mapping[str, Pool]:
        """A member's authorizations by number, in the order in which they came."""
        return self._pools.get(member, {})

    def opening_visits(
        self,
        member: MemberKey,
        start: int,
        on: int,
        day: int,
        counts: Callable[[Authorization], bool] = lambda terms: True,
    ) -> tuple[int, int]:
        """Visits since `start` that opening balances tell of, before our own count begins.

        on: the day of a service, before which they lie. day: as known on it. counts: whether an
        authorization is for such visits. Returns the visits, and the first day that they leave out.
        """
        visits, since = 0, start
        for pool in self._pools.get(member, {}).values():
            terms = pool.terms(day)
            if terms is None or terms.as_of is None or not terms.used_visits:
                continue
            told = terms.as_of.toordinal()
            if terms.start.toordinal() >= start and told < on and counts(terms):
                visits += terms.used_visits
                since = max(since, told + 1)
        return visits, since

    def owners(self, payer_id: str, number: str, day: int) -> frozenset[str]:
        """Member ids, in capitals, for whom a payer's authorization number was known by a day."""
        found = self._owners.get((payer_id.upper(), number), ())
        return frozenset(member for known, member in found if known <= day)

    def balance(self, pool: Pool, day: int, before: int) -> Balance | None:
        """An authorization as known on a day, counting sendings numbered below `before`."""
        terms = pool.terms(day)
        if terms is None:
            return None
        used = pool.used(terms, before)
        units_left = None if terms.units is None else terms.units - used.units
        visits_left = None if terms.visits is None else terms.visits - used.visits
        return Balance(terms, used, units_left, visits_left)

    def exhausted_on(self, pool: Pool, balance: Balance, day: int, before: int) -> date | None:
        """The day on which the pool runs out at the present pace, if before its end."""
        pace = pool.pace(before, day)
        days: list[int] = []
        if balance.units_left is not None and pace.units > 0:
            days.append(int(max(balance.units_left, Decimal(0)) * PACE_DAYS // pace.units))
        if balance.visits_left is not None and pace.visits > 0:
            days.append(max(balance.visits_left, 0) * PACE_DAYS // pace.visits)
        if not days:
            return None
        ends = date.fromordinal(day) + timedelta(days=min(days))
        return ends if ends <= balance.terms.end else None

    @staticmethod
    def surely_lasts(balance: Balance, days: int) -> bool:
        """Whether it lasts longer than some days even if all its use was of late."""
        used, units, visits = balance.used, balance.units_left, balance.visits_left
        return (units is None or units * PACE_DAYS > used.units * (days + 1)) and (
            visits is None or visits * PACE_DAYS > used.visits * (days + 1)
        )

    def may_use_up(self, benefit: Benefit, member: MemberKey, spare: int) -> bool:
        """Whether a benefit may have no more than `spare` left, whatever of ours counts."""
        own = len(self._days.get(member, ())) if benefit.unit == "visits" else 0
        return benefit.limit - benefit.used - own <= spare

    def has_benefits(self, member: MemberKey) -> bool:
        """Whether any benefit of a member was ever told."""
        return member in self._benefits

    def benefits(self, member: MemberKey, on: int, day: int) -> list[Benefit]:
        """A member's benefits for a day of service `on`, as last told by `day`."""
        newest: dict[str, Benefit] = {}
        for known, benefit in self._benefits.get(member, ()):
            start = benefit.period_start.toordinal()
            if known <= day and start <= on < start + DAYS_A_YEAR:
                newest[benefit.benefit] = benefit
        return list(newest.values())

    def benefit_balance(
        self, benefit: Benefit, day: int, before: int, counts: Callable[[str], bool]
    ) -> BenefitBalance:
        """What is left of a benefit.

        before: sendings numbered below it count as our own. counts: whether a procedure uses it.
        """
        member = (benefit.payer_id.upper(), benefit.member_id.upper())
        as_of = benefit.as_of.toordinal()
        end = benefit.period_start.toordinal() + DAYS_A_YEAR
        days = {
            service.day
            for service in self._days.get(member, ())
            if service.number < before
            and as_of < service.day < end
            and service.visible(day)
            and counts(service.procedure)
        }
        used = benefit.used + (len(days) if benefit.unit == "visits" else 0)
        return BenefitBalance(benefit, used, frozenset(days), benefit.limit - used)


def _has_left(terms: Authorization, used: Used, units: Decimal) -> bool:
    return not (
        (terms.units is not None and used.units + units > terms.units)
        or (terms.visits is not None and used.visits >= terms.visits)
    )
