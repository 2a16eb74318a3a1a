"""Newer CMS files, in the layouts that CMS publishes, stand before the shipped tables."""

import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from claims.codes.importing import import_file
from claims.codes.mue import mue_limit
from claims.codes.ncci import ncci_pair
from claims.codes.relative_values import relative_value
from claims.codes.table import digest, releases, use_home
from claims.problem import ClaimwrightError

PTP = "\n".join(
    [
        "CPT codes, descriptions and other data only are copyright 2026.\t\t\t\t\t\t",
        "\t\t\t\t\t\t",
        "Column1/Column2 Edits\t\t\t\t\t\t",
        "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale",
        "\t\tprior to 1996\tDate\tDate\t0=not allowed\t",
        "\t\t\t\t*=no data\t1=allowed\t",
        "97140\t97530\t\t20270101\t*\t1\tCPT Manual or CMS manual coding instruction",
        "92507\t97129\t\t20200101\t20261231\t1\tMisuse of Column Two code",
        "11042\t97140\t*\t19960101\t*\t1\tStandards of medical practice",
    ]
)
MUE = "\n".join(
    [
        '"CPT codes, descriptions and other data only are copyright.\nAll rights reserved.",,,',
        '"HCPCS/\nCPT Code","Practitioner Services MUE Values","MUE Adjudication Indicator",'
        '"MUE Rationale"',
        '97530,8,"3 Date of Service Edit: Clinical",Clinical: CMS Workgroup',
        '97161,1,"2 Date of Service Edit: Policy",Code Descriptor / CPT Instruction',
        'J0120,1,"1 Line Edit",Prescribing Information',
    ]
)
FEES = "\n".join(
    [
        ",,2027 National Physician Fee Schedule Relative Value File January Release" + "," * 23,
        ",,CPT codes and descriptions only are copyright 2026" + "," * 23,
        ",,,,NOT USED" + "," * 21,
        ",,,,FOR,,,NON-FAC,,FACILITY" + "," * 16,
        ",,,STATUS,MEDICARE,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,"
        "INTRA,POST,MULT,BILAT,ASST,CO-,TEAM,PRIC,ENDO,CONV",
        "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,"
        "IND,DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,IND,BASE,FACTOR",
        "90837,,Psytx w pt 60 minutes,A,,4.00,1.50,,0.80,,0.02,5.52,4.82,0,XXX,0,0,0,0,0,0,0,0,9,,"
        "34.0000",
        "0075T,26,Perq stent,C,,0.00,0.00,,0.00,,0.00,0.00,0.00,1,XXX,0,0,0,0,0,0,0,0,9,,34.0000",
    ]
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    use_home(tmp_path)
    yield tmp_path
    use_home(None)


def test_newer_pairs_come_in_from_their_day(home: Path, tmp_path: Path) -> None:
    before = digest()
    part = tmp_path / "ccipra-v330r0-f2.zip"
    with zipfile.ZipFile(part, "w") as packed:
        packed.writestr("ccipra-v330r0-f2.TXT", PTP)
    (done,) = import_file(part, home)
    assert (done.kind, done.effective, done.read, done.kept) == ("ncci", date(2027, 1, 1), 3, 2)
    assert ncci_pair("97530", "97140", date(2026, 12, 31)) is None
    again = ncci_pair("97530", "97140", date(2027, 1, 1))
    assert again is not None
    assert again.release == "2027Q1"
    assert ncci_pair("92507", "97129", date(2026, 12, 31)) is not None
    assert ncci_pair("92507", "97129", date(2027, 1, 1)) is None
    assert ncci_pair("90837", "90834", date(2027, 1, 1)) is not None
    assert digest() != before


def test_a_limit_holds_from_the_quarter_of_its_release(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "MCR_MUE_PractitionerServices_Eff_01-01-2027.csv"
    file.write_text(MUE)
    (done,) = import_file(file, home)
    assert (done.kind, done.effective, done.kept) == ("mue", date(2027, 1, 1), 2)
    assert mue_limit("97530", date(2026, 12, 31)).units == 6  # type: ignore[union-attr]
    assert mue_limit("97530", date(2027, 1, 1)).units == 8  # type: ignore[union-attr]
    assert mue_limit("97161", date(2027, 1, 1)).absolute  # type: ignore[union-attr]


def test_relative_values_of_a_new_year(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "PPRRVU27_JAN.csv"
    file.write_text(FEES)
    assert relative_value("90837", date(2027, 2, 1)) is None
    (done,) = import_file(file, home)
    assert (done.kind, done.effective, done.kept) == ("relative_values", date(2027, 1, 1), 1)
    value = relative_value("90837", date(2027, 2, 1))
    assert value is not None
    assert value.total == Decimal("5.52")
    assert value.amount() == Decimal("187.68")


def test_the_same_file_twice_changes_nothing_and_parts_add_up(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "ccipra-v330r0-f1.txt"
    file.write_text(PTP)
    first = import_file(file, home)[0].path.read_bytes()
    assert import_file(file, home)[0].path.read_bytes() == first
    more = tmp_path / "ccipra-v330r0-f3.txt"
    more.write_text(PTP.replace("97140\t97530\t\t20270101", "97110\t97530\t\t20270101"))
    import_file(more, home)
    assert ncci_pair("97530", "97140", date(2027, 1, 1)) is not None
    assert ncci_pair("97530", "97110", date(2027, 1, 1)) is not None


def test_a_file_that_is_none_of_them_is_refused(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(ClaimwrightError, match=r"other\.csv: not a CMS file that we know"):
        import_file(file, home)
    file.write_text(MUE)
    with pytest.raises(ClaimwrightError, match="give --effective"):
        import_file(file, home)
    assert import_file(file, home, date(2027, 4, 1))[0].effective == date(2027, 4, 1)
    with pytest.raises(ClaimwrightError, match="cannot be read"):
        import_file(tmp_path / "absent.zip", home)


def test_without_a_home_the_shipped_releases_alone_are_read() -> None:
    assert [one.effective for one in releases("mue")] == [date(2026, 4, 1)]
