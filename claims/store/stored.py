"""Domain values as this store wrote them, read back without being validated a second time.

Every value was validated when its file came in, and written by `claims.store.rows.as_json`. Reading
a million claims for training spends most of its time on validating them again, and most of its
memory on the same provider, payer and subscriber held once for each claim. Here a reader is made
of each type's own fields: what JSON has no word for (money, quantities, days, tuples) is turned
back, defaults are filled in, and equal parts are one object. A test holds that the values are equal
to those that validation gives; what a reader does not know is left to validation.
"""

import marshal
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BeforeValidator
from pydantic_core import PydanticUndefined, from_json

from claims.answers import Answer
from claims.claim import Address, Adjustment, Claim, Diagnosis, Patient, Payer, Provider, Subscriber
from claims.record import Record

R = TypeVar("R", bound=Record)
Convert = Callable[[Any], Any]
SHARED = (Address, Adjustment, Diagnosis, Patient, Payer, Provider, Subscriber)
"""Parts that come again and again, and that nobody can change."""
UNKNOWN = (KeyError, TypeError, ValueError, AttributeError)
"""What comes of content that no reader was made for."""

_set = object.__setattr__
_day = lru_cache(maxsize=65_536)(date.fromisoformat)


class Reader(Generic[R]):
    """Reads values of one type; equal parts of all that it reads are one object."""

    def __init__(self, kind: type[R]) -> None:
        self.kind = kind
        self._make: Callable[[dict[str, Any]], R] = _maker(kind, {})

    def read(self, content: str, **apart: Any) -> R:
        """A value by its stored JSON. apart: fields that are not in it, as JSON has them.

        Raises pydantic.ValidationError where it is no such value.
        """
        raw = from_json(content, cache_strings="all")
        try:
            return self._make({**raw, **apart} if apart else raw)
        except UNKNOWN:
            return self.kind.model_validate({**raw, **apart})


class ClaimReader:
    """Reads claims: how they begin, from payer to facility, comes again with every visit."""

    BEGINS, ENDS = ',"payer":', ',"place_of_service":'

    def __init__(self) -> None:
        self._whole = Reader(Claim)
        held: dict[tuple[type, bytes], Any] = {}
        self._converts = _converts(Claim, held)
        self._heads: dict[str, dict[str, Any]] = {}

    def read(self, content: str) -> Claim:
        """A claim by its stored JSON.

        Raises pydantic.ValidationError where it is none.
        """
        # A quote within a text is escaped, so these are names of fields, and the first of them.
        start, end = content.find(self.BEGINS), content.find(self.ENDS)
        if not 0 < start < end:
            return self._whole.read(content)
        begins = content[start:end]
        try:
            head = self._heads.get(begins)
            if head is None:
                raw = from_json(f"{{{begins[1:]}}}", cache_strings="all")
                head = self._heads[begins] = self._convert(raw)
            rest = from_json(content[:start] + content[end:], cache_strings="all")
            return build(Claim, {**head, **self._convert(rest)})
        except UNKNOWN:
            return self._whole.read(content)

    def _convert(self, raw: dict[str, Any]) -> dict[str, Any]:
        converts = self._converts
        return {
            name: value if (convert := converts[name]) is None else convert(value)
            for name, value in raw.items()
        }


def answer(payer_id: str, paid_on: date | None, content: str) -> Answer:
    """What is to be heeded of a stored claim payment: as `Answer.of` gives it."""
    raw = from_json(content, cache_strings="all")
    lines = raw.get("lines", ())
    expired = raw.get("coverage_expired")
    days = [line["service_from"] for line in lines if line.get("service_from")]
    reasons = {one["carc"] for one in raw.get("adjustments", ())}
    for line in lines:
        for one in line.get("adjustments", ()):
            reasons.add(one["carc"])
    return Answer(
        payer_id,
        paid_on,
        raw["claim_id"],
        raw.get("payer_claim_id"),
        raw["status_code"],
        raw["paid"] > 0,
        raw.get("member_id"),
        raw.get("corrected_member_id"),
        _day(expired) if expired else None,
        _day(min(days)) if days else None,
        _reasons(frozenset(reasons)),
    )


