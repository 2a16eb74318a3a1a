"""Rows of CSV and JSON files turned into domain records, whose field names are the columns."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from claims.cells import path_of, ready
from claims.problem import Problem, Severity
from claims.record import Record, locations
from claims.rows import Row

RECORD = TypeVar("RECORD", bound=Record)


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
