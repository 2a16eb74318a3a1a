"""Minutes by code in every style, and who gave them."""

import pytest

from features.notes.reader import read


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("97110 x2 – 23 min; 97140 x1 – 8 min", {"97110": 23, "97140": 8}),  # noqa: RUF001
        ("O: TE 7', NMR 7', gait 7'.", {"97110": 7, "97112": 7, "97116": 7}),
        ("22 minutes of sensory integration (97533).", {"97533": 22}),
        (
            "10:05–10:31 | 97535 | dressing\n10:31–10:45 | 97530 | transfers",  # noqa: RUF001
            {"97535": 26, "97530": 14},
        ),
        ("| 97140 scar mobs | 7 |\n| 97530 buttons | 9 |", {"97140": 7, "97530": 9}),
        ("Moist heat 10 min. TherEx 15 min.", {"97110": 15}),
        ("97129 and 97130 for memory. Total timed 41 min.", {"97129": 15, "97130": 26}),
        ("SLR 3x10, hold 5 sec. HEP 10 min daily.", {}),
        ("97110 x2, 97140 x1", {}),
    ],
)
def test_minutes_by_code(text: str, minutes: dict[str, int]) -> None:
    assert read(text, "OT").session.minutes_by_code == minutes


def test_a_visit_of_one_aba_service_gives_its_minutes() -> None:
    facts = read("Protocol modification, clinic, 1300-1410.", "ABA")
    assert facts.session.minutes_by_code == {"97155": 70}


def test_assistant_and_therapist_are_read_apart() -> None:
    facts = read("97110 20 min by PTA\n97140 10 min by PT", "PT")
    assert facts.session.minutes_by_code == {"97110": 20, "97140": 10}
    assert facts.session.assistant_minutes_by_code == {"97110": 20}


def test_psychotherapy_beside_a_medical_visit_is_told_apart() -> None:
    facts = read("E/M 15 min; psychotherapy 40 min; total 9:00-9:55 am.", "MH")
    assert facts.session.psychotherapy_minutes == 40
    assert facts.session.minutes == 55
