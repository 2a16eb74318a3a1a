"""A running service follows the champion's alias, keeps what it has where a new one fails."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest

import serving.models
from claims.problem import ClaimwrightError
from models.denial import DenialModel
from models.registry import CHAMPION, DENIAL, Registry, Version
from serving.models import Champion
from tests.training.test_train import QUICK, made_up
from training.splits import by_time
from training.train import fit


class Aliases(Registry):
    """A registry whose champion a test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.champion = "1"

    def version(self, name: str, alias: str) -> Version | None:
        assert (name, alias) == (DENIAL, CHAMPION)
        if self.champion == "silent":
            raise ClaimwrightError("the model registry does not answer")
        return Version(name, self.champion, "", self.folder / self.champion, {})


@pytest.fixture(scope="module")
def model() -> DenialModel:
    table, _, denied = made_up(length=1500)
    category = np.full(len(denied), -1, dtype=np.int8)
    return fit(table, denied, category, by_time(table.lines.submitted), (), QUICK).model


@pytest.fixture
def aliases(model: DenialModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aliases:
    """Versions 1 and 2 that can be read, 3 that cannot, 4 that fails its self-test."""
    monkeypatch.setattr(serving.models, "LOOK_AGAIN", 0.0)
    for version in "1234":
        model.save(tmp_path / version, "# card\n")
    (tmp_path / "3" / "line.txt").write_text("no booster", encoding="utf-8")
    schema = json.loads((tmp_path / "4" / "schema.json").read_text(encoding="utf-8"))
    schema["numbers"].append("one.more")
    changed = type(model.schema).from_json(schema)
    (tmp_path / "4" / "schema.json").write_text(
        json.dumps(changed.as_json() | {"digest": changed.digest}), encoding="utf-8"
    )
    return Aliases(tmp_path)


def served(champion: Champion) -> str | None:
    found, reference = champion.current()
    assert found is not None
    return reference.version if reference else None


def test_a_new_alias_is_taken_up(aliases: Aliases) -> None:
    champion = Champion(aliases)
    assert served(champion) == "1"
    aliases.champion = "2"
    assert served(champion) == "2"


@pytest.mark.parametrize("broken", ["3", "4", "silent"])
def test_a_model_that_fails_leaves_the_old_one_in_use(aliases: Aliases, broken: str) -> None:
    champion = Champion(aliases)
    assert served(champion) == "1"
    aliases.champion = broken
    assert served(champion) == "1"
    aliases.champion = "2"
    assert served(champion) == "2"


def test_no_request_goes_without_a_model_while_aliases_move(aliases: Aliases) -> None:
    champion = Champion(aliases)
    assert served(champion) == "1"
    seen: list[str | None] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            found, reference = champion.current()
            seen.append(reference.version if found is not None and reference else None)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for version in "213242":
        aliases.champion = version
        served(champion)
    done.set()
    for asker in askers:
        asker.join()
    assert set(seen) <= {"1", "2"}
    assert served(champion) == "2"


def test_an_older_champion_serves_where_columns_have_been_added(
    model: DenialModel, tmp_path: Path
) -> None:
    table, _, _ = made_up(length=300)
    before = model.risks(table)
    model.save(tmp_path, "# card\n")
    older = DenialModel.load(tmp_path)
    more = np.column_stack([np.ones(len(table)), table.numbers, np.zeros(len(table))])
    newer = type(table)(
        table.lines,
        ("added.first", *table.names, "added.last"),
        more.astype(np.float32),
        table.words | {"added.word": ["x"] * len(table)},
        table.allowed,
    )
    after = older.risks(newer)
    assert after.line == pytest.approx(before.line, rel=1e-6)
    assert after.reasons == pytest.approx(before.reasons, rel=1e-6)
