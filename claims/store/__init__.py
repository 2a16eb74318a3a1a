"""What the practice sent, wrote and received: `Store.open` is the one place that opens it."""

from claims.store.ingest import FileReport
from claims.store.reads import Sending
from claims.store.store import LineScore, Store

__all__ = ["FileReport", "LineScore", "Sending", "Store"]
