"""Which rules a payer has for a day of service, as far as they were known on another day."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar, cast

from claims.codes.procedures import procedure
from claims.note import PayerType
from claims.policies.files import ORIGINS, PolicyFile, read_folder, shipped
from claims.policies.rules import Rule
from claims.problem import Problem

R = TypeVar("R", bound=Rule)
_Order = tuple[tuple[int, int], date, date, tuple[int, int]]
DAY = timedelta(days=1)

_LINES: dict[str, PayerType] = {
    "MA": "medicare",
    "MB": "medicare",
    "16": "medicare_advantage",
    "HN": "medicare_advantage",
    "MC": "medicaid",
    "TV": "medicaid",
    "CH": "tricare",
    "VA": "va",
    "WC": "workers_compensation",
    "AM": "auto",
    "LM": "auto",
    "09": "self_pay",
}
"""Claim filing indicators (SBR09, CLP06; X12 code list 1032) of a line of business of its own."""
_COMMERCIAL = frozenset(
    ("10", "11", "12", "13", "14", "15", "17", "BL", "CI", "DS", "FI", "HM", "MI", "OF", "ZZ")
)


def line_of_business(filing_indicator: str | None) -> PayerType | None:
    """The line of business that a claim filing indicator tells; None where it tells none.

    >>> line_of_business("MB"), line_of_business("BL"), line_of_business(None)
    ('medicare', 'commercial', None)
    """
    if filing_indicator is None:
        return None
    return _LINES.get(filing_indicator) or (
        "commercial" if filing_indicator in _COMMERCIAL else None
    )


class Policy:
    """The rules of one payer (and plan) in force on a day, as known on a day. Do not change it.

    `find` answers with the one rule that decides, `all` with every rule that applies. Stronger
    is the payer's rule over its line of business's, the practice's own over an announced one
    over a shipped one, one for the plan, then the narrower one, then the later one.
    """

    def __init__(
        self,
        line_of_business: PayerType | None,
        payer_known: bool,
        name: str,
        plan: str | None,
        rules: Sequence[Rule],
    ) -> None:
        self.line_of_business = line_of_business
        self.payer_known = payer_known
        """False where no file names this payer: its line of business's rules stand in."""
        self.name = name
        self.plan = plan
        self.rules = tuple(rules)
        """The strongest first."""
        self._candidates: dict[
            tuple[type[Rule], str, str | None], tuple[tuple[Rule, bool], ...]
        ] = {}
        self._changed: dict[str, date | None] = {}

    def __repr__(self) -> str:
        return f"Policy({self.name or self.line_of_business}, {len(self.rules)} rules)"

    def find(
        self,
        kind: type[R],
        code: str = "",
        discipline: str | None = None,
        *,
        modifiers: Iterable[str] = (),
        place: str | None = None,
        diagnosis: str | None = None,
        credential: str | None = None,
    ) -> R | None:
        """The rule of a kind that decides for a line; None where the policy has none.

        None too where the rule that decides is switched off (`severity: off`).

        discipline: None where it is not known; then a rule for disciplines speaks only where
        it names all that may bill the code. diagnosis: the line's first, without its dot.
        """
        for rule, is_static in self._for(kind, code, discipline):
            if is_static or rule.when.takes_line(modifiers, place, diagnosis, credential):
                return None if rule.severity == "off" else cast(R, rule)
        return None

    def all(
        self,
        kind: type[R],
        code: str = "",
        discipline: str | None = None,
        *,
        modifiers: Iterable[str] = (),
        place: str | None = None,
        diagnosis: str | None = None,
        credential: str | None = None,
    ) -> tuple[R, ...]:
        """Every rule of a kind that applies to a line and is not switched off, strongest first.

        For kinds that stand side by side: documentation, modifier, pair, frequency,
        benefit_limit, diagnosis, supervision, substitution.
        """
        return tuple(
            [
                cast(R, rule)
                for rule, is_static in self._for(kind, code, discipline)
                if (is_static or rule.when.takes_line(modifiers, place, diagnosis, credential))
                and rule.severity != "off"
            ]
        )

    def _for(
        self, kind: type[Rule], code: str, discipline: str | None
    ) -> tuple[tuple[Rule, bool], ...]:
        """Rules of a kind for a code, and whether nothing else of a line decides."""
        key = (kind, code, discipline)
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = self._candidates[key] = self._for_code(kind, code, discipline)
        return candidates

    def changed(self, code: str) -> date | None:
        """The latest day from which a rule that takes a code is in force; None: none is dated."""
        if code not in self._changed:
            known = procedure(code)
            family = known.family if known else ""
            always_therapy = known is not None and known.therapy == "always"
            disciplines = known.disciplines if known else ()
            days = [
                rule.effective
                for rule in self.rules
                if rule.effective
                and rule.when.takes_code(code, family, always_therapy, disciplines)
            ]
            self._changed[code] = max(days, default=None)
        return self._changed[code]

    def _for_code(
        self, kind: type[Rule], code: str, discipline: str | None
    ) -> tuple[tuple[Rule, bool], ...]:
        known = procedure(code) if code else None
        family = known.family if known else ""
        always_therapy = known is not None and known.therapy == "always"
        disciplines = (discipline,) if discipline else (known.disciplines if known else ())
        return tuple(
            (rule, rule.when.is_static)
            for rule in self.rules
            if type(rule) is kind
            and rule.when.takes_code(code, family, always_therapy, disciplines)
        )


