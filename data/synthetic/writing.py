"""From a visit to its note: the voice's layout filled with passages, each with its truth."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from zlib import crc32

from claims.note import ElementKey
from data.synthetic.bank import Bank, read_bank
from data.synthetic.boxes import ticked
from data.synthetic.expected import applying
from data.synthetic.grammar import Draft, GrammarError, Writer, compile_rule
from data.synthetic.page import Page, Passage
from data.synthetic.scene import SLOTS, Scene
from data.synthetic.supported import Said, supported
from data.synthetic.visit import Visit, WrittenNote
from data.synthetic.voice import Section, Voice, read_shorthand

_KIN = {
    "family_without_client": "family",
    "couple": "family",
    "intake_medical": "intake",
    "medical_therapy": "medical",
    "reevaluation": "evaluation",
}
"""Where there is no frame for a service, those of its kin do."""


@dataclass(frozen=True, slots=True)
class _Item:
    """What stands in a layout's `put`: a key and how it is put."""

    key: str
    chance: float = 1.0
    times: int = 1
    boxes: bool = False


class Speaker:
    """One voice with a bank to speak from. Compiled frames are kept: make one, use it often.

    Not to be shared between threads.
    """

    def __init__(self, voice: Voice, bank: Bank) -> None:
        self.voice = voice
        self.bank = bank
        self._spelling = _spelling(voice)
        self._pools: dict[tuple[str, str, str], tuple[Writer, ...]] = {}
        self._topics: dict[tuple[str, str, str, int], str] = {}
        self._compiled: dict[str, Writer] = {}
        self._scene: Scene | None = None
        self._stop = voice.stop
        self._sections: tuple[tuple[Section, Writer, tuple[_Item, ...]], ...] = tuple(
            (section, compile_rule(section.head, self), tuple(map(_item, section.put)))
            for section in voice.sections()
        )

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
        say = SLOTS.get(name)
        if name in ("doing", "label"):
            return lambda draft: self._expand(f"{_BY_ACTIVITY[name]}.{self._activity()}", draft)
        if name == "cl":
            return self._client
        if say is None:
            return lambda draft: self._expand(name, draft)
        lower = self.voice.lower
        known = say

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

    @property
    def scene(self) -> Scene:
        """The visit that is being written about."""
        if self._scene is None:
            raise GrammarError("no visit is being written about")
        return self._scene

    def write(self, visit: Visit, rng: Random) -> WrittenNote:
        """The note of a visit.

        Raises GrammarError where the bank lacks a rule that the voice needs.
        """
        prose = rng if visit.copied_from is None else Random(visit.copied_from)
        today = Random(rng.random())
        if visit.copied_from is not None:
            prose.random()  # the original drew its `today` from the same row of numbers
        self._scene = scene = Scene(visit, self.voice, prose, today)
        self._stop = self.voice.stop
        wanted = self._wanted(visit, scene)
        page = Page()
        said = Said(visit)
        if visit.status in ("no_show", "cancelled", "not_skilled"):
            self._write_no_visit(visit, wanted, page, said)
        else:
            for section, head, items in self._sections[: self._reach(visit)]:
                self._write_section(section, head, items, wanted, page, said)
        return self._finish(visit, page, said)

    def _reach(self, visit: Visit) -> int:
        """How many sections are written: a pressed writer may leave a note half done."""
        today = self.scene.today
        if visit.included is not None or today.random() >= 0.01 + 0.03 * visit.workload:
            return len(self._sections)
        return 1 + int(today.random() * (len(self._sections) - 1))

    def _wanted(self, visit: Visit, scene: Scene) -> frozenset[ElementKey]:
        due = applying(visit)
        if visit.status == "not_skilled":
            due = frozenset({"session_time", "signature", "plan"})
        if visit.included is not None:
            chosen = due & visit.included
        else:
            # Each element's odds fall with the workload and rise with care.
            shift = 2.718281828 ** (2.2 * (visit.care - 0.7) - 1.6 * (visit.workload - 0.3))
            habits = self.voice.habits
            chosen_now = []
            for element in sorted(due):
                usual = habits.get(element, 0.85)
                odds = usual / (1 - usual) * shift if usual < 1 else 1e9
                if scene.random() < odds / (1 + odds):
                    chosen_now.append(element)
            chosen = frozenset(chosen_now)
        if visit.status == "time_missing":
            chosen -= {"session_time", "timed_minutes"}
        return chosen

    # Rules and phrases.

    def _pool(self, name: str) -> tuple[Writer, ...]:
        visit = self.scene.visit
        topic = self.topic(visit)
        key = (name, topic, visit.service)
        pool = self._pools.get(key)
        if pool is None:
            texts = self.bank.words(visit.discipline, topic, name, self.voice.held_out)
            texts = texts or self._frames(name, visit.service)
            pool = self._pools[key] = tuple(map(self._compile, texts))
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

    def _compile(self, text: str) -> Writer:
        writer = self._compiled.get(text)
        if writer is None:
            writer = self._compiled[text] = compile_rule(text, self)
        return writer

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
        pool = self._pool(name)
        if not pool:
            visit = self.scene.visit
            raise GrammarError(
                f"voice {self.voice.name}: neither topic {visit.topic} nor groups "
                f"{', '.join(self.voice.groups)} have {name!r} (service {visit.service})"
            )
        used = self.scene.used
        count = len(pool)
        index = int(draft.random() * count)
        for _ in range(3):
            if (name, index) not in used:
                break
            index = int(draft.random() * count)
        used.add((name, index))
        pool[index](draft)

    def has(self, name: str) -> bool:
        """Whether the bank has that rule or phrase for this visit and voice."""
        return bool(self._pool(name))

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
        stop = "" if name.endswith("signature") else self._stop
        return Passage.of(draft.pieces, draft.marks, element, capital=not voice.lower, stop=stop)

    # Sections and what stands in them.

    def _write_section(
        self,
        section: Section,
        head: Writer,
        items: tuple[_Item, ...],
        wanted: frozenset[ElementKey],
        page: Page,
        said: Said,
    ) -> None:
        scene = self.scene
        if section.shuffle and len(items) > 1:
            items = tuple(scene.prose.sample(items, len(items)))
        # A full stop has no place before a stroke or a semicolon.
        self._stop = self.voice.stop if section.join == " " or "\n" in section.join else ""
        passages = [
            passage
            for item in items
            if item.chance >= 1 or scene.random() < item.chance
            for passage in self._passages(item, wanted, said)
        ]
        if not passages and scene.random() >= self.voice.empty_heads:
            return
        draft = Draft(scene.random)
        head(draft)
        title = "".join(draft.pieces)
        page.section(title.upper() if self.voice.upper_heads else title)
        for index, passage in enumerate(passages):
            if index:
                page.text("; " if section.join == " " and not self.voice.stop else section.join)
            elif section.join[:1] == "\n" and title[-1:] in ("", "\n"):
                page.text(section.join[1:])
            page.passage(passage)

    def _passages(
        self, item: _Item, wanted: frozenset[ElementKey], said: Said
    ) -> Iterator[Passage]:
        key = item.key
        scene = self.scene
        if key == "session_time":
            yield from self._time(wanted, said)
        elif key == "activities":
            yield from self._activities(wanted, said)
        elif key == "stamp":
            yield self.passage("stamp")
        elif key in ("aside", "noise", "charge"):
            if scene.random() < self.voice.asides and self.has(key):
                yield self.passage(key)
        elif item.boxes:
            yield from ticked(key, key in wanted, scene, self.voice)
        else:
            yield from self._element(key, item.times, wanted, said)

    def _element(
        self, key: str, times: int, wanted: frozenset[ElementKey], said: Said
    ) -> Iterator[Passage]:
        scene = self.scene
        visit = scene.visit
        element = _ELEMENTS.get(key)
        if element is None:
            raise GrammarError(f"voice {self.voice.name}: {key!r} is nothing to put in a section")
        if element not in wanted:
            due = element in applying(visit)
            if due and scene.random() < self.voice.vague and self.has(f"vague.{key}"):
                said.glossed(element)
                yield self.passage(f"vague.{key}")
            return
        rule = self._rule_of(element)
        said.written(element)
        few = len(self._pool(rule)) < 3
        for turn in range(1 if few else times):
            passage = self.passage(rule, element)
            if visit.copied_from is not None and scene.today.random() < 0.08:
                passage = self.passage(rule, element, today=True)
            yield passage
            if (
                turn == 0
                and times == 1
                and not few
                and scene.random() < self.voice.more
                and (key not in _SAID_ONCE)
            ):
                yield self.passage(rule, element)

    def _rule_of(self, element: ElementKey) -> str:
        visit = self.scene.visit
        if element == "risk" and visit.risk != "none":
            return f"risk.{visit.risk}" if self.has(f"risk.{visit.risk}") else "risk"
        if element == "telehealth_statement" and visit.telehealth:
            return f"telehealth_statement.{visit.telehealth.modality}"
        if element == "participants":
            if visit.group_size:
                return "participants.group"
            if "client" not in visit.participants:
                return "participants.absent"
            return "participants.with" if len(visit.participants) > 1 else "participants.alone"
        return element

    def _time(self, wanted: frozenset[ElementKey], said: Said) -> Iterator[Passage]:
        scene = self.scene
        visit = scene.visit
        if "session_time" not in wanted:
            if scene.random() < self.voice.vague:
                yield self.passage("vague.session_time", today=True)
            return
        kinds = self.voice.time
        kind = scene.today.choices(tuple(kinds), tuple(kinds.values()))[0]
        if visit.start is None or visit.stop is None:
            kind = "total"
        lost = said.lost_minutes()
        wrong = scene.today.random() < self.voice.conflict
        wrong = wrong if visit.time_conflict is None else visit.time_conflict
        rule = f"time.{kind}"
        if wrong and kind != "total" and not lost:
            rule = "time.clock_total"
            scene.total = max(5, visit.minutes + scene.today.choice((-10, -5, 5, 8, 10, 15)))
        elif lost and kind != "total":
            rule = "time.break"
        if visit.psychotherapy_minutes and scene.random() < 0.8:
            rule = "time.medical" if kind != "total" else "time.medical_total"
            said.psychotherapy = visit.psychotherapy_minutes
            scene.total = visit.minutes
        said.time(rule, conflict=scene.total != visit.minutes)
        yield self.passage(rule, "session_time", today=True)
        scene.total = visit.minutes

    def _activities(self, wanted: frozenset[ElementKey], said: Said) -> Iterator[Passage]:
        scene = self.scene
        visit = scene.visit
        timed = "timed_minutes" in wanted
        doing = "intervention" in wanted
        # Where one code is all there was, the session's own times do for it.
        alone = visit.discipline == "ABA" and len(visit.activities) == 1
        only_total = timed and len(visit.activities) > 1 and scene.random() < 0.06
        for activity in visit.activities:
            scene.activity = activity
            tells = timed and activity.timed and not only_total and not alone
            rule = "item" if activity.timed else "item_untimed"
            rule += (".timed" if tells else ".bare") if activity.timed else ""
            if not doing:
                rule = "item_vague.timed" if tells else "item_vague"
            if tells:
                said.activity(activity)
            yield self.passage(rule)
        scene.activity = None
        if only_total or (timed and not alone and scene.random() < 0.45):
            said.timed_total()
            yield self.passage("time.timed_total")

    def _write_no_visit(
        self, visit: Visit, wanted: frozenset[ElementKey], page: Page, said: Said
    ) -> None:
        scene = self.scene
        page.section("")
        parts = [self.passage("stamp"), self.passage(visit.status)]
        if visit.status == "not_skilled" and visit.start and scene.random() < 0.7:
            parts.insert(1, self.passage("time.clock", "session_time"))
            said.time("time.clock", conflict=False)
        if scene.random() < 0.8:
            parts.append(self.passage("signature", "signature"))
        for index, part in enumerate(parts):
            page.text("\n" if index else "")
            page.passage(part)

    def _finish(self, visit: Visit, page: Page, said: Said) -> WrittenNote:
        text, found = page.finish()
        if visit.discipline == "ABA" and len(visit.activities) == 1 and "session_time" in found:
            # A single code's start and stop are its timed minutes.
            found["timed_minutes"] = found["session_time"] + found.get("timed_minutes", ())
            said.activity(visit.activities[0])
        claim = supported(visit, said, found, self.scene.named)
        return WrittenNote(
            text=text,
            format=self.voice.format,
            voice=self.voice.name,
            held_out=self.voice.held_out,
            elements=found,
            missing=applying(visit) - found.keys(),
            **claim,
        )


