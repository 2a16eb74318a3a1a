"""What each kind of knowledge is worth: rungs from the base rate to the best attainable.

Each rung is gradient boosting on what such a learner could know, fitted to the true
probabilities of the earlier claims and judged in expectation on the later ones, so that neither
the luck of outcomes nor a lack of it is in the figures; a real learner gets less. The rung
`edits` knows every slip and every fact of the ledger that bears on the claim: no set of edits
could find more. The world does not call ours.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.synthetic.coverage import states
from data.synthetic.features import FEATURES, HIDDEN
from data.synthetic.hidden import Hidden
from data.synthetic.learnable import Past, base_rates, expected_loss
from data.synthetic.odds import ClaimCase, Features, table
from data.synthetic.replay import Judged
from data.synthetic.truth import chances
from data.synthetic.world import World

Floats = NDArray[np.float64]
FOUND_BY_EDITS = (
    "past_timely_filing", "duplicate_of_earlier", "missing_taxonomy", "referring_missing",
    "wrong_rendering", "authorization_missing", "authorization_exhausted",
    "authorization_number_missing", "therapy_modifier_missing", "assistant_modifier_missing",
    "telehealth_modifier_wrong", "place_wrong", "separate_service_missing", "extra_unit",
    "other_unit_rule", "longer_code", "unspecified_diagnosis", "note_missing", "over_limit",
)  # fmt: skip
GRADED = ("missing_share", "units", "visits_this_year", "months_to_submit")
"""Features that are more than there or not there."""
STEEP = 3.0
"""Log odds from which the effect of a yes-or-no fact is a threshold: odds times twenty."""
KEYS = ("plan", "code", "credential", "diagnosis", "clinician", "site", "month")
RUNGS = {
    "edits": ("edits",),
    "claim fields": ("fields",),
    "edits and fields": ("edits", "fields"),
    "these and history": ("edits", "fields", "history"),
    "these and notes": ("edits", "fields", "notes"),
    "all": ("edits", "fields", "history", "notes"),
}
BOOSTING = {
    "objective": "cross_entropy", "learning_rate": 0.05, "num_leaves": 15, "lambda_l2": 5.0,
    "min_data_in_leaf": 40, "cat_smooth": 20.0, "feature_fraction": 0.7, "verbose": -1,
    "num_threads": 1, "seed": 1, "deterministic": True,
}  # fmt: skip
ROUNDS = 1_000
PATIENCE = 40


class Rung(NamedTuple):
    """What one kind of knowledge closes of the gap."""

    known: str
    loss: float
    """Expected log loss on the later claims."""
    part: float
    """Of the gap from the base rate to the best attainable."""


class Ladder(NamedTuple):
    """All rungs, and how much of the gap smooth effects and thresholds make up."""

    base: float
    best: float
    rungs: list[Rung]
    smooth: float
    """Part of the gap that is lost where each smooth or additive effect takes its mean: effects
    of plan, code, clinician and the like, reviewers' harshness, graded features, and facts that
    move the odds by less than `STEEP`. Payer's and code's own level is not counted."""
    thresholds: float
    """Part that is lost where each fact that moves them by more takes its mean instead."""


def climb(past: Past, test: float = 0.25) -> Ladder:
    """The ladder of a practice, judged on the last `test` part of its claims."""
    day = past.cut(test)
    claims = past.claims
    late = np.array([c.case.submitted >= day for c in claims for _ in c.case.lines])
    truth = np.array([p for c in claims for p in c.best.totals])
    rates = base_rates(past.newest(day, None), day)
    base = np.array(
        [
            rates.get((c.case.payer, line.code), rates.get((c.case.payer,), rates[()]))
            for c in claims
            for line in c.case.lines
        ]
    )
    bottom, top = expected_loss(truth[late], base[late]), expected_loss(truth[late], truth[late])
    gap = bottom - top or float("nan")
    blocks = {
        "edits": _block(claims, lambda c, i: _found(c.case, i)),
        "fields": _fields(claims),
        "notes": _block(claims, lambda c, i: c.case.note),
        "history": _history(claims),
    }
    rungs = []
    for name, parts in RUNGS.items():
        x = np.column_stack([blocks[part] for part in parts])
        names = [part for part in parts for _ in range(blocks[part].shape[1])]
        kinds = [i for i, part in enumerate(names) if part == "fields"][: len(KEYS) + 1]
        risk = _boosted(x, kinds, truth, base, late)
        loss = expected_loss(truth[late], risk)
        rungs.append(Rung(name, loss, (bottom - loss) / gap))
    hidden = Hidden(past.order.world, past.order.seed)
    groups = [(c.case.payer, line.code) for c in claims for line in c.case.lines]
    smooth, thresholds = (
        (expected_loss(truth[late], level[late]) - top) / gap
        for flat in (_smooth_flat(hidden, claims), _steps_flat(hidden, claims))
        for level in [_at_the_level(flat, truth, groups)]
    )
    return Ladder(bottom, top, rungs, smooth, thresholds)


# ---- what a learner could know ----


def _found(case: ClaimCase, line: int) -> Features:
    """What edits could find."""
    x = {**case.x, **case.lines[line].x, **case.note}
    if case.limit is not None and case.visits > case.limit:
        x["over_limit"] = 1.0
    return {name: x[name] for name in FOUND_BY_EDITS if name in x}


def _block(claims: Sequence[Judged], look: Callable[[Judged, int], Features]) -> Floats:
    rows = [look(c, i) for c in claims for i in range(len(c.case.lines))]
    names = sorted({name for row in rows for name in row})
    return np.array([[row.get(name, 0.0) for name in names] for row in rows]).reshape(
        len(rows), len(names)
    )


def _fields(claims: Sequence[Judged]) -> Floats:
    """Payer and keys as numbers of categories, then everything on the claim but slips."""
    numbers: list[dict[str, int]] = [{} for _ in KEYS]
    kinds = [
        [
            float(c.case.payer),
            *(
                float(known.setdefault(line.keys[key], len(known)))
                for key, known in zip(KEYS, numbers, strict=True)
            ),
        ]
        for c in claims
        for line in c.case.lines
    ]

    def plain(c: Judged, i: int) -> Features:
        x = {**c.case.x, **c.case.lines[i].x}
        x["charge"] = c.case.lines[i].charge
        x["lines"] = float(len(c.case.lines))
        x["limit_left"] = float(c.case.limit - c.case.visits) if c.case.limit else 99.0
        return {name: value for name, value in x.items() if name not in FOUND_BY_EDITS}

    return np.column_stack([np.array(kinds), _block(claims, plain)])


def _history(claims: Sequence[Judged]) -> Floats:
    """Answers received before each submission, by payer, code, clinician and member."""
    counts: dict[object, list[float]] = defaultdict(lambda: [0.0, 0.0])
    latest: dict[object, list[float]] = defaultdict(list)
    waiting: dict[object, list[int]] = defaultdict(list)
    mail: list[tuple[int, int]] = []
    rows = []
    for number, one in enumerate(claims):
        today = one.case.submitted.toordinal()
        while mail and mail[0][0] < today:
            _, place = heapq.heappop(mail)
            answered = claims[place]
            waiting[answered.member].remove(answered.case.submitted.toordinal())
            for line, decided in zip(answered.case.lines, answered.decision.lines, strict=True):
                denied = float(decided.cause is not None)
                for key in _grains(answered, line.keys):
                    counts[key][0] += denied
                    counts[key][1] += 1
            latest[answered.member].append(float(answered.decision.denied))
            stop = answered.decision.stopped_by or ""
            latest[answered.member, stop].append(float(answered.case.day.toordinal()))
        recent = latest[one.member][-3:]
        silent = [today - sent for sent in waiting[one.member]]
        stops = [
            max((day for day in latest.get((one.member, cause), ())), default=0.0)
            for cause in ("eligibility", "coordination", "benefit_limit")
        ]
        for line in one.case.lines:
            row = [float(np.mean(recent)) if recent else -1.0, float(len(latest[one.member]))]
            row += [float(today - day) if day else 999.0 for day in stops]
            row += [float(len(silent)), float(max(silent, default=0))]
            for key in _grains(one, line.keys):
                denied, lines = counts[key]
                row += [(denied + 1.5) / (lines + 10), lines]
            rows.append(row)
        waiting[one.member].append(today)
        if one.decision.answered is not None:
            heapq.heappush(mail, (one.decision.answered.toordinal(), number))
    return np.array(rows)


def _grains(one: Judged, keys: dict[str, str]) -> list[object]:
    payer = one.case.payer
    return [
        (payer, "code", keys["code"]),
        (payer, "plan and code", keys["plan"], keys["code"]),
        (payer, "clinician", keys["clinician"]),
        ("clinician", keys["clinician"]),
        (payer, "diagnosis", keys["diagnosis"], keys["code"]),
        ("member", one.member),
    ]


def _boosted(
    x: Floats, kinds: list[int], truth: Floats, base: Floats, late: NDArray[np.bool_]
) -> Floats:
    """Probabilities of the later lines; rounds are chosen on the last fifth of the earlier."""
    import lightgbm

    start = np.log(base / (1 - base))
    early = np.flatnonzero(~late)
    fit, judge = early[: int(0.8 * len(early))], early[int(0.8 * len(early)) :]

    def rows(of: NDArray[np.int64]) -> lightgbm.Dataset:
        return lightgbm.Dataset(
            x[of], truth[of], init_score=start[of], categorical_feature=kinds, free_raw_data=False
        )

    model = lightgbm.train(
        BOOSTING,
        rows(fit),
        ROUNDS,
        valid_sets=[rows(judge)],
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
    )
    model = lightgbm.train(BOOSTING, rows(early), max(1, model.best_iteration))
    score = start[late] + np.asarray(model.predict(x[late], raw_score=True))
    return np.asarray(1 / (1 + np.exp(-score)))


# ---- smooth effects against thresholds ----


class _Flat(Hidden):
    """The same hidden values, with effects and reviewers at their mean."""

    def effect(self, name: str, kind: str, payer: int, value: str) -> float:
        """None but the mean."""
        return 0.0

    @property
    def harshness(self) -> tuple[tuple[float, ...], ...]:
        """Every reviewer as harsh as they are in the mean."""
        return tuple(
            (sum(one.reviewers) / len(one.reviewers),) * len(one.reviewers)
            for one in self.world.payers
        )


def steep(world: World) -> frozenset[str]:
    """The features that alone make a denial likely, by the world file: what is a threshold."""
    return frozenset(
        name
        for odds in (world.review, *world.causes)
        for name, what in odds.effects.items()
        if abs(what.mean) >= STEEP and name not in GRADED
    ) | {name for cause in world.causes for name in cause.needs}


def _smooth_flat(hidden: Hidden, claims: Sequence[Judged]) -> Floats:
    smooth = FEATURES.keys() - steep(hidden.world)
    return _again(_Flat(hidden.world, hidden.seed), claims, smooth)


def _steps_flat(hidden: Hidden, claims: Sequence[Judged]) -> Floats:
    return _again(hidden, claims, steep(hidden.world) - HIDDEN)


def _again(hidden: Hidden, claims: Sequence[Judged], flat: Set[str]) -> Floats:
    """The chances of every line with these features at their mean by payer.

    What a cause needs has no mean, for any of it would do; it is left out.
    """
    needed = {name for cause in hidden.world.causes for name in cause.needs}
    sums: dict[tuple[int, str, str], float] = defaultdict(float)
    count: dict[int, int] = defaultdict(int)
    for one in claims:
        case = one.case
        count[case.payer] += 1
        for kind, x in (("claim", case.x), ("note", case.note)):
            for name, value in x.items():
                sums[case.payer, kind, name] += value
        for line in case.lines:
            for name, value in line.x.items():
                sums[case.payer, "line", name] += value / len(case.lines)

    means: dict[tuple[int, str], Features] = defaultdict(dict)
    for (payer, kind, name), total in sums.items():
        if name in flat and name not in needed:
            means[payer, kind][name] = total / count[payer]

    def at_mean(payer: int, kind: str, x: Features) -> Features:
        kept = {name: value for name, value in x.items() if name not in flat}
        return kept | means.get((payer, kind), {})

    found: list[float] = []
    for one in claims:
        case = one.case
        like = replace(
            case,
            x=at_mean(case.payer, "claim", case.x),
            note=at_mean(case.payer, "note", case.note),
            lines=tuple(
                replace(line, x=at_mean(case.payer, "line", line.x)) for line in case.lines
            ),
        )
        order = states(one.levels)
        odds = table(hidden, like, order)
        found += chances(hidden, like, odds, one.posterior, order).totals
    return np.array(found)


def _at_the_level(risk: Floats, truth: Floats, groups: Sequence[object]) -> Floats:
    """Risks moved in log odds, payer and code by payer and code, to the level of the truth.

    What a base rate knows is no merit of an effect.
    """
    number: dict[object, int] = {}
    at = np.array([number.setdefault(group, len(number)) for group in groups])
    wanted = np.bincount(at, truth)
    eta = np.log(np.clip(risk, 1e-9, 1 - 1e-9) / (1 - np.clip(risk, 1e-9, 1 - 1e-9)))
    low, high = np.full(len(number), -12.0), np.full(len(number), 12.0)
    for _ in range(40):
        middle = (low + high) / 2
        mean = np.bincount(at, 1 / (1 + np.exp(-(eta + middle[at]))))
        low, high = np.where(mean < wanted, middle, low), np.where(mean < wanted, high, middle)
    return np.asarray(1 / (1 + np.exp(-(eta + middle[at]))))
