"""An evaluation as a document (JSON) and as a page to read (HTML, nothing beside it)."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

from training.evaluate import BASE, BEST, NEW, OURS, Judged
from training.metrics import Interval
from training.plots import line_chart
from training.scoreboard import LARGE_GROUP, LEAST_GROUP, Scoreboard

NOTE_TRUE = "Against the true probabilities: an expectation, without the chance of outcomes."
LINES_SHOWN = (
    ("Log loss", "log_loss"),
    ("Brier score", "brier"),
    ("Calibration error", "calibration_error"),
    ("ROC-AUC", "roc_auc"),
    ("Average precision", "average_precision"),
)
CLAIMS_SHOWN = (
    ("Log loss", "claim_log_loss"),
    ("Calibration error", "claim_calibration_error"),
    ("Dollars, top 5%", "dollars_caught_5%"),
    ("top 10%", "dollars_caught_10%"),
    ("top 20%", "dollars_caught_20%"),
    ("Precision, top 5%", "precision_5%"),
    ("top 10%", "precision_10%"),
    ("top 20%", "precision_20%"),
)


class Aim(NamedTuple):
    """What a figure is called, and what it should be."""

    words: str
    at_least: float | None = None
    at_most: float | None = None

    def met(self, value: float) -> bool | None:
        """Whether the figure is where it should be; None where nothing is asked of it."""
        if self.at_least is not None:
            return value >= self.at_least
        return None if self.at_most is None else value <= self.at_most

    def __str__(self) -> str:
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.at_most is None else f"at most {self.at_most:g}"


AIMS = {
    f"gap_closed {OURS}": Aim("Log loss: part of the way from base rate to best", at_least=0.9),
    "part_of_informed_gain": Aim("Log loss: part of what the informed learner gains", 0.95),
    "dollars_way_10%": Aim("Denied dollars in the top 10% of claims: part of the way", 0.85),
    "reason_hits": Aim("Top reason: hits by those of the best attainable's own", 0.9),
    "reason_hits_without_commonest": Aim("The same without the commonest reason", 0.9),
    "calibration_error_top_decile": Aim("Calibration error in the top decile of risk", None, 0.03),
}
"""Set for 200,000 settled lines; less data is held to nothing, but shown beside them."""


def document(board: Scoreboard, judged: Judged, as_of: str) -> dict[str, Any]:
    """Everything found, as JSON takes it: figures that are not there are null."""
    found = {
        "as_of": as_of,
        "lines": len(judged.rows),
        "claims": len(judged.first),
        "against": "outcomes" if judged.truth is None else "true probabilities",
        "figures": {
            method: {key: _spread(one) for key, one in own.items()}
            for method, own in board.methods.items()
        },
        "against_best": {key: _spread(one) for key, one in board.against_best.items()},
        "aims": {
            key: {"aim": str(aim), "met": aim.met(board.against_best[key].value)}
            for key, aim in AIMS.items()
            if key in board.against_best
        },
        "months": list(board.months),
        "groups": list(board.groups),
        "calibration": {key: list(points) for key, points in board.calibration.items()},
        "worst_calibrated_payer": worst_payer(board),
    }
    without_nan: dict[str, Any] = _finite(found)
    return without_nan


def worst_payer(board: Scoreboard) -> dict[str, Any] | None:
    """The payer of many lines with the largest calibration error; None where none has so many."""
    large = [g for g in board.groups if g["kind"] == "payer" and g["lines"] >= LARGE_GROUP]
    return dict(max(large, key=lambda g: float(g["calibration_error"]))) if large else None


def _spread(one: Interval) -> dict[str, float]:
    return {"value": one.value, "low": one.low, "high": one.high}


def _finite(value: Any) -> Any:
    """NaN and infinity are no JSON."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def metrics(board: Scoreboard) -> dict[str, float]:
    """Ours and the base rate's figures under the names that a tracker takes."""
    found = {
        f"{method}/{key}": one.value
        for method, own in board.methods.items()
        for key, one in own.items()
    } | {key: one.value for key, one in board.against_best.items()}
    return {
        key.replace(" ", "_").replace("%", ""): value
        for key, value in found.items()
        if math.isfinite(value)
    }


def page(board: Scoreboard, judged: Judged, as_of: str) -> str:
    """The report as one HTML page: no script, no file and no address beside it."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    template = jinja2.Environment(loader=loader, autoescape=True).get_template("report.html")
    note = NOTE_TRUE if judged.truth is not None else ""
    return template.render(
        as_of=as_of,
        lines=len(judged.rows),
        claims=len(judged.first),
        against="outcomes" if judged.truth is None else "the true probabilities",
        truth=judged.truth is not None,
        methods=board.methods,
        months=board.months,
        groups=board.groups,
        against_best=list(_beyond(board)),
        tables=[
            ("Lines", note, LINES_SHOWN),
            ("Claims", "Dollars: share of all denied dollars on the claims at the top of each "
             "method's order. Precision: share of them denied.", CLAIMS_SHOWN),
        ],
        charts=_charts(board),
        ours=OURS, base=BASE, best=BEST, least=LEAST_GROUP, new=NEW, number=number, span=span,
    )  # fmt: skip


def _beyond(board: Scoreboard) -> list[dict[str, Any]]:
    rows = []
    for key, one in board.against_best.items():
        aim = AIMS.get(key) or Aim(key.replace("_", " "))
        rows.append(
            {
                "words": aim.words[:1].upper() + aim.words[1:],
                "value": number(one.value),
                "interval": span(one),
                "aim": str(aim),
                "met": aim.met(one.value),
            }
        )
    return rows


def _charts(board: Scoreboard) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for unit, points in board.calibration.items():
        curve = [(point["risk"], point["target"]) for point in points]
        top = min(1.0, math.ceil(10 * max(max(pair) for pair in curve) + 0.5) / 10)
        found.append(
            (
                f"Calibration of {unit}, tenths of equal size",
                line_chart({OURS: curve}, "risk", "denied", diagonal=True, top=top),
            )
        )
    dollars = {
        name: [(0.0, 0.0), *((step / 50, share) for step, share in enumerate(shares, 1))]
        for name, shares in board.dollars.items()
    }
    found.append(
        (
            "Denied dollars caught",
            line_chart(dollars, "claims looked at, each method's order", "dollars caught"),
        )
    )
    return found


def number(value: float) -> str:
    """A figure as the page shows it."""
    return "" if not math.isfinite(value) else f"{value:.4f}" if abs(value) < 1 else f"{value:.3f}"


def span(one: Interval) -> str:
    """Its interval."""
    if not (math.isfinite(one.low) and math.isfinite(one.high)):
        return ""
    return f"[{number(one.low)}, {number(one.high)}]"
