"""When a payer began to deny what it paid before: change-points of denial rates, by scope.

Every scope (payer, procedures, one of modifier, place, credential, diagnosis, plan) and reason
is scanned over all days of service: a likelihood ratio compares one rate throughout with one rate
before a day and a higher one from it on, both relative to what is expected of such lines
(`training.answered`). The largest ratio over all that was looked at must be beyond chance; what it
explains is taken out, and the scan goes on with what is left, so that one change is named once,
in the scope that explains it best.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.scopes import Scope
from training.announced import Announced
from training.answered import REASONS, Answered
from training.scopes import Members

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_EVIDENCE, MARGIN = 8.0, 3.0
"""Log likelihood ratio that a change must have: the margin and the log of how many scopes of its
level are looked at. Found by drawing histories without any change, and raised by 1.2 when reports
were asked for weekly on synthetic practices: true changes were far beyond it within two reports
of their first, most false ones never (docs/analyst.md)."""
LEAST_SEEN = 0.25
"""Chance of having been answered, against a payment's, below which a young line is left out."""
ALIKE = 0.75
"""Power of the clearest procedure's rise that the others of a scope must speak for."""
SPEAKS = 2.0
"""Log likelihood by which they must do so."""
SHARE = 0.25
"""Of the clearest procedure's rise in denials a line, what they must show at least."""
NEARLY_ALL = 0.8
"""Share of a scope's lines since the day from which on its procedures need not be named."""
PLAIN = 0.7
"""Log likelihood that each further narrowing must bring to be named."""
MOST = 0.5
"""Share of a finding's log likelihood from which on one reason is what it is about."""
ANNOUNCED_EVIDENCE = 4.0
"""Log likelihood ratio that a change on an announced day, in its scope and reason, must have."""
EARLIER, SLOWLY = 14, 63
"""Days by which a change may seem to begin before the announced day it belongs to, or after it."""
PRIOR = 1.0
"""Denials as expected that each scope is thought to have had before the first."""
BEFORE, AFTER = 30, 12
"""Answered lines that must stand before and after a day."""
SINCE = 20
"""Answered lines since its day that a change must have to be told."""
BEFORE_DAYS = 28
FEWEST_CLIENTS = 3
FEWEST_DENIALS = 4.5
"""Denials after a day, those of one claim counting once."""
LEAST_RISE = 0.04
"""Rise of the denial rate below which a change is not worth a person's time."""
SAME = 24
"""Days within which two findings of one payer are one change."""
SPELL = 42
"""Days after a denial that belongs to the person in which the next one is the same story."""
PERSONAL = (
    "authorization", "benefit_limit", "eligibility", "coordination_of_benefits", "duplicate",
    "timely_filing",
)  # fmt: skip
"""Reasons that come in spells, client by client."""
GROUPS: tuple[tuple[str, ...], ...] = (
    *((reason,) for reason in REASONS),
    ("documentation", "medical_necessity"),
    tuple(reason for reason in REASONS if reason not in PERSONAL),
)
"""Reasons that are looked at together: each alone, those of reviewers, all but the personal."""

UNLIKELY = np.array(
    [
        4.0 if set(group) <= {"eligibility", "coordination_of_benefits", "duplicate"} else 0.0
        for group in GROUPS
    ]
)
"""By group: log likelihood ratio that is asked beyond the threshold. Coverage of several people
often ends together; that a payer changed its mind about it hardly ever happens."""


@dataclass(frozen=True)
class Change:
    """A payer's denials of a scope rose from a day of service on."""

    scope: Scope
    since: int
    category: str
    """The reason that rose most; one of REASONS."""
    before: float
    """Denial rate of the scope's lines up to then, in the year before."""
    after: float
    low: float
    """Of `after`: 95% interval."""
    high: float
    lines: int
    """Answered lines of the scope since then."""
    denied: int
    lines_before: int
    denied_before: int
    evidence: float
    """Log likelihood ratio over what chance would give."""
    rows: Ints
    """Lines of the scope since then, among the answered ones."""
    known: int
    """The first day on which the remittances at hand tell it: that of the fifth denial."""
    announced: bool = False
    """Whether `since` is the day of a rule that the payer announced."""


