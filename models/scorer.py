"""Claims with what is known of them, in; ranked scores with reasons and fixes, out.

The one scorer behind command line, API and pages, and what evaluation measures. It opens nothing:
the model, the history and the context are given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from claims.edits.check import finding_ids
from features.case import Case
from features.history import History
from features.table import Table, build
from models.denial import REASONS, DenialModel, Risks
from models.explanation import Explainer, Line
from models.score import (
    ClaimScore,
    Driver,
    LineScore,
    ModelReference,
    NoteReference,
    Reason,
    ScoredFinding,
)
from models.what_if import Outlook, Repair, WhatIf, what_if

Floats = NDArray[np.float64]
NOT_FIRST = (
    "Another payer comes first on this claim; only first payers' decisions are learned from."
)
NO_MODEL = "No model has been promoted yet: run `claimwright train`, then `claimwright promote`."


@dataclass(frozen=True)
class Terms:
    """What a denied dollar costs."""

    rework_cost: Decimal
    recoverable_share: float

    def loss(self, risk: float, allowed: float) -> float:
        """Expected loss in dollars of a claim (contract: score).

        risk: that any line is denied. allowed: expected allowed dollars of all its lines.
        """
        return risk * (allowed * (1 - self.recoverable_share) + float(self.rework_cost))

    def loss_by_line(self, risk: float, denied: float) -> float:
        """The same where lines are denied apart: each at its own risk, the rework once.

        risk: that any line is denied. denied: sum over the lines of risk x expected allowed
        dollars. Of a claim of one line it is `loss`; of several it is less, since one denied line
        is not the whole claim. What fixes save is counted by it, so that nothing is overstated.
        """
        return denied * (1 - self.recoverable_share) + risk * float(self.rework_cost)


@dataclass(frozen=True)
class Scorer:
    """A model, what the practice knew, and the terms."""

    model: DenialModel | None
    reference: ModelReference | None
    history: History
    terms: Terms
    repair: Repair

    def score(
        self,
        cases: Sequence[Case],
        explain: int | None = 0,
        deadlines: Sequence[date | None] | None = None,
    ) -> list[ClaimScore]:
        """The cases judged and ranked by expected loss, ties in file order.

        explain: how many of the claims at the top get drivers; None for all.
        deadlines: the last day for filing each claim, where it is known.
        """
        deadlines = deadlines or [None] * len(cases)
        judged = [case for case in cases if self.model and case.submission.claim.is_primary]
        places = {id(case): place for place, case in enumerate(judged)}
        answer = self._answer(self.model, judged) if self.model and judged else None
        scores = []
        for case, deadline in zip(cases, deadlines, strict=True):
            place = places.get(id(case))
            if place is None or answer is None:
                why = NOT_FIRST if self.model else NO_MODEL
                scores.append(self._unscored(case, deadline, why))
            else:
                scores.append(self._scored(case, deadline, answer, place))
        order = sorted(
            range(len(scores)),
            key=lambda number: (-(scores[number].expected_loss or 0.0), number),
        )
        if answer is not None and self.model and explain != 0:
            wanted = [n for n in order if id(cases[n]) in places][:explain]
            rows = [answer.rows(places[id(cases[n])]) for n in wanted]
            explained = self._drivers(self.model, answer, judged, rows)
            for number, drivers in zip(wanted, explained, strict=True):
                lines = [
                    line.replace(drivers=some)
                    for line, some in zip(scores[number].lines, drivers, strict=True)
                ]
                scores[number] = scores[number].replace(lines=tuple(lines))
        return [scores[number] for number in order]

    def _answer(self, model: DenialModel, judged: Sequence[Case]) -> "_Answer":
        """What the model says of the cases, as they stand and with fixes made."""

        def ask(cases: Sequence[Case]) -> tuple[Table, Floats, Floats]:
            table = build(cases, self.history, model.schema.edits)
            risks = model.risks(table)
            return table, risks.line, risks.claim

        table = build(judged, self.history, model.schema.edits)
        risks = model.risks(table)
        bounds = np.searchsorted(table.lines.claim, np.arange(len(judged) + 1))
        amounts = np.add.reduceat(table.allowed, bounds[:-1])
        denied = np.add.reduceat(table.allowed * risks.line, bounds[:-1])
        losses = list(map(self.terms.loss_by_line, risks.claim.tolist(), denied.tolist()))

        def loss(outlook: Outlook) -> float:
            return self.terms.loss_by_line(outlook.claim, outlook.denied)

        after = what_if(judged, losses, amounts.tolist(), self.repair, ask, loss)
        return _Answer(table, risks, bounds.astype(np.int64), losses, after)

    def _drivers(
        self, model: DenialModel, answer: "_Answer", judged: Sequence[Case], wanted: Sequence[range]
    ) -> list[list[tuple[Driver, ...]]]:
        """The drivers of each line of some claims, all explained in one call."""
        rows = [row for some in wanted for row in some]
        if not rows:
            return []
        part = answer.table.take(np.array(rows))
        names, contributions = model.contributions(part)
        lines = [
            Line(judged[place], row - answer.rows(place).start)
            for row in rows
            for place in (int(answer.table.lines.claim[row]),)
        ]
        changes = model.additive.changes
        explainer = Explainer(part, lines, self.history, names, changes)
        found, at = [], 0
        for some in wanted:
            found.append(
                [explainer.drivers(contributions[at + n], at + n) for n in range(len(some))]
            )
            at += len(some)
        return found

    def _findings(
        self, case: Case, after: WhatIf | None, saved: Mapping[int, float]
    ) -> tuple[ScoredFinding, ...]:
        names = finding_ids(case.submission.source.position, case.findings)
        found = []
        for number, (finding, name) in enumerate(zip(case.findings, names, strict=True)):
            outlook = after.single.get(number) if after else None
            risk = outlook.lines.get(finding.line, outlook.claim) if outlook else None
            found.append(
                ScoredFinding(
                    id=name, edit=finding.edit, category=finding.category,
                    severity=finding.severity, line=finding.line, message=finding.message,
                    source=finding.source, fix=finding.fix,
                    risk_after=None if risk is None else _told(risk),
                    saved=saved.get(number),
                )
            )  # fmt: skip
        return tuple(found)

    def _unscored(self, case: Case, deadline: date | None, why: str) -> ClaimScore:
        claim = case.submission.claim
        lines = tuple(
            LineScore(
                line=line.line, procedure=line.procedure, modifiers=line.modifiers,
                units=line.units, charge=line.charge, risk=None, expected_allowed=None,
            )
            for line in claim.lines
        )  # fmt: skip
        return self._claim(case, deadline, lines, None, None, (), unscored=why)

    def _claim(
        self,
        case: Case,
        deadline: date | None,
        lines: tuple[LineScore, ...],
        risk: float | None,
        loss: float | None,
        reasons: tuple[Reason, ...],
        *,
        after: WhatIf | None = None,
        apart: float = 0.0,
        unscored: str | None = None,
    ) -> ClaimScore:
        claim = case.submission.claim
        saved = {}
        if after is not None:
            saved = {number: self._saved(apart, one) for number, one in after.single.items()}
        findings = self._findings(case, after, saved)
        together = after.together if after else None
        return ClaimScore(
            claim_id=claim.claim_id,
            position=case.submission.source.position,
            as_of=case.as_of,
            payer_id=claim.payer.payer_id,
            payer=claim.payer.name,
            member_id=claim.subscriber.member_id,
            date_of_service=claim.date_of_service,
            charge=claim.charge,
            risk=risk,
            expected_loss=loss,
            filing_deadline=deadline,
            note=NoteReference(id=case.note.id) if case.note else None,
            reasons=reasons,
            lines=lines,
            findings=findings,
            model=self.reference if unscored is None else None,
            unscored=unscored,
            fixes=tuple(findings[number].id for number in after.chosen) if after else (),
            risk_fixed=_told(together.claim) if together else None,
            saved=self._saved(apart, together) if together else None,
        )

    def _saved(self, loss: float, after: Outlook) -> float:
        """Dollars of expected loss that fixes take away."""
        return round(loss - self.terms.loss_by_line(after.claim, after.denied), 2)

    def _scored(
        self, case: Case, deadline: date | None, answer: "_Answer", place: int
    ) -> ClaimScore:
        table, risks, rows = answer.table, answer.risks, answer.rows(place)
        lines = tuple(
            LineScore(
                line=line.line, procedure=line.procedure, modifiers=line.modifiers,
                units=line.units, charge=line.charge, risk=_told(risks.line[row]),
                expected_allowed=round(Decimal(float(table.allowed[row])), 2),
                reasons=_reasons(risks.reasons[row]),
            )
            for line, row in zip(case.submission.claim.lines, rows, strict=True)
        )  # fmt: skip
        chosen = slice(rows.start, rows.stop)
        risk = _told(risks.claim[place])
        shares = risks.reasons[chosen].sum(axis=0)
        total = float(shares.sum())
        loss = self.terms.loss(risk, float(table.allowed[chosen].sum()))
        return self._claim(
            case,
            deadline,
            lines,
            risk,
            round(loss, 4),
            _reasons(shares * (risk / total) if total else shares),
            after=answer.after[place],
            apart=answer.losses[place],
        )


@dataclass(frozen=True)
class _Answer:
    """What a model says of a batch."""

    table: Table
    risks: Risks
    bounds: NDArray[np.int64]
    """First row of each claim, and the end."""
    losses: Sequence[float]
    """Expected loss of each claim, its lines apart: what fixes can take away."""
    after: Sequence[WhatIf]

    def rows(self, place: int) -> range:
        """The rows of a claim's lines."""
        return range(int(self.bounds[place]), int(self.bounds[place + 1]))


def _told(risk: float) -> float:
    """A risk as it is told: sums over many rows at once and over one differ in the last bits, and
    a claim scored alone says what it says in its batch."""
    return round(float(risk), 10)


def _reasons(shares: Floats) -> tuple[Reason, ...]:
    """Reasons with a probability worth naming, the likeliest first; they keep their sum."""
    order = np.argsort(-shares, kind="stable")
    return tuple(
        Reason(
            category=None if REASONS[place] == "unnamed" else REASONS[place],
            probability=float(shares[place]),
        )
        for place in order
        if shares[place] > 0
    )
