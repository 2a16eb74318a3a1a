"""A practice on disk: weekly files of what it holds, and the truth apart from them.

Shards of clients are stepped week by week, in as many processes as one likes; what they bring
forth is put together in the order of the shards, so the files do not depend on that number.
"""

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from claims.problem import ClaimwrightError
from data.synthetic.announcements import policy_files
from data.synthetic.billing import Billers
from data.synthetic.files import AUTHORIZATION_COLUMNS, BENEFIT_COLUMNS, header
from data.synthetic.hidden import Hidden
from data.synthetic.membership import monday
from data.synthetic.order import Order, clients_for
from data.synthetic.practice import Drawn
from data.synthetic.truth_tables import CLAIMS, LINES, NOTES
from data.synthetic.workers import Workers

__all__ = ["Order", "clients_for", "write_practice"]


def write_practice(order: Order, out: Path, processes: int = 1) -> dict[str, int]:
    """Writes a practice under `out`, which must be empty or absent.

    Returns how much of each kind was written. Raises ClaimwrightError where `out` is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise ClaimwrightError(f"{out}: not empty; name a new folder")
    if order.world.voices:
        order.scribe()  # what is wrong with somebody's own voices is told before a file is written
    for name in ("claims", "remittances", "notes", "authorizations", "benefits", "policies"):
        (out / name).mkdir(parents=True, exist_ok=True)
    truth = out / "truth"
    truth.mkdir()
    for name, text in policy_files(order.world, order.seed).items():
        (out / "policies" / name).write_text(text, encoding="utf-8")
    world = order.world.model_dump(mode="json", exclude_none=True)
    (truth / "world.yaml").write_text(
        yaml.safe_dump(world, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    counts = {"claims": 0, "lines": 0, "notes": 0, "remittances": 0}
    workers = Workers(order, processes)
    with (
        closing(workers),
        pq.ParquetWriter(truth / "lines.parquet", LINES) as lines,
        pq.ParquetWriter(truth / "claims.parquet", CLAIMS) as claims,
        pq.ParquetWriter(truth / "notes.parquet", NOTES) as notes,
    ):
        for week, files in workers.weeks(order.weeks):
            day = monday(order.world, week).isoformat()
            _put(out / "claims" / f"{day}.837", [one.claims for one in files])
            _put(out / "notes" / f"{day}.jsonl", [one.notes for one in files])
            _put(
                out / "authorizations" / f"{day}.csv",
                [one.authorizations for one in files],
                header(AUTHORIZATION_COLUMNS),
            )
            _put(
                out / "benefits" / f"{day}.csv",
                [one.benefits for one in files],
                header(BENEFIT_COLUMNS),
            )
            remitted: dict[tuple[str, str], list[bytes]] = {}
            for one in files:
                for key, content in one.remittances.items():
                    remitted.setdefault(key, []).append(content)
            for (paid, payer), contents in sorted(remitted.items()):
                _put(out / "remittances" / f"{paid}-{payer}.835", contents)
            counts["remittances"] += len(remitted)
            for kind, writer, tables in (
                ("lines", lines, [one.lines for one in files]),
                ("claims", claims, [one.claim_truths for one in files]),
                ("notes", notes, [one.note_truths for one in files]),
            ):
                table = pa.concat_tables(tables).combine_chunks()
                if table.num_rows:
                    writer.write_table(table)
                counts[kind] += table.num_rows
        drawn = workers.drawn()
    (truth / "parameters.json").write_text(
        json.dumps(_parameters(order, drawn), indent=1) + "\n", encoding="utf-8"
    )
    return counts


def _put(path: Path, parts: Sequence[bytes], head: bytes = b"") -> None:
    if any(parts):
        with path.open("wb") as file:
            file.write(head)
            file.writelines(parts)


def _parameters(order: Order, drawn: Drawn) -> dict[str, Any]:
    """Everything that the seed drew and nobody in the practice can know."""
    asked = {
        "clients": order.clients,
        "months": order.months,
        "seed": order.seed,
        "outcome_seed": order.outcome_seed,
    }
    return {
        "order": asked,
        **Hidden(order.world, order.seed).parameters(drawn.effects),
        "slips": Billers(order.world, order.people()).rates(order.weeks),
        "writers": dict(sorted(drawn.writers.items())),
    }
