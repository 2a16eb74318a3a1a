"""Claims with what is known of them, in; ranked scores with reasons and fixes, out.

The one scorer behind command line, API and pages, and what evaluation measures. It opens nothing:
the model, the history and the context are given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from claims.edits.check import finding_ids
from claims.finding import Finding
from features.case import Case
from features.history import History
from features.table import Table, build
from models.denial import REASONS, DenialModel, Risks
from models.explanation import Explainer
from models.score import (
    ClaimScore,
    Driver,
    LineScore,
    ModelReference,
    NoteReference,
    Reason,
    ScoredFinding,
)

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
        """Expected loss in dollars of a claim."""
        return risk * (allowed * (1 - self.recoverable_share) + float(self.rework_cost))


Repair = Callable[[Case, Sequence[Finding]], Case | None]
"""Gives the case with the fixes of some of its findings applied and checked again; None where
they cannot be applied."""


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
        table = risks = None
        if self.model and judged:
            table = build(judged, self.history, self.model.schema.edits)
            risks = self.model.risks(table)
        after = self._after_fixes(judged)
        places = {id(case): place for place, case in enumerate(judged)}
        bounds = _bounds(table.lines.claim, len(judged)) if table is not None else None
        scores = []
        for case, deadline in zip(cases, deadlines, strict=True):
            place = places.get(id(case))
            if place is None or table is None or risks is None or bounds is None:
                why = NOT_FIRST if self.model else NO_MODEL
                scores.append(self._unscored(case, deadline, why))
            else:
                rows = slice(bounds[place], bounds[place + 1])
                scores.append(self._scored(case, deadline, table, risks, place, rows, after))
        order = sorted(
            range(len(scores)),
            key=lambda number: (-(scores[number].expected_loss or 0.0), number),
        )
        if table is not None and self.model and explain != 0:
            wanted = [n for n in order if id(cases[n]) in places][:explain]
            self._explain(self.model, wanted, cases, scores, table, places, bounds or [])
        return [scores[number] for number in order]

    def _explain(
        self,
        model: DenialModel,
        wanted: Sequence[int],
        cases: Sequence[Case],
        scores: list[ClaimScore],
        table: Table,
        places: dict[int, int],
        bounds: Sequence[int],
    ) -> None:
        rows = [
            row
            for number in wanted
            for row in range(
                bounds[places[id(cases[number])]], bounds[places[id(cases[number])] + 1]
            )
        ]
        if not rows:
            return
        part = _rows(table, rows)
        names, contributions = model.contributions(part)
        explainer = Explainer(part, self.history, names)
        at = 0
        for number in wanted:
            score = scores[number]
            lines = []
            for line in score.lines:
                drivers: tuple[Driver, ...] = explainer.drivers(contributions[at], at)
                lines.append(line.replace(drivers=drivers))
                at += 1
            scores[number] = score.replace(lines=tuple(lines))

    def _after_fixes(self, cases: Sequence[Case]) -> dict[tuple[int, int], tuple[Floats, float]]:
        """Line risks and claim risk of each case with one finding's fix applied, and under
        finding -1 with all of them, all in one call of the model."""
        if self.model is None:
            return {}
        keys: list[tuple[int, int]] = []
        repaired: list[Case] = []
        for place, case in enumerate(cases):
            fixable = [n for n, finding in enumerate(case.findings) if finding.fix is not None]
            for number in fixable:
                self._try(case, [case.findings[number]], (place, number), keys, repaired)
            if len(fixable) > 1:
                together = [case.findings[number] for number in fixable]
                self._try(case, together, (place, -1), keys, repaired)
        if not repaired:
            return {}
        table = build(repaired, self.history, self.model.schema.edits)
        risks = self.model.risks(table)
        bounds = _bounds(table.lines.claim, len(repaired))
        return {
            key: (risks.line[bounds[number] : bounds[number + 1]], float(risks.claim[number]))
            for number, key in enumerate(keys)
        }

    def _try(
        self,
        case: Case,
        findings: Sequence[Finding],
        key: tuple[int, int],
        keys: list[tuple[int, int]],
        repaired: list[Case],
    ) -> None:
        fixed = self.repair(case, findings)
        if fixed is not None:
            keys.append(key)
            repaired.append(fixed)

    def _findings(
        self,
        case: Case,
        after: dict[tuple[int, int], tuple[Floats, float]],
        place: int | None,
    ) -> tuple[ScoredFinding, ...]:
        numbers = [line.line for line in case.submission.claim.lines]
        found = []
        for number, (finding, name) in enumerate(
            zip(
                case.findings,
                finding_ids(case.submission.source.position, case.findings),
                strict=True,
            )
        ):
            risk = None
            result = after.get((place, number)) if place is not None else None
            if result is not None:
                risks, claim = result
                if finding.line in numbers and numbers.index(finding.line) < len(risks):
                    risk = float(risks[numbers.index(finding.line)])
                else:
                    risk = claim
            found.append(
                ScoredFinding(
                    id=name, edit=finding.edit, category=finding.category,
                    severity=finding.severity, line=finding.line, message=finding.message,
                    source=finding.source, fix=finding.fix, risk_after=risk,
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
        place: int | None = None,
        after: dict[tuple[int, int], tuple[Floats, float]] | None = None,
        unscored: str | None = None,
        risk_fixed: float | None = None,
        saved: float | None = None,
    ) -> ClaimScore:
        claim = case.submission.claim
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
            findings=self._findings(case, after or {}, place),
            model=self.reference if unscored is None else None,
            unscored=unscored,
            risk_fixed=risk_fixed,
            saved=saved,
        )

    def _scored(
        self,
        case: Case,
        deadline: date | None,
        table: Table,
        risks: Risks,
        place: int,
        rows: slice,
        after: dict[tuple[int, int], tuple[Floats, float]],
    ) -> ClaimScore:
        lines = []
        for line, row in zip(
            case.submission.claim.lines, range(rows.start, rows.stop), strict=True
        ):
            lines.append(
                LineScore(
                    line=line.line,
                    procedure=line.procedure,
                    modifiers=line.modifiers,
                    units=line.units,
                    charge=line.charge,
                    risk=float(risks.line[row]),
                    expected_allowed=round(Decimal(float(table.allowed[row])), 2),
                    reasons=_reasons(risks.reasons[row]),
                )
            )
        risk = float(risks.claim[place])
        allowed = float(table.allowed[rows].sum())
        shares = risks.reasons[rows].sum(axis=0)
        total = float(shares.sum())
        loss = self.terms.loss(risk, allowed)
        risk_fixed = self._best_fix(case, place, after)
        saved = None
        if risk_fixed is not None:
            saved = round(loss - self.terms.loss(risk_fixed, allowed), 2)
        return self._claim(
            case,
            deadline,
            tuple(lines),
            risk,
            round(loss, 4),
            _reasons(shares * (risk / total) if total else shares),
            place=place,
            after=after,
            risk_fixed=risk_fixed,
            saved=saved,
        )

    def _best_fix(
        self, case: Case, place: int, after: dict[tuple[int, int], tuple[Floats, float]]
    ) -> float | None:
        """Claim risk with all fixes applied, or with the best single one where they are one."""
        if (place, -1) in after:
            return after[place, -1][1]
        single = [after[place, n][1] for n in range(len(case.findings)) if (place, n) in after]
        return min(single) if single else None


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


def _bounds(claim: NDArray[np.int64], claims: int) -> list[int]:
    return [int(place) for place in np.searchsorted(claim, np.arange(claims + 1))]


def _rows(table: Table, rows: Sequence[int]) -> Table:
    """Some rows of a table, as a table."""
    chosen = np.array(rows)
    return Table(
        table.lines.take(chosen),
        table.names,
        table.numbers[chosen],
        {name: [column[row] for row in rows] for name, column in table.words.items()},
        table.allowed[chosen],
    )
