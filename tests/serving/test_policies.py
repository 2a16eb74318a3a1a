"""`claimwright policies` and `claimwright codes`: valid, in force, changed; newer CMS files."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from claims.codes.table import use_home
from serving.cli import app
from serving.settings import settings

OWN = """
payer_id: "60054"
name: Example Health
line_of_business: commercial
source: contract of 2025
rules:
  - {rule: timely_filing, days: 120}
  - {rule: discipline_modifiers, required: true, effective: 2026-01-01}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(tmp_path))
    settings.cache_clear()
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "example.yaml").write_text(OWN)
    yield tmp_path
    settings.cache_clear()
    use_home(None)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_valid_folder_is_in_order(home: Path) -> None:
    result = run("policies", "check", "--format", "json")
    assert result.exit_code == 0
    assert [(one["file"], one["rules"], one["problems"]) for one in lines(result)] == [
        ("policies/example.yaml", 2, 0)
    ]


def test_a_mistake_is_named_with_file_line_and_key_and_the_rest_still_counts(home: Path) -> None:
    file = home / "policies" / "example.yaml"
    file.write_text(OWN + "  - {rule: telehealth, video_modifer: 95}\n")
    result = run("policies", "check")
    assert result.exit_code == 1
    assert "policies/example.yaml: row 9, rules[3] telehealth: error: the key" in result.stderr
    assert "video_modifiers" in result.stderr
    assert "2 rules for 60054: 1 wrong" in result.stdout


def test_show_names_the_file_of_each_rule(home: Path) -> None:
    result = run("policies", "show", "Example", "--on", "2026-03-02", "--format", "json")
    rules = {str(one["rule"]): one for one in lines(result)}
    assert rules["timely_filing"]["file"] == "policies/example.yaml"
    assert rules["timely_filing"]["days"] == 120
    assert rules["unit_rule"]["file"] == "shipped/commercial.yaml"
    assert "discipline_modifiers" in rules
    assert (
        "Example Health on 2026-03-02"
        in run("policies", "show", "60054", "--on", "2026-03-02").stdout
    )


def test_show_leaves_out_what_was_not_known(home: Path) -> None:
    asked = ("policies", "show", "medicare", "--on", "2026-02-01", "--format", "json")

    def covered(*more: str) -> object:
        rules = lines(run(*asked, *more))
        return next(one["covered"] for one in rules if one["id"] == "telehealth by therapists")

    assert covered("--known", "2026-02-01") is False
    assert covered("--known", "2026-02-03") is True


def test_an_unknown_payer_is_said_so(home: Path) -> None:
    result = run("policies", "show", "nobody", "--line", "medicaid", "--format", "json")
    assert result.exit_code == 0
    assert "No policy file names nobody" in result.stderr
    assert {one["file"] for one in lines(result)} == {"shipped/medicaid.yaml"}
    assert run("policies", "show", "nobody", "--line", "medicade").exit_code != 0


def test_diff_says_what_the_practices_own_files_change(home: Path) -> None:
    result = run("policies", "diff", "--on", "2026-03-02", "--format", "json")
    changes = {str(one["rule"]): one for one in lines(result)}
    assert changes["timely_filing"]["change"] == "changed"
    assert changes["timely_filing"]["keys"]["days"] == [180, 120]  # type: ignore[index]
    assert {one["payer"] for one in changes.values()} == {"60054"}


def test_diff_says_what_changes_between_two_days(home: Path) -> None:
    result = run("policies", "diff", "60054", "--from", "2025-12-31", "--on", "2026-01-01")
    assert "changed: discipline_modifiers" in result.stdout
    assert "timely_filing" not in result.stdout


def test_codes_import_takes_a_cms_file_into_the_home(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "MCR_MUE_PractitionerServices_Eff_01-01-2027.csv"
    file.write_text(
        "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n"
        "97530,8,3 Date of Service Edit: Clinical,Clinical: Data\n"
    )
    result = run("codes", "import", str(file), "--format", "json")
    assert result.exit_code == 0
    assert lines(result)[0] == {
        "file": file.name, "kind": "mue", "effective": "2027-01-01", "read": 1, "kept": 1,
    }  # fmt: skip
    assert "mue: from 2027-01-01 (imported)" in run("codes", "show").stdout
