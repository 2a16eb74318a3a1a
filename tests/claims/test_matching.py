from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.matching import (
    NO_SUCH_CLAIM,
    OTHER_CLAIM,
    Paid,
    PaidLine,
    Sent,
    SentLine,
    Visit,
    Written,
    belongs,
    match_lines,
    match_payments,
    match_strays,
)

SENT_ON = date(2026, 3, 2)
ANSWERED_ON = date(2026, 3, 16)
SERVED = date(2026, 2, 27)


def sent_line(position: int = 1, procedure: str = "97110", charge: int = 15000, **changes):
    values = {"modifiers": "GP", "units": 2.0, "first": SERVED, "last": SERVED, "line_id": None}
    return SentLine(position=position, procedure=procedure, charge=charge, **values | changes)


def paid_line(position: int = 1, procedure: str | None = "97110", charge: int = 15000, **changes):
    values = {"modifiers": "GP", "units": 2.0, "first": SERVED, "line_id": None}
    return PaidLine(position=position, procedure=procedure, charge=charge, **values | changes)


def sent(number: int = 1, *lines: SentLine, **changes) -> Sent:
    lines = lines or (sent_line(),)
    values = {
        "claim_id": "A1",
        "sequence": "P",
        "frequency": "1",
        "payer_id": "OAK",
        "payer_claim_number": None,
        "member": "m1",
        "submitted": SENT_ON,
        "charge": sum(line.charge for line in lines),
    }
    return Sent(submission_id=number, lines=lines, **values | changes)


def paid(number: int = 1, *lines: PaidLine, **changes) -> Paid:
    lines = lines or (paid_line(),)
    values = {
        "claim_id": "A1",
        "status": "1",
        "frequency": None,
        "payer_id": "OAK",
        "payer_claim_id": None,
        "members": frozenset(["m1"]),
        "known_on": ANSWERED_ON,
        "received_by_payer": None,
        "charge": sum(line.charge for line in lines),
    }
    return Paid(payment_id=number, lines=lines, **values | changes)


def pairs(sent_lines, paid_lines):
    return [
        (one.position, one.line_position, one.how) for one in match_lines(sent_lines, paid_lines)
    ]


def answered(submissions, payments):
    return {one.payment_id: one.submission_id for one in match_payments(submissions, payments)}


def test_a_line_is_found_by_its_own_number_before_its_code():
    lines = [sent_line(1, line_id="L1"), sent_line(2, line_id="L2")]
    assert pairs(lines, [paid_line(1, line_id="L2"), paid_line(2, line_id="L1")]) == [
        (1, 2, "line_id"),
        (2, 1, "line_id"),
    ]


def test_without_numbers_code_and_date_decide_then_modifiers_charge_and_units():
    other_day = SERVED + timedelta(days=1)
    lines = [
        sent_line(1, "97110"),
        sent_line(2, "97110", first=other_day, last=other_day),
        sent_line(3, "97140", modifiers="GP 59"),
        sent_line(4, "97140", modifiers="GP"),
    ]
    answers = [
        paid_line(1, "97140", modifiers="GP"),
        paid_line(2, "97110", first=other_day),
        paid_line(3, "97140", modifiers="59 GP"),
        paid_line(4, "97110"),
    ]
    assert [found[:2] for found in pairs(lines, answers)] == [(1, 4), (2, 2), (3, 3), (4, 1)]


def test_a_line_judged_in_pieces_is_answered_by_each_of_them():
    lines = [sent_line(1, charge=16000), sent_line(2, "97140", 8000)]
    answers = [paid_line(1, charge=12000), paid_line(2, charge=4000), paid_line(3, "97140", 8000)]
    assert [found[:2] for found in pairs(lines, answers)] == [(1, 1), (2, 1), (3, 2)]


def test_more_than_a_line_charged_is_no_piece_of_it():
    assert pairs([sent_line(1)], [paid_line(1), paid_line(2)]) == [(1, 1, "code")]


