"""A world is a file; a wrong one is told which key is wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from claims.outcome import outcome
from claims.problem import ClaimwrightError
from claims.remittance import ClaimPayment, LinePayment
from data.synthetic.payments import SOURCE
from data.synthetic.tables import diagnoses
from data.synthetic.world import World, load_world


@pytest.mark.parametrize("name", ["default", "additive", "cells", "changes"])
def test_shipped_worlds_are_valid(name: str) -> None:
    assert load_world(Path(name)).name == name


def edited(tmp_path: Path, change: Any) -> Path:
    content = load_world().model_dump(mode="json", exclude_none=True)
    change(content)
    path = tmp_path / "world.yaml"
    path.write_text(yaml.dump(content, Dumper=yaml.CSafeDumper))
    return path


def set_to(*keys: Any, value: Any) -> Any:
    def change(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_to("start", value="2024-10-01"), "Monday"),
        (set_to("payers", 0, "unansweredd", value=0.1), "payers.0.unansweredd"),
        (set_to("payers", 0, "unanswered", value=1.5), "payers.0.unanswered"),
        (set_to("causes", 0, "effects", "missing_taxonmy", value=1), "missing_taxonmy"),
        (set_to("changes", 0, "payer", value="nobody"), "northern-long-sessions"),
        (set_to("changes", 2, "rules", value={"unit_rule": "none"}), "rules.unit_rule"),
        (set_to("slips", "typo", value={"rate": 0.1}), "no slip is called typo"),
        (set_to("causes", 0, "scope", value="line"), "scope claim must come before"),
        (set_to("causes", 3, "reasons", value=[{"carc": "119"}]), "119"),
        (set_to("second", value=None), "second"),
        (
            set_to("disciplines", "MH", "credentials", value={"PT": 1}),
            r"disciplines\.MH\.credentials\.PT",
        ),
        (
            set_to("disciplines", "MH", "visits_per_week", value={"often": 1}),
            "visits_per_week: often",
        ),
        (set_to("disciplines", "PT", "minutes", value={"45": 0}), "minutes: one of the shares"),
        (
            set_to("payers", 4, "coverage", "lapse", value=3),
            r"coverage\.lapse: a chance.*4 is 61101",
        ),
        (set_to("payers", 0, "lags", "paid", "shortest", value=300), "lags.paid: shortest"),
        (set_to("changes", 2, "rules", value={"cycle": [1]}), r"rules\.cycle: is no rule"),
        (set_to("changes", 0, "effects", 0, "codes", value=["9083"]), "effects.0.codes.0"),
        (set_to("changes", 0, "effects", 0, "when", value="rain"), "when: no feature"),
        (set_to("practice", value="A*B"), "practice"),
    ],
)
def test_a_bad_world_is_told_its_key(change: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(ClaimwrightError, match=said):
        load_world(edited(tmp_path, change))


def test_what_is_no_file_or_no_yaml_is_said(tmp_path: Path) -> None:
    with pytest.raises(ClaimwrightError, match="cannot be read"):
        load_world(tmp_path / "absent.yaml")
    (tmp_path / "bad.yaml").write_text("name: [")
    with pytest.raises(ClaimwrightError, match="not YAML"):
        load_world(tmp_path / "bad.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(ClaimwrightError, match="expected keys"):
        load_world(tmp_path / "list.yaml")


def test_a_world_may_extend_another(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "extends: default\nname: mine\npayers:\n- {id: '61101', fee: 2.5}\n"
        "causes:\n- {name: eligibility, effects: {lapsed: 8}}\n"
    )
    mine, base = load_world(path), load_world()
    assert [payer.id for payer in mine.payers] == [payer.id for payer in base.payers]
    assert {p.id: p.fee for p in mine.payers}["61101"] == 2.5
    changed = next(cause for cause in mine.causes if cause.name == "eligibility")
    assert set(changed.effects) == {"lapsed"}
    assert mine.changes == base.changes


def test_a_world_may_leave_out_and_put_in(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "extends: default\nname: mine\nchanges:\n- {id: northern-long-sessions, remove: true}\n"
        "causes:\n- {name: other, category: non_covered, scope: claim, base: -6,\n"
        "   reasons: [{carc: '256'}]}\n"
    )
    mine, base = load_world(path), load_world()
    assert {one.id for one in base.changes} - {one.id for one in mine.changes} == {
        "northern-long-sessions"
    }
    scopes = [cause.scope for cause in mine.causes]
    assert scopes == sorted(scopes)
    assert "other" in {cause.name for cause in mine.causes}


def test_a_world_must_extend_something(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("extends: defualt\nname: mine\n")
    with pytest.raises(ClaimwrightError, match=r"mine\.yaml: extends: defualt"):
        load_world(path)


def test_a_world_cannot_extend_itself(tmp_path: Path) -> None:
    path = tmp_path / "loop.yaml"
    path.write_text("extends: loop.yaml\nname: loop\n")
    with pytest.raises(ClaimwrightError, match="extends itself"):
        load_world(path)


def test_each_way_of_writing_a_denial_is_read_as_its_category(world: World) -> None:
    for cause in world.causes:
        for reason in cause.reasons:
            adjustment = {"group": reason.group, "carc": reason.carc, "amount": 100}
            line = LinePayment.model_validate(
                {
                    "procedure": "90837",
                    "charge": 100,
                    "paid": 0,
                    "adjustments": (adjustment,),
                    "remarks": reason.rarc,
                }
            )
            payment = ClaimPayment(
                claim_id="1", status_code="1", charge=100, paid=0, lines=(line,), source=SOURCE
            )
            found = outcome(payment, None, None)
            assert found.outcome == "denied"
            assert found.lines[0].category == cause.category


def test_diagnoses_are_valid_to_the_last_digit() -> None:
    codes = pytest.importorskip("simple_icd_10_cm")
    for found in diagnoses().values():
        for one in found:
            code = one.code if len(one.code) < 4 else f"{one.code[:3]}.{one.code[3:]}"
            assert codes.is_leaf(code), code


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("{carc: '999'}", "999 is no current adjustment reason"),
        ("{carc: '45'}", "45 denies nothing"),
        ("{carc: '16', rarc: [XYZ]}", "XYZ is no current remark"),
        ("{carc: '197'}", "197 is read as authorization"),
    ],
)
def test_a_reason_must_be_read_as_its_cause(tmp_path: Path, reason: str, told: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"extends: default\nname: mine\ncauses:\n- {{name: timely_filing, reasons: [{reason}]}}\n"
    )
    with pytest.raises(ClaimwrightError, match=rf"causes\.timely_filing\.reasons: {told}"):
        load_world(path)
