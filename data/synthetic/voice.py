"""A writer's voice: the form, the language and the habits of one clinician's notes."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import ConfigDict, Field, ValidationError, field_validator

from claims.note import Discipline, ElementKey, NoteFormat
from claims.record import Identifier, Record, locations
from data.synthetic.clock_words import CLOCK_STYLES, DATE_STYLES
from data.synthetic.grammar import GrammarError

SHIPPED_VOICES = Path(__file__).parent / "voices"

NO_VOICES = ("layouts.yaml", "shorthand.yaml", "boxes.yaml")

Chance = Annotated[float, Field(ge=0, le=1)]
TimeKind = Literal["clock", "clock_total", "total"]


def _usual_times() -> dict[TimeKind, float]:
    return {"clock": 1.0, "clock_total": 1.0, "total": 0.15}


class Section(Record):
    """A part of a note: a heading and the elements that stand under it, in order."""

    model_config = ConfigDict(str_strip_whitespace=False)

    head: str = ""
    """A rule of the grammar, with the blank or line break that follows it."""
    put: tuple[str, ...]
    """Element keys, and stamp, activities, aside, charge, noise; `key?` stands there every other
    time, `key*2` says two things of it, `key@boxes` ticks boxes instead of writing."""
    join: str = " "
    """What stands between two passages: a blank, a line break, "; ", "\\n- "."""
    shuffle: bool = False


class Voice(Record):
    """How one person writes. Everything but name, discipline, format and layout has a default."""

    model_config = ConfigDict(str_strip_whitespace=False)

    name: Identifier
    discipline: Discipline
    format: NoteFormat
    layout: str | tuple[Section, ...]
    """Its sections, or the name of a layout in layouts.yaml."""
    groups: Annotated[tuple[str, ...], Field(min_length=1)] = ("plain",)
    """The groups of fragments that it draws from."""
    held_out: bool = False
    """Kept from all training, with groups and phrases that no other voice uses."""
    credentials: tuple[str, ...] = ()
    """Whose voice it suits; empty for anybody of the discipline."""
    knows: Annotated[float, Field(gt=0, le=1)] = 0.8
    """The share of its groups' frames that it ever uses, the same ones each time."""

    client: tuple[str, ...] = ("client",)
    """What it calls the client: client, pt, Cl., {name}, {initial}., {title}, {he}."""
    me: str = "I "
    """The writer as a subject, with the blank that follows; empty for telegraphic style."""
    clock: tuple[str, ...] = ("1:05 PM",)
    range: tuple[str, ...] = ("-",)
    """Between start and stop."""
    minutes: tuple[str, ...] = ("n min",)
    dates: tuple[str, ...] = ("3/4/26",)
    time: dict[TimeKind, float] = Field(default_factory=_usual_times)
    """How it tells the session's time, with weights."""
    conflict: Chance = 0.03
    """How often the stated total is stale or miscounted."""

    shorthand: tuple[str, ...] = ()
    """Lists of shorthand.yaml."""
    shorthand_share: Chance = 0.8
    """The share of their words that it shortens, the same ones each time."""
    lower: bool = False
    """No capitals at all."""
    upper_heads: bool = False
    stop: str = "."
    """At the end of a passage."""
    dash: str = "-"
    typos: Chance = 0.0
    """Mistyped passages."""

    habits: dict[ElementKey, Chance] = Field(default_factory=dict)
    """How often it writes an element well, on a middling day; 0.85 where not named."""
    vague: Chance = 0.4
    """Of the elements left out, how many are glossed over with something that does not count."""
    asides: Chance = 0.3
    """Other people's times, history, numbers: things that only look like an element."""
    more: Chance = 0.2
    """How often it says a second thing about an element."""
    empty_heads: Chance = 0.0
    """How often a heading with nothing under it stays."""

    @field_validator("clock")
    @classmethod
    def _known_clock(cls, styles: tuple[str, ...]) -> tuple[str, ...]:
        if not styles or not set(styles) <= CLOCK_STYLES:
            raise ValueError(f"expected of {sorted(CLOCK_STYLES)}")
        return styles

    @field_validator("dates")
    @classmethod
    def _known_dates(cls, styles: tuple[str, ...]) -> tuple[str, ...]:
        if not styles or not set(styles) <= DATE_STYLES:
            raise ValueError(f"expected of {sorted(DATE_STYLES)}")
        return styles

    def sections(self) -> tuple[Section, ...]:
        """The layout's sections.

        Raises GrammarError where the layout was never looked up.
        """
        if isinstance(self.layout, str):
            raise GrammarError(f"voice {self.name}: no layout {self.layout!r} in layouts.yaml")
        return self.layout


Shorthand = dict[str, dict[str, str]]
"""Lists by name: word -> what stands for it."""


def read_shorthand(folder: Path = SHIPPED_VOICES) -> Shorthand:
    """The lists of shorthand.yaml in a folder of voices, beside the shipped ones."""
    lists: Shorthand = {}
    for place in dict.fromkeys((SHIPPED_VOICES, folder)):
        path = place / "shorthand.yaml"
        if path.exists():
            lists |= yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return lists


@cache
def read_voices(folder: Path = SHIPPED_VOICES) -> dict[str, Voice]:
    """The voices of a folder by name; layouts.yaml and shorthand.yaml are no voices.

    Raises GrammarError, naming file, voice and key, for what is not as documented.
    """
    layouts: dict[str, object] = {}
    for place in dict.fromkeys((SHIPPED_VOICES, folder)):
        path = place / "layouts.yaml"
        if path.exists():
            layouts |= _yaml(path)
    voices: dict[str, Voice] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name in NO_VOICES:
            continue
        for name, fields in _yaml(path).items():
            if not isinstance(fields, dict):
                raise GrammarError(f"{path.name}, {name}: expected the voice's fields")
            layout = fields.get("layout")
            if isinstance(layout, str):
                if layout not in layouts:
                    raise GrammarError(f"{path.name}, {name}: no layout {layout!r}")
                fields = {**fields, "layout": layouts[layout]}
            try:
                voices[name] = Voice.model_validate({"name": name, **fields})
            except ValidationError as error:
                places = "; ".join(locations(error.errors(include_input=False)))
                raise GrammarError(f"{path.name}, {name}: not as documented: {places}") from None
    if not voices:
        raise GrammarError(f"{folder}: no voices (*.yaml)")
    return voices


def _yaml(path: Path) -> dict[str, object]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise GrammarError(f"{path.name}: no valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise GrammarError(f"{path.name}: expected names with what they stand for")
    return content
