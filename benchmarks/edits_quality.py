"""What the edits find on a synthetic practice, by family, against what its truth says was wrong.

    python -m benchmarks.edits_quality PRACTICE [--weeks N] [--show FAMILY]

PRACTICE: a folder that `claimwright synth` wrote. Each weekly batch is checked as it would have
been on its day: with the notes, authorizations, benefits and remittances of days before, and the
policies known then. A finding counts where it is an error or a warning; `info` is worth knowing,
no more. Printed are, by family, lines with a slip, recall and precision with 95% Wilson
intervals, and errors on lines that truth calls clean and that were paid.
"""

import argparse
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from claims.answers import Answer
from claims.authorization import Authorization, Benefit
from claims.claim import Submission
from claims.context import Context
from claims.edits.check import check, superseded
from claims.files import read
from claims.finding import Finding
from claims.note import Note, NoteFacts
from claims.policies import policy_book
from claims.remittance import ClaimPayment, Remittance
from features.notes.reader import read as read_note


def dated(folder: Path) -> Iterator[tuple[date, Path]]:
    """A folder's files with the day in their names."""
    for path in sorted(folder.iterdir()):
        yield date.fromisoformat(path.name[:10]), path


def items(folder: Path, kind: type) -> list[tuple[date, Any]]:
    """What the files of a folder hold of one kind, with the day on which the practice had it."""
    return [
        (day, one) for day, path in dated(folder) for one in read(path) if isinstance(one, kind)
    ]


def answers(folder: Path) -> Iterator[tuple[date, Answer]]:
    """Every claim payment with its payer."""
    for day, path in dated(folder):
        remittance: Remittance | None = None
        for one in read(path):
            if isinstance(one, Remittance):
                remittance = one
            elif isinstance(one, ClaimPayment) and remittance is not None:
                yield day, Answer.of(remittance.payer.payer_id, remittance.paid_on, one)


def wilson(hits: int, of: int) -> str:
    """A share with its 95% interval."""
    if not of:
        return "-"
    share, z = hits / of, 1.96
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{share:.3f} ({middle - half:.3f} to {middle + half:.3f})"


def family(edit: str) -> str:
    return edit.partition(".")[0]


class Judged:
    """The findings of every line, beside what truth says of it."""

    def __init__(self, practice: Path, weeks: int | None) -> None:
        self.practice = practice
        claims: list[tuple[date, Submission]] = items(practice / "claims", Submission)
        notes: list[tuple[date, Note]] = items(practice / "notes", Note)
        self.notes = {note.claim_id: (day, note) for day, note in notes if note.claim_id}
        by_payer: dict[str, date] = {}
        for day, note in notes:
            if note.payer_id:
                by_payer.setdefault(note.payer_id, day)
        last = max(day for day, _ in claims)
        book, problems = policy_book(practice / "policies")
        for problem in problems:
            print(problem)
        context = Context.build(
            as_of=last,
            policies=book,
            claims=claims,
            authorizations=(
                (one.received or one.start, one)
                for _, one in items(practice / "authorizations", Authorization)
            ),
            benefits=items(practice / "benefits", Benefit),
            answers=answers(practice / "remittances"),
            notes_since=by_payer,
        )
        days = sorted({day for day, _ in claims})[-weeks:] if weeks else None
        self.found: dict[tuple[str, int, str], list[Finding]] = {}
        self.lines: dict[tuple[str, int, str], Any] = {}
        for day, submission in claims:
            if days is not None and day not in days:
                continue
            claim = submission.claim
            known = self.notes.get(claim.claim_id)
            note = known[1] if known and known[0] <= day else None
            facts = self._facts(note)
            found = check(submission, facts, note, context.on(day))
            for line in claim.lines:
                key = (claim.claim_id, line.line, day.isoformat())
                self.lines[key] = line
                self.found[key] = [f for f in found if f.line in (0, line.line)]

    def note_of(self, claim_id: str, submitted: str) -> Note | None:
        """The note of a claim, as held on the day of submission."""
        known = self.notes.get(claim_id)
        return known[1] if known and known[0].isoformat() <= submitted else None

    def _facts(self, note: Note | None) -> NoteFacts | None:
        return read_note(note.text, note.discipline) if note is not None else None


