"""Which lines a payer's change is about, wherever they are scored."""

import json

from models.scopes import PayerChange, Scope, inside, under
from tests.training.payers import practice, usual

LINES, _ = practice(usual, length=400)
DAY = int(LINES.service[200])


def test_a_scope_holds_what_it_names_and_nothing_else() -> None:
    told = {
        Scope("P1"): [True] * 400,
        Scope("P1", ("90834", "90837")): [one in ("90834", "90837") for one in LINES.procedure],
        Scope("P1", (), "telehealth", "telehealth"): [one == "10" for one in LINES.place],
        Scope("P1", (), "modifier", "95"): [one == "95" for one in LINES.modifiers],
        Scope("P1", (), "diagnosis", "F31"): [one == "F31" for one in LINES.diagnosis],
    }
    for scope, members in told.items():
        wanted = [row for row in range(400) if members[row] and LINES.payer[row] == "P1"]
        assert 0 < len(wanted) < 400
        assert inside(scope, LINES).tolist() == wanted


def test_a_line_is_under_a_change_from_its_day_of_service_on() -> None:
    changes = (PayerChange(Scope("P1"), DAY, "coding"), PayerChange(Scope("P9"), 0, "coding"))
    found = under(changes, LINES).toarray()
    own = [payer == "P1" for payer in LINES.payer]
    assert (found[:, 0] == (LINES.service >= DAY) * own).all()
    assert not found[:, 1].any()
    alone = LINES.take([399])
    assert (under(changes, alone).toarray() == found[399]).all()
    assert under((), LINES).shape == (400, 0)


def test_a_change_is_read_back_as_it_was_written() -> None:
    change = PayerChange(Scope("P1", ("90834",), "plan", "P1-plan"), DAY, "unnamed")
    assert PayerChange.of(json.loads(json.dumps(change.as_json()))) == change
