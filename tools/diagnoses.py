"""Builds `claims/codes/tables/diagnoses.csv.gz` from simple-icd-10-cm: `make diagnoses`.

    python -m tools.diagnoses [--earlier LIST [LIST ...]]

LIST: code lists of earlier releases (the library's `code-list-*.txt`, or CMS's order file), the
oldest first; each named `YYYY-MM-DD=path` by the first day of the release. They tell since when
a code is valid, and which codes are no longer. Without them the days of the table at hand are
kept, and the library's own release is compared with it.
"""

import argparse
import csv
import gzip
import io
import itertools
import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import simple_icd_10_cm

from claims.codes.diagnoses import TABLE

CODE = re.compile(r"^[A-Z][0-9][0-9A-Z]{1,5}$")
ORDER_FILE_LINE = re.compile(r"^\d{5} ([A-Z0-9]{3,7}) +([01]) ")


def leaves(codes: Iterable[str]) -> set[str]:
    """The codes under which no longer one stands: those that may be billed."""
    ordered = sorted(set(codes))
    return {a for a, b in zip(ordered, [*ordered[1:], ""], strict=True) if not b.startswith(a)}


def read_list(path: Path) -> set[str]:
    """The billable codes of a code list or an order file."""
    found: set[str] = set()
    for line in path.read_text(encoding="latin-1").splitlines():
        ordered = ORDER_FILE_LINE.match(line)
        if ordered:
            if ordered[2] == "1":
                found.add(ordered[1])
        elif line.strip():
            code = line.split()[0].replace(".", "")
            if CODE.match(code):
                found.add(code)
    return leaves(found)


def side(title: str, titles: set[str]) -> str:
    """R, L, B, or U where the side is left open though the code's kin tell it."""
    lower = title.lower()
    for word, mark in (("right", "R"), ("left", "L"), ("bilateral", "B")):
        if re.search(rf"\b{word}\b", lower):
            return mark
    for at in re.finditer(r"unspecified ", lower):
        for word in ("right ", "left "):
            if lower[: at.start()] + word + lower[at.end() :] in titles:
                return "U"
    return ""


def main() -> None:
    """Writes the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--earlier", nargs="*", default=[])
    parser.add_argument("--first-day", default="2025-10-01", help="of the library's release")
    asked = parser.parse_args()
    newest = date.fromisoformat(asked.first_day)
    dotted = {c.replace(".", ""): c for c in simple_icd_10_cm.get_all_codes(True)}
    billable = leaves(code for code in dotted if CODE.match(code))
    named = {code: simple_icd_10_cm.get_description(dotted[code]) for code in billable}
    titles = {title.lower() for title in named.values()}
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    if asked.earlier:
        known = [(date.fromisoformat(d), read_list(Path(p))) for d, _, p in
                 (one.partition("=") for one in asked.earlier)]  # fmt: skip
        known.append((newest, billable))
        for (then, before), (since, after) in itertools.pairwise(known):
            # Over several years the first day is not told; left open, it makes no false alarm,
            # as the latest possible last day does not.
            if since - then < timedelta(days=400):
                first.update({code: since.isoformat() for code in after - before})
            ended = (since - timedelta(days=1)).isoformat()
            last.update(dict.fromkeys(before - after, ended))
    else:
        with gzip.open(TABLE, "rt", encoding="utf-8", newline="") as kept:
            at_hand = {row["code"]: row for row in csv.DictReader(kept)}
        first = {code: row["first_day"] for code, row in at_hand.items() if row["first_day"]}
        last = {code: row["last_day"] for code, row in at_hand.items() if row["last_day"]}
        ended = (newest - timedelta(days=1)).isoformat()
        last.update({c: ended for c in at_hand if c not in billable and c not in last})
        first.update({code: newest.isoformat() for code in billable if code not in at_hand})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["code", "unspecified", "side", "first_day", "last_day"])
    for code in sorted(billable | last.keys()):
        title = named.get(code, "")
        unspecified = "u" if re.search(r"\bunspecified\b|\bNOS\b", title, re.I) else ""
        gone = "" if code in billable else last.get(code, "")
        writer.writerow([code, unspecified, side(title, titles), first.get(code, ""), gone])
    with TABLE.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
        packed.write(text.getvalue().encode())


if __name__ == "__main__":
    main()
