"""pyx12's own validator and loop reader, asked about a file."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

import pytest
import pyx12.error_handler
import pyx12.map_if
import pyx12.params
import pyx12.x12context
import pyx12.x12n_document

from tests.claims.x12.listening import Listener

LOAD_MAP = pyx12.map_if.load_map_file


def complaints(content: bytes) -> list[str]:
    """What pyx12 says is wrong with a file; empty where it accepts it."""
    listener = Listener()
    logger = logging.getLogger("pyx12")
    logger.addHandler(listener)
    propagate, logger.propagate = logger.propagate, False
    try:
        with maps_kept():
            accepted = pyx12.x12n_document.x12n_document(
                pyx12.params.ParamsBase(), io.StringIO(content.decode()), None, None
            )
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagate
    if not accepted and not listener.messages:
        return ["not accepted"]
    return listener.messages


@contextmanager
def maps_kept() -> Iterator[None]:
    """Within it pyx12 parses each of its XML maps once: that is most of what it does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyx12.map_if, "load_map_file", lambda name, *_: _kept_map(name))
        yield


@lru_cache(maxsize=8)
def _kept_map(name: str) -> Any:
    return LOAD_MAP(name, pyx12.params.ParamsBase(), None)


def loops(content: str, most: int | None = None) -> list[dict[str, Any]]:
    """The first claims (837P) or claim payments (835) as pyx12's loop reader finds them."""
    # pyx12 has a map for X222A1 only; A2 is the same guide with later errata.
    with maps_kept():
        context = pyx12.x12context.X12ContextReader(
            pyx12.params.ParamsBase(),
            pyx12.error_handler.errh_null(),
            io.StringIO(content.replace("005010X222A2", "005010X222A1")),
        )
    remittance = "ST*835" in content
    name = "2100" if remittance else "2300"
    read = _payment if remittance else _claim
    with maps_kept():
        nodes = (node for node in context.iter_segments(name) if node.id == name)
        return [read(node) for node in islice(nodes, most)]


def _claim(node: Any) -> dict[str, Any]:
    return {
        "claim_id": node.get_value("CLM01"),
        "charge": _money(node.get_value("CLM02")),
        "lines": [
            (line.get_value("SV101-2"), _money(line.get_value("SV102")))
            for line in node.select("2400")
        ],
    }


def _payment(node: Any) -> dict[str, Any]:
    return {
        "claim_id": node.get_value("CLP01"),
        "charge": _money(node.get_value("CLP03")),
        "paid": _money(node.get_value("CLP04")),
        "adjustments": _adjustments(node),
        "lines": [
            (
                line.get_value("SVC01-2"),
                _money(line.get_value("SVC02")),
                _money(line.get_value("SVC03")),
                _adjustments(line),
            )
            for line in node.select("2110")
        ],
    }


def _adjustments(node: Any) -> list[tuple[str, str, Decimal]]:
    return [
        (cas.get_value("CAS01"), carc, _money(cas.get_value(f"CAS{place + 1:02}")))
        for cas in node.select("CAS")
        for place in range(2, 20, 3)
        if (carc := cas.get_value(f"CAS{place:02}"))
    ]


def _money(value: str | None) -> Decimal:
    return Decimal(value or 0).quantize(Decimal("0.01"))
