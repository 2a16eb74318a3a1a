"""The rules of docs/labels.md, case by case."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings

from claims.claim import Adjustment, Source
from claims.outcome import ClaimOutcome, LineOutcome, outcome, outcomes
from claims.remittance import ClaimPayment, LinePayment
from tests.claims.x12 import strategies
from tests.claims.x12.examples import payment, remittance

SOURCE = Source(file="", digest="", position=1)


def adjustments(text: str) -> tuple[Adjustment, ...]:
    """ "CO-45 30, PR-1 20" as adjustments."""
    found = []
    for part in filter(None, text.split(", ")):
        code, amount = part.split()
        group, carc = code.split("-")
        found.append(Adjustment(group=group, carc=carc, amount=Decimal(amount)))
    return tuple(found)


def line(charge: int, paid: int, cas: str = "", rarc: str = "", **more: object) -> LinePayment:
    return LinePayment(
        procedure=more.pop("procedure", "90837"),
        charge=charge,
        paid=paid,
        adjustments=adjustments(cas),
        remarks=tuple(rarc.split()),
        **more,
    )


def judged(*lines: LinePayment, status: str = "1", cas: str = "", **more: object) -> ClaimOutcome:
    charge = more.pop("charge", sum((one.charge for one in lines), Decimal(0)))
    paid = more.pop("paid", sum((one.paid for one in lines), Decimal(0)))
    return outcome(
        ClaimPayment(
            claim_id="A1",
            status_code=status,
            charge=charge,
            paid=paid,
            adjustments=adjustments(cas),
            lines=lines,
            source=SOURCE,
            **more,
        )
    )


def only(*lines: LinePayment, **more: object) -> LineOutcome:
    (one,) = judged(*lines, **more).lines
    return one


@pytest.mark.parametrize(
    ("paid", "cas", "expected", "category"),
    [
        (100, "CO-45 30, PR-2 20", "paid", None),
        (0, "CO-197 150", "denied", "authorization"),
        (0, "PR-197 150", "denied", "authorization"),
        (0, "PI-29 150", "denied", "timely_filing"),
        (0, "OA-18 100, CO-45 50", "denied", "duplicate"),
        (50, "CO-119 100", "partially_denied", "benefit_limit"),
        (0, "CO-197 100, PR-1 50", "partially_denied", "authorization"),
        (0, "CO-45 30, PR-1 120", "patient_responsibility", None),
        (0, "PR-3 150", "patient_responsibility", None),
        (0, "CO-253 150", "no_payment", None),
        (0, "OA-23 150", "no_payment", None),
        (0, "", "no_payment", None),
        (0, "CO-24 150", "no_payment", None),
        (0, "OA-133 150", "pending", None),
        (0, "OA-133 100, CO-197 50", "pending", None),
        (50, "OA-133 100", "paid", None),
        (50, "OA-133 50, CO-197 50", "partially_denied", "authorization"),
    ],
)
def test_a_line_is_judged_by_its_amounts(
    paid: int, cas: str, expected: str, category: str | None
) -> None:
    found = only(line(150, paid, cas))
    assert (found.outcome, found.category) == (expected, category)


@pytest.mark.parametrize("filing_indicator", ["MA", "MB", "MC"])
def test_capitation_code_under_medicare_or_medicaid_means_a_managed_care_member(
    filing_indicator: str,
) -> None:
    found = judged(line(150, 0, "CO-24 150"), filing_indicator=filing_indicator)
    assert (found.outcome, found.category) == ("denied", "eligibility")
    paid = judged(line(150, 20, "CO-24 130"), filing_indicator=filing_indicator)
    assert (paid.outcome, paid.category) == ("paid", None)


def test_an_unknown_code_denies_an_unpaid_line_without_a_category() -> None:
    for code in ("A7", "999", "ZZZ", "X1234"):
        found = judged(line(150, 0, f"CO-{code} 150"))
        assert (found.outcome, found.category) == ("denied", None)
        assert f"reason {code} " in found.warnings[0]


def test_an_unknown_code_on_a_paid_line_is_only_reported() -> None:
    found = judged(line(150, 100, "CO-A7 50"))
    assert found.outcome == "paid"
    assert "A7" in found.warnings[0]


def test_an_unknown_code_without_money_says_nothing() -> None:
    assert judged(line(150, 0, "CO-A7 0, PR-1 150")).warnings == ()


def test_a_warning_shows_no_text_in_the_place_of_a_code() -> None:
    found = judged(line(150, 0, "CO-MARKERSMITH 150"))
    assert "MARKERSMITH" not in " ".join(found.warnings)


def test_charge_above_the_fee_for_a_whole_charge_is_no_payment_with_a_warning() -> None:
    found = judged(line(150, 0, "CO-45 150"))
    assert found.outcome == "no_payment"
    assert "45" in found.warnings[0]


@pytest.mark.parametrize(
    ("cas", "rarc", "category"),
    [
        ("CO-197 100, CO-29 50", "", "authorization"),
        ("CO-29 100, CO-197 50", "", "timely_filing"),
        ("CO-29 75, CO-197 75", "", "authorization"),
        ("CO-29 60, CO-197 40, PR-197 50", "", "authorization"),
        ("CO-16 150", "", "coding"),
        ("CO-16 150", "N479", "coordination_of_benefits"),
        ("CO-16 150", "MA01 N479", "coordination_of_benefits"),
        ("CO-197 150", "N479", "authorization"),
    ],
)
def test_the_largest_denial_gives_the_category_and_a_remark_helps_a_vague_one(
    cas: str, rarc: str, category: str
) -> None:
    assert only(line(150, 0, cas, rarc)).category == category


def test_the_lines_remarks_come_before_the_claims() -> None:
    found = judged(line(150, 0, "CO-16 150", "N479"), line(50, 0, "CO-16 50"), remarks=("N382",))
    assert [one.category for one in found.lines] == ["coordination_of_benefits", "eligibility"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("22", "reversed"),
        ("23", "forwarded"),
        ("25", "information_only"),
        ("5", "pending"),
        ("10", "pending"),
        ("13", "pending"),
        ("15", "pending"),
        ("16", "pending"),
        ("17", "pending"),
        ("27", "pending"),
        ("30", "pending"),
    ],
)
def test_a_claim_that_was_not_judged_gives_its_outcome_to_each_line(
    status: str, expected: str
) -> None:
    found = judged(line(150, 0, "CO-197 150"), line(50, 50), status=status)
    assert (found.outcome, found.category) == (expected, None)
    assert {(one.outcome, one.category, one.label) for one in found.lines} == {
        (expected, None, None)
    }


@pytest.mark.parametrize("status", ["1", "2", "3", "4", "19", "20", "21"])
def test_the_codes_decide_and_not_the_status(status: str) -> None:
    assert judged(line(150, 0, "CO-197 150"), status=status).outcome == "denied"
    assert judged(line(150, 100, "CO-45 50"), status=status).outcome == "paid"
    assert judged(line(150, 0, "PR-1 150"), status=status).outcome == "patient_responsibility"


def test_a_denied_claim_whose_lines_show_no_denial_is_denied_all_the_same() -> None:
    bare = judged(line(150, 0, "CO-45 150"), status="4")
    assert (bare.outcome, bare.category) == ("denied", None)
    told = judged(line(150, 0, "CO-45 150", "N382"), status="4")
    assert (told.outcome, told.category) == ("denied", "eligibility")
    owed = judged(line(150, 0, "CO-45 100, PR-1 50"), status="4")
    assert owed.outcome == "patient_responsibility"


@pytest.mark.parametrize(
    ("lines", "expected", "category"),
    [
        ([line(150, 0, "CO-197 150"), line(50, 0, "CO-29 50")], "denied", "authorization"),
        ([line(50, 0, "CO-197 50"), line(150, 0, "CO-29 150")], "denied", "timely_filing"),
        ([line(150, 0, "CO-197 150"), line(50, 50)], "partially_denied", "authorization"),
        ([line(150, 0, "CO-197 150"), line(0, 0)], "partially_denied", "authorization"),
        ([line(150, 50, "CO-119 100"), line(50, 50)], "partially_denied", "benefit_limit"),
        ([line(150, 0, "OA-133 150"), line(50, 50)], "pending", None),
        ([line(150, 0, "PR-1 150"), line(50, 50)], "paid", None),
        ([line(150, 0, "PR-1 150"), line(50, 0, "CO-253 50")], "patient_responsibility", None),
        ([line(150, 0, "CO-253 150")], "no_payment", None),
    ],
)
def test_a_claim_is_judged_by_its_lines(
    lines: list[LinePayment], expected: str, category: str | None
) -> None:
    found = judged(*lines)
    assert (found.outcome, found.category) == (expected, category)


def test_a_claim_without_lines_has_one_that_stands_for_it() -> None:
    found = judged(
        charge=150, paid=0, cas="CO-29 150", remarks=("MA01",), statement_from=date(2026, 3, 2)
    )
    (one,) = found.lines
    assert (one.procedure, one.outcome, one.category) == (None, "denied", "timely_filing")
    assert (one.charge, one.date, one.units_paid) == (Decimal(150), date(2026, 3, 2), None)
    assert judged(charge=150, paid=0, status="4").lines[0].outcome == "denied"


def test_a_denial_in_the_claims_own_adjustments_denies_the_unpaid_lines() -> None:
    found = judged(line(150, 0), line(50, 0), cas="CO-29 200")
    assert [(one.outcome, one.category) for one in found.lines] == [("denied", "timely_filing")] * 2
    assert (found.outcome, found.category) == ("denied", "timely_filing")
    assert [one.carc for one in found.adjustments] == ["29"]
    mixed = judged(line(150, 0), line(50, 50), cas="CO-29 150")
    assert [one.outcome for one in mixed.lines] == ["denied", "paid"]


def test_a_denial_of_the_claim_that_does_not_explain_the_whole_charge_denies_no_line() -> None:
    found = judged(line(150, 0), line(50, 0), cas="CO-29 20")
    assert [one.outcome for one in found.lines] == ["no_payment"] * 2


def test_units_left_out_are_one_and_the_first_day_of_the_claim_fills_in() -> None:
    found = judged(line(150, 150), statement_from=date(2026, 3, 2)).lines[0]
    assert (found.units_paid, found.date) == (Decimal(1), date(2026, 3, 2))


def test_another_code_than_was_sent_is_downcoded() -> None:
    found = only(line(150, 100, "CO-45 50", procedure="90834", procedure_submitted="90837"))
    assert found.downcoded
    assert not only(line(150, 150, procedure_submitted="90837")).downcoded


def test_what_does_not_balance_is_reported_and_left_as_it_is() -> None:
    found = judged(line(150, 100, "CO-45 20"))
    assert (found.outcome, found.lines[0].charge) == ("paid", Decimal(150))
    assert any(
        warning.startswith("line 1: the line does not balance") for warning in found.warnings
    )
    assert any(warning.startswith("the claim does not balance") for warning in found.warnings)


def test_labels_leave_out_what_was_not_finally_judged() -> None:
    labels = [
        only(line(150, paid, cas)).label
        for paid, cas in [
            (0, "CO-29 150"),
            (50, "CO-29 100"),
            (150, ""),
            (0, "PR-1 150"),
            (0, "CO-253 150"),
            (0, "OA-133 150"),
        ]
    ]
    assert labels == [1, 1, 0, 0, None, None]


def test_a_payment_belongs_to_the_remittance_of_its_own_transaction() -> None:
    paid = payment()
    other = paid.replace(source=SOURCE.replace(transaction="0002"))
    first, second = outcomes([remittance(paid), paid, other], date(2026, 3, 14))
    assert (first.payer, first.remittance, first.received) == (
        "OAK HEALTH",
        "T1",
        date(2026, 3, 14),
    )
    assert (second.payer, second.remittance) == (None, None)


@settings(max_examples=40, deadline=None)
@given(strategies.claim_payments())
def test_every_payment_has_an_outcome_that_agrees_with_its_lines(paid: ClaimPayment) -> None:
    found = outcome(paid)
    assert len(found.lines) == max(len(paid.lines), 1)
    for one in found.lines:
        if one.category:
            assert one.outcome in ("denied", "partially_denied")
        if one.outcome == "denied":
            assert one.paid == 0
        if one.outcome == "paid":
            assert one.paid > 0
    assert ClaimOutcome.model_validate_json(found.model_dump_json()) == found
