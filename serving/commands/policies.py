"""`claimwright policies`: what payers want, valid or not, in force on a day, and changed."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from claims.problem import ClaimwrightError
from serving.cli import app
from serving.output import Format, Problems
from serving.settings import settings

if TYPE_CHECKING:
    from claims.note import PayerType
    from claims.policies import Policy, PolicyBook, PolicyFile
    from claims.policies.rules import Rule
    from claims.problem import Problem

policies = typer.Typer(no_args_is_help=True, help="Payer policies: check, show, diff.")
app.add_typer(policies, name="policies")

Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of service; today by default.")
]
Output = Annotated[Format, typer.Option("--format", help="A table, or JSON lines.")]


@policies.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders; the practice's own policies by default."),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Whether policy files are valid: what is wrong, with file, line and key."""
    from claims.policies import read, read_folder
    from claims.policies.check import doubts

    problems = Problems()
    if not files and not settings().policies.exists():
        typer.echo(f"no policies of your own in {settings().policies}; the shipped ones hold")
        return
    for path in files or [settings().policies]:
        if not path.exists():
            raise ClaimwrightError(f"{path} is neither a file nor a folder")
        if path.is_dir():
            found, wrong = read_folder(path)
        else:
            one, wrong = read(path)
            found = (one,) if one else ()
        for problem in (*wrong, *(doubt for file in found for doubt in doubts(file))):
            problems.tell(problem)
        for file in found:
            _tell_file(file, wrong, output)
    problems.leave()


def _tell_file(file: "PolicyFile", wrong: Sequence["Problem"], output: Format) -> None:
    lost = sum(problem.file == file.file for problem in wrong)
    told = {
        "file": file.file,
        "payer_id": list(file.head.payer_id),
        "name": file.head.name,
        "line_of_business": file.head.line_of_business,
        "rules": len(file.rules),
        "problems": lost,
    }
    if output is Format.JSON:
        typer.echo(json.dumps(told))
    else:
        whose = ", ".join(file.head.payer_id) or f"line of business {file.head.line_of_business}"
        state = f"{lost} wrong" if lost else "in order"
        typer.echo(f"{file.file}: {len(file.rules)} rules for {whose}: {state}")


