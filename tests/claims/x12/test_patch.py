import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claims.claim import Claim, Submission
from claims.context import Context
from claims.edits.check import check, finding_ids
from claims.finding import Finding, Fix
from claims.fixes import Chosen, apply_fixes, choose
from claims.policies import policy_book
from claims.problem import ClaimwrightError
from claims.x12.envelope import Envelope
from claims.x12.reader import read_x12
from claims.x12.segments import cut
from claims.x12.write837 import ClaimBatch, write_claims
from tests.claims.billing import claim
from tests.claims.x12.validator import complaints

DAY = date(2026, 3, 2)
ADDRESS = {"line1": "1 Main St", "city": "Salem", "state": "OR", "postal_code": "973010000"}


def complete(**more: Any) -> Claim:
    """A claim as pyx12 wants it, with addresses."""
    made = claim(**more)
    return made.replace(
        billing=made.billing.replace(address=ADDRESS),
        subscriber=made.subscriber.replace(address=ADDRESS),
    )


def file(*claims: Claim) -> bytes:
    envelope = Envelope(sender="PRACTICE", receiver="HOUSE", day=DAY, interchange=1, group=1)
    batch = ClaimBatch(
        number="0001", day=DAY, claims=list(claims), reference="1", submitter="PRACTICE"
    )
    return write_claims([batch], envelope)


def claims_in(content: bytes) -> list[Claim]:
    return [s.claim for s in read_x12(io.BytesIO(content), "f") if isinstance(s, Submission)]


def chosen(position: int, value: str | None = None, **fix: Any) -> Chosen:
    built = Fix.model_validate({"basis": "policy", "line": 1, **fix})
    finding = Finding(
        edit="charge.zero", category="coding", severity="error", line=1, message="m", source="s",
        fix=built,
    )  # fmt: skip
    return Chosen(f"{position}/1/charge.zero", position, finding, value)


def segments(content: bytes) -> list[bytes]:
    return [content[s.start : s.end] for s in cut(io.BytesIO(content))]


def changed(before: bytes, after: bytes) -> list[str]:
    """The ids of segments that are not in both, in order."""
    old, new = segments(before), segments(after)
    return [one.strip()[:3].decode().strip("*") for one in new if one not in old]


LINES = [
    {"procedure": "97110", "units": 2, "charge": "120.00", "modifiers": ["GP"]},
    {"procedure": "97140", "charge": "60.00", "modifiers": ["GP"]},
]


@pytest.mark.parametrize(
    ("fix", "touched", "field", "value"),
    [
        ({"action": "set_modifiers", "from": "GP", "to": "GP 59"}, ["SV1"], "modifiers",
         ("GP", "59")),
        ({"action": "set_procedure", "from": "97110", "to": "97112"}, ["SV1"], "procedure",
         "97112"),
        ({"action": "set_units", "from": "2", "to": "1"}, ["CLM", "SV1"], "units", Decimal(1)),
        ({"action": "set_place_of_service", "from": "11", "to": "12"}, ["SV1"],
         "place_of_service", "12"),
    ],
)  # fmt: skip
def test_a_change_of_a_line_touches_its_service_segment(
    fix: dict[str, Any], touched: list[str], field: str, value: Any
) -> None:
    before = file(complete(lines=LINES), complete(claim_id="A2"))
    after = apply_fixes(before, [chosen(1, **fix)])
    assert changed(before, after) == touched
    assert getattr(claims_in(after)[0].lines[0], field) == value
    assert claims_in(after)[1] == claims_in(before)[1]
    assert complaints(after) == complaints(before) == []


def test_fewer_units_cost_less() -> None:
    before = file(complete(lines=LINES))
    after = apply_fixes(before, [chosen(1, action="set_units", **{"from": "2"}, to="1")])
    [one] = claims_in(after)
    assert (one.charge, one.lines[0].charge) == (Decimal("120.00"), Decimal("60.00"))


def test_an_authorization_number_that_was_missing_is_put_in_its_place_and_counted() -> None:
    before = file(complete(lines=LINES))
    after = apply_fixes(before, [chosen(1, action="set_authorization", to="AUTH1")])
    assert changed(before, after) == ["REF", "SE"]
    assert claims_in(after)[0].authorization_number == "AUTH1"
    assert complaints(after) == []


def test_lines_may_bear_different_authorizations() -> None:
    before = file(complete(lines=LINES, authorization_number="AUTH1"))
    fix = {"action": "set_authorization", "line": 2, "from": "AUTH1", "to": "AUTH2"}
    after = apply_fixes(before, [chosen(1, **fix)])
    [one] = claims_in(after)
    assert one.authorization_number == "AUTH1"
    assert [line.authorization_number for line in one.lines] == [None, "AUTH2"]
    assert complaints(after) == []


def test_a_diagnosis_is_changed_where_it_stands() -> None:
    before = file(complete(diagnoses=["F41.9", "F32.1"]))
    fix = {"action": "set_diagnosis", "line": 0, "from": "F41.9", "needs": "it"}
    after = apply_fixes(before, [chosen(1, "F41.1", **fix)])
    assert changed(before, after) == ["HI"]
    assert [d.code for d in claims_in(after)[0].diagnoses] == ["F411", "F321"]


