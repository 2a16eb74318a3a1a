"""One voice with a bank to speak from: its spelling, its phrases, its passages."""

import re
from functools import partial
from random import Random
from zlib import crc32

from claims.note import ElementKey
from data.synthetic.bank import Bank
from data.synthetic.grammar import Draft, GrammarError, Writer, compile_rule
from data.synthetic.page import Passage
from data.synthetic.scene import SLOTS, Scene
from data.synthetic.visit import Visit
from data.synthetic.voice import Voice, read_shorthand

_KIN = {
    "family_without_client": "family",
    "couple": "family",
    "intake_medical": "intake",
    "medical_therapy": "medical",
    "reevaluation": "evaluation",
}
"""Where there is no frame for a service, those of its kin do."""
_OBJECT = {"she": "her", "he": "him", "they": "them"}
_BEFORE_A_SUBJECT = frozenset(
    {
        "that", "and", "when", "though", "but", "as", "while", "so", "because", "where",
        "whereas", "if", "since", "although", "yet", "which",
    }
)  # fmt: skip
_BY_ACTIVITY = {"doing": "activity", "label": "label"}


class Speech:
    """How a voice says things about the visit at hand. Frames are compiled when first used."""

    scene: Scene
    """The visit that is being written about; there is none before `begin`."""

    def __init__(self, voice: Voice, bank: Bank) -> None:
        self.voice = voice
        self.bank = bank
        self.stop = voice.stop
        """What ends a passage."""
        self._spelling = _spelling(voice)
        self._pools: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
        self._here: dict[str, tuple[str, ...]] = {}
        self._topics: dict[tuple[str, str, str, int], str] = {}
        self._topic = ""
        self._compiled: dict[str, Writer] = {}

    def begin(self, visit: Visit, prose: Random, today: Random) -> Scene:
        """Turns to another visit."""
        self.scene = Scene(visit, self.voice, prose, today)
        self.stop = self.voice.stop
        self._topic = self.topic(visit)
        self._here = self._pools.setdefault((self._topic, visit.service), {})
        return self.scene

    # The two sides that the grammar asks for.

    def spell(self, text: str) -> str:
        """Literal text as this voice writes it."""
        if self._spelling is not None:
            pattern, short = self._spelling
            text = pattern.sub(lambda found: short[found[0]], text)
        if self.voice.dash != "-":
            text = text.replace(" - ", f" {self.voice.dash} ")
        return text.lower() if self.voice.lower else text

    def slot(self, name: str) -> Writer:
        """The writer of a slot: a word about the visit, else a phrase or rule of the bank."""
        if name in _BY_ACTIVITY:
            return lambda draft: self._expand(f"{_BY_ACTIVITY[name]}.{self._activity()}", draft)
        if name == "cl":
            return self._client
        say = SLOTS.get(name)
        if say is None:
            return partial(self._expand, name)
        lower, known = self.voice.lower, say

        def write(draft: Draft) -> None:
            text = known(self.scene)
            draft.pieces.append(text.lower() if lower else text)

        return write

    def _client(self, draft: Draft) -> None:
        """The client; a pronoun takes its case from the word before it."""
        text = self.scene.client()
        if text in _OBJECT:
            before = "".join(draft.pieces[-3:]).rstrip(" ")
            word = before.rpartition(" ")[2].lower()
            if word and word[-1] not in ".,;:|>-" and word not in _BEFORE_A_SUBJECT:
                text = _OBJECT[text]
        draft.pieces.append(text.lower() if self.voice.lower else text)

    def _activity(self) -> str:
        return self.scene.activity.key if self.scene.activity else "evaluation"

    # Rules and phrases.

    def pool(self, name: str) -> tuple[str, ...]:
        """The fragments of a rule or phrase for this visit and voice."""
        pool = self._here.get(name)
        if pool is None:
            visit = self.scene.visit
            texts = self.bank.words(visit.discipline, self._topic, name, self.voice.held_out)
            pool = self._here[name] = tuple(texts or self._frames(name, visit.service))
        return pool

    def topic(self, visit: Visit) -> str:
        """The visit's topic, or the one that suits its diagnosis where the bank has not that."""
        if (visit.discipline, visit.topic) in self.bank.topics:
            return visit.topic
        key = (visit.discipline, visit.diagnosis.code, visit.service, visit.client.age)
        topic = self._topics.get(key)
        if topic is None:
            topic = self._topics[key] = self.bank.topic_for(*key)
        return topic

    def _frames(self, name: str, service: str) -> tuple[str, ...]:
        kin = [service]
        while kin[-1] in _KIN:
            kin.append(_KIN[kin[-1]])
        for rule in [*(f"{name}.{one}" for one in kin), name]:
            texts = self.bank.frames(self.voice.discipline, self.voice.groups, rule)
            if texts:
                known = tuple(
                    text
                    for text in texts
                    if crc32(f"{self.voice.name}|{text}".encode()) % 1000 < 1000 * self.voice.knows
                )
                return known if len(known) >= 3 else texts
        return ()

    def _expand(self, name: str, draft: Draft) -> None:
        pool = self._here.get(name) or self.pool(name)
        if not pool:
            visit = self.scene.visit
            raise GrammarError(
                f"voice {self.voice.name}: neither topic {visit.topic} nor groups "
                f"{', '.join(self.voice.groups)} have {name!r} (service {visit.service})"
            )
        used = self.scene.used
        count = len(pool)
        text = pool[int(draft.random() * count)]
        for _ in range(3):
            if (name, text) not in used:
                break
            text = pool[int(draft.random() * count)]
        used.add((name, text))
        writer = self._compiled.get(text)
        if writer is None:
            writer = self._compiled[text] = compile_rule(text, self)
        writer(draft)

    def has(self, name: str) -> bool:
        """Whether the bank has that rule or phrase for this visit and voice."""
        return bool(self.pool(name))

    def passage(self, name: str, element: ElementKey | None = None, today: bool = False) -> Passage:
        """A passage by a rule, marked with the element as a whole.

        today: by chance that a copied note does not share with its source.
        """
        scene = self.scene
        if today:
            used, scene.used = scene.used, set(scene.used)
            random, scene.random = scene.random, scene.today.random
        draft = Draft(scene.random)
        self._expand(name, draft)
        voice = self.voice
        if voice.typos and scene.random() < voice.typos:
            _mistype(draft.pieces, scene)
        if today:
            scene.used, scene.random = used, random
        stop = "" if name.endswith("signature") else self.stop
        return Passage.of(draft.pieces, draft.marks, element, capital=not voice.lower, stop=stop)


