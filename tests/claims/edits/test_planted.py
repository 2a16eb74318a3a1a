"""A slip planted in one claim of a file: told as it is, fixed in place, and gone afterwards."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from claims.authorization import Authorization, Benefit
from claims.claim import Submission
from claims.context import Context
from claims.edits.check import check, finding_ids
from claims.finding import Finding
from claims.fixes import apply_fixes, choose
from claims.note import Note, NoteFacts
from claims.policies import policy_book
from claims.x12.envelope import Envelope
from claims.x12.reader import read_x12
from claims.x12.write837 import ClaimBatch, write_claims
from tests.claims.edits.planted import CLEAN, LCSW, PT, SENT, Plant, clean, planted
from tests.claims.x12.validator import complaints

PLANTS = planted()
POLICIES = policy_book()[0]
OTHERS = (
    clean("commercial mental health", "A1", rendering=LCSW, subscriber={"member_id": "NP7654321"}),
    clean("workers' compensation", "C3", rendering=PT, subscriber={"member_id": "NP7654322"}),
)
"""Claims without a fault that stand before and after; their providers are those that fixes name."""


def written(plant: Plant | None, name: str = "") -> bytes:
    """A file of three claims, the second with the slip."""
    change = dict(plant.change) if plant else {}
    middle = clean(plant.base if plant else name, **change)
    claims = [OTHERS[0], middle, OTHERS[1]]
    if plant and plant.given.get("twice") == "batch":
        claims[0] = middle.replace(claim_id="A1")
    envelope = Envelope(sender="PRACTICE", receiver="HOUSE", day=SENT, interchange=1, group=1)
    batch = ClaimBatch(number="0001", day=SENT, claims=claims, reference="1", submitter="P")
    return write_claims([batch], envelope)


def submissions(content: bytes) -> list[Submission]:
    return [s for s in read_x12(io.BytesIO(content), "f.837") if isinstance(s, Submission)]


def findings(content: bytes, plant: Plant | None) -> dict[str, Finding]:
    """Everything that is found in a file, by id, with what was given beside it."""
    given: dict[str, Any] = dict(plant.given) if plant else {}
    batch = submissions(content)
    as_of = date.fromisoformat(given.get("as_of", SENT.isoformat()))
    claim = batch[1].claim
    whose = {"payer_id": claim.payer.payer_id, "member_id": claim.subscriber.member_id}
    earlier = []
    if given.get("twice", "batch") != "batch":
        earlier = [(date.fromisoformat(given["twice"]), again(batch[1]))]
    context = Context.build(
        as_of=as_of,
        policies=POLICIES,
        batch=batch,
        claims=earlier,
        authorizations=[
            (date(2026, 1, 2), Authorization.model_validate({**whose, **AUTHORIZED, **one}))
            for one in given.get("authorizations", ())
        ],
        benefits=[
            (date(2026, 2, 1), Benefit.model_validate({**whose, **TOLD, **one}))
            for one in given.get("benefits", ())
        ],
    )
    found: dict[str, Finding] = {}
    for one in batch:
        facts = note = None
        if one is batch[1] and ("facts" in given or "note" in given):
            facts = NoteFacts.model_validate(
                {"digest": "0" * 64, "reader": "test", **given.get("facts", {})}
            )
            note = Note.model_validate({"id": "n1", "text": "", **given.get("note", {})})
        of_claim = check(one, facts, note, context)
        found |= dict(zip(finding_ids(one.source.position, of_claim), of_claim, strict=True))
    return found


AUTHORIZED = {"authorization_number": "AUTH1", "start": "2026-01-01", "end": "2026-12-31"}
TOLD = {"period_start": "2026-01-01", "as_of": "2026-02-01"}


def again(submission: Submission) -> Submission:
    """The same visit under another number, in an earlier file."""
    source = submission.source.replace(digest="earlier", file="e.837")
    return Submission(claim=submission.claim.replace(claim_id="E9"), submitted=None, source=source)


def grave(found: dict[str, Finding]) -> set[str]:
    return {name for name, finding in found.items() if finding.severity == "error"}


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_is_found_in_a_claim_without_a_fault(name: str) -> None:
    content = written(None, name)
    told = [f for f in findings(content, None).values() if f.severity != "info"]
    assert told == []
    assert complaints(content) == []


@pytest.mark.parametrize("plant", PLANTS, ids=[f"{p.edit}: {p.what}" for p in PLANTS])
def test_a_planted_slip_is_told_fixed_and_gone(plant: Plant) -> None:
    before = written(plant)
    first = findings(before, plant)
    [name] = [n for n, f in first.items() if n.startswith("2/") and f.edit == plant.edit]
    finding = first[name]
    assert (finding.category, finding.severity, finding.line) == (
        plant.category, plant.severity, plant.line,
    )  # fmt: skip
    beside = [f.message for n, f in first.items() if n != name and f.severity != "info"]
    if "as_of" not in plant.given:
        assert beside == []
    fix = finding.fix
    assert (fix.action if fix else None) == plant.action
    if fix is None or fix.action == "hold":
        return
    assert fix.to == plant.to
    assert bool(fix.needs) == (plant.value is not None)
    asked = name if plant.value is None else f"{name}={plant.value}"
    after = apply_fixes(before, choose([asked], first))
    only_the_second_claim_changed(before, after)
    second = findings(after, plant)
    assert not [n for n, f in second.items() if n.startswith("2/") and f.edit == plant.edit]
    assert grave(second) <= grave(first)
    assert complaints(after) == [] or complaints(before)


def only_the_second_claim_changed(before: bytes, after: bytes) -> None:
    old, new = spans(before), spans(after)
    assert [old[0], old[2]] == [new[0], new[2]]
    assert old[1] != new[1]
    tail = -len(old[3])
    assert after.endswith(old[3]) or changed_only_count(old[3], new[3]), tail


def changed_only_count(old: bytes, new: bytes) -> bool:
    """Whether two ends of a file differ in SE01 alone."""
    one, other = old.split(b"~"), new.split(b"~")
    differ = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return all(a.strip().startswith(b"SE*") for a, _ in differ)


def spans(content: bytes) -> list[bytes]:
    """What stands before the second claim, in it, between, and after the last line's last claim."""
    read = submissions(content)
    second, third = read[1].source, read[2].source
    assert second.start is not None
    assert second.end is not None
    assert third.start is not None
    assert third.end is not None
    return [
        content[: second.start],
        content[second.start : second.end],
        content[second.end : third.end],
        content[third.end :],
    ]


