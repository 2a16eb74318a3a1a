"""What the biller puts on the claim: the right bill, and the errors that people make."""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from claims.note import UnitRule
from data.synthetic.coding import (
    LONGER,
    THERAPY_MODIFIER,
    BillLine,
    services_given,
    telehealth_modifier,
    timed,
    with_modifiers,
)
from data.synthetic.draw import Draws
from data.synthetic.people import Clinician, People
from data.synthetic.sessions import Session
from data.synthetic.tables import SyntheticDiagnosis, diagnoses, services
from data.synthetic.world import World
from data.synthetic.world_payers import PayerWorld

CLAIM = 0
"""Stands for the whole claim where slips are kept by line."""

SLIP_EDITS = {
    "missing_taxonomy": "identifier.taxonomy_missing",
    "referring_missing": "identifier.referring_missing",
    "wrong_rendering": "credential.rendering",
    "authorization_number_missing": "authorization.number_missing",
    "late_filing": "timely_filing.late",
    "duplicate": "duplicate.same_service",
    "therapy_modifier_missing": "modifier.therapy_missing",
    "assistant_modifier_missing": "modifier.assistant_missing",
    "telehealth_modifier_wrong": "telehealth.modifier",
    "place_wrong": "place_of_service.telehealth",
    "separate_service_missing": "ncci.modifier_missing",
    "longer_code": "time.code_too_long",
    "extra_unit": "units.too_many",
    "other_unit_rule": "units.rule",
    "unspecified_diagnosis": "diagnosis.unspecified",
    "note_missing": "note.missing",
    "authorization_missing": "authorization.missing",
    "authorization_exhausted": "authorization.exhausted",
    "benefit_exhausted": "benefit_limit.exhausted",
}


@dataclass(slots=True)
class Bill:
    """A claim before it is written."""

    session: Session
    lines: list[BillLine]
    supported: tuple[str, ...]
    """Codes that the session bears."""
    place: str
    diagnoses: tuple[SyntheticDiagnosis, ...]
    rendering: Clinician
    taxonomy: bool = True
    referring: bool = False
    """Whether who referred the client is named."""
    authorization: str | None = None
    duplicate: bool = False
    slips: dict[int, list[str]] = field(default_factory=dict)
    """By line from 1; `CLAIM` for all."""

    def slipped(self, slip: str, line: int = CLAIM) -> None:
        """Notes an error that was made."""
        self.slips.setdefault(line, []).append(slip)


def other(payer: PayerWorld) -> UnitRule:
    """The unit rule that is not this payer's."""
    return "ama_midpoint" if payer.unit_rule == "cms_8_minute" else "cms_8_minute"


