"""Rows of CSV and JSON files turned into domain records, whose field names are the columns.

A nested field is written with a dot or an underscore: `billing.npi` or `billing_npi`. A claim in
CSV has a row for each service line; rows of one claim stand together.
"""

import csv
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from claims.claim import Claim, ServiceLine, Source, Submission
from claims.problem import Problem, Severity
from claims.record import Record, locations
from claims.rows import Row

RECORD = TypeVar("RECORD", bound=Record)
BETWEEN = re.compile(r"[\s,;|/]+")
AMERICAN_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
COMPACT_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:.*", re.DOTALL)
LINE_PREFIX = "line_"
MODIFIER_COLUMNS = ("modifier_1", "modifier_2", "modifier_3", "modifier_4")
OF_A_LINE = ("place_of_service", "authorization_number", "referral_number", "rendering")
"""What a row may say of its own line where it differs from the claim's first row."""


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


def _day(value: Any) -> Any:
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


def _number(value: Any) -> Any:
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
    simple = {date: _day, Decimal: _number, str: _text}
    if bare in simple:
        return simple[bare]
    if get_origin(bare) is Literal:
        return _one_of(get_args(bare))
    if get_origin(bare) is tuple:
        return _list(_reader(get_args(bare)[0]))
    if isinstance(bare, type) and issubclass(bare, Record):
        return lambda value: ready(bare, value) if isinstance(value, dict) else value
    return lambda value: value


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
        found[name] = {**ready(_nested(model)[name], inner), **(given or {})}
    return found


