"""Claims as tests need them: clean by themselves, with one thing changed at a time."""

from datetime import date
from typing import Any

from claims.claim import Claim, Source, Submission

SERVICE_DAY = date(2026, 2, 27)


def claim(
    claim_id: str = "A1",
    day: date = SERVICE_DAY,
    lines: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Claim:
    """One psychotherapy session for a commercial payer, billed without a fault."""
    defaults: dict[str, Any] = {
        "procedure": "90834",
        "charge": "140.00",
        "diagnosis_pointers": [1],
        "service_from": day,
        "service_to": day,
    }
    built = [
        {"line": number, **defaults, **line} for number, line in enumerate(lines or [{}], start=1)
    ]
    values: dict[str, Any] = {
        "claim_id": claim_id,
        "payer": {"payer_id": "NPLAN", "name": "Northern Plan"},
        "filing_indicator": "CI",
        "subscriber": {
            "last_name": "Ash",
            "first_name": "Robin",
            "birth_date": "1988-04-12",
            "sex": "F",
            "member_id": "NP1234567",
        },
        "billing": {
            "name": "Harborview Therapy",
            "entity": "organization",
            "npi": "1234567893",
            "taxonomy": "261QM0801X",
            "tax_id": "123456789",
        },
        "rendering": {
            "name": "Doe",
            "first_name": "Kim",
            "npi": "1427053198",
            "taxonomy": "1041C0700X",
        },
        "place_of_service": "11",
        "charge": sum(float(line["charge"]) for line in built),
        "diagnoses": ["F41.1"],
        "lines": built,
        **more,
    }
    return Claim.model_validate(values)


def submission(
    of: Claim, position: int = 1, digest: str = "", submitted: date | None = None
) -> Submission:
    """A sending of a claim."""
    source = Source(file="batch.837", digest=digest, position=position, transaction="0001")
    return Submission(claim=of, submitted=submitted, source=source)