class Billers:
    """The people who send the claims, and how often each goes wrong."""

    def __init__(self, world: World, people: People) -> None:
        self.world = world
        self.people = people

    @lru_cache(maxsize=20_000)  # noqa: B019 - lives as long as the practice is written
    def rate(self, slip: str, person: int, month: int) -> float:
        """How often one person makes one error in one month."""
        one = self.world.slips.get(slip)
        if one is None or one.rate == 0:
            return 0.0
        seed = self.people.seed
        moved = Draws(seed, "biller", slip, person).normal(0.0, one.person_sd)
        moved += Draws(seed, "biller", slip, person, month).normal(0.0, one.month_sd)
        return min(0.9, one.rate * math.exp(moved))

    def rates(self, weeks: int) -> dict[str, dict[str, dict[str, float]]]:
        """By error, person and month: every rate that the seed drew."""
        start = self.world.start
        months = sorted(
            {
                12 * day.year + day.month
                for week in range(-1, weeks + 1)
                for day in [start + timedelta(weeks=week)]
            }
        )
        return {
            slip: {
                str(person): {
                    f"{(month - 1) // 12}-{(month - 1) % 12 + 1:02}": self.rate(slip, person, month)
                    for month in months
                }
                for person in range(self.world.billers)
            }
            for slip in self.world.slips
        }

    def slips(self, slip: str, session: Session, day: date, draws: Draws) -> bool:
        """Whether this one goes wrong."""
        month = 12 * day.year + day.month
        return draws.random() < self.rate(slip, session.client.biller, month)

    def bill(self, session: Session, payer: PayerWorld, day: date, draws: Draws) -> Bill:
        """The claim for a session as it will be sent on `day`, authorization apart."""
        right = services_given(session, payer.unit_rule)
        place, remote = session.place, payer.telehealth.places
        if session.modality is not None and place not in remote:
            place = remote[0] if remote else place
        lines = [BillLine(one.code, one.units, (), one.minutes) for one in right]
        bill = Bill(
            session=session,
            lines=lines,
            supported=tuple(one.code for one in right),
            place=place,
            diagnoses=session.client.diagnoses,
            rendering=session.lead,
        )
        self._wrong_service(bill, payer, day, draws)
        bill.lines = with_modifiers(bill.lines, session, payer)
        self._wrong_modifiers(bill, payer, day, draws)
        if self.slips("missing_taxonomy", session, day, draws):
            bill.taxonomy = False
            bill.slipped("missing_taxonomy")
        if session.discipline in payer.referring:
            bill.referring = not self.slips("referring_missing", session, day, draws)
            if not bill.referring:
                bill.slipped("referring_missing")
        if self.slips("wrong_rendering", session, day, draws):
            bill.rendering = self._somebody_else(session, draws)
            if bill.rendering is not session.lead:
                bill.slipped("wrong_rendering")
        if self.slips("unspecified_diagnosis", session, day, draws):
            vague = [one for one in diagnoses()[session.discipline] if not one.specified]
            alike = [one for one in vague if one.group == bill.diagnoses[0].group]
            if alike:
                bill.diagnoses = (alike[0], *bill.diagnoses[1:])
                bill.slipped("unspecified_diagnosis")
        return bill

    def _somebody_else(self, session: Session, draws: Draws) -> Clinician:
        if session.assistant:
            return session.writer
        week = (session.day - self.people.world.start).days // 7
        others = [name for name in self.people.slots if name != session.discipline]
        discipline = draws.one_of(others) if others else session.discipline
        slot = draws.below(self.people.slots[discipline])
        return self.people.clinician(discipline, True, slot, week)

    def _wrong_service(self, bill: Bill, payer: PayerWorld, day: date, draws: Draws) -> None:
        session = bill.session
        counted = {one.code for one in session.activities if services()[one.code].timed}
        if (
            session.discipline in THERAPY_MODIFIER
            and counted
            and self.slips("other_unit_rule", session, day, draws)
        ):
            units = {one.code: one.units for one in timed(session.activities, other(payer))}
            for number, line in enumerate(bill.lines, 1):
                if units.get(line.code, 0) > line.units:
                    line.units = units[line.code]
                    bill.slipped("other_unit_rule", number)
        for number, line in enumerate(bill.lines, 1):
            if line.code in LONGER and self.slips("longer_code", session, day, draws):
                line.code = LONGER[line.code]
                bill.slipped("longer_code", number)
            elif (
                line.code in counted
                and number not in bill.slips
                and self.slips("extra_unit", session, day, draws)
            ):
                line.units += 1
                bill.slipped("extra_unit", number)

    def _wrong_modifiers(self, bill: Bill, payer: PayerWorld, day: date, draws: Draws) -> None:
        session = bill.session
        if payer.therapy_modifiers and session.discipline in THERAPY_MODIFIER:
            if self.slips("therapy_modifier_missing", session, day, draws):
                self._strip(
                    bill, {THERAPY_MODIFIER[session.discipline]}, "therapy_modifier_missing"
                )
            if self.slips("assistant_modifier_missing", session, day, draws):
                self._strip(bill, {"CQ", "CO"}, "assistant_modifier_missing")
        separate = any("59" in line.modifiers for line in bill.lines)
        if separate and self.slips("separate_service_missing", session, day, draws):
            self._strip(bill, {"59"}, "separate_service_missing")
        if session.modality is None:
            return
        wanted = telehealth_modifier(session, payer)
        if self.slips("telehealth_modifier_wrong", session, day, draws):
            put = () if wanted else ("95",)
            for number, line in enumerate(bill.lines, 1):
                kept = tuple(one for one in line.modifiers if one != wanted)
                line.modifiers = kept + put
                bill.slipped("telehealth_modifier_wrong", number)
        if self.slips("place_wrong", session, day, draws):
            bill.place = "11"
            bill.slipped("place_wrong")

    def _strip(self, bill: Bill, modifiers: set[str], slip: str) -> None:
        for number, line in enumerate(bill.lines, 1):
            if modifiers & set(line.modifiers):
                line.modifiers = tuple(one for one in line.modifiers if one not in modifiers)
                bill.slipped(slip, number)
