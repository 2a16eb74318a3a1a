"""Candidate rules are valid policy, dated by the day they became known."""

from datetime import date
from functools import cache

import numpy as np
import pytest

from claims.policies import policy_book
from claims.policies.files import parse
from tests.training.payers import START, practice
from tests.training.test_changes import DAY, telehealth_refused
from training.drift import Knowledge
from training.live import scored
from training.suggest import Candidate, candidates, file_texts


@cache
def knowledge(reason: str) -> Knowledge:
    lines, answers = practice(telehealth_refused, 1, reason=reason)
    text = np.array([], dtype=object)
    none = {
        "claim_id": text, "line": np.array([], dtype=int), "submission_digest": text,
        "risk": np.array([]), "as_of": np.array([], dtype="datetime64[D]"), "model_version": text,
        "digest": text, "known_on": np.array([], dtype="datetime64[D]"), "key": np.array([]),
    }  # fmt: skip
    return Knowledge(
        date.fromordinal(START + 419),
        np.arange(len(lines)),
        lines,
        answers.before(START + 420),
        np.zeros(len(lines), dtype=bool),
        {"P1": "Example: Health"},
        {"P1": "CI"},
        scored(none, none),
        policy_book()[0],
    )


@pytest.mark.parametrize("reason", ["authorization", "coding", "bundling", "documentation"])
def test_what_is_proposed_can_be_read_back_as_policy(reason: str) -> None:
    known = knowledge(reason)
    found = [one for one in candidates(known) if one.change.scope.payer == "P1"]
    for name, text in file_texts(found).items():
        file, problems = parse(text, name, "own")
        assert not problems
        assert file is not None
        assert file.head.name == "Example: Health"
        for rule in file.rules:
            assert rule.known == known.as_of
            assert rule.effective is not None
            assert abs(rule.effective.toordinal() - START - DAY) <= 14
            assert rule.severity == "warning"


def proposed(reason: str) -> Candidate:
    return next(one for one in candidates(knowledge(reason)) if one.change.scope.payer == "P1")


def test_a_refusal_of_telehealth_becomes_a_telehealth_rule_for_the_code() -> None:
    one = proposed("non_covered")
    assert one.rule == {"rule": "telehealth", "covered": False, "when": {"codes": ["90837"]}}
    told = one.as_json()
    assert (told["reason"], told["payer"], told["procedures"]) == ("non_covered", "P1", ["90837"])
    assert told["interval"][0] <= told["rate"] <= told["interval"][1]
    assert told["lift"] > 3


def test_what_no_rule_can_say_stays_a_comment() -> None:
    found = [one for one in candidates(knowledge("eligibility")) if one.change.scope.payer == "P1"]
    assert all(one.rule is None for one in found)
    assert file_texts(found) == {}
