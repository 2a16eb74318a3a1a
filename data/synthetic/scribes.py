"""Whose voice writes which note."""

from random import Random

from data.synthetic.people import Clinician
from data.synthetic.plain_notes import write_plainly
from data.synthetic.sessions import Session
from data.synthetic.visit import Visit, WrittenNote
from data.synthetic.world import World


class PlainScribe:
    """Writes every note in one plain voice."""

    def topic(self, session: Session) -> str:
        """The group of the first diagnosis."""
        return session.client.diagnoses[0].group

    def write(self, who: Clinician, visit: Visit, rng: Random) -> WrittenNote:
        """A short plain note."""
        return write_plainly(visit, rng)


def scribe(world: World, seed: int) -> PlainScribe:
    """The scribe of a world."""
    return PlainScribe()
