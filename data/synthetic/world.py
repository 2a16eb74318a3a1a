"""A world file: everything that makes one invented practice and its payers, as YAML.

Published rules are values; what no practice can know is a distribution, drawn from the seed.
Every key is explained in docs/worlds.md.
"""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from claims.problem import ClaimwrightError
from data.synthetic.world_model import World

__all__ = ["World", "load_world"]

WORLDS = Path(__file__).parent / "worlds"
MERGED_WHOLE = ("effects", "by", "visits_per_week", "credentials", "share", "minutes")
"""Keys whose values are taken as given where one world extends another, never mixed."""


def _merged(base: object, over: object, key: str = "") -> Any:
    """A world's content laid over the one that it extends.

    Mappings are merged key by key; lists of things with an id or a name are merged thing by
    thing, new ones at the end, those marked `remove: true` left out; everything else is replaced.
    """
    if isinstance(base, dict) and isinstance(over, dict) and key not in MERGED_WHOLE:
        names = [*base, *(name for name in over if name not in base)]
        return {
            name: _merged(base.get(name), over[name], name) if name in over else base[name]
            for name in names
        }
    if isinstance(base, list) and isinstance(over, list):
        label = "id" if key in ("payers", "changes") else "name"
        things = (*base, *over)
        if things and all(isinstance(one, dict) and label in one for one in things):
            new = {one[label]: one for one in over}
            kept = [_merged(one, new.pop(one[label], {})) for one in base]
            merged = [one for one in (*kept, *new.values()) if not one.get("remove")]
            # Causes of the claim come before those of a line, wherever they were added.
            return sorted(merged, key=lambda one: str(one.get("scope", "")))
    return over


def _content(path: Path, above: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The content of a world file, with what it extends underneath."""
    if not path.exists() and (WORLDS / f"{path}.yaml").exists():
        path = WORLDS / f"{path}.yaml"
    if path.resolve() in above:
        raise ClaimwrightError(f"{path}: extends itself")
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ClaimwrightError(f"{path}: cannot be read: {reason}") from None
    except yaml.YAMLError as error:
        raise ClaimwrightError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ClaimwrightError(f"{path}: expected keys such as name, start, payers")
    below = content.pop("extends", None)
    if below is None:
        return content
    beside = path.parent / str(below)
    chosen = beside if beside.is_file() else Path(str(below))
    if not chosen.is_file() and not (WORLDS / f"{chosen}.yaml").is_file():
        raise ClaimwrightError(
            f"{path}: extends: {below} is neither a file beside it nor a shipped world"
        )
    base = _content(chosen, (*above, path.resolve()))
    merged: dict[str, Any] = _merged(base, content)
    return merged


def load_world(path: Path | None = None) -> World:
    """The world in a file, or the default one.

    path: a YAML file, or the name of a shipped world such as "additive".
    Raises ClaimwrightError naming the file and the key that is wrong.
    """
    path = path or WORLDS / "default.yaml"
    content = _content(path)
    voices = content.get("voices")
    if isinstance(voices, str):
        if not (path.parent / voices).is_dir():
            raise ClaimwrightError(f"{path}: voices: {voices} is no folder beside the world file")
        content["voices"] = str((path.parent / voices).resolve())
    try:
        return World.model_validate(content)
    except ValidationError as error:
        # Nothing in a world file is a patient's, so an unknown key may be repeated.
        said = "; ".join(
            _complaint(one["loc"], one["msg"], content)
            for one in error.errors(include_input=False)[:5]
        )
        raise ClaimwrightError(f"{path}: {said}") from None


def _complaint(where: tuple[int | str, ...], what: str, content: Any) -> str:
    """One complaint: the key, what is wrong with it, and which thing of a list it is."""
    keys, names = [], []
    for part in where:
        if part == "[key]":
            continue
        keys.append(str(part))
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            content = None
        if isinstance(part, int) and isinstance(content, dict):
            name = content.get("id") or content.get("name")
            names += [f" ({'.'.join(keys)} is {name})"] if name else []
    said = what.removeprefix("Value error, ").replace("valid tuple", "valid list")
    return f"{'.'.join(keys)}{': ' if keys else ''}{said}{''.join(names)}"
