"""A practice on disk: weekly files of what it holds, and the truth apart from them.

Shards of clients are worked through one after the other, in as many processes as one likes; what
each brings forth is added to the weekly files in the order of the shards, so the files do not
depend on that number, nor does memory on the size of the practice.
"""

import json
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from claims.problem import ClaimwrightError
from data.synthetic.announcements import policy_files
from data.synthetic.billing import Billers
from data.synthetic.files import AUTHORIZATION_COLUMNS, BENEFIT_COLUMNS, header
from data.synthetic.hidden import Hidden
from data.synthetic.order import Order, clients_for
from data.synthetic.practice import Drawn
from data.synthetic.rows import settled_doubts
from data.synthetic.truth_tables import CLAIMS, DRAFT, LINES, NOTES
from data.synthetic.workers import Workers

HEADS = {"authorizations": header(AUTHORIZATION_COLUMNS), "benefits": header(BENEFIT_COLUMNS)}
"""What a new file of a folder begins with."""
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
        yaml.dump(world, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True),
        encoding="utf-8",
    )
    counts = {"claims": 0, "lines": 0, "notes": 0, "remittances": 0}
    draft = truth / "lines.draft"
    with TemporaryDirectory(dir=truth) as apart:
        workers = Workers(order, processes, Path(apart))
        with (
            closing(workers),
            pq.ParquetWriter(draft, DRAFT) as lines,
            pq.ParquetWriter(truth / "claims.parquet", CLAIMS) as claims,
            pq.ParquetWriter(truth / "notes.parquet", NOTES) as notes,
        ):
            tables = {"lines": lines, "claims": claims, "notes": notes}
            for name, content in workers.parts():
                folder, _, kind = name.partition("/")
                if folder == "truth":
                    table = pa.ipc.open_stream(content).read_all()
                    if table.num_rows:
                        tables[kind].write_table(table)
                    counts[kind] += table.num_rows
                elif content:
                    counts["remittances"] += _put(out, name, content) * (folder == "remittances")
            drawn = workers.drawn()
    _settle(draft, truth / "lines.parquet", drawn.felt)
    (truth / "parameters.json").write_text(
        json.dumps(_parameters(order, drawn), indent=1) + "\n", encoding="utf-8"
    )
    return counts


def _put(out: Path, name: str, content: bytes) -> bool:
    """Adds to a file, and begins it where there is none yet; whether that was so."""
    path = out / name
    new = not path.exists()
    with path.open("ab") as file:
        if new:
            file.write(HEADS.get(name.partition("/")[0], b""))
        file.write(content)
    return new


def _settle(draft: Path, final: Path, felt: dict[str, date]) -> None:
    """The table of lines, now that it is known when the practice first felt each change."""
    file = pq.ParquetFile(draft)
    with pq.ParquetWriter(final, LINES) as writer:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            doubt = table.column("doubt").to_pylist()
            flags = table.column("unannounced").to_pylist()
            submitted = table.column("submitted").to_pylist()
            open_ones = [place for place, one in enumerate(doubt) if one]
            told = settled_doubts([(submitted[i], doubt[i]) for i in open_ones], felt)
            for place, flag in zip(open_ones, told, strict=True):
                flags[place] = flag
            place = table.schema.get_field_index("unannounced")
            table = table.drop_columns("doubt").set_column(
                place, LINES.field("unannounced"), pa.array(flags, pa.int8())
            )
            writer.write_table(table)
    draft.unlink()


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
