"""The drift report: what payers, the practice's claims and the model's scores did of late.

One document (contracts.md): `changes` names what changed, each once; the rest is what it was
found in. Nothing in it names a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claims.policies import PolicyBook, policy_book
from claims.problem import ClaimwrightError
from claims.store import Store
from features.lines import STORED, Answers, Lines
from models.scopes import Scope
from training.announced import announced
from training.answered import Answered
from training.changes import Change, Scan
from training.inputs import Shift, Silence, first_seen, shifts, silences
from training.live import UNSEEN, Scored, performance, scored

NEWS = 182
"""Days that a new code or payer is news."""
SCORE_LINES = 300
"""Scored and answered lines below which calibration is not spoken of."""
GOOD_PART = 0.4
SCORE_GAP = 0.2
"""Observed over expected denials, less one, that a person should know of."""


@dataclass(frozen=True)
class Knowledge:
    """Everything of the store that the report is made of, as of the end of a day."""

    as_of: date
    key: NDArray[np.int64]
    lines: Lines
    answers: Answers
    authorization: NDArray[np.bool_]
    names: Mapping[str, str]
    """Payers' names by id."""
    indicators: Mapping[str, str]
    """Filing indicators (SBR09) by payer id."""
    scored: Scored
    policies: PolicyBook
    """Shipped ones, and those that payers announced."""

    @classmethod
    def of(cls, store: Store, as_of: date) -> "Knowledge":
        """Raises ClaimwrightError where nothing was sent by then."""
        columns = store.read_lines(as_of, (*STORED, "authorization_number", "payer_name"))
        if not len(columns["key"]):
            raise ClaimwrightError(
                f"no claim had been sent by {as_of}: ingest claims (837P) and remittances (835)"
            )
        answers = Answers.of_store(columns["key"], store.read_outcomes(as_of))
        sent = store.read_lines(as_of, ("digest", "claim_id", "line", "known_on"))
        return cls(
            as_of,
            columns["key"],
            Lines.of_store(columns),
            answers.before(as_of.toordinal() + 1),
            np.asarray(columns["authorization_number"] != ""),
            dict(zip(columns["payer_id"], columns["payer_name"], strict=True)),
            dict(zip(columns["payer_id"], columns["filing_indicator"], strict=True)),
            scored(store.read_scores(as_of), sent | {"known_on": sent["known_on"]}),
            policy_book(None, store.policy_files(as_of))[0],
        )

    @property
    def day(self) -> int:
        """The morning after: whatever was known by the end of `as_of` counts."""
        return self.as_of.toordinal() + 1

    @cached_property
    def answered(self) -> Answered:
        """The lines with an answer."""
        return Answered.of(self.key, self.lines, self.answers, self.day, self.authorization)

    @cached_property
    def changes(self) -> list[Change]:
        """What payers changed."""
        if len(self.answered) < SCORE_LINES:
            return []
        rules = announced(self.policies, self.answered.lines, self.indicators, self.as_of)
        return Scan(self.answered, rules).changes()


def report(knowledge: Knowledge) -> dict[str, Any]:
    """The document of `claimwright drift --format json`."""
    inputs = shifts(knowledge.lines, knowledge.day)
    silent = silences(knowledge.lines, knowledge.answers, knowledge.day)
    calibration = _calibration(knowledge)
    entries = [
        *(change_entry(one, knowledge) for one in knowledge.changes),
        *_news(knowledge),
        *(_silence_entry(one, knowledge) for one in silent if one.silent),
        *(_shift_entry(one, knowledge) for one in inputs if one.large),
        *(one for one in (_calibration_entry(row, knowledge) for row in calibration) if one),
    ]
    answered = knowledge.answered
    return {
        "as_of": knowledge.as_of.isoformat(),
        "lines": len(knowledge.lines),
        "answered": len(answered),
        "denied": _round(float(answered.denied.mean()) if len(answered) else float("nan")),
        "changes": entries,
        "inputs": [
            {"feature": one.feature, "psi": _round(one.psi), "by_chance": _round(one.chance),
             "large": one.large}
            for one in inputs
        ],
        "scores": _scores(knowledge),
        "calibration": calibration,
        "unanswered": [
            {"payer": one.payer, "payer_name": knowledge.names.get(one.payer, ""),
             "usual_days": one.usual_days, "waiting": one.waiting, "of": one.asked,
             "usual_share": _round(one.expected), "silent": one.silent}
            for one in silent if one.waiting
        ],
        "live": {
            name: _round(value) if isinstance(value, float) else value
            for name, value in performance(
                knowledge.scored, answered.key, answered.denied
            ).items()
        },
    }  # fmt: skip