@dataclass
class _Found:
    scope: Scope
    places: Ints
    group: int
    since: int
    excess: float
    """Log likelihood ratio over the threshold of the scope's level."""
    merit: float
    """Log likelihood ratio, less a little for each thing that narrows the scope."""
    announced: bool = False
    """Whether `since` is the day of a rule that the payer announced."""


class Scan:
    """Looks for changes in one practice's answered lines."""

    def __init__(self, answered: Answered, announced: Sequence[Announced] = ()) -> None:
        """announced: rules whose days are looked at for themselves."""
        self.answered = answered
        self.announced = announced
        payers = np.array(answered.lines.payer, dtype=object)
        self.members = {
            str(payer): Members(answered, str(payer), np.flatnonzero(payers == payer))
            for payer in sorted(set(payers))
        }
        self.scopes = {payer: list(one.scopes()) for payer, one in self.members.items()}
        self.events, self.exposure = _events(answered)
        self.spread = _overdispersion(answered, self.events, self.exposure, self.members)
        counts = np.bincount(
            [scope.level for some in self.scopes.values() for scope, _ in some], minlength=3
        )
        self.thresholds = np.maximum(LEAST_EVIDENCE, MARGIN + np.log(np.maximum(counts, 1)))
        """By level."""

    def changes(self) -> list[Change]:
        """Every change, by day."""
        found = [one for payer in self.members for one in self._of_payer(payer)]
        return sorted(found, key=lambda change: (change.since, change.scope.payer))

    def _of_payer(self, payer: str) -> list[Change]:
        members = self.members[payer]
        kept: list[Change] = []
        for _ in range(24):
            best = self._best(payer)
            if best is None:
                break
            exact = self._exact(best, members)
            change = self._change(exact, members)
            if change is None:
                exact = best
                change = self._change(best, members)
            self._explain(exact, members)
            if change is None:
                continue
            same = next((one for one in kept if _same(one, change)), None)
            if same is None:
                kept.append(change)
            elif (
                same.category == change.category
                and same.scope.procedures and change.scope.procedures
                and (same.scope.kind, same.scope.value) == (change.scope.kind, change.scope.value)
            ):  # fmt: skip
                codes = tuple(sorted({*same.scope.procedures, *change.scope.procedures}))
                both = replace(best, scope=replace(same.scope, procedures=codes), since=same.since)
                both.places = members.of(both.scope)
                joined = self._change(both, members)
                if joined is not None:
                    kept[kept.index(same)] = replace(joined, evidence=same.evidence)
        return kept

    def _best(self, payer: str) -> _Found | None:
        """What exceeds its threshold most."""
        members = self.members[payer]
        day = self.answered.lines.service[members.rows]
        events, exposure = self.events[members.rows], self.exposure[members.rows]
        best: _Found | None = None
        for scope, places in self.scopes[payer]:
            ratio, cut = _scan(day[places], events[places], exposure[places])
            excess = ratio / self.spread - self.thresholds[scope.level] - UNLIKELY
            merit = ratio / self.spread - PLAIN * scope.level - UNLIKELY
            for group in np.argsort(-merit)[:3]:
                if excess[group] <= 0.0 or (best is not None and merit[group] <= best.merit):
                    continue
                since = int(day[places][cut[group]])
                found = _Found(
                    scope, places, int(group), since, float(excess[group]), float(merit[group])
                )
                if self._spread_out(found, members) and self._rises(found, members):
                    best = found
        for told in self._told(payer):
            if best is None or told.merit > best.merit:
                best = told
        return best

    def _told(self, payer: str) -> Iterator[_Found]:
        """Days of announced rules from which denials for the rule's reason rose in its scope."""
        members = self.members[payer]
        service = self.answered.lines.service
        for rule in self.announced:
            if rule.scope.payer != payer:
                continue
            places = members.of(rule.scope)
            rows = members.rows[places]
            later = service[rows] >= rule.since
            if later.sum() < AFTER or (~later).sum() < BEFORE:
                continue
            # The day's odds before anything is seen are so much better than any other day's.
            surer = self.thresholds[rule.scope.level] - ANNOUNCED_EVIDENCE
            for group in map(REASONS.index, rule.reasons):
                if self.events[rows[later], group].sum() < FEWEST_DENIALS:
                    continue
                ratio = self._at(rows, group, rule.since)
                found = _Found(
                    rule.scope, places, group, rule.since, ratio - ANNOUNCED_EVIDENCE,
                    ratio + surer - PLAIN * rule.scope.level, announced=True,
                )  # fmt: skip
                if (
                    found.excess > 0
                    and self._spread_out(found, members)
                    and self._rises(found, members)
                ):
                    yield found

    def _spread_out(self, found: _Found, members: Members) -> bool:
        """Whether it is more than one client's or one clinician's story."""
        lines = self.answered.lines
        rows = members.rows[found.places]
        later = lines.service[rows] >= found.since
        weight = self.events[rows, found.group]
        hit = later & (weight > 0)
        clients = np.array([lines.client[row] for row in rows], dtype=object)
        if len(set(clients[hit])) < FEWEST_CLIENTS:
            return False
        providers = np.array([lines.provider[row] for row in rows], dtype=object)
        if GROUPS[found.group] == ("provider",) and len(set(providers[hit])) < 2:
            return False
        return all(
            self._holds_without(
                np.asarray(names != _commonest(names[hit]), dtype=bool), rows, later, found.group
            )
            for names in (clients, providers)
        )

    def _holds_without(
        self, rest: NDArray[np.bool_], rows: Ints, later: NDArray[np.bool_], group: int
    ) -> bool:
        """Whether the other lines speak for the same rise rather than for none."""
        events, exposure = self.events[rows, group], self.exposure[rows, group]
        before = (events[~later].sum() + PRIOR) / (exposure[~later].sum() + PRIOR)
        rise = events[later].sum() / max(exposure[later].sum(), 1e-9) / before
        seen = events[rest & later].sum()
        awaited = before * exposure[rest & later].sum()
        return bool(seen * np.log(rise) >= awaited * (rise - 1))

    def _rises(self, found: _Found, members: Members) -> bool:
        rows = members.rows[found.places]
        later = self.answered.lines.service[rows] >= found.since
        rate, reasons = self.answered.rate, GROUPS[found.group]
        return rate(rows[later], reasons) - rate(rows[~later], reasons) >= LEAST_RISE

    def _at(self, rows: Ints, group: int, since: int) -> float:
        """Log likelihood ratio of a change on a given day."""
        later = self.answered.lines.service[rows] >= since
        events, exposure = self.events[rows, group], self.exposure[rows, group]
        sums = np.array(
            [events[~later].sum(), exposure[~later].sum(), events[later].sum(),
             exposure[later].sum()]
        )  # fmt: skip
        return float(_rise_ratio(sums) / self.spread[group])

    def _exact(self, found: _Found, members: Members) -> _Found:
        """The procedures that the change is about, with or without what narrows the scope:
        whichever says more for its length."""
        found = self._of_one_reason(found, members)
        best, most = found, -np.inf
        plain = Scope(found.scope.payer)
        for wide in dict.fromkeys((replace(found.scope, procedures=()), plain)):
            scope = self._gathered(wide, found, members)
            if scope is None:
                continue
            places = members.of(scope)
            merit = self._at(members.rows[places], found.group, found.since) - PLAIN * scope.level
            if merit > most:
                best, most = replace(found, scope=scope, places=places), merit
        return best

    def _of_one_reason(self, found: _Found, members: Members) -> _Found:
        """Where one reason makes most of it, that reason tells best what it is about."""
        rows = members.rows[found.places]
        singles = [REASONS.index(reason) for reason in GROUPS[found.group]]
        said = {group: self._at(rows, group, found.since) for group in singles}
        clearest = max(said, key=lambda group: said[group])
        if said[clearest] > MOST * self._at(rows, found.group, found.since):
            return replace(found, group=clearest)
        return found

    def _gathered(self, wide: Scope, found: _Found, members: Members) -> Scope | None:
        """A scope with the procedures to which the same happened on that day, with none named where
        that is nearly all of its lines; None where it happened to none."""
        places = members.of(wide)
        rows, codes = members.rows[places], members.procedure[places].astype(str)
        names, at = np.unique(codes, return_inverse=True)
        later = self.answered.lines.service[rows] >= found.since
        sums = np.zeros((len(names), 4))
        for column, (values, part) in enumerate(
            (values, part) for part in (~later, later) for values in (self.events, self.exposure)
        ):
            sums[:, column] = np.bincount(at[part], values[rows[part], found.group], len(names))
        spread = self.spread[found.group]
        own = np.array([_rise_ratio(one) for one in sums]) / spread
        order = np.argsort(-own, kind="stable")
        if own[order[0]] <= PLAIN:
            return None
        # A rule moves the odds of all its procedures alike; one that moves far less has no part.
        usual = (sums[:, 0] + PRIOR) / (sums[:, 1] + PRIOR)
        clearest = order[0]
        rise = max((sums[clearest, 2] / sums[clearest, 3] / usual[clearest]) ** ALIKE, 1.01)
        speaks = sums[:, 2] * np.log(rise) - usual * sums[:, 3] * (rise - 1)
        lines = np.bincount(at[later], minlength=len(names))
        gained = (sums[:, 2] - usual * sums[:, 3]) / np.maximum(lines, 1)
        kept = (speaks > SPEAKS) & (gained > SHARE * gained[clearest])
        taken = sorted({int(clearest), *np.flatnonzero(kept).tolist()})
        if lines[taken].sum() >= NEARLY_ALL * lines.sum():
            return wide
        return replace(wide, procedures=tuple(sorted(str(names[name]) for name in taken)))

    def _change(self, found: _Found, members: Members) -> Change | None:
        rows = members.rows[found.places]
        day = self.answered.lines.service[rows]
        since = self._day(rows, found)
        later = day >= since
        earlier = ~later & (day >= since - 365)
        before, after = self.answered.rate(rows[earlier]), self.answered.rate(rows[later])
        if later.sum() < SINCE or not earlier.any() or after - before < LEAST_RISE / 2:
            return None
        denied = self.answered.denied[rows]
        reason = self.answered.reason[rows]
        rise = [
            (reason[later] == number).mean() - (reason[earlier] == number).mean()
            if name in GROUPS[found.group] else -1.0
            for number, name in enumerate(REASONS)
        ]  # fmt: skip
        count = int((denied & later).sum())
        low, high = _interval(after, int(later.sum()))
        known = np.sort(self.answered.known[rows[later & denied]])
        return Change(
            scope=found.scope,
            since=since,
            category=REASONS[int(np.argmax(rise))],
            before=before,
            after=after,
            low=low,
            high=high,
            lines=int(later.sum()),
            denied=count,
            lines_before=int(earlier.sum()),
            denied_before=int((denied & earlier).sum()),
            evidence=found.excess,
            rows=rows[later],
            known=int(known[min(4, len(known) - 1)]),
            announced=self._announced_day(rows, found) is not None,
        )

    def _day(self, rows: Ints, found: _Found) -> int:
        """The middle of the days that the lines leave possible."""
        day = self.answered.lines.service[rows]
        told = self._announced_day(rows, found)
        if told is not None:
            return told
        ratio, cuts = _ratios(
            day, self.events[rows][:, [found.group]], self.exposure[rows][:, [found.group]]
        )
        if not len(cuts):
            return found.since
        gap = (day[cuts] - day[cuts - 1]).astype(float)
        weight = gap * np.exp((ratio[:, 0] - ratio[:, 0].max()) / self.spread[found.group])
        share = np.cumsum(weight) / weight.sum()
        return int(day[cuts[int(np.searchsorted(share, 0.5))]])

    def _announced_day(self, rows: Ints, found: _Found) -> int | None:
        """The day of the rule that the payer announced for these lines and this reason, not long
        before; rules often set in slowly."""
        if found.announced:
            return found.since
        wanted = set(GROUPS[found.group])
        days = [
            rule.since
            for rule in self.announced
            if rule.scope.payer == found.scope.payer
            and -EARLIER <= found.since - rule.since <= SLOWLY
            and wanted & set(rule.reasons)
            and np.isin(rows, self._rows_of(rule.scope)).mean() >= NEARLY_ALL
        ]
        return max(days, default=None)

    def _rows_of(self, scope: Scope) -> Ints:
        members = self.members[scope.payer]
        return members.rows[members.of(scope)]

    def _explain(self, found: _Found, members: Members) -> None:
        """What this change brought is expected from now on, whatever reason it was given."""
        rows = members.rows[found.places]
        day = self.answered.lines.service[rows]
        since = min(self._day(rows, found), found.since)
        later = rows[day >= since]
        earlier = rows[day < since]
        for group in range(len(GROUPS)):
            usual = (self.events[earlier, group].sum() + PRIOR) / (
                self.exposure[earlier, group].sum() + PRIOR
            )
            seen = self.events[later, group].sum()
            awaited = usual * self.exposure[later, group].sum()
            if seen > awaited or group == found.group:
                self.exposure[later, group] *= max(seen / max(awaited, 1e-9), 1.0)


