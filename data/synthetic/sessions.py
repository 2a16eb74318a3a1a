"""What was really done: the visits of a client, week by week, minute by minute."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from claims.note import Discipline
from data.synthetic.draw import Draws
from data.synthetic.people import SUPPORT_PER_LEAD, Client, Clinician, People
from data.synthetic.tables import credentials, treatments

Kind = Literal["evaluation", "reevaluation", "treatment", "group", "family", "medical"]

REVIEW_EVERY = 10
"""Visits between progress reports, at which the client may be evaluated anew."""


@dataclass(slots=True, frozen=True)
class Activity:
    """Minutes of one service within a session."""

    code: str
    minutes: int
    by_assistant: bool = False


@dataclass(slots=True, frozen=True)
class Session:
    """One visit that took place."""

    client: Client
    visit_number: int
    day: date
    kind: Kind
    start: int
    """Minutes after midnight."""
    minutes: int
    activities: tuple[Activity, ...]
    writer: Clinician
    """Who gave it and wrote the note."""
    lead: Clinician
    """Whose number is billed: the writer, or the writer's supervisor."""
    modality: Literal["video", "audio"] | None
    place: str
    participants: tuple[str, ...] = ("client",)
    group_size: int = 1

    @property
    def discipline(self) -> Discipline:
        """Of the client and of who treats."""
        return self.client.discipline

    @property
    def assistant(self) -> bool:
        """Whether someone under supervision gave it."""
        return not self.writer.lead


def clock(minutes: int) -> str:
    """HH:MM."""
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def holidays(year: int) -> frozenset[date]:
    """The days on which the practice is closed.

    >>> date(2025, 11, 27) in holidays(2025)
    True
    """
    thanksgiving = date(year, 11, 1) + timedelta(days=(3 - date(year, 11, 1).weekday()) % 7 + 21)
    memorial = date(year, 5, 31) - timedelta(days=date(year, 5, 31).weekday())
    labor = date(year, 9, 1) + timedelta(days=(-date(year, 9, 1).weekday()) % 7)
    fixed = [(1, 1), (7, 4), (12, 24), (12, 25), (12, 31)]
    return frozenset(
        [thanksgiving, thanksgiving + timedelta(days=1), memorial, labor]
        + [date(year, month, day) for month, day in fixed]
    )


CLOSED = {year: holidays(year) for year in range(2000, 2100)}


class Calendar:
    """Turns a client's habits into visits."""

    def __init__(self, people: People) -> None:
        self.people = people

    def week(self, client: Client, week: int, visits_before: int) -> Iterator[Session]:
        """The visits of a client in one week, in order.

        visits_before: how many the client has had in this episode.
        """
        if not client.first_week <= week < client.first_week + client.weeks:
            return
        if client.visits_per_week < 1 and (week + client.number) % round(
            1 / client.visits_per_week
        ):
            return
        monday = self.people.world.start + timedelta(weeks=week)
        one = self.people.world.disciplines[client.discipline]
        for weekday in client.weekdays:
            day = monday + timedelta(days=weekday)
            if day in CLOSED[day.year]:
                continue
            draws = Draws(self.people.seed, "visit", client.number, day.toordinal())
            festive = day.month == 12 and day.day > 20
            if draws.chance(one.cancelled * (2.5 if festive else 1.0)):
                continue
            visits_before += 1
            yield self._visit(client, week, day, visits_before, draws)

    def _visit(self, client: Client, week: int, day: date, number: int, draws: Draws) -> Session:
        people, discipline = self.people, client.discipline
        one = people.world.disciplines[discipline]
        lead = people.clinician(discipline, True, client.lead_slot, week)
        licence = credentials()[lead.credential]
        kind: Kind = "treatment"
        if number == 1:
            kind = "evaluation"
        elif discipline in ("PT", "OT") and number % REVIEW_EVERY == 0 and draws.chance(0.5):
            kind = "reevaluation"
        elif discipline == "ABA" and number % 9 == 5:
            kind = "family"
        elif client.group and draws.chance(0.6):
            kind = "group"
        elif client.family and draws.chance(0.35):
            kind = "family"
        elif licence.physician and draws.chance(0.85):
            kind = "medical"
        writer = lead
        helped = draws.chance(one.assistant)
        if helped and kind in ("treatment", "group"):
            posts = people.support_slots[discipline]
            per = max(1, round(SUPPORT_PER_LEAD[discipline]))
            writer = people.clinician(
                discipline, False, (client.lead_slot * per + draws.below(per)) % posts, week
            )
        remote = kind != "reevaluation" and draws.chance(0.88 if client.telehealth else 0.03)
        if discipline in ("PT", "ABA") or kind == "group" or one.telehealth == 0:
            remote = False
        modality: Literal["video", "audio"] | None = None
        place = "12" if discipline == "ABA" and client.number % 4 else "11"
        if remote:
            modality = "audio" if discipline == "MH" and draws.chance(one.audio) else "video"
            place = "10" if draws.chance(0.9) else "02"
        minutes, activities = done(client, kind, writer, draws)
        return Session(
            client=client,
            visit_number=number,
            day=day,
            kind=kind,
            start=60 * client.hour + draws.one_of((0, 0, 0, 5, 10, 15, 30)) + draws.below(4),
            minutes=minutes,
            activities=activities,
            writer=writer,
            lead=lead,
            modality=modality,
            place=place,
            participants=present(client, kind, draws),
            group_size=draws.between(4, 9) if kind == "group" else 1,
        )


