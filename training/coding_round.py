"""A practice's own coding model: trained on what was paid, registered, promoted and taken back.

It goes on from the shipped model, with the words that this one knows and no others: nothing that
stands in a practice's notes alone, such as a name, can come into a model file.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from claims.claim import Submission
from claims.clock import now
from claims.note import Note
from claims.problem import ClaimwrightError
from claims.store import Store
from claims.store.outcomes import LINES_A_CLAIM
from models.coding_kind import weigh
from models.coding_words import LearnedKinds, Trees, features, learned_kinds
from models.registry import CHALLENGER, CHAMPION, CODING, PREVIOUS, Registry
from training.coding_calibration import kinds_right, log_loss
from training.coding_examples import Example, corroborated, described, paid
from training.coding_trees import boosted
from training.promote import Decision

Told = Callable[[str, int, int], None]
HELD_OUT = "held_out"
"""Folder in a model's own: the same model fitted without the writers that it is judged on."""
PAID = frozenset({"paid", "patient_responsibility"})
OF_CODING = frozenset({"coding", "bundling"})
"""Reasons of a denial that make a bill no example, whatever else of it was paid."""
LEAST_EXAMPLES = 100
ROUNDS = 20
FORGOTTEN = 0.03
"""Of the hand-written descriptions, how many more may be told wrongly than before."""
PER_WRITER_AT_MOST = 1_500
"""Notes of one writer that are read: more of the same hand teach little."""


@dataclass(frozen=True)
class CodingRound:
    """What a round gave."""

    version: str
    folder: Path
    metrics: Mapping[str, float]
    left_out: Mapping[str, int]
    """Claims that taught nothing, by why."""


