"""All edits over many lines, the Context built once: lines a second on one core.

A small synthetic practice is checked over and over, batch by batch as of its own days, with notes
read beforehand and without, so that the edits alone are timed. The peer is the limit of 20,000
lines a second, scaled by nothing: on a busy or slow machine the ratio says so.
"""

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks.edits_quality import answers, items
from benchmarks.row import Row, seconds
from claims.authorization import Authorization, Benefit
from claims.claim import Submission
from claims.context import Context
from claims.edits.check import check
from claims.note import Note, NoteFacts
from claims.policies import policy_book
from features.notes.reader import read as read_note

LIMIT = 20_000
"""Lines a second on one core."""
Case = tuple[Submission, NoteFacts | None, Note | None, Context]


def practice(folder: Path) -> None:
    """A practice to work on."""
    from typer.testing import CliRunner

    from serving.cli import app

    asked = ["synth", str(folder), "--clients", "25", "--months", "2", "--seed", "7"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output


def cases(folder: Path) -> tuple[list[Case], float]:
    """Every claim of a practice with its note, as of its own day; seconds for the Context."""
    claims: list[tuple[date, Submission]] = items(folder / "claims", Submission)
    notes: dict[str | None, Note] = {n.claim_id: n for _, n in items(folder / "notes", Note)}
    granted = items(folder / "authorizations", Authorization)
    benefits = items(folder / "benefits", Benefit)
    answered = list(answers(folder / "remittances"))
    book, _ = policy_book(folder / "policies")
    made: list[Context] = []

    def build() -> None:
        made.append(
            Context.build(
                as_of=max(day for day, _ in claims),
                policies=book,
                claims=claims,
                authorizations=[(one.received or one.start, one) for _, one in granted],
                benefits=benefits,
                answers=answered,
                notes_since={
                    note.payer_id: claims[0][0] for note in notes.values() if note.payer_id
                },
            )
        )

    taken = seconds(build, times=1)
    found: list[Case] = []
    for day, one in claims:
        note = notes.get(one.claim.claim_id)
        facts = read_note(note.text, note.discipline) if note else None
        found.append((one, facts, note, made[0].on(day)))
    return found, taken


def run(size: int) -> list[Row]:
    """Lines a second, with notes and without; Contexts built, in claims a second."""
    with tempfile.TemporaryDirectory() as temporary:
        practice(Path(temporary) / "practice")
        every, building = cases(Path(temporary) / "practice")
    lines = sum(len(case[0].claim.lines) for case in every)
    times = max(1, round(size / lines / 3))

    # A practice that keeps no notes is not told of every claim that one is missing.
    bare = [(one, None, None, replace(then, notes_since={})) for one, _, _, then in every]

    def checked(cases: list[Case]) -> float:
        def work() -> None:
            for _ in range(times):
                for one, facts, note, then in cases:
                    check(one, facts, note, then)

        work()
        return times * lines / seconds(work)

    limit = "the limit"
    return [
        Row("edits without notes", checked(bare), LIMIT, limit, "lines/s", 1.0),
        Row("edits with notes", checked(every), LIMIT, limit, "lines/s", 1.0),
        Row("Context built", len(every) / building, LIMIT, limit, "claims/s"),
    ]
