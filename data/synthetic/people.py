"""Who works at the practice and who comes to it, all drawn from the seed alone."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from claims.note import Discipline
from data.synthetic.draw import Draws
from data.synthetic.tables import SyntheticDiagnosis, credentials, diagnoses, names
from data.synthetic.world import World
from data.synthetic.world_model import DisciplineWorld
from data.synthetic.world_payers import PayerWorld, Plan

BEFORE = 156
"""Weeks before the start in which clients who are still in care may have come."""
LONGEST_EPISODE = 156
WEEKS_A_MONTH = 365.25 / 84
EPISODE_SPREAD = 0.7
SWITCH = 0.06
"""Share of clients who come with another payer after New Year."""
SUPPORT_PER_LEAD = {"MH": 0.4, "OT": 0.6, "PT": 0.6, "SLP": 0.3, "ABA": 4.0}


class Clinician(NamedTuple):
    """A member of the staff."""

    id: str
    discipline: Discipline
    credential: str
    lead: bool
    first_name: str
    last_name: str
    npi: str
    taxonomy: str
    site: int
    started: float
    """Week, counted from the start; negative for those who were there before."""


class Spell(NamedTuple):
    """A time under one coverage."""

    number: int
    payer: int
    """Index in the world's payers."""
    plan: Plan
    member_id: str
    first_week: int


class Client(NamedTuple):
    """Someone in care, for one episode."""

    number: int
    discipline: Discipline
    first_week: int
    weeks: int
    visits_per_week: float
    weekdays: tuple[int, ...]
    hour: int
    first_name: str
    last_name: str
    sex: str
    birth_date: date
    street: str
    site: int
    child: bool
    telehealth: bool
    group: bool
    family: bool
    minutes: int
    """Usual length of a visit, or of a technician's shift."""
    diagnoses: tuple[SyntheticDiagnosis, ...]
    lead_slot: int
    renews: bool
    """Authorizations are asked for in time."""
    biller: int

    @property
    def id(self) -> str:
        """The practice's number for the client."""
        return f"P{10_000 + self.number}"


def national_provider_id(draws: Draws) -> str:
    """Ten digits, the last of which is the Luhn digit over 80840 and the first nine."""
    digits = "1" + "".join(str(draws.below(10)) for _ in range(8))
    total = 24
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


