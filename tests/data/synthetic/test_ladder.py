"""The rungs between the base rate and the best attainable."""

from pathlib import Path

import pytest

from data.synthetic import ladder
from data.synthetic.features import FEATURES, HIDDEN
from data.synthetic.ladder import GRADED, RUNGS, Ladder, climb, steep
from data.synthetic.learnable import Past
from data.synthetic.world import World


@pytest.fixture(scope="module")
def climbed(practice: Path) -> Ladder:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ladder.BOOSTING, "min_data_in_leaf", 10)
        return climb(Past.read(practice))


def test_nobody_does_better_than_the_best_attainable(climbed: Ladder) -> None:
    assert {rung.known for rung in climbed.rungs} == RUNGS.keys()
    assert all(climbed.best < rung.loss for rung in climbed.rungs)
    assert all(rung.part < 1 for rung in climbed.rungs)


def test_what_is_taken_away_is_missed(climbed: Ladder) -> None:
    assert climbed.smooth > 0
    assert climbed.thresholds > 0


def test_slips_are_steep_and_degrees_are_not(world: World) -> None:
    found = steep(world)
    assert {"missing_taxonomy", "authorization_missing", "lapsed"} <= found
    assert not found & {*GRADED, "missing_plan", "low_severity", "telehealth"}
    assert found <= FEATURES.keys()
    assert found & HIDDEN
