"""The practice week by week: a shard of its clients, from sessions to remittances and truth."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from claims.claim import Claim
from claims.remittance import ClaimPayment
from data.synthetic.adjudication import Decision, decide
from data.synthetic.aftermath import Aftermath
from data.synthetic.billing import Bill, Billers
from data.synthetic.cases import case, note_features
from data.synthetic.charts import Chart, Charts, Original, Scribe, filed, note_truth
from data.synthetic.coding import services_given
from data.synthetic.coverage import Vector, states
from data.synthetic.draw import Draws
from data.synthetic.forms import Forms
from data.synthetic.hidden import EffectKey, Hidden
from data.synthetic.membership import Membership, Memberships, monday
from data.synthetic.odds import ClaimCase, Features, table
from data.synthetic.payments import judge
from data.synthetic.people import Client, People
from data.synthetic.rows import Answered, claim_row, line_rows, shifted
from data.synthetic.sessions import Calendar, Session
from data.synthetic.truth import Chances, chances, seen
from data.synthetic.world import World
from data.synthetic.world_payers import PayerWorld

PRIME = 9_999_999_967
STEP = 2_654_435_761
"""Numbers of claims are scrambled, so that they tell nothing but that they differ."""


@dataclass(slots=True)
class Encounter:
    """A session with its note, until its claim is sent."""

    session: Session
    chart: Chart
    claim_id: str
    due: int
    """Week on whose Monday the claim is sent."""
    late: bool = False
    duplicate: bool = False


@dataclass(slots=True)
class Life:
    """All that happens to one client."""

    client: Client
    visits: int = 0
    memberships: dict[int, Membership] = field(default_factory=dict)
    waiting: list[Encounter] = field(default_factory=list)
    unfiled: list[tuple[int, Encounter]] = field(default_factory=list)
    """Notes with the week on whose Monday they are handed over."""
    last: Original | None = None


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


class Drawn(NamedTuple):
    """Hidden values that were called upon."""

    effects: set[EffectKey]
    writers: dict[str, dict[str, Any]]
    """By clinician: how the notes are written."""
    felt: dict[str, date]
    """Of each change, the day of the first answer under it."""


class Shard:
    """Every so-manieth client of a practice, brought through the weeks one after the other.

    papers: whether claims, notes and remittances are made; without, the truth alone.
    """

    def __init__(
        self, world: World, seed: int, outcome_seed: int, people: People, scribe: Scribe,
        index: int, shards: int, weeks: int, papers: bool = True,
    ) -> None:  # fmt: skip
        self.papers = papers
        self.world, self.seed, self.outcome_seed = world, seed, outcome_seed
        self.people, self.weeks = people, weeks
        self.hidden = Hidden(world, seed)
        self.forms = Forms(world, seed)
        self.calendar = Calendar(people)
        self.billers = Billers(world, people)
        self.charts = Charts(world, seed, scribe)
        self.memberships = Memberships(self.hidden, outcome_seed)
        self.mail = Aftermath(self.hidden, outcome_seed, weeks)
        self.lives: list[Life] = []
        self.coming = iter(range(index, people.arrivals(), shards))
        self.next: Client | None = None
        self.felt: dict[str, date] = {}
        """Of each change, the day of the first answer to a claim that it bears on."""
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
            for one in life.memberships.values():
                for granted in one.ledger.granted:
                    granted.sent = granted.seen
                one.ledger.submitted = dict(one.ledger.had)
                one.used = one.ledger.had.get(monday(self.world, -1).year, 0)
            self.lives.append(life)

    @property
    def drawn(self) -> Drawn:
        """What the seed has drawn so far that only the truth may tell."""
        writers = {key: self.charts.habits(who) for key, who in self.charts.writers.items()}
        return Drawn(set(self.hidden.drawn), writers, self.felt)

    # ---- one week ----

    def step(self, week: int) -> Batch:
        """Week `week`: what is sent on its Monday, and what comes in on the days after.

        The sessions are those of the week before. After the last batch only answers come.
        """
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
        for day, payer, payment in self.mail.until(monday(self.world, week + 1)):
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
            one = self._count(life, session, week - 1)
            encounter = self._encounter(life, session, one, week)
            if not self.memberships.pays_alone(client, one, session.day):
                life.waiting.append(encounter)
                life.waiting.extend(self._double(life, encounter))
        morning = monday(self.world, week)
        for one in life.memberships.values():
            batch.authorizations += self.memberships.authorizations(one, morning)
            batch.benefits += self.memberships.benefits(client, one, morning)
        self._hand_over(life, week, batch)
        due = sorted(
            (one for one in life.waiting if one.due <= week),
            key=lambda one: (one.session.day, one.duplicate),
        )
        if due:
            life.waiting = [one for one in life.waiting if one.due > week]
            for encounter in due:
                self._send(life, encounter, morning, batch)

    def _membership(self, life: Life, week: int) -> Membership:
        spell = self.people.spell(life.client, week)
        found = life.memberships.get(spell.number)
        if found is None:
            found = self.memberships.open(life.client, spell)
            life.memberships[spell.number] = found
        return found

    def _count(self, life: Life, session: Session, week: int) -> Membership:
        one = self._membership(life, week)
        rules = self.hidden.rules(one.spell.payer, session.day)
        one.ledger.session(rules, services_given(session, rules.unit_rule), session.day)
        return one

    def _claim_id(self, client: Client, visit: int, copy: int) -> str:
        number = (client.number * 1000 + visit) * 2 + copy
        return f"{number * STEP % PRIME:010}"

    # ---- the note ----

    def _encounter(self, life: Life, session: Session, one: Membership, week: int) -> Encounter:
        client = life.client
        draws = Draws(self.seed, "encounter", client.number, session.visit_number)
        identifier = self._claim_id(client, session.visit_number, 0)
        chart = self.charts.write(
            session,
            f"N{identifier}",
            self.hidden.rules(one.spell.payer, session.day),
            life.last,
            self.billers.slips("note_missing", session, session.day, draws),
            draws,
        )
        filing = -(-(chart.signed - self.world.start).days // 7)
        due = max(filing, week + (draws.between(1, 3) if draws.chance(0.08) else 0))
        late = self.billers.slips("late_filing", session, session.day, draws)
        if late:
            due = max(due, week + draws.between(10, 40))
        encounter = Encounter(session, chart, identifier, due, late)
        if chart.written is not None:
            life.last = chart.original
            if self.papers:
                life.unfiled.append((filing, encounter))
        return encounter

    def _double(self, life: Life, first: Encounter) -> Iterator[Encounter]:
        """The same service, entered once more by mistake."""
        session = first.session
        draws = Draws(self.seed, "double", life.client.number, session.visit_number)
        if self.billers.slips("duplicate", session, session.day, draws):
            identifier = self._claim_id(life.client, session.visit_number, 1)
            due = first.due + draws.between(1, 5)
            yield Encounter(session, first.chart, identifier, due, duplicate=True)

    def _hand_over(self, life: Life, week: int, batch: Batch) -> None:
        """Notes that were signed since the last file."""
        for filing, one in life.unfiled:
            if filing <= week:
                membership = self._membership(life, self._week(one.session.day))
                spell = membership.spell
                payer = self.hidden.rules(spell.payer, one.session.day)
                batch.notes.append(filed(one.chart, one.session, one.claim_id, spell, payer))
                batch.note_truths.append(note_truth(one.chart))
        life.unfiled = [(filing, one) for filing, one in life.unfiled if filing > week]

    def _week(self, day: date) -> int:
        return (day - self.world.start).days // 7

    # ---- the claim ----

    def _send(self, life: Life, one: Encounter, morning: date, batch: Batch) -> None:
        session = one.session
        week = self._week(session.day)
        membership = self._membership(life, week)
        spell = membership.spell
        rules = self.hidden.rules(spell.payer, session.day)
        draws = Draws(self.seed, "bill", one.claim_id)
        bill = self.billers.bill(session, rules, morning, draws)
        if not bill.lines:
            return
        self._note_slips(one, bill)
        if (morning - session.day).days > rules.timely_filing_days:
            bill.slipped("late_filing")
        facts, visits = self._ledger_facts(bill, membership, rules, morning, draws)
        this = self._case(one, bill, membership, rules, morning, visits, facts)
        order = states(membership.levels)
        odds = table(self.hidden, this, order)
        posterior = membership.filter.posterior(week, morning)
        best = chances(self.hidden, this, odds, posterior, order)
        state = membership.chain.at(week)
        fate = Draws(self.outcome_seed, "decide", one.claim_id)
        decision = decide(self.hidden, this, odds, state, fate)
        word = decision.first_word if decision.answered else None
        membership.filter.add(seen(self.hidden, this, odds, week, order, word, decision.stopped_by))
        self.sent(life, membership, this, best, decision, posterior)
        purse = Draws(self.outcome_seed, "money", one.claim_id)
        money = judge(self.hidden, this, rules.plan(spell.plan), decision, purse)
        if self.papers:
            claim = self.forms.claim(bill, one.claim_id, spell)
            batch.claims.append(claim)
            self.mail.answer(life.client.number, spell, claim, this, decision, money)
        written = one.chart.written
        supported = tuple(code.code for code in written.codes) if written else ()
        answered = Answered(bill, this, best, posterior, decision, money, spell, supported)
        shift = shifted(self.hidden, answered, self.felt)
        by_rules = self._by_rules(one, answered, membership, facts)
        batch.lines += line_rows(self.hidden, answered, shift, by_rules)
        batch.claim_truths.append(claim_row(answered))
        self._feel([*shift.without, *by_rules], decision)

    def sent(
        self, life: Life, membership: Membership, case: ClaimCase, best: Chances,
        decision: Decision, posterior: Vector,
    ) -> None:  # fmt: skip
        """Called for each first submission; for those who listen."""

    def _feel(self, changes: list[str], decision: Decision) -> None:
        """Notes the day on which the practice first hears of each change."""
        if decision.answered is not None:
            for change in changes:
                first = self.felt.get(change, decision.answered)
                self.felt[change] = min(first, decision.answered)

    def _note_slips(self, one: Encounter, bill: Bill) -> None:
        if one.chart.written is None:
            bill.slipped("note_missing")
        if one.duplicate:
            bill.duplicate = True
            bill.slipped("duplicate")

    def _case(
        self, one: Encounter, bill: Bill, membership: Membership, rules: PayerWorld,
        morning: date, visits: int, facts: Features,
    ) -> ClaimCase:  # fmt: skip
        session, chart = one.session, one.chart
        signed_late = (chart.signed - session.day).days > 7
        return case(
            bill,
            one.claim_id,
            rules,
            membership.spell.payer,
            rules.plan(membership.spell.plan),
            morning,
            visits,
            facts,
            note_features(chart.written, chart.cloned, signed_late),
            7 * (self._week(session.day) - session.lead.started),
            session.client.site,
        )

    def _by_rules(
        self, one: Encounter, answered: Answered, membership: Membership, facts: Features
    ) -> dict[str, Chances]:
        """The chances of a claim as they would be without each change of published rules."""
        this = answered.case
        payer = self.world.payers[this.payer]
        found: dict[str, Chances] = {}
        order = states(membership.levels)
        for change in self.world.changes:
            if change.payer != payer.id or not change.rules:
                continue
            if self.hidden.change_day[change.id] > this.day:
                continue
            old = self.hidden.rules(this.payer, this.day, without=change.id)
            before = dict(facts)
            if "authorization" in change.rules and not membership.ledger.rule(
                old, answered.bill.lines, this.visits
            ):
                before = {k: v for k, v in facts.items() if not k.startswith("authorization_")}
            other = self._case(
                one, answered.bill, membership, old, this.submitted, this.visits, before
            )
            odds = table(self.hidden, other, order, frozenset([change.id]))
            found[change.id] = chances(self.hidden, other, odds, answered.posterior, order)
        return found

    def _ledger_facts(
        self, bill: Bill, membership: Membership, rules: PayerWorld, morning: date, draws: Draws
    ) -> tuple[Features, int]:
        """Authorization and visits as they stand with this claim."""
        ledger, session = membership.ledger, bill.session
        year = session.day.year
        visits = ledger.submitted.get(year, 0) + (0 if bill.duplicate else 1)
        ledger.submitted[year] = visits
        facts: Features = {}
        known = self.memberships.known(membership, session.day, visits)
        limit = rules.plan(membership.spell.plan).visit_limit.get(session.discipline)
        if limit is not None and known > limit:
            bill.slipped("benefit_exhausted")
        required = ledger.rule(rules, bill.lines, visits) is not None
        granted, exhausted = ledger.use(bill.lines, session.day, morning)
        if not required:
            bill.authorization = granted.number if granted and not exhausted else None
            return facts, visits
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
