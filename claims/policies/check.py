"""What is doubtful in a policy file though it is valid: said as warnings, never in the way."""

from collections.abc import Iterator

from claims.codes.modifiers import modifiers
from claims.codes.places import places
from claims.codes.procedures import procedures
from claims.policies.compare import kind_of
from claims.policies.files import PolicyFile
from claims.policies.rules import Rule
from claims.policies.selector import in_codes
from claims.problem import Problem, Severity


def doubts(file: PolicyFile) -> Iterator[Problem]:
    """Codes, modifiers and places that no table knows, and plans that the head does not tell."""
    for rule in file.rules:
        for field, message in _doubts(file, rule):
            yield Problem(
                file=file.file,
                severity=Severity.WARNING,
                message=message,
                field=f"{kind_of(rule)} `{rule.id}`.{field}",
            )


def _doubts(file: PolicyFile, rule: Rule) -> Iterator[tuple[str, str]]:
    lists = {"when.codes": rule.when.codes, "when.except_codes": rule.when.except_codes}
    for field in ("column_one", "column_two"):
        lists[field] = getattr(rule, field, ())
    for field, codes in lists.items():
        for item in codes:
            if not any(in_codes((item,), code) for code in procedures()):
                yield field, f"{item} is no procedure code that we know"
    for field, value in rule:
        if field.endswith("modifiers") and isinstance(value, tuple):
            for one in value:
                if one not in modifiers():
                    yield field, f"{one} is no modifier that we know"
        if field.endswith("places") and isinstance(value, tuple):
            for one in value:
                if one not in places():
                    yield field, f"{one} is no place of service that we know"
    for plan in rule.when.plans:
        if plan not in file.head.plans:
            yield "when.plans", f"the head does not tell which groups have the plan {plan}"
