"""`python -m benchmarks --size N [NAME...]`: every benchmark, its peers in the same run."""

import argparse
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Protocol, cast

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.row import Row


class Benchmark(Protocol):
    """A module of this package that measures something."""

    def run(self, size: int) -> list[Row]:
        """Its figures at that size."""


def found(names: list[str]) -> Iterator[tuple[str, Benchmark]]:
    """The modules that have `run`, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(benchmarks.__path__), key=lambda one: one.name):
        if module.name == "__main__" or (names and module.name not in names):
            continue
        loaded = importlib.import_module(f"benchmarks.{module.name}")
        if hasattr(loaded, "run"):
            yield module.name, cast(Benchmark, loaded)


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="claims (default 10,000)")
    parser.add_argument("names", nargs="*", help="benchmarks to run; all where none is named")
    arguments = parser.parse_args()
    table = Table("What", "Ours", "Peer", "", "Ratio", "Aim", title=f"{arguments.size:,} claims")
    for column in (1, 2, 4, 5):
        table.columns[column].justify = "right"
    for name, benchmark in found(arguments.names):
        for row in benchmark.run(arguments.size):
            table.add_row(f"{name}: {row.what}", *row.cells())
        table.add_section()
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