class _Chain:
    """The files that speak for one payer, weakest first, and the policies drawn from them."""

    def __init__(
        self,
        files: Sequence[tuple[int, PolicyFile]],
        line: PayerType | None,
        payer_known: bool,
        name: str,
    ) -> None:
        self.line = line
        self.payer_known = payer_known
        self.name = name
        self.ranked = [
            ((depth, ORIGINS.index(file.origin)), (number, position), rule)
            for number, (depth, file) in enumerate(files)
            for position, rule in enumerate(file.rules)
        ]
        rules = [rule for _, _, rule in self.ranked]
        self.days = sorted(
            {r.effective for r in rules if r.effective} | {r.until + DAY for r in rules if r.until}
        )
        self.knowns = sorted({day for r in rules if (day := r.known or r.effective)})
        self.plans = {plan for r in rules for plan in r.when.plans}
        self.policies: dict[tuple[str | None, int, int], Policy] = {}

    def policy(self, plan: str | None, on: date, known: date | None) -> Policy:
        if plan not in self.plans:
            plan = None
        seen = bisect_right(self.knowns, known) if known is not None else len(self.knowns)
        key = (plan, bisect_right(self.days, on), seen)
        found = self.policies.get(key)
        if found is None:
            found = self.policies[key] = self._draw(plan, on, known)
        return found

    def _draw(self, plan: str | None, on: date, known: date | None) -> Policy:
        strongest: dict[tuple[str, str], tuple[_Order, Rule]] = {}
        for layer, position, rule in self.ranked:
            if rule.when.plans and plan not in rule.when.plans:
                continue
            if not rule.applies(on, known):
                continue
            order = (layer, rule.effective or date.min, rule.known or date.min, position)
            key = (type(rule).__name__, rule.id)
            held = strongest.get(key)
            if held is None or order > held[0]:
                strongest[key] = (order, rule)
        rules = sorted(
            strongest.values(),
            key=lambda item: (
                item[0][0],
                bool(item[1].when.plans),
                item[1].when.narrowness,
                item[0][1:],
            ),
            reverse=True,
        )
        return Policy(self.line, self.payer_known, self.name, plan, [r for _, r in rules])