@policies.command()
def show(
    payer: Annotated[
        str, typer.Argument(help="A payer's id or name, or a line of business: medicare, …")
    ],
    on: Day = None,
    known: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Leave out what was not known by this day."),
    ] = None,
    plan: Annotated[str | None, typer.Option(help="One of the payer's plans.")] = None,
    code: Annotated[
        str | None, typer.Option(help="Only rules that speak of this procedure code.")
    ] = None,
    line: Annotated[
        str | None, typer.Option(help="The claim's line of business, where no file tells it.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Every rule that a payer has on a day of service, and the file it stands in."""
    book = _book()
    day = _day(on)
    found, name = _policy(book, payer, day, known.date() if known else None, plan, line)
    rules = [rule for rule in found.rules if code is None or _speaks_of(rule, code)]
    if output is Format.JSON:
        for rule in rules:
            typer.echo(json.dumps(_document(rule)))
        return
    typer.echo(f"{name} on {day}: {len(rules)} rules, the strongest of a kind first")
    _table(sorted(rules, key=lambda rule: str(getattr(rule, "rule", ""))))


@policies.command()
def diff(
    payer: Annotated[
        str | None,
        typer.Argument(help="A payer's id or name, or a line of business; all by default."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Compare with this earlier day."),
    ] = None,
    on: Day = None,
    output: Output = Format.TABLE,
) -> None:
    """What changed: between two days of service, or by the practice's own files.

    With --from: the rules of that day against those of --on. Without: the rules as shipped and
    announced against those with the practice's own files over them.
    """
    from claims.policies import PolicyBook
    from claims.policies.compare import differences

    book = _book()
    day = _day(on)
    without = PolicyBook(file for file in book.files if file.origin != "own")
    for whom in [payer] if payer else _everyone(book):
        now, name = _policy(book, whom, day, None, None, None)
        if since:
            before, _ = _policy(book, whom, since.date(), None, None, None)
        else:
            payer_id, line = _whom(book, whom)
            before = without.policy(payer_id, on=day, line_of_business=line or now.line_of_business)
        changes = differences(before, now)
        if output is Format.TABLE and changes:
            typer.echo(f"{name}:")
        for change in changes:
            if output is Format.JSON:
                told = {
                    "payer": whom,
                    "rule": change.kind,
                    "id": change.id,
                    "change": change.change,
                    "keys": {key: list(pair) for key, pair in change.keys.items()},
                    "before": _document(change.before) if change.before else None,
                    "after": _document(change.after) if change.after else None,
                }
                typer.echo(json.dumps(told))
            else:
                typer.echo("  " + _sentence(change))


def _sentence(change: Any) -> str:
    rule = change.after or change.before
    head = f"{change.change}: {change.kind} `{change.id}` ({rule.file})"
    if change.change == "changed":
        shown = "; ".join(f"{k}: {_word(a)} -> {_word(b)}" for k, (a, b) in change.keys.items())
        return f"{head}: {shown}"
    from claims.policies.compare import demands

    shown = "; ".join(f"{key}: {_word(value)}" for key, value in demands(rule).items())
    return f"{head}: {shown}" if shown else head


def _word(value: Any) -> str:
    if value is None:
        return "by default"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_word(one)}" for key, one in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


def _book() -> "PolicyBook":
    """All policies at hand; what is wrong with the practice's own is said on standard error."""
    from claims.policies import policy_book

    here = settings()
    announced: list[PolicyFile] = []
    if here.database_url is not None or (here.home / "claimwright.db").exists():
        from claims.store import Store

        with Store.open(here.database, here.practice, here.home) as store:
            announced = store.policy_files()
    book, wrong = policy_book(here.policies, announced)
    for problem in wrong:
        typer.echo(str(problem), err=True)
    return book


def _day(on: datetime | None) -> date:
    from claims.clock import today

    return on.date() if on else today()


def _payer_id(book: "PolicyBook", asked: str) -> str | None:
    """The payer id that an id or a name (or its beginning) means; None where no file has it."""
    low = asked.lower()
    named: set[str] = set()
    for file in book.files:
        for payer_id in file.head.payer_id:
            if payer_id.lower() == low:
                return payer_id
        if file.head.payer_id and low in file.head.name.lower():
            named.add(file.head.payer_id[0])
    if len(named) > 1:
        raise ClaimwrightError(f"{asked} is the name of several payers: {', '.join(sorted(named))}")
    return named.pop() if named else None


def _policy(
    book: "PolicyBook",
    asked: str,
    day: date,
    known: date | None,
    plan: str | None,
    line: str | None,
) -> tuple["Policy", str]:
    payer_id, told = _whom(book, asked)
    if line is not None:
        told = _line_named(line)
        if told is None:
            raise ClaimwrightError(f"{line} is no line of business; expected {', '.join(_lines())}")
    found = book.policy(payer_id, plan=plan, on=day, known=known, line_of_business=told)
    if payer_id is None and told is not None and line is None:
        return found, f"Line of business {told}"
    if not found.payer_known:
        typer.echo(
            f"No policy file names {asked}; these are the rules of its line of business "
            f"({found.line_of_business or 'commercial, as nothing tells it'}).",
            err=True,
        )
    return found, found.name or asked


def _lines() -> tuple[str, ...]:
    from claims.note import PayerType

    return get_args(PayerType)


def _line_named(word: str) -> "PayerType | None":
    plain = word.lower().replace(" ", "_")
    return cast("PayerType", plain) if plain in _lines() else None


def _whom(book: "PolicyBook", asked: str) -> tuple[str | None, "PayerType | None"]:
    """The payer id, or the line of business, that a word on the command line means."""
    line = _line_named(asked)
    return (None, line) if line else (_payer_id(book, asked), None)


def _everyone(book: "PolicyBook") -> list[str]:
    found: dict[str, None] = {}
    for file in book.files:
        found[file.head.payer_id[0] if file.head.payer_id else file.head.line_of_business] = None
    return list(found)


def _speaks_of(rule: "Rule", code: str) -> bool:
    from claims.codes.procedures import procedure

    row = procedure(code)
    family = row.family if row else ""
    always = row is not None and row.therapy == "always"
    return any(
        rule.when.takes_code(code, family, always, (discipline,))
        for discipline in (row.disciplines if row else ("",))
    )


def _document(rule: "Rule") -> dict[str, Any]:
    told = rule.model_dump(mode="json", exclude_none=True)
    told["when"] = {key: value for key, value in told["when"].items() if value not in ([], None)}
    return told


def _table(rules: Sequence["Rule"]) -> None:
    import sys

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from claims.policies.compare import demands, kind_of

    table = Table("Rule", "Only for", "Says", "Since", "Certainty", "File", "Source")
    for rule in rules:
        says = demands(rule, whole=True)
        says.pop("when", None)
        table.add_row(
            kind_of(rule) if rule.id.startswith(kind_of(rule)) else f"{kind_of(rule)}: {rule.id}",
            rule.when.as_text(),
            "; ".join(f"{key}: {_word(value)}" for key, value in says.items()),
            rule.effective.isoformat() if rule.effective else "",
            rule.certainty,
            rule.file,
            escape(rule.source),
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