def test_a_code_changed_without_saying_so_is_found_by_its_charge_if_that_is_the_only_one():
    lines = [sent_line(1, "97530", 9000), sent_line(2, "97110", 15000)]
    answers = [paid_line(1, "97110", 15000), paid_line(2, "97112", 9000)]
    assert pairs(lines, answers) == [(1, 2, "code"), (2, 1, "charge")]
    assert pairs([sent_line(1), sent_line(2)], [paid_line(1, "97112")]) == []


def test_a_claim_judged_as_a_whole_answers_every_line():
    lines = [sent_line(1), sent_line(2, "97140")]
    assert pairs(lines, [paid_line(1, None, 20000)]) == [(1, 1, "claim"), (1, 2, "claim")]


def test_a_claim_answered_in_parts_is_one_claim():
    claim = sent(1, sent_line(1), sent_line(2, "97140", 8000))
    first, second = paid(1, paid_line(1)), paid(2, paid_line(1, "97140", 8000))
    matches = match_payments([claim], [first, second])
    assert [one.submission_id for one in matches] == [1, 1]
    assert [one.lines[0].line_position for one in matches] == [1, 2]


def test_a_payment_for_a_number_never_sent_is_reported():
    (match,) = match_payments([sent()], [paid(claim_id="B7")])
    assert (match.submission_id, match.how) == (None, NO_SUCH_CLAIM)


def test_the_same_number_with_another_member_and_other_services_is_another_claim():
    stranger = paid(1, paid_line(1, "99213", 9900), members=frozenset(["m2"]))
    (match,) = match_payments([sent()], [stranger])
    assert (match.submission_id, match.how) == (None, OTHER_CLAIM)


def test_the_payer_that_comes_second_answers_what_was_sent_to_it():
    submissions = [
        sent(1),
        sent(2, sequence="S", payer_id="ELM", submitted=ANSWERED_ON + timedelta(days=1)),
    ]
    payments = [
        paid(1),
        paid(2, status="2", payer_id="ELM", known_on=ANSWERED_ON + timedelta(days=20)),
    ]
    assert answered(submissions, payments) == {1: 1, 2: 2}


def test_a_replacement_is_answered_by_what_comes_after_it():
    replaced = ANSWERED_ON + timedelta(days=2)
    submissions = [sent(1), sent(2, frequency="7", payer_claim_number="P1", submitted=replaced)]
    later = replaced + timedelta(days=14)
    payments = [
        paid(1, payer_claim_id="P1"),
        paid(2, payer_claim_id="P1", status="22", known_on=later),
        paid(3, payer_claim_id="P2", known_on=later),
    ]
    assert answered(submissions, payments) == {1: 1, 2: 1, 3: 2}


def test_a_correction_belongs_to_the_submission_that_it_corrects():
    payments = [
        paid(1, payer_claim_id="P1"),
        paid(2, payer_claim_id="P1", status="22", known_on=ANSWERED_ON + timedelta(days=9)),
        paid(3, payer_claim_id="P1", known_on=ANSWERED_ON + timedelta(days=9)),
    ]
    assert answered([sent(1)], payments) == {1: 1, 2: 1, 3: 1}


def test_what_was_sent_after_the_answer_is_not_answered_by_it():
    later = sent(2, frequency="1", submitted=ANSWERED_ON + timedelta(days=1))
    assert answered([sent(1), later], [paid(1)]) == {1: 1}


def test_a_cut_claim_number_is_found_by_member_services_and_charge():
    claim = sent(1, claim_id="2026-000000000000123456")
    (match,) = match_strays([claim], [paid(claim_id="2026-000000000000123")], {}, {})
    assert (match.submission_id, match.how) == (1, "member")
    twins = [claim, claim._replace(submission_id=2, claim_id="X")]
    (match,) = match_strays(twins, [paid(claim_id="2026-000000000000123")], {}, {})
    assert match.submission_id is None


