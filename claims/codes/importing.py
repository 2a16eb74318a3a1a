"""Newer CMS files into the practice's home: NCCI pairs, unit limits, relative values.

CMS publishes zips of text, CSV and Excel files; the text and CSV ones are read, by their header
row, whatever stands above it. Rows of codes that we do not know are left out: a PTP file has
half a million pairs. What is kept lies in the columns of the shipped tables.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from claims.codes.procedures import procedures
from claims.codes.table import ReleaseKind, forget
from claims.problem import ClaimwrightError

COLUMNS: dict[ReleaseKind, tuple[str, ...]] = {
    "ncci": (
        "column_one", "column_two", "effective_date", "deletion_date", "modifier_allowed",
        "rationale", "last_seen_quarter",
    ),
    "mue": ("code", "mue", "adjudication_indicator", "rationale", "setting"),
    "relative_values": (
        "code", "year", "release", "status", "work_rvu", "nonfacility_pe_rvu", "mp_rvu",
        "total_nonfacility_rvu", "pctc_indicator", "multiple_procedure_indicator",
        "conversion_factor",
    ),
}  # fmt: skip
HEADER_WITHIN = 40
"""Lines of licence text that may stand above the header row."""
FIRST_PTP_YEAR = 1994
"""PTP version 32.3 is the fourth quarter of 1994 + 32."""


class Imported(NamedTuple):
    """What one import did."""

    kind: ReleaseKind
    effective: date
    read: int
    """Rows of the file."""
    kept: int
    """Rows of codes that we know."""
    path: Path


def import_file(path: Path, home: Path, effective: date | None = None) -> tuple[Imported, ...]:
    """Reads a CMS file, or every text and CSV file of a zip, into `codes/` of a home folder.

    effective: the first day of the release, where neither name nor content tells it.
    Files of one release (CMS cuts the pairs into four) add up; the same file twice changes
    nothing. Raises ClaimwrightError where nothing in it is a CMS file that we know.
    """
    done = []
    for name, text in _texts(path):
        kind, head, body = _recognise(name, text)
        since = effective or _release_day(kind, name, text)
        if since is None:
            raise ClaimwrightError(
                f"{name}: neither its name nor its first lines tell the quarter; give --effective"
            )
        read, kept = 0, []
        for row in _rows(kind, head, body, name, since):
            read += 1
            if row is not None:
                kept.append(row)
        if not kept:
            raise ClaimwrightError(f"{name}: holds no code that therapists bill")
        target = home / "codes" / f"{kind}_{since.isoformat()}.csv"
        _write(kind, target, kept)
        done.append(Imported(kind, since, read, len(kept), target))
    if not done:
        raise ClaimwrightError(f"{path.name}: a zip without a .txt or .csv file")
    forget()
    return tuple(done)


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    if name.lower().endswith((".txt", ".csv")):
                        yield Path(name).name, packed.read(name).decode("utf-8-sig", "replace")
        else:
            yield path.name, path.read_bytes().decode("utf-8-sig", "replace")
    except (OSError, zipfile.BadZipFile) as error:
        raise ClaimwrightError(f"{path.name} cannot be read: {error}") from None


def _plain(cell: str) -> str:
    return " ".join(cell.split()).lower()


def _recognise(name: str, text: str) -> tuple[ReleaseKind, dict[str, int], Iterator[list[str]]]:
    """The kind of file, the place of each column that we want, and the rows below the header."""
    delimiter = "\t" if text.count("\t", 0, 20_000) > text.count(",", 0, 20_000) else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    above: list[list[str]] = []
    try:
        for row in reader:
            above.append([_plain(cell) for cell in row])
            if found := _header(above):
                return found[0], found[1], reader
            if len(above) > HEADER_WITHIN:
                break
    except csv.Error:
        pass
    raise ClaimwrightError(
        f"{name}: not a CMS file that we know; expected NCCI pairs (Column 1, Column 2, …), "
        "MUE values or the fee schedule's relative values (PPRRVU), as text or CSV"
    )


WANTED: dict[ReleaseKind, dict[str, str]] = {
    "ncci": {
        "column_one": r"^column ?1$", "column_two": r"^column ?2$", "effective_date": "effective",
        "deletion_date": "deletion", "modifier_allowed": "modifier", "rationale": "rationale",
    },
    "mue": {
        "code": r"^hcpcs", "mue": r"mue values?", "adjudication_indicator": "adjudication",
        "rationale": "rationale",
    },
    "relative_values": {
        "code": r"^hcpcs$", "modifier": r"^mod$", "status": r"^status code$",
        "work_rvu": r"^work rvu$", "nonfacility_pe_rvu": r"non-fac pe rvu", "mp_rvu": r"^mp rvu$",
        "total_nonfacility_rvu": r"non-facility total", "pctc_indicator": r"^pctc ind$",
        "multiple_procedure_indicator": r"^mult proc$", "conversion_factor": r"^conv factor$",
    },
}  # fmt: skip
"""Our columns and what CMS heads them with; a row that has all of a kind is its header."""


def _header(above: Sequence[Sequence[str]]) -> tuple[ReleaseKind, dict[str, int]] | None:
    row = above[-1]
    # The fee schedule's names run over several rows: WORK / RVU.
    stacked = [
        " ".join(filter(None, (r[at] if at < len(r) else "" for r in above[-4:])))
        for at in range(len(row))
    ]
    for kind, wanted in WANTED.items():
        names = stacked if kind == "relative_values" else row
        places = {name: _at(names, pattern) for name, pattern in wanted.items()}
        found = {name: at for name, at in places.items() if at is not None}
        if len(found) == len(wanted) and len(set(found.values())) == len(wanted):
            return kind, found
    return None


def _at(cells: Sequence[str], pattern: str) -> int | None:
    return next((at for at, cell in enumerate(cells) if re.search(pattern, cell)), None)


def _rows(
    kind: ReleaseKind, head: dict[str, int], body: Iterable[list[str]], name: str, since: date
) -> Iterator[dict[str, str] | None]:
    """Each row in our columns; None for one of a code that we do not know."""
    known = procedures()
    for cells in body:
        row = {key: cells[at].strip() if at < len(cells) else "" for key, at in head.items()}
        first = row.get("code") or row.get("column_one", "")
        if len(first) != 5:
            continue  # second lines of the header, and notes below the table
        if first not in known or (kind == "ncci" and row.get("column_two") not in known):
            yield None
        elif kind == "ncci":
            yield {
                **row,
                "effective_date": _iso(row["effective_date"]),
                "deletion_date": _iso(row["deletion_date"]),
                "modifier_allowed": row["modifier_allowed"][:1],
                "last_seen_quarter": f"{since.year}Q{(since.month + 2) // 3}",
            }
        elif kind == "mue":
            yield {**row, "setting": "practitioner"} if row["mue"].isdigit() else None
        elif row.pop("modifier") or not _is_decimal(row["work_rvu"]):
            yield None  # the professional or technical part alone
        else:
            yield {**row, "year": str(since.year), "release": Path(name).stem}


def _is_decimal(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True


def _iso(text: str) -> str:
    """CMS writes 20260101, or * for none."""
    if not re.fullmatch(r"\d{8}", text):
        return ""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _release_day(kind: ReleaseKind, name: str, text: str) -> date | None:
    """The first day of the quarter that the file is made for."""
    if found := re.search(r"-v(\d{2})(\d)r\d", name, re.IGNORECASE):
        return date(FIRST_PTP_YEAR + int(found[1]), 3 * int(found[2]) + 1, 1)
    if found := re.search(r"(\d{2}-\d{2}-\d{4})", name):
        try:
            return datetime.strptime(found[1], "%m-%d-%Y").date()  # noqa: DTZ007 - a day, no instant
        except ValueError:
            return None
    if kind == "relative_values":
        top = text[:4000].lower()
        year = re.search(r"(20\d{2}) national physician fee schedule", top)
        month = re.search(r"(jan|apr|jul|oct)\w* release", top)
        if year:
            quarter = ("jan", "apr", "jul", "oct").index(month[1]) if month else 0
            return date(int(year[1]), 3 * quarter + 1, 1)
    return None


def _key(kind: ReleaseKind, row: dict[str, str]) -> tuple[str, ...]:
    if kind == "ncci":
        return row["column_one"], row["column_two"], row["effective_date"]
    return (row["code"],)


def _write(kind: ReleaseKind, target: Path, new: Iterable[dict[str, str]]) -> None:
    """Adds rows to what of the same release is there already, and replaces the file at once."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    if target.exists():
        with target.open(encoding="utf-8", newline="") as kept:
            rows = {_key(kind, row): row for row in csv.DictReader(kept)}
    rows.update({_key(kind, row): row for row in new})
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    with fresh.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS[kind], lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows[key] for key in sorted(rows))
    fresh.replace(target)
