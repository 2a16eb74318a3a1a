"""The practice week by week: a shard of its clients, from sessions to remittances and truth."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from claims.claim import Claim
from claims.remittance import ClaimPayment
from data.synthetic.adjudication import Decision, decide
from data.synthetic.aftermath import Aftermath
from data.synthetic.billing import SLIP_EDITS, Bill, Billers
from data.synthetic.cases import case, note_features
from data.synthetic.coding import services_given
from data.synthetic.coverage import Chain, Filter, states
from data.synthetic.draw import Draws
from data.synthetic.forms import Forms
from data.synthetic.hidden import Hidden
from data.synthetic.ledgers import Ledger
from data.synthetic.odds import ClaimCase, Features, Table, table, touching
from data.synthetic.payments import Judged, judge
from data.synthetic.people import Client, People, Spell
from data.synthetic.plain_notes import Written, clock, write_note
from data.synthetic.sessions import Calendar, Session
from data.synthetic.truth import Chances, chances, seen
from data.synthetic.world import Lags, PayerWorld, World

PRIME = 9_999_999_967
STEP = 2_654_435_761
"""Numbers of claims are scrambled, so that they tell nothing but that they differ."""
KNOWABLE_AFTER = 56
"""Days from the first remittance under an unannounced change until it counts as knowable."""


@dataclass(slots=True)
class Encounter:
    """A session with its note, until its claim is sent."""

    session: Session
    note_id: str
    claim_id: str
    written: Written | None
    cloned: bool
    signed: date
    due: int
    """Week on whose Monday the claim is sent."""
    late: bool
    duplicate: bool = False


@dataclass(slots=True)
class Membership:
    """One client under one coverage."""

    spell: Spell
    ledger: Ledger
    levels: int
    chain: Chain
    filter: Filter
    told: bool = False
    """Whether the file of benefits has it."""
    level: int = 0
    used: int = 0
    """Visits of the year here, when it was asked."""
    verified: int = 0
    """Week in which coverage and benefits were asked for."""


@dataclass(slots=True)
class Life:
    """All that happens to one client."""

    client: Client
    visits: int = 0
    memberships: dict[int, Membership] = field(default_factory=dict)
    waiting: list[Encounter] = field(default_factory=list)
    unfiled: list[tuple[int, Encounter]] = field(default_factory=list)
    """Notes with the week on whose Monday they are handed over."""
    last: Written | None = None


@dataclass(slots=True)
class Batch:
    """What one shard brings forth in one week."""

    claims: list[Claim] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[dict[str, Any]] = field(default_factory=list)
    benefits: list[dict[str, Any]] = field(default_factory=list)
    remittances: dict[tuple[date, int], list[ClaimPayment]] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    claim_truths: list[dict[str, Any]] = field(default_factory=list)
    note_truths: list[dict[str, Any]] = field(default_factory=list)
    first_remitted: dict[str, date] = field(default_factory=dict)


def monday(world: World, week: int) -> date:
    """The first day of a week, on which its batch is sent."""
    return world.start + timedelta(weeks=week)


class Shard:
    """Every so-manieth client of a practice, brought through the weeks one after the other.

    papers: whether claims, notes and remittances are made; without, the truth alone.
    """

    def __init__(
        self, world: World, seed: int, outcome_seed: int, people: People, index: int, shards: int,
        weeks: int, papers: bool = True,
    ) -> None:  # fmt: skip
        self.papers = papers
        self.world, self.seed, self.outcome_seed = world, seed, outcome_seed
        self.people, self.weeks = people, weeks
        self.hidden = Hidden(world, seed)
        self.forms = Forms(world, seed)
        self.calendar = Calendar(people)
        self.billers = Billers(world, people)
        self.longest = 7 + max(
            max(getattr(one.lags, kind).longest for kind in Lags.model_fields)
            for one in world.payers
        )
        self.lives: list[Life] = []
        self.coming = iter(range(index, people.arrivals(), shards))
        self.next: Client | None = None
        self.mail = Aftermath(self.hidden, outcome_seed, weeks)
        self.first_remitted: dict[str, date] = {}
        """When the practice as a whole first got an answer under each change."""
        self._arrive()
        self._before_the_start()

    def _arrive(self) -> None:
        number = next(self.coming, None)
        self.next = None if number is None else self.people.client(number)

    def _before_the_start(self) -> None:
        """Sessions of clients who are in care when the story begins: billed elsewhere."""
        while self.next is not None and self.next.first_week < -1:
            life = Life(self.next)
            client = self.next
            self._arrive()
            if client.first_week + client.weeks <= -1:
                continue
            for week in range(client.first_week, -1):
                for session in self.calendar.week(client, week, life.visits):
                    life.visits += 1
                    self._count(life, session, week)
            for membership in life.memberships.values():
                for one in membership.ledger.granted:
                    one.sent = one.seen
                membership.ledger.submitted = dict(membership.ledger.had)
                membership.used = membership.ledger.had.get(monday(self.world, -1).year, 0)
            self.lives.append(life)

    # ---- one week ----

    def step(self, week: int, first_remitted: dict[str, date]) -> Batch:
        """Week `week`: what is sent on its Monday, and what comes in on the days after.

        The sessions are those of the week before. After the last batch only answers come.
        """
        self.first_remitted = first_remitted
        batch = Batch()
        if week < self.weeks:
            while self.next is not None and self.next.first_week < week:
                self.lives.append(Life(self.next))
                self._arrive()
            kept = []
            for life in self.lives:
                self._live(life, week, batch)
                ended = life.client.first_week + life.client.weeks <= week
                if not ended or life.waiting or life.unfiled:
                    kept.append(life)
            self.lives = kept
            batch.claims += self.mail.again.pop(week, ())
        end = monday(self.world, week + 1)
        for day, payer, payment in self.mail.until(end):
            batch.remittances.setdefault((day, payer), []).append(payment)
        return batch

    @property
    def done(self) -> bool:
        """Whether no more answers are to come."""
        return self.mail.done

    def _live(self, life: Life, week: int, batch: Batch) -> None:
        client = life.client
        for session in self.calendar.week(client, week - 1, life.visits):
            life.visits += 1
            self._count(life, session, week - 1)
            encounter = self._encounter(life, session, week)
            if not self._pays_alone(life, session, week - 1):
                life.waiting.append(encounter)
                life.waiting.extend(self._double(life, encounter))
        morning = monday(self.world, week)
        for membership in life.memberships.values():
            self._tell(life, membership, morning, batch)
        if self.papers:
            self._hand_over(life, week, batch)
        due = sorted(
            (one for one in life.waiting if one.due <= week),
            key=lambda one: (one.session.day, one.duplicate),
        )
        if due:
            life.waiting = [one for one in life.waiting if one.due > week]
            for one in due:
                self._send(life, one, morning, batch)

    def _membership(self, life: Life, week: int) -> Membership:
        spell = self.people.spell(life.client, week)
        found = life.memberships.get(spell.number)
        if found is not None:
            return found
        client = life.client
        payer = self.world.payers[spell.payer]
        limited = client.discipline in spell.plan.visit_limit
        levels = len(payer.coverage.levels) if limited else 1
        rates = self.hidden.rates[spell.payer].watched(
            self.world.disciplines[client.discipline].watched
        )
        verified = max(-1, spell.first_week)
        level = self._level(client, spell, levels, rates.elsewhere, verified)
        start = self.world.start
        found = life.memberships[spell.number] = Membership(
            spell=spell,
            ledger=Ledger(
                self.seed, f"{client.number}/{spell.number}", client.discipline, client.renews
            ),
            levels=levels,
            chain=Chain(
                (self.outcome_seed, "coverage", client.number, spell.number),
                rates, levels, verified, level, start,
            ),
            filter=Filter(rates, levels, verified, level, start, self.longest),
            level=level,
            verified=verified,
        )  # fmt: skip
        return found

    def _level(self, client: Client, spell: Spell, levels: int, rate: float, verified: int) -> int:
        """Visits elsewhere this year, as the payer tells them when it is asked."""
        day = monday(self.world, verified)
        weeks = (day - date(day.year, 1, 1)).days // 7
        draws = Draws(self.seed, "elsewhere", client.number, spell.number)
        ups = sum(draws.random() < rate for _ in range(weeks))
        return min(levels - 1, ups)

    def _count(self, life: Life, session: Session, week: int) -> None:
        membership = self._membership(life, week)
        rules = self.hidden.rules(membership.spell.payer, session.day)
        lines = services_given(session, rules.unit_rule)
        membership.ledger.session(rules, lines, session.day)

    def _claim_id(self, client: Client, visit: int, copy: int) -> str:
        number = (client.number * 1000 + visit) * 2 + copy
        return f"{number * STEP % PRIME:010}"

    # ---- the note ----

    def _encounter(self, life: Life, session: Session, week: int) -> Encounter:
        client = life.client
        draws = Draws(self.seed, "encounter", client.number, session.visit_number)
        wait = draws.geometric(0.8) if draws.chance(0.8) else draws.between(3, 14)
        signed = session.day + timedelta(days=wait)
        note_week = -(-(signed - self.world.start).days // 7)
        due = max(note_week, week + (draws.between(1, 3) if draws.chance(0.08) else 0))
        late = self.billers.slips("late_filing", session, session.day, draws)
        if late:
            due = week + draws.between(10, 40)
        cloned = life.last is not None and draws.chance(self._cloning(session))
        if self.billers.slips("note_missing", session, session.day, draws):
            written = None
        elif cloned and life.last is not None:
            written = life.last
        else:
            cloned = False
            written = write_note(session, draws, self._completeness(session))
        identifier = self._claim_id(client, session.visit_number, 0)
        encounter = Encounter(
            session=session,
            note_id=f"N{identifier}",
            claim_id=identifier,
            written=written,
            cloned=cloned,
            signed=signed,
            due=due,
            late=late,
        )
        if written is not None:
            life.last = written
            if self.papers:
                life.unfiled.append((note_week, encounter))
        return encounter

    def _hand_over(self, life: Life, week: int, batch: Batch) -> None:
        """Notes that were signed since the last file."""
        if not life.unfiled:
            return
        now = [one for filed, one in life.unfiled if filed <= week]
        life.unfiled = [(filed, one) for filed, one in life.unfiled if filed > week]
        for one in now:
            session, written = one.session, one.written
            if written is None:
                continue
            membership = self._membership(life, (session.day - self.world.start).days // 7)
            spell = membership.spell
            payer = self.hidden.rules(spell.payer, session.day)
            client = life.client
            age = (session.day - client.birth_date).days // 365.25
            batch.notes.append(
                {
                    "id": one.note_id,
                    "text": written.text,
                    "discipline": session.discipline,
                    "date_of_service": session.day.isoformat(),
                    "credential": session.writer.credential,
                    "payer_id": payer.id,
                    "payer_type": payer.type,
                    "unit_rule": payer.unit_rule,
                    "place_of_service": session.place,
                    "diagnosis_on_claim": [d.code for d in client.diagnoses],
                    "claim_id": one.claim_id,
                    "client_id": client.id,
                    "member_id": spell.member_id,
                    "rendering_npi": session.lead.npi,
                    "supervising_npi": session.lead.npi if session.assistant else None,
                    "signed_on": one.signed.isoformat(),
                    "age": int(age),
                    "visit_number": session.visit_number,
                }
            )
            stated = "session_time" in written.elements
            batch.note_truths.append(
                {
                    "id": one.note_id,
                    "writer": written.writer,
                    "held_out": written.held_out,
                    "minutes": session.minutes if stated else None,
                    "start": clock(session.start) if stated else None,
                    "stop": clock(session.start + session.minutes) if stated else None,
                    "billable": stated,
                    "codes": json.dumps(
                        [
                            {"code": b.code, "units": b.units}
                            for b in services_given(session, payer.unit_rule)
                        ]
                    ),
                    "elements": json.dumps(
                        {
                            **{key: list(map(list, at)) for key, at in written.elements.items()},
                            **{key: [] for key in sorted(written.lacking)},
                        }
                    ),
                }
            )

    def _pays_alone(self, life: Life, session: Session, week: int) -> bool:
        """Whether the visit is over the plan's limit, as far as is known, and not billed."""
        client = life.client
        membership = self._membership(life, week)
        limit = membership.spell.plan.visit_limit.get(client.discipline)
        if limit is None:
            return False
        year = session.day.year
        known = membership.ledger.had.get(year, 0)
        asked = monday(self.world, membership.verified)
        if asked.year == year:
            levels = self.world.payers[membership.spell.payer].coverage.levels
            known += levels[membership.level]
        share = self.world.disciplines[client.discipline].unbilled_over_limit
        return known > limit and Draws(self.seed, "alone", client.number, year).chance(share)

    def _cloning(self, session: Session) -> float:
        draws = Draws(self.seed, "cloning", session.writer.id)
        return 0.25 * draws.random() ** 4

    def _completeness(self, session: Session) -> float:
        """How complete this note is: it differs by writer and by day."""
        writer = Draws(self.seed, "completeness", session.writer.id).random()
        day = Draws(self.seed, "day", session.writer.id, session.day.toordinal()).normal()
        return min(0.995, max(0.3, 0.8 + 0.18 * writer + 0.07 * day))

    def _double(self, life: Life, first: Encounter) -> Iterator[Encounter]:
        session = first.session
        draws = Draws(self.seed, "double", life.client.number, session.visit_number)
        if self.billers.slips("duplicate", session, session.day, draws):
            yield Encounter(
                session=session,
                note_id=first.note_id,
                claim_id=self._claim_id(life.client, session.visit_number, 1),
                written=first.written,
                cloned=first.cloned,
                signed=first.signed,
                due=first.due + draws.between(1, 5),
                late=False,
                duplicate=True,
            )

    # ---- the claim ----

    def _send(self, life: Life, one: Encounter, morning: date, batch: Batch) -> None:
        session, client = one.session, life.client
        of_week = (session.day - self.world.start).days // 7
        membership = self._membership(life, of_week)
        spell = membership.spell
        rules = self.hidden.rules(spell.payer, session.day)
        draws = Draws(self.seed, "bill", one.claim_id)
        bill = self.billers.bill(session, rules, morning, draws)
        if not bill.lines:
            return
        if one.written is None:
            bill.slipped("note_missing")
        if one.late:
            bill.slipped("late_filing")
        if one.duplicate:
            bill.duplicate = True
            bill.slipped("duplicate")
        facts, visits = self._ledger_facts(bill, membership, rules, morning, draws)
        started = 7 * (of_week - session.lead.started)
        late_note = (one.signed - session.day).days > 7
        note = note_features(one.written, one.cloned, late_note)
        this = case(
            bill, one.claim_id, rules, spell.payer, spell.plan, morning, visits, facts, note,
            started, client.site,
        )  # fmt: skip
        order = states(membership.levels)
        odds = table(self.hidden, this, order)
        posterior = membership.filter.posterior(of_week, morning)
        best = chances(self.hidden, this, odds, posterior, order)
        decision = decide(
            self.hidden, this, odds, membership.chain.at(of_week),
            Draws(self.outcome_seed, "decide", one.claim_id),
        )  # fmt: skip
        membership.filter.add(
            seen(
                self.hidden,
                this,
                odds,
                of_week,
                order,
                decision.first_word if decision.answered else None,
                decision.stopped_by,
            )
        )
        money = judge(
            self.hidden, this, spell.plan, decision,
            Draws(self.outcome_seed, "money", one.claim_id),
        )  # fmt: skip
        if self.papers:
            claim = self.forms.claim(bill, one.claim_id, spell)
            batch.claims.append(claim)
            self.mail.answer(client.number, spell, claim, this, decision, money)
        changes = touching(self.hidden, this)
        if changes and decision.answered:
            for change in changes:
                word = decision.answered
                batch.first_remitted[change] = min(batch.first_remitted.get(change, word), word)
        self._truth(one, bill, this, odds, best, posterior, decision, money, changes, spell, batch)

    def _ledger_facts(
        self, bill: Bill, membership: Membership, rules: PayerWorld, morning: date, draws: Draws
    ) -> tuple[Features, int]:
        """Authorization and visits as they stand with this claim."""
        ledger, session = membership.ledger, bill.session
        year = session.day.year
        visits = ledger.submitted.get(year, 0) + (0 if bill.duplicate else 1)
        ledger.submitted[year] = visits
        facts: Features = {}
        rule = ledger.rule(rules, bill.lines, visits)
        if rule is None:
            return facts, visits
        granted, exhausted = ledger.use(bill.lines, session.day, morning)
        if granted is None:
            facts["authorization_missing"] = 1.0
            bill.slipped("authorization_missing")
            return facts, visits
        bill.authorization = granted.number
        if exhausted:
            facts["authorization_exhausted"] = 1.0
            bill.slipped("authorization_exhausted")
        elif self.billers.slips("authorization_number_missing", session, morning, draws):
            bill.authorization = None
            facts["authorization_number_missing"] = 1.0
            bill.slipped("authorization_number_missing")
        return facts, visits

    # ---- the truth ----

    def _truth(
        self, one: Encounter, bill: Bill, this: ClaimCase, odds: Table, best: Chances,
        posterior: Any, decision: Decision, money: list[Judged], changes: frozenset[str],
        spell: Spell, batch: Batch,
    ) -> None:  # fmt: skip
        order = states(len(this.levels) if this.limit is not None else 1)
        knowable = best
        moved: list[tuple[str, Chances]] = []
        if changes:
            unknown = frozenset(c for c in changes if not self._knowable(c, this.submitted))
            if unknown:
                knowable = chances(
                    self.hidden, this, table(self.hidden, this, order, unknown), posterior, order
                )
            for change in sorted(changes):
                without = table(self.hidden, this, order, frozenset([change]))
                moved.append((change, chances(self.hidden, this, without, posterior, order)))
        payer = self.world.payers[spell.payer]
        session = one.session
        answered = decision.answered
        for i, line in enumerate(this.lines):
            risk = best.totals[i]
            shift, moving = max(
                ((abs(risk - other.totals[i]), name) for name, other in moved), default=(0.0, "")
            )
            settled = answered
            if decision.split and i >= len(this.lines) // 2:
                settled = decision.split
            decided = decision.lines[i]
            slips = [*bill.slips.get(0, ()), *bill.slips.get(i + 1, ())]
            category = None
            if decided.cause and not decided.vague:
                category = self.hidden.causes[decided.cause].category
            batch.lines.append(
                {
                    "claim_id": this.claim_id,
                    "line": line.line,
                    "client": session.client.id,
                    "payer": payer.id,
                    "plan": spell.plan.name,
                    "provider": session.writer.id,
                    "procedure": line.code,
                    "date_of_service": this.day.isoformat(),
                    "submitted": this.submitted.isoformat(),
                    "charge": line.charge,
                    "allowed": line.allowed,
                    "probability": risk,
                    "named": best.lines[i],
                    "denied": None if answered is None else int(decided.cause is not None),
                    "outcome": None if answered is None else money[i].outcome,
                    "category": None if answered is None else category,
                    "settled": settled.isoformat() if settled else None,
                    "slips": " ".join(SLIP_EDITS[slip] for slip in slips),
                    "supported": " ".join(bill.supported),
                    "unannounced": int(abs(risk - knowable.totals[i]) > 0.01),
                    "change": moving if shift >= 0.05 else "",
                }
            )
        batch.claim_truths.append(
            {
                "claim_id": this.claim_id,
                "submitted": this.submitted.isoformat(),
                "client": session.client.id,
                "probability": best.claim,
                "allowed": sum(line.allowed for line in this.lines),
                "expected_denied": sum(
                    risk * line.allowed for risk, line in zip(best.totals, this.lines, strict=True)
                ),
                "denied": None if answered is None else int(decision.denied),
            }
        )

    def _knowable(self, change: str, day: date) -> bool:
        known = self.hidden.change_known[change]
        if known is not None and known <= day:
            return True
        first = self.first_remitted.get(change)
        return first is not None and first + timedelta(days=KNOWABLE_AFTER) <= day

    def _tell(self, life: Life, membership: Membership, morning: date, batch: Batch) -> None:
        """Authorizations and benefits that the practice has been told of since the last file."""
        payer = self.world.payers[membership.spell.payer]
        member = membership.spell.member_id
        for one in membership.ledger.granted:
            if one.told or one.received > morning:
                continue
            one.told = True
            opening = one.received < self.world.start - timedelta(weeks=1)
            batch.authorizations.append(
                {
                    "authorization_number": one.number,
                    "payer_id": payer.id,
                    "member_id": member,
                    "procedures": " ".join(one.codes),
                    "units": one.units,
                    "visits": one.visits,
                    "start": one.start,
                    "end": one.end,
                    "rendering_npi": None,
                    "status": "approved",
                    "used_units": one.sent if opening and one.units is not None else None,
                    "used_visits": one.sent if opening and one.visits is not None else None,
                    "as_of": self.world.start - timedelta(weeks=1) if opening else None,
                    "received": one.received,
                }
            )
        limit = membership.spell.plan.visit_limit.get(life.client.discipline)
        if limit is not None and not membership.told:
            membership.told = True
            as_of = monday(self.world, membership.verified)
            elsewhere = payer.coverage.levels[membership.level]
            batch.benefits.append(
                {
                    "payer_id": payer.id,
                    "member_id": member,
                    "benefit": life.client.discipline,
                    "limit": limit,
                    "used": membership.used + elsewhere,
                    "unit": "visits",
                    "period_start": date(as_of.year, 1, 1),
                    "as_of": as_of,
                }
            )
