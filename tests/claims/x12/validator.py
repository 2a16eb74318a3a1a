"""pyx12's own validator and loop reader, asked about a file."""

import io
import logging

import pyx12.params
import pyx12.x12n_document

from tests.claims.x12.listening import Listener


def complaints(content: bytes) -> list[str]:
    """What pyx12 says is wrong with a file; empty where it accepts it."""
    listener = Listener()
    logger = logging.getLogger("pyx12")
    logger.addHandler(listener)
    propagate, logger.propagate = logger.propagate, False
    try:
        accepted = pyx12.x12n_document.x12n_document(
            pyx12.params.ParamsBase(), io.StringIO(content.decode()), None, None
        )
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagate
    if not accepted and not listener.messages:
        return ["not accepted"]
    return listener.messages
