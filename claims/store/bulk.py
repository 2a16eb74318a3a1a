"""Many rows at once, past the ORM: into a table by the driver's fastest way, out as columns."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ARRAY, ColumnElement, Connection, Select, Table, any_, literal, text

LISTED = text("SELECT value FROM json_each(:listed)")
Row = tuple[Any, ...]
Array = npt.NDArray[Any]
Columns = dict[str, Array]


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Writes rows whose values stand in the order of the table's columns."""
    if not rows:
        return
    names = [column.name for column in table.columns]
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" * len(names))
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})",  # noqa: S608
        [tuple(map(_plain, row)) for row in rows],
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if type(value) is date else value


def among(connection: Connection, column: ColumnElement[Any], values: Iterable[Any]) -> Any:
    """Whether a column's value is one of these, however many: one statement, one parameter."""
    listed = list(values)
    if connection.dialect.name == "postgresql":
        return column == any_(literal(listed, ARRAY(column.type)))
    return column.in_(LISTED.bindparams(listed=json.dumps(listed)).columns(value=column.type))


def columns(connection: Connection, query: Select[Any]) -> Columns:
    """A query's answer as one array a column, in the query's order.

    Whole numbers become int64 (float64 with NaN where a value is missing), days datetime64[D]
    (NaT), flags bool, text an array of str objects ('' where missing).
    """
    described = query.selected_columns
    answer = connection.execute(query)
    cursor = answer.cursor
    # What the driver gives, past SQLAlchemy's own types: days become numpy's in one go.
    rows = cursor.fetchall() if cursor is not None else []
    answer.close()
    by_column: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(described)
    return {
        column.name: _array(values, column.type.python_type)
        for column, values in zip(described, by_column, strict=True)
    }


def _array(values: Sequence[Any], kind: type) -> Array:
    if kind is date:
        return _days(values)
    if kind is int:
        try:
            return np.array(values, dtype=np.int64)
        except TypeError:
            return np.array(values, dtype=np.float64)
    if kind is float:
        return np.array(values, dtype=np.float64)
    if kind is bool:
        return np.array(values, dtype=bool)
    filled = np.empty(len(values), dtype=object)
    filled[:] = ["" if value is None else value for value in values]
    return filled


def _days(values: Sequence[Any]) -> Array:
    """Days as SQLite gives them, as text, or as PostgreSQL does, as dates."""
    if None in values or (values and isinstance(values[0], date)):
        # numpy reads ISO text fifteen times faster than it does dates.
        values = [
            "NaT" if value is None else value if isinstance(value, str) else value.isoformat()
            for value in values
        ]
    return np.array(values, dtype="datetime64[D]")


def chunks(values: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    """The values, `size` at a time."""
    return (values[start : start + size] for start in range(0, len(values), size))
