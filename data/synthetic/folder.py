"""A practice on disk: weekly files of what it holds, and the truth apart from them.

Shards of clients are stepped week by week, in as many processes as one likes; what they bring
forth is put together in the order of the shards, so the files do not depend on that number.
"""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from claims.claim import Payer
from claims.finding import Category
from claims.problem import ClaimwrightError
from claims.remittance import ClaimPayment, ProviderAdjustment, Remittance
from claims.x12.envelope import Envelope
from claims.x12.write835 import Payments, write_remittance
from claims.x12.write837 import ClaimBatch, write_claims
from data.synthetic.aftermath import second_payer
from data.synthetic.announcements import policy_files
from data.synthetic.charts import Scribe
from data.synthetic.membership import monday
from data.synthetic.payments import SOURCE, ZERO
from data.synthetic.people import WEEKS_A_MONTH, People
from data.synthetic.practice import Batch, Shard
from data.synthetic.scribes import Scribes
from data.synthetic.tables import credentials, diagnoses, services
from data.synthetic.world import World

CLIENTS_A_SHARD = 120
MOST_SHARDS = 999
CATEGORIES: tuple[str, ...] = (*get_args(Category), "unnamed")
AUTHORIZATION_COLUMNS = (
    "authorization_number", "payer_id", "member_id", "procedures", "units", "visits", "start",
    "end", "rendering_npi", "status", "used_units", "used_visits", "as_of", "received",
)  # fmt: skip
BENEFIT_COLUMNS = (
    "payer_id", "member_id", "benefit", "limit", "used", "unit", "period_start", "as_of",
)  # fmt: skip

LINES = pa.schema(
    [
        ("claim_id", pa.string()),
        ("line", pa.int64()),
        ("client", pa.string()),
        ("payer", pa.string()),
        ("plan", pa.string()),
        ("provider", pa.string()),
        ("procedure", pa.string()),
        ("date_of_service", pa.string()),
        ("submitted", pa.string()),
        ("charge", pa.float64()),
        ("allowed", pa.float64()),
        ("probability", pa.float64()),
        *((f"probability_{name}", pa.float64()) for name in CATEGORIES),
        ("denied", pa.int8()),
        ("outcome", pa.string()),
        ("category", pa.string()),
        ("settled", pa.string()),
        ("slips", pa.string()),
        ("supported", pa.string()),
        ("unannounced", pa.int8()),
        ("change", pa.string()),
    ]
)
CLAIMS = pa.schema(
    [
        ("claim_id", pa.string()),
        ("submitted", pa.string()),
        ("client", pa.string()),
        ("probability", pa.float64()),
        ("allowed", pa.float64()),
        ("expected_denied", pa.float64()),
        ("denied", pa.int8()),
    ]
)
NOTES = pa.schema(
    [
        ("id", pa.string()),
        ("writer", pa.string()),
        ("held_out", pa.bool_()),
        ("minutes", pa.int64()),
        ("start", pa.string()),
        ("stop", pa.string()),
        ("billable", pa.bool_()),
        ("codes", pa.string()),
        ("elements", pa.string()),
    ]
)


class Order(NamedTuple):
    """What is to be written."""

    world: World
    clients: float
    """In care in an average month."""
    months: float
    seed: int
    outcome_seed: int

    @property
    def weeks(self) -> int:
        """Weekly batches."""
        return max(1, round(self.months * WEEKS_A_MONTH))

    @property
    def shards(self) -> int:
        """Parts that can be worked through apart; never depends on the number of processes."""
        return max(1, min(MOST_SHARDS, math.ceil(self.clients / CLIENTS_A_SHARD)))

    def people(self) -> People:
        """Staff and clients."""
        return People(self.world, self.seed, self.clients, self.weeks)

    def scribe(self) -> Scribe:
        """Whose voices the notes are written in."""
        return Scribes(self.world, self.seed)


class Files(NamedTuple):
    """What one shard adds to one week's files."""

    claims: bytes
    remittances: dict[tuple[str, str], bytes]
    """By day and payer."""
    notes: bytes
    authorizations: bytes
    benefits: bytes
    lines: list[dict[str, Any]]
    claim_truths: list[dict[str, Any]]
    note_truths: list[dict[str, Any]]
    first_remitted: dict[str, date]
    done: bool


