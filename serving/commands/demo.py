"""`claimwright demo`: the whole road on an invented practice, from files to a worklist."""

import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from claims.claim import Submission
from claims.files import day_in_name, read
from claims.problem import ClaimwrightError
from serving.cli import app
from serving.settings import Settings, settings

LINES = 2_400
MONTHS = 12
SEED = 7
SHOWN = 10
MARK = "made-by-claimwright-demo"


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the invented practice goes.")] = Path(
        "claimwright-demo"
    ),
    lines: Annotated[int, typer.Option(min=1000, help="About so many service lines.")] = LINES,
) -> None:
    """Invents a practice, takes its files in, trains, and scores the next batch."""
    from serving.commands.score import worklist

    _fresh(folder)
    home = folder / "home"
    here = settings().model_copy(update={"home": home, "database_url": None, "tracking_url": None})
    _say("1/4  Inventing a practice: people, notes, claims, payers and what they answer …")
    practice = folder / "practice"
    _invent(practice, lines)
    batch = _next_batch(practice)
    day = day_in_name(batch.name) or date.max
    _say(f"2/4  Taking in what the practice had on the morning of {day} …")
    _ingest(practice, batch, day, here)
    _say("3/4  Reading notes, checking claims, training on what payers answered …")
    _train(here, day)
    _say(f"4/4  Scoring the batch of {day} …\n")
    from serving.scoring import Scoring

    scoring = Scoring(here)
    try:
        submissions = [item for item in read(batch) if isinstance(item, Submission)]
        scores = scoring.score(submissions, explain=SHOWN)
    finally:
        scoring.close()
    worklist(scores, SHOWN)
    command = sys.argv[0] if Path(sys.argv[0]).name == "claimwright" else "claimwright"
    typer.echo(
        "\nThe practice is invented; the road is the real one. Try next:\n"
        f"  {command} --home {home} score {batch} --format json --explain 5\n"
        f"  {command} review {practice / 'notes' / (batch.stem + '.jsonl')}\n"
        f"  {command} --home {home} train\n"
    )


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _fresh(folder: Path) -> None:
    """An empty folder; one that an earlier demo made is cleared, any other is left alone."""
    if folder.exists():
        if not (folder / MARK).exists():
            raise ClaimwrightError(f"{folder} is there already and no demo's; name another folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def _invent(practice: Path, lines: int) -> None:
    from data.synthetic.folder import Order, clients_for, write_practice
    from data.synthetic.world import load_world

    world = load_world(Path("default"))
    clients = clients_for(world, lines, MONTHS, SEED)
    write_practice(Order(world, clients, MONTHS, SEED, SEED), practice, 1)


def _next_batch(practice: Path) -> Path:
    return max((practice / "claims").glob("*.837"))


def _ingest(practice: Path, batch: Path, day: date, here: Settings) -> None:
    from claims.store import Store
    from claims.store.folders import files_of
    from serving.progress import steps

    folders = [one for one in sorted(practice.iterdir()) if one.is_dir() and one.name != "truth"]
    files = [
        file
        for file in files_of(folders)
        if file != batch and (day_in_name(file.name) or date.min) <= day
    ]
    with Store.open(here.database, here.practice, here.home) as store, steps() as told:
        for number, file in enumerate(files, start=1):
            store.ingest(file)
            told("files", number, len(files))


def _train(here: Settings, day: date) -> None:
    from claims.store import Store
    from serving.models import registry_of
    from serving.progress import steps
    from training.challenger import train_challenger
    from training.promotion import promote_challenger
    from training.train import Settings as Fitting

    registry = registry_of(here)
    with Store.open(here.database, here.practice, here.home) as store, steps() as told:
        made = train_challenger(store, registry, here.policies, day, Fitting(), told)
        promote_challenger(
            store, registry, here.policies, day, "first model", here.home / "decisions.jsonl", told
        )
    metrics = made.metrics
    _say(
        f"     On its newest settled weeks: ROC-AUC {metrics.get('roc_auc', float('nan')):.2f} "
        f"(payer and code alone {metrics.get('roc_auc_base_rate', float('nan')):.2f}); "
        f"{made.manifest['settled_lines']} settled lines are few: a real practice has more."
    )
