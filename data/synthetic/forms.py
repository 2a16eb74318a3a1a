"""The practice's paperwork as domain records: providers, payers, members, claims."""

from datetime import date
from functools import lru_cache

from claims.claim import (
    Address,
    Claim,
    Diagnosis,
    Patient,
    Payer,
    Provider,
    ServiceLine,
    Subscriber,
)
from data.synthetic.announcements import group_number
from data.synthetic.billing import Bill
from data.synthetic.cases import charge
from data.synthetic.draw import Draws
from data.synthetic.people import Client, Clinician, Spell, national_provider_id
from data.synthetic.tables import names
from data.synthetic.world import World
from data.synthetic.world_payers import PayerWorld

MULTI_SPECIALTY = "193200000X"
REFERRING = 60
"""Physicians who send clients."""


class Forms:
    """Builds claims; what many of them share is built once."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.seed = seed
        self._members: dict[tuple[int, int], tuple[Subscriber, Patient | None]] = {}
        draws = Draws(seed, "practice")
        site = world.sites[0]
        self.billing = Provider(
            name=world.practice.upper(),
            entity="organization",
            npi=national_provider_id(draws),
            taxonomy=MULTI_SPECIALTY,
            tax_id=f"{draws.between(10, 98)}{draws.between(1_000_000, 9_999_999)}",
            address=Address(
                line1=site.line1.upper(),
                city=site.city.upper(),
                state=site.state,
                postal_code=site.postal_code,
            ),
        )
        self.payers = [Payer(payer_id=one.id, name=one.name.upper()) for one in world.payers]
        self.writing_from = Address(
            line1=f"PO BOX {draws.between(1000, 99_999)}",
            city=site.city.upper(),
            state=site.state,
            postal_code=site.postal_code,
        )
        """Where payers' remittances come from."""

    @lru_cache(maxsize=20_000)  # noqa: B019 - lives as long as the practice is written
    def provider(self, who: Clinician, taxonomy: bool) -> Provider:
        """A rendering provider."""
        return Provider(
            name=who.last_name.upper(),
            first_name=who.first_name.upper(),
            npi=who.npi,
            taxonomy=who.taxonomy if taxonomy else None,
        )

    @lru_cache(maxsize=20_000)  # noqa: B019 - as above
    def referring(self, client: int) -> Provider:
        """Who sent the client: one of the physicians of the region."""
        one = Draws(self.seed, "sent by", client).below(REFERRING)
        draws = Draws(self.seed, "referring", one)
        return Provider(
            name=draws.one_of(names("last")).upper(),
            first_name=draws.one_of(names("first_f") + names("first_m")).upper(),
            npi=national_provider_id(draws),
        )

    def _address(self, client: Client) -> Address:
        site = self.world.sites[client.site]
        return Address(
            line1=client.street.upper(),
            city=site.city.upper(),
            state=site.state,
            postal_code=site.postal_code,
        )

    def member(self, client: Client, spell: Spell) -> tuple[Subscriber, Patient | None]:
        """The subscriber, and the client where somebody else is it."""
        key = (client.number, spell.number)
        found = self._members.get(key)
        if found is None:
            if len(self._members) > 20_000:
                self._members.clear()
            found = self._members[key] = self._member(client, spell)
        return found

    def _member(self, client: Client, spell: Spell) -> tuple[Subscriber, Patient | None]:
        payer: PayerWorld = self.world.payers[spell.payer]
        address = self._address(client)
        group = {
            "group_number": group_number(payer, spell.plan.name),
            "group_name": spell.plan.name.upper(),
        }
        dependent = client.child and payer.type in ("commercial", "tricare")
        if not dependent:
            return (
                Subscriber(
                    last_name=client.last_name.upper(),
                    first_name=client.first_name.upper(),
                    birth_date=client.birth_date,
                    sex=client.sex,
                    member_id=spell.member_id,
                    address=address,
                    **group,
                ),
                None,
            )
        draws = Draws(self.seed, "parent", client.number)
        sex = draws.one_of(("F", "M"))
        born = date(client.birth_date.year - draws.between(22, 38), draws.between(1, 12), 15)
        parent = Subscriber(
            last_name=client.last_name.upper(),
            first_name=draws.one_of(names("first_f" if sex == "F" else "first_m")).upper(),
            birth_date=born,
            sex=sex,
            member_id=spell.member_id,
            address=address,
            **group,
        )
        patient = Patient(
            last_name=client.last_name.upper(),
            first_name=client.first_name.upper(),
            birth_date=client.birth_date,
            sex=client.sex,
            relationship="19",
            address=address,
        )
        return parent, patient

    def claim(self, bill: Bill, claim_id: str, spell: Spell) -> Claim:
        """The claim of a bill."""
        subscriber, patient = self.member(bill.session.client, spell)
        lines = tuple(
            ServiceLine(
                line=number,
                procedure=line.code,
                modifiers=line.modifiers,
                charge=charge(line),
                units=line.units,
                diagnosis_pointers=tuple(range(1, len(bill.diagnoses) + 1)),
                service_from=bill.session.day,
                service_to=bill.session.day,
                line_id=f"{claim_id}L{number}",
            )
            for number, line in enumerate(bill.lines, 1)
        )
        payer = self.world.payers[spell.payer]
        return Claim(
            claim_id=claim_id,
            payer=self.payers[spell.payer],
            filing_indicator=payer.filing_indicator,
            subscriber=subscriber,
            patient=patient,
            billing=self.billing,
            rendering=self.provider(bill.rendering, bill.taxonomy),
            referring=self.referring(bill.session.client.number) if bill.referring else None,
            place_of_service=bill.place,
            charge=sum(line.charge for line in lines),
            diagnoses=tuple(Diagnosis(code=one.code) for one in bill.diagnoses),
            lines=lines,
            authorization_number=bill.authorization,
        )
