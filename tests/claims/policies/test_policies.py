"""A policy answers for a day of service, as far as it was known on another day."""

import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.policies import Policy, PolicyBook, line_of_business, parse, policy_book, shipped
from claims.policies.files import PolicyFile
from claims.policies.rules import (
    KINDS,
    AssistantModifiers,
    AuthorizationNeed,
    Coverage,
    CredentialModifiers,
    Documentation,
    Ncci,
    Rule,
    Substitution,
    Telehealth,
    TherapyThreshold,
    TimelyFiling,
    UnitCounting,
)

SPRING = date(2026, 4, 1)


def file(text: str, name: str = "own.yaml", origin: str = "own") -> PolicyFile:
    parsed, problems = parse(text, name, origin)  # type: ignore[arg-type]
    assert not problems, [str(problem) for problem in problems]
    assert parsed is not None
    return parsed


LINE = file(
    """
line_of_business: commercial
source: the line of business
certainty: assumed
rules:
  - {rule: unit_rule, unit_rule: ama_midpoint}
  - {rule: timely_filing, days: 180}
  - rule: telehealth
    when: {disciplines: [PT, OT]}
    video_modifiers: 95
""",
    "shipped/commercial.yaml",
    "shipped",
)
PAYER = """
payer_id: P1
name: Example Health
line_of_business: commercial
source: the payer's manual
rules:
"""


def policy(*rules: str, on: date = SPRING, known: date | None = None, **asked: object) -> Policy:
    book = PolicyBook([LINE, file(PAYER + "\n".join(rules))])
    return book.policy("P1", "CI", on=on, known=known, **asked)  # type: ignore[arg-type]


def test_a_payers_rule_stands_over_its_line_of_business() -> None:
    found = policy("  - {rule: timely_filing, days: 90}")
    assert found.find(TimelyFiling).days == 90  # type: ignore[union-attr]
    assert found.find(UnitCounting).unit_rule == "ama_midpoint"  # type: ignore[union-attr]
    assert found.find(Ncci) is None


def test_an_unknown_payer_gets_its_line_of_business_and_is_told_apart() -> None:
    book = PolicyBook([LINE, file(PAYER + "  - {rule: timely_filing, days: 90}")])
    known, unknown = book.policy("P1", "CI", on=SPRING), book.policy("P2", "CI", on=SPRING)
    assert (known.payer_known, unknown.payer_known) == (True, False)
    assert unknown.find(TimelyFiling).days == 180  # type: ignore[union-attr]


def test_a_practices_own_rule_stands_over_an_announced_one_over_a_shipped_one() -> None:
    files = [
        file(PAYER + f"  - {{rule: timely_filing, days: {days}}}", f"{origin}.yaml", origin)
        for days, origin in ((30, "own"), (20, "announced"), (10, "shipped"))
    ]
    assert PolicyBook(files).policy("P1", on=SPRING).find(TimelyFiling).days == 30  # type: ignore[union-attr]
    assert PolicyBook(files[1:]).policy("P1", on=SPRING).find(TimelyFiling).days == 20  # type: ignore[union-attr]


def test_the_narrower_rule_decides_within_a_file() -> None:
    found = policy(
        "  - {rule: telehealth, when: {codes: 90837}, covered: false}",
        "  - {rule: telehealth, when: {disciplines: MH}, video_modifiers: 95}",
        "  - {rule: telehealth, video_modifiers: GT}",
    )
    assert found.find(Telehealth, "90837", "MH").covered is False  # type: ignore[union-attr]
    assert found.find(Telehealth, "90834", "MH").video_modifiers == ("95",)  # type: ignore[union-attr]
    assert found.find(Telehealth, "97110", "PT").video_modifiers == ("GT",)  # type: ignore[union-attr]


