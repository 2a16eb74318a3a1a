"""The small tables that every world shares: services, diagnoses, credentials, names."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Service(NamedTuple):
    """A procedure that the practice gives."""

    code: str
    timed: bool
    """By 15 minutes."""
    fee: float
    """What a payer with the multiple 1.0 allows for a unit, in dollars."""


class SyntheticDiagnosis(NamedTuple):
    """A diagnosis that clients of a discipline come with."""

    code: str
    group: str
    specified: bool
    mild: bool
    name: str
    """As a clinician would say it."""


class Credential(NamedTuple):
    """A licence and what may be done with it."""

    name: str
    discipline: str
    lead: bool
    """May render, and be billed, without a supervisor."""
    taxonomy: str
    physician: bool
    """May give medical visits."""


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def services() -> dict[str, Service]:
    """By code."""
    return {
        row["code"]: Service(row["code"], row["counted"] == "15", float(row["fee"]))
        for row in _rows("services.csv")
    }


@cache
def diagnoses() -> dict[str, tuple[SyntheticDiagnosis, ...]]:
    """By discipline."""
    found: dict[str, list[SyntheticDiagnosis]] = {}
    for row in _rows("diagnoses.csv"):
        found.setdefault(row["discipline"], []).append(
            SyntheticDiagnosis(
                row["code"].replace(".", ""),
                row["group"],
                row["specified"] == "1",
                row["mild"] == "1",
                row["name"],
            )
        )
    return {discipline: tuple(rows) for discipline, rows in found.items()}


@cache
def credentials() -> dict[str, Credential]:
    """By name."""
    return {
        row["credential"]: Credential(
            row["credential"],
            row["discipline"],
            row["role"] == "lead",
            row["taxonomy"],
            row["physician"] == "1",
        )
        for row in _rows("credentials.csv")
    }


@cache
def treatments() -> dict[tuple[str, str], dict[str, float]]:
    """Weights of the timed services, by discipline and group of diagnoses."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in _rows("treatments.csv"):
        weights = found.setdefault((row["discipline"], row["group"]), {})
        weights[row["code"]] = float(row["weight"])
    return found


@cache
def names(kind: str) -> tuple[str, ...]:
    """first_f, first_m, last or street: all invented."""
    return tuple(row["name"] for row in _rows("names.csv") if row["kind"] == kind)
