"""What a practice cannot know of its payers, drawn once from the seed."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from claims.note import Discipline
from data.synthetic.draw import Draws, logistic, logit
from data.synthetic.features import HIDDEN
from data.synthetic.lags import Silence
from data.synthetic.people import WEEKS_A_MONTH
from data.synthetic.world import World
from data.synthetic.world_causes import Cause, ChangeEffect, Odds, Reason
from data.synthetic.world_payers import PayerWorld, Plan
from data.synthetic.world_values import Spread

EffectKey = tuple[str, str, int, str]
"""Cause, kind of effect, payer, and what the effect is of."""
REVIEW = "review"
UNNAMED = "unnamed"
CERTAIN = 30.0
"""Log odds beyond which nothing is left to chance."""


class Rates(NamedTuple):
    """A payer's hidden rates of change in its members' coverage, by week."""

    lapse: float
    restored: float
    other: float
    other_ends: float
    elsewhere: float

    def possible(self) -> "Rates":
        """The rates where coverage cannot both end and go to another payer in one week."""
        leaving = max(1.0, self.lapse + self.other)
        return self._replace(lapse=self.lapse / leaving, other=self.other / leaving)

    def watched(self, share: float) -> "Rates":
        """The rates where the practice sees this share of lapses before a visit."""
        return self._replace(lapse=self.lapse * (1 - share), other=self.other * (1 - share))


class Moved(NamedTuple):
    """One effect of a dated change."""

    change: str
    day: date
    effect: ChangeEffect


class Habits(NamedTuple):
    """One cause at one payer."""

    name: str
    base: float
    coefficients: Mapping[str, float]
    moved: tuple[Moved, ...]
    kinds: tuple[str, ...]
    """Of further effects."""
    needs: tuple[str, ...]
    reviewed: bool
    hidden: bool
    """Whether facts that the practice cannot see move it."""


class Hidden:
    """Every hidden value of a world, and the published rules day by day."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.seed = seed
        self._effects: dict[EffectKey, float] = {}
        self.causes = {cause.name: cause for cause in world.causes}
        self.odds: dict[str, Odds] = {**self.causes, REVIEW: world.review}
        self.change_day = {
            change.id: self._day(change.month, change.spread_weeks, change.id)
            for change in world.changes
        }
        self.change_known: dict[str, date | None] = {
            change.id: None
            if change.announced is None
            else self.change_day[change.id] - timedelta(days=change.announced)
            for change in world.changes
        }
        self.orders = [self._order(payer) for payer in world.payers]
        self._rules: dict[tuple[int, date, str], PayerWorld] = {}
        self.rule_days = [
            sorted(self.change_day[c.id] for c in world.changes if c.payer == payer.id and c.rules)
            for payer in world.payers
        ]

    def _drawn(self, what: Spread, *name: object) -> float:
        if not what.sd:
            return what.mean
        return Draws(self.seed, "hidden", *name).normal(what.mean, what.sd)

    def _day(self, month: float, spread_weeks: float, name: str) -> date:
        weeks = month * WEEKS_A_MONTH
        weeks += (2 * Draws(self.seed, "change", name).random() - 1) * spread_weeks
        return self.world.start + timedelta(days=round(7 * weeks))

    def _order(self, payer: PayerWorld) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Causes of the claim, then causes of the line, in the order in which they are tried."""
        scopes = []
        for scope in ("claim", "line"):
            order = [cause.name for cause in self.world.causes if cause.scope == scope]
            for i in range(len(order) - 1):
                if Draws(self.seed, "order", payer.id, scope, i).chance(self.world.shuffled_order):
                    order[i], order[i + 1] = order[i + 1], order[i]
            scopes.append(tuple(order))
        return scopes[0], scopes[1]

    @cached_property
    def habits(self) -> tuple[dict[str, Habits], ...]:
        """By payer, by cause; the rate of review stands under its own name."""
        return tuple(
            {name: self._habits(index, name) for name in self.odds}
            for index in range(len(self.world.payers))
        )

    def _habits(self, index: int, name: str) -> Habits:
        payer, odds = self.world.payers[index], self.odds[name]
        base = self._drawn(odds.base, "base", name, payer.id)
        if name in payer.shift:
            base += self._drawn(payer.shift[name], "shift", name, payer.id)
        return Habits(
            name=name,
            base=base,
            coefficients={
                feature: self._drawn(what, "effect", name, feature, payer.id)
                for feature, what in odds.effects.items()
            },
            moved=tuple(
                Moved(change.id, self.change_day[change.id], effect)
                for change in self.world.changes
                if change.payer == payer.id
                for effect in change.effects
                if effect.cause == name
            ),
            kinds=tuple(kind for kind, sd in odds.by.items() if sd),
            needs=odds.needs if isinstance(odds, Cause) else (),
            reviewed=isinstance(odds, Cause) and odds.reviewed,
            hidden=bool(HIDDEN & {*odds.effects, *(odds.needs if isinstance(odds, Cause) else ())}),
        )

    def effect(self, name: str, kind: str, payer: int, value: str) -> float:
        """What one plan, code, clinician … adds to a cause's log odds at one payer."""
        key = (name, kind, payer, value)
        found = self._effects.get(key)
        if found is None:
            sd: float = self.odds[name].by[kind]  # type: ignore[index]
            draws = Draws(self.seed, "by", name, kind, self.world.payers[payer].id, value)
            found = self._effects[key] = draws.normal(0.0, sd)
        return found

    @cached_property
    def harshness(self) -> tuple[tuple[float, ...], ...]:
        """Of each payer's reviewers, in log odds."""
        return tuple(payer.reviewers for payer in self.world.payers)

    @cached_property
    def rates(self) -> tuple[Rates, ...]:
        """Of coverage, by payer; drawn on the scale of log odds, so that they stay rates."""
        return tuple(
            Rates(
                *(
                    self._rate(getattr(payer.coverage, name), name, payer.id)
                    for name in Rates._fields
                )
            ).possible()
            for payer in self.world.payers
        )

    def _rate(self, what: Spread, name: str, payer: str) -> float:
        if what.mean <= 0:
            return 0.0
        middle = logit(min(what.mean, 0.999))
        if what.sd:
            middle += Draws(self.seed, "hidden", "rate", name, payer).normal(0.0, what.sd)
        return logistic(middle)

    def reason(self, name: str, payer: int) -> Reason:
        """How this payer writes this denial."""
        return self._reasons[payer][name]

    @cached_property
    def _reasons(self) -> tuple[dict[str, Reason], ...]:
        return tuple(
            {
                cause.name: cause.reasons[
                    Draws(self.seed, "reason", payer.id, cause.name).position(
                        [reason.weight for reason in cause.reasons]
                    )
                ]
                for cause in self.world.causes
            }
            for payer in self.world.payers
        )

    def vague(self, name: str, payer: int) -> float:
        """Share of this cause's denials that this payer leaves unexplained."""
        return self._vague[payer][name]

    @cached_property
    def _vague(self) -> tuple[dict[str, float], ...]:
        return tuple(
            {
                cause.name: min(1.0, max(0.0, self._drawn(cause.vague, "vague", cause.name, p.id)))
                for cause in self.world.causes
            }
            for p in self.world.payers
        )

    @cached_property
    def names(self) -> tuple[dict[str, tuple[str, float]], ...]:
        """By payer, by cause: the category (`unnamed` for none), and the share left unnamed."""
        return tuple(
            {
                cause.name: (cause.category or UNNAMED, self._vague[index][cause.name])
                for cause in self.world.causes
            }
            for index in range(len(self.world.payers))
        )

    @cached_property
    def silences(self) -> tuple[Silence, ...]:
        """How long each payer is silent."""
        return tuple(Silence(payer) for payer in self.world.payers)

    def rules(self, payer: int, day: date, without: str = "") -> PayerWorld:
        """The published rules of a payer on a day of service.

        without: a change to leave out, for what would have been.
        """
        days = self.rule_days[payer]
        if not days or day < days[0]:
            return self.world.payers[payer]
        latest = max(one for one in days if one <= day)
        key = (payer, latest, without)
        if key not in self._rules:
            of = self.world.payers[payer]
            for change in sorted(self.world.changes, key=lambda c: self.change_day[c.id]):
                if change.payer != of.id or change.id == without:
                    continue
                if self.change_day[change.id] <= latest:
                    of = of.under(change.rules)
            self._rules[key] = of
        return self._rules[key]

    def limited(self, payer: int, plan: Plan, discipline: Discipline) -> bool:
        """Whether a plan limits a discipline's visits, now or after some change."""
        of = self.world.payers[payer]
        versions = [of, *(self.rules(payer, day) for day in self.rule_days[payer])]
        return any(discipline in version.plan(plan).visit_limit for version in versions)

    @property
    def drawn(self) -> Collection[EffectKey]:
        """The effects that were asked for so far."""
        return self._effects.keys()

    def parameters(self, drawn: Collection[EffectKey]) -> dict[str, Any]:
        """Every hidden value of the payers, for truth/parameters.json.

        drawn: the effects that were asked for, by whatever process.
        """
        by: dict[tuple[str, int], dict[str, dict[str, float]]] = {}
        for name, kind, index, value in sorted(drawn):
            kinds = by.setdefault((name, index), {})
            kinds.setdefault(kind, {})[value] = self.effect(name, kind, index, value)
        payers = {}
        for index, payer in enumerate(self.world.payers):
            claim, line = self.orders[index]
            payers[payer.id] = {
                "order": {"claim": claim, "line": line},
                "coverage": self.rates[index]._asdict(),
                "reviewers": self.harshness[index],
                "causes": {
                    name: {
                        "base": habits.base,
                        "effects": habits.coefficients,
                        "by": by.get((name, index), {}),
                        **(
                            {
                                "vague": self.vague(name, index),
                                "reason": self.reason(name, index).model_dump(mode="json"),
                            }
                            if name in self.causes
                            else {}
                        ),
                    }
                    for name, habits in self.habits[index].items()
                },
            }
        changes = [
            {
                "id": change.id,
                "payer": change.payer,
                "effective": self.change_day[change.id].isoformat(),
                "known": known.isoformat() if (known := self.change_known[change.id]) else None,
                "announced": change.announced is not None,
                "rules": sorted(change.rules),
                "effects": [effect.model_dump(mode="json") for effect in change.effects],
            }
            for change in self.world.changes
        ]
        return {"world": self.world.name, "seed": self.seed, "payers": payers, "changes": changes}
