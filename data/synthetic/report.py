"""The figures of a written practice: the world against what is published."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data.synthetic.world import World, load_world

Floats = NDArray[np.float64]
TELEHEALTH = "telehealth share of mental health visits"


class Figure(NamedTuple):
    """One figure of the world, beside the published one."""

    figure: str
    world: float
    published: float | None
    low: float | None
    high: float | None
    source: str

    @property
    def within(self) -> bool | None:
        """Whether the world's figure lies where the world file wants it."""
        if self.low is None or self.high is None:
            return None
        return self.low <= self.world <= self.high


def figures(out: Path) -> list[Figure]:
    """Figures of a practice, those with a published one first. Raises OSError where none is."""
    world = load_world(out / "truth" / "world.yaml")
    rows = pq.read_table(out / "truth" / "lines.parquet").to_pylist()
    found = _figures(world, rows) | {TELEHEALTH: _telehealth(out / "notes")}
    named = {target.figure for target in world.targets}
    report = [
        Figure(t.figure, found.get(t.figure, float("nan")), t.value, t.low, t.high, t.source)
        for t in world.targets
    ]
    return report + [
        Figure(name, value, None, None, None, "")
        for name, value in found.items()
        if name not in named
    ]


def _figures(world: World, rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    kind = {payer.id: payer.type for payer in world.payers}
    answered = [row for row in rows if row["denied"] is not None]
    denied = [row for row in answered if row["denied"]]
    found: dict[str, float] = {
        "lines": float(len(rows)),
        "initial denial rate": _share(len(denied), len(answered)),
        "unanswered share": 1 - _share(len(answered), len(rows)),
    }
    for name in sorted({str(one) for one in kind.values()}):
        of = [row for row in answered if kind[row["payer"]] == name]
        found[f"initial denial rate {name}"] = _share(sum(row["denied"] for row in of), len(of))
        found[f"median days to pay {name}"] = _days(of)
    reasons = Counter(row["category"] or "unnamed" for row in denied)
    for name, count in reasons.most_common():
        found[f"share of denials {name}"] = _share(count, len(denied))
    both = reasons["coding"] + reasons["provider"]
    found["share of denials coding and provider data"] = _share(both, len(denied))
    codes = Counter(row["procedure"] for row in rows)
    for code in ("90837", "90832"):
        found[f"{code} per 90834"] = _share(codes[code], codes["90834"])
    truth = _auc(
        np.array([row["probability"] for row in answered]),
        np.array([row["denied"] for row in answered]),
    )
    found["best attainable ROC-AUC"] = truth
    found["lines with a slip"] = _share(sum(bool(row["slips"]) for row in rows), len(rows))
    found["lines moved by a change"] = _share(sum(bool(row["change"]) for row in rows), len(rows))
    found["unannounced lines"] = _share(sum(row["unannounced"] for row in rows), len(rows))
    return found


def _telehealth(notes: Path) -> float:
    """Share of mental-health notes whose visit was at a distance."""
    places = Counter[bool]()
    for path in sorted(notes.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                note = json.loads(line)
                if note["discipline"] == "MH":
                    places[note["place_of_service"] in ("02", "10")] += 1
    return _share(places[True], places.total())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _days(rows: Sequence[Mapping[str, Any]]) -> float:
    taken = [
        (date.fromisoformat(row["settled"]) - date.fromisoformat(row["submitted"])).days
        for row in rows
        if not row["denied"]
    ]
    return float(np.median(taken)) if taken else float("nan")


def _auc(score: Floats, outcome: NDArray[np.int64]) -> float:
    order = np.argsort(score, kind="stable")
    _, place, count = np.unique(score[order], return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    hits = outcome[order] == 1
    n, m = hits.sum(), (~hits).sum()
    return float((rank[hits].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float("nan")
