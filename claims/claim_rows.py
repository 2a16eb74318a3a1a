"""Claims out of CSV and JSON: one from an object that has lines, or from the rows of one claim.

In CSV each row is a service line, and the rows of one claim stand together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from claims.cells import day_of, number_of, other_name, path_of, ready
from claims.claim import Claim, ServiceLine, Source, Submission
from claims.problem import Problem, Severity
from claims.row_records import Reading
from claims.rows import Row

LINE_PREFIX = "line_"
MODIFIER_COLUMNS = ("modifier_1", "modifier_2", "modifier_3", "modifier_4")
OF_A_LINE = ("place_of_service", "authorization_number", "referral_number", "rendering")
"""What a row may say of its own line where it differs from the claim's first row."""


class ClaimReading(Reading):
    """Turns rows of one file into submissions."""

    def submissions(self, rows: Iterable[Row | Problem]) -> Iterator[Submission | Problem]:
        """Claims: one from each JSON object that has lines, or from the rows of one claim."""
        together: list[tuple[Row, dict[str, Any]]] = []
        closed: set[str] = set()
        for row in rows:
            if isinstance(row, Problem):
                yield row
                continue
            values = self._claim_values(row)
            if "lines" in values:
                yield from self._from_rows(together)
                together = []
                yield from self._whole(row, values)
                continue
            number = values.get("claim_id")
            if together and together[-1][1].get("claim_id") != number:
                yield from self._from_rows(together)
                closed.add(str(together[-1][1].get("claim_id")))
                together = []
            if not together and str(number) in closed:
                yield self.problem(
                    row.number,
                    "rows of this claim stand apart; these are read as another claim",
                    "claim_id",
                    Severity.WARNING,
                )
            together.append((row, values))
        yield from self._from_rows(together)

    def _claim_values(self, row: Row) -> dict[str, Any]:
        """The row under our own names; a submission's claim taken out of it."""
        values = row.values
        if isinstance(values.get("claim"), dict):
            values = {**values["claim"], "submitted": values.get("submitted")}
        named: dict[str, Any] = {}
        for name, value in values.items():
            field = name if name in Claim.model_fields else other_name(name)
            if field not in named:
                named[field] = value
        return named

    def _from_rows(
        self, together: list[tuple[Row, dict[str, Any]]]
    ) -> Iterator[Submission | Problem]:
        """One claim from its rows, each of which is a service line."""
        if not together:
            return
        row = together[0][0]
        claim: dict[str, Any] = {}
        lines: list[dict[str, Any]] = []
        for place, (here, values) in enumerate(together, start=1):
            line: dict[str, Any] = {"line": place}
            above: dict[str, Any] = {}
            unknown = set()
            for name, value in values.items():
                if name in MODIFIER_COLUMNS:
                    line["modifiers"] = f"{line.get('modifiers') or ''} {value or ''}"
                elif name in ("claim_charge", "submitted"):
                    above[name] = value
                elif name in ServiceLine.model_fields and name not in OF_A_LINE:
                    line[name] = value
                elif name.startswith(LINE_PREFIX) and path_of(
                    ServiceLine, name.removeprefix(LINE_PREFIX)
                ):
                    line[name.removeprefix(LINE_PREFIX)] = value
                elif path_of(Claim, name):
                    above[name] = value
                else:
                    unknown.add(name)
            yield from self.known(here, set(here.values) - unknown)
            if place == 1:
                claim = above
            else:
                line |= _differing(claim, above)
            lines.append(line)
        rows = [here for here, _ in together]
        yield from self._whole(row, {**claim, "lines": lines}, rows)

    def _whole(
        self, row: Row, values: dict[str, Any], line_rows: Sequence[Row] | None = None
    ) -> Iterator[Submission | Problem]:
        """The submission of a claim whose lines stand under `lines`."""
        self.position += 1
        submitted = day_of(values.pop("submitted", None)) or None
        total = values.pop("claim_charge", None)
        values.pop("source", None)
        ready_claim = ready(Claim, values)
        given = values["lines"]
        if isinstance(given, list | tuple):
            ready_claim["lines"] = lines = [
                _ready_line(place, one) for place, one in enumerate(given, start=1)
            ]
            if total:
                ready_claim["charge"] = number_of(total)
            elif "charge" not in ready_claim:
                ready_claim["charge"] = _sum(lines)
        submission = {
            "claim": ready_claim,
            "submitted": submitted,
            "source": Source(file=self.file, digest=self.digest, position=self.position),
        }
        yield from self.build(Submission, row, submission, line_rows)


def _ready_line(place: int, given: Any) -> Any:
    """A service line's values with what may be left out filled in."""
    if not isinstance(given, Mapping):
        return given
    named: dict[str, Any] = {}
    for name, value in given.items():
        field = name if path_of(ServiceLine, name) else other_name(name)
        named.setdefault(field, value)
    line = {"line": place, **ready(ServiceLine, named)}
    if "service_from" in line:
        line.setdefault("service_to", line["service_from"])
    return line


def _differing(claim: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """What a later row says of its line because it differs from the claim's first row."""
    return {
        name: value
        for name, value in above.items()
        if value and value != claim.get(name) and name.replace(".", "_").startswith(OF_A_LINE)
    }


def _sum(lines: list[Any]) -> Any:
    try:
        return sum((Decimal(str(one["charge"])) for one in lines), Decimal(0))
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return Decimal(0)  # the line's own charge is complained of
