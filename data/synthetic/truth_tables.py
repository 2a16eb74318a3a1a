"""The tables under truth/: what an evaluation may read, and nobody else."""

from typing import Any, get_args

import pyarrow as pa

from claims.finding import Category

CATEGORIES: tuple[str, ...] = (*get_args(Category), "unnamed")

LINES = pa.schema(
    [
        ("claim_id", pa.string()),
        ("line", pa.int64()),
        ("client", pa.string()),
        ("payer", pa.string()),
        ("plan", pa.string()),
        ("provider", pa.string()),
        ("procedure", pa.string()),
        ("date_of_service", pa.string()),
        ("submitted", pa.string()),
        ("charge", pa.float64()),
        ("allowed", pa.float64()),
        ("probability", pa.float64()),
        *((f"probability_{name}", pa.float64()) for name in CATEGORIES),
        ("denied", pa.int8()),
        ("outcome", pa.string()),
        ("category", pa.string()),
        ("settled", pa.string()),
        ("slips", pa.string()),
        ("supported", pa.string()),
        ("unannounced", pa.int8()),
        ("change", pa.string()),
    ]
)
DRAFT = LINES.append(pa.field("doubt", pa.string()))
"""Lines of which `unannounced` hangs on what other shards have felt."""
CLAIMS = pa.schema(
    [
        ("claim_id", pa.string()),
        ("submitted", pa.string()),
        ("client", pa.string()),
        ("probability", pa.float64()),
        ("allowed", pa.float64()),
        ("expected_denied", pa.float64()),
        ("denied", pa.int8()),
    ]
)
NOTES = pa.schema(
    [
        ("id", pa.string()),
        ("writer", pa.string()),
        ("held_out", pa.bool_()),
        ("minutes", pa.int64()),
        ("start", pa.string()),
        ("stop", pa.string()),
        ("billable", pa.bool_()),
        ("codes", pa.string()),
        ("elements", pa.string()),
    ]
)


def columns(found: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table; categories' probabilities that are absent are zero."""
    table: dict[str, list[Any]] = {}
    for name in schema.names:
        if name.startswith("probability_"):
            key = name.removeprefix("probability_")
            table[name] = [row["named"].get(key, 0.0) for row in found]
        else:
            table[name] = [row[name] for row in found]
    return pa.table(table, schema=schema)