def _rise_ratio(sums: Floats) -> float:
    """Log likelihood ratio of a higher rate from a day on over one rate; 0 where it fell.

    sums: denials before and as expected before, denials since and as expected since.
    """
    before, awaited, after, exposure = sums
    before, awaited = before + PRIOR, awaited + PRIOR
    if exposure <= 0 or after / exposure <= before / awaited:
        return 0.0
    return float(
        _times_log(before, awaited)
        + _times_log(after, exposure)
        - _times_log(before + after, awaited + exposure)
    )


def _commonest(names: NDArray[np.object_]) -> str:
    own, counts = np.unique(names.astype(str), return_counts=True)
    return str(own[np.argmax(counts)])


def _same(one: Change, other: Change) -> bool:
    """Whether two findings of one payer are one change."""
    if abs(one.since - other.since) > SAME:
        return False
    return one.category == other.category or bool(np.isin(one.rows, other.rows).any())


def _events(answered: Answered) -> tuple[Floats, Floats]:
    """(lines, GROUPS): denials, those of one claim together counting once; and how many were
    expected. What belongs to a person counts once in a spell, lines of the spell not at all."""
    lines = answered.lines
    count = len(answered)
    single = np.zeros((count, len(REASONS)))
    awaited = answered.expected.copy()
    for number, reason in enumerate(REASONS):
        hit = answered.reason == number
        if reason in PERSONAL:
            until: dict[tuple[str, str], tuple[int, int]] = {}
            for row in range(count):
                who = (lines.client[row], lines.payer[row])
                day = int(lines.service[row])
                last = until.get(who)
                if last is not None and last[0] < day <= last[0] + SPELL:
                    awaited[row, number] = 0.0
                    if hit[row]:
                        until[who] = (day, int(lines.claim[row]))
                elif hit[row]:
                    again = last is not None and last == (day, int(lines.claim[row]))
                    single[row, number] = 0.0 if again else 1.0
                    until[who] = (day, int(lines.claim[row]))
        else:
            claim = lines.claim[hit]
            _, place, together = np.unique(claim, return_inverse=True, return_counts=True)
            single[hit, number] = 1.0 / together[place]
    # Where nearly all denials of its age are still out, a line says nothing but noise.
    unsure = answered.answered_ratio < LEAST_SEEN
    single[unsure] = 0.0
    awaited[unsure] = 0.0
    by_group = np.array([[reason in group for group in GROUPS] for reason in REASONS], dtype=float)
    return single @ by_group, awaited @ by_group


