"""What one shard of a practice adds to the files of one week."""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any, NamedTuple

import pyarrow as pa

from claims.claim import Payer
from claims.remittance import ClaimPayment, ProviderAdjustment, Remittance
from claims.x12.envelope import Envelope
from claims.x12.write835 import Payments, write_remittance
from claims.x12.write837 import ClaimBatch, write_claims
from data.synthetic.aftermath import second_payer
from data.synthetic.charts import Scribe
from data.synthetic.membership import monday
from data.synthetic.order import Order
from data.synthetic.payments import SOURCE, ZERO
from data.synthetic.people import People
from data.synthetic.practice import Batch, Shard
from data.synthetic.truth_tables import CLAIMS, DRAFT, NOTES, columns

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
AUTHORIZATION_COLUMNS = (
    "authorization_number", "payer_id", "member_id", "procedures", "units", "visits", "start",
    "end", "rendering_npi", "status", "used_units", "used_visits", "as_of", "received",
)  # fmt: skip
BENEFIT_COLUMNS = (
    "payer_id", "member_id", "benefit", "limit", "used", "unit", "period_start", "as_of",
)  # fmt: skip


class Files(NamedTuple):
    """What one shard adds to one week's files."""

    claims: bytes
    remittances: dict[tuple[str, str], bytes]
    """By day and payer."""
    notes: bytes
    authorizations: bytes
    benefits: bytes
    lines: pa.Table
    claim_truths: pa.Table
    note_truths: pa.Table


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

    def step(self, week: int) -> Files:
        """One week."""
        batch = self.shard.step(week)
        return Files(
            claims=self._claims(batch, week),
            remittances=self._remittances(batch),
            notes=b"".join(_ENCODER.encode(one).encode() + b"\n" for one in batch.notes),
            authorizations=rows(AUTHORIZATION_COLUMNS, batch.authorizations),
            benefits=rows(BENEFIT_COLUMNS, batch.benefits),
            lines=columns(batch.lines, DRAFT),
            claim_truths=columns(batch.claim_truths, CLAIMS),
            note_truths=columns(batch.note_truths, NOTES),
        )

    def parts(self, weeks: int) -> Iterator[tuple[str, bytes]]:
        """All that the shard adds to each file of the practice, week after week, with the file's
        name; last, tables of the truth (Arrow streams).

        weeks: batches; after the last one, answers come until there are no more.
        """
        truths: dict[str, list[pa.Table]] = {"lines": [], "claims": [], "notes": []}
        week = 0
        while week < weeks or not self.shard.done:
            files = self.step(week)
            day = monday(self.world, week).isoformat()
            yield f"claims/{day}.837", files.claims
            yield f"notes/{day}.jsonl", files.notes
            yield f"authorizations/{day}.csv", files.authorizations
            yield f"benefits/{day}.csv", files.benefits
            for (paid, payer), content in files.remittances.items():
                yield f"remittances/{paid}-{payer}.835", content
            truths["lines"].append(files.lines)
            truths["claims"].append(files.claim_truths)
            truths["notes"].append(files.note_truths)
            week += 1
        for kind, tables in truths.items():
            yield f"truth/{kind}", _stream(pa.concat_tables(tables).combine_chunks())

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
            of, payer = self.world.payers[index].id, self.shard.forms.payers[index]
        elif self.world.second is not None:
            of, payer = self.world.second.id, second_payer(self.world.second)
        else:
            raise IndexError(index)
        return of, payer.model_copy(update={"address": self.shard.forms.writing_from})


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


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