FIXED = [plant for plant in PLANTS if plant.action not in (None, "hold")]
STYLES: dict[str, Callable[[bytes], bytes]] = {
    "CRLF after each segment": lambda content: bare(content).replace(b"~", b"~\r\n"),
    "segments end in line feeds": lambda content: bare(content).replace(b"~", b"\n"),
    "other separators": lambda content: content.translate(bytes.maketrans(b"*:~", b"|>\x1c")),
    "one long line": lambda content: bare(content),
}


def bare(content: bytes) -> bytes:
    """Without line breaks."""
    return content.replace(b"\n", b"")


def asked(plant: Plant, found: dict[str, Finding]) -> str:
    [name] = [n for n, f in found.items() if n.startswith("2/") and f.edit == plant.edit]
    return name if plant.value is None else f"{name}={plant.value}"


@pytest.mark.parametrize("plant", FIXED, ids=[f"{p.edit}: {p.what}" for p in FIXED])
def test_a_fix_is_the_same_however_the_file_is_written(plant: Plant) -> None:
    content = written(plant)
    found = findings(content, plant)
    chosen = choose([asked(plant, found)], found)
    fixed = apply_fixes(content, chosen)
    for style, restyle in STYLES.items():
        assert apply_fixes(restyle(content), chosen) == restyle(fixed), style


@pytest.mark.parametrize("plant", FIXED[::6], ids=[p.edit for p in FIXED[::6]])
def test_of_equal_claims_in_several_interchanges_one_is_fixed(plant: Plant) -> None:
    content = written(plant)
    found = findings(content, plant)
    [chosen] = choose([asked(plant, found)], found)
    fixed = apply_fixes(content, [chosen])
    for at in (0, 1):
        mine = chosen._replace(position=chosen.position + 3 * at)
        parts = [content, content]
        parts[at] = fixed
        assert apply_fixes(content + content, [mine]) == b"".join(parts)


def test_of_equal_claims_in_several_transactions_one_is_fixed() -> None:
    """Two transactions with the same claim numbers: SE01 of the changed one alone is other."""
    plant = next(one for one in FIXED if one.edit == "authorization.missing")
    middle = clean(plant.base, "B2", authorization_number=None)
    envelope = Envelope(sender="PRACTICE", receiver="HOUSE", day=SENT, interchange=1, group=1)
    batches = [
        ClaimBatch(number=number, day=SENT, claims=[middle], reference="1", submitter="P")
        for number in ("0001", "0002")
    ]
    content = write_claims(batches, envelope)
    batch = submissions(content)
    context = Context.build(as_of=SENT, policies=POLICIES, batch=batch)
    told = check(batch[1], None, None, context)
    found = dict(zip(finding_ids(2, told), told, strict=True))
    fixed = apply_fixes(content, choose(["2/1/authorization.missing=AUTH1"], found))
    first = batch[0].source
    assert first.end is not None
    assert fixed[: first.end] == content[: first.end]
    assert [s.claim.authorization_number for s in submissions(fixed)] == [None, "AUTH1"]
    old, new = content.split(b"~"), fixed.split(b"~")
    assert len(new) == len(old) + 1
    gone = [one.strip() for one in old if one not in new]
    assert gone == [one.strip() for one in old if one.strip().startswith(b"SE*")][1:]
    assert complaints(fixed) == []
