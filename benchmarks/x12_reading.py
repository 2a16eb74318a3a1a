"""Reading X12 into domain records, against pyx12's bare segment pass and its loop reader."""

import io
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import pyx12.error_handler
import pyx12.params
import pyx12.x12context
import pyx12.x12file

from benchmarks import batches
from benchmarks.row import Row, side_by_side
from claims.claim import Claim
from claims.outcome import outcomes
from claims.x12.reader import read_x12
from claims.x12.write837 import ClaimBatch, stream_claims

LOOPS_SIZE = 300
"""pyx12's loop reader is slow; both are measured on so many claims."""
PEAK = """
import sys
from collections import deque
from pathlib import Path
from claims.x12.reader import read_x12
with open(sys.argv[1], "rb") as file:
    deque(read_x12(file, "batch"), maxlen=0)
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


def exhaust(items: Iterable[object]) -> None:
    deque(items, maxlen=0)


def ours(content: bytes) -> None:
    exhaust(read_x12(io.BytesIO(content), "batch"))


def bare(content: bytes) -> None:
    exhaust(pyx12.x12file.X12Reader(io.StringIO(content.decode())))


def loops(content: bytes, name: str) -> None:
    context = pyx12.x12context.X12ContextReader(
        pyx12.params.ParamsBase(),
        pyx12.error_handler.errh_null(),
        io.StringIO(content.decode()),
    )
    exhaust(context.iter_segments(name))


def judged(content: bytes) -> None:
    exhaust(outcomes(read_x12(io.BytesIO(content), "batch")))


def written(claims: Sequence[Claim]) -> None:
    exhaust(stream_claims([ClaimBatch("0001", batches.DAY, claims)], batches.ENVELOPE))


def peak(content: bytes) -> float:
    """Megabytes that a process of its own needs to read it (Linux)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "batch.x12"
        path.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True
        )
    return int(done.stdout) / 1024


def run(size: int) -> list[Row]:
    rows = []
    for kind, make, loop in (
        ("837P", batches.batch, "2300"),
        ("835", batches.remittance, "2100"),
    ):
        content, few = make(size), make(LOOPS_SIZE)
        mine, peer = side_by_side(partial(ours, content), partial(bare, content))
        rows.append(
            Row(f"{kind} read", size / mine, size / peer, "pyx12 X12Reader", "claims/s", 0.5)
        )
        mine, peer = side_by_side(partial(ours, few), partial(loops, few, loop))
        rows.append(
            Row(
                f"{kind} read, {LOOPS_SIZE}",
                LOOPS_SIZE / mine,
                LOOPS_SIZE / peer,
                "pyx12 loop reader",
                "claims/s",
                10,
            )
        )
        memory = f"{kind} peak memory, {size:,}"
        quarter = size // 4
        rows.append(
            Row(memory, peak(content), peak(make(quarter)), f"{quarter:,} claims", "MB", -1.1)
        )
    reading, judging = side_by_side(partial(ours, content), partial(judged, content))
    rows.append(
        Row("835 read to outcomes", size / judging, size / reading, "reading alone", "claims/s")
    )
    made = list(batches.claims(size))
    batch = batches.batch(size)
    writing, reading = side_by_side(partial(written, made), partial(ours, batch))
    rows.append(Row("837P written", size / writing, size / reading, "reading it", "claims/s"))
    return rows