@lru_cache(maxsize=4096)
def _reasons(reasons: frozenset[str]) -> frozenset[str]:
    """The same set for the same reasons."""
    return reasons


def build(kind: type[R], values: dict[str, Any]) -> R:
    """A record of values that are valid already, each as the record holds it.

    Raises KeyError where one is wanting.
    """
    fixed, fresh, required = _defaults(kind)
    if not required <= values.keys():
        raise KeyError(kind.__name__)
    every = {**fixed, **values}
    for name, default in fresh.items():
        if name not in values:
            every[name] = default()
    one = object.__new__(kind)
    _set(one, "__dict__", every)
    _set(one, "__pydantic_fields_set__", _names(tuple(values)))
    _set(one, "__pydantic_extra__", None)
    _set(one, "__pydantic_private__", None)
    return one


@lru_cache(maxsize=4096)
def _names(names: tuple[str, ...]) -> set[str]:
    """A set of field names, shared by all records in which the same were given."""
    return set(names)


Defaults = tuple[dict[str, Any], dict[str, Callable[[], Any]], frozenset[str]]


@cache
def _defaults(kind: type[Record]) -> Defaults:
    """Every field in order with its default, those made anew each time, and those without one."""
    fields = kind.model_fields
    fixed = {name: field.default for name, field in fields.items()}
    fresh: dict[str, Any] = {
        name: field.default_factory for name, field in fields.items() if field.default_factory
    }
    required = {name for name, value in fixed.items() if value is PydanticUndefined}
    return fixed, fresh, frozenset(required - fresh.keys())


Held = dict[tuple[type, bytes], Any]
"""The parts that were made before, by type and content."""


def _maker(kind: type[R], held: Held) -> Callable[[dict[str, Any]], R]:
    converts = _converts(kind, held)

    def make(raw: dict[str, Any]) -> R:
        values = {
            name: value if (convert := converts[name]) is None else convert(value)
            for name, value in raw.items()
        }
        return build(kind, values)

    if kind not in SHARED:
        return make

    def shared(raw: dict[str, Any]) -> R:
        # As bytes it is compared at once, whatever stands in it; version 2 tells nothing of which
        # strings happen to be one object.
        key = (kind, marshal.dumps(raw, 2))
        one: R | None = held.get(key)
        if one is None:
            one = held[key] = make(raw)
        return one

    return shared


def _converts(kind: type[Record], held: Held) -> dict[str, Convert | None]:
    """By field: what turns its JSON into its value; None where that is the value."""
    return {
        name: _converter(field.annotation, tuple(field.metadata), held)
        for name, field in kind.model_fields.items()
    }


def _converter(annotation: Any, metadata: tuple[Any, ...], held: Held) -> Convert | None:
    if annotation is Decimal:
        (validate,) = (one.func for one in metadata if isinstance(one, BeforeValidator))
        return _amounts(validate)
    # Other validators take what people write for what we write: stored values have none of it.
    return _by_type(annotation, held)


@cache
def _amounts(validate: Callable[[Any], Decimal]) -> Convert:
    return lru_cache(maxsize=65_536)(validate)


def _by_type(annotation: Any, held: Held) -> Convert | None:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _converter(inner[0], inner[1:], held)
    if origin in (Union, UnionType):
        (only,) = (one for one in inner if one is not NoneType)
        return _maybe(_by_type(only, held))
    if origin is tuple:
        return _tuple(_by_type(inner[0], held))
    if origin is dict:
        return _dict(_by_type(inner[1], held))
    if annotation is date:
        return _day
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return _maker(annotation, held)
    if annotation is float:
        return float
    if origin is Literal or annotation in (str, int, bool):
        return None
    raise TypeError(f"stored values of type {annotation} cannot be read")


def _maybe(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None
    return lambda value: None if value is None else convert(value)


def _tuple(convert: Convert | None) -> Convert:
    if convert is None:
        return tuple
    return lambda values: tuple([convert(value) for value in values])


def _dict(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None
    return lambda values: {key: convert(value) for key, value in values.items()}
