"""Every key and every feature of a world file is explained in docs/worlds.md."""

from pathlib import Path

import pytest

from claims.record import Record
from data.synthetic import world_causes, world_model, world_payers
from data.synthetic.features import FEATURES

PAGE = (Path(__file__).parents[3] / "docs" / "worlds.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "record",
    [
        world_model.World,
        world_model.DisciplineWorld,
        world_payers.PayerWorld,
        world_payers.Plan,
        world_payers.Coverage,
        world_payers.Lags,
        world_payers.Lag,
        world_payers.AuthorizationRule,
        world_causes.Cause,
        world_causes.Reason,
        world_causes.Change,
        world_causes.ChangeEffect,
        world_causes.Slip,
        world_payers.SecondPayer,
        world_payers.Telehealth,
    ],
)
def test_every_key_is_explained(record: type[Record]) -> None:
    for key in record.model_fields:
        assert key in PAGE, key


def test_every_feature_and_slip_is_explained() -> None:
    for name in (*FEATURES, *world_model.SLIPS):
        assert name in PAGE, name
