"""Answered lines as drift looks at them: who was billed for what, what came of it, how old it is.

Young weeks look cleaner than they are: payments come before denials, and what a reviewer pulls
comes last. So a line that was answered `age` days after it was sent is compared with how often
lines *answered by that age* were denied before, not with the final rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from features.lines import CATEGORIES, NEVER, Answers, Lines
from models.scopes import KINDS, attribute
from training.settled import FEWEST, MATURE, answered_by

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REASONS: tuple[str, ...] = (*CATEGORIES, "unnamed")
SLOWEST = 0.02
"""Least ratio of answered denials to answered payments of an age that is still counted with."""
FEWEST_DENIED = 15
"""Denials of a reason below which nothing is learned about who gets them."""
MOST_ROWS = 60_000
"""Lines, the newest, that expected denials are learned from: more change nothing."""
MOVING = 0.5
"""Scale of inputs that move with the calendar: ridge holds them down four times as hard."""
LIMITED = ("benefit_limit", "authorization")
"""Reasons that depend on how many visits the year has had so far."""
NEW_PROVIDER = 60
"""Days in which a clinician is new: payers enrol them late."""


@dataclass(frozen=True)
class Answered:
    """Lines with a first final adjudication known before `as_of`, by day of service."""

    as_of: int
    key: Ints
    """As `Store.read_lines` gives it."""
    lines: Lines
    known: Ints
    denied: NDArray[np.bool_]
    reason: Ints
    """Place in REASONS; -1 where it was not denied."""
    authorization: NDArray[np.bool_]
    """Whether an authorization number was sent."""

    @classmethod
    def of(
        cls,
        key: Ints,
        lines: Lines,
        answers: Answers,
        as_of: int,
        authorization: NDArray[np.bool_],
    ) -> "Answered":
        """Those of `lines` that were answered before the day `as_of`."""
        then = answers.before(as_of)
        rows = np.flatnonzero((then.denied >= 0) & (then.known < NEVER))
        rows = rows[np.argsort(lines.service[rows], kind="stable")]
        denied = then.denied[rows] == 1
        return cls(
            as_of,
            key[rows],
            lines.take(rows),
            then.known[rows],
            denied,
            np.where(denied, then.category[rows], -1).astype(np.int64),
            authorization[rows],
        )

    def __len__(self) -> int:
        return len(self.denied)

    @property
    def age(self) -> Ints:
        """Days since each line was sent."""
        return self.as_of - self.lines.submitted

    @cached_property
    def attributes(self) -> dict[str, list[str]]:
        """What a payer's rule may hang on, beside payer and procedure: a word a line, '' none."""
        return {kind: attribute(self.lines, kind) for kind in KINDS if kind != "modifier"}

    @cached_property
    def visits(self) -> Ints:
        """Days of service of the client in this year before each line."""
        return _visits_before(self.lines)

    @cached_property
    def answered_ratio(self) -> Floats:
        """(lines, REASONS): how much rarer denials of a reason are among lines answered by this
        line's age than among all that will be answered."""
        return _ratios(self)

    @cached_property
    def expected(self) -> Floats:
        """(lines, REASONS): chance of a denial for each reason, by what the claim says and never
        by the day, among lines that were answered by this line's age."""
        return np.minimum(usual_rates(self) * self.answered_ratio, 0.95)

    def rate(self, rows: NDArray[Any], reasons: Sequence[str] = REASONS) -> float:
        """Rate of denials for these reasons as it will be once all are answered; NaN for none."""
        if not len(rows):
            return float("nan")
        ratio = self.answered_ratio[rows]
        denied = self.denied[rows]
        weight = np.where(denied, 1 / ratio[np.arange(len(rows)), self.reason[rows]], 1.0)
        counted = denied & np.isin(self.reason[rows], [REASONS.index(one) for one in reasons])
        return float(weight[counted].sum() / weight.sum())


def _visits_before(lines: Lines) -> Ints:
    seen: dict[tuple[str, int], dict[int, int]] = {}
    visits = np.empty(len(lines), dtype=np.int64)
    for row in np.argsort(lines.service, kind="stable"):
        day = int(lines.service[row])
        days = seen.setdefault((lines.client[row], _year(day)), {})
        visits[row] = days.setdefault(day, len(days))
    return visits


def _year(day: int) -> int:
    return int((np.datetime64("1970-01-01") + (day - 719163)).astype("datetime64[Y]").astype(int))


