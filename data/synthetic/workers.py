"""The shards of a practice, one after the other, here or in processes of their own.

Memory holds one shard for each process: what a shard in another process brings forth lies in a
file of its own until its turn has come.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from struct import Struct
from typing import Any

from claims.problem import ClaimwrightError
from data.synthetic.files import Writer
from data.synthetic.hidden import EffectKey
from data.synthetic.order import Order
from data.synthetic.practice import Drawn

Part = tuple[str, bytes]
"""The name of a file, and what a shard adds to it."""
LENGTHS = Struct("<II")


class Workers:
    """Every shard's parts, in the order of the shards.

    apart: an empty folder for what other processes bring forth.
    """

    def __init__(self, order: Order, processes: int, apart: Path) -> None:
        self.order, self.apart = order, apart
        self.processes = max(1, min(processes, order.shards))
        self.pipes: list[Connection] = []
        self.running: list[Any] = []
        self._drawn: list[Drawn] = []
        if self.processes == 1:
            return
        context = get_context("spawn")
        for first in range(self.processes):
            near, far = context.Pipe()
            mine = list(range(first, order.shards, self.processes))
            process = context.Process(target=_work, args=(far, order, mine, apart), daemon=True)
            process.start()
            far.close()
            self.pipes.append(near)
            self.running.append(process)

    def parts(self) -> Iterator[Part]:
        """Of all shards, whatever the number of processes."""
        if not self.pipes:
            shared = self.order.people(), self.order.scribe()
            for index in range(self.order.shards):
                writer = Writer(self.order, *shared, index)
                yield from writer.parts(self.order.weeks)
                self._drawn = [_together([*self._drawn, writer.shard.drawn])]
            return
        for index in range(self.order.shards):
            path: Path = _received(self.pipes[index % self.processes])
            yield from _read(path)
            path.unlink()
        self._drawn = [_received(pipe) for pipe in self.pipes]

    def drawn(self) -> Drawn:
        """What the seed has drawn for any shard, once all parts are taken."""
        return _together(self._drawn)

    def close(self) -> None:
        """Ends the processes."""
        for pipe in self.pipes:
            pipe.close()
        for process in self.running:
            process.join(10)


def _together(drawn: Iterable[Drawn]) -> Drawn:
    effects: set[EffectKey] = set()
    writers: dict[str, dict[str, Any]] = {}
    felt: dict[str, date] = {}
    for one in drawn:
        effects |= one.effects
        writers |= one.writers
        for change, day in one.felt.items():
            felt[change] = min(felt.get(change, day), day)
    return Drawn(effects, writers, felt)


def _received(pipe: Connection) -> Any:
    """What a process sends; what it has to complain of is raised here."""
    try:
        found = pipe.recv()
    except (EOFError, ConnectionError):
        raise ClaimwrightError("a process of the synthetic practice broke off") from None
    if isinstance(found, ClaimwrightError):
        raise found
    return found


def _read(path: Path) -> Iterator[Part]:
    with path.open("rb") as file:
        while head := file.read(LENGTHS.size):
            name, content = LENGTHS.unpack(head)
            yield file.read(name).decode(), file.read(content)


def _work(pipe: Connection, order: Order, mine: list[int], apart: Path) -> None:
    with suppress(EOFError, ConnectionError):  # the other side has ended
        try:
            shared = order.people(), order.scribe()
            drawn: list[Drawn] = []
            for index in mine:
                writer = Writer(order, *shared, index)
                path = apart / f"{index}.part"
                with path.open("wb") as file:
                    for name, content in writer.parts(order.weeks):
                        file.write(LENGTHS.pack(len(name.encode()), len(content)))
                        file.write(name.encode() + content)
                drawn = [_together([*drawn, writer.shard.drawn])]
                pipe.send(path)
            pipe.send(_together(drawn))
        except ClaimwrightError as error:
            pipe.send(error)
