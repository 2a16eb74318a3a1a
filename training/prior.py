"""The shipped prior: what invented practices taught about denials, for practices with few lines.

It is an additive stage (`models.additive`) without anything of a payer, plan, clinician or client:
weights of what claims, notes, findings and histories say, and of procedures and taxonomies. A
practice's own fit holds its weights around these; as its lines grow in number they decide, and the
prior's say fades. `claimwright train --no-prior` leaves it out.

Rebuilt by `make prior` from synthetic practices:

    python -m training.prior HOME... --out models/weights

each HOME a store of one practice. It must always be judged on other worlds than these.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claims.problem import ClaimwrightError
from features.lines import Lines
from features.table import Table
from models.additive import AdditiveStage
from models.denial import expit
from models.judge import EDITS
from training.additive import Fit
from training.dataset import Dataset, gather_home
from training.spread import Spread

Floats = NDArray[np.float64]
GENERAL: tuple[tuple[str, ...], ...] = (("procedure",), ("taxonomy",), ("diagnosis_code",))
"""Words that mean the same in every practice."""
SHARED = ("procedure", "taxonomy", "diagnosis", "place", "modifiers", "credential", "codes",
          "diagnosis_code", "first")  # fmt: skip
"""Category columns whose words are not a practice's own."""


@cache
def shipped() -> AdditiveStage | None:
    """The prior that comes with the product; None where its files are not there."""
    folder = files("models").joinpath("weights")
    about, weights = folder.joinpath("prior.json"), folder.joinpath("prior.npy")
    if not about.is_file() or not weights.is_file():
        return None
    values = json.loads(about.read_text(encoding="utf-8"))
    return AdditiveStage.of(values, np.load(BytesIO(weights.read_bytes()), allow_pickle=False))


def digest_of(stage: AdditiveStage) -> str:
    """SHA-256 of a prior's weights: which one a model was fitted around."""
    return hashlib.sha256(stage.weights().tobytes()).hexdigest()


def at_level(raw: Floats, earlier: Floats, rate: float) -> Floats:
    """Risks from a prior's log odds, shifted so that earlier lines have their own denial rate.

    raw, earlier: log odds of the lines asked about, and of those whose rate is known.
    """
    low, high = -10.0, 10.0
    for _ in range(50):
        shift = (low + high) / 2
        if float(expit(earlier + shift).mean()) < rate:
            low = shift
        else:
            high = shift
    return expit(raw + shift)


def general(stage: AdditiveStage) -> AdditiveStage:
    """A stage without what belongs to the practices that it was fitted on."""
    crosses: dict[tuple[str, ...], dict[str, int]] = {}
    rows: list[int] = []
    for cross in GENERAL:
        known = stage.crosses.get(cross, {})
        crosses[cross] = {word: len(rows) + place for place, word in enumerate(known)}
        rows += list(known.values())
    return replace(stage, by_payer={}, crosses=crosses, words=stage.words[rows], changes=())


def fit_prior(datasets: Sequence[Dataset]) -> AdditiveStage:
    """The prior of some practices, whose payers, plans and people are kept apart."""
    table = Table(
        Lines.join([one.table.lines for one in datasets]),
        datasets[0].table.names,
        np.vstack([one.table.numbers for one in datasets]),
        {
            name: [
                word if name in SHARED else f"{number}:{word}"
                for number, one in enumerate(datasets)
                for word in one.table.words[name]
            ]
            for name in datasets[0].table.words
        },
        np.concatenate([one.table.allowed for one in datasets]),
    )
    start = np.cumsum([0, *(len(one.table) for one in datasets)])
    rows = np.concatenate([one.settled.rows + s for one, s in zip(datasets, start, strict=False)])
    denied = np.concatenate([one.answers.denied for one in datasets])
    category = np.concatenate([one.answers.category for one in datasets])
    known = np.concatenate([one.answers.known for one in datasets])
    fit = Fit(table, denied, category, rows, Spread(), known=known)
    return general(fit.stage(fit.solve(np.concatenate([one.settled.weight for one in datasets]))))


def save(stage: AdditiveStage, folder: Path, about: dict[str, Any]) -> None:
    """Writes the prior's files and its card."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(stage.as_json() | {"about": about}, indent=None, sort_keys=True)
    (folder / "prior.json").write_text(text + "\n", encoding="utf-8")
    np.save(folder / "prior.npy", stage.weights(), allow_pickle=False)
    card = [
        "# The prior for small practices",
        "",
        "Weights of the additive part of denial risk, fitted on *synthetic* practices; no claim of",
        "a real patient or payer went in. Not for use by itself: a practice's own lines are fitted",
        "around it.",
        "",
        *(f"* {name.replace('_', ' ')}: {value}" for name, value in about.items()),
        "",
    ]
    (folder / "prior.md").write_text("\n".join(card), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Fits the prior on the stores of some homes."""
    parser = argparse.ArgumentParser(prog="python -m training.prior")
    parser.add_argument("homes", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    try:
        datasets = [gather_home(home, None, EDITS) for home in chosen.homes]
    except ClaimwrightError as error:
        parser.error(str(error))
    stage = fit_prior(datasets)
    lines = sum(len(one.settled.rows) for one in datasets)
    save(
        stage,
        chosen.out,
        {
            "practices": ", ".join(home.name for home in chosen.homes),
            "settled_lines": lines,
            "columns": len(stage.scaling.names),
        },
    )


if __name__ == "__main__":
    main()