class People:
    """The staff and the clients of one practice.

    clients: in care in an average month. weeks: from the start to the last batch.
    """

    def __init__(self, world: World, seed: int, clients: float, weeks: int) -> None:
        self.world = world
        self.seed = seed
        self.weeks = weeks
        share = {name: one.share for name, one in world.disciplines.items()}
        whole = sum(share.values())
        self.shares = {name: value / whole for name, value in share.items()}
        mean = sum(
            part * mean_episode(world.disciplines[name]) for name, part in self.shares.items()
        )
        self.growth = math.log1p(world.growth) / 52
        """Of arrivals, a week."""
        level = self._integral(0.0, weeks) / weeks
        self.rate = clients / mean / level
        """Arrivals a week at the start."""
        self.arrivals_by_discipline = {name: part for name, part in self.shares.items() if part > 0}
        self.slots = {
            name: max(1, math.ceil(self._visits(name, clients) / one.caseload))
            for name, one in world.disciplines.items()
        }
        self.support_slots = {
            name: max(1, round(self.slots[name] * SUPPORT_PER_LEAD[name])) for name in self.slots
        }

        self._posts: dict[tuple[str, bool, int], tuple[list[float], list[Clinician]]] = {}

    def _integral(self, first: float, last: float) -> float:
        if abs(self.growth) < 1e-9:
            return last - first
        return (math.exp(self.growth * last) - math.exp(self.growth * first)) / self.growth

    def _visits(self, name: Discipline, clients: float) -> float:
        one = self.world.disciplines[name]
        total = sum(one.visits_per_week.values())
        mean = sum(float(k) * v for k, v in one.visits_per_week.items()) / total
        return clients * self.shares[name] * mean

    def arrivals(self) -> int:
        """How many clients come from `BEFORE` weeks before the start to the end."""
        return math.ceil(self.rate * self._integral(-BEFORE, self.weeks))

    def arrival_week(self, number: int) -> float:
        """When the client with this number comes; later for higher numbers, but for a jitter."""
        mark = (number + Draws(self.seed, "arrival", number).random()) / self.rate
        if abs(self.growth) < 1e-9:
            return mark - BEFORE
        start = math.exp(-self.growth * BEFORE)
        return math.log(self.growth * mark + start) / self.growth

    def clinician(self, discipline: Discipline, lead: bool, slot: int, week: int) -> Clinician:
        """Who holds a post in a week: people come, stay for a while and are followed by others."""
        ends, clinicians = self._post(discipline, lead, slot)
        while ends[-1] <= week:
            self._follow(discipline, lead, slot)
        return clinicians[bisect_right(ends, week)]

    def _post(
        self, discipline: Discipline, lead: bool, slot: int
    ) -> tuple[list[float], list[Clinician]]:
        """Who holds a post one after the other, and the week in which each leaves."""
        known = self._posts.get((discipline, lead, slot))
        if known is None:
            kind = "lead" if lead else "support"
            began = -400.0 * Draws(self.seed, kind, discipline, slot).random()
            first = self._employ(discipline, lead, slot, 0, began)
            known = [began + self._stay(kind, discipline, slot, 0)], [first]
            self._posts[discipline, lead, slot] = known
        return known

    def _follow(self, discipline: Discipline, lead: bool, slot: int) -> None:
        """Somebody follows the last one known to hold a post."""
        kind = "lead" if lead else "support"
        ends, clinicians = self._post(discipline, lead, slot)
        tenant = len(ends)
        clinicians.append(self._employ(discipline, lead, slot, tenant, ends[-1]))
        ends.append(ends[-1] + self._stay(kind, discipline, slot, tenant))

    def _stay(self, kind: str, discipline: Discipline, slot: int, tenant: int) -> float:
        draws = Draws(self.seed, kind, discipline, slot, tenant)
        return 20 - math.log1p(-draws.random()) * self.world.tenure_weeks

    def _employ(
        self, discipline: Discipline, lead: bool, slot: int, tenant: int, began: float
    ) -> Clinician:
        draws = Draws(self.seed, "clinician", discipline, lead, slot, tenant)
        one = self.world.disciplines[discipline]
        if lead:
            credential = draws.weighted(one.credentials)
        elif discipline == "ABA":
            credential = "RBT" if slot % 5 else "BCaBA"
        else:
            credential = draws.one_of(
                [
                    c.name
                    for c in credentials().values()
                    if c.discipline == discipline and not c.lead
                ]
            )
        return Clinician(
            id=f"{discipline}{'' if lead else 'S'}{slot}.{tenant}",
            discipline=discipline,
            credential=credential,
            lead=lead,
            first_name=draws.one_of(names("first_f") + names("first_m")),
            last_name=draws.one_of(names("last")),
            npi=national_provider_id(draws),
            taxonomy=credentials()[credential].taxonomy,
            site=draws.position([site.share for site in self.world.sites]),
            started=began,
        )

    def client(self, number: int) -> Client:
        """The client with this number."""
        draws = Draws(self.seed, "client", number)
        discipline = draws.weighted(self.shares)
        one = self.world.disciplines[discipline]
        weeks = math.exp(draws.normal(math.log(one.episode_weeks), EPISODE_SPREAD))
        frequency = float(draws.weighted(one.visits_per_week))
        first_day = draws.below(5)
        step = {1: 0, 2: 2, 3: 2, 4: 1, 5: 1}[max(1, min(5, round(frequency)))]
        days = tuple(
            sorted({(first_day + step * i) % 5 for i in range(max(1, min(5, round(frequency))))})
        )
        child = draws.chance(one.child)
        age = draws.between(3, 17) if child else draws.between(18, 84)
        sex = draws.one_of(("F", "M"))
        week = math.floor(self.arrival_week(number))
        listed = diagnoses()[discipline]
        first = draws.one_of([one for one in listed if one.specified])
        others = [o for o in listed if o.specified and o.group != first.group]
        second = (draws.one_of(others),) if others and draws.chance(0.3) else ()
        lead_slot = draws.below(self._open_slots(discipline, week))
        site = self.clinician(discipline, True, lead_slot, week).site
        start = self.world.start + timedelta(weeks=week)
        return Client(
            number=number,
            discipline=discipline,
            first_week=week,
            weeks=int(min(LONGEST_EPISODE, max(3, weeks))),
            visits_per_week=frequency,
            weekdays=days,
            hour=draws.between(8, 17),
            first_name=draws.one_of(names("first_f" if sex == "F" else "first_m")),
            last_name=draws.one_of(names("last")),
            sex=sex,
            birth_date=start - timedelta(days=int(365.25 * age) + 40 + draws.below(320)),
            street=f"{draws.between(1, 999)} {draws.one_of(names('street'))}",
            site=site,
            child=child,
            telehealth=draws.chance(one.telehealth),
            group=draws.chance(one.group),
            family=draws.chance(one.family * (2.0 if child else 0.8)),
            minutes=usual_minutes(draws, discipline, one),
            diagnoses=(first, *second),
            lead_slot=lead_slot,
            renews=draws.chance(self.world.authorizations_followed),
            biller=draws.below(self.world.billers),
        )

    def _open_slots(self, discipline: Discipline, week: int) -> int:
        """Posts that there are in a week: the practice grows."""
        factor = math.exp(self.growth * (week - self.weeks))
        return max(1, math.ceil(self.slots[discipline] * min(1.0, factor)))

    def spell(self, client: Client, week: int) -> Spell:
        """The client's coverage in a week."""
        started = self._years(client.number, client.first_week, client.weeks)
        number, first = 0, client.first_week
        for later, begins in enumerate(started, 1):
            if begins <= week:
                number, first = later, begins
        return self._spell(client.number, client.discipline, number, first)

    @lru_cache(maxsize=50_000)  # noqa: B019 - lives as long as the practice is written
    def _years(self, number: int, first_week: int, weeks: int) -> tuple[int, ...]:
        """The weeks in which the client comes with another payer after New Year."""
        began = self.world.start + timedelta(weeks=first_week)
        ended = began + timedelta(weeks=weeks)
        return tuple(
            -(-(date(year, 1, 1) - self.world.start).days // 7)
            for year in range(began.year + 1, ended.year + 1)
            if Draws(self.seed, "switch", number, year).chance(SWITCH)
        )

    @lru_cache(maxsize=50_000)  # noqa: B019 - as above
    def _spell(self, number: int, discipline: Discipline, spell: int, first: int) -> Spell:
        draws = Draws(self.seed, "spell", number, spell)
        payer = draws.position(
            [
                one.share.get(discipline, 0.0)
                if one.joins_month * WEEKS_A_MONTH <= max(first, 0)
                else 0.0
                for one in self.world.payers
            ]
        )
        of: PayerWorld = self.world.payers[payer]
        plan = of.plans[draws.position([plan.share for plan in of.plans])]
        member = medicare_number(draws) if of.type == "medicare" else member_number(draws)
        return Spell(spell, payer, plan, member, first)


def member_number(draws: Draws) -> str:
    """Three letters and nine digits, as on many cards."""
    letters = "".join(draws.one_of("ABCDEFGHJKLMNPQRTUVWXY") for _ in range(3))
    return f"{letters}{draws.between(100_000_000, 999_999_999)}"


def medicare_number(draws: Draws) -> str:
    """Eleven characters shaped as a Medicare Beneficiary Identifier."""
    letters, digits = "ACDEFGHJKMNPQRTUVWXY", "0123456789"
    shape = "CAXNAXNAANN"
    pools = {"C": "123456789", "A": letters, "N": digits, "X": letters + digits}
    return "".join(draws.one_of(pools[place]) for place in shape)


def usual_minutes(draws: Draws, discipline: Discipline, one: DisciplineWorld) -> int:
    """How long this client's visits usually are booked for."""
    defaults = {
        "MH": {"30": 0.14, "45": 0.4, "55": 0.26, "60": 0.2},
        "OT": {"38": 0.2, "45": 0.5, "55": 0.3},
        "PT": {"38": 0.35, "45": 0.45, "55": 0.2},
        "SLP": {"30": 0.5, "45": 0.4, "60": 0.1},
        "ABA": {"120": 0.35, "180": 0.4, "240": 0.25},
    }
    return int(draws.weighted(one.minutes or defaults[discipline]))


def mean_episode(one: DisciplineWorld) -> float:
    """Mean length of an episode in weeks: of a log-normal with the median of the world file."""
    return one.episode_weeks * math.exp(EPISODE_SPREAD**2 / 2)


def shard(people: People, index: int, shards: int) -> Iterator[int]:
    """The clients of one shard: every `shards`-th, from `index`."""
    return iter(range(index, people.arrivals(), shards))