def test_a_rule_counts_from_its_effective_day_and_only_once_it_is_known() -> None:
    rules = (
        "  - {rule: timely_filing, days: 180}",
        "  - {rule: timely_filing, days: 90, effective: 2026-03-01, known: 2026-02-01}",
    )

    def days(on: date, known: date | None) -> int:
        return policy(*rules, on=on, known=known).find(TimelyFiling).days  # type: ignore

    assert days(date(2026, 2, 28), None) == 180
    assert days(date(2026, 3, 1), None) == 90
    assert days(date(2026, 3, 1), date(2026, 1, 31)) == 180
    assert days(date(2026, 3, 1), date(2026, 2, 1)) == 90


def test_what_was_restored_for_a_time_gone_by_is_known_only_later() -> None:
    rules = (
        "  - {rule: telehealth, covered: true}",
        "  - {rule: telehealth, covered: false, effective: 2025-10-01}",
        "  - {rule: telehealth, covered: true, effective: 2025-10-01, known: 2026-02-03}",
    )
    autumn = date(2025, 11, 15)
    lapsed = policy(*rules, on=autumn, known=date(2025, 12, 1)).find(Telehealth, "97110", "PT")
    restored = policy(*rules, on=autumn, known=date(2026, 2, 3)).find(Telehealth, "97110", "PT")
    assert lapsed is not None
    assert restored is not None
    assert (lapsed.covered, restored.covered) == (False, True)


def test_until_is_the_last_day() -> None:
    rule = "  - {rule: ncci, adopted: error, until: 2026-04-01}"
    assert policy(rule, on=date(2026, 4, 1)).find(Ncci)
    assert policy(rule, on=date(2026, 4, 2)).find(Ncci) is None


def test_a_rule_of_the_same_id_takes_the_place_of_a_weaker_one() -> None:
    element = "  - {{rule: documentation, id: risk, elements: [{}], source: {}}}"
    own = file(PAYER + element.format("risk", "own").replace("source:", "severity: off, source:"))
    announced = file(PAYER + element.format("plan", "announced"), "a.yaml", "announced")
    found = PolicyBook([announced, own]).policy("P1", on=SPRING)
    assert [rule.source for rule in found.rules] == ["own"]
    assert found.rules[0].at_most("error") is None


def test_a_rule_that_is_switched_off_is_silent_and_lets_no_weaker_one_speak() -> None:
    found = policy("  - {rule: unit_rule, unit_rule: cms_8_minute, severity: off}")
    assert found.find(UnitCounting) is None
    assert any(isinstance(rule, UnitCounting) for rule in found.rules)


def test_an_assumed_rule_makes_no_error() -> None:
    assumed = policy().find(TimelyFiling)
    sure = policy("  - {rule: timely_filing, days: 90}").find(TimelyFiling)
    assert assumed is not None
    assert sure is not None
    assert (assumed.at_most("error"), sure.at_most("error")) == ("warning", "error")


def test_plans_are_told_by_group_and_their_rules_come_first() -> None:
    text = PAYER.replace("rules:", "plans: {student: [G1, Student Health]}\nrules:") + (
        "  - {rule: authorization, required: false}\n"
        "  - {rule: authorization, required: true, when: {plans: [student]}}\n"
    )
    book = PolicyBook([file(text)])
    plan = book.plan("P1", "G1")
    assert plan == book.plan("P1", None, "Student Health") == "student"
    assert book.plan("P1", "G2") is None
    with_plan = book.policy("P1", plan=plan, on=SPRING).find(AuthorizationNeed, "97153")
    without = book.policy("P1", on=SPRING).find(AuthorizationNeed, "97153")
    assert with_plan is not None
    assert without is not None
    assert (with_plan.required, without.required) == (True, False)


def test_what_is_not_known_of_a_line_satisfies_no_selector() -> None:
    found = policy(
        "  - {rule: documentation, when: {credentials: [Ph.D.], places: 10}, elements: risk}"
    )
    asked = {"code": "90837", "discipline": "MH", "place": "10"}
    assert found.all(Documentation, **asked, credential="PhD")  # type: ignore[arg-type]
    assert not found.all(Documentation, **asked)  # type: ignore[arg-type]
    assert not found.all(Documentation, "90837", "MH", credential="PhD")