def _overdispersion(
    answered: Answered, events: Floats, exposure: Floats, members: dict[str, Members]
) -> Floats:
    """By group: how much more a payer's four weeks vary than counts do; at least 1."""
    spread = np.ones(events.shape[1])
    squares: list[list[float]] = [[] for _ in GROUPS]
    for one in members.values():
        day = answered.lines.service[one.rows]
        bins = (day - day.min()) // 28
        for group in range(len(GROUPS)):
            seen = np.bincount(bins, events[one.rows, group])
            awaited = np.bincount(bins, exposure[one.rows, group])
            awaited *= seen.sum() / max(awaited.sum(), 1e-9)
            large = awaited >= 5
            squares[group] += ((seen - awaited)[large] ** 2 / awaited[large]).tolist()
    for group, found in enumerate(squares):
        if len(found) >= 40:
            # The median is not moved by the changes that are looked for; 0.455 is that of chi².
            spread[group] = max(1.0, float(np.median(found)) / 0.455)
    return np.minimum(spread, 3.0)


def _times_log(count: Floats | float, exposure: Floats | float) -> Floats:
    count = np.asarray(count, dtype=float)
    safe = np.maximum(count, 1e-12)
    return np.where(count > 0, count * np.log(safe / np.maximum(exposure, 1e-12)), 0.0)


