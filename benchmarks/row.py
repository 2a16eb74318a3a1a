"""One line of what a benchmark found."""

import time
from collections.abc import Callable
from typing import NamedTuple


class Row(NamedTuple):
    """A figure of ours beside a peer's, measured in the same run."""

    what: str
    ours: float
    peer: float
    against: str
    """Who the peer is."""
    unit: str
    aim: float | None = None
    """What the ratio, ours by the peer's, should be at least; negative: at most."""

    def cells(self) -> tuple[str, str, str, str, str]:
        """As the table shows it."""
        ratio = self.ours / self.peer
        if self.aim is None:
            aim = ""
        elif self.aim < 0:
            aim = f"<= {-self.aim:g} {'met' if ratio <= -self.aim else 'MISSED'}"
        else:
            aim = f">= {self.aim:g} {'met' if ratio >= self.aim else 'MISSED'}"
        shown = [f"{figure:,.{0 if figure >= 100 else 2}f} {self.unit}" for figure in self[1:3]]
        return shown[0], shown[1], self.against, f"{ratio:.2f}", aim


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of several runs, in seconds of this process alone: others do not count."""
    return side_by_side(work, times=times)[0]


def side_by_side(*works: Callable[[], object], times: int = 3) -> list[float]:
    """The shortest run of each, run in turns, so that a busy moment meets all of them.

    Seconds of processor time: what runs beside this process does not count.
    """
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, runs in zip(works, taken, strict=True):
            begun = time.process_time()
            work()
            runs.append(time.process_time() - begun)
    return [min(runs) for runs in taken]
