"""Checkbox rows of a template: ticked where the writer did his part, empty where not."""

from collections.abc import Iterator
from functools import cache
from importlib import resources

import yaml

from claims.note import ElementKey
from data.synthetic.page import Passage
from data.synthetic.scene import Scene
from data.synthetic.voice import Voice

_KEYS: dict[str, ElementKey] = {
    "mental_status": "mental_status",
    "risk": "risk",
    "intervention": "intervention",
    "response": "response",
    "goal_progress": "goal_progress",
    "medical_necessity": "medical_necessity",
    "plan": "plan",
}

_RISK: dict[str, dict[str, str]] = {
    "SI": {"none": "denied", "passive": "passive", "active": "active"},
    "HI": {"none": "denied", "homicidal": "present"},
    "Self-harm": {"none": "none", "self_harm": "recent"},
    "Overall": {"none": "low", "passive": "moderate", "active": "high", "homicidal": "moderate"},
}
"""What is ticked follows from the visit, where the row asks about danger."""


@cache
def _rows() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Options by discipline ("all" for any), element and label."""
    text = resources.files("data.synthetic.voices").joinpath("boxes.yaml").read_text("utf-8")
    rows: dict[str, dict[str, dict[str, list[str]]]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return rows


def ticked(key: str, wanted: bool, scene: Scene, voice: Voice) -> Iterator[Passage]:
    """The element's row of boxes; only what is ticked shows it."""
    element = _KEYS[key]
    visit = scene.visit
    rows = _rows()
    table = rows.get(visit.discipline, {}).get(key) or rows["all"].get(key)
    if table is None:
        return
    marks: list[tuple[ElementKey, int, int]] = []
    parts: list[str] = []
    length = 0
    box = ("[x]", "[ ]") if len(voice.name) % 2 else ("[X] ", "[ ] ")
    labels = list(table)
    if len(labels) > 2:
        labels = scene.prose.sample(labels, max(2, len(labels) - int(scene.random() * 3)))
    for index, label in enumerate(labels):
        options = table[label]
        if label not in _RISK and len(options) > 2:
            options = scene.prose.sample(options, 2 + int(scene.random() * (len(options) - 1)))
        chosen = _answer(label, options, scene) if wanted else -1
        begin = f"{' | ' if index else ''}{label}: "
        parts.append(begin)
        length += len(begin)
        for place, option in enumerate(options):
            text = f"{box[place != chosen]}{option}{'' if place == len(options) - 1 else ' '}"
            if place == chosen:
                marks.append((element, length, length + len(text.rstrip())))
            parts.append(text)
            length += len(text)
    line = "".join(parts)
    yield Passage(line.lower() if voice.lower else line, tuple(marks))


def _answer(label: str, options: list[str], scene: Scene) -> int:
    wanted = _RISK.get(label, {})
    if wanted:
        answer = wanted.get(scene.visit.risk, wanted["none"])
        return next((i for i, option in enumerate(options) if option == answer), 0)
    return int(scene.random() * len(options))