class Writer:
    """One shard and the text that it writes."""

    def __init__(self, order: Order, people: People, scribe: Scribe, index: int) -> None:
        self.world, self.index = order.world, index
        self.owed: dict[int, Decimal] = {}
        """By payer: what was taken back and could not be set against a payment yet."""
        self.taken_from: dict[int, str | None] = {}
        self.shard = Shard(
            order.world,
            order.seed,
            order.outcome_seed,
            people,
            scribe,
            index,
            order.shards,
            order.weeks,
        )

    def step(self, week: int, first_remitted: dict[str, date]) -> Files:
        """One week."""
        batch = self.shard.step(week, first_remitted)
        return Files(
            claims=self._claims(batch, week),
            remittances=self._remittances(batch),
            notes=b"".join(
                json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                for one in batch.notes
            ),
            authorizations=rows(AUTHORIZATION_COLUMNS, batch.authorizations),
            benefits=rows(BENEFIT_COLUMNS, batch.benefits),
            lines=batch.lines,
            claim_truths=batch.claim_truths,
            note_truths=batch.note_truths,
            first_remitted=batch.first_remitted,
            done=self.shard.done,
        )

    def _claims(self, batch: Batch, week: int) -> bytes:
        if not batch.claims:
            return b""
        # Consecutive claims of one member share their loops.
        envelope = Envelope(
            sender=self.shard.forms.billing.npi or "PRACTICE",
            receiver="CLEARINGHOUSE",
            day=monday(self.world, week),
            interchange=week * 1000 + self.index + 1,
            group=week * 1000 + self.index + 1,
        )
        sent = ClaimBatch(
            number=f"{self.index + 1:04}",
            day=envelope.day,
            claims=batch.claims,
            reference=f"{envelope.interchange:09}",
            submitter=self.world.practice.upper(),
        )
        return write_claims([sent], envelope)

    def _remittances(self, batch: Batch) -> dict[tuple[str, str], bytes]:
        written = {}
        for (day, payer), claims in batch.remittances.items():
            of, _ = self.payer(payer)
            written[day.isoformat(), of] = self._remittance(day, payer, claims)
        return written

    def _remittance(self, day: date, payer: int, claims: list[ClaimPayment]) -> bytes:
        of, named = self.payer(payer)
        number = ((day - self.world.start).days * 100 + payer) * 1000 + self.index + 1
        paid = sum((one.paid for one in claims), start=ZERO)
        adjustments = self._balance(day, payer, paid, claims)
        paid -= sum((one.amount for one in adjustments), start=ZERO)
        remittance = Remittance(
            payer=named,
            payee_npi=self.shard.forms.billing.npi,
            payee_name=self.world.practice.upper(),
            trace=f"{day:%y%m%d}{payer:02}{self.index:03}",
            amount=paid,
            method="ACH" if paid > 0 else "NON",
            paid_on=day,
            produced_on=day,
            source=SOURCE,
        )
        envelope = Envelope(
            sender=of,
            receiver=self.shard.forms.billing.npi or "PRACTICE",
            day=day,
            interchange=number,
            group=number,
        )
        batch = Payments(
            number=f"{self.index + 1:04}",
            remittance=remittance,
            claims=claims,
            adjustments=adjustments,
        )
        return write_remittance([batch], envelope)

    def _balance(
        self, day: date, payer: int, paid: Decimal, claims: list[ClaimPayment]
    ) -> list[ProviderAdjustment]:
        """What is carried from one remittance to the next where more is taken back than paid."""
        owed = self.owed.pop(payer, ZERO)
        adjustments = []
        if owed:
            taken = min(owed, max(paid, ZERO))
            if taken:
                # What was carried forward is recovered from this payment.
                reference = self.taken_from.get(payer)
                adjustments.append(self._adjustment(day, "WO", taken, reference))
                paid -= taken
            if owed > taken:
                self.owed[payer] = owed - taken
        if paid < 0:
            adjustments.append(self._adjustment(day, "FB", paid, None))
            self.owed[payer] = self.owed.get(payer, ZERO) - paid
            back = [one for one in claims if one.paid < 0]
            self.taken_from[payer] = back[0].payer_claim_id
        return adjustments

    def _adjustment(
        self, day: date, reason: str, amount: Decimal, reference: str | None
    ) -> ProviderAdjustment:
        return ProviderAdjustment(
            provider_id=self.shard.forms.billing.npi or "",
            fiscal_period=date(day.year, 12, 31),
            reason=reason,
            reference=reference,
            amount=amount,
            source=SOURCE,
        )

    def payer(self, index: int) -> tuple[str, Payer]:
        """A payer's identifier and name; the index after the last is the second payer's."""
        if index < len(self.world.payers):
            return self.world.payers[index].id, self.shard.forms.payers[index]
        if self.world.second is None:
            raise IndexError(index)
        return self.world.second.id, second_payer(self.world.second)


