"""Every key and every feature of a world file is explained in docs/worlds.md."""

from pathlib import Path

import pytest

from data.synthetic import world as worlds
from data.synthetic.features import FEATURES

PAGE = (Path(__file__).parents[3] / "docs" / "worlds.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "record",
    [
        worlds.World,
        worlds.DisciplineWorld,
        worlds.PayerWorld,
        worlds.Plan,
        worlds.Coverage,
        worlds.Lags,
        worlds.Lag,
        worlds.AuthorizationRule,
        worlds.Cause,
        worlds.Reason,
        worlds.Change,
        worlds.ChangeEffect,
        worlds.Slip,
        worlds.SecondPayer,
    ],
)
def test_every_key_is_explained(record: type[worlds.Record]) -> None:
    for key in record.model_fields:
        assert key in PAGE, key


def test_every_feature_and_slip_is_explained() -> None:
    for name in (*FEATURES, *worlds.SLIPS):
        assert name in PAGE, name
