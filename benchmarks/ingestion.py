"""Ingestion into SQLite against parsing alone, and the bulk reads against bare sqlite3."""

import io
import sqlite3
import tempfile
from collections import deque
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks import batches
from benchmarks.row import Row, side_by_side
from claims.store import Store
from claims.store.engine import open_engine
from claims.x12.reader import read_x12

RUNS = 3
BARE_LINES = """
SELECT * FROM lines JOIN submissions USING (practice_id, submission_id)
WHERE practice_id = 'elm' AND known_on <= '9999-12-31' ORDER BY submission_id, lines.position
"""
BARE_OUTCOMES = """
SELECT m.submission_id, m.line_position, p.known_on, l.outcome, l.category, l.paid, l.allowed
FROM line_matches m JOIN line_payments l USING (practice_id, payment_id, position)
JOIN claim_payments p USING (practice_id, payment_id)
WHERE practice_id = 'elm' ORDER BY m.submission_id, m.line_position, p.known_on, payment_id
"""
FEW_COLUMNS = ("procedure", "payer_id", "rendering_npi", "submitted", "charge_cents", "known_on")


def parse(content: bytes) -> None:
    deque(read_x12(io.BytesIO(content), "batch"), maxlen=0)


def bare(path: Path, query: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(query).fetchall()


def run(size: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        return _run(size, Path(name))


def _run(size: int, folder: Path) -> list[Row]:
    sent, answered = folder / "2026-03-02.837", folder / "2026-03-16.835"
    sent.write_bytes(batches.batch(size))
    answered.write_bytes(batches.remittance(size))
    stores = []
    for number in range(RUNS):
        url = f"sqlite:///{folder}/{number}.db"
        open_engine(url).dispose()
        stores.append(Store.open(url, "elm", folder))
    rows = []
    for what, path in (("837P", sent), ("835, matched", answered)):
        number = count()
        alone, taken = side_by_side(
            partial(parse, path.read_bytes()),
            lambda path=path, number=number: stores[next(number)].ingest(path),
            times=RUNS,
        )
        rows.append(
            Row(f"{what} into SQLite", size / taken, size / alone, "parsing alone", "claims/s", 0.2)
        )
    store, database = stores[0], folder / "0.db"
    lines = 2 * size
    for what, query, read in (
        ("lines, every column", BARE_LINES, store.read_lines),
        ("lines, six columns", BARE_LINES, partial(store.read_lines, names=FEW_COLUMNS)),
        ("first final outcomes", BARE_OUTCOMES, store.read_outcomes),
    ):
        mine, peer = side_by_side(read, partial(bare, database, query))
        rows.append(Row(what, lines / mine, lines / peer, "sqlite3 as tuples", "lines/s"))
    mine, peer = side_by_side(
        lambda: deque(store.read_submissions(), maxlen=0), partial(parse, sent.read_bytes())
    )
    rows.append(Row("claims as domain values", size / mine, size / peer, "parsing", "claims/s"))
    for one in stores:
        one.close()
    return rows