def test_a_claim_of_another_line_of_business_takes_no_commercial_file() -> None:
    book = PolicyBook([LINE, file(PAYER + "  - {rule: timely_filing, days: 90}")])
    assert book.policy("P1", "MC", on=SPRING).payer_known is False
    assert book.policy("P1", "MC", on=SPRING).line_of_business == "medicaid"
    assert book.policy("P1", None, on=SPRING).payer_known is True


def test_one_payer_may_have_a_file_for_each_product() -> None:
    two = file(
        PAYER.replace("commercial", "medicare_advantage") + "  - {rule: timely_filing, days: 365}",
        "ma.yaml",
    )
    book = PolicyBook([LINE, file(PAYER + "  - {rule: timely_filing, days: 90}"), two])
    assert book.policy("P1", "16", on=SPRING).find(TimelyFiling).days == 365  # type: ignore[union-attr]
    assert book.policy("P1", "BL", on=SPRING).find(TimelyFiling).days == 90  # type: ignore[union-attr]


def test_values_are_text_where_yaml_would_make_numbers_and_truths() -> None:
    found = policy(
        "  - {rule: telehealth, places: [02, 10], video_modifiers: 95, home_place: null}",
        "  - {rule: ncci, adopted: off}",
        "  - {rule: credential_modifiers, modifiers: {LCSW: AJ, LPC: [HO, HN]}}",
    )
    telehealth = found.find(Telehealth, "97110", "PT")
    assert telehealth is not None
    assert (telehealth.places, telehealth.home_place) == (("02", "10"), None)
    assert found.find(Ncci).adopted == "off"  # type: ignore[union-attr]
    assert found.find(CredentialModifiers).modifiers["LPC"] == ("HO", "HN")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("rule", "field", "says"),
    [
        ("  - {rule: telehelth}", "rules[1]", "did you mean telehealth?"),
        ("  - {rule: ncci, adoptd: off, adopted: off}", "rules[1] ncci", "mean `adopted`?"),
        ("  - {rule: ncci}", "rules[1] ncci.adopted", "is missing"),
        (
            "  - {rule: ncci, adopted: maybe}",
            "rules[1] ncci.adopted",
            "expected one of 'error', 'warning' or 'off'",
        ),
        (
            "  - {rule: mue, adopted: off, when: {codes: [9711]}}",
            "rules[1] mue.when.codes.0",
            "ran",
        ),
        ("  - {rule: timely_filing}", "rules[1] timely_filing", "give days or months"),
        (
            "  - {rule: timely_filing, days: 9, effective: soon}",
            "rules[1] timely_filing.eff",
            "dat",
        ),
        (
            "  - {rule: ncci, adopted: off, effective: 2026-02-01, until: 2026-01-01}",
            "rules[1] ncci",
            "until lies before effective",
        ),
        ("  - {rule: ncci, adopted: off, adopted: off}", None, "`adopted` stands twice"),
        ("  - {rule: ncci, adopted: off}\n  - {rule: ncci, adopted: error}", "rules[2]", "second"),
        ("  - &a {rule: ncci, adopted: off}\n  - *a", None, "aliases"),
        ("  - [", None, "not YAML"),
    ],
)
def test_a_message_names_file_line_and_key(rule: str, field: str | None, says: str) -> None:
    _, problems = parse(PAYER + rule, "policies/p1.yaml")
    assert len(problems) == 1
    problem = problems[0]
    assert problem.file == "policies/p1.yaml"
    assert problem.row is not None
    assert (problem.field or "").startswith(field or "")
    assert says in problem.message