def test_another_rendering_provider_comes_with_name_and_taxonomy_from_the_file() -> None:
    other = {"name": "Roe", "first_name": "Al", "npi": "1982736450", "taxonomy": "103TC0700X"}
    before = file(complete(), complete(claim_id="A2", rendering=other))
    fix = {"action": "set_rendering", "from": "1427053198", "to": "1982736450"}
    after = apply_fixes(before, [chosen(1, **fix)])
    assert changed(before, after) == []  # every segment of it stood in the file already
    assert claims_in(after)[0].rendering == claims_in(after)[1].rendering
    assert complaints(after) == []


def test_a_provider_whose_name_nobody_knows_is_refused() -> None:
    before = file(complete())
    fix = {"action": "set_rendering", "from": "1427053198", "to": "1982736450"}
    with pytest.raises(ClaimwrightError, match="name and taxonomy"):
        apply_fixes(before, [chosen(1, **fix)])


def test_a_split_line_gives_its_charge_to_its_parts() -> None:
    before = file(complete(lines=LINES))
    fix = {"action": "split_line", "from": "2", "to": "1 GP; 1 GP CQ"}
    after = apply_fixes(before, [chosen(1, **fix)])
    [one] = claims_in(after)
    told = [(line.line, line.modifiers, line.units, line.charge) for line in one.lines]
    assert told == [
        (1, ("GP",), 1, Decimal("60.00")),
        (2, ("GP",), 1, Decimal("60.00")),
        (3, ("GP", "CQ"), 1, Decimal("60.00")),
    ]
    assert one.charge == Decimal("180.00")
    assert complaints(after) == []


def test_several_fixes_of_one_line_do_not_undo_each_other() -> None:
    before = file(complete(lines=[{"procedure": "97110", "modifiers": ["95"]}]))
    after = apply_fixes(
        before,
        [
            chosen(1, action="set_modifiers", **{"from": "95"}, to="GP 95"),
            chosen(1, action="set_modifiers", **{"from": "95"}, to=""),
        ],
    )
    assert claims_in(after)[0].lines[0].modifiers == ("GP",)


@pytest.mark.parametrize("newline", [b"", b"\n", b"\r\n"])
def test_line_breaks_and_padding_stay(newline: bytes) -> None:
    before = file(complete()).replace(b"\r", b"").replace(b"\n", b"").replace(b"~", b"~" + newline)
    after = apply_fixes(before, [chosen(1, action="set_authorization", to="AUTH1")])
    assert len(after) - len(before) == len(b"REF*G1*AUTH1~") + len(newline)
    assert after.count(b"~") == before.count(b"~") + 1


def test_a_fix_that_needs_a_value_says_which() -> None:
    finding = chosen(1, action="set_authorization", needs="an authorization number").finding
    named = {"1/1/x.y": finding}
    with pytest.raises(ClaimwrightError, match="an authorization number"):
        choose(["1/1/x.y"], named)
    [one] = choose(["1/1/x.y=AUTH7"], named)
    assert one.value == "AUTH7"
    assert choose(["all:error"], named) == []
    with pytest.raises(ClaimwrightError, match="no finding"):
        choose(["2/1/x.y"], named)


def test_a_table_is_not_patched_and_says_so() -> None:
    content = (
        b"claim_id,payer_id,member_id,billing_npi,pos,dx,cpt,charge,units,dos\n"
        b"C1,60054,W1,1999996666,11,M54.51,97161,150,2,2026-02-27\n"
    )
    fix = {"action": "set_units", "from": "2", "to": "1"}
    with pytest.raises(ClaimwrightError, match="change a table's rows where it was made"):
        apply_fixes(content, [chosen(1, **fix)])


def test_findings_are_gone_after_their_fixes() -> None:
    medicare = {"payer_id": "04412", "name": "Medicare"}
    before = file(
        complete(
            payer=medicare,
            filing_indicator="MB",
            rendering={
                "name": "Doe",
                "first_name": "Kim",
                "npi": "1427053198",
                "taxonomy": "225100000X",
            },
            lines=[
                {"procedure": "97110", "units": 2, "charge": "120.00"},
                {"procedure": "97161", "units": 2, "charge": "200.00", "modifiers": ["GP"]},
            ],
        )
    )
    first = findings(before)
    assert {"1/1/modifier.therapy_missing", "1/2/units.untimed"} <= first.keys()
    after = apply_fixes(before, choose(["all:error"], first))
    assert findings(after).keys() < first.keys()
    assert not {"1/1/modifier.therapy_missing", "1/2/units.untimed"} & findings(after).keys()
    assert complaints(after) == []


def findings(content: bytes) -> dict[str, Finding]:
    batch = [s for s in read_x12(io.BytesIO(content), "f") if isinstance(s, Submission)]
    context = Context.build(as_of=DAY, policies=policy_book()[0], batch=batch)
    named: dict[str, Finding] = {}
    for one in batch:
        found = check(one, None, None, context)
        named |= dict(zip(finding_ids(one.source.position, found), found, strict=True))
    return named


SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "x12"


@pytest.mark.skipif(not SAMPLES.exists(), reason="the outside samples are not here")
@pytest.mark.parametrize(
    "name",
    [
        "x12__demo.example1.837",
        "x12-parser__x12_valid_different_separators.txt",
        "x12__demo.cob.example3.B.837",
    ],
)
def test_outside_files_change_in_one_place_only(name: str) -> None:
    before = (SAMPLES / name).read_bytes()
    old = claims_in(before)
    number = old[0].lines[0].line
    after = apply_fixes(
        before, [chosen(1, action="set_modifiers", line=number, to="KX", **{"from": None})]
    )
    assert len(changed(before, after)) == 1
    new = claims_in(after)
    assert new[0].lines[0].modifiers[0] == "KX"
    assert new[1:] == old[1:]