def paid_examples(
    store: Store, as_of: date, told: Told = lambda *_: None
) -> tuple[list[Example], Counter[str]]:
    """Examples of a practice's paid claims with one note each, and why others are none.

    A claim teaches where its lines were paid under the codes that were billed, and no line of it
    was denied for its coding. Payers' mistakes stay in: `training.coding_examples.paid` throws
    away what the rules plainly contradict.
    """
    answers = store.read_outcomes(as_of)
    of_line = {
        int(key): (str(outcome), str(category), bool(downcoded))
        for key, outcome, category, downcoded in zip(
            answers["key"], answers["outcome"], answers["category"], answers["downcoded"],
            strict=True,
        )
    }  # fmt: skip
    columns = store.read_lines(as_of, ("procedure",))
    billed: dict[int, list[tuple[str, tuple[str, str, bool] | None]]] = {}
    for key, code in zip(columns["key"], columns["procedure"], strict=True):
        billed.setdefault(int(key) // LINES_A_CLAIM, []).append((str(code), of_line.get(int(key))))
    found: list[Example] = []
    left_out: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for note, codes, writer in _bills(store, as_of, billed, left_out):
        seen[writer] += 1
        if seen[writer] > PER_WRITER_AT_MOST:
            left_out["more of one writer than is read"] += 1
            continue
        one = paid(note, codes, writer)
        if one is None:
            left_out["contradicted by the note, or no kind of service"] += 1
        else:
            found.append(one)
        told("notes", len(found), 0)
    start = learned_kinds()
    kept = corroborated(found, start) if start else found
    left_out["against the model, and of one or two writers alone"] = len(found) - len(kept)
    return kept, left_out


def _bills(
    store: Store,
    as_of: date,
    billed: Mapping[int, Sequence[tuple[str, tuple[str, str, bool] | None]]],
    left_out: Counter[str],
) -> Iterator[tuple[Note, list[str], str]]:
    """Each claim's note, the codes of it that were paid as billed, and who wrote."""
    for sendings in store.read_submissions(as_of):
        notes = store.notes_for([one.submission for one in sendings], known_by=as_of)
        for sending, own in zip(sendings, notes, strict=True):
            lines = billed.get(sending.submission_id, ())
            if len(own) != 1:
                left_out["without one note"] += 1
            elif not any(answer for _, answer in lines):
                left_out["without an answer"] += 1
            elif any(answer and (answer[1] in OF_CODING or answer[2]) for _, answer in lines):
                left_out["denied or changed for its coding"] += 1
            elif codes := [code for code, answer in lines if answer and answer[0] in PAID]:
                yield own[0], codes, _writer(sending.submission, own[0])
            else:
                left_out["not paid"] += 1


def _writer(submission: Submission, note: Note) -> str:
    who = submission.claim.rendering or submission.claim.billing
    return note.rendering_npi or who.npi or "unknown"


def retrained(
    examples: Sequence[Example], start: LearnedKinds, version: str, rounds: int = ROUNDS
) -> LearnedKinds:
    """The model that goes on from another with a practice's own examples."""
    disciplines: dict[str, Trees] = dict(start.disciplines)
    for name, trees in start.disciplines.items():
        own = [one for one in examples if one.note.discipline == name and one.kind in trees.kinds]
        if own:
            names = [list(features(one.reading)) for one in own]
            disciplines[name] = boosted(own, names, trees, rounds)
    return replace(start, version=version, disciplines=disciplines)


def held_apart(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Examples to fit on, and those of other writers to judge on.

    Every fourth writer; of fewer than four, the newest quarter of their notes.
    """
    writers = sorted({one.writer for one in examples})
    if len(writers) < 4:
        by_day = sorted(examples, key=lambda one: one.note.date_of_service or date.min)
        cut = len(by_day) * 3 // 4
        return by_day[:cut], by_day[cut:]
    judged = set(writers[3::4])
    return (
        [one for one in examples if one.writer not in judged],
        [one for one in examples if one.writer in judged],
    )


def train_coding(
    store: Store, registry: Registry, as_of: date, told: Told = lambda *_: None
) -> CodingRound:
    """A new coding challenger from what was paid by `as_of`.

    Raises ClaimwrightError where too little was paid to learn from.
    """
    start = learned_kinds()
    examples, left_out = paid_examples(store, as_of, told)
    if start is None or len(examples) < LEAST_EXAMPLES:
        raise ClaimwrightError(
            f"{len(examples)} paid claims have a note that teaches; at least {LEAST_EXAMPLES} are "
            "needed to train the coding model: ingest notes and remittances"
        )
    fitted_on, judged_on = held_apart(examples)
    told("fit", 0, 1)
    apart = retrained(fitted_on, start, f"{as_of.isoformat()} held out")
    metrics = {
        "examples": float(len(examples)),
        "writers": float(len({one.writer for one in examples})),
        **figures(apart, start, judged_on),
    }
    with registry.run("claimwright-train-coding", {"as_of": as_of.isoformat()}) as run:
        run.metrics(metrics)
        folder = run.folder / "model"
        model = retrained(examples, start, f"{start.version}+{as_of.isoformat()}")
        model.to_disk(folder)
        apart.to_disk(folder / HELD_OUT)
        (folder / "card.md").write_text(_card(as_of, metrics, left_out), encoding="utf-8")
        number = run.register(CODING, folder, CHALLENGER, {"as_of": as_of.isoformat()})
    told("fit", 1, 1)
    return CodingRound(number, folder, metrics, dict(left_out))


def figures(
    model: LearnedKinds, other: LearnedKinds, examples: Sequence[Example]
) -> dict[str, float]:
    """How a model tells kinds of service on examples it has not seen, with another beside it."""
    return {
        "judged_notes": float(len(examples)),
        "kinds_right": kinds_right(model, examples),
        "kinds_right_shipped": kinds_right(other, examples),
        "log_loss": log_loss(model, examples),
        "log_loss_shipped": log_loss(other, examples),
    }


def _card(as_of: date, metrics: Mapping[str, float], left_out: Mapping[str, int]) -> str:
    return "\n".join(
        [
            "# Kinds of service, retrained on a practice's paid notes",
            "",
            f"The shipped model, gone on with what payers had paid by {as_of}. Labels are kinds of "
            "service; codes and units follow from minutes. No word is in it that the shipped "
            "model does not know.",
            "",
            *(f"* {name.replace('_', ' ')}: {value:.4g}" for name, value in metrics.items()),
            *(f"* left out, {why}: {count}" for why, count in left_out.items()),
            "",
        ]
    )


def promote_coding(
    store: Store,
    registry: Registry,
    as_of: date,
    force: str | None,
    log: Path,
    told: Told = lambda *_: None,
) -> tuple[str, Decision]:
    """Compares the coding challenger with what serves, and lets it serve if it is not worse.

    force: a reason to promote without comparing. log: where decisions are written down.
    Raises ClaimwrightError where there is no challenger, or it serves already.
    """
    challenger = registry.version(CODING, CHALLENGER)
    if challenger is None:
        raise ClaimwrightError(
            "there is no coding challenger: run `claimwright train --model coding` first"
        )
    champion = registry.version(CODING, CHAMPION)
    if champion is not None and champion.version == challenger.version:
        raise ClaimwrightError(f"coding version {challenger.version} is the champion already")
    LearnedKinds.from_disk(challenger.folder)
    decision = Decision(True, (), {})
    if force is None:
        before = learned_kinds() if champion is None else None
        if champion is not None:
            before = LearnedKinds.from_disk(champion.folder / HELD_OUT)
        examples, _ = paid_examples(store, as_of, told)
        _, judged = held_apart(examples)
        decision = compare(LearnedKinds.from_disk(challenger.folder / HELD_OUT), before, judged)
    if decision.promoted:
        if champion is not None:
            registry.point(CODING, PREVIOUS, champion.version)
        registry.point(CODING, CHAMPION, challenger.version)
    entry = {
        "model": CODING,
        "challenger": challenger.version,
        "champion": champion.version if champion else None,
        "forced": force,
        "promoted": decision.promoted,
        "reasons": list(decision.reasons),
        "evidence": dict(decision.evidence),
    }
    _write(log, entry)
    registry.tag(CODING, challenger.version, {"decision": json.dumps(entry, sort_keys=True)})
    return challenger.version, decision


def compare(
    model: LearnedKinds, before: LearnedKinds | None, judged: Sequence[Example]
) -> Decision:
    """Whether a model may replace the one before: not surely worse, and nothing forgotten."""
    written = list(described())
    evidence = figures(model, before, judged) if before else {}
    reasons = []
    if before is not None:
        lost = kinds_right(before, written) - kinds_right(model, written)
        worse = np.array([_loss_of(model, one) - _loss_of(before, one) for one in judged])
        error = worse.std() / max(1.0, len(worse)) ** 0.5 if len(worse) else 0.0
        evidence |= {"forgotten": lost, "worse_by": float(worse.mean()) if len(worse) else 0.0}
        if len(worse) and worse.mean() - 1.645 * error > 0:
            reasons.append("it tells kinds of service worse than the one before on other writers")
        if lost > FORGOTTEN:
            reasons.append(f"{lost:.1%} of the hand-written descriptions were forgotten")
    return Decision(not reasons, tuple(reasons), evidence)


def _loss_of(model: LearnedKinds, one: Example) -> float:
    given = dict(weigh(one.reading, one.facts, model).ranked).get(one.kind, 0.0)
    return -float(np.log(max(given, 1e-6)))


def roll_back_coding(registry: Registry, log: Path) -> tuple[str, str]:
    """Lets the coding champion before this one serve again, or the shipped one where none was.

    Returns what serves now and the version that goes.
    Raises ClaimwrightError where nothing was promoted.
    """
    champion = registry.version(CODING, CHAMPION)
    if champion is None:
        raise ClaimwrightError("no coding model was promoted; the shipped one serves")
    previous = registry.version(CODING, PREVIOUS)
    back = "shipped"
    if previous is not None and previous.version != champion.version:
        registry.point(CODING, CHAMPION, previous.version)
        registry.point(CODING, PREVIOUS, champion.version)
        back = previous.version
    else:
        registry.unpoint(CODING, CHAMPION)
    _write(log, {"model": CODING, "rolled_back": champion.version, "champion": back})
    return back, champion.version


def _write(log: Path, entry: Mapping[str, Any]) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"at": now().isoformat(timespec="seconds"), **entry}, sort_keys=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
