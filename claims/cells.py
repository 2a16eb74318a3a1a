"""Cells of a table and JSON values made ready for the fields of a record.

A nested field is written with a dot or an underscore: `billing.npi` or `billing_npi`.
"""

import csv
import re
import types
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from claims.record import Record

BETWEEN = re.compile(r"[\s,;|/]+")
AMERICAN_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
COMPACT_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:.*", re.DOTALL)


@lru_cache(maxsize=1)
def _other_names() -> dict[str, str]:
    """Column names that practice systems use, and the fields that they hold."""
    text = (files("claims.codes.tables") / "columns.csv").read_text(encoding="utf-8")
    return {row["name"]: row["field"] for row in csv.DictReader(text.splitlines())}


def other_name(name: str) -> str:
    """The field that a column of that name holds; the name itself where it is no other one.

    >>> other_name("cpt"), other_name("procedure")
    ('procedure', 'procedure')
    """
    return _other_names().get(name, name)


def day_of(value: Any) -> Any:
    """A day as ISO has it, out of 20260302, 3/2/2026 or an instant; else the value itself."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    if found := COMPACT_DAY.fullmatch(value):
        return "-".join(found.groups())
    if found := AMERICAN_DAY.fullmatch(value):
        month, day, year = found.groups()
        return f"{year}-{month:0>2}-{day:0>2}"
    if found := INSTANT.fullmatch(value):
        return found.group(1)
    return value


def number_of(value: Any) -> Any:
    """A number without dollar sign and thousands' commas."""
    return value.strip().replace("$", "").replace(",", "") if isinstance(value, str) else value


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _one_of(options: tuple[Any, ...]) -> Callable[[Any], Any]:
    known = {str(option).lower(): option for option in options}
    return lambda value: (
        known.get(value.strip().lower(), value) if isinstance(value, str) else value
    )


def _list(item: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def split(value: Any) -> Any:
        if isinstance(value, str):
            value = [part for part in BETWEEN.split(value) if part]
        return [item(one) for one in value] if isinstance(value, list | tuple) else value

    return split


def _bare(annotation: Any) -> Any:
    """The type behind Annotated and `| None`."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            some = [one for one in get_args(annotation) if one is not type(None)]
            if len(some) != 1:
                return annotation
            annotation = some[0]
        else:
            return annotation


def _reader(annotation: Any) -> Callable[[Any], Any]:
    """How a cell or JSON value is made ready for a field of that type."""
    bare = _bare(annotation)
    simple = {date: day_of, Decimal: number_of, str: _text}
    if bare in simple:
        return simple[bare]
    if get_origin(bare) is Literal:
        return _one_of(get_args(bare))
    if get_origin(bare) is tuple:
        return _list(_reader(get_args(bare)[0]))
    if isinstance(bare, type) and issubclass(bare, Record):
        return lambda value: _record(bare, value)
    return lambda value: value


def _record(model: type[Record], value: Any) -> Any:
    """A nested record; a text alone is its name, as in a column `payer`."""
    if isinstance(value, str) and "name" in model.model_fields:
        return {"name": value}
    return ready(model, value) if isinstance(value, dict) else value


@lru_cache(maxsize=64)
def _readers(model: type[Record]) -> dict[str, Callable[[Any], Any]]:
    return {name: _reader(field.rebuild_annotation()) for name, field in model.model_fields.items()}


@lru_cache(maxsize=64)
def _nested(model: type[Record]) -> dict[str, type[Record]]:
    found = {}
    for name, field in model.model_fields.items():
        bare = _bare(field.rebuild_annotation())
        if isinstance(bare, type) and issubclass(bare, Record):
            found[name] = bare
    return found


@lru_cache(maxsize=1024)
def path_of(model: type[Record], name: str) -> tuple[str, ...] | None:
    """Where in a record a column's value belongs; None where nowhere.

    >>> from claims.claim import Claim
    >>> path_of(Claim, "billing_npi"), path_of(Claim, "subscriber.address.city")
    (('billing', 'npi'), ('subscriber', 'address', 'city'))
    """
    if name in model.model_fields:
        return (name,)
    for prefix, inner in _nested(model).items():
        if name.startswith((f"{prefix}.", f"{prefix}_")):
            rest = path_of(inner, name[len(prefix) + 1 :])
            if rest:
                return (prefix, *rest)
    return None


def ready(model: type[Record], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the record takes them: empty ones left out, dotted names nested.

    Names that it does not know are left under their own name, for validation to refuse.
    """
    readers = _readers(model)
    nested: dict[str, dict[str, Any]] = {}
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name == "text":
            found[name] = "" if value is None else value  # a note not yet begun is one, too
            continue
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        path = path_of(model, name)
        if path is None or len(path) == 1:
            read = readers.get(name)
            found[name] = read(value) if read else value
        else:
            nested.setdefault(path[0], {})[".".join(path[1:])] = value
    for name, inner in nested.items():
        given = found.get(name)
        if given is not None and not isinstance(given, dict):
            continue  # validation refuses it, by its name
        found[name] = {**ready(_nested(model)[name], inner), **(given or {})}
    return found
