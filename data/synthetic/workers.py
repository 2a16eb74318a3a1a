"""The shards of a practice stepped together, here or in processes of their own."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from claims.problem import ClaimwrightError
from data.synthetic.files import Files, Writer
from data.synthetic.hidden import EffectKey
from data.synthetic.order import Order
from data.synthetic.practice import Drawn


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
            with suppress(ConnectionError):  # `finish` tells of a process that broke off
                pipe.send(self.asked)

    def finish(self) -> list[Files]:
        """That week of every shard, in the order of the shards."""
        if self.here:
            return [one.step(*self.asked) for one in self.here]
        found: list[Files | None] = [None] * self.count
        for first, pipe in enumerate(self.pipes):
            mine = range(first, self.count, self.processes)
            for index, files in zip(mine, _received(pipe), strict=True):
                found[index] = files
        return [files for files in found if files is not None]

    def drawn(self) -> Drawn:
        """What the seed has drawn for any shard. Nothing can be asked for after that."""
        if self.here:
            return _together(one.shard.drawn for one in self.here)
        for pipe in self.pipes:
            pipe.send(None)
        return _together(_received(pipe) for pipe in self.pipes)

    def close(self) -> None:
        """Ends the processes."""
        for pipe in self.pipes:
            pipe.close()
        for process in self.running:
            process.join(10)

    def weeks(self, count: int) -> Iterator[tuple[int, list[Files]]]:
        """Each week with what every shard brings forth, until the last answer has come.

        count: of weekly batches. While a week is written, the next one is being worked on.
        """
        first_remitted: dict[str, date] = {}
        week, more = 0, True
        self.begin(week, first_remitted)
        while more:
            files = self.finish()
            for one in files:
                for change, day in one.first_remitted.items():
                    first_remitted[change] = min(first_remitted.get(change, day), day)
            more = week + 1 < count or not all(one.done for one in files)
            if more:
                self.begin(week + 1, dict(first_remitted))
            yield week, files
            week += 1


def _together(drawn: Iterable[Drawn]) -> Drawn:
    effects: set[EffectKey] = set()
    writers: dict[str, dict[str, Any]] = {}
    for one in drawn:
        effects |= one.effects
        writers |= one.writers
    return Drawn(effects, writers)


def _received(pipe: Connection) -> Any:
    """What a process sends; what it has to complain of is raised here."""
    try:
        found = pipe.recv()
    except (EOFError, ConnectionError):
        raise ClaimwrightError("a process of the synthetic practice broke off") from None
    if isinstance(found, ClaimwrightError):
        raise found
    return found


def _work(pipe: Connection, order: Order, mine: list[int]) -> None:
    with suppress(EOFError, ConnectionError):  # the other side has ended
        try:
            shared = order.people(), order.scribe()
            writers = [Writer(order, *shared, index) for index in mine]
            while (message := pipe.recv()) is not None:
                week, first_remitted = message
                pipe.send([one.step(week, first_remitted) for one in writers])
            pipe.send(_together(one.shard.drawn for one in writers))
        except ClaimwrightError as error:
            pipe.send(error)
