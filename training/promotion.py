"""Promotions and rollbacks: the comparison made, the alias moved, the decision written down."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claims.clock import now
from claims.problem import ClaimwrightError
from claims.store import Store
from models.additive import AdditiveStage
from models.denial import DenialModel
from models.judge import EDITS
from models.registry import CHALLENGER, CHAMPION, DENIAL, PREVIOUS, Registry, Version
from training.challenger import HELD_OUT, parts_of
from training.dataset import Dataset, gather
from training.prior import at_level, digest_of, shipped
from training.promote import Decision, Learned, Trial, decide

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
MOST_LEARNED = 20_000
"""Lines, the newest that a challenger was fitted on, by which it must show that it learned."""
DECISION = "decision"
"""Tag of a version: what was decided about it, as the log has it."""


@dataclass(frozen=True)
class Promotion:
    """What was decided about which version."""

    challenger: str
    champion: str | None
    """The version in place before; None where there was none."""
    decision: Decision
    forced: str | None
    """Why it was promoted without the comparison."""
    proposed: bool = False
    """Whether the decision was only written down, for a person to act on."""

    @property
    def sentence(self) -> str:
        """What happened, in a line."""
        if self.decision.promoted:
            return f"Version {self.challenger} is the champion now."
        return f"Version {self.challenger} was not promoted."

    def as_json(self) -> dict[str, Any]:
        """What the decision log holds."""
        return {
            "at": now().isoformat(timespec="seconds"),
            "challenger": self.challenger,
            "champion": self.champion,
            "forced": self.forced,
            "proposed": self.proposed,
            **asdict(self.decision),
        }


def promote_challenger(
    store: Store,
    registry: Registry,
    own_policies: Path | None,
    as_of: date,
    force: str | None,
    log: Path,
    told: Callable[[str, int, int], None] = lambda *_: None,
    act: bool = True,
) -> Promotion:
    """Compares challenger and champion on the newest settled weeks, and acts on it.

    force: a reason to promote without comparing. log: where decisions are written down.
    act: False to write down what would be decided, and no more.
    Raises ClaimwrightError where there is no challenger, or it is the champion already.
    """
    challenger = registry.version(DENIAL, CHALLENGER)
    if challenger is None:
        raise ClaimwrightError("there is no challenger: run `claimwright train` first")
    champion = registry.version(DENIAL, CHAMPION)
    if champion is not None and champion.version == challenger.version:
        raise ClaimwrightError(
            f"version {challenger.version} is the champion already: train a new challenger first"
        )
    model = DenialModel.load(challenger.folder)
    model.self_test()
    if force is not None:
        decision = Decision(True, (), {})
    else:
        dataset = gather(store, own_policies, as_of, EDITS, told, registry.coding(), keep=True)
        decision = _compare(dataset, DenialModel.load(challenger.folder / HELD_OUT), champion)
    done = Promotion(
        challenger.version, champion.version if champion else None, decision, force, not act
    )
    _write(registry, log, done, challenger)
    if decision.promoted and act:
        if champion is not None:
            registry.point(DENIAL, PREVIOUS, champion.version)
        registry.point(DENIAL, CHAMPION, challenger.version)
    return done


def _compare(dataset: Dataset, model: DenialModel, champion: Version | None) -> Decision:
    _, test = parts_of(dataset)
    trial = trial_of(dataset, test)
    asked = np.concatenate([_earlier(dataset, test), test])
    risk, seconds = _timed(model, dataset, asked)
    prior = shipped()
    around = prior is not None and model.about.get("prior") == digest_of(prior)
    alone, learned = compared_with_prior(dataset, test, risk, prior if around else None)
    if champion is None:
        return decide(None, risk[test], trial, prior=alone, learned=learned)
    # As it was before its own newest weeks were fitted on: it may have seen these lines else.
    old, before = _timed(DenialModel.load(champion.folder / HELD_OUT), dataset, asked)
    return decide(old[test], risk[test], trial, slower=seconds / max(before, 1e-9), learned=learned)


def trial_of(dataset: Dataset, rows: Rows) -> Trial:
    """Some settled rows, for two models to be compared on."""
    table = dataset.table
    return Trial(
        denied=dataset.answers.denied[rows].astype(float),
        dollars=table.allowed[rows],
        claim=table.lines.claim[rows],
        groups={
            "payer": [table.lines.payer[row] for row in rows],
            "kind of service": [table.lines.family[row] for row in rows],
        },
        weight=dataset.weight[rows],
    )


def compared_with_prior(
    dataset: Dataset, test: Rows, risk: Floats, prior: AdditiveStage | None
) -> tuple[Floats | None, Learned]:
    """Risks of the test's lines by the prior that a model was fitted around, its level set by the
    lines before them (None where there is none), and what the model made of the newest of these.

    risk: by line of the table, of the test's lines and the newest before them, by the model.
    """
    earlier = _earlier(dataset, test)
    denied = dataset.answers.denied[earlier].astype(float)
    alone, before = None, np.full(len(earlier), denied.mean())
    if prior is not None:
        raw = prior.log_odds(dataset.table.take(earlier))
        before = at_level(raw, raw, float(denied.mean()))
        alone = at_level(prior.log_odds(dataset.table.take(test)), raw, float(denied.mean()))
    return alone, Learned(denied, dataset.table.lines.claim[earlier], risk[earlier], before)


def _earlier(dataset: Dataset, test: Rows) -> Rows:
    """The newest settled lines that are not the test's, at most MOST_LEARNED."""
    earlier = np.setdiff1d(dataset.settled.rows, test)
    order = np.argsort(dataset.table.lines.submitted[earlier], kind="stable")
    return np.asarray(earlier[order][-MOST_LEARNED:])


def _timed(model: DenialModel, dataset: Dataset, rows: Rows) -> tuple[Floats, float]:
    """Risk by line of the table, of some of its lines (NaN of the others), and the seconds."""
    asked = dataset.table.take(rows)
    risk = np.full(len(dataset.table), np.nan)
    begun = time.perf_counter()
    risk[rows] = model.risks(asked).line
    return risk, time.perf_counter() - begun


def _write(registry: Registry, log: Path, done: Promotion, challenger: Version) -> None:
    entry = json.dumps(done.as_json(), sort_keys=True)
    _append(log, entry)
    registry.tag(DENIAL, challenger.version, {DECISION: entry})


def _append(log: Path, entry: str) -> None:
    """A line more; one that an interruption tore stays a line of its own."""
    log.parent.mkdir(parents=True, exist_ok=True)
    torn = log.exists() and log.stat().st_size > 0 and not log.read_bytes().endswith(b"\n")
    with log.open("a", encoding="utf-8") as file:
        file.write("\n" * torn + entry + "\n")


def roll_back(registry: Registry, log: Path) -> tuple[str, str]:
    """Lets the champion before this one serve again; returns its version and that which goes.

    Raises ClaimwrightError where there is none.
    """
    champion = registry.version(DENIAL, CHAMPION)
    previous = registry.version(DENIAL, PREVIOUS)
    if champion is None or previous is None or previous.version == champion.version:
        raise ClaimwrightError("there is no earlier champion to go back to")
    DenialModel.load(previous.folder).self_test()
    registry.point(DENIAL, CHAMPION, previous.version)
    registry.point(DENIAL, PREVIOUS, champion.version)
    entry = {
        "at": now().isoformat(timespec="seconds"),
        "rolled_back": champion.version,
        "champion": previous.version,
    }
    _append(log, json.dumps(entry, sort_keys=True))
    return previous.version, champion.version
