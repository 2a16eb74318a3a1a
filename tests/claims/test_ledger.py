from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from claims.authorization import Authorization, Benefit
from claims.context import Context
from claims.ledger import Balance, Pool
from claims.policies import PolicyBook
from tests.claims.billing import claim, submission

MEMBER = ("NPLAN", "NP1234567")


def authorization(**more: Any) -> Authorization:
    return Authorization.model_validate(
        {
            "authorization_number": "AUTH1",
            "payer_id": "NPLAN",
            "member_id": "NP1234567",
            "visits": 3,
            "start": "2026-01-01",
            "end": "2026-06-30",
            **more,
        }
    )


def context(
    terms: list[tuple[date, Authorization]], days: list[date], **each: Any
) -> tuple[Context, Pool]:
    sent = [
        (day, submission(claim(f"C{n}", day=day, **each), digest=f"f{n}"))
        for n, day in enumerate(days)
    ]
    built = Context.build(
        as_of=date(2026, 6, 1), policies=PolicyBook(()), claims=sent, authorizations=terms
    )
    return built, built.ledger.pools(MEMBER)["AUTH1"]


def balance(context: Context, pool: Pool, day: date, before: int = 10_000) -> Balance:
    found = context.ledger.balance(pool, day.toordinal(), before)
    assert found is not None
    return found


FIRST = date(2026, 1, 1)
WEEKS = [date(2026, 2, 3), date(2026, 2, 10), date(2026, 2, 17)]


def test_visits_are_days_of_service_in_the_order_of_sending() -> None:
    known, pool = context([(FIRST, authorization())], WEEKS)
    assert balance(known, pool, date(2026, 5, 1), before=1).visits_left == 2
    assert balance(known, pool, date(2026, 5, 1), before=3).visits_left == 0


def test_an_opening_balance_counts_for_services_up_to_its_day() -> None:
    terms = authorization(visits=10, used_visits=4, as_of="2026-02-10")
    known, pool = context([(FIRST, terms)], WEEKS)
    assert balance(known, pool, date(2026, 5, 1)).used.visits == 5


def test_units_are_counted_too() -> None:
    terms = authorization(visits=None, units=20)
    lines = [{"procedure": "97153", "units": 8}]
    known, pool = context([(FIRST, terms)], WEEKS, lines=lines)
    assert balance(known, pool, date(2026, 5, 1)).units_left == Decimal(-4)


def test_a_renewal_counts_from_the_day_on_which_it_came() -> None:
    renewed = authorization(visits=9)
    known, pool = context([(FIRST, authorization()), (date(2026, 3, 1), renewed)], WEEKS)
    assert balance(known, pool, date(2026, 2, 28)).visits_left == 0
    assert balance(known, pool, date(2026, 3, 1)).visits_left == 6


def test_other_codes_and_other_days_do_not_draw_on_it() -> None:
    terms = authorization(procedures=["97153"])
    known, pool = context([(FIRST, terms)], WEEKS)
    assert balance(known, pool, date(2026, 5, 1)).used.visits == 0
    late = authorization(start="2026-02-12")
    known, pool = context([(FIRST, late)], WEEKS)
    assert balance(known, pool, date(2026, 5, 1)).used.visits == 1


def test_a_number_on_the_claim_decides() -> None:
    known, pool = context(
        [(FIRST, authorization(procedures=["97153"]))], WEEKS, authorization_number="AUTH1"
    )
    assert balance(known, pool, date(2026, 5, 1)).used.visits == 3


def test_a_replaced_claim_is_counted_once() -> None:
    sent = [
        (WEEKS[0], submission(claim("C1", day=WEEKS[0]), digest="f")),
        (WEEKS[1], submission(claim("C1", day=WEEKS[0], frequency_code="7"), digest="g")),
        (WEEKS[2], submission(claim("C1", day=WEEKS[0], frequency_code="8"), digest="h")),
    ]
    known = Context.build(
        as_of=date(2026, 6, 1),
        policies=PolicyBook(()),
        claims=sent,
        authorizations=[(FIRST, authorization())],
    )
    pool = known.ledger.pools(MEMBER)["AUTH1"]
    used = [balance(known, pool, WEEKS[2], before=n).used.visits for n in range(4)]
    assert used == [0, 1, 1, 0]


def test_an_authorization_that_came_late_covers_what_was_sent_without_its_number() -> None:
    known, pool = context([(date(2026, 2, 12), authorization())], WEEKS)
    assert balance(known, pool, date(2026, 5, 1)).used.visits == 3


def test_at_the_present_pace_it_runs_out_on_a_day() -> None:
    known, pool = context([(FIRST, authorization(visits=6))], WEEKS)
    day = date(2026, 2, 17)
    now = balance(known, pool, day)
    assert known.ledger.exhausted_on(pool, now, day.toordinal(), 10_000) == date(2026, 4, 14)


def test_a_benefit_counts_what_others_used_and_our_own_visits_since() -> None:
    benefit = Benefit.model_validate(
        {
            "payer_id": "NPLAN",
            "member_id": "NP1234567",
            "benefit": "MH",
            "limit": 20,
            "used": 12,
            "unit": "visits",
            "period_start": "2026-01-01",
            "as_of": "2026-02-05",
        }
    )
    sent = [
        (day, submission(claim(f"C{n}", day=day), digest=f"f{n}")) for n, day in enumerate(WEEKS)
    ]
    known = Context.build(
        as_of=date(2026, 6, 1), policies=PolicyBook(()), claims=sent, benefits=[(FIRST, benefit)]
    )
    [found] = known.ledger.benefits(MEMBER, date(2026, 3, 1).toordinal(), known.day)
    left = known.ledger.benefit_balance(found, known.day, 10_000, lambda code: True)
    assert (left.used, left.left) == (14, 6)


def test_a_context_knows_nothing_after_its_day() -> None:
    known, _ = context([(FIRST, authorization())], WEEKS)
    assert known.on(date(2026, 2, 1)).keeps_authorizations("NPLAN")
    assert not known.on(date(2025, 12, 31)).keeps_authorizations("NPLAN")
    with pytest.raises(ValueError, match="knows nothing after"):
        known.on(date(2026, 6, 2))
