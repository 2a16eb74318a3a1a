"""From a visit to its note: the voice's layout filled with passages, each with its truth."""

from dataclasses import dataclass
from random import Random
from typing import get_args

from claims.note import ElementKey
from data.synthetic.bank import Bank, read_bank
from data.synthetic.boxes import ticked
from data.synthetic.expected import applying
from data.synthetic.grammar import Draft, GrammarError, Writer, compile_rule
from data.synthetic.page import Page, Passage
from data.synthetic.scene import Scene
from data.synthetic.speech import Speech
from data.synthetic.supported import Said, supported
from data.synthetic.visit import Visit, WrittenNote
from data.synthetic.voice import Section, Voice


@dataclass(frozen=True, slots=True)
class _Item:
    """What stands in a layout's `put`: a key and how it is put."""

    key: str
    chance: float = 1.0
    times: int = 1
    boxes: bool = False
    element: ElementKey | None = None


class Speaker(Speech):
    """A voice that writes notes. Compiled frames are kept: make one, use it often.

    Not to be shared between threads.
    """

    def __init__(self, voice: Voice, bank: Bank) -> None:
        super().__init__(voice, bank)
        self._due: frozenset[ElementKey] = frozenset()
        self._wanted: frozenset[ElementKey] = frozenset()
        self._said: Said
        self._sections: tuple[tuple[Section, Writer, tuple[_Item, ...]], ...] = tuple(
            (section, compile_rule(section.head, self), tuple(map(_item, section.put)))
            for section in voice.sections()
        )

    def write(self, visit: Visit, rng: Random) -> WrittenNote:
        """The note of a visit.

        Raises GrammarError where the bank lacks a rule that the voice needs.
        """
        prose = rng if visit.copied_from is None else Random(visit.copied_from)
        today = Random(rng.random())
        if visit.copied_from is not None:
            prose.random()  # the original drew its `today` from the same row of numbers
        scene = self.begin(visit, prose, today)
        self._due = applying(visit)
        self._wanted = self._chosen(visit, scene)
        self._said = said = Said(visit)
        page = Page()
        if visit.status in ("no_show", "cancelled", "not_skilled"):
            self._write_no_visit(visit, page)
        else:
            for section, head, items in self._sections[: self._reach(visit)]:
                self._write_section(section, head, items, page)
        return self._finish(visit, page, said)

    def _reach(self, visit: Visit) -> int:
        """How many sections are written: a pressed writer may leave a note half done."""
        today = self.scene.today
        if visit.included is not None or today.random() >= 0.01 + 0.03 * visit.workload:
            return len(self._sections)
        return 1 + int(today.random() * (len(self._sections) - 1))

    def _chosen(self, visit: Visit, scene: Scene) -> frozenset[ElementKey]:
        """The elements that this writer writes this time."""
        due = self._due
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

    def misplaced(self) -> str | None:
        """What the layout wants to put that there is not, if anything."""
        for _, _, items in self._sections:
            for item in items:
                if item.element is None and item.key not in OTHER_PARTS:
                    return item.key
        return None

    # Sections and what stands in them.

    def _write_section(
        self, section: Section, head: Writer, items: tuple[_Item, ...], page: Page
    ) -> None:
        scene = self.scene
        if section.shuffle and len(items) > 1:
            items = tuple(scene.prose.sample(items, len(items)))
        # A full stop has no place before a stroke or a semicolon.
        self.stop = self.voice.stop if section.join == " " or "\n" in section.join else ""
        passages: list[Passage] = []
        for item in items:
            if item.chance >= 1 or scene.random() < item.chance:
                self._put(item, passages)
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

    def _put(self, item: _Item, passages: list[Passage]) -> None:
        key = item.key
        scene = self.scene
        if key == "session_time":
            self._put_time(passages)
        elif key == "activities":
            self._put_activities(passages)
        elif key == "stamp":
            passages.append(self.passage("stamp"))
        elif key in ("aside", "noise", "charge"):
            if scene.random() < self.voice.asides and self.has(key):
                passages.append(self.passage(key))
        elif item.boxes:
            passages += ticked(key, key in self._wanted, scene, self.voice)
        elif item.element is None:
            raise GrammarError(f"voice {self.voice.name}: {key!r} is nothing to put in a section")
        elif item.element in self._wanted:
            self._put_element(item.element, item.times, passages)
        elif (
            item.element in self._due
            and scene.random() < self.voice.vague
            and self.has(f"vague.{key}")
        ):
            self._said.glossed(item.element)
            passages.append(self.passage(f"vague.{key}"))

    def _put_element(self, element: ElementKey, times: int, passages: list[Passage]) -> None:
        scene = self.scene
        rule = self._rule_of(element)
        self._said.written(element)
        few = len(self.pool(rule)) < 3
        for turn in range(1 if few else times):
            passage = self.passage(rule, element)
            if scene.visit.copied_from is not None and scene.today.random() < 0.08:
                passage = self.passage(rule, element, today=True)
            passages.append(passage)
            if (
                turn == 0
                and times == 1
                and not few
                and scene.random() < self.voice.more
                and element not in _SAID_ONCE
            ):
                passages.append(self.passage(rule, element))

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

    def _put_time(self, passages: list[Passage]) -> None:
        scene, said = self.scene, self._said
        visit = scene.visit
        if "session_time" not in self._wanted:
            if scene.random() < self.voice.vague:
                passages.append(self.passage("vague.session_time", today=True))
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
        passages.append(self.passage(rule, "session_time", today=True))
        scene.total = visit.minutes

    def _put_activities(self, passages: list[Passage]) -> None:
        scene, said = self.scene, self._said
        visit = scene.visit
        timed = "timed_minutes" in self._wanted
        doing = "intervention" in self._wanted
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
            passages.append(self.passage(rule))
        scene.activity = None
        if only_total or (timed and not alone and scene.random() < 0.45):
            said.timed_total()
            passages.append(self.passage("time.timed_total"))

    def _write_no_visit(self, visit: Visit, page: Page) -> None:
        scene = self.scene
        page.section("")
        parts = [self.passage("stamp"), self.passage(visit.status)]
        if visit.status == "not_skilled" and visit.start and scene.random() < 0.7:
            parts.insert(1, self.passage("time.clock", "session_time"))
            self._said.time("time.clock", conflict=False)
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
            missing=self._due - found.keys(),
            **claim,
        )


OTHER_PARTS = frozenset(["session_time", "activities", "stamp", "aside", "noise", "charge"])
"""What may be put in a section besides the elements of a note."""
_ELEMENTS: dict[str, ElementKey] = {key: key for key in get_args(ElementKey)}
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
    return _Item(key, chance, int(times or 1), boxes, _ELEMENTS.get(key))


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
