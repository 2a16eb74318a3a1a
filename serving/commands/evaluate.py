"""`claimwright evaluate`: how good the risk is, on months it had not seen, beside baselines."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli import app
from serving.commands.train import AsOf, Output, day_of
from serving.output import Format
from serving.progress import steps
from serving.settings import settings

if TYPE_CHECKING:
    from training.dataset import Dataset
    from training.evaluate import Judged
    from training.scoreboard import Scoreboard

NAME = "evaluation"
"""Of the files in the home folder, and of MLflow's run."""


@app.command()
def evaluate(
    as_of: AsOf = None,
    months: Annotated[int, typer.Option(min=1, help="Months judged, the newest settled.")] = 2,
    lines: Annotated[
        int | None, typer.Option(min=300, help="Settled lines to learn from, the newest; else all.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="The truth folder of a synthetic practice.")
    ] = None,
    informed: Annotated[
        bool,
        typer.Option(
            "--informed/--no-informed",
            help="With --truth: the informed learner too; the practice is replayed for it.",
        ),
    ] = True,
    report: Annotated[
        Path | None, typer.Option(help="Where the page goes; else evaluation.html in the home.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Judges model and baselines on the last months, each fitted on what was known before them."""
    from claims.store import Store
    from models.judge import EDITS
    from models.scorer import Terms
    from serving.models import registry_of
    from training.dataset import gather
    from training.evaluate import INFORMED, backtest
    from training.report import document, page
    from training.truth import keys_of, read_truth

    here = settings()
    with Store.open(here.database, here.practice, here.home) as store, steps() as told:
        day = day_of(as_of, store.newest_known_day())
        dataset = gather(
            store, here.policies, day, EDITS, told, registry_of(here).coding(), keep=True
        )
        keys = keys_of(dataset)
        known = read_truth(truth, keys) if truth else None
        peers = {}
        if truth and known is not None and informed:
            from serving.informed import informed_learner

            told("replay", 0, 1)
            peers[INFORMED] = informed_learner(truth, keys, known, lines)
            told("replay", 1, 1)
        terms = Terms(here.rework_cost, here.recoverable_share)
        judged = backtest(dataset, months, terms, truth=known, peers=peers, most=lines, told=told)
        told("intervals", 0, 1)
        columns = store.read_lines(day, ("payer_id", "payer_name"))
        names = dict(zip(columns["payer_id"], columns["payer_name"], strict=True))
        board = _board(dataset, judged, names)
        told("intervals", 1, 1)
    found = document(board, judged, day.isoformat())
    written = report or here.home / f"{NAME}.html"
    written.write_text(page(board, judged, day.isoformat()), encoding="utf-8")
    path = here.home / f"{NAME}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    _track(found, board, written, {"as_of": day, "months": months, "lines": lines or "all"})
    if output is Format.JSON:
        typer.echo(json.dumps(found))
    else:
        _show(board, judged)
        typer.echo(f"The whole report: {written}; as JSON: {path}")


def _board(dataset: "Dataset", judged: "Judged", names: dict[str, str]) -> "Scoreboard":
    """The figures, with groups by payer, discipline and kind of service.

    names: of payers, by payer id.
    """
    import numpy as np

    from claims.claim import Provider
    from claims.codes.procedures import procedure
    from claims.disciplines import discipline_of
    from training.scoreboard import scoreboard

    lines, rows = dataset.table.lines, judged.rows
    people = {client: number for number, client in enumerate(sorted(set(lines.client)))}
    disciplines = [
        discipline_of(
            procedure(code), tuple(modifiers.split()), Provider(taxonomy=of or None), None
        )
        for code, modifiers, of in zip(
            lines.procedure, lines.modifiers, lines.taxonomy, strict=True
        )
    ]
    words: dict[str, list[str]] = {
        "payer": [f"{payer} {names.get(payer, '')}".strip() for payer in lines.payer],
        "discipline": [one or "unknown" for one in disciplines],
        "kind of service": lines.family,
    }
    return scoreboard(
        judged,
        np.array([people[lines.client[row]] for row in rows]),
        {
            kind: np.array([column[row] for row in rows], dtype=object)
            for kind, column in words.items()
        },
    )


def _track(found: dict[str, Any], board: "Scoreboard", page: Path, about: dict[str, Any]) -> None:
    """Logs figures and report to MLflow: sums over many lines, nothing of a patient."""
    from serving.models import registry_of
    from training.report import metrics

    with registry_of(settings()).run("claimwright-evaluate", about) as run:
        run.metrics(metrics(board))
        run.folder.mkdir(parents=True, exist_ok=True)
        (run.folder / f"{NAME}.html").write_text(page.read_text("utf-8"), encoding="utf-8")
        (run.folder / f"{NAME}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


def _show(board: "Scoreboard", judged: "Judged") -> None:
    from rich.console import Console
    from rich.table import Table

    from training.report import AIMS, span

    table = Table("Method", "Log loss", "Calibration error", "ROC-AUC", "Dollars in top 10%", "Gap")
    for name, row in board.methods.items():
        gap = board.against_best.get(f"gap_closed {name}")
        table.add_row(
            name,
            str(row["log_loss"]),
            f"{row['calibration_error'].value:.4f}",
            str(row["roc_auc"]),
            f"{row['dollars_caught_10%'].value:.1%}",
            f"{gap.value:.1%}" if gap else "",
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    console.print(table)
    for key, aim in AIMS.items():
        one = board.against_best.get(key)
        if one:
            console.print(f"{aim.words}: {one.value:.3f} {span(one)} (aim: {aim})")
    console.print(
        f"{len(judged.rows)} lines on {len(judged.first)} claims, {len(board.months)} months, "
        f"against {'outcomes' if judged.truth is None else 'the true probabilities'}."
    )