def _ratios(day: Ints, events: Floats, exposure: Floats) -> tuple[Floats, Ints]:
    """(days, groups): log likelihood ratio of a rise on each day; and the first line of each."""
    cuts = np.flatnonzero(np.diff(day) > 0) + 1
    cuts = cuts[(cuts >= BEFORE) & (len(day) - cuts >= AFTER)]
    cuts = cuts[day[cuts] - day[0] >= BEFORE_DAYS]
    if not len(cuts):
        return np.zeros((0, events.shape[1])), cuts
    seen = np.cumsum(events, axis=0)
    awaited = np.cumsum(exposure, axis=0)
    before, before_exposure = seen[cuts - 1] + PRIOR, awaited[cuts - 1] + PRIOR
    after, after_exposure = seen[-1] - seen[cuts - 1], awaited[-1] - awaited[cuts - 1]
    after = np.maximum(after, 0.0)
    after_exposure = np.maximum(after_exposure, 1e-9)
    whole = _times_log(seen[-1] + PRIOR, awaited[-1] + PRIOR)
    ratio = _times_log(before, before_exposure) + _times_log(after, after_exposure) - whole
    rises = (after / after_exposure > before / before_exposure) & (after >= FEWEST_DENIALS)
    return np.where(rises, ratio, 0.0), cuts


def _scan(day: Ints, events: Floats, exposure: Floats) -> tuple[Floats, Ints]:
    """By group: the largest log likelihood ratio, and the first line after that day."""
    ratio, cuts = _ratios(day, events, exposure)
    if not len(cuts):
        groups = events.shape[1]
        return np.zeros(groups), np.zeros(groups, dtype=np.int64)
    best = np.argmax(ratio, axis=0)
    return ratio[best, np.arange(ratio.shape[1])], cuts[best]


def _interval(rate: float, count: int) -> tuple[float, float]:
    """Wilson's 95% interval."""
    z = 1.96
    middle = (rate + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count))
    half /= 1 + z * z / count
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