def rows(columns: Sequence[str], found: list[dict[str, Any]]) -> bytes:
    """CSV without its header."""
    if not found:
        return b""
    text = StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writerows(found)
    return text.getvalue().encode()


def header(columns: Sequence[str]) -> bytes:
    """The first row of a CSV file."""
    return (",".join(columns) + "\n").encode()


class Workers:
    """Shards, here or in processes of their own, stepped together."""

    def __init__(self, order: Order, processes: int) -> None:
        self.count = order.shards
        self.processes = max(1, min(processes, self.count))
        self.here: list[Writer] = []
        self.pipes: list[Connection] = []
        self.running: list[Any] = []
        if self.processes == 1:
            shared = order.people(), order.scribe()
            self.here = [Writer(order, *shared, index) for index in range(self.count)]
            return
        context = get_context("spawn")
        for first in range(self.processes):
            near, far = context.Pipe()
            mine = list(range(first, self.count, self.processes))
            process = context.Process(target=_work, args=(far, order, mine), daemon=True)
            process.start()
            far.close()
            self.pipes.append(near)
            self.running.append(process)

    def step(self, week: int, first_remitted: dict[str, date]) -> list[Files]:
        """One week of every shard, in the order of the shards."""
        if self.here:
            return [one.step(week, first_remitted) for one in self.here]
        for pipe in self.pipes:
            pipe.send((week, first_remitted))
        found: list[Files | None] = [None] * self.count
        for first, pipe in enumerate(self.pipes):
            try:
                answers = pipe.recv()
            except EOFError:
                raise ClaimwrightError("a process of the synthetic practice broke off") from None
            for index, files in zip(range(first, self.count, self.processes), answers, strict=True):
                found[index] = files
        return [files for files in found if files is not None]

    def close(self) -> None:
        """Ends the processes."""
        for pipe in self.pipes:
            pipe.send(None)
            pipe.close()
        for process in self.running:
            process.join(10)


def _work(pipe: Connection, order: Order, mine: list[int]) -> None:
    shared = order.people(), order.scribe()
    writers = [Writer(order, *shared, index) for index in mine]
    while (message := pipe.recv()) is not None:
        week, first_remitted = message
        pipe.send([one.step(week, first_remitted) for one in writers])


def weeks(order: Order, processes: int) -> Iterator[tuple[int, list[Files]]]:
    """Each week with what every shard brings forth, until the last answer has come."""
    workers = Workers(order, processes)
    first_remitted: dict[str, date] = {}
    try:
        week = 0
        while True:
            files = workers.step(week, first_remitted)
            yield week, files
            for one in files:
                for change, day in one.first_remitted.items():
                    first_remitted[change] = min(first_remitted.get(change, day), day)
            week += 1
            if week >= order.weeks and all(one.done for one in files):
                return
    finally:
        workers.close()