_OBJECT = {"she": "her", "he": "him", "they": "them"}
_BEFORE_A_SUBJECT = frozenset(
    {
        "that", "and", "when", "though", "but", "as", "while", "so", "because", "where",
        "whereas", "if", "since", "although", "yet", "which",
    }
)  # fmt: skip
_BY_ACTIVITY = {"doing": "activity", "label": "label"}
_ELEMENTS: dict[str, ElementKey] = {
    "session_time": "session_time",
    "diagnosis": "diagnosis",
    "subjective": "subjective",
    "intervention": "intervention",
    "response": "response",
    "objective_measure": "objective_measure",
    "goal_progress": "goal_progress",
    "medical_necessity": "medical_necessity",
    "risk": "risk",
    "mental_status": "mental_status",
    "plan": "plan",
    "participants": "participants",
    "telehealth_statement": "telehealth_statement",
    "signature": "signature",
    "supervision": "supervision",
    "plan_of_care": "plan_of_care",
    "home_program": "home_program",
}
_SAID_ONCE = frozenset(
    {
        "diagnosis",
        "signature",
        "supervision",
        "telehealth_statement",
        "participants",
        "plan_of_care",
        "risk",
    }
)


def _item(text: str) -> _Item:
    boxes = text.endswith("@boxes")
    text = text.removesuffix("@boxes")
    chance = 0.5 if text.endswith("?") else 1.0
    key, _, times = text.removesuffix("?").partition("*")
    return _Item(key, chance, int(times or 1), boxes)


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


_SPEAKERS: dict[tuple[str, int], Speaker] = {}
"""Speakers by voice and bank: compiled frames are dear."""


def speaker(voice: Voice, bank: Bank) -> Speaker:
    """The voice speaking from the bank; the same one for the same two."""
    key = (voice.name, id(bank))
    known = _SPEAKERS.get(key)
    if known is None or known.voice is not voice or known.bank is not bank:
        known = _SPEAKERS[key] = Speaker(voice, bank)
    return known


def write_note(visit: Visit, voice: Voice, rng: Random) -> WrittenNote:
    """The note of a visit in a voice, from the shipped fragments.

    A world with fragments of its own takes a `speaker` with its own bank.
    """
    return speaker(voice, read_bank()).write(visit, rng)