def _ratios(answered: Answered) -> Floats:
    """Lag of paid lines by payer; of denied ones by payer and reason, where enough are old."""
    lag = answered.known - answered.lines.submitted
    age = answered.age
    old = age >= MATURE
    if old.sum() < FEWEST:
        return np.ones((len(answered), len(REASONS)))
    payers = np.array(answered.lines.payer, dtype=object)
    ratio = np.ones((len(answered), len(REASONS)))
    young = np.flatnonzero(~old)
    for payer in sorted(set(answered.lines.payer)):
        rows = young[payers[young] == payer]
        if not len(rows):
            continue
        own = old & (payers == payer)
        paid_before = (own & ~answered.denied, old & ~answered.denied)
        paid = answered_by(lag, paid_before, age[rows], FEWEST // 2)
        for number in range(len(REASONS)):
            of_reason = old & (answered.reason == number)
            pools = (of_reason & own, of_reason, own & answered.denied, old & answered.denied)
            denied = answered_by(lag, pools, age[rows], FEWEST // 2)
            ratio[rows, number] = np.clip(denied / np.maximum(paid, 1e-3), SLOWEST, 1.5)
    return ratio


def usual_rates(answered: Answered) -> Floats:
    """(lines, REASONS): chance of denial for each reason by what stands on the claim, whenever.

    Logistic regression for each reason; who treats and how far the year is are in it, so that a
    new clinician's or the autumn's denials are not taken for a payer's change.
    """
    plain, counted = _inputs(answered, limited=False), _inputs(answered, limited=True)
    fit = np.arange(max(0, len(answered) - MOST_ROWS), len(answered))
    rates = np.empty((len(answered), len(REASONS)))
    for number in range(len(REASONS)):
        hit = answered.reason == number
        overall = (hit.sum() + 0.5) / (len(answered) + 1.0)
        if hit[fit].sum() < FEWEST_DENIED:
            rates[:, number] = overall
            continue
        inputs = counted if REASONS[number] in LIMITED else plain
        model = LogisticRegression(C=0.5, max_iter=60, tol=1e-3)
        model.fit(inputs[fit], hit[fit])
        rates[:, number] = np.maximum(model.predict_proba(inputs)[:, 1], overall * 0.02)
    return rates


def _inputs(answered: Answered, limited: bool) -> csr_matrix:
    lines = answered.lines
    first: dict[str, int] = {}
    for row, provider in enumerate(lines.provider):
        first.setdefault(provider, int(lines.service[row]))
    begun = int(lines.service[0]) if len(lines) else 0
    fresh = [
        "new" if begun < first[p] and day - first[p] < NEW_PROVIDER else ""
        for p, day in zip(lines.provider, lines.service.tolist(), strict=True)
    ]
    visits = np.digitize(answered.visits, [1, 3, 6, 10, 15, 20, 25, 30, 40, 60])
    delay = np.digitize(lines.submitted - lines.service, [8, 30, 60, 90, 120, 180, 365])
    units = np.digitize(lines.units, [1.5, 2.5, 4.5, 8.5])
    sent = np.where(answered.authorization, "yes", "no")
    fixed: list[Sequence[object]] = [
        lines.provider,
        lines.diagnosis,
        list(zip(lines.payer, lines.procedure, strict=True)),
        list(zip(lines.payer, lines.modifiers, lines.family, strict=True)),
        list(zip(lines.payer, lines.place, strict=True)),
        list(zip(lines.payer, delay.tolist(), strict=True)),
        list(zip(lines.payer, lines.family, sent.tolist(), strict=True)),
        list(zip(lines.family, units.tolist(), strict=True)),
        list(zip(lines.payer, lines.taxonomy, strict=True)),
    ]
    # What moves with the calendar could take a payer's change for its own: it gets less say.
    moving: list[Sequence[object]] = [fresh, list(zip(lines.payer, fresh, strict=True))]
    if limited:
        moving.append(list(zip(lines.plan, lines.family, visits.tolist(), strict=True)))
    slope = csr_matrix(np.minimum(answered.visits, 60)[:, None] / 40.0)
    return csr_matrix(
        hstack([*map(_one_hot, fixed), *(MOVING * _one_hot(column) for column in moving), slope])
    )


def _one_hot(column: Sequence[object]) -> csr_matrix:
    numbers: dict[object, int] = {}
    places = np.array([numbers.setdefault(word, len(numbers)) for word in column], dtype=np.int64)
    rows = np.arange(len(places))
    return csr_matrix(
        (np.ones(len(places)), (rows, places)), shape=(len(places), max(1, len(numbers)))
    )
