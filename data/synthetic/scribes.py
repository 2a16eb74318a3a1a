"""Whose voice writes which note."""

from pathlib import Path
from random import Random

from claims.problem import ClaimwrightError
from data.synthetic.bank import SHIPPED, Topic, read_bank
from data.synthetic.draw import Draws
from data.synthetic.grammar import GrammarError
from data.synthetic.people import Clinician
from data.synthetic.plain_notes import write_plainly
from data.synthetic.sessions import Session
from data.synthetic.visit import Visit, WrittenNote
from data.synthetic.visits import service, signer
from data.synthetic.voice import Voice, read_voices
from data.synthetic.voice_check import check_voice
from data.synthetic.world import World
from data.synthetic.writing import speaker


class Scribes:
    """Gives each clinician a voice of the discipline, and each client a clinical topic.

    A world's own folder holds `voices/`, `fragments/` or both; its voices take the place of the
    shipped ones of their disciplines, its fragments stand beside them.
    """

    def __init__(self, world: World, seed: int) -> None:
        self.seed = seed
        own = Path(world.voices) if world.voices else None
        folders = [SHIPPED]
        if own and (own / "fragments").is_dir():
            folders.append(own / "fragments")
        try:
            self.bank = read_bank(*folders)
            self.voices = tuple(read_voices().values())
            if own and (own / "voices").is_dir():
                mine = tuple(read_voices(own / "voices").values())
                for voice in mine:
                    check_voice(voice, self.bank)
                told = {voice.discipline for voice in mine}
                self.voices = mine + tuple(v for v in self.voices if v.discipline not in told)
            elif own and len(folders) == 1:
                raise GrammarError(f"{own.name} holds neither voices/ nor fragments/")
        except GrammarError as error:
            raise ClaimwrightError(f"voices: {error}") from None
        self._voice_of: dict[str, Voice | None] = {}
        self._topic_of: dict[tuple[int, str], str] = {}

    def voice(self, who: Clinician) -> Voice | None:
        """The voice of a clinician; None where the discipline has none."""
        if who.id not in self._voice_of:
            credential = signer(who).credential
            mine = [one for one in self.voices if one.discipline == who.discipline]
            suited = [one for one in mine if credential in one.credentials]
            suited += [one for one in mine if not one.credentials]
            draws = Draws(self.seed, "voice", who.id)
            self._voice_of[who.id] = draws.one_of(suited) if suited else None
        return self._voice_of[who.id]

    def name(self, who: Clinician) -> str:
        """The name of a clinician's voice."""
        voice = self.voice(who)
        return voice.name if voice else "plain"

    def topic(self, session: Session) -> str:
        """A topic of the discipline that has the client's diagnosis, else one that suits."""
        client, kind = session.client, service(session)
        key = (client.number, kind)
        if key not in self._topic_of:
            self._topic_of[key] = self._topic(session, kind)
        return self._topic_of[key]

    def _topic(self, session: Session, kind: str) -> str:
        client = session.client
        topics = self.bank.topics_of(session.discipline)
        if not topics:
            return client.diagnoses[0].group
        age = int((session.day - client.birth_date).days / 365.25)

        def fits(topic: Topic) -> tuple[bool, bool, bool]:
            low, high = topic.ages
            return (
                client.diagnoses[0].code in topic.diagnoses,
                not topic.services or kind in topic.services,
                low <= age <= high,
            )

        best = max(fits(topic) for topic in topics.values())
        suited = {name: one.share for name, one in topics.items() if fits(one) == best}
        return Draws(self.seed, "topic", client.number, kind).weighted(suited)

    def write(self, who: Clinician, visit: Visit, rng: Random) -> WrittenNote:
        """The note of a visit in the voice of its writer."""
        voice = self.voice(who)
        if voice is None:
            return write_plainly(visit, rng)
        try:
            return speaker(voice, self.bank).write(visit, rng)
        except GrammarError:
            # A bank of somebody's own may lack language for one of a topic's activities.
            return write_plainly(visit, rng)
