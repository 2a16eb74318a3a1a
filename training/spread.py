"""How far the weights of the additive part lie apart before anything is seen, and around what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.course import CHAIN, CHAINED
from features.lines import CATEGORIES
from models.additive import BEHIND_REVIEW, EDIT, RATES, REVIEW
from models.denial import REASONS
from models.scopes import PayerChange
from training.relevance import reasons_of_column

Floats = NDArray[np.float64]
COLUMNS = (*range(len(CATEGORIES)), REVIEW)
"""Of the weights: each reason, then review."""


@dataclass(frozen=True)
class Spread:
    """Standard deviations of weights before anything is seen, in log odds for one standard
    deviation of a number, and for a word."""

    own: float = 0.2
    """Of numbers that speak of the reason (`training.relevance`)."""
    any: float = 0.05
    """Of numbers that may speak of any."""
    other: float = 0.02
    """Of numbers that speak of other reasons."""
    payer_own: float = 0.07
    """Of what one payer makes otherwise of a number that speaks of the reason."""
    payer_any: float = 0.01
    """The same of all other numbers."""
    edit: float = 0.6
    """Of a finding on its own reason, for a step of severity; it lies around `SEVERITY_TELLS`."""
    payer_edit: float = 0.3
    """Of what one payer makes otherwise of it."""
    words: float = 0.1
    """Of words' weights on reasons."""
    writer: float = 0.3
    """Of who wrote on what a payer finds in the note: each writes in an own way, and is misread in
    an own way."""
    rarest: int = 8
    """Lines that a word must occur on to have a weight."""
    payers: int = 40
    """Payers, the commonest, that have weights of their own."""
    reason: tuple[float, float] = (-6.0, 1.0)
    """Log odds of a reason against being paid on a usual line: middle and spread."""
    vague: float = 0.1
    """Share of a reason's denials that payers leave unnamed, before any is seen."""
    vague_strength: float = 10.0
    """Denials that the wider habit counts for."""
    review: tuple[float, float] = (-1.5, 0.7)
    """Log odds that a payer looks at a claim's record: middle and spread."""
    review_words: float = 0.3
    """Of words' weights on being looked at, of who and what payers choose by (LOOKED_AT)."""
    review_other: float = 0.05
    """Of all other words'."""
    rates: float = 0.3
    """By how much narrower the weights of rates of denial for whatever reason are than others: they
    follow all that comes and goes, and what went lies in them for a year."""
    change: float = 3.0
    """Of a payer's change on the reason that it was seen to give: wide, the answers decide."""
    change_other: float = 0.5
    """Of it on the other reasons."""
    turns: int = 2
    """Times that the spreads of kinds of weights are learned from what the weights came to."""
    kind_strength: float = 10.0
    """Weights that the spreads given here count for in that."""
    kind_range: tuple[float, float] = (0.1, 3.0)
    """Least and most by which a spread is multiplied at a time."""
    iterations: int = 200
    precise: float = 1e-5
    """Relative gain at which the search for weights ends."""

    def around_a_prior(self) -> "Spread":
        """Narrower: what other practices taught is nearer the truth than nothing is."""
        return replace(self, own=0.6 * self.own, any=0.6 * self.any, other=0.7 * self.other)

    def of_changes(self, changes: Sequence[PayerChange]) -> Floats:
        """(changes, COLUMNS): the spread of each change's weights."""
        spread = np.full((len(changes), len(COLUMNS)), self.change_other)
        for row, change in enumerate(changes):
            if change.category in CATEGORIES:
                spread[row, REASONS.index(change.category)] = self.change
        return spread

    def of_words(self, crosses: Sequence[tuple[str, ...]]) -> Floats:
        """(crosses, COLUMNS): the spread of the weights of each combination's words."""
        looked = [
            self.review_words if cross in LOOKED_AT else self.review_other for cross in crosses
        ]
        found = np.full((len(crosses), len(COLUMNS)), self.words)
        found[[cross in WROTE for cross in crosses], BEHIND_REVIEW] = self.writer
        found[:, COLUMNS.index(REVIEW)] = looked
        return found

    def of(self, names: Sequence[str], scale: Floats, by_payer: bool = False) -> Floats:
        """(names, COLUMNS): the spread of each weight. scale: of each name's column."""
        own, any_, other = (
            (self.payer_own, self.payer_any, self.payer_any)
            if by_payer
            else (self.own, self.any, self.other)
        )
        spread = np.full((len(names), len(COLUMNS)), any_)
        for row, name in enumerate(names):
            told = reasons_of_column(name)
            if _of_time(name):
                spread[row] = TIME_SPREAD
            elif RATES in name:
                spread[row] = self.rates * any_
            elif name in SAID_BY_CHAIN:
                spread[row] = other
            elif told is not None:
                here = own
                if name.startswith(EDIT):
                    here = (self.payer_edit if by_payer else self.edit) * scale[row]
                elif name.endswith(CHAIN):
                    here = CHAIN_SPREAD * scale[row]
                spread[row] = [
                    here if one != REVIEW and REASONS[one] in told else other for one in COLUMNS
                ]
        return spread


LOOKED_AT = frozenset(
    {
        ("payer",), ("plan",), ("provider",), ("procedure",), ("taxonomy",), ("payer", "provider"),
        ("payer", "procedure"), ("payer", "taxonomy"), ("payer", "credential"), ("writer",),
        ("payer", "writer"), ("first",), ("payer", "first"),
    }
)  # fmt: skip
"""By whom and by what payers choose claims to look at: who treats and writes, and which code is
billed."""
WROTE = frozenset([("writer",), ("provider",)])
"""Who wrote the note, as nearly as is known."""
SEVERITY_TELLS = 1.2
"""Log odds that a finding adds to its own reason before anything is seen, for a step of
severity: an error will be denied as it stands, says the edit that made it."""
SAID_BY_CHAIN = frozenset(
    [
        "edit.eligibility.coverage_ended",
        "edit.coordination_of_benefits.other_first",
        "edit.benefit_limit.exhausted",
        "edit.benefit_limit.policy",
    ]
    + [f"findings.{name}" for name in CHAINED]
    + [f"client.{name}_{what}" for name in CHAINED for what in ("days", "open", "365", "year")]
)
"""Columns made of the answers that a chain weighs: they say again what it says."""
CHAIN_TELLS = 1.0
"""Their weight on it before anything is seen."""
CHAIN_SPREAD = 0.03
"""How far it lies from that: the chain's rates are assumed."""


TIME_SPREAD = 0.002
"""Of numbers that hardly differ between lines of one day and grow or fall from week to week: how
much was answered and is still open, the whole practice's rates, how long a payer is known. Weighed
like others they would carry on last year's trend."""


def _of_time(name: str) -> bool:
    return (
        name.startswith(("all.", "payer.first_days", "payer_code.first_days"))
        or ".answered_" in name
        or name.endswith(".outstanding")
    )


def told_by_meaning(names: Sequence[str], scale: Floats) -> Floats:
    """(names, COLUMNS): what findings and chains say of their weights. scale: of each column."""
    told = np.zeros((len(names), len(COLUMNS)))
    for row, name in enumerate(names):
        if name in SAID_BY_CHAIN:
            continue
        tells = SEVERITY_TELLS if name.startswith(EDIT) else CHAIN_TELLS
        if name.startswith(EDIT) or name.endswith(CHAIN):
            own = reasons_of_column(name) or frozenset()
            told[row] = [
                tells * scale[row] if one != REVIEW and REASONS[one] in own else 0.0
                for one in COLUMNS
            ]
    return told