def test_a_claim_answered_under_its_own_number_is_no_strays():
    stray = paid(claim_id="B9")
    for day, found in ((ANSWERED_ON, None), (ANSWERED_ON + timedelta(days=1), 1)):
        (match,) = match_strays([sent(1)], [stray], {}, {1: day})
        assert match.submission_id == found


def test_a_lost_claim_number_is_found_by_the_payers_own():
    stray = paid(2, claim_id="0", payer_claim_id="P1", status="22")
    (match,) = match_strays([sent(5)], [stray], {"P1": 5}, {})
    assert (match.submission_id, match.how) == (5, "payer_claim_number")


LINES = st.lists(
    st.builds(
        sent_line,
        st.just(1),
        st.sampled_from(["97110", "97140", "97530"]),
        st.sampled_from([5000, 8000, 15000]),
        units=st.sampled_from([1.0, 2.0]),
        line_id=st.sampled_from([None, "L1", "L2"]),
    ),
    min_size=1,
    max_size=6,
).map(lambda lines: [line._replace(position=n) for n, line in enumerate(lines, start=1)])


@given(LINES, st.randoms(use_true_random=False))
def test_an_answer_to_every_line_in_any_order_finds_a_line_like_it_for_each(lines, chance):
    answers = [
        PaidLine(0, line.procedure, line.modifiers, line.charge, line.units, line.first, None)
        for line in lines
    ]
    chance.shuffle(answers)
    answers = [one._replace(position=n) for n, one in enumerate(answers, start=1)]
    found = match_lines(lines, answers)
    assert sorted(one.line_position for one in found) == [line.position for line in lines]
    for one in found:
        line, answer = lines[one.line_position - 1], answers[one.position - 1]
        assert (line.procedure, line.charge, line.units) == (
            answer.procedure,
            answer.charge,
            answer.units,
        )


@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("178"), st.sampled_from("PS"))),
    st.lists(
        st.tuples(st.integers(0, 60), st.sampled_from(["1", "2", "4", "22"]), st.sampled_from("XY"))
    ),
)
def test_what_comes_later_never_changes_an_earlier_match(sendings, payments):
    start = date(2026, 1, 1)
    submissions = [
        sent(n, submitted=start + timedelta(days=day), frequency=frequency, sequence=sequence)
        for n, (day, frequency, sequence) in enumerate(sendings, start=1)
    ]
    answers = [
        paid(n, known_on=start + timedelta(days=day), status=status, payer_claim_id=number)
        for n, (day, status, number) in enumerate(payments, start=1)
    ]
    whole = match_payments(submissions, answers)
    assert {one.payment_id for one in whole} == {one.payment_id for one in answers}
    for day in (start + timedelta(days=n) for n in (10, 30)):
        known = [one for one in submissions if one.submitted <= day]
        early = match_payments(known, [one for one in answers if one.known_on <= day])
        by_id = {one.payment_id: one for one in whole}
        for one in early:
            if one.submission_id is not None and any(
                sending.submitted <= by_known(answers, one) for sending in known
            ):
                assert by_id[one.payment_id] == one


def by_known(answers, match):
    return next(one.known_on for one in answers if one.payment_id == match.payment_id)


VISIT = Visit("A1", "m1", frozenset([SERVED]), frozenset(["1234567893"]))


@pytest.mark.parametrize(
    ("note", "about_it"),
    [
        (Written("A1", None, None, None), True),
        (Written("A2", "m1", SERVED, "1234567893"), False),
        (Written(None, "m1", SERVED, "1234567893"), True),
        (Written(None, "m1", SERVED, None), True),
        (Written(None, "m1", SERVED, "1999999999"), False),
        (Written(None, "m1", ANSWERED_ON, "1234567893"), False),
        (Written(None, None, SERVED, "1234567893"), False),
    ],
)
def test_a_note_is_about_a_visit_by_claim_number_else_by_member_day_and_provider(note, about_it):
    assert belongs(note, VISIT) is about_it