def _spelling(voice: Voice) -> tuple[re.Pattern[str], dict[str, str]] | None:
    """One pattern for all that the voice shortens, and what stands for each match."""
    known = read_shorthand()
    short: dict[str, str] = {}
    for name in voice.shorthand:
        if name not in known:
            raise GrammarError(f"voice {voice.name}: no list {name!r} in shorthand.yaml")
        for word, stands in known[name].items():
            if crc32(f"{voice.name}|{word}".encode()) % 1000 < 1000 * voice.shorthand_share:
                short[word] = stands
                short[word[0].upper() + word[1:]] = stands[0].upper() + stands[1:]
    if not short:
        return None
    longest_first = sorted(short, key=lambda word: (-len(word), word))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b"), short


def _mistype(pieces: list[str], scene: Scene) -> None:
    """Swap, drop or double a letter in one word of the passage."""
    for _ in range(4):
        place = int(scene.random() * len(pieces))
        piece = pieces[place]
        if len(piece) > 7 and "[" not in piece:
            at = 2 + int(scene.random() * (len(piece) - 4))
            if piece[at].isalpha() and piece[at + 1].isalpha():
                kind = int(scene.random() * 3)
                middle = (piece[at + 1] + piece[at], piece[at], piece[at] * 2 + piece[at + 1])
                pieces[place] = piece[:at] + middle[kind] + piece[at + 2 :]
                return
