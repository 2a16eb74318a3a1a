"""A store made so many times as large: the same practice again and again, with other people.

    python -m benchmarks.enlarged HOME OUT --times 50 [--no-notes]

Making, reading and taking in a practice of a million lines takes hours, and none of it is what a
benchmark of training asks about. So each copy has every row of the practice under numbers of its
own: other claim numbers, member ids and names of notes, and, so that no note is the same as
another, a word more in each text. What was read in a note stands for its copies. Payers, codes,
clinicians, days and answers are the same, so nothing more is to be learned of the larger store than
of the small one: it is for speed alone. SQLite only.
"""

import argparse
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from claims.claim import Claim
from claims.store.engine import open_engine
from claims.store.members import Members, key_at
from features.notes.reader import digest

PRACTICE = "main"
STEP = 10_000_000
"""Between the numbers of one copy and the next; more than any table has rows."""


def _tagged(content: str, tag: str, names: tuple[str, ...]) -> str:
    """JSON with a tag before each of these values."""
    for name in names:
        content = content.replace(f'"{name}":"', f'"{name}":"{tag}')
    return content


class _Copy:
    """What one copy's values are made of."""

    def __init__(self, members: Members, people: dict[str, str], owners: dict[str, str]) -> None:
        self.members = members
        self.people = people
        """A claim's JSON by person key."""
        self.owners = owners
        """A plain member id by member key."""
        self.tag = ""
        self.digests: dict[str, str] = {}
        """By digest of a text: that of the copy's."""

    def claim(self, content: str) -> str:
        return _tagged(content, self.tag, ("claim_id", "member_id", "line_id"))

    def member(self, key: str | None) -> str | None:
        return self.members.member(self.tag + self.owners[key]) if key in self.owners else key

    def person(self, key: str) -> str:
        changed = Claim.model_validate_json(self.claim(self.people[key]))
        return self.members.of_claim(changed)[1]

    def note(self, content: str) -> str:
        values = json.loads(_tagged(content, self.tag, ("id", "claim_id", "member_id")))
        return json.dumps({**values, "text": f"{values['text']} {self.tag}"})

    def text(self, content: str) -> str:
        text = json.loads(content)["text"]
        found = self.digests[digest(text)] = digest(f"{text} {self.tag}")
        return found

    def digest(self, before: str) -> str:
        return self.digests[before]


COPIED = {
    "submissions": {
        "submission_id": "submission_id + :step", "digest": ":tag || digest",
        "claim_id": ":tag || claim_id", "member_key": "new_member(member_key)",
        "person_key": "new_person(person_key)",
    },
    "submission_contents": {
        "submission_id": "submission_id + :step", "content": "new_claim(content)",
    },
    "lines": {"submission_id": "submission_id + :step", "line_id": ":tag || line_id"},
    "claim_payments": {
        "payment_id": "payment_id + :step", "digest": ":tag || digest",
        "claim_id": ":tag || claim_id", "payer_claim_id": ":tag || payer_claim_id",
        "member_key": "new_member(member_key)",
    },
    "payment_contents": {"payment_id": "payment_id + :step", "content": "new_claim(content)"},
    "line_payments": {"payment_id": "payment_id + :step"},
    "claim_matches": {
        "payment_id": "payment_id + :step", "submission_id": "submission_id + :step",
    },
    "line_matches": {
        "payment_id": "payment_id + :step", "submission_id": "submission_id + :step",
    },
    "authorizations": {
        "authorization_id": "authorization_id + :step", "digest": ":tag || digest",
        "member_key": "new_member(member_key)", "content": "new_claim(content)",
    },
    "benefits": {
        "benefit_id": "benefit_id + :step", "digest": ":tag || digest",
        "member_key": "new_member(member_key)", "content": "new_claim(content)",
    },
    "notes": {
        "note_row": "note_row + :step", "note_id": ":tag || note_id", "digest": ":tag || digest",
        "content": "new_note(content)", "text_digest": "new_text(content)",
        "claim_id": ":tag || claim_id", "member_key": "new_member(member_key)",
    },
    "note_facts": {
        "text_digest": "new_digest(text_digest)",
        "facts": "replace(facts, text_digest, new_digest(text_digest))",
    },
}  # fmt: skip
"""By table: the columns that each copy has otherwise."""


def enlarge(home: Path, out: Path, times: int, notes: bool = True) -> None:
    """Writes a home whose store holds the practice of another so many times. notes: theirs too."""
    out.mkdir(parents=True)
    for name in ("claimwright.db", "member.key"):
        shutil.copy(home / name, out / name)
    open_engine(f"sqlite:///{out / 'claimwright.db'}").dispose()  # its schema of today
    with closing(sqlite3.connect(out / "claimwright.db")) as database:
        database.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")
        if not notes:
            database.execute("DELETE FROM notes")
            database.execute("DELETE FROM note_facts")
        copy = _copy(database, out)
        for name, work in (
            ("new_claim", copy.claim), ("new_note", copy.note), ("new_member", copy.member),
            ("new_person", copy.person), ("new_text", copy.text), ("new_digest", copy.digest),
        ):  # fmt: skip
            database.create_function(name, 1, work)
        # What was read of texts that no note has any more has no copy.
        database.execute(
            "DELETE FROM note_facts WHERE text_digest NOT IN (SELECT text_digest FROM notes)"
        )
        for table in COPIED:
            database.execute(f"CREATE TEMP TABLE first_{table} AS SELECT * FROM {table}")  # noqa: S608
        for number in range(1, times):
            copy.tag = f"X{number}X"
            copy.digests.clear()
            for table, changes in COPIED.items():
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
                chosen = ", ".join(changes.get(column, column) for column in columns)
                database.execute(
                    f"INSERT INTO {table} SELECT {chosen} FROM first_{table}",  # noqa: S608
                    {"step": number * STEP, "tag": copy.tag},
                )
            database.commit()
        database.execute("ANALYZE")
        database.commit()


def _copy(database: sqlite3.Connection, home: Path) -> _Copy:
    people, owners = {}, {}
    for person, member, content in database.execute(
        "SELECT person_key, member_key, content FROM submissions JOIN submission_contents "
        "USING (practice_id, submission_id) GROUP BY person_key"
    ):
        people[person] = content
        plain = json.loads(content)["subscriber"].get("member_id")
        if plain:
            owners[member] = plain
    return _Copy(Members(key_at(home), PRACTICE), people, owners)


def main() -> None:
    """Writes one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.enlarged")
    parser.add_argument("home", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--times", type=int, required=True)
    parser.add_argument("--no-notes", action="store_true")
    given = parser.parse_args()
    enlarge(given.home, given.out, given.times, not given.no_notes)


if __name__ == "__main__":
    main()
