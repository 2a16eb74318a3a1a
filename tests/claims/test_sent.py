from datetime import date

from claims.sent import Sent, client_key
from tests.claims.billing import claim, submission

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def visible(sent: Sent, day: date) -> list[str]:
    key = client_key(claim())
    services = sent.on(key, date(2026, 2, 27).toordinal())
    return [s.claim_id for s in services if s.visible(day.toordinal())]


def test_a_claim_is_not_seen_before_it_was_sent() -> None:
    sent = Sent([(TUESDAY, submission(claim("A1")))])
    assert visible(sent, MONDAY) == []
    assert visible(sent, TUESDAY) == ["A1"]


def test_the_same_file_read_twice_counts_once() -> None:
    one = submission(claim("A1"), digest="f")
    sent = Sent([(MONDAY, one), (TUESDAY, one)])
    assert len(sent.sendings) == 1


def test_a_replacement_takes_the_place_of_the_claim_from_its_own_day() -> None:
    sent = Sent(
        [
            (MONDAY, submission(claim("A1"), digest="f")),
            (TUESDAY, submission(claim("A1", frequency_code="7"), digest="g")),
        ]
    )
    assert len(visible(sent, MONDAY)) == 1
    assert len(visible(sent, TUESDAY)) == 1
    assert sent.sendings[1].supersedes == 0


def test_a_void_leaves_nothing() -> None:
    sent = Sent(
        [
            (MONDAY, submission(claim("A1"), digest="f")),
            (TUESDAY, submission(claim("A1", frequency_code="8"), digest="g")),
        ]
    )
    assert visible(sent, TUESDAY) == []


def test_claims_of_other_days_that_share_an_account_number_are_no_versions() -> None:
    later = claim("A1", day=date(2026, 3, 1))
    sent = Sent(
        [(MONDAY, submission(claim("A1"), digest="f")), (TUESDAY, submission(later, digest="g"))]
    )
    assert sent.sendings[1].supersedes is None
    assert visible(sent, TUESDAY) == ["A1"]
