"""What a service keeps between requests is never older than its store."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from claims.claim import Submission
from claims.files import day_in_name, read
from claims.store import Store
from serving.kept import Kept

Storing = Callable[[Callable[[Path], bool]], Store]
LATE = date(2100, 1, 1)


def asked(kept: Kept, store: Store, batch: Path) -> tuple[int, int, int]:
    """Lines and answers of the history, and sendings of the context, for a batch's members."""
    submissions = [item for item in read(batch) if isinstance(item, Submission)]
    members = {store.members.of_claim(one.claim)[0] for one in submissions}
    context, history, _ = kept.on(LATE, submissions, members)
    return (
        len(history.lines),
        int((history.answers.denied >= 0).sum()),
        len(context.sent.sendings),
    )


def test_what_came_in_is_seen_by_the_next_request(
    store_of: Storing, practice: Path, tmp_path: Path
) -> None:
    files = sorted((practice / "claims").glob("*.837"))
    first, second, batch = files[4], files[5], files[6]
    store = store_of(lambda file: file == first)
    kept = Kept(store, tmp_path / "policies")
    lines, answers, _ = asked(kept, store, batch)
    assert answers == 0
    assert asked(kept, store, batch)[0] == lines

    store.ingest(second)
    more, _, sendings = asked(kept, store, batch)
    assert more > lines
    assert asked(kept, store, batch)[2] == sendings

    for remittance in sorted((practice / "remittances").glob("*.835"))[:40]:
        store.ingest(remittance)
    assert asked(kept, store, batch)[1] > 0

    state = store.state()
    store.rebuild({second: date(2101, 1, 1)})
    assert store.state() != state
    assert asked(kept, store, batch)[0] == lines


def test_a_policy_file_that_changes_is_read_again(
    store_of: Storing, practice: Path, tmp_path: Path
) -> None:
    batch = min((practice / "claims").glob("*.837"))
    store = store_of(lambda _: False)
    own = tmp_path / "policies"
    kept = Kept(store, own)
    submissions = [item for item in read(batch) if isinstance(item, Submission)]
    day = day_in_name(batch.name) or date.max
    one, *_ = kept.on(day, submissions, set())
    again, *_ = kept.on(day, submissions, set())
    assert again.policies is one.policies
    own.mkdir()
    (own / "own.yaml").write_text("payer: NPLAN\nname: Northern Plan\nrules: []\n")
    changed, *_ = kept.on(day, submissions, set())
    assert changed.policies is not one.policies


def test_a_member_kept_from_before_gives_the_same_context(
    store_of: Storing, practice: Path, tmp_path: Path
) -> None:
    files = sorted((practice / "claims").glob("*.837"))
    store = store_of(lambda file: file.parent.name == "claims" and file < files[8])
    kept = Kept(store, tmp_path / "policies")
    submissions = [item for item in read(files[8]) if isinstance(item, Submission)]
    members = [store.members.of_claim(one.claim)[0] for one in submissions]
    kept.on(LATE, submissions[:1], members[:1])
    warm, *_ = kept.on(LATE, submissions, set(members))
    fresh, *_ = Kept(store, tmp_path / "policies").on(LATE, submissions, set(members))
    assert [one.claim for one in warm.sent.sendings] == [one.claim for one in fresh.sent.sendings]
