"""The truth is held to its word, and the check would see it lie."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy.stats import chi2

from data.synthetic import membership as membership_module
from data.synthetic import practice as practice_module
from data.synthetic.adjudication import Decision, decide
from data.synthetic.coverage import Chain, Filter, Vector, states
from data.synthetic.draw import Draws
from data.synthetic.hidden import Hidden
from data.synthetic.odds import ClaimCase, State, Table
from data.synthetic.truth import UNNAMED, chances
from data.synthetic.world import World
from tests.data.synthetic.calibration import Yardstick, run, together

DRAWS = 250
Decide = Callable[[Hidden, ClaimCase, Table, State, Draws], Decision]


def changed(world: World, disciplines: tuple[str, ...], payers: tuple[str, ...]) -> dict[str, Any]:
    """A part of a world, as its file would have it."""
    content = world.model_dump(mode="json", exclude_none=True)
    content["changes"] = []
    content["disciplines"] = {name: content["disciplines"][name] for name in disciplines}
    content["payers"] = [one for one in content["payers"] if one["id"] in payers]
    return content


def insist(content: dict[str, Any]) -> dict[str, Any]:
    """The same world, but for payers who find fault with much."""
    content["review"]["base"] = 0.0
    for cause in content["causes"]:
        if cause["name"] in ("documentation", "authorization", "provider"):
            cause["base"] = -1.0
    return content


class Judged(NamedTuple):
    """A claim on its way to the payer."""

    hidden: Hidden
    case: ClaimCase
    table: Table
    posterior: Vector


@pytest.fixture(scope="module")
def claims(world: World) -> list[Judged]:
    """Claims of several lines, whose members' coverage is uncertain."""
    part = World.model_validate(insist(changed(world, ("PT", "OT"), ("77013", "61101"))))
    found: list[Judged] = []

    def listen(hidden: Hidden, case: ClaimCase, table: Table, posterior: Vector, _: Any) -> Any:
        best = chances(hidden, case, table, posterior, _)
        if len(case.lines) > 1 and 0.1 < best.claim < 0.9:
            found.append(Judged(hidden, case, table, posterior))
        return best

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(practice_module, "chances", listen)
        run(part, 15, 4, seed=4)
    return found[:60]


