"""Which fixes a person asked for, and a file with them applied."""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from claims.claim import Claim, Submission
from claims.files import Kind, kind_of, read
from claims.finding import Finding
from claims.problem import ClaimwrightError
from claims.repair import NotApplicableError, providers_of, repair
from claims.x12.patch import patch

ALL_ERRORS = "all:error"


class Chosen(NamedTuple):
    """One finding whose fix is to be applied."""

    id: str
    position: int
    """Of the claim in the file."""
    finding: Finding
    value: str | None = None


def choose(asked: Sequence[str], named: Mapping[str, Finding]) -> list[Chosen]:
    """The findings that `--apply` names: ID, ID=VALUE, or all:error.

    named: every finding of the file by its id. `all:error` means each error whose fix needs no
    value; the others stay.
    Raises ClaimwrightError for an id that is no finding's, one without a fix, and a value that
    is lacking.
    """
    chosen: dict[str, Chosen] = {}
    for one in asked:
        if one == ALL_ERRORS:
            for name, finding in named.items():
                fix = finding.fix
                if finding.severity == "error" and fix and fix.action != "hold" and not fix.needs:
                    chosen.setdefault(name, Chosen(name, _position(name), finding))
            continue
        name, equals, value = one.partition("=")
        found = named.get(name)
        if found is None:
            raise ClaimwrightError(f"{name}: no finding of this file has this id")
        if found.fix is None or found.fix.action == "hold":
            raise ClaimwrightError(f"{name}: this finding has no fix that can be applied")
        if found.fix.needs and not equals:
            raise ClaimwrightError(
                f"{name}: a value is needed ({found.fix.needs}); give it as {name}=VALUE"
            )
        chosen[name] = Chosen(name, _position(name), found, value if equals else None)
    return list(chosen.values())


def _position(name: str) -> int:
    return int(name.partition("/")[0])


def repaired(submissions: Iterable[Submission], chosen: Iterable[Chosen]) -> dict[int, Claim]:
    """The claims that the chosen fixes change, by their position in the file.

    Raises ClaimwrightError, with the finding's id, for a fix that cannot be applied.
    """
    every = {one.source.position: one.claim for one in submissions}
    providers = providers_of(every.values())
    changed: dict[int, Claim] = {}
    for one in chosen:
        claim = changed.get(one.position) or every.get(one.position)
        if claim is None or one.finding.fix is None:
            raise ClaimwrightError(f"{one.id}: no claim stands at position {one.position}")
        try:
            changed[one.position] = repair(claim, one.finding.fix, one.value, providers)
        except NotApplicableError as error:
            raise ClaimwrightError(f"{one.id}: {error}") from None
    return {place: claim for place, claim in changed.items() if claim != every[place]}


def apply_fixes(content: bytes, chosen: Sequence[Chosen], name: str = "") -> bytes:
    """A file of claims with the chosen fixes applied, everything else as it was.

    X12: only the segments that the fixes touch are other bytes. JSON lines: only the lines of
    the claims that change.
    Raises ClaimwrightError where a fix cannot be applied, or the file holds no claims.
    """
    submissions = [one for one in read(io.BytesIO(content), name) if isinstance(one, Submission)]
    changed = repaired(submissions, chosen)
    if not changed:
        return content
    if kind_of(content[:65_536]) is Kind.X12:
        return patch(content, submissions, changed)
    text = content.decode("utf-8-sig")
    if text.lstrip()[:1] in "{[":
        return _json(text, changed).encode()
    raise ClaimwrightError(
        "fixes are applied to X12 and JSON lines files; change a table's rows where it was made"
    )


def _json(text: str, changed: Mapping[int, Claim]) -> str:
    """JSON lines with the claims at some positions rewritten."""
    lines, position = [], 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            position += 1
        claim = changed.get(position) if line.strip() else None
        if claim is None:
            lines.append(line)
            continue
        value: dict[str, Any] = json.loads(line)
        record = claim.model_dump(mode="json", exclude_defaults=True)
        if "claim" in value:
            value["claim"] = record
        else:
            value |= record
        lines.append(json.dumps(value, ensure_ascii=False) + line[len(line.rstrip("\r\n")) :])
    return "".join(lines)
