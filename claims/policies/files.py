"""Policy files: YAML text to typed rules, with messages that name file, line and key.

Every scalar is read as text and typed by the rule's own fields: in YAML 1.1 a bare `02` would
be the number 2 and a bare `off` the value false.
"""

import difflib
import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError

from claims.codes.procedures import families
from claims.note import PayerType
from claims.policies.rules import KINDS, Certainty, Rule
from claims.policies.selector import Selector, Words, _listed
from claims.problem import ClaimwrightError, Problem, Severity
from claims.record import Identifier, Record

Origin = Literal["shipped", "announced", "own"]
ORIGINS: tuple[Origin, ...] = ("shipped", "announced", "own")
"""From the weakest to the strongest: a practice's own rule stands over what a payer announced,
and that over what we ship."""
LARGEST_FILE = 2_000_000
DEEPEST = 12
_INHERITED = ("effective", "known", "source", "certainty")


class PolicyHead(Record):
    """What a policy file says before its rules."""

    payer_id: Annotated[tuple[Identifier, ...], BeforeValidator(_listed)] = ()
    """As on claims (NM109 of loop 2010BB); several where a payer has several. Empty: the file
    is of a whole line of business."""
    name: str = ""
    line_of_business: PayerType
    inherits: PayerType | None = None
    """Of a line of business: the one whose rules stand where this one has none."""
    plans: dict[str, Words] = Field(default_factory=dict)
    """Plan to the group numbers or group names (SBR03, SBR04) that tell it."""
    effective: date | None = None
    known: date | None = None
    source: str | None = None
    certainty: Certainty = "sure"


class PolicyFile(Record):
    """One file's rules."""

    file: str
    digest: str = ""
    """SHA-256 of its text."""
    origin: Origin
    head: PolicyHead
    rules: tuple[Rule, ...] = ()


class _UnreadableError(Exception):
    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def _plain(node: yaml.Node, depth: int = 0) -> Any:
    """A composed node as dicts, lists and texts; refuses keys given twice and endless nesting."""
    line = node.start_mark.line + 1
    if depth > DEEPEST:
        raise _UnreadableError("nested too deeply", line)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str):
                raise _UnreadableError("expected a word before the colon", line)
            if key in result:
                raise _UnreadableError(
                    f"the key {_shown(key)} stands twice", key_node.start_mark.line + 1
                )
            value = _plain(value_node, depth + 1)
            # A key without a value was left open; `null` says that there is none.
            if value != "":
                result[key] = None if value in ("null", "~") else value
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, depth + 1) for item in node.value]
    return node.value


def _shown(key: str) -> str:
    """A key to repeat in a message: only what looks like one, never a stray text."""
    return f"`{key}`" if len(key) <= 40 and key.replace("_", "").isalnum() else "(an unknown key)"


def _line(mark: Any) -> int | None:
    return mark.line + 1 if mark else None


def _compose(text: str) -> yaml.Node:
    if len(text) > LARGEST_FILE:
        raise _UnreadableError(f"larger than {LARGEST_FILE:,} characters: no policy file")
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        # Aliases let a small file stand for a huge one; no policy needs them.
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                raise _UnreadableError("aliases (*name) are not taken", _line(event.start_mark))
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _UnreadableError(f"not YAML: {error.problem}", _line(mark)) from None
    except yaml.YAMLError:
        raise _UnreadableError("not YAML: a character that may not stand in it") from None
    if not isinstance(node, yaml.MappingNode):
        raise _UnreadableError("expected keys such as line_of_business and rules")
    return node


def parse(
    text: str, name: str, origin: Origin = "own"
) -> tuple[PolicyFile | None, tuple[Problem, ...]]:
    """A policy file and all that is wrong with it.

    name: how the file is called in messages and in `policies show`.
    A rule that is wrong is left out, with a problem; without a head there is no file (None).
    """
    problems: list[Problem] = []

    def wrong(message: str, row: int | None = None, field: str | None = None) -> None:
        problems.append(
            Problem(file=name, severity=Severity.ERROR, message=message, row=row, field=field)
        )

    try:
        node = _compose(text)
        content = _plain(node)
    except _UnreadableError as error:
        wrong(str(error), error.line)
        return None, tuple(problems)
    lines = _rule_lines(node)
    listed = content.pop("rules", [])
    try:
        head = PolicyHead.model_validate(content)
    except ValidationError as error:
        for message, key in _messages(error, PolicyHead):
            wrong(message, 1, key)
        return None, tuple(problems)
    if head.payer_id and head.inherits:
        wrong("only a line of business inherits from another; a payer has line_of_business", 1)
        return None, tuple(problems)
    if not isinstance(listed, list):
        wrong("expected a list of rules, each beginning with `- rule:`", None, "rules")
        return None, tuple(problems)
    rules: list[Rule] = []
    seen: set[tuple[str, str, date | None, date | None]] = set()
    for number, raw in enumerate(listed, 1):
        row = lines[number - 1] if number <= len(lines) else None
        kind = raw.get("rule") if isinstance(raw, dict) else None
        place = f"rules[{number}]" + (f" {kind}" if kind in KINDS else "")
        if kind not in KINDS:
            near = difflib.get_close_matches(str(kind), KINDS, 1)
            hint = f"; did you mean {near[0]}?" if near else f": {', '.join(sorted(KINDS))}"
            wrong(f"expected `rule:` with a kind of rule{hint}", row, place)
            continue
        try:
            rule = _rule(kind, raw, head, name, origin)
        except ValidationError as error:
            for message, key in _messages(error, KINDS[kind]):
                wrong(message, row, f"{place}.{key}" if key else place)
            continue
        key_of_rule = (kind, rule.id, rule.effective, rule.known)
        if key_of_rule in seen:
            wrong(
                f"a second rule `{rule.id}` with the same days: give it an id of its own",
                row,
                place,
            )
            continue
        seen.add(key_of_rule)
        strange = sorted(set(rule.when.families) - families())
        if strange:
            near = difflib.get_close_matches(strange[0], families(), 1)
            hint = f"; did you mean {near[0]}?" if near else f": {', '.join(sorted(families()))}"
            wrong(f"no such family of procedures{hint}", row, f"{place}.when.families")
            continue
        rules.append(rule)
    digest = hashlib.sha256(text.encode()).hexdigest()
    # Built without validating again: its rules are records of many kinds.
    file = PolicyFile.model_construct(
        file=name, digest=digest, origin=origin, head=head, rules=tuple(rules)
    )
    return file, tuple(problems)