def test_a_wrong_rule_does_not_lose_the_others() -> None:
    parsed, problems = parse(
        PAYER + "  - {rule: ncci}\n  - {rule: mue, adopted: off}", "policies/p1.yaml"
    )
    assert parsed is not None
    assert [rule.id for rule in parsed.rules] == ["mue"]
    assert len(problems) == 1


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    parsed, problems = parse(text, "x.yaml")
    assert parsed is not None or problems


@given(
    on=st.dates(date(2023, 1, 1), date(2028, 1, 1)),
    known=st.dates(date(2023, 1, 1), date(2028, 1, 1)),
    indicator=st.sampled_from(["MB", "16", "MC", "CI", "CH", "WC", "AM", "VA", "09", None]),
)
def test_a_policy_holds_only_rules_in_force_and_known(
    on: date, known: date, indicator: str | None
) -> None:
    book, _ = policy_book()
    found = book.policy("nobody", indicator, on=on, known=known)
    assert all(rule.applies(on, known) for rule in found.rules)
    ids = [(rule.rule, rule.id) for rule in found.rules]  # type: ignore[attr-defined]
    assert len(ids) == len(set(ids))


def test_every_shipped_rule_reads_and_names_its_source() -> None:
    rules = [rule for one in shipped() for rule in one.rules]
    assert rules
    assert all(rule.source and rule.origin == "shipped" for rule in rules)


def test_filing_indicators_tell_the_line_of_business() -> None:
    told = {"MB": "medicare", "16": "medicare_advantage", "MC": "medicaid", "BL": "commercial"}
    assert {indicator: line_of_business(indicator) for indicator in told} == told
    assert line_of_business("??") is None


def test_the_page_on_policies_describes_every_kind_and_is_up_to_date() -> None:
    from docs.render import pages

    for path, text in pages().items():
        assert path.read_text(encoding="utf-8") == text, "run: python -m docs.render"
    page = (Path(__file__).parents[3] / "docs" / "policies.md").read_text(encoding="utf-8")
    assert all(f"### {word}\n" in page for word in KINDS)
    assert all(issubclass(kind, Rule) for kind in KINDS.values())