class PolicyBook:
    """All policies at hand. Do not change it."""

    def __init__(self, files: Iterable[PolicyFile]) -> None:
        self.files = tuple(files)
        self.digest = hashlib.sha256(
            " ".join(f"{file.origin}:{file.digest}" for file in self.files).encode()
        ).hexdigest()
        """Tells one set of policies from another: a score names it."""
        self._of_line: dict[str, list[PolicyFile]] = {}
        self._of_payer: dict[str, list[PolicyFile]] = {}
        for file in self.files:
            if not file.head.payer_id:
                self._of_line.setdefault(file.head.line_of_business, []).append(file)
            for payer_id in file.head.payer_id:
                self._of_payer.setdefault(payer_id.upper(), []).append(file)
        self._chains: dict[tuple[str, PayerType | None, tuple[int, ...]], _Chain] = {}
        self._asked: dict[tuple[str | None, str | None, str | None], _Chain] = {}

    def __getstate__(self) -> tuple[PolicyFile, ...]:
        return self.files

    def __setstate__(self, files: tuple[PolicyFile, ...]) -> None:
        self.__init__(files)  # type: ignore[misc]

    def policy(
        self,
        payer_id: str | None,
        filing_indicator: str | None = None,
        plan: str | None = None,
        *,
        on: date,
        known: date | None = None,
        line_of_business: PayerType | None = None,
    ) -> Policy:
        """The rules for a claim to a payer.

        on: the date of service. known: the as-of day: rules that were not known by then are
        left out; None takes all. line_of_business: where it is told otherwise than by the
        filing indicator (a note's payer_type).
        """
        asked = (payer_id, filing_indicator, line_of_business)
        chain = self._asked.get(asked)
        if chain is None:
            chain = self._asked[asked] = self._chain(payer_id, filing_indicator, line_of_business)
        return chain.policy(plan, on, known)

    def plan(
        self, payer_id: str, group_number: str | None = None, group_name: str | None = None
    ) -> str | None:
        """The plan that a group number or name tells, by the payer's files; None: not told."""
        for file in self._of_payer.get(payer_id.upper(), ()):
            for plan, marks in file.head.plans.items():
                if group_number in marks or group_name in marks:
                    return plan
            named = {plan for rule in file.rules for plan in rule.when.plans}
            for mark in (group_name, group_number):
                if mark in named:
                    return mark
        return None

    def _chain(
        self, payer_id: str | None, filing_indicator: str | None, told: PayerType | None
    ) -> _Chain:
        indicated = told or _line(filing_indicator)
        own = self._payer_files(payer_id, indicated)
        line = own[0].head.line_of_business if own else indicated
        files: list[tuple[int, PolicyFile]] = []
        lines = self._lines(line or "commercial")
        for depth, name in enumerate(lines):
            files.extend((depth, file) for file in self._of_line.get(name, ()))
        files.extend((len(lines), file) for file in own)
        key = ((payer_id or "").upper() if own else "", line, tuple(id(file) for file in own))
        chain = self._chains.get(key)
        if chain is None:
            name = next((file.head.name for file in own if file.head.name), "")
            chain = self._chains[key] = _Chain(files, line, bool(own), name)
        return chain

    def _payer_files(self, payer_id: str | None, indicated: PayerType | None) -> list[PolicyFile]:
        """The payer's files of the line of business that the claim tells.

        "Commercial" is what claims say for want of better, so a payer known under one line only
        keeps it then; under any other line, files of another line say nothing of this claim.
        """
        files = self._of_payer.get((payer_id or "").upper(), [])
        same = [file for file in files if file.head.line_of_business == indicated]
        if same:
            return same
        lines = {file.head.line_of_business for file in files}
        if len(lines) == 1 and indicated in (None, "commercial"):
            return files
        return []

    def _lines(self, line: str) -> list[str]:
        """A line of business and those it inherits from, the farthest first."""
        lines = [line]
        while True:
            parent = next(
                (f.head.inherits for f in self._of_line.get(lines[0], ()) if f.head.inherits), None
            )
            if parent is None or parent in lines:
                return lines
            lines.insert(0, parent)


_line = line_of_business
"""Where a parameter has the name."""


def policy_book(
    own: Path | None = None, announced: Iterable[PolicyFile] = ()
) -> tuple[PolicyBook, tuple[Problem, ...]]:
    """The shipped policies, those that payers announced, and a practice's own over both.

    own: the practice's policy folder (`settings().policies`); it need not exist.
    Returns the book and what is wrong with the practice's own files.
    """
    files, problems = read_folder(own) if own else ((), ())
    return PolicyBook((*shipped(), *announced, *files)), problems
