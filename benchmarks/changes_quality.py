"""What drift and `policies suggest` find of a synthetic practice's dated changes, and when.

    python -m benchmarks.changes_quality PRACTICE... [--every 7]

PRACTICE: a folder that `claimwright synth` wrote of a world with dated changes. Its claims,
remittances and policies are taken into a store of their own, and the report is asked for every so
many days as a practice would have had it then.

* Named: an entry of the report names the change's payer, one of its codes and a day within two
  weeks of its own, at the latest six weeks after the first answer to a line that the change moved.
  Counted are changes with 150 answered lines whose probability they moved by 0.05 (truth's
  `change`).
* False alarm: an entry that agrees with no change in payer, code and (within four weeks) day. The
  same scope told again in a later report is the same alarm.
* Suggested: a candidate rule, at the end of the history, 80% of whose lines are in the scope of a
  true change (payer, codes, telehealth, from its day on; where it hangs on something else, the
  lines that it moved). True: a candidate of which that holds.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.edits_quality import wilson
from claims.codes.modifiers import in_group
from claims.store import Store
from claims.store.folders import files_of
from models.scopes import TELEHEALTH_PLACES
from training.answered import Answered
from training.changes import Change
from training.drift import SCORE_LINES, Knowledge, change_entry
from training.suggest import candidates

LEAST_MOVED = 150
SOON = 42
NEAR = 14
SAME_CHANGE = 28
SAME_ALARM = 60
LEAST_RISE = 0.1
OVERLAP = 0.8
AFTERWARDS = 60
"""Days after the last batch until which reports are asked for: later ones hold nothing new."""
WITHOUT_NOTES = ("claims", "remittances", "policies")


@dataclass
class TrueChange:
    """A dated change of the world, and what became of it."""

    id: str
    payer: str
    day: int
    announced: bool
    codes: frozenset[str]
    """Empty: any."""
    moved: int
    """Answered lines whose probability it moved."""
    first_answer: int
    rise: float
    """Of the true probability on the lines that it moved, over the payer's same codes before."""
    rows: NDArray[np.int64]
    """Of the knowledge's lines: those in its scope from its day on."""
    named: int | None = None
    """Day of the first report that names it."""
    since: int | None = None
    suggested: bool = False

    def agrees(self, payer: str, code: str | None, since: int, within: int) -> bool:
        """Whether an entry speaks of this change."""
        return (
            payer == self.payer
            and (not self.codes or code in self.codes)
            and abs(since - self.day) <= within
        )


@dataclass
class Judged:
    """One practice."""

    name: str
    changes: list[TrueChange]
    quarters: float
    alarms: list[str] = field(default_factory=list)
    proposed: list[tuple[str, bool]] = field(default_factory=list)


def taken_in(practice: Path, home: Path, kinds: Sequence[str] = WITHOUT_NOTES) -> Store:
    """A store of some kinds of a practice's files."""
    home.mkdir(parents=True, exist_ok=True)
    store = Store.open(f"sqlite:///{home.resolve() / 'claimwright.db'}", "main", home)
    for file in files_of([practice / kind for kind in kinds if (practice / kind).is_dir()]):
        store.ingest(file)
    return store


def true_changes(practice: Path, knowledge: Knowledge, names: Sequence[Any]) -> list[TrueChange]:
    """The world's changes, told of the practice's lines.

    names: claim id, line and day of submission of each line of the knowledge.
    """
    told = json.loads((practice / "truth" / "parameters.json").read_text(encoding="utf-8"))
    columns = ["claim_id", "line", "submitted", "change", "probability", "settled"]
    truth = parquet.read_table(practice / "truth" / "lines.parquet", columns=columns).to_pydict()
    place = {
        key: row
        for row, key in enumerate(
            zip(truth["claim_id"], truth["line"], truth["submitted"], strict=True)
        )
    }
    at = np.array([place.get(name, -1) for name in names])
    moved_by = np.array([truth["change"][row] if row >= 0 else "" for row in at], dtype=object)
    probability = np.array([truth["probability"][row] if row >= 0 else np.nan for row in at])
    settled = [truth["settled"][row] if row >= 0 else None for row in at]
    lines = knowledge.lines
    remote = np.array(
        [place in TELEHEALTH_PLACES or bool(in_group("telehealth") & set(modifiers.split()))
         for place, modifiers in zip(lines.place, lines.modifiers, strict=True)]
    )  # fmt: skip
    payers, codes = np.array(lines.payer, dtype=object), np.array(lines.procedure, dtype=object)
    found = []
    for one in told["changes"]:
        own = frozenset(code for effect in one["effects"] for code in effect["codes"])
        day = date.fromisoformat(one["effective"]).toordinal()
        moved = moved_by == one["id"]
        answers = [
            date.fromisoformat(settled[row]).toordinal()
            for row in np.flatnonzero(moved)
            if settled[row] is not None
        ]
        if not answers:
            continue
        scope = payers == one["payer"]
        if own:
            scope &= np.isin(codes, list(own))
        touched = scope & np.isin(codes, list(set(codes[moved])))
        before = touched & (lines.service < day) & (lines.service >= day - 180)
        rise = np.nanmean(probability[moved]) - np.nanmean(probability[before])
        when = {effect["when"] for effect in one["effects"]} - {None}
        limited = any(effect[key] for effect in one["effects"] for key in ("plans", "credentials"))
        after = lines.service >= day
        if when == {"telehealth"} and not limited:
            rows = np.flatnonzero(scope & after & remote)
        elif when or limited:
            rows = np.flatnonzero(moved)
        else:
            rows = np.flatnonzero(scope & after)
        found.append(
            TrueChange(
                one["id"], one["payer"], day, one["announced"], own, len(answers), min(answers),
                float(rise), rows,
            )
        )  # fmt: skip
    return found