def test_the_example_on_the_page_is_valid() -> None:
    page = (Path(__file__).parents[3] / "docs" / "policies.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    parsed, problems = parse(example, "docs/policies.md")
    assert not problems
    assert parsed is not None
    assert len(parsed.rules) == 5


@pytest.mark.parametrize(
    ("on", "known", "covered"),
    [
        (date(2025, 9, 30), None, True),
        (date(2025, 10, 1), date(2025, 10, 20), False),
        (date(2025, 10, 1), date(2025, 11, 14), True),
        (date(2026, 2, 1), date(2026, 2, 1), False),
        (date(2026, 2, 1), date(2026, 2, 3), True),
        (date(2027, 12, 31), None, True),
        (date(2028, 1, 1), None, False),
    ],
)
def test_medicares_telehealth_by_therapists_lapsed_and_was_restored(
    on: date, known: date | None, covered: bool
) -> None:
    book, _ = policy_book()
    rule = book.policy("any", "MB", on=on, known=known).find(Telehealth, "97110", "PT")
    assert rule is not None
    assert rule.covered is covered
    talk = book.policy("any", "MB", on=on, known=known).find(Telehealth, "90837", "MH")
    assert talk is not None
    assert talk.covered


def test_medicares_facts_of_2026() -> None:
    found = policy_book()[0].policy("any", "MB", on=SPRING)
    talk = found.find(Telehealth, "90837", "MH")
    assert talk is not None
    assert (talk.video_modifiers, talk.audio_modifiers, talk.home_place) == ((), ("93",), "10")
    assert "95" in talk.refused_modifiers
    assert found.find(TimelyFiling).months == 12  # type: ignore[union-attr]
    assert found.find(AssistantModifiers, "97110", "PT").paid_share == 0.85  # type: ignore[union-attr]
    assert found.find(Coverage, "97010", "PT").reason == "bundled"  # type: ignore[union-attr]
    assert found.all(Substitution, "97014", "PT")[0].use == "G0283"
    hands_on = found.find(Telehealth, "97140", "PT")
    assert hands_on is not None
    assert not hands_on.covered


@pytest.mark.parametrize(
    ("year", "threshold"), [(2023, 2230), (2024, 2330), (2025, 2410), (2026, 2480), (2027, None)]
)
def test_the_kx_threshold_is_the_years_own_or_none(year: int, threshold: int | None) -> None:
    book, _ = policy_book()
    for discipline, code in (("PT", "97110"), ("OT", "97530"), ("SLP", "92507")):
        rule = book.policy("any", "MB", on=date(year, 5, 1)).find(
            TherapyThreshold, code, discipline
        )
        assert (rule.threshold if rule else None) == threshold
    advantage = book.policy("any", "16", on=date(2026, 5, 1))
    assert advantage.find(TherapyThreshold, "97110", "PT") is None
    assert advantage.find(UnitCounting, "97110", "PT").unit_rule == "cms_8_minute"  # type: ignore[union-attr]


def test_every_line_of_business_has_a_file_and_says_how_it_counts_units() -> None:
    book, _ = policy_book()
    for indicator in ("MB", "16", "MC", "CI", "CH", "WC", "AM", "VA"):
        found = book.policy("any", indicator, on=SPRING)
        assert found.find(UnitCounting, "97110", "PT"), indicator
        assert found.find(TimelyFiling), indicator


def test_nothing_in_a_commercial_file_is_sure_that_only_a_contract_can_tell() -> None:
    for one in shipped():
        if one.head.line_of_business == "commercial":
            for rule in one.rules:
                assert rule.certainty == "assumed" or rule.severity == "warning"


days = st.dates(date(2025, 12, 28), date(2026, 1, 8))
dated = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b"]),
        "days": st.integers(1, 999),
        "effective": st.none() | days,
        "known": st.none() | days,
        "origin": st.sampled_from(["shipped", "announced", "own"]),
        "line": st.booleans(),
    }
)


@given(st.lists(dated, max_size=6), st.lists(st.tuples(days, st.none() | days), max_size=6))
def test_drawn_policies_are_those_of_going_through_all_rules_each_time(
    rules: list[dict[str, object]], asked: list[tuple[date, date | None]]
) -> None:
    files = []
    for number, rule in enumerate(rules):
        head = "" if rule["line"] else "payer_id: P1\n"
        told = {key: rule[key] for key in ("id", "days", "effective", "known") if rule[key]}
        text = f"{head}line_of_business: commercial\nsource: test\nrules:\n" + "  - {{{}}}".format(
            ", ".join(f"{key}: {value}" for key, value in {"rule": "timely_filing", **told}.items())
        )
        files.append(file(text, f"{number}.yaml", str(rule["origin"])))
    book = pickle.loads(pickle.dumps(PolicyBook(files)))  # noqa: S301 - our own, just written
    origins = ["shipped", "announced", "own"]
    for on, known in asked:
        applying = []
        for number, one in enumerate(files):
            rule = one.rules[0]
            since = rule.known or rule.effective
            if (rule.effective and on < rule.effective) or (known and since and since > known):
                continue
            payer = bool(one.head.payer_id)
            strength = (
                payer,
                origins.index(one.origin),
                rule.effective or date.min,
                rule.known or date.min,
                number if payer else number - 100,
            )
            applying.append((strength, rule))
        found = book.policy("P1", "CI", on=on, known=known).find(TimelyFiling)
        expected = max(applying, key=lambda item: item[0])[1] if applying else None
        assert (found.days if found else None) == (
            expected.days if isinstance(expected, TimelyFiling) else None
        )


def test_policies_load_without_what_is_heavy() -> None:
    statement = (
        "import sys; from claims.policies import policy_book; policy_book(); "
        "print(sorted({'pandas', 'mlflow', 'numpy', 'sqlalchemy', 'fastapi'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", statement], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
