"""What is left of authorizations and benefits before a claim, as numbers."""

from datetime import date
from math import isnan
from typing import Any

from claims.authorization import Benefit
from claims.context import Context
from claims.policies import PolicyBook
from features.standing import Standing, standing
from tests.claims.billing import claim, submission
from tests.claims.test_ledger import authorization

TODAY = date(2026, 3, 2)
WEEKS = [date(2026, 2, 3), date(2026, 2, 10)]


def stands(day: date = date(2026, 2, 27), known: Any = (), **each: Any) -> Standing:
    one = submission(claim("NEW", day=day, **each), digest="new")
    sent = [(d, submission(claim(f"C{n}", day=d), digest=f"f{n}")) for n, d in enumerate(WEEKS)]
    context = Context.build(
        as_of=TODAY,
        policies=PolicyBook(()),
        batch=[one],
        claims=sent,
        authorizations=[(date(2026, 1, 1), terms) for terms in known if hasattr(terms, "visits")],
        benefits=[(date(2026, 1, 5), terms) for terms in known if hasattr(terms, "benefit")],
    )
    return standing(one, None, context)[0]


def test_visits_left_are_those_before_this_claim() -> None:
    found = stands(known=[authorization(visits=10)])
    assert found.authorization == 1
    assert (found.authorization_left, found.authorization_share) == (8, 0.8)
    assert found.authorization_days == (date(2026, 6, 30) - date(2026, 2, 27)).days


def test_the_authorization_that_the_claim_names_is_preferred() -> None:
    other = authorization(authorization_number="AUTH2", visits=30)
    both = [authorization(visits=5), other]
    assert stands(known=both).authorization_left == 30
    # What was sent without a number drew on the first that covers it.
    named = stands(known=both, authorization_number="AUTH1")
    assert named.authorization_left == 3


def test_one_that_covers_another_code_or_time_is_on_record_but_does_not_cover() -> None:
    assert stands(known=[authorization(procedures=["97153"])]).authorization == 0
    assert stands(known=[authorization(end="2026-02-01")]).authorization == 0


def test_nothing_on_record_is_unknown_not_nothing() -> None:
    assert all(isnan(value) for value in stands())


def test_a_benefit_counts_our_visits_since_it_was_told() -> None:
    benefit = Benefit.model_validate(
        {
            "payer_id": "NPLAN",
            "member_id": "NP1234567",
            "benefit": "MH",
            "limit": 20,
            "used": 5,
            "unit": "visits",
            "period_start": "2026-01-01",
            "as_of": "2026-02-05",
        }
    )
    found = stands(known=[benefit])
    assert found.benefit_left == 14
    assert found.benefit_used == 6 / 20
