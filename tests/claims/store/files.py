"""Files of invented claims and payments, as a practice would receive them."""

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from claims.claim import Adjustment, Claim, ServiceLine
from claims.note import Note
from claims.remittance import ClaimPayment, LinePayment, Remittance
from claims.x12.envelope import Envelope
from claims.x12.write835 import Payments, write_remittance
from claims.x12.write837 import ClaimBatch, write_claims
from tests.claims.x12 import examples

DAY = date(2026, 3, 2)
SERVED = date(2026, 2, 27)
AUTHORIZATION = {
    "authorization_number": "AUTH1",
    "payer_id": "60054",
    "member_id": "W1234",
    "procedures": "97110 97140",
    "visits": "12",
    "start": "2026-01-01",
    "end": "2026-06-30",
    "received": "2026-01-05",
}
BENEFIT = {
    "payer_id": "60054",
    "member_id": "W1234",
    "benefit": "PT",
    "limit": "30",
    "used": "4",
    "unit": "visits",
    "period_start": "2026-01-01",
    "as_of": "2026-02-01",
}


def envelope(day: date) -> Envelope:
    return Envelope(sender="ELM", receiver="OAK", day=day)


def line(number: int = 1, procedure: str = "97110", charge: int = 150, **changes: Any) -> Any:
    values = {
        "line": number,
        "procedure": procedure,
        "charge": Decimal(charge),
        "units": 2,
        "service_from": SERVED,
        "service_to": SERVED,
        "diagnosis_pointers": (1,),
    }
    return ServiceLine(**values | changes)


def claim(claim_id: str = "A1", *lines: ServiceLine, **changes: Any) -> Claim:
    """A claim of one line, or of those given."""
    billed = lines or (line(),)
    charge = sum((one.charge for one in billed), Decimal(0))
    return examples.claim(claim_id).replace(lines=billed, charge=charge, **changes)


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def claims_file(folder: Path, *claims: Claim, day: date = DAY, name: str = "") -> Path:
    """An 837P, named for its day unless told otherwise."""
    batch = ClaimBatch("0001", day, claims)
    return write(folder / (name or f"{day}.837"), write_claims([batch], envelope(day)))


def judged(
    claim_id: str = "A1",
    *lines: LinePayment,
    status: str = "1",
    **changes: Any,
) -> ClaimPayment:
    """A claim payment of these judged lines."""
    return ClaimPayment(
        claim_id=claim_id,
        status_code=status,
        charge=sum((one.charge for one in lines), Decimal(0)),
        paid=sum((one.paid for one in lines), Decimal(0)),
        filing_indicator="CI",
        member_id="W1234",
        lines=lines,
        source=examples.SOURCE,
        **changes,
    )


def paid_line(procedure: str = "97110", charge: int = 150, **changes: Any) -> LinePayment:
    """A line paid at 100, the rest written off."""
    rest = Adjustment(group="CO", carc="45", amount=Decimal(charge - 100))
    values = {
        "procedure": procedure,
        "charge": Decimal(charge),
        "paid": Decimal(100),
        "units_paid": 2,
        "service_from": SERVED,
        "service_to": SERVED,
        "adjustments": (rest,),
    }
    return LinePayment(**values | changes)


def denied_line(procedure: str = "97110", charge: int = 150, carc: str = "197") -> LinePayment:
    """A line denied for one reason."""
    reason = Adjustment(group="CO", carc=carc, amount=Decimal(charge))
    return paid_line(procedure, charge, paid=Decimal(0), adjustments=(reason,))


def remittance_file(
    folder: Path, *payments: ClaimPayment, day: date, trace: str = "T1", name: str = ""
) -> Path:
    """An 835 that balances, named for its day unless told otherwise."""
    amount = sum((one.paid for one in payments), Decimal(0))
    header = Remittance(
        payer=examples.PAYER,
        payee_npi="1999996666",
        payee_name="ELM THERAPY",
        trace=trace,
        amount=amount,
        method="ACH" if amount else "NON",
        paid_on=day,
        source=examples.SOURCE,
    )
    content = write_remittance([Payments("0001", header, payments)], envelope(day))
    return write(folder / (name or f"{day}-oak.835"), content)


def notes_file(folder: Path, *notes: Note, name: str = "notes.jsonl") -> Path:
    text = "".join(note.model_dump_json(exclude_defaults=True) + "\n" for note in notes)
    return write(folder / name, text.encode())


def table_file(folder: Path, rows: Sequence[dict[str, str]], name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def as_rows(columns: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    """Some columns of a bulk answer, row by row, days as text."""
    picked = [
        columns[name].astype(str) if columns[name].dtype.kind == "M" else columns[name]
        for name in names
    ]
    return list(zip(*(column.tolist() for column in picked), strict=True))
