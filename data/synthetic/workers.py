"""The shards of a practice stepped together, here or in processes of their own."""

from collections.abc import Iterator
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from claims.problem import ClaimwrightError
from data.synthetic.files import Files, Writer
from data.synthetic.order import Order


class Workers:
    """Shards, here or in processes of their own, stepped together."""

    def __init__(self, order: Order, processes: int) -> None:
        self.count = order.shards
        self.processes = max(1, min(processes, self.count))
        self.here: list[Writer] = []
        self.pipes: list[Connection] = []
        self.running: list[Any] = []
        self.asked: tuple[int, dict[str, date]] = (0, {})
        if self.processes == 1:
            shared = order.people(), order.scribe()
            self.here = [Writer(order, *shared, index) for index in range(self.count)]
            return
        context = get_context("spawn")
        for first in range(self.processes):
            near, far = context.Pipe()
            mine = list(range(first, self.count, self.processes))
            process = context.Process(target=_work, args=(far, order, mine), daemon=True)
            process.start()
            far.close()
            self.pipes.append(near)
            self.running.append(process)

    def begin(self, week: int, first_remitted: dict[str, date]) -> None:
        """Sets every shard to work on a week."""
        self.asked = week, first_remitted
        for pipe in self.pipes:
            pipe.send(self.asked)

    def finish(self) -> list[Files]:
        """That week of every shard, in the order of the shards."""
        if self.here:
            return [one.step(*self.asked) for one in self.here]
        found: list[Files | None] = [None] * self.count
        for first, pipe in enumerate(self.pipes):
            try:
                answers = pipe.recv()
            except EOFError:
                raise ClaimwrightError("a process of the synthetic practice broke off") from None
            for index, files in zip(range(first, self.count, self.processes), answers, strict=True):
                found[index] = files
        return [files for files in found if files is not None]

    def close(self) -> None:
        """Ends the processes."""
        for pipe in self.pipes:
            pipe.send(None)
            pipe.close()
        for process in self.running:
            process.join(10)


def _work(pipe: Connection, order: Order, mine: list[int]) -> None:
    shared = order.people(), order.scribe()
    writers = [Writer(order, *shared, index) for index in mine]
    while (message := pipe.recv()) is not None:
        week, first_remitted = message
        pipe.send([one.step(week, first_remitted) for one in writers])


def weeks(order: Order, processes: int) -> Iterator[tuple[int, list[Files]]]:
    """Each week with what every shard brings forth, until the last answer has come.

    While a week is written, the next one is being worked on.
    """
    workers = Workers(order, processes)
    first_remitted: dict[str, date] = {}
    try:
        week, more = 0, True
        workers.begin(week, first_remitted)
        while more:
            files = workers.finish()
            for one in files:
                for change, day in one.first_remitted.items():
                    first_remitted[change] = min(first_remitted.get(change, day), day)
            more = week + 1 < order.weeks or not all(one.done for one in files)
            if more:
                workers.begin(week + 1, dict(first_remitted))
            yield week, files
            week += 1
    finally:
        workers.close()