def change_entry(change: Change, knowledge: Knowledge) -> dict[str, Any]:
    """A change of a payer's denials as the document has it."""
    scope = change.scope
    procedure, modifier, place = _named(change, knowledge)
    since = date.fromordinal(change.since)
    name = knowledge.names.get(scope.payer) or scope.payer
    return {
        "since": since.isoformat(),
        "payer": scope.payer,
        "procedure": procedure,
        "modifier": modifier,
        "place": place,
        "category": change.category,
        "before": _round(change.before),
        "after": _round(change.after),
        "lines": change.lines,
        "kind": "denial_rate",
        "payer_name": name,
        "procedures": list(scope.procedures),
        "with": {scope.kind: scope.value} if scope.kind else {},
        "denied": change.denied,
        "interval": [_round(change.low), _round(change.high)],
        "lines_before": change.lines_before,
        "known": date.fromordinal(change.known).isoformat(),
        "announced": change.announced,
        "text": f"since {_spoken(since)} {name} denies {words_of(scope)}: "
        f"{change.before:.0%} → {change.after:.0%} of {change.lines} lines, "
        f"mostly {change.category.replace('_', ' ')}{', as announced' * change.announced}",
    }


def words_of(scope: Scope) -> str:
    """What a scope covers, in words.

    >>> words_of(Scope("P1", ("90837",), "telehealth", "telehealth"))
    '90837 with telehealth'
    """
    what = ", ".join(scope.procedures) if scope.procedures else "any service"
    if len(scope.procedures) > 6:
        what = f"{', '.join(scope.procedures[:5])} and {len(scope.procedures) - 5} more"
    how = {
        "": "",
        "modifier": f" with modifier {scope.value}",
        "telehealth": " with telehealth",
        "place": f" at place of service {scope.value}",
        "credential": f" by {scope.value}",
        "role": f" by {scope.value}s",
        "diagnosis": f" for diagnosis {scope.value}",
        "plan": f" under plan {scope.value}",
    }[scope.kind]
    return what + how


def _named(change: Change, knowledge: Knowledge) -> tuple[str | None, str | None, str | None]:
    """Procedure, modifier and place: of several the one on most denied lines.

    Where any service is meant, a procedure is named only if it has a good part of these.
    """
    scope, answered = change.scope, knowledge.answered
    denied = change.rows[answered.denied[change.rows]]
    lines = answered.lines
    procedure = None
    if scope.procedures:
        procedure = _most([lines.procedure[row] for row in denied]) or scope.procedures[0]
    else:
        codes = [lines.procedure[row] for row in denied]
        commonest = _most(codes)
        if commonest is not None and codes.count(commonest) >= GOOD_PART * len(codes):
            procedure = commonest
    modifier = scope.value if scope.kind == "modifier" else None
    place = scope.value if scope.kind == "place" else None
    if scope.kind == "telehealth":
        from claims.codes.modifiers import in_group

        remote = in_group("telehealth")
        modifier = _most(
            [one for row in denied for one in lines.modifiers[row].split() if one in remote]
        )
        if modifier is None:
            place = _most([lines.place[row] for row in denied])
    return procedure, modifier, place


