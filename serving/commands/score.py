"""`claimwright score`: claims ranked by what they may lose, with reasons, findings and fixes."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claims.claim import Submission
from claims.files import column_map, read
from serving.cli import app
from serving.output import Format, Problems
from serving.settings import settings

if TYPE_CHECKING:
    from models.score import ClaimScore

DAY = ["%Y-%m-%d"]
SHOWN = 40
"""Claims in the table where nobody says how many."""
SHOWN_FINDINGS = 3


def drivers_for(explain: str) -> int | None:
    """How many claims get drivers: a number, all (None) or none.

    Raises typer.BadParameter for anything else.
    """
    if explain == "all":
        return None
    if explain == "none":
        return 0
    if explain.isascii() and explain.isdigit():
        return int(explain)
    raise typer.BadParameter("expected a number, all or none", param_hint="--explain")


@app.command()
def score(
    file: Annotated[Path, typer.Argument(help="Claims: 837P, CSV or JSON lines.")],
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=DAY, help="The day whose knowledge is used; else the file's own."),
    ] = None,
    explain: Annotated[
        str, typer.Option(help="How many claims at the top get drivers: N, all or none.")
    ] = "20",
    apply: Annotated[
        list[str] | None,
        typer.Option(help="A finding's ID, or ID=VALUE, whose fix is made; or all:error."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where the repaired file goes.")] = None,
    show: Annotated[
        int | None, typer.Option(min=1, help="Claims in the table: as many as you can look at.")
    ] = None,
    review_minutes: Annotated[
        float | None, typer.Option(min=1, help="Or the minutes that you have for looking at them.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="A table, or JSON lines.")] = (
        Format.TABLE
    ),
) -> None:
    """Scores claims that are about to be sent, the most money at risk first."""
    if bool(apply) != bool(out):
        raise typer.BadParameter("--apply and --out go together")
    if show is not None and review_minutes is not None:
        raise typer.BadParameter("give either --show or --review-minutes")
    count = drivers_for(explain)
    problems = Problems()
    found = problems.aside(read(file, columns=column_map(settings().home)))
    submissions = [item for item in found if isinstance(item, Submission)]
    if not submissions and not problems.lost:
        typer.echo(f"{file.name}: holds no claim; expected an 837P, CSV or JSON lines", err=True)
        raise typer.Exit(1)
    from serving.scoring import Scoring

    scoring = Scoring(settings())
    try:
        scores = scoring.score(submissions, as_of.date() if as_of else None, count)
    finally:
        scoring.close()
    if apply and out:
        _write_repaired(file, out, scores, apply)
    if output is Format.JSON:
        for one in scores:
            typer.echo(one.model_dump_json())
    else:
        worklist(scores, claims_to_show(show, review_minutes, settings().minutes_a_claim))
    problems.leave()


def claims_to_show(show: int | None, minutes: float | None, minutes_a_claim: float) -> int:
    """How many claims the worklist holds: the number asked for, or what the time allows.

    >>> claims_to_show(None, 60, minutes_a_claim=3)
    20
    """
    if minutes is not None:
        return max(1, int(minutes / minutes_a_claim))
    return SHOWN if show is None else show


def _write_repaired(
    file: Path, out: Path, scores: Sequence["ClaimScore"], asked: Sequence[str]
) -> None:
    """Writes the file with the chosen fixes made; only what they touch is other than it was."""
    from claims.finding import Finding
    from claims.fixes import apply_fixes, choose

    named = {
        one.id: Finding(
            edit=one.edit, category=one.category, severity=one.severity, line=one.line,
            message=one.message, source=one.source, fix=one.fix,
        )
        for score in scores
        for one in score.findings
    }  # fmt: skip
    chosen = choose(asked, named)
    out.write_bytes(apply_fixes(file.read_bytes(), chosen, file.name))
    made = "1 fix" if len(chosen) == 1 else f"{len(chosen)} fixes"
    typer.echo(f"{out.name}: {made} made; everything else is as it was.", err=True)


def worklist(scores: Sequence["ClaimScore"], show: int) -> None:
    """Prints the ranked claims, the first `show` of them."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "Claim", "Payer", "Service", "Codes", "Charge", "Risk", "At stake", "Fixed",
                  "Likely reason, and what to do")  # fmt: skip
    for column in (0, 5, 6, 7, 8):
        table.columns[column].justify = "right"
    for rank, one in enumerate(scores[:show], start=1):
        table.add_row(
            str(rank),
            one.claim_id,
            one.payer or one.payer_id,
            one.date_of_service.isoformat(),
            " ".join(line.procedure for line in one.lines),
            f"{one.charge:,.2f}",
            "" if one.risk is None else f"{one.risk:.0%}",
            "" if one.expected_loss is None else f"${one.expected_loss:,.2f}",
            _fixed(one),
            _why(one),
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(table)
    stake = sum(one.expected_loss or 0.0 for one in scores)
    shown = sum(one.expected_loss or 0.0 for one in scores[:show])
    if stake:
        console.print(
            f"{len(scores)} claims, ${stake:,.2f} at stake; the {min(show, len(scores))} shown "
            f"hold {shown / stake:.0%} of it."
        )
        saved = [one.saved for one in scores[:show] if one.saved]
        if saved:
            on = "1 of them" if len(saved) == 1 else f"{len(saved)} of them"
            console.print(f"The fixes on {on} would save ${sum(saved):,.2f} of it.")
    elif scores and scores[0].unscored:
        console.print(scores[0].unscored)


def _fixed(one: "ClaimScore") -> str:
    """The risk with the fixes that help made, and what they save."""
    if one.risk_fixed is None or one.saved is None:
        return ""
    return f"{one.risk_fixed:.0%}\nsaves ${one.saved:,.2f}"


def _why(one: "ClaimScore") -> str:
    from rich.markup import escape

    parts = []
    if one.reasons and one.reasons[0].category:
        reason = one.reasons[0]
        parts.append(f"{str(reason.category).replace('_', ' ')} {reason.probability:.0%}")
    order = {"error": 0, "warning": 1, "info": 2}
    found = sorted(one.findings, key=lambda finding: order[finding.severity])
    for finding in found[:SHOWN_FINDINGS]:
        if finding.severity == "info" and len(parts) > 1:
            break
        parts.append(f"{finding.severity}: {finding.message}")
    if not one.findings and one.lines and one.lines[0].drivers:
        parts.append(one.lines[0].drivers[0].text)
    return escape("\n".join(parts))
