"""New files are taken in once, and train only when enough was answered since the last time."""

import os
from datetime import date
from pathlib import Path

import pytest

import training.retrain
from claims.store import Store
from models.registry import CHALLENGER, Registry, Version
from tests.training.conftest import KEY
from training.promote import Decision
from training.promotion import DECISION, Promotion
from training.retrain import Folder, one_round
from training.train import Settings


class Known(Registry):
    """A registry that knows one challenger."""

    def __init__(self, answered: int | None, decided: bool = True) -> None:
        self.answered = answered
        self.decided = decided

    def version(self, name: str, alias: str) -> Version | None:
        if self.answered is None or alias != CHALLENGER:
            return None
        tags = {"answered": str(self.answered)} | ({DECISION: "{}"} if self.decided else {})
        return Version(name, "1", "", Path(), tags)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """Days as of which training was asked for; it is not done here."""
    days: list[date] = []

    class Made:
        version = "2"

    def train(store: Store, registry: Registry, own: object, as_of: date, *_: object) -> Made:
        days.append(as_of)
        return Made()

    def propose(*_: object, act: bool, **__: object) -> Promotion:
        return Promotion("2", "1", Decision(True, ()), None, proposed=not act)

    monkeypatch.setattr(training.retrain, "train_challenger", train)
    monkeypatch.setattr(training.retrain, "promote_challenger", propose)
    return days


def arrived(practice: Path, folder: Path, kind: str, count: int) -> None:
    folder.mkdir(exist_ok=True)
    for file in sorted((practice / kind).iterdir())[:count]:
        (folder / file.name).write_bytes(file.read_bytes())


def test_files_are_taken_in_and_a_challenger_is_proposed(
    practice: Path, tmp_path: Path, trained: list[date]
) -> None:
    inbox, home = tmp_path / "inbox", tmp_path / "home"
    home.mkdir()
    (home / "member.key").write_text(KEY + "\n", encoding="ascii")
    arrived(practice, inbox, "claims", 12)
    arrived(practice, inbox, "remittances", 25)
    (inbox / "broken.835").write_bytes(b"ISA*00*")
    folder = Folder(inbox, home)
    log = home / "decisions.jsonl"
    with Store.open(f"sqlite:///{home / 'claimwright.db'}", "main", home) as store:

        def again(answered: int | None, least: int) -> training.retrain.Round:
            return one_round(
                store, Known(answered), None, folder.ready(at_once=True), log,
                settings=Settings(), least=least,
            )  # fmt: skip

        first = again(None, 10)
        assert len(first.taken) >= 37
        assert any("broken.835" in problem for problem in first.problems)
        assert first.trained == "2"
        assert first.decision is not None
        assert first.decision["proposed"]
        day = first.as_of
        assert day is not None
        assert trained == [day]

        count = first.newly_answered
        second = again(count, 10)
        assert (second.taken, second.newly_answered, second.trained) == ([], 0, None)
        arrived(practice, inbox, "remittances", 60)
        third = again(count, 10)
        assert third.newly_answered >= 10
        assert len(trained) == 2
        assert again(count, 10_000).why_not is not None

        # A round that ended between training and decision: the next one decides.
        left = one_round(
            store, Known(third.newly_answered + count, decided=False), None, iter(()), log,
            settings=Settings(), least=10,
        )  # fmt: skip
        assert left.trained == "1"
        assert left.decision is not None
        assert len(trained) == 2


def test_a_file_that_still_grows_waits(tmp_path: Path) -> None:
    folder = Folder(tmp_path, tmp_path)
    file = tmp_path / "2025-01-06-P1.835"
    file.write_bytes(b"ISA")
    assert list(folder.ready()) == []
    file.write_bytes(b"ISA*00")
    os.utime(file, (1, 1))
    assert list(folder.ready()) == []
    assert list(folder.ready()) == [file]
    assert list(folder.ready()) == []
