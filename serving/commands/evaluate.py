"""`claimwright evaluate`: how good the risk is, on months it had not seen, beside baselines."""

import json
from pathlib import Path
from typing import Annotated

import typer

from serving.cli import app
from serving.commands.train import AsOf, Output, day_of
from serving.output import Format
from serving.progress import steps
from serving.settings import settings


@app.command()
def evaluate(
    as_of: AsOf = None,
    months: Annotated[int, typer.Option(min=1, help="Months judged, the newest settled.")] = 2,
    truth: Annotated[
        Path | None, typer.Option(help="The truth folder of a synthetic practice.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Judges model and baselines on the last months, each fitted on what was known before them."""
    import numpy as np

    from claims.store import Store
    from models.judge import EDITS
    from training.dataset import gather
    from training.evaluate import backtest, by_group, figures, gap_closed, probabilities

    here = settings()
    with Store.open(here.database, here.practice, here.home) as store, steps() as told:
        day = day_of(as_of, store.newest_known_day())
        dataset = gather(store, here.policies, day, EDITS, told)
        known = probabilities(truth, dataset) if truth else None
        if known is not None and not np.isfinite(known[dataset.settled.rows]).all():
            # Lines sent again have no truth of their own: they are learned from, not judged.
            dataset = dataset.without(np.flatnonzero(~np.isfinite(known)))
        judged = backtest(dataset, months, probability=known, told=told)
        found = figures(dataset, judged)
    document = {
        "as_of": day.isoformat(),
        "lines": len(judged.rows),
        "against": "true probabilities" if truth else "outcomes",
        "figures": {
            name: {
                key: {"value": one.value, "low": one.low, "high": one.high}
                for key, one in row.items()
            }
            for name, row in found.items()
        },
        "gap_closed": gap_closed(judged),
        "groups": by_group(dataset, judged),
    }
    path = here.home / "evaluation.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if output is Format.JSON:
        typer.echo(json.dumps(document))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Method", "Log loss", "Calibration error", "ROC-AUC", "Dollars in top 10%", "Gap")
    gaps = document["gap_closed"]
    for name, row in found.items():
        table.add_row(
            name,
            str(row["log_loss"]),
            f"{row['calibration_error'].value:.4f}",
            str(row["roc_auc"]),
            f"{row['dollars_caught_10%'].value:.1%}",
            f"{gaps[name]:.1%}" if isinstance(gaps, dict) else "",
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    console.print(table)
    console.print(f"{len(judged.rows)} lines of {months} months; written to {path.name}.")
