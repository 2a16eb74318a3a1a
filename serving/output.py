"""How every verb says what it found: a table, or JSON lines; problems on standard error."""

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TypeVar

import typer

from claims.problem import Problem, Severity

THING = TypeVar("THING")


class Format(StrEnum):
    """What `--format` takes."""

    TABLE = "table"
    JSON = "json"


class Problems:
    """Says each problem on standard error as it comes, and remembers whether one lost a record."""

    def __init__(self) -> None:
        self.lost = False

    def tell(self, problem: Problem) -> None:
        """One line on standard error."""
        self.lost = self.lost or problem.severity is Severity.ERROR
        typer.echo(str(problem), err=True)

    def aside(self, items: Iterable[THING | Problem]) -> Iterator[THING]:
        """What is no problem, in order; the problems are told on the way."""
        for item in items:
            if isinstance(item, Problem):
                self.tell(item)
            else:
                yield item

    def leave(self) -> None:
        """Ends the command with exit status 1 where the input was bad."""
        if self.lost:
            sys.stdout.flush()
            raise typer.Exit(1)
