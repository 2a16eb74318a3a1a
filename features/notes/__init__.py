"""The treatment note's text, read: `read` gives its facts, `assess` what they lack for a payer."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.notes.assess import assess
    from features.notes.reader import read

__all__ = ["assess", "read"]


def __getattr__(name: str) -> Any:
    # The phrase lists and the tokenizer are loaded when the first note is read, not before.
    if name == "read":
        from features.notes.reader import read

        return read
    if name == "assess":
        from features.notes.assess import assess

        return assess
    raise AttributeError(name)