def columns(found: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table; categories' probabilities that are absent are zero."""
    table: dict[str, list[Any]] = {}
    for name in schema.names:
        if name.startswith("probability_"):
            key = name.removeprefix("probability_")
            table[name] = [row["named"].get(key, 0.0) for row in found]
        else:
            table[name] = [row[name] for row in found]
    return pa.table(table, schema=schema)


def write_practice(order: Order, out: Path, processes: int = 1) -> dict[str, int]:
    """Writes a practice under `out`, which must be empty or absent.

    Returns how much of each kind was written. Raises ClaimwrightError where `out` is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise ClaimwrightError(f"{out}: not empty; name a new folder")
    for name in ("claims", "remittances", "notes", "authorizations", "benefits", "policies"):
        (out / name).mkdir(parents=True, exist_ok=True)
    truth = out / "truth"
    truth.mkdir()
    for name, text in policy_files(order.world, order.seed).items():
        (out / "policies" / name).write_text(text, encoding="utf-8")
    world = order.world.model_dump(mode="json", exclude_none=True)
    (truth / "world.yaml").write_text(
        yaml.safe_dump(world, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    counts = {"claims": 0, "lines": 0, "notes": 0, "remittances": 0}
    with (
        pq.ParquetWriter(truth / "lines.parquet", LINES) as lines,
        pq.ParquetWriter(truth / "claims.parquet", CLAIMS) as claims,
        pq.ParquetWriter(truth / "notes.parquet", NOTES) as notes,
    ):
        for week, files in weeks(order, processes):
            day = monday(order.world, week).isoformat()
            _put(out / "claims" / f"{day}.837", [one.claims for one in files])
            _put(out / "notes" / f"{day}.jsonl", [one.notes for one in files])
            _put(
                out / "authorizations" / f"{day}.csv",
                [one.authorizations for one in files],
                header(AUTHORIZATION_COLUMNS),
            )
            _put(
                out / "benefits" / f"{day}.csv",
                [one.benefits for one in files],
                header(BENEFIT_COLUMNS),
            )
            remitted: dict[tuple[str, str], list[bytes]] = {}
            for one in files:
                for key, content in one.remittances.items():
                    remitted.setdefault(key, []).append(content)
            for (paid, payer), contents in sorted(remitted.items()):
                _put(out / "remittances" / f"{paid}-{payer}.835", contents)
            counts["remittances"] += len(remitted)
            for writer, schema, found in (
                (lines, LINES, [row for one in files for row in one.lines]),
                (claims, CLAIMS, [row for one in files for row in one.claim_truths]),
                (notes, NOTES, [row for one in files for row in one.note_truths]),
            ):
                if found:
                    writer.write_table(columns(found, schema))
            counts["lines"] += sum(len(one.lines) for one in files)
            counts["claims"] += sum(len(one.claim_truths) for one in files)
            counts["notes"] += sum(len(one.note_truths) for one in files)
    _parameters(order, truth / "parameters.json")
    return counts


def _put(path: Path, parts: Sequence[bytes], head: bytes = b"") -> None:
    if any(parts):
        with path.open("wb") as file:
            file.write(head)
            file.writelines(parts)


def _parameters(order: Order, path: Path) -> None:
    from data.synthetic.hidden import Hidden

    months = sorted(
        {
            f"{monday(order.world, week).year}-{monday(order.world, week).month:02}"
            for week in range(-1, order.weeks)
        }
    )
    values = {
        "plan": sorted({plan.name for payer in order.world.payers for plan in payer.plans}),
        "code": sorted(services()),
        "credential": sorted(credentials()),
        "diagnosis": sorted({one.group for found in diagnoses().values() for one in found}),
        "site": [str(i) for i in range(len(order.world.sites))],
        "month": months,
    }
    asked = {
        "clients": order.clients,
        "months": order.months,
        "seed": order.seed,
        "outcome_seed": order.outcome_seed,
    }
    found = {"order": asked, **Hidden(order.world, order.seed).parameters(values)}
    path.write_text(json.dumps(found, indent=1, sort_keys=False) + "\n", encoding="utf-8")


def clients_for(world: World, lines: int, months: float, seed: int) -> float:
    """Clients in care that bring about so many service lines; found on a small trial run."""
    from data.synthetic.coding import services_given

    trial = Order(world, 80.0, min(months, 6.0), seed, seed)
    people = trial.people()
    from data.synthetic.sessions import Calendar

    calendar, count = Calendar(people), 0
    for number in range(people.arrivals()):
        client = people.client(number)
        visits = 0
        for week in range(
            max(client.first_week, -1), min(client.first_week + client.weeks, trial.weeks - 1)
        ):
            for session in calendar.week(client, week, visits):
                visits += 1
                count += len(services_given(session, "ama_midpoint"))
    per_client_week = count / trial.clients / trial.weeks
    return lines / per_client_week / Order(world, 1.0, months, seed, seed).weeks
