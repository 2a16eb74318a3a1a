"""Authorizations and visits of one member: what was asked for, what is used up."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from claims.note import Discipline
from data.synthetic.coding import BillLine
from data.synthetic.draw import Draws
from data.synthetic.world_payers import AuthorizationRule, PayerWorld

RENEW_AT = 0.8
"""Part of the pool that is used when the next authorization is asked for."""


@dataclass(slots=True)
class Granted:
    """One authorization."""

    number: str
    start: date
    end: date
    received: date
    codes: tuple[str, ...]
    units: int | None
    visits: int | None
    seen: int = 0
    """Used by sessions that took place."""
    sent: int = 0
    """Used by services submitted."""
    told: bool = False
    """Whether the practice's file of authorizations has it."""

    @property
    def pool(self) -> int:
        """Units or visits, whichever it counts."""
        return self.units if self.units is not None else self.visits or 0

    def taken(self, lines: list[BillLine]) -> int:
        """What a session takes from the pool."""
        if self.visits is not None:
            return 1
        return sum(one.units for one in lines if not self.codes or one.code in self.codes)


@dataclass(slots=True)
class Ledger:
    """What a payer has granted one member for one discipline, and the visits of each year."""

    seed: int
    owner: str
    """Which member, for the draws."""
    discipline: Discipline
    renews: bool
    granted: list[Granted] = field(default_factory=list)
    had: dict[int, int] = field(default_factory=dict)
    """Visits that took place, by year."""
    submitted: dict[int, int] = field(default_factory=dict)
    """Visits submitted, by year of service."""

    def rule(
        self, payer: PayerWorld, lines: list[BillLine], visits: int
    ) -> AuthorizationRule | None:
        """The payer's rule that asks for an authorization for this visit of the year, if any."""
        for rule in payer.authorization:
            if self.discipline not in rule.disciplines or visits <= rule.after_visits:
                continue
            if not rule.codes or any(line.code in rule.codes for line in lines):
                return rule
        return None

    def session(self, payer: PayerWorld, lines: list[BillLine], day: date) -> None:
        """A session took place: counts it, and asks for an authorization where one is due."""
        visits = self.had[day.year] = self.had.get(day.year, 0) + 1
        rule = self.rule(payer, lines, visits + 2) or self.rule(payer, lines, visits)
        if rule is None:
            return
        now = self._covering(day)
        if now is None:
            latest = max((one.end for one in self.granted), default=None)
            coming = [one for one in self.granted if one.start > day]
            if coming:
                return
            first = latest is None
            now = self._grant(rule, day, gap=not (self.renews if not first else self._asked(0.93)))
            if now.start > day:
                return
        now.seen += now.taken(lines)
        ending = now.seen >= RENEW_AT * now.pool or (now.end - day).days < 14
        if ending and now is self.granted[-1]:
            self._grant(rule, day + timedelta(days=1), gap=not self.renews or not self._asked(0.95))

    def _asked(self, chance: float) -> bool:
        return Draws(self.seed, "asked", self.owner, len(self.granted)).chance(chance)

    def _covering(self, day: date) -> Granted | None:
        found = [one for one in self.granted if one.start <= day <= one.end]
        fresh = [one for one in found if one.seen < one.pool]
        return fresh[0] if fresh else (found[-1] if found else None)

    def _grant(self, rule: AuthorizationRule, day: date, gap: bool) -> Granted:
        draws = Draws(self.seed, "authorization", self.owner, len(self.granted))
        start = day + timedelta(days=draws.between(7, 35) if gap else 0)
        number = f"A{draws.between(10_000_000, 99_999_999)}"
        one = Granted(
            number=number,
            start=start,
            end=start + timedelta(days=rule.days - 1),
            received=start + timedelta(days=draws.between(0, 3) if not gap else 0),
            codes=rule.codes,
            units=rule.units,
            visits=rule.visits,
        )
        self.granted.append(one)
        return one

    def use(self, lines: list[BillLine], day: date, morning: date) -> tuple[Granted | None, bool]:
        """Takes a submitted claim from the pool of the authorization that covers its day.

        Returns that authorization, if the practice holds one on that morning, and whether its
        pool was already used up.
        """
        held = [
            one
            for one in self.granted
            if one.start <= day <= one.end
            and one.received <= morning
            and (not one.codes or any(line.code in one.codes for line in lines))
        ]
        if not held:
            return None, False
        fresh = [one for one in held if one.sent + one.taken(lines) <= one.pool]
        one = fresh[0] if fresh else held[-1]
        one.sent += one.taken(lines)
        return one, not fresh
