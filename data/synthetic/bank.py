"""The fragment bank: language by discipline, group and topic, read from YAML.

A file holds any of `rules` (sentence frames, by element of a note), `words` (phrases that any
topic may use) and `topics` (diagnoses with their phrases); docs/voices.md describes it.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError

from claims.claim import Code
from claims.note import Discipline
from claims.record import Identifier, Record, locations
from data.synthetic.grammar import GrammarError, check_rule
from data.synthetic.visit import Service

SHIPPED = Path(__file__).parent / "fragments"
RESERVED_EVERY = 4
"""Of each list of words every fourth phrase is kept for held-out voices, and for them alone."""

Fragment = Annotated[str, Field(min_length=1)]


def _lines(value: object) -> object:
    """A block of text is a list, a fragment a line."""
    if isinstance(value, str):
        return [line.strip() for line in value.splitlines() if line.strip()]
    return value


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Fragments = Annotated[tuple[Fragment, ...], BeforeValidator(_lines), Field(min_length=1)]


class Topic(Record):
    """What a client may come with: diagnoses, and the phrases that go with them."""

    diagnoses: Annotated[dict[Code, Fragments], Field(min_length=1)]
    """Names by ICD-10-CM code, as clinicians say them."""
    services: tuple[Service, ...] = ()
    """The services that the topic suits; empty for all of its discipline."""
    ages: tuple[int, int] = (18, 90)
    share: Annotated[float, Field(gt=0)] = 1.0
    """How often it occurs, beside the other topics of its discipline."""
    activities: tuple[str, ...] = ()
    """Keys of the activities that it is treated with; the first are the likeliest."""
    shares: bool = False
    """Draws on its discipline's common phrases beside its own."""
    words: dict[str, Fragments] = Field(default_factory=dict)


class FragmentFile(Record):
    """One file of the bank."""

    discipline: Annotated[
        tuple[Discipline | Literal["all"], ...], BeforeValidator(_one_or_more), Field(min_length=1)
    ]
    """One, several, or `all`."""
    group: Identifier = "plain"
    """Whose language it is: a voice names the groups that it draws from."""
    rules: dict[str, Fragments] = Field(default_factory=dict)
    words: dict[str, Fragments] = Field(default_factory=dict)
    topics: dict[str, Topic] = Field(default_factory=dict)


class Bank:
    """All fragments of one or several folders; a later folder adds to the earlier ones."""

    def __init__(self, files: Iterable[FragmentFile]) -> None:
        self._rules: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self._words: dict[tuple[str, str], tuple[str, ...]] = {}
        self.topics: dict[tuple[str, str], Topic] = {}
        for file in files:
            for discipline in file.discipline:
                for name, texts in file.rules.items():
                    key = (discipline, file.group, name)
                    self._rules[key] = self._rules.get(key, ()) + texts
                for name, texts in file.words.items():
                    place = (discipline, name)
                    self._words[place] = self._words.get(place, ()) + texts
                for name, topic in file.topics.items():
                    self.topics[discipline, name] = topic

    def frames(self, discipline: str, groups: Iterable[str], name: str) -> tuple[str, ...]:
        """The rule's texts in these groups, the discipline's own before those for all."""
        return tuple(
            text
            for kind in (discipline, "all")
            for group in groups
            for text in self._rules.get((kind, group, name), ())
        )

    def rules(self, discipline: str, groups: Iterable[str]) -> frozenset[str]:
        """Names of the rules that these groups have for a discipline."""
        chosen = frozenset(groups)
        return frozenset(
            name
            for kind, group, name in self._rules
            if group in chosen and kind in (discipline, "all")
        )

    def words(self, discipline: str, topic: str, name: str, held_out: bool) -> tuple[str, ...]:
        """Phrases of the topic, else (or, where it shares, also) of the discipline or of all,
        without those that the other kind of voice has for itself."""
        known = self.topics.get((discipline, topic))
        texts = known.words.get(name, ()) if known else ()
        if not texts or (known and known.shares):
            texts += self._words.get((discipline, name), ()) or self._words.get(("all", name), ())
        if len(texts) < RESERVED_EVERY:
            return texts
        last = RESERVED_EVERY - 1
        return tuple(
            text for index, text in enumerate(texts) if (index % RESERVED_EVERY == last) is held_out
        )

    def topic_for(self, discipline: str, code: str, service: str, age: int) -> str:
        """The topic that suits a diagnosis best: its code, else one like it, else the service.

        Raises GrammarError where the bank has no topic of the discipline.
        """

        def fit(item: tuple[str, Topic]) -> tuple[bool, int, bool]:
            topic = item[1]
            alike = max(
                next((n for n in range(7, 2, -1) if known[:n] == code[:n]), 0)
                for known in topic.diagnoses
            )
            suits = not topic.services or service in topic.services
            return suits, alike, topic.ages[0] <= age <= topic.ages[1]

        topics = self.topics_of(discipline)
        if not topics:
            raise GrammarError(f"the fragment bank has no topics for {discipline}")
        return max(topics.items(), key=fit)[0]

    def groups(self) -> frozenset[str]:
        """All groups that have rules."""
        return frozenset(group for _, group, _ in self._rules)

    def topics_of(self, discipline: str) -> Mapping[str, Topic]:
        """The discipline's topics by key."""
        return {key: topic for (kind, key), topic in self.topics.items() if kind == discipline}

    def texts(self) -> Iterable[tuple[str, str]]:
        """Every fragment with the name of the group it belongs to ("words" for phrases)."""
        for (_, group, _), texts in self._rules.items():
            for text in texts:
                yield group, text
        for texts in self._words.values():
            for text in texts:
                yield "words", text
        for topic in self.topics.values():
            for texts in topic.words.values():
                for text in texts:
                    yield "words", text


def read_fragment_file(path: Path) -> FragmentFile:
    """One file of the bank.

    Raises GrammarError, naming file and key, where it is no YAML, has the wrong shape, or holds
    a fragment that the grammar cannot read.
    """
    try:
        file = FragmentFile.model_validate(
            yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        )
    except yaml.YAMLError as error:
        raise GrammarError(f"{path.name}: no valid YAML: {error}") from None
    except ValidationError as error:
        places = "; ".join(locations(error.errors(include_input=False)))
        raise GrammarError(f"{path.name}: not as documented: {places}") from None
    lists = [*file.rules.items(), *file.words.items()]
    for key, topic in file.topics.items():
        lists += [(f"{key}.{name}", texts) for name, texts in topic.words.items()]
    for name, texts in lists:
        for text in texts:
            try:
                check_rule(text)
            except GrammarError as error:
                raise GrammarError(f"{path.name}, {name}: {error}") from None
    return file


@cache
def read_bank(*folders: Path) -> Bank:
    """The bank of these folders, or the shipped one.

    Raises GrammarError for a file that cannot be read, and where a folder has none.
    """
    files: list[FragmentFile] = []
    for folder in folders or (SHIPPED,):
        paths = sorted(folder.glob("*.yaml"))
        if not paths:
            raise GrammarError(f"{folder}: no fragment files (*.yaml)")
        files += [read_fragment_file(path) for path in paths]
    return Bank(files)
