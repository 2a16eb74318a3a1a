"""The chart: which note is written of a session, when, how well, and by whose voice."""

import json
import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Any, Protocol

from claims.note import ElementKey
from data.synthetic.coding import services_given, with_modifiers
from data.synthetic.draw import Draws
from data.synthetic.people import Clinician, Spell
from data.synthetic.sessions import Session
from data.synthetic.visit import Visit, WrittenNote
from data.synthetic.visits import service, visit
from data.synthetic.world import World
from data.synthetic.world_payers import PayerWorld

_ENCODER = json.JSONEncoder()


CARE = (0.74, 0.2)
"""Mean and standard deviation of how complete a writer's notes usually are."""


class Scribe(Protocol):
    """Who turns visits into notes: the writers' voices of a world."""

    def name(self, who: Clinician) -> str:
        """The voice of a writer, by its name."""

    def topic(self, session: Session) -> str:
        """The clinical topic of a session."""

    def write(self, who: Clinician, visit: Visit, rng: Random) -> WrittenNote:
        """The note of a visit in the voice of its writer."""


@dataclass(slots=True, frozen=True)
class Original:
    """A note that later ones may be copied from."""

    seed: int
    writer: str
    service: str


@dataclass(slots=True)
class Chart:
    """The note of one session."""

    note_id: str
    written: WrittenNote | None
    cloned: bool
    signed: date
    original: Original | None


class Charts:
    """Writes notes; how complete they are differs by writer, by month and by day."""

    def __init__(self, world: World, seed: int, scribe: Scribe) -> None:
        self.world, self.seed, self.scribe = world, seed, scribe
        self.writers: dict[str, Clinician] = {}
        """Who has written so far, by id."""

    def habits(self, who: Clinician) -> dict[str, Any]:
        """What the seed drew for one writer."""
        return {
            "credential": who.credential,
            "care": Draws(self.seed, "care", who.id).normal(*CARE),
            "copying": self._copying(who.id),
            "voice": self.scribe.name(who),
        }

    def _care(self, who: Clinician, day: date) -> float:
        """How complete a writer's notes are at present: 0 to 1."""
        return self._care_in(who.id, day.year, day.month)

    @lru_cache(maxsize=20_000)  # noqa: B019 - lives as long as the practice is written
    def _care_in(self, who: str, year: int, month: int) -> float:
        usual = Draws(self.seed, "care", who).normal(*CARE)
        drift = Draws(self.seed, "care", who, year, month).normal(0.0, 0.08)
        return min(1.0, max(0.05, usual + drift))

    def _workload(self, who: Clinician, day: date) -> float:
        """How pressed a writer is on a day: 0 to 1."""
        return Draws(self.seed, "workload", who.id, day.toordinal()).random() ** 2

    def _copies(self, who: Clinician, workload: float) -> float:
        """How likely a writer is to copy an earlier note on a day like this."""
        return self._copying(who.id) * (0.1 + 0.4 * workload)

    @lru_cache(maxsize=20_000)  # noqa: B019 - as above
    def _copying(self, who: str) -> float:
        return Draws(self.seed, "copying", who).random() ** 4

    def signed(self, session: Session, draws: Draws) -> date:
        """The day on which the note is signed: most soon, some late."""
        wait = draws.geometric(0.8) if draws.chance(0.85) else draws.between(3, 14)
        return session.day + timedelta(days=wait)

    def write(
        self, session: Session, note_id: str, payer: PayerWorld, last: Original | None,
        missing: bool, draws: Draws,
    ) -> Chart:  # fmt: skip
        """The note of a session.

        last: the note before it. missing: whether none is ever written.
        """
        signed = self.signed(session, draws)
        if missing:
            return Chart(note_id, None, False, signed, None)
        who, kind = session.writer, service(session)
        self.writers[who.id] = who
        workload = self._workload(who, session.day)
        alike = last is not None and (last.writer, last.service) == (who.id, kind)
        cloned = alike and draws.chance(self._copies(who, workload))
        right = with_modifiers(services_given(session, payer.unit_rule), session, payer)
        seed = draws.below(1 << 53)
        this = visit(
            session,
            note_id,
            self.scribe.topic(session),
            right,
            care=self._care(who, session.day),
            workload=workload,
            copied_from=last.seed if cloned and last else None,
            draws=draws,
        )
        written = self.scribe.write(who, this, Random(seed))  # noqa: S311 - invented notes
        original = last if cloned else Original(seed, who.id, kind)
        return Chart(note_id, written, cloned, signed, original)


def filed(chart: Chart, session: Session, claim_id: str, spell: Spell, payer: PayerWorld) -> Any:
    """The note as the practice keeps it."""
    client = session.client
    return {
        "id": chart.note_id,
        "text": chart.written.text if chart.written else "",
        "discipline": session.discipline,
        "date_of_service": session.day.isoformat(),
        "credential": session.writer.credential,
        "payer_id": payer.id,
        "payer_type": payer.type,
        "unit_rule": payer.unit_rule,
        "place_of_service": session.place,
        "diagnosis_on_claim": [one.code for one in client.diagnoses],
        "claim_id": claim_id,
        "client_id": client.id,
        "member_id": spell.member_id,
        "rendering_npi": session.lead.npi,
        "supervising_npi": session.lead.npi if session.assistant else None,
        "signed_on": chart.signed.isoformat(),
        "age": math.floor((session.day - client.birth_date).days / 365.25),
        "visit_number": session.visit_number,
    }


def note_truth(chart: Chart) -> dict[str, Any]:
    """The row of a note in truth/notes.parquet."""
    written = chart.written
    if written is None:
        raise ValueError("no note was written")
    elements: dict[ElementKey, tuple[tuple[int, int], ...]] = dict(written.elements)
    elements |= dict.fromkeys(sorted(written.missing), ())
    return {
        "id": chart.note_id,
        "writer": written.voice,
        "held_out": written.held_out,
        "minutes": written.minutes,
        "start": written.start,
        "stop": written.stop,
        "billable": written.billable,
        "codes": _ENCODER.encode(
            [
                {"code": one.code, "units": one.units, "modifiers": one.modifiers}
                for one in written.codes
            ]
        ),
        "elements": _ENCODER.encode(elements),
    }
