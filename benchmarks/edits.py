"""All edits over many lines, the Context built once: lines a second on one core.

    python -m benchmarks.edits [--lines N] [--limit LINES_A_SECOND]

A small synthetic practice is checked over and over, batch by batch as of its own days, until N
lines were checked; notes are read beforehand, so that the edits alone are timed. Printed is the
ratio to the limit: 1 and more is fast enough.
"""

import argparse
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter

from benchmarks.edits_quality import answers, items
from claims.authorization import Authorization, Benefit
from claims.claim import Submission
from claims.context import Context
from claims.edits.check import check
from claims.note import Note, NoteFacts
from claims.policies import policy_book
from features.notes.reader import read as read_note


def practice(folder: Path) -> None:
    """A practice to work on."""
    from typer.testing import CliRunner

    from serving.cli import app

    result = CliRunner().invoke(
        app, ["synth", str(folder), "--clients", "60", "--months", "4", "--seed", "7"]
    )
    assert result.exit_code == 0, result.output


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--limit", type=float, default=20_000)
    parser.add_argument("--practice", type=Path, help="instead of a fresh one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.practice or Path(temporary) / "practice"
        if not asked.practice:
            practice(folder)
        claims: list[tuple[date, Submission]] = items(folder / "claims", Submission)
        notes: dict[str | None, Note] = {
            note.claim_id: note for _, note in items(folder / "notes", Note)
        }
        book, _ = policy_book(folder / "policies")
        begun = perf_counter()
        context = Context.build(
            as_of=max(day for day, _ in claims),
            policies=book,
            claims=claims,
            authorizations=(
                (one.received or one.start, one)
                for _, one in items(folder / "authorizations", Authorization)
            ),
            benefits=items(folder / "benefits", Benefit),
            answers=answers(folder / "remittances"),
        )
        print(f"Context of {len(claims)} claims: {perf_counter() - begun:.2f} s, reading included")
        cases: list[tuple[Submission, NoteFacts | None, Note | None, Context]] = []
        for day, one in claims:
            note = notes.get(one.claim.claim_id)
            facts = read_note(note.text, note.discipline) if note else None
            cases.append((one, facts, note, context.on(day)))
        for with_notes in (False, True):
            for case in cases:
                check(*case)
            done = found = 0
            begun = perf_counter()
            while done < asked.lines:
                for one, facts, note, then in cases:
                    if not with_notes:
                        facts = note = None
                    found += len(check(one, facts, note, then))
                    done += len(one.claim.lines)
            seconds = perf_counter() - begun
            speed = done / seconds
            print(
                f"{'with' if with_notes else 'without'} notes: {done} lines in {seconds:.2f} s, "
                f"{speed:,.0f} a second, {found / done:.2f} findings a line; "
                f"ratio to the limit of {asked.limit:,.0f}: {speed / asked.limit:.2f}"
            )


if __name__ == "__main__":
    main()
