"""One client under one coverage: what was asked of the payer, what is hidden, what is used."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from data.synthetic.coverage import Chain, Filter
from data.synthetic.draw import Draws
from data.synthetic.hidden import Hidden
from data.synthetic.ledgers import Ledger
from data.synthetic.people import Client, Spell
from data.synthetic.world import World
from data.synthetic.world_payers import Lags


@dataclass(slots=True)
class Membership:
    """One client under one coverage."""

    spell: Spell
    ledger: Ledger
    levels: int
    """Of visits elsewhere that matter: one where the plan knows no limit."""
    chain: Chain
    filter: Filter
    level: int
    """Of visits elsewhere when the payer was asked."""
    verified: int
    """Week in which it was asked."""
    used: int = 0
    """Visits of the year here, when it was asked."""
    limited: bool = False
    """Whether the plan ever limits the discipline's visits."""
    told: int | None = None
    """The limit that the file of benefits has."""


class Memberships:
    """Opens memberships: coverage is asked for at the first visit, or at the world's start."""

    def __init__(self, hidden: Hidden, outcome_seed: int) -> None:
        self.hidden, self.world = hidden, hidden.world
        self.outcome_seed = outcome_seed
        self.longest = 7 + max(
            getattr(one.lags, kind).longest
            for one in self.world.payers
            for kind in Lags.model_fields
        )
        """Days after which a claim that is unanswered will not be answered."""

    def open(self, client: Client, spell: Spell) -> Membership:
        """The membership of a client from the beginning of a spell."""
        payer, start = self.world.payers[spell.payer], self.world.start
        limited = self.hidden.limited(spell.payer, spell.plan, client.discipline)
        levels = len(payer.coverage.levels) if limited else 1
        watched = self.world.disciplines[client.discipline].watched
        rates = self.hidden.rates[spell.payer].watched(watched)
        verified = max(-1, spell.first_week)
        level = self._level(client, spell, levels, rates.elsewhere, verified)
        seed = self.hidden.seed
        return Membership(
            spell=spell,
            ledger=Ledger(
                seed, f"{client.number}/{spell.number}", client.discipline, client.renews
            ),
            levels=levels,
            chain=Chain(
                (self.outcome_seed, "coverage", client.number, spell.number),
                rates,
                levels,
                verified,
                level,
                start,
            ),
            filter=Filter(rates, levels, verified, level, start, self.longest),
            level=level,
            verified=verified,
            limited=limited,
        )

    def _level(self, client: Client, spell: Spell, levels: int, rate: float, verified: int) -> int:
        """Visits elsewhere this year, as the payer tells them when it is asked."""
        day = monday(self.world, verified)
        weeks = (day - date(day.year, 1, 1)).days // 7
        draws = Draws(self.hidden.seed, "elsewhere", client.number, spell.number)
        return min(levels - 1, sum(draws.random() < rate for _ in range(weeks)))

    def pays_alone(self, client: Client, one: Membership, day: date) -> bool:
        """Whether a visit is over the plan's limit, as far as is known, and not billed."""
        limit = self.limit(client, one, day) if one.limited else None
        if limit is None:
            return False
        known = self.known(one, day, one.ledger.had.get(day.year, 0))
        share = self.world.disciplines[client.discipline].unbilled_over_limit
        draws = Draws(self.hidden.seed, "alone", client.number, day.year)
        return known > limit and draws.chance(share)

    def limit(self, client: Client, one: Membership, day: date) -> int | None:
        """Visits a year that the plan pays for, under the rules of a day of service."""
        rules = self.hidden.rules(one.spell.payer, day)
        return rules.plan(one.spell.plan).visit_limit.get(client.discipline)

    def known(self, one: Membership, day: date, visits: int) -> int:
        """Visits of a year here and elsewhere, as far as the practice has been told."""
        if monday(self.world, one.verified).year == day.year:
            return visits + self.world.payers[one.spell.payer].coverage.levels[one.level]
        return visits

    def authorizations(self, one: Membership, morning: date) -> list[dict[str, Any]]:
        """What the practice has been granted since the last file."""
        payer = self.world.payers[one.spell.payer]
        before = monday(self.world, -1)
        rows = []
        for granted in one.ledger.granted:
            if granted.told or granted.received > morning:
                continue
            granted.told = True
            opening = granted.received < before
            rows.append(
                {
                    "authorization_number": granted.number,
                    "payer_id": payer.id,
                    "member_id": one.spell.member_id,
                    "procedures": " ".join(granted.codes),
                    "units": granted.units,
                    "visits": granted.visits,
                    "start": granted.start,
                    "end": granted.end,
                    "rendering_npi": None,
                    "status": "approved",
                    "used_units": granted.sent if opening and granted.units is not None else None,
                    "used_visits": granted.sent if opening and granted.visits is not None else None,
                    "as_of": before if opening else None,
                    "received": granted.received,
                }
            )
        return rows

    def benefits(self, client: Client, one: Membership, morning: date) -> list[dict[str, Any]]:
        """What the payer said of the plan's limit: once, and again where it changes."""
        if not one.limited or (one.told and not self.hidden.rule_days[one.spell.payer]):
            return []
        payer = self.world.payers[one.spell.payer]
        as_of, used = monday(self.world, one.verified), one.used
        limit = self.limit(client, one, as_of)
        if one.told is not None or limit is None:
            as_of, used = morning, one.ledger.had.get(morning.year, 0)
            limit = self.limit(client, one, morning)
        if limit is None or limit == one.told:
            return []
        one.told = limit
        return [
            {
                "payer_id": payer.id,
                "member_id": one.spell.member_id,
                "benefit": client.discipline,
                "limit": limit,
                "used": self.known(one, as_of, used),
                "unit": "visits",
                "period_start": date(as_of.year, 1, 1),
                "as_of": as_of,
            }
        ]


def monday(world: World, week: int) -> date:
    """The first day of a week, on which its batch is sent."""
    return world.start + timedelta(weeks=week)
