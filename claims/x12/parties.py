"""Who is named in a transaction: persons, providers, payers (NM1 and what follows it)."""

from typing import Any

from claims.claim import Address, OtherPayer, Patient, Payer, Provider, SecondaryId, Subscriber
from claims.x12.fields import Fields, element, parse_day
from claims.x12.segments import Segment

PROVIDER_NAMES = {"npi": "09", "name": "03", "first_name": "04"}
PERSON_NAMES = {"last_name": "03", "first_name": "04", "member_id": "09"}
MOST_IDS = 50
"""Of one party, more than the guide allows: keeps memory bounded."""
TAX_NUMBERS = {"EI": False, "SY": True}
"""REF01 of a billing provider's tax number, and whether that is a social security number."""


class Party:
    """One NM1 loop being read: its segments' values, until it is known what it is to become."""

    def __init__(self, segment: Segment, role: str) -> None:
        self.segment = segment
        self.role = role
        """NM101: 85, IL, PR, 82, …"""
        self.taxonomy: str | None = None
        self.address: dict[str, Any] = {}
        self.ids: list[tuple[str, str]] = []
        self.birth_date: str = ""
        self.sex: str = ""

    def prv(self, segment: Segment) -> None:
        """PRV: a provider's taxonomy."""
        self.taxonomy = element(segment, 3) or None

    def n3(self, segment: Segment) -> None:
        """N3: street."""
        self.address["line1"] = element(segment, 1)
        self.address["line2"] = element(segment, 2)

    def n4(self, segment: Segment) -> None:
        """N4: city, state, postal code."""
        self.address |= {
            "city": element(segment, 1),
            "state": element(segment, 2),
            "postal_code": element(segment, 3),
            "country": element(segment, 4),
        }

    def ref(self, segment: Segment) -> None:
        """REF: a secondary identification."""
        known = element(segment, 1) and element(segment, 2)
        if known and len(self.ids) < MOST_IDS:
            self.ids.append((element(segment, 1), element(segment, 2)))

    def dmg(self, segment: Segment) -> None:
        """DMG: birth date and sex."""
        self.birth_date = element(segment, 2)
        self.sex = element(segment, 3)

    def _address(self, fields: Fields) -> Address | None:
        if not any(self.address.values()):
            return None
        return fields.build(Address, self.segment, {}, **self.address)

    def _names(self, last: str) -> dict[str, Any]:
        return {
            last: element(self.segment, 3),
            "first_name": element(self.segment, 4),
            "middle_name": element(self.segment, 5),
            "suffix": element(self.segment, 7),
        }

    @property
    def _words(self) -> tuple[object, ...]:
        """All that the party was read from."""
        address = tuple(self.address.items())
        return (tuple(self.segment.elements), self.taxonomy, address, tuple(self.ids))

    def provider(self, fields: Fields) -> Provider | None:
        """The party as a provider; None, with a complaint, where it cannot be one."""
        return fields.once(Provider, self._words, self._provider)

    def _provider(self, fields: Fields) -> Provider | None:
        tax = next(((kind, number) for kind, number in self.ids if kind in TAX_NUMBERS), None)
        number = element(self.segment, 9)
        has_npi = element(self.segment, 8) in ("XX", "")
        others = [(kind, value) for kind, value in self.ids if kind not in TAX_NUMBERS]
        if number and not has_npi:
            others.append((element(self.segment, 8), number))
        ids = [
            fields.build(SecondaryId, self.segment, {}, qualifier=kind, value=value)
            for kind, value in others
        ]
        return fields.build(
            Provider,
            self.segment,
            PROVIDER_NAMES,
            **self._names("name"),
            entity="organization" if element(self.segment, 2) == "2" else "person",
            npi=(number if has_npi else "") or None,
            taxonomy=self.taxonomy,
            tax_id=tax[1] if tax else None,
            tax_id_is_ssn=TAX_NUMBERS[tax[0]] if tax else False,
            address=self._address(fields),
            other_ids=tuple(one for one in ids if one),
        )

    def payer(self, fields: Fields) -> Payer | None:
        """The party as a payer; complains where it has no identifier."""
        return fields.once(Payer, self._words, self._payer)

    def _payer(self, fields: Fields) -> Payer | None:
        return fields.build(
            Payer,
            self.segment,
            {"payer_id": "09", "name": "03"},
            payer_id=fields.required(self.segment, 9, "the payer's identifier") or "?",
            name=element(self.segment, 3),
            id_qualifier="XV" if element(self.segment, 8) == "XV" else "PI",
            address=self._address(fields),
        )

    def _person(self, fields: Fields) -> dict[str, Any]:
        birth = parse_day(self.birth_date)
        if self.birth_date and birth is None:
            fields.warn(self.segment, "", "the birth date in the DMG segment is not CCYYMMDD")
        return self._names("last_name") | {
            "birth_date": birth,
            "sex": self.sex[:1] or None,
            "address": self._address(fields),
        }

    def subscriber(
        self, fields: Fields, group_number: str = "", group_name: str = ""
    ) -> Subscriber | None:
        """The party as a subscriber."""
        return fields.build(
            Subscriber,
            self.segment,
            PERSON_NAMES,
            **self._person(fields),
            member_id=element(self.segment, 9),
            entity="organization" if element(self.segment, 2) == "2" else "person",
            group_number=group_number or None,
            group_name=group_name or None,
        )

    def patient(self, fields: Fields, relationship: str) -> Patient | None:
        """The party as a patient who is not the subscriber."""
        return fields.build(
            Patient,
            self.segment,
            PERSON_NAMES,
            **self._person(fields),
            relationship=relationship or "G8",
        )


class OtherCoverage:
    """One loop 2320 being read: another payer's part in the same claim."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.values: dict[str, Any] = {}
        self.adjustments: list[Any] = []
        self.payer: Party | None = None
        self.subscriber: Party | None = None

    def other_payer(self, fields: Fields) -> OtherPayer | None:
        """The loop as a domain value."""
        payer = self.payer.payer(fields) if self.payer else None
        subscriber = None
        if self.subscriber:
            subscriber = self.subscriber.subscriber(
                fields, element(self.segment, 3), element(self.segment, 4)
            )
        numbers = dict(self.payer.ids) if self.payer else {}
        return fields.build(
            OtherPayer,
            self.segment,
            {"sequence": "01"},
            sequence=fields.required(self.segment, 1, "P, S, T or another place in the order"),
            relationship=element(self.segment, 2) or "18",
            insurance_type=element(self.segment, 5) or None,
            filing_indicator=element(self.segment, 9) or None,
            payer=payer,
            subscriber=subscriber,
            adjustments=tuple(self.adjustments),
            claim_number=numbers.get("F8"),
            **self.values,
        )
