"""Claims as practices send them, by payer type, into which one slip is planted."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from claims.claim import Claim
from tests.claims.billing import claim

TABLE = Path(__file__).with_name("planted.yaml")
SENT = date(2026, 3, 2)
GIVEN = date(2026, 2, 27)
ADDRESS = {"line1": "1 Main St", "city": "Salem", "state": "OR", "postal_code": "973010000"}
PT = {"name": "Doe", "first_name": "Kim", "npi": "1427053198", "taxonomy": "225100000X"}
OT = {"name": "Roe", "first_name": "Al", "npi": "1982736450", "taxonomy": "225X00000X"}
SLP = {"name": "Poe", "first_name": "Jo", "npi": "1336154970", "taxonomy": "235Z00000X"}
LCSW = {"name": "Loe", "first_name": "Vi", "npi": "1669472718", "taxonomy": "1041C0700X"}
BCBA = {"name": "Moe", "first_name": "Bo", "npi": "1043218902", "taxonomy": "103K00000X"}
DOCTOR = {"name": "Noe", "first_name": "Al", "npi": "1740283373"}
MEDICARE = {
    "payer": {"payer_id": "04412", "name": "Medicare"},
    "filing_indicator": "MB",
}
MEMBER = {
    "last_name": "Ash", "first_name": "Robin", "birth_date": "1948-04-12", "sex": "F",
    "address": ADDRESS,
}  # fmt: skip
THERAPY = {"procedure": "97110", "units": 2, "charge": "120.00", "modifiers": ["GP"]}

CLEAN: dict[str, dict[str, Any]] = {
    "commercial mental health": {},
    "commercial telehealth": {
        "place_of_service": "10",
        "lines": [{"procedure": "90837", "charge": "180.00", "modifiers": ["95"]}],
    },
    "medicare physical therapy": {
        **MEDICARE,
        "rendering": PT,
        "referring": DOCTOR,
        "diagnoses": ["M54.51", "M25.561"],
        "lines": [THERAPY, {**THERAPY, "procedure": "97140", "units": 1, "charge": "55.00"}],
    },
    "medicare occupational therapy": {
        **MEDICARE,
        "rendering": OT,
        "referring": DOCTOR,
        "diagnoses": ["M25.541"],
        "lines": [{**THERAPY, "procedure": "97530", "modifiers": ["GO"]}],
    },
    "medicare mental health": {
        **MEDICARE,
        "rendering": LCSW,
        "lines": [{"procedure": "90837", "charge": "180.00"}],
    },
    "advantage speech": {
        "payer": {"payer_id": "H5521", "name": "Advantage Plan"},
        "filing_indicator": "16",
        "rendering": SLP,
        "referring": DOCTOR,
        "diagnoses": ["R47.01"],
        "lines": [{"procedure": "92507", "charge": "110.00", "modifiers": ["GN"]}],
    },
    "medicaid behaviour analysis": {
        "payer": {"payer_id": "77013", "name": "State Medicaid"},
        "filing_indicator": "MC",
        "rendering": BCBA,
        "diagnoses": ["F84.0"],
        "place_of_service": "12",
        "lines": [{"procedure": "97153", "units": 8, "charge": "160.00"}],
    },
    "tricare behaviour analysis": {
        "payer": {"payer_id": "99727", "name": "TRICARE East"},
        "filing_indicator": "CH",
        "rendering": BCBA,
        "diagnoses": ["F84.0"],
        "authorization_number": "AUTH1",
        "lines": [{"procedure": "97155", "units": 4, "charge": "140.00"}],
    },
    "workers' compensation": {
        "payer": {"payer_id": "WC001", "name": "State Fund"},
        "filing_indicator": "WC",
        "rendering": PT,
        "diagnoses": ["S93.411A"],
        "accident": {"causes": ["EM"], "day": "2026-02-01"},
        "lines": [THERAPY],
    },
    "auto": {
        "payer": {"payer_id": "AM001", "name": "Road Insurance"},
        "filing_indicator": "AM",
        "rendering": PT,
        "diagnoses": ["S13.4XXA"],
        "accident": {"causes": ["AA"], "state": "OR", "day": "2026-02-01"},
        "lines": [THERAPY],
    },
    "veterans": {
        "payer": {"payer_id": "VACCN", "name": "Community Care"},
        "filing_indicator": "VA",
        "rendering": PT,
        "diagnoses": ["M54.51"],
        "referral_number": "VA0000001",
        "lines": [THERAPY],
    },
}  # fmt: skip
"""Billed without a fault: what differs from a commercial claim for psychotherapy."""


def clean(name: str, claim_id: str = "B2", **more: Any) -> Claim:
    """A claim without a fault."""
    values = dict(CLEAN[name])
    lines = more.pop("lines", None) or values.pop("lines", None)
    values.pop("lines", None)
    member = "1EG4TE5MK73" if "medicare" in name else "NP1234567"
    subscriber = {**MEMBER, "member_id": member, **more.pop("subscriber", {})}
    made = claim(claim_id, GIVEN, lines=lines, **{**values, "subscriber": subscriber, **more})
    return made.replace(billing=made.billing.replace(address=ADDRESS))


class Plant(NamedTuple):
    """One slip in one claim, and what is to be said of it."""

    what: str
    base: str
    change: Mapping[str, Any]
    edit: str
    category: str
    severity: str
    line: int = 1
    action: str | None = "hold"
    to: str | None = None
    """What the fix sets."""
    value: str | None = None
    """What a person looks up, where the fix needs something."""

    given: Mapping[str, Any] = {}
    """The visit's note, what is read from it, authorizations and earlier claims."""


def planted() -> tuple[Plant, ...]:
    """Every slip of planted.yaml."""
    rows = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(Plant(**{"change": {}, **row}) for row in rows)
