"""Lookups of policies and codes: each line's rules, its units, its diagnosis.

Aim: the table of diagnoses read in at most half the time of the library it is built from.
"""

import subprocess
import sys
from datetime import date, timedelta

from benchmarks.row import Row, side_by_side
from claims.codes.units import units_by_total_time, units_for_all
from claims.policies import PolicyBook, policy_book
from claims.policies.rules import Telehealth, TimelyFiling, UnitCounting

KNOWN = date(2026, 6, 1)
DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(150)]
MINUTES = {"97110": 24, "97140": 9, "97530": 8}


def _rules_of_lines(book: PolicyBook, lines: int) -> None:
    for number in range(lines):
        policy = book.policy("04412", "MB", on=DAYS[number % len(DAYS)], known=KNOWN)
        policy.find(UnitCounting, "97110", "PT")
        policy.find(TimelyFiling, "97110", "PT")
        policy.find(Telehealth, "97110", "PT", place="11", modifiers=("GP",))


def _all_rules_each_time(book: PolicyBook, lines: int) -> None:
    files = [file for file in book.files if file.head.line_of_business == "medicare"]
    for number in range(lines):
        on = DAYS[number % len(DAYS)]
        for kind in (UnitCounting, TimelyFiling, Telehealth):
            for file in files:
                for rule in file.rules:
                    if type(rule) is kind and rule.applies(on, KNOWN):
                        rule.when.takes_code("97110", "therapeutic_procedure", True, ("PT",))


def _fresh(statement: str) -> float:
    """Seconds that a fresh process reports for a statement, the shortest of three."""
    timed = (
        "import time; begun = time.process_time(); " + statement + "; "
        "print(time.process_time() - begun)"
    )
    runs = [
        float(subprocess.run([sys.executable, "-c", timed], check=True, capture_output=True).stdout)
        for _ in range(3)
    ]
    return min(runs)


def run(size: int) -> list[Row]:
    """Figures for `size` lines."""
    book, _ = policy_book()
    _rules_of_lines(book, len(DAYS))
    ours, peer = side_by_side(
        lambda: _rules_of_lines(book, size), lambda: _all_rules_each_time(book, size)
    )
    total, whole = side_by_side(
        lambda: [units_by_total_time(MINUTES) for _ in range(size)],
        lambda: [units_for_all(MINUTES, "cms_8_minute", KNOWN) for _ in range(size)],
    )
    table = _fresh("from claims.codes.diagnoses import diagnosis; diagnosis('F41.1')")
    library = _fresh("import simple_icd_10_cm as cm; cm.is_leaf('F41.1')")
    return [
        Row(
            "policy and three rules", size / ours, size / peer, "all rules each time", "lines/s", 10
        ),
        Row(
            "units by the table", size / whole, size / total, "the 8-minute rule alone", "visits/s"
        ),
        Row("diagnoses, first lookup", table, library, "simple-icd-10-cm", "s", -0.5),
    ]