def misfit(claims: list[Judged], decide: Decide) -> float:
    """How likely the outcomes are, claim by claim and reason by reason, if the truth is true."""
    total, terms = 0.0, 0
    expected: dict[str, float] = defaultdict(float)
    variance: dict[str, float] = defaultdict(float)
    happened: dict[str, int] = defaultdict(int)
    for hidden, case, table, posterior in claims:
        order = states(len(posterior) // 3)
        best = chances(hidden, case, table, posterior, order)
        denied = 0
        reasons: dict[str, int] = defaultdict(int)
        for number in range(DRAWS):
            draws = Draws(9, case.claim_id, number)
            decision = decide(hidden, case, table, order[draws.position(posterior.tolist())], draws)
            denied += decision.denied
            first = decision.lines[0]
            if first.cause:
                category = hidden.causes[first.cause].category or UNNAMED
                reasons[UNNAMED if first.vague else category] += 1
        total += (denied - DRAWS * best.claim) ** 2 / (DRAWS * best.claim * (1 - best.claim))
        terms += 1
        for category, p in best.lines[0].items():
            expected[category] += DRAWS * p
            variance[category] += DRAWS * p * (1 - p)
            happened[category] += reasons[category]
    for category, spread in variance.items():
        if spread > 10:
            total += (happened[category] - expected[category]) ** 2 / spread
            terms += 1
    return float(chi2.sf(total, terms))


def test_adjudication_bears_out_the_chances(claims: list[Judged]) -> None:
    assert len(claims) == 60
    assert misfit(claims, decide) > 0.001


def in_another_order(
    hidden: Hidden, case: ClaimCase, table: Table, state: State, draws: Draws
) -> Decision:
    names = table.claim_causes
    order = sorted(range(len(names)), key=lambda i: names[i] == "provider")
    return decide(
        hidden,
        case,
        table._replace(
            claim_causes=tuple(names[i] for i in order),
            front={state: tuple(table.front[state][i] for i in order)},
        ),
        state,
        draws,
    )


def reviewed_line_by_line(
    hidden: Hidden, case: ClaimCase, table: Table, state: State, draws: Draws
) -> Decision:
    whole = decide(hidden, case, table, state, draws)
    if whole.stopped_by is not None:
        return whole
    open_door = {state: tuple(0.0 for _ in table.front[state])}
    apart = [
        decide(hidden, case, table._replace(front=open_door), state, draws).lines[i]
        for i in range(len(case.lines))
    ]
    return Decision(None, whole.reviewed, tuple(apart), whole.answered, None, None)


def stopped_line_by_line(
    hidden: Hidden, case: ClaimCase, table: Table, state: State, draws: Draws
) -> Decision:
    apart = tuple(
        decide(hidden, case, table, state, draws).lines[i] for i in range(len(case.lines))
    )
    return Decision(None, False, apart, case.submitted, None, None)


@pytest.mark.parametrize("lie", [in_another_order, reviewed_line_by_line, stopped_line_by_line])
def test_another_adjudication_is_seen(claims: list[Judged], lie: Decide) -> None:
    assert misfit(claims, lie) < 1e-6


@pytest.fixture(scope="module")
def unsteady(world: World) -> World:
    """A world in which coverage comes and goes, and each answer comes before the next visit.

    So a member's errors are independent of each other, and little is needed to see a lie.
    """
    content = changed(world, ("MH",), ("77013",))
    content["payers"][0]["coverage"] |= {"lapse": 0.05, "restored": 0.05}
    content["disciplines"]["MH"]["visits_per_week"] = {"0.5": 1.0}
    soon = {"median": 6.0, "spread": 0.1, "shortest": 4, "longest": 9}
    content["payers"][0]["lags"] = dict.fromkeys(("paid", "denied", "quick", "pend"), soon)
    content["payers"][0]["lags"]["review"] = soon
    content["payers"][0] |= {"pend_notice": 0.0, "cycle": [1, 2, 3, 4]}
    return World.model_validate(content)


def test_outcomes_bear_out_the_probabilities(unsteady: World) -> None:
    found = Yardstick(together(unsteady, 60, 6))
    assert len(found.names) >= 12
    assert found.likelihood() > 0.001


class TwiceAsManyLapses(Chain):
    def __init__(self, what: Any, rates: Any, *rest: Any) -> None:
        super().__init__(what, rates._replace(lapse=2 * rates.lapse), *rest)


class NothingReceived(Filter):
    def add(self, seen: Any) -> None:
        """Forgets it."""


@pytest.mark.parametrize(
    ("name", "lie"), [("Chain", TwiceAsManyLapses), ("Filter", NothingReceived)]
)
def test_another_history_is_seen(
    name: str, lie: type, unsteady: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership_module, name, lie)
    assert Yardstick(together(unsteady, 60, 6)).likelihood() < 0.001


def test_the_filter_agrees_with_adding_up_every_path(world: World) -> None:
    from datetime import date, timedelta
    from itertools import pairwise, product

    from data.synthetic.coverage import Seen, steps
    from data.synthetic.hidden import Rates
    from data.synthetic.lags import Silence

    payer = world.payers[0]
    rates = Rates(0.1, 0.2, 0.05, 0.3, 0.0)
    start = date(2025, 3, 3)
    step, _ = steps(rates, 1)
    answers = {0: ([0.9, 0.1, 0.2], 3), 1: ([0.3, 0.8, 0.5], 3), 3: ([0.2, 0.6, 0.9], 3)}
    chain = Filter(rates, 1, 0, 0, start, 100)
    for week, (passed, lag) in answers.items():
        sent = start + timedelta(weeks=week)
        here = np.array(passed)
        chain.add(
            Seen(
                week=week,
                submitted=sent,
                told=here,
                passed=here,
                quickly=1 - here,
                slowly=0 * here,
                paid=1.0,
                denied=0.0,
                reviewed=0.0,
                silence=Silence(payer),
                known_on=sent + timedelta(days=lag),
            )
        )
    morning = start + timedelta(weeks=5)
    for asked in (1, 2, 4):
        weight = np.zeros(3)
        for path in product(range(3), repeat=5):
            likelihood = 1.0 if path[0] == 0 else 0.0
            for one, other in pairwise(path):
                likelihood *= step[one, other]
            for week, (passed, _) in answers.items():
                likelihood *= passed[path[week]]
            weight[path[asked]] += likelihood
        assert np.allclose(chain.posterior(asked, morning), weight / weight.sum())
