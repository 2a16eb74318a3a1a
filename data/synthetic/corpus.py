"""Notes with their truth, drawn without a world: for training and judging note reading.

    python -m data.synthetic.corpus OUT --notes 5000 --seed 1 [--held-out] [--discipline PT]

writes OUT/notes.jsonl (what `claimwright review` takes) and OUT/truth.jsonl, line by line.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from claims.note import Discipline, Note, UnitRule
from data.synthetic.bank import Bank, read_bank
from data.synthetic.casting import DISCIPLINES, draw_visit
from data.synthetic.deserved import codes_of
from data.synthetic.visit import Visit, WrittenNote
from data.synthetic.voice import Voice, read_voices
from data.synthetic.writing import speaker

_COPIES = 0.06
"""Of all notes, how many are copied forward from the writer's earlier one."""
_LEVELS = ("99212", "99213", "99213", "99214", "99214", "99215")


def corpus(
    notes: int,
    seed: int,
    held_out: bool = False,
    discipline: Discipline | None = None,
    bank: Bank | None = None,
    voices: dict[str, Voice] | None = None,
) -> Iterator[tuple[Note, WrittenNote, Visit]]:
    """So many notes with their truth and the visit behind each, the same for the same seed.

    held_out: by the held-out voices alone; otherwise by all others.
    """
    bank = bank or read_bank()
    cast = [
        voice
        for voice in (voices or read_voices()).values()
        if voice.held_out is held_out and discipline in (None, voice.discipline)
    ]
    by_discipline = {
        kind: [voice for voice in cast if voice.discipline == kind] for kind in DISCIPLINES
    }
    kinds = [kind for kind, some in by_discipline.items() if some]
    rng = Random(f"{seed}/{held_out}/{discipline or 'all'}")
    earlier: dict[str, tuple[int, Visit, Note]] = {}
    for number in range(notes):
        voice = rng.choice(by_discipline[rng.choice(kinds)])
        own = rng.randrange(1 << 40)
        if voice.name in earlier and rng.random() < _COPIES:
            source, visit, note = earlier.pop(voice.name)
            visit = copied(visit, source, number, rng)
            rule = note.unit_rule or "ama_midpoint"
        else:
            visit = draw_visit(number, voice, bank, rng)
            rule = "cms_8_minute" if rng.random() < 0.4 else "ama_midpoint"
        visit = visit.replace(codes=codes_of(visit, rule, rng.choice(_LEVELS)))
        written = speaker(voice, bank).write(visit, Random(own))
        note = _note(visit, written, rule)
        if visit.copied_from is None and visit.status == "held":
            earlier[voice.name] = (own, visit, note)
        yield note, written, visit


def copied(visit: Visit, source: int, number: int, rng: Random) -> Visit:
    """The next visit of the same client, whose note is copied from the note with that seed."""
    changes: dict[str, object] = {
        "id": f"v{number}",
        "copied_from": source,
        "visit_number": visit.visit_number + 1,
        "date_of_service": visit.date_of_service.replace(
            day=1 + (visit.date_of_service.day + 6) % 28
        ),
    }
    if visit.start and visit.stop and visit.discipline == "MH" and not visit.activities:
        later = rng.choice((-20, -10, 0, 5, 30))
        for key in ("start", "stop"):
            clock = getattr(visit, key)
            minutes = max(0, min(1439, 60 * int(clock[:2]) + int(clock[3:]) + later))
            changes[key] = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return visit.replace(**changes)


def _note(visit: Visit, written: WrittenNote, rule: UnitRule) -> Note:
    place = visit.place_of_service
    if place is None:
        place = (
            ("10" if visit.telehealth.client_location == "home" else "02")
            if (visit.telehealth)
            else "11"
        )
    return Note(
        id=visit.id,
        text=written.text,
        discipline=visit.discipline,
        date_of_service=visit.date_of_service,
        credential=visit.writer.credential,
        payer_type="medicare" if rule == "cms_8_minute" else "commercial",
        unit_rule=rule,
        place_of_service=place,
        diagnosis_on_claim=(visit.diagnosis.code,),
        age=visit.client.age,
        visit_number=visit.visit_number,
    )


def main(arguments: list[str] | None = None) -> int:
    """Write a corpus into a folder; returns the exit status."""
    parser = argparse.ArgumentParser(description="Invented notes with their truth.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--notes", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--held-out", action="store_true", help="by the held-out voices alone")
    parser.add_argument("--discipline", choices=DISCIPLINES)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    with (
        (options.out / "notes.jsonl").open("w", encoding="utf-8") as notes,
        (options.out / "truth.jsonl").open("w", encoding="utf-8") as truths,
    ):
        for note, written, _ in corpus(
            options.notes, options.seed, options.held_out, options.discipline
        ):
            notes.write(note.model_dump_json(exclude_none=True) + "\n")
            truth = written.model_dump_json(exclude={"text"})
            truths.write(f'{{"id":"{note.id}",{truth[1:]}\n')
    return 0


if __name__ == "__main__":
    sys.exit(main())
