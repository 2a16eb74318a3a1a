"""Which reasons of denial each column can speak of: where the fit looks first."""

from functools import cache
from importlib.resources import files

import yaml

from claims.edits.registry import EDITS
from claims.finding import Category
from features.lines import CATEGORIES

AGAINST_NOTE: dict[str, Category] = {
    "coding.not_billable": "documentation",
    "coding.unsupported": "coding",
    "coding.unbilled": "coding",
}


@cache
def _named() -> dict[str, frozenset[str]]:
    text = files("training").joinpath("relevance.yaml").read_text(encoding="utf-8")
    named = {start: frozenset(reasons) for start, reasons in yaml.safe_load(text).items()}
    named |= {f"edit.{edit.id}": frozenset([edit.category]) for edit in EDITS}
    named |= {f"edit.{edit}": frozenset([category]) for edit, category in AGAINST_NOTE.items()}
    named |= {f"findings.{category}": frozenset([category]) for category in CATEGORIES}
    return named


@cache
def reasons_of_column(name: str) -> frozenset[str] | None:
    """Categories that a number column can speak of; None where it may speak of any.

    >>> sorted(reasons_of_column("note.completeness")), reasons_of_column("line.units")
    (['documentation', 'medical_necessity'], None)
    """
    _, _, rest = name.partition(".")
    for category in CATEGORIES:
        if rest == f"{category}_365":
            return frozenset([category])
    named = _named()
    fitting = [start for start in named if name.startswith(start)]
    return named[max(fitting, key=len)] if fitting else None
