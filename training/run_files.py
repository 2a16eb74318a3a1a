"""What a training run leaves beside its model: card, environment, plots."""

import platform
from importlib.metadata import distributions
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.dataset import Dataset
from training.plots import line_chart
from training.train import Fitted

BINS = 10
STYLE = "<style>text{font:11px sans-serif} .grid{stroke:#ddd} .equal{stroke:#999}</style>"


def environment() -> str:
    """Python, the machine's kind, and every package with its version."""
    packages = sorted({f"{one.name}=={one.version}" for one in distributions()}, key=str.lower)
    head = [f"# Python {platform.python_version()}", f"# {platform.system()} {platform.machine()}"]
    return "\n".join([*head, *packages, ""])


def describe(
    folder: Path, card: str, fitted: Fitted, dataset: Dataset, test: NDArray[np.int64]
) -> None:
    """Writes them into a run's folder. test: the rows that the model is judged on."""
    (folder / "plots").mkdir(parents=True, exist_ok=True)
    (folder / "card.md").write_text(card, encoding="utf-8")
    (folder / "environment.txt").write_text(environment(), encoding="utf-8")
    risk = fitted.model.risks(dataset.table.take(test)).line
    outcome = dataset.answers.denied[test].astype(float)
    order = np.argsort(risk, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    charts = {
        "calibration": line_chart(
            {"newest weeks": [(float(risk[p].mean()), float(outcome[p].mean())) for p in parts]},
            "predicted",
            "denied",
            diagonal=True,
        ),
        "found": line_chart(
            {"newest weeks": _found(risk, outcome * dataset.table.allowed[test])},
            "share of lines, the riskiest first",
            "share of denied dollars",
        ),
    }
    for name, chart in charts.items():
        head, tag, rest = str(chart).partition(">")
        text = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"') + tag + STYLE + rest
        (folder / "plots" / f"{name}.svg").write_text(text, encoding="utf-8")


def _found(risk: NDArray[np.float64], dollars: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Share of the denied dollars on each share of the lines, the riskiest first."""
    sums = np.cumsum(dollars[np.argsort(-risk, kind="stable")])
    if not len(sums) or sums[-1] <= 0:
        return [(0.0, 0.0)]
    places = np.linspace(0, len(sums) - 1, 21).astype(int).tolist()
    return [(0.0, 0.0), *(((at + 1) / len(sums), float(sums[at] / sums[-1])) for at in places)]
