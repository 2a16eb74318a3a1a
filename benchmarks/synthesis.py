"""How fast a practice is written, and in how much memory, by size.

`python -m benchmarks.synthesis [LINES ...] [--processes N]` writes practices of so many service
lines into a temporary folder and prints claims (each with its note) a second, the seconds of
processor time each thousand claims took, and the peak memory of the largest process.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from data.synthetic.folder import Order, clients_for, write_practice
from data.synthetic.world import load_world


def seconds_of_processors() -> float:
    mine, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def megabytes() -> float:
    return (
        max(
            resource.getrusage(who).ru_maxrss
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        / 1024
    )


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--months", type=float, default=12)
    asked = parser.parse_args(arguments)
    world = load_world()
    print(f"{'lines':>9} {'claims':>9} {'seconds':>8} {'claims/s':>9} {'cpu s/1000':>10} {'MB':>6}")
    for lines in asked.lines:
        clients = clients_for(world, lines, asked.months, 1)
        with tempfile.TemporaryDirectory() as folder:
            before, begun = seconds_of_processors(), time.perf_counter()
            order = Order(world, clients, asked.months, 1, 1)
            counts = write_practice(order, Path(folder) / "out", asked.processes)
            taken = time.perf_counter() - begun
            used = seconds_of_processors() - before
        claims = counts["claims"]
        print(
            f"{counts['lines']:9} {claims:9} {taken:8.1f} {claims / taken:9.0f} "
            f"{1000 * used / claims:10.2f} {megabytes():6.0f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