class Reading:
    """Turns rows of one file into records, and keeps what is wrong with them."""

    def __init__(self, file: str, digest: str) -> None:
        self.file = file
        self.digest = digest
        self.position = 0
        self._told_of_unknown = False

    def problem(
        self, row: int, message: str, field: str | None = None, severity: Severity = Severity.ERROR
    ) -> Problem:
        """What is wrong in one row."""
        return Problem(file=self.file, severity=severity, message=message, row=row, field=field)

    def build(
        self,
        model: type[RECORD],
        row: Row,
        values: dict[str, Any],
        line_rows: Sequence[Row] | None = None,
    ) -> Iterator[RECORD | Problem]:
        """The record, or a problem for each bad field.

        line_rows: the rows of a claim's lines, where each line has its own.
        """
        try:
            yield model.model_validate(values)
        except ValidationError as error:
            errors = error.errors(include_input=False, include_url=False, include_context=False)
            wheres = [one["loc"] for one in errors]
            for one, place in zip(errors, locations(errors), strict=True):
                where = one["loc"]
                if any(
                    len(other) > len(where) and other[: len(where)] == where for other in wheres
                ):
                    continue  # a consequence: no line is left where the only one was bad
                if where[-1:] == ("service_to",) and (*where[:-1], "service_from") in wheres:
                    continue
                number, field = row.number, place.removeprefix("claim.")
                if line_rows and where[:2] == ("claim", "lines") and len(where) > 3:
                    number = line_rows[int(where[2])].number
                    field = place.split(".", 3)[3]
                message = "missing" if one["type"] == "missing" else one["msg"]
                yield self.problem(number, message.removeprefix("Value error, "), field)

    def known(self, row: Row, names: Iterable[str]) -> Iterator[Problem]:
        """Says once for a file that it has columns which nothing here has a use for."""
        unknown = [str(place) for place, name in enumerate(row.values, 1) if name not in names]
        if unknown and not self._told_of_unknown:
            self._told_of_unknown = True
            yield self.problem(
                row.number,
                f"no field here has the name of column {', '.join(unknown)}; left out",
                severity=Severity.WARNING,
            )

    def records(self, model: type[RECORD], rows: Iterable[Row | Problem]) -> Iterator[object]:
        """Notes, authorizations or benefits: one from each row."""
        for row in rows:
            if isinstance(row, Problem):
                yield row
                continue
            names = {name for name in row.values if path_of(model, name)}
            yield from self.known(row, names)
            kept = {name: value for name, value in row.values.items() if name in names}
            yield from self.build(model, row, ready(model, kept))

    def submissions(self, rows: Iterable[Row | Problem]) -> Iterator[Submission | Problem]:
        """Claims: one from each JSON object that has lines, or from the rows of one claim."""
        together: list[tuple[Row, dict[str, Any]]] = []
        closed: set[str] = set()
        for row in rows:
            if isinstance(row, Problem):
                yield row
                continue
            values = self._claim_values(row)
            if "lines" in values:
                yield from self._from_rows(together)
                together = []
                yield from self._whole(row, values)
                continue
            number = values.get("claim_id")
            if together and together[-1][1].get("claim_id") != number:
                yield from self._from_rows(together)
                closed.add(str(together[-1][1].get("claim_id")))
                together = []
            if not together and str(number) in closed:
                yield self.problem(
                    row.number,
                    "rows of this claim stand apart; these are read as another claim",
                    "claim_id",
                    Severity.WARNING,
                )
            together.append((row, values))
        yield from self._from_rows(together)

    def _claim_values(self, row: Row) -> dict[str, Any]:
        """The row under our own names; a submission's claim taken out of it."""
        values = row.values
        if isinstance(values.get("claim"), dict):
            values = {**values["claim"], "submitted": values.get("submitted")}
        named: dict[str, Any] = {}
        for name, value in values.items():
            field = name if name in Claim.model_fields else other_name(name)
            if field not in named:
                named[field] = value
        return named

    def _from_rows(
        self, together: list[tuple[Row, dict[str, Any]]]
    ) -> Iterator[Submission | Problem]:
        """One claim from its rows, each of which is a service line."""
        if not together:
            return
        row = together[0][0]
        claim: dict[str, Any] = {}
        lines: list[dict[str, Any]] = []
        for place, (here, values) in enumerate(together, start=1):
            line: dict[str, Any] = {"line": place}
            above: dict[str, Any] = {}
            unknown = set()
            for name, value in values.items():
                if name in MODIFIER_COLUMNS:
                    line["modifiers"] = f"{line.get('modifiers') or ''} {value or ''}"
                elif name in ("claim_charge", "submitted"):
                    above[name] = value
                elif name in ServiceLine.model_fields and name not in OF_A_LINE:
                    line[name] = value
                elif name.startswith(LINE_PREFIX) and path_of(
                    ServiceLine, name.removeprefix(LINE_PREFIX)
                ):
                    line[name.removeprefix(LINE_PREFIX)] = value
                elif path_of(Claim, name):
                    above[name] = value
                else:
                    unknown.add(name)
            yield from self.known(here, set(here.values) - unknown)
            if place == 1:
                claim = above
            else:
                line |= _differing(claim, above)
            lines.append(line)
        rows = [here for here, _ in together]
        yield from self._whole(row, {**claim, "lines": lines}, rows)

    def _whole(
        self, row: Row, values: dict[str, Any], line_rows: Sequence[Row] | None = None
    ) -> Iterator[Submission | Problem]:
        """The submission of a claim whose lines stand under `lines`."""
        self.position += 1
        submitted = _day(values.pop("submitted", None)) or None
        total = values.pop("claim_charge", None)
        values.pop("source", None)
        ready_claim = ready(Claim, values)
        given = values["lines"]
        if isinstance(given, list | tuple):
            ready_claim["lines"] = lines = [
                _ready_line(place, one) for place, one in enumerate(given, start=1)
            ]
            if total:
                ready_claim["charge"] = _number(total)
            elif "charge" not in ready_claim:
                ready_claim["charge"] = _sum(lines)
        submission = {
            "claim": ready_claim,
            "submitted": submitted,
            "source": Source(file=self.file, digest=self.digest, position=self.position),
        }
        yield from self.build(Submission, row, submission, line_rows)


def _ready_line(place: int, given: Any) -> Any:
    """A service line's values with what may be left out filled in."""
    if not isinstance(given, Mapping):
        return given
    named: dict[str, Any] = {}
    for name, value in given.items():
        field = name if path_of(ServiceLine, name) else other_name(name)
        named.setdefault(field, value)
    line = {"line": place, **ready(ServiceLine, named)}
    if "service_from" in line:
        line.setdefault("service_to", line["service_from"])
    return line


def _differing(claim: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """What a later row says of its line because it differs from the claim's first row."""
    return {
        name: value
        for name, value in above.items()
        if value and value != claim.get(name) and name.replace(".", "_").startswith(OF_A_LINE)
    }


def _sum(lines: list[Any]) -> Any:
    try:
        return sum((Decimal(str(one["charge"])) for one in lines), Decimal(0))
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return Decimal(0)  # the line's own charge is complained of