def _most(words: list[str]) -> str | None:
    return max(sorted(set(words)), key=words.count) if words else None


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _round(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None


def _entry(kind: str, since: str, text: str, **values: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("payer", "procedure", "modifier", "place", "category", "before", "after"), None
    )
    return {"since": since, **empty, "lines": 0, "kind": kind, "text": text} | values


def _news(knowledge: Knowledge) -> list[dict[str, Any]]:
    lines, found = knowledge.lines, []
    for payer, day in first_seen(lines.payer, lines, knowledge.day, NEWS).items():
        name = knowledge.names.get(payer) or payer
        since = date.fromordinal(day)
        found.append(
            _entry(
                "new_payer", since.isoformat(), f"first claims to {name} on {_spoken(since)}",
                payer=payer, payer_name=name, lines=lines.payer.count(payer),
            )
        )  # fmt: skip
    for code, day in first_seen(lines.procedure, lines, knowledge.day, NEWS).items():
        since = date.fromordinal(day)
        found.append(
            _entry(
                "new_code", since.isoformat(), f"first lines with {code} on {_spoken(since)}",
                procedure=code, lines=lines.procedure.count(code),
            )
        )  # fmt: skip
    return found


def _silence_entry(one: Silence, knowledge: Knowledge) -> dict[str, Any]:
    since = date.fromordinal(one.oldest)
    name = knowledge.names.get(one.payer) or one.payer
    share = one.waiting / one.asked
    return _entry(
        "silent_payer",
        since.isoformat(),
        f"{name} has not answered {one.waiting} of {one.asked} lines sent more than "
        f"{one.usual_days} days ago, its usual lag; usually {one.expected:.0%} are open then",
        payer=one.payer,
        payer_name=name,
        before=_round(one.expected),
        after=_round(share),
        lines=one.asked,
    )


def _shift_entry(one: Shift, knowledge: Knowledge) -> dict[str, Any]:
    since = date.fromordinal(knowledge.day - 56)
    return _entry(
        "input",
        since.isoformat(),
        f"what was sent in the last eight weeks differs in {one.feature}: PSI {one.psi:.2f}",
        feature=one.feature,
        before=0.0,
        after=_round(one.psi),
        lines=one.lines,
    )


def _matured(knowledge: Knowledge) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows of the answered lines that a score speaks of, and the risk that it gave."""
    found = knowledge.scored
    keep = found.group != UNSEEN
    risks = dict(zip(found.key[keep].tolist(), found.last[keep].tolist(), strict=True))
    answered = knowledge.answered
    rows = np.array([r for r, key in enumerate(answered.key.tolist()) if key in risks], dtype=int)
    return rows, np.array([risks[int(answered.key[row])] for row in rows], dtype=float)


def _calibration(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Predicted against observed denials, for all and by payer.

    A line answered young is compared with the share of its risk that would have been answered by
    now as a denial, so that the newest weeks do not look better than they are.
    """
    rows, risk = _matured(knowledge)
    if len(rows) < SCORE_LINES:
        return []
    answered = knowledge.answered
    usual = answered.expected[rows]
    ratio = usual.sum(axis=1) / np.maximum(
        (usual / answered.answered_ratio[rows]).sum(axis=1), 1e-9
    )
    awaited = risk * ratio / (1 - risk + risk * ratio)
    denied = answered.denied[rows].astype(float)
    payers = np.array([answered.lines.payer[row] for row in rows], dtype=object)
    parts: list[tuple[str | None, NDArray[np.bool_]]] = [(None, np.ones(len(rows), dtype=bool))]
    parts += [(str(name), np.asarray(payers == name, dtype=bool)) for name in sorted(set(payers))]
    found = []
    for name, part in parts:
        if part.sum() < SCORE_LINES // 3:
            continue
        seen, due = float(denied[part].sum()), float(awaited[part].sum())
        # Lines of one claim are denied together: 1.5 for what that adds to the spread.
        spread = float(np.sqrt(1.5 * (awaited[part] * (1 - awaited[part])).sum()))
        found.append(
            {
                "payer": name,
                "lines": int(part.sum()),
                "predicted": _round(due / part.sum()),
                "observed": _round(seen / part.sum()),
                "ratio": _round(seen / max(due, 1e-9)),
                "interval": [
                    _round((seen - 1.96 * spread) / max(due, 1e-9)),
                    _round((seen + 1.96 * spread) / max(due, 1e-9)),
                ],
                "off": bool(
                    abs(seen - due) > 3.5 * spread and abs(seen / max(due, 1e-9) - 1) > SCORE_GAP
                ),
                "since": str(knowledge.scored.as_of.min()),
            }
        )
    return found


def _calibration_entry(row: dict[str, Any], knowledge: Knowledge) -> dict[str, Any] | None:
    if not row["off"]:
        return None
    whom = "all payers" if row["payer"] is None else knowledge.names.get(row["payer"], "")
    return _entry(
        "calibration",
        row["since"],
        f"scores for {whom} said {row['predicted']:.1%}, {row['observed']:.1%} were denied",
        payer=row["payer"],
        before=row["predicted"],
        after=row["observed"],
        lines=row["lines"],
    )


def _scores(knowledge: Knowledge) -> dict[str, Any]:
    """The newest eight weeks' risks beside the half year before."""
    found = knowledge.scored
    risk = np.where(np.isnan(found.last), found.first, found.last)
    age = (np.datetime64(knowledge.as_of) - found.as_of).astype(int)
    recent, earlier = risk[age < 56], risk[(age >= 56) & (age < 238)]
    document: dict[str, Any] = {"recent": len(recent), "earlier": len(earlier)}
    if len(recent):
        document["mean"] = _round(float(recent.mean()))
    if len(recent) >= 100 and len(earlier) >= 100:
        from training.inputs import psi

        edges = np.quantile(earlier, np.linspace(0, 1, 11)[1:-1])
        counts = [
            np.bincount(np.searchsorted(edges, part), minlength=10).astype(float)
            for part in (recent, earlier)
        ]
        document |= {
            "mean_earlier": _round(float(earlier.mean())),
            "psi": _round(psi(counts[0], counts[1])),
            "by_chance": _round(9 * (1 / len(recent) + 1 / len(earlier))),
        }
    return document


def page(document: Mapping[str, Any]) -> str:
    """The document as one HTML page that needs nothing else."""
    from jinja2 import Environment, StrictUndefined

    text = Path(__file__).with_name("drift.html").read_text(encoding="utf-8")
    # Autoescaping: payers' names come out of files that others wrote.
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(text)
    return template.render(report=document)


__all__ = ["Knowledge", "change_entry", "page", "report", "words_of"]
