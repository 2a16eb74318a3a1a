"""Builds what one row of `tests/spec/edits` describes: a claim with one thing changed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from claims.answers import Answer
from claims.authorization import Authorization, Benefit
from claims.claim import Claim, Submission
from claims.context import Context
from claims.note import Note, NoteFacts
from claims.policies import policy_book
from claims.policies.files import PolicyFile, parse
from claims.remittance import ClaimPayment
from tests.claims.billing import SERVICE_DAY, claim, submission

AS_OF = "2026-03-02"
THERAPIST = {"name": "Doe", "first_name": "Kim", "npi": "1427053198", "taxonomy": "225100000X"}
THERAPY = {"procedure": "97110", "units": 2, "modifiers": ["GP"], "charge": 120}
PT: dict[str, Any] = {"rendering": THERAPIST, "diagnoses": ["M54.51"]}
MEDICARE = {"payer": {"payer_id": "04412", "name": "Medicare"}, "filing_indicator": "MB"}
BASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mh": ({}, {}),
    "medicare": (MEDICARE, {}),
    "pt": (PT, THERAPY),
    "medicare_pt": ({**PT, **MEDICARE}, THERAPY),
    "aba": ({"diagnoses": ["F84.0"]}, {"procedure": "97153", "units": 8}),
}
"""Claim and line before the row's change: psychotherapy for a commercial payer, and others."""


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The base with a change laid over it, mappings within mappings included."""
    found = dict(base)
    for key, value in change.items():
        held = found.get(key)
        both = isinstance(held, Mapping) and isinstance(value, Mapping)
        found[key] = _merged(held, value) if both and held is not None else value
    return found


def _dated(line: dict[str, Any]) -> dict[str, Any]:
    """The line with days for its texts; it ends on its own day unless the row says otherwise."""
    found = dict(line)
    if "service_from" in found:
        found.setdefault("service_to", found["service_from"])
    for name in ("service_from", "service_to"):
        if name in found:
            found[name] = date.fromisoformat(found[name])
    return found


class Given:
    """A row of the table as domain values."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.whole, self.line = BASES[row.get("base", "mh")]
        self.as_of = date.fromisoformat(row.get("as_of", AS_OF))
        self.claim = self._claim()
        self.submission = submission(self.claim, position=9, digest="batch")
        self.facts = self._facts()
        self.note = self._note()
        self.context = self._context()

    def _claim(self) -> Claim:
        lines = self.row.get("lines", [{}])
        change = self.row.get("line", {})
        built = [_dated(_merged(_merged(self.line, line), change)) for line in lines]
        values = claim("A1", lines=built).model_dump(mode="json", exclude_none=True)
        changes = _merged(self.whole, self.row.get("claim", {}))
        merged = _merged(values, changes)
        return Claim.model_validate(merged)

    def _again(self, of: Mapping[str, Any], position: int, digest: str) -> Submission:
        """Another sending of the claim, with its own number, day, provider or authorization."""
        line = {k: v for k, v in of.items() if k in ("units", "procedure", "modifiers")}
        if "day" in of:
            line |= {"service_from": of["day"], "service_to": of["day"]}
        values = self.claim.model_dump(mode="json", exclude_none=True)
        values |= {"claim_id": of.get("claim_id", "A1"), "frequency_code": "1"}
        values.pop("payer_claim_number", None)
        changes = {name: of[name] for name in ("authorization_number", "rendering") if name in of}
        values = _merged(values, changes)
        first = _merged(values["lines"][0], line)
        if "authorization_number" not in of and position > 100:
            values.pop("authorization_number", None)
        if first["procedure"] == "90785":
            first["procedure"] = "90834"
        values["lines"] = [first]
        values["charge"] = first["charge"]
        return submission(Claim.model_validate(values), position, digest)

    def _facts(self) -> NoteFacts | None:
        if "facts" not in self.row:
            return None
        told = dict(self.row["facts"])
        told["elements"] = {
            key: {"present": present} for key, present in told.get("elements", {}).items()
        }
        return NoteFacts.model_validate({"digest": "0" * 64, "reader": "test", **told})

    def _note(self) -> Note | None:
        if "note" not in self.row and "facts" not in self.row:
            return None
        return Note.model_validate({"id": "n1", "text": "", **self.row.get("note", {})})

    def _policies(self) -> PolicyFile | None:
        if "rules" not in self.row:
            return None
        head = {
            "payer_id": [self.claim.payer.payer_id],
            "line_of_business": "commercial",
            "source": "provider manual",
            "rules": self.row["rules"],
        }
        file, problems = parse(yaml.safe_dump(head), "plan.yaml")
        assert file is not None, problems
        assert not problems, problems
        return file

    def _context(self) -> Context:
        file = self._policies()
        batch = [
            *(self._again(of, n, "batch") for n, of in enumerate(self.row.get("batch", ()), 1)),
            self.submission,
        ]
        sent = [
            (date.fromisoformat(of["known"]), self._again(of, 100 + n, f"earlier{n}"))
            for n, of in enumerate(self.row.get("sent", ()), 1)
        ]
        return Context.build(
            as_of=self.as_of,
            policies=policy_book(announced=[file] if file else ())[0],
            batch=batch,
            claims=sent,
            authorizations=[self._authorization(a) for a in self.row.get("authorizations", ())],
            benefits=[self._benefit(b) for b in self.row.get("benefits", ())],
            answers=[self._answer(a) for a in self.row.get("answers", ())],
        )

    def _authorization(self, told: Mapping[str, Any]) -> tuple[date, Authorization]:
        values = {
            "authorization_number": "AUTH1",
            "payer_id": self.claim.payer.payer_id,
            "member_id": self.claim.subscriber.member_id,
            "start": "2026-01-01",
            "end": "2026-12-31",
            **told,
        }
        known = date.fromisoformat(values.pop("known", "2026-01-01"))
        return known, Authorization.model_validate(values)

    def _benefit(self, told: Mapping[str, Any]) -> tuple[date, Benefit]:
        values = {
            "payer_id": self.claim.payer.payer_id,
            "member_id": self.claim.subscriber.member_id,
            "benefit": "MH",
            "unit": "visits",
            "period_start": "2026-01-01",
            "as_of": "2026-02-01",
            **told,
        }
        return date(2026, 2, 1), Benefit.model_validate(values)

    def _answer(self, told: Mapping[str, Any]) -> tuple[date, Answer]:
        values = dict(told)
        known = date.fromisoformat(values.pop("known"))
        carc, day = values.pop("carc", None), values.pop("day", SERVICE_DAY)
        paid = values.pop("paid", 0)
        line: dict[str, Any] = {
            "procedure": "90834", "charge": 140, "paid": paid, "service_from": day,
        }  # fmt: skip
        if carc:
            line["adjustments"] = [{"group": "CO", "carc": carc, "amount": 140}]
        payment = ClaimPayment.model_validate(
            {
                "claim_id": "A1",
                "status_code": "1",
                "charge": 140,
                "paid": paid,
                "member_id": self.claim.subscriber.member_id,
                "lines": [line],
                "source": {"file": "r.835", "digest": "r", "position": 1},
                **values,
            }
        )
        return known, Answer.of(self.claim.payer.payer_id, known, payment)
