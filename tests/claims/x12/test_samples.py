"""Files from outside: every valid one without loss, every malformed one with a clear error."""

import re
from pathlib import Path

import pytest
from pyx12.x12file import X12Reader

from claims.claim import Submission
from claims.files import Kind, kind_of, read
from claims.problem import Problem, Severity
from claims.remittance import ClaimPayment
from claims.x12.segments import cut
from tests.claims.x12 import validator

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "x12"
if not SAMPLES.is_dir():
    pytest.skip("the outside samples are not beside this repository", allow_module_level=True)

MALFORMED = {
    "x12-parser__x12_bad_first_line.txt": ("segment 1 ISA: error", 2),
    "x12-parser__x12_loop_errors3_missing_loops.txt": ("segment 16 CLM", 0),
    "x12-parser__x12_missing_elements.txt": ("segment 31 CLM05-1, claim A37YH667", 1),
    "x12-parser__x12_segment_errors.txt": ("segment 25 SE01", 1),
    "x12-parser__x12_no_isa_line.txt": ("expected an ISA segment here", 0),
}
"""Where the first thing wrong is, and how many good claims there are."""
NO_LINE_NUMBERS = {"hccinfhir__sample_837_11.txt", "hccinfhir__sample_837_12.txt"}
"""They have SV1 without LX, so that pyx12 finds no lines, and raises at the second transaction."""


def manifest() -> dict[str, dict[str, int]]:
    """What an independent bare split finds in each file."""
    found = {}
    for row in (SAMPLES / "MANIFEST.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if len(cells) > 6 and (SAMPLES / cells[0]).is_file():
            found[cells[0]] = {
                name: int(cells[place] or 0)
                for name, place in (("claims", 3), ("lines", 4), ("cas", 5), ("interchanges", 6))
            }
    return found


MANIFEST = manifest()
VALID = sorted(set(MANIFEST) - set(MALFORMED))


def records(name: str) -> list[Submission | ClaimPayment]:
    return [one for one in read(SAMPLES / name) if isinstance(one, Submission | ClaimPayment)]


def errors(name: str) -> list[str]:
    return [
        str(one)
        for one in read(SAMPLES / name)
        if isinstance(one, Problem) and one.severity is Severity.ERROR
    ]


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_each_is_known_for_x12_and_joined_spans_are_the_file(name: str) -> None:
    content = (SAMPLES / name).read_bytes()
    assert kind_of(content) is Kind.X12
    with (SAMPLES / name).open("rb") as file:
        spans = list(cut(file))
    assert b"".join(content[one.start : one.end] for one in spans) == content


@pytest.mark.parametrize("name", VALID)
def test_every_valid_one_is_read_without_loss(name: str) -> None:
    found = records(name)
    assert errors(name) == []
    expected = MANIFEST[name]
    assert len(found) == expected["claims"]
    lines = [len((one.claim if isinstance(one, Submission) else one).lines) for one in found]
    assert sum(lines) == expected["lines"]


@pytest.mark.parametrize("name", VALID)
def test_no_adjustment_is_lost(name: str) -> None:
    text = (SAMPLES / name).read_text(encoding="latin-1")
    element = text[3]
    sent = [
        part
        for segment in re.split(f"[{re.escape(text[105])}\r\n]+", text)
        if segment.startswith("CAS")
        for part in segment.split(element)[2::3]
        if part
    ]
    found = []
    for one in records(name):
        if isinstance(one, ClaimPayment):
            holders = [one, *one.lines]
        else:
            others = [done for line in one.claim.lines for done in line.adjudications]
            holders = [*one.claim.other_payers, *others]
        found += [cas.carc for holder in holders for cas in holder.adjustments]
    assert sorted(found) == sorted(sent)


@pytest.mark.parametrize("name", sorted(set(VALID) - NO_LINE_NUMBERS))
def test_every_valid_one_agrees_with_another_reader(name: str) -> None:
    text = (SAMPLES / name).read_text(encoding="latin-1")
    # Some write ">" between components where their ISA16 says ":"; pyx12 passes those lines over.
    if text[104] == ":":
        text = text.replace(">", ":")
    ours = []
    for one in records(name):
        if isinstance(one, Submission):
            lines = [(line.procedure, line.charge) for line in one.claim.lines]
            claim = one.claim
            ours.append({"claim_id": claim.claim_id, "charge": claim.charge, "lines": lines})
            continue
        ours.append(
            {
                "claim_id": one.claim_id,
                "charge": one.charge,
                "paid": one.paid,
                "adjustments": [(cas.group, cas.carc, cas.amount) for cas in one.adjustments],
                "lines": [
                    (
                        line.procedure,
                        line.charge,
                        line.paid,
                        [(cas.group, cas.carc, cas.amount) for cas in line.adjustments],
                    )
                    for line in one.lines
                ],
            }
        )
    # A hundred of the 820 alike are enough: that reader is slow.
    assert ours[:100] == validator.loops(text, 100)


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_every_malformed_one_names_file_and_place_and_keeps_its_good_claims(name: str) -> None:
    place, good = MALFORMED[name]
    told = errors(name)
    assert told
    assert all(one.startswith(f"{name}:") for one in told)
    assert any(place in one for one in told)
    assert len(records(name)) == good


@pytest.mark.parametrize("name", VALID)
def test_segments_agree_with_pyx12s_bare_reader(name: str) -> None:
    with (SAMPLES / name).open("rb") as file:
        ours = [
            (one.id, (one.elements[2] if len(one.elements) > 2 else "") or None)
            for one in cut(file)
            if one.id
        ]
    with (SAMPLES / name).open(encoding="latin-1") as file:
        theirs = [
            (one.get_seg_id(), one.get_value(f"{one.get_seg_id()}02") or None)
            for one in X12Reader(file)
        ]
    assert ours == theirs
