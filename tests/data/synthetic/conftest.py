"""One small practice that several tests look at."""

from pathlib import Path

import pytest

from data.synthetic.folder import Order, write_practice
from data.synthetic.world import World, load_world


@pytest.fixture(scope="session")
def world() -> World:
    return load_world()


@pytest.fixture(scope="session")
def practice(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("practice") / "out"
    write_practice(Order(world, 30, 3, seed=5, outcome_seed=5), out)
    return out
