"""What is to be written: a world, how much of it, and from which seeds."""

import math
from typing import NamedTuple

from claims.problem import ClaimwrightError
from data.synthetic.charts import Scribe
from data.synthetic.coding import services_given
from data.synthetic.people import WEEKS_A_MONTH, People
from data.synthetic.scribes import Scribes
from data.synthetic.sessions import Calendar
from data.synthetic.world import World

CLIENTS_A_SHARD = 120
MOST_SHARDS = 999


class Order(NamedTuple):
    """What is to be written."""

    world: World
    clients: float
    """In care in an average month."""
    months: float
    seed: int
    outcome_seed: int

    @property
    def weeks(self) -> int:
        """Weekly batches."""
        return max(1, round(self.months * WEEKS_A_MONTH))

    @property
    def shards(self) -> int:
        """Parts that can be worked through apart; never depends on the number of processes."""
        return max(1, min(MOST_SHARDS, math.ceil(self.clients / CLIENTS_A_SHARD)))

    def people(self) -> People:
        """Staff and clients."""
        return People(self.world, self.seed, self.clients, self.weeks)

    def scribe(self) -> Scribe:
        """Whose voices the notes are written in."""
        return Scribes(self.world, self.seed)


def clients_for(world: World, lines: int, months: float, seed: int) -> float:
    """Clients in care that bring about so many service lines; found on a small trial run.

    Raises ClaimwrightError where that brings about none.
    """
    trial = Order(world, 80.0, min(months, 6.0), seed, seed)
    people = trial.people()
    calendar, count = Calendar(people), 0
    for number in range(people.arrivals()):
        client = people.client(number)
        visits = 0
        for week in range(
            max(client.first_week, -1), min(client.first_week + client.weeks, trial.weeks - 1)
        ):
            for session in calendar.week(client, week, visits):
                visits += 1
                count += len(services_given(session, "ama_midpoint"))
    if not count:
        raise ClaimwrightError("in this world nobody is ever seen: no number of lines can be had")
    per_client_week = count / trial.clients / trial.weeks
    return lines / per_client_week / Order(world, 1.0, months, seed, seed).weeks