def untold(practice: Path) -> dict[str, set[str]]:
    """By note: the families whose slips the note gives no means to see."""
    found: dict[str, set[str]] = {}
    for row in pq.read_table(practice / "truth" / "notes.parquet").to_pylist():
        elements = json.loads(row["elements"])
        silent = set()
        if not elements.get("session_time"):
            silent.add("time")
        if not elements.get("timed_minutes"):
            silent.add("units")
        found[row["id"]] = silent
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("practice", type=Path)
    parser.add_argument("--weeks", type=int)
    parser.add_argument("--show", default="")
    asked = parser.parse_args()
    judged = Judged(asked.practice, asked.weeks)
    truth = pq.read_table(asked.practice / "truth" / "lines.parquet").to_pylist()
    hits: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    by_edit: dict[str, Counter[str]] = defaultdict(Counter)
    silent = untold(asked.practice)
    denied_there: Counter[str] = Counter()
    clean = errors = unknowable = covered = denied = judged_lines = 0
    for row in truth:
        key = (row["claim_id"], row["line"], row["submitted"])
        if key not in judged.found:
            continue
        findings = judged.found[key]
        judged_lines += row["denied"] is not None
        denied += row["denied"] == 1
        slips = set(row["slips"].split())
        slipped = {family(slip) for slip in slips}
        held = judged.note_of(row["claim_id"], row["submitted"])
        hidden = {"time", "units"} if held is None else silent.get(held.id, set())
        told = [f for f in findings if f.severity != "info"]
        told_families = {f.family for f in told}
        stronger = told_families | {f.edit for f in told}
        # A slip whose cause another finding of the line names already is told by that one.
        same_cause = {family(s) for s in slips if superseded().get(s, frozenset()) & stronger}
        left_out = slipped & (hidden | same_cause)
        unknowable += len(slipped & hidden)
        covered += len(slipped & same_cause - told_families)
        for name in (slipped | told_families) - left_out:
            if name in slipped and name in told_families:
                hits[name] += 1
            elif name in slipped:
                missed[name] += 1
            else:
                wrong[name] += 1
                denied_there[name] += row["denied"] == 1
            if name in asked.show.split(",") and (name in slipped) != (name in told_families):
                kinds = [f"{f.edit}: {f.message}" for f in told if f.family == name]
                line = judged.lines[key]
                print(key, row["payer"], row["procedure"], line.modifiers, line.units,
                      "slips:", row["slips"], "supported:", row["supported"], kinds)  # fmt: skip
        for finding in told:
            right = finding.family in slipped
            by_edit[f"{finding.edit} ({finding.severity})"]["right" if right else "wrong"] += 1
        if not slips and row["denied"] == 0:
            clean += 1
            bad = [f for f in findings if f.severity == "error"]
            errors += bool(bad)
            if bad and "errors" in asked.show.split(","):
                print(key, row["payer"], row["procedure"], [f"{f.edit}: {f.message}" for f in bad])
    print(f"{'family':26} {'slips':>6}  recall{'':22}precision")
    for name in sorted(hits | missed):
        found, lost, false = hits[name], missed[name], wrong[name]
        print(
            f"{name:26} {found + lost:6}  {wilson(found, found + lost):28}"
            f"{wilson(found, found + false)}"
        )
    print(f"slips of time or units of which the note tells nothing, left out: {unknowable}")
    print(f"slips whose cause another finding of the line names, left out: {covered}")
    for name in sorted(wrong.keys() - (hits | missed).keys()):
        print(
            f"{name}: truth has no such slips; {wrong[name]} lines warned of, of which "
            f"{wilson(denied_there[name], wrong[name])} denied; of all lines "
            f"{wilson(denied, judged_lines)}"
        )
    print(f"\nlines without slips that were paid: {clean}; with an error: {errors} "
          f"({1000 * errors / max(clean, 1):.2f} in 1,000)\n")  # fmt: skip
    for name, counts in sorted(by_edit.items()):
        print(f"{name:55} right {counts['right']:6}  wrong {counts['wrong']:6}")


if __name__ == "__main__":
    main()