def present(client: Client, kind: Kind, draws: Draws) -> tuple[str, ...]:
    """Who took part."""
    if kind == "group":
        return ("client", "group")
    if kind == "family":
        other = ("mother", "father", "parent") if client.child else ("spouse", "partner")
        return ("client", draws.one_of(other)) if draws.chance(0.75) else (draws.one_of(other),)
    if client.child and draws.chance(0.5):
        return ("client", draws.one_of(("mother", "father", "caregiver")))
    return ("client",)


def done(
    client: Client, kind: Kind, writer: Clinician, draws: Draws
) -> tuple[int, tuple[Activity, ...]]:
    """Net minutes of a session and the minutes of each timed service in it."""
    discipline = client.discipline
    if discipline == "MH":
        minutes = _mental_health(client, kind, draws)
        if kind != "medical":
            return minutes, ()
        return minutes, _medical(minutes, draws)
    if discipline == "ABA":
        return _behavior_analysis(client, kind, writer, draws)
    if kind == "evaluation":
        return draws.between(40, 65), ()
    if discipline == "SLP":
        return _speech(client, kind, draws)
    if kind == "group":
        return draws.between(40, 60), ()
    total = max(24, round(draws.normal(client.minutes, 5)))
    evaluated = 0
    if kind == "reevaluation":
        evaluated = draws.between(12, 20)
    treated = max(16, total - evaluated - draws.below(4))
    weights = treatments()[discipline, client.diagnoses[0].group]
    count = min(len(weights), 1 + draws.position((0.12, 0.45, 0.33, 0.1)))
    if treated < 8 * count:
        count = max(1, treated // 8)
    chosen: list[str] = []
    for _ in range(count):
        code = draws.weighted({c: w for c, w in weights.items() if c not in chosen})
        chosen.append(code)
    parts = [1.0 + draws.random() for _ in chosen]
    spent = [max(5, int(treated * part / sum(parts))) for part in parts]
    spent[0] += max(0, treated - sum(spent))
    by = not writer.lead
    return (
        evaluated + sum(spent) + draws.below(4),
        tuple(Activity(code, part, by) for code, part in zip(chosen, spent, strict=True)),
    )


def _mental_health(client: Client, kind: Kind, draws: Draws) -> int:
    if kind == "evaluation":
        return draws.between(50, 75)
    if kind == "group":
        return draws.one_of((60, 75, 90)) - draws.below(4)
    if kind == "medical":
        return draws.between(16, 55)
    if kind == "family":
        return draws.between(45, 60)
    return max(17, round(draws.normal(client.minutes, 4)))


def _medical(minutes: int, draws: Draws) -> tuple[Activity, ...]:
    level = "99214" if draws.chance(0.55 if minutes < 30 else 0.7) else "99213"
    therapy = minutes - draws.between(10, 15)
    if therapy >= 16 and draws.chance(0.8):
        beside = "90833" if therapy <= 37 else "90836"
        return Activity(level, minutes - therapy), Activity(beside, therapy)
    return (Activity(level, minutes),)


def _speech(client: Client, kind: Kind, draws: Draws) -> tuple[int, tuple[Activity, ...]]:
    total = max(20, round(draws.normal(client.minutes, 4)))
    group = client.diagnoses[0].group
    if kind != "group" and group == "cognition":
        return total, (Activity("97129", total),)
    return total, ()


def _behavior_analysis(
    client: Client, kind: Kind, writer: Clinician, draws: Draws
) -> tuple[int, tuple[Activity, ...]]:
    if kind == "evaluation":
        minutes = draws.between(7, 8) * 15
        return minutes, (Activity("97151", minutes),)
    if kind == "family":
        minutes = draws.between(3, 4) * 15 + draws.below(6)
        return minutes, (Activity("97156", minutes),)
    total = max(45, round(draws.normal(client.minutes, 14)))
    if writer.lead:
        minutes = draws.between(4, 8) * 15 + draws.below(6)
        return minutes, (Activity("97155", minutes),)
    if kind == "group":
        return total, (Activity("97154", total, True),)
    return total, (Activity("97153", total, True),)
