"""A review follows the practice's own policies, those announced to it, and its promoted model."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claims.note import Note
from claims.store import Store
from models.registry import CHALLENGER, CHAMPION, CODING, Registry
from serving.app import create_app
from serving.cli import app as cli
from serving.reviewing import Reviewing
from serving.settings import Settings
from serving.settings import settings as of_process
from tests.serving.web import Web
from training.coding_examples import described
from training.coding_trees import fit

NOTE = Note(
    id="n1",
    text="Individual session by secure video, client at home, 1:00 pm to 1:55 pm. CBT thought "
    "record on guilt; client rated belief 80 to 40.",
    discipline="MH",
    credential="LCSW",
    date_of_service=date(2026, 3, 2),
    payer_id="EX100",
    payer_type="commercial",
    place_of_service="10",
)
WANTS_GT = """payer_id: EX100
name: Example Health
line_of_business: commercial
source: Example Health bulletin 7
known: 2026-01-10
rules:
  - {rule: telehealth, when: {disciplines: [MH]}, video_modifiers: GT, places: [10]}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def modifiers(reviewing: Reviewing) -> tuple[str, ...]:
    return reviewing.review(NOTE).codes[0].modifiers


def test_an_empty_home_is_reviewed_under_shipped_policies_and_stays_empty(home: Path) -> None:
    assert modifiers(Reviewing(Settings(home=home))) == ("95",)
    assert list(home.iterdir()) == []


def test_a_practices_own_policy_is_followed(home: Path) -> None:
    (home / "policies").mkdir()
    (home / "policies" / "example.yaml").write_text(WANTS_GT, encoding="utf-8")
    assert modifiers(Reviewing(Settings(home=home))) == ("GT",)


def test_an_announced_policy_is_followed(home: Path, tmp_path: Path) -> None:
    announced = tmp_path / "2026-01-10-example.yaml"
    announced.write_text(WANTS_GT, encoding="utf-8")
    settings = Settings(home=home)
    with Store.open(settings.database, settings.practice, home) as store:
        store.ingest(announced)
    assert modifiers(Reviewing(settings)) == ("GT",)


@pytest.mark.parametrize(("used", "due"), [(2500, True), (900, False)])
def test_kx_follows_the_benefits_held(home: Path, tmp_path: Path, used: int, due: bool) -> None:
    held = tmp_path / "benefits.csv"
    held.write_text(
        "payer_id,member_id,benefit,limit,used,unit,period_start,as_of\n"
        f"04412,1EG4TE5MK73,PT/SLP,2480,{used},dollars,2026-01-01,2026-02-20\n",
        encoding="utf-8",
    )
    settings = Settings(home=home)
    with Store.open(settings.database, settings.practice, home) as store:
        store.ingest(held)
    note = Note(
        id="n2",
        text="Therapeutic exercise 24 minutes for quad strength, 3 x 10. Total timed minutes 24. "
        "Client tolerated well.",
        discipline="PT",
        credential="PT",
        date_of_service=date(2026, 3, 2),
        payer_id="04412",
        payer_type="medicare",
        member_id="1EG4TE5MK73",
    )
    code = Reviewing(settings).review(note).codes[0]
    assert ("KX" in code.modifiers) is due
    of_another = note.model_copy(update={"member_id": "9EG4TE5MK73"})
    assert "KX" not in Reviewing(settings).review(of_another).codes[0].modifiers


def test_command_and_service_review_alike(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "policies").mkdir()
    (home / "policies" / "example.yaml").write_text(WANTS_GT, encoding="utf-8")
    sent = NOTE.model_dump(mode="json", exclude_none=True)
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(home))
    of_process.cache_clear()
    told = CliRunner().invoke(cli, ["review", "-", "--format", "json"], input=json.dumps(sent))
    of_process.cache_clear()
    answer = Web(create_app(Settings(home=home))).post("/v1/notes/review", json={"notes": [sent]})
    assert json.loads(told.stdout) == answer.json()["reviews"][0]
    assert answer.json()["reviews"][0]["codes"][0]["modifiers"] == ["GT"]


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # MLflow's own query
def test_a_promoted_coding_model_replaces_the_shipped_one_if_it_can_be_read(home: Path) -> None:
    settings = Settings(home=home)
    registry = Registry(settings.tracking, home / "artifacts")
    with registry.run("test", {}) as run:
        folder = run.folder / "model"
        fit(list(described()), "of this practice").to_disk(folder)
        number = run.register(CODING, folder, CHALLENGER, {})
    shipped = Reviewing(settings).review(NOTE).models["coding"]
    assert "of this practice" not in shipped
    registry.point(CODING, CHAMPION, number)
    assert "of this practice" in Reviewing(settings).review(NOTE).models["coding"]
    (folder / "coding.npz").unlink()
    assert Reviewing(settings).review(NOTE).models["coding"] == shipped