def findings(
    knowledge: Knowledge, every: int, least: int = SCORE_LINES
) -> Iterator[tuple[int, list[Change], Knowledge]]:
    """What each report would have told: the day, and its changes."""
    submitted = knowledge.lines.submitted
    last = min(knowledge.as_of.toordinal(), int(submitted.max()) + AFTERWARDS)
    steps = (last - int(submitted.min())) // every
    for day in range(last - every * steps, last + 1, every):
        answered = Answered.of(
            knowledge.key, knowledge.lines, knowledge.answers, day + 1, knowledge.authorization
        )
        if len(answered) < least:
            continue
        then = Knowledge(
            date.fromordinal(day), knowledge.key, knowledge.lines, knowledge.answers,
            knowledge.authorization, knowledge.names, knowledge.indicators, knowledge.scored,
            knowledge.policies,
        )  # fmt: skip
        vars(then)["answered"] = answered
        yield day, then.changes, then


def judged(practice: Path, every: int) -> Judged:
    """The figures of one practice."""
    with tempfile.TemporaryDirectory() as folder, taken_in(practice, Path(folder)) as store:
        newest = store.newest_known_day()
        assert newest is not None
        knowledge = Knowledge.of(store, newest)
        told = store.read_lines(newest, ("claim_id", "line", "submitted"))
    names = [
        (str(claim), int(line), str(day)[:10])
        for claim, line, day in zip(told["claim_id"], told["line"], told["submitted"], strict=True)
    ]
    return follow(practice.name, knowledge, true_changes(practice, knowledge, names), every)


def follow(name: str, knowledge: Knowledge, changes: list[TrueChange], every: int) -> Judged:
    """The figures of one practice's reports."""
    row_of = {int(key): row for row, key in enumerate(knowledge.key)}
    done = Judged(name, changes, 0.0)
    alarms: list[tuple[str, str, str, str, int]] = []
    first = last = None
    for day, found, then in findings(knowledge, every):
        first, last = first or day, day
        for one in found:
            entry = change_entry(one, then)
            named = {entry["procedure"], *one.scope.procedures} - {None}
            real = False
            for change in changes:
                named_now = change.agrees(one.scope.payer, entry["procedure"], one.since, NEAR)
                if named_now and change.named is None:
                    change.named, change.since = day, one.since
                real |= any(
                    change.agrees(one.scope.payer, code, one.since, SAME_CHANGE)
                    for code in (named or {None})
                )
            if real:
                continue
            key = (one.scope.payer, one.scope.kind, one.scope.value, one.category, one.since)
            if not any(key[0] == other[0] and key[3] == other[3]
                       and abs(key[4] - other[4]) <= SAME_ALARM for other in alarms):  # fmt: skip
                alarms.append(key)
                done.alarms.append(f"told {date.fromordinal(day)}: {entry['text']}")
    assert first is not None
    assert last is not None
    done.quarters = max(last - first, every) / 91.3
    for candidate in candidates(then):
        rows = {row_of[int(key)] for key in then.answered.key[candidate.change.rows]}
        best = False
        for change in changes:
            if candidate.change.scope.payer != change.payer:
                continue
            share = len(rows & set(change.rows.tolist())) / len(rows)
            if share >= OVERLAP:
                best = change.suggested = True
        done.proposed.append((str(candidate.entry["text"]), best))
    return done


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.changes_quality")
    parser.add_argument("practices", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=7, help="days between two reports")
    given = parser.parse_args()
    shown = Table("Practice", "Change", "Lines", "Rise", "Announced", "Named after", "Day off",
                  "In time", "Suggested")  # fmt: skip
    every: list[TrueChange] = []
    all_judged = []
    for practice in given.practices:
        done = judged(practice, given.every)
        all_judged.append(done)
        for one in done.changes:
            if one.moved >= LEAST_MOVED:
                every.append(one)
            shown.add_row(
                done.name, one.id, str(one.moved), f"{one.rise:+.2f}",
                "yes" if one.announced else "no",
                f"{one.named - one.first_answer} days" if one.named else "never",
                str(one.since - one.day) if one.since else "",
                "yes" if one.named and one.named - one.first_answer <= SOON else "no",
                "yes" if one.suggested else "no",
            )  # fmt: skip
        for alarm in done.alarms:
            print(f"{done.name}: false alarm {alarm}")
        for text, true in done.proposed:
            print(f"{done.name}: {'true' if true else 'UNTRUE'} candidate: {text}")
    Console(width=150).print(shown)
    in_time = sum(bool(one.named and one.named - one.first_answer <= SOON) for one in every)
    large = [one for one in every if one.rise >= LEAST_RISE]
    proposed = [true for done in all_judged for _, true in done.proposed]
    alarms = sum(len(done.alarms) for done in all_judged)
    quarters = sum(done.quarters for done in all_judged)
    print(f"named in time: {in_time} of {len(every)}: {wilson(in_time, len(every))}; aim all")
    for announced in (False, True):
        own = [one for one in every if one.announced is announced]
        hits = sum(bool(one.named and one.named - one.first_answer <= SOON) for one in own)
        print(f"  {'announced' if announced else 'unannounced'}: {hits} of {len(own)}")
    print(f"false alarms: {alarms} in {quarters:.1f} quarters, {alarms / quarters:.2f} each; aim 1")
    hits = sum(one.suggested for one in large)
    print(f"suggested: {hits} of {len(large)}: {wilson(hits, len(large))}; aim 0.75")
    print(f"true candidates: {sum(proposed)} of {len(proposed)}: "
          f"{wilson(sum(proposed), len(proposed))}; aim 0.9")  # fmt: skip
    print("A report that says nothing names none and raises no alarm: the baseline.")


if __name__ == "__main__":
    main()