def _rule_lines(node: yaml.Node) -> list[int]:
    for key, value in node.value:
        if key.value == "rules" and isinstance(value, yaml.SequenceNode):
            return [item.start_mark.line + 1 for item in value.value]
    return []


def _rule(kind: str, raw: dict[str, Any], head: PolicyHead, name: str, origin: Origin) -> Rule:
    given = {key: getattr(head, key) for key in _INHERITED if getattr(head, key) is not None}
    given.update({key: value for key, value in raw.items() if key not in ("file", "origin")})
    rule = KINDS[kind].model_validate({"id": kind, **given, "file": name, "origin": origin})
    if "id" in raw or rule.when == Selector():
        return rule
    return rule.replace(id=f"{kind} [{rule.when.as_text()}]")


def _messages(error: ValidationError, record: type[Record]) -> Iterable[tuple[str, str]]:
    """What is wrong and under which key."""
    for one in error.errors(include_url=False, include_input=False):
        path = [part for part in one["loc"] if isinstance(part, str)]
        key = ".".join(str(part) for part in one["loc"] if part != "[key]")
        if one["type"] == "extra_forbidden":
            known = Selector if path[:1] == ["when"] else record
            near = difflib.get_close_matches(path[-1], known.model_fields, 1)
            shown = _shown(path[-1])
            yield (
                f"the key {shown} is not known here"
                + (f"; did you mean `{near[0]}`?" if near else ""),
                ".".join(path[:-1]),
            )
        elif one["type"] == "missing":
            yield "is missing", key
        elif one["type"] == "value_error":
            yield str(one["ctx"]["error"]), key
        elif one["type"] == "literal_error":
            yield f"expected one of {one['ctx']['expected']}", key
        elif one["type"] == "string_pattern_mismatch":
            yield _SHAPES.get(path[-1] if path else "", "has not the expected shape"), key
        else:
            yield one["msg"][0].lower() + one["msg"][1:], key


_SHAPES = {
    "codes": "expected procedure codes of five characters, or ranges such as 97161-97168",
    "except_codes": "expected procedure codes of five characters, or ranges such as 97161-97168",
    "column_one": "expected procedure codes of five characters",
    "column_two": "expected procedure codes of five characters",
    "use": "expected one procedure code of five characters",
    "places": "expected places of service of two characters: 02, 10, 11",
    "diagnoses": "expected ICD-10-CM codes or beginnings: F84, F10-F19",
    "excluded": "expected ICD-10-CM codes or beginnings: F84, F10-F19",
    "required": "expected ICD-10-CM codes or beginnings: F84, F10-F19",
}


def read(path: Path, origin: Origin = "own") -> tuple[PolicyFile | None, tuple[Problem, ...]]:
    """A policy file from disk; a file that is no text is a problem like another."""
    name = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problem = Problem(
            file=name, severity=Severity.ERROR, message="cannot be read as text in UTF-8"
        )
        return None, (problem,)
    return parse(text, name, origin)


def read_folder(
    folder: Path, origin: Origin = "own"
) -> tuple[tuple[PolicyFile, ...], tuple[Problem, ...]]:
    """All policy files of a folder, in the order of their names; no folder, no files."""
    files: list[PolicyFile] = []
    problems: list[Problem] = []
    found = sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))) if folder.is_dir() else []
    for path in found:
        file, wrong = read(path, origin)
        problems.extend(wrong)
        if file is not None:
            files.append(file)
    return tuple(files), tuple(problems)


SHIPPED = Path(__file__).parent / "shipped"


@lru_cache(maxsize=1)
def shipped() -> tuple[PolicyFile, ...]:
    """The policies that come with the product.

    Raises ClaimwrightError where the installation's own files do not read.
    """
    files, problems = read_folder(SHIPPED, "shipped")
    if problems:
        raise ClaimwrightError(f"the installed policies are damaged: {problems[0]}")
    return files


def looks_like_policy(head: Sequence[str]) -> bool:
    """Whether the first lines of a text are those of a policy file.

    >>> looks_like_policy(["# Example Health", "line_of_business: commercial"])
    True
    """
    keys = {line.partition(":")[0].strip() for line in head if ":" in line}
    return "line_of_business" in keys
