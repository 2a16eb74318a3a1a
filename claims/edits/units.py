"""Units: whole, possible, and no more than the note's minutes bear."""

from collections.abc import Mapping

from claims.codes.units import LEAST, UNIT, units_for_all, units_of
from claims.edits.edit import Found, change, hold, line_edit
from claims.edits.view import LineView
from claims.note import UnitRule
from claims.policies.rules import UnitCounting

MANUAL = "Medicare Claims Processing Manual ch. 5 §20.2"
GUIDE = "ASC X12N 005010X222A1, loop 2400 SV1"
ONCE = frozenset(("untimed", "range", "minimum", "level"))
"""Time rules of codes that are billed once a day."""
PART = 4
"""Minutes that bear less than one in so many units billed may be of a part of the session."""
OTHER: dict[UnitRule, UnitRule] = {
    "cms_8_minute": "ama_midpoint",
    "ama_midpoint": "cms_8_minute",
}
NAMES: dict[UnitRule, str] = {
    "cms_8_minute": "the 8-minute rule",
    "ama_midpoint": "the midpoint rule",
}


@line_edit("units.zero", "coding", "error", f"{GUIDE}04", "odd")
def zero(line: LineView) -> Found | None:
    """A line bills at least one unit."""
    if line.units > 0:
        return None
    return Found(
        f"Line {line.number} ({line.code}) bills {line.units:g} units.",
        change("set_units", line.number, f"{line.units:g}", None, "note", "the units given"),
    )


@line_edit("units.fraction", "coding", "error", f"{MANUAL}; {GUIDE}04", "odd")
def fraction(line: LineView) -> Found | None:
    """Therapy is billed in whole units."""
    if line.units == line.units.to_integral_value() or line.units <= 0 or line.procedure is None:
        return None
    return Found(
        f"Line {line.number} ({line.code}) bills {line.units:g} units; only whole ones are paid.",
        change("set_units", line.number, f"{line.units:g}", None, "note", "the whole units given"),
    )


@line_edit("units.minutes", "coding", "error", f"{GUIDE}03: MJ is for anesthesia", "odd")
def minutes(line: LineView) -> Found | None:
    """Therapy is billed in units (UN), not in minutes (MJ)."""
    if line.line.unit != "MJ" or line.procedure is None:
        return None
    return Found(
        f"Line {line.number} ({line.code}) is billed in minutes (MJ); bill units (UN).",
        hold("the units, from the minutes", line.number, "code_set"),
    )


@line_edit(
    "units.untimed",
    "coding",
    "error",
    f"{MANUAL}.B: untimed codes are billed once",
    "several",
    only=lambda line: line.procedure is not None and line.procedure.time_rule in ONCE,
)
def untimed(line: LineView) -> Found | None:
    """A code that time does not count is billed once a day, whatever the time.

    Instruments, areas and levels are not meant. An error for Medicare, elsewhere a warning.
    """
    found = line.procedure
    if found is None or line.units <= 1 or found.per != "day":
        return None
    if found.time_rule not in ONCE:
        return None
    return Found(
        f"Line {line.number}: {line.code} is billed once a day, not {line.units:g} times.",
        change("set_units", line.number, f"{line.units:g}", "1", "code_set"),
        "error" if line.claim.is_medicare else "warning",
    )


def unit_rule(line: LineView) -> UnitRule:
    """How the payer counts units of 15 minutes: by its policy, else as the note's record says."""
    rule = line.rule(UnitCounting)
    if rule is not None:
        return rule.unit_rule
    note = line.claim.note
    return (note.unit_rule if note is not None else None) or "ama_midpoint"


def _told(line: LineView) -> Mapping[str, int]:
    """Minutes by code as the note tells them.

    A behaviour analysis visit of one code is that code's from start to stop: minutes of a part of
    it (a probe, a break) are not taken for the whole.
    """
    facts = line.claim.facts
    if facts is None:
        return {}
    told, whole = facts.session.minutes_by_code, facts.session.minutes
    if whole is None or line.code not in told or not _is_one_analysis(line):
        return told
    return {**told, line.code: max(told[line.code], whole)}


def _is_one_analysis(line: LineView) -> bool:
    """Whether behaviour analysis of one code is all that was billed of the day."""
    found = line.procedure
    alone = not line.siblings
    return alone and found is not None and found.family.startswith("aba_")


def _billed(line: LineView) -> dict[str, int]:
    """Units of the day by code, over all lines of the claim."""
    kept = line.claim.kept
    key = (_billed, line.day)
    found: dict[str, int] | None = kept.get(key)
    if found is None:
        found = kept[key] = {}
        for one in line.claim.lines:
            if one.day == line.day:
                found[one.code] = found.get(one.code, 0) + int(one.units)
    return found


def _is_quarter(line: LineView) -> bool:
    found = line.procedure
    return found is not None and found.time_rule in ("each", "first") and found.minutes == 15


def _supported(line: LineView, told: Mapping[str, int], rule: UnitRule) -> Mapping[str, int]:
    """Units of the day that the minutes bear by a rule, worked out once for all its lines."""
    facts = line.claim.facts
    if facts is None or told is not facts.session.minutes_by_code:
        return units_for_all(told, rule, line.on)
    kept = line.claim.kept
    key = (_supported, line.day, rule)
    if key not in kept:
        kept[key] = units_for_all(told, rule, line.on)
    found: Mapping[str, int] = kept[key]
    return found


def _too_many(
    line: LineView, told: Mapping[str, int], billed: Mapping[str, int], rule: UnitRule
) -> int | None:
    """The units that the minutes bear for the line's code, where more are billed."""
    supported = _supported(line, told, rule)
    bears, bills = supported.get(line.code, 0), billed[line.code]
    if bills <= bears:
        return None
    counted = [code for code in billed if code in told]
    in_all = sum(billed[code] for code in counted) <= sum(supported.get(c, 0) for c in counted)
    if rule == "cms_8_minute" and in_all and bills <= told[line.code] // 15 + 1:
        return None  # the last unit of a tie, or of a remainder, may go to either code
    return bears


@line_edit(
    "units.too_many", "coding", "warning", MANUAL, "note", only=lambda line: _is_quarter(line)
)
def too_many(line: LineView) -> Found | None:
    """More units are billed than the note's minutes bear by the payer's rule.

    By the minutes of each code where the note tells them, else by its total of timed minutes,
    else by the length of the session. Worth knowing, no more, where the only minutes told are so
    few that they may be of a part of it.
    """
    facts = line.claim.facts
    if facts is None or not _is_quarter(line) or line.day != line.claim.lines[0].day:
        return None
    told, billed, rule = _told(line), _billed(line), unit_rule(line)
    if line.code in told:
        bears = _too_many(line, told, billed, rule)
        if bears is None or _by_other_rule(line, told, billed, rule):
            return None
        why = f"{told[line.code]} minutes of {line.code} bear {bears} by {NAMES[rule]}"
        found = _fewer(line, bears, billed, why)
        if _is_one_analysis(line) and _perhaps_a_part(line, told[line.code], billed[line.code]):
            return found._replace(severity="info")
        return found
    timed = facts.session.timed_minutes or facts.session.minutes
    if timed is None or told:
        return None
    quarters = [one for one in line.claim.lines if one.day == line.day and _is_quarter(one)]
    total = sum(int(one.units) for one in quarters)
    most = units_of(timed) if rule == "cms_8_minute" or len(quarters) == 1 else timed // LEAST
    largest = max(quarters, key=lambda one: (one.units, -one.number))
    if total <= most or line is not largest:
        return None  # which line is wrong cannot be told; the largest speaks for all
    bears = max(int(line.units) - (total - most), 0)
    found = _fewer(line, bears, billed, f"the note's {timed} minutes bear {most} in all")
    return found._replace(severity="info") if _perhaps_a_part(line, timed, total) else found


def _fewer(line: LineView, bears: int, billed: Mapping[str, int], why: str) -> Found:
    old = f"{line.units:g}"
    split = billed[line.code] != int(line.units)
    needs = "the units of each line" if split or not bears else None
    message = f"Line {line.number} ({line.code}) bills {billed[line.code]} units; {why}."
    fix = change("set_units", line.number, old, None if needs else str(bears), "note", needs)
    return Found(message, fix)


def _perhaps_a_part(line: LineView, minutes: int, units: int) -> bool:
    """Whether the minutes are so few that they may be of a part of the session alone.

    Where neither start and stop nor the minutes of each service are told, the one number of minutes
    in a note may be a probe's, a break's or an outburst's: it is, mostly, where it bears less than
    a quarter of what is billed.
    """
    facts = line.claim.facts
    clock = facts is not None and facts.session.start is not None
    return not clock and minutes * PART < units * UNIT


def _by_other_rule(
    line: LineView, told: Mapping[str, int], billed: Mapping[str, int], rule: UnitRule
) -> bool:
    """Whether exactly the other unit rule gives what was billed."""
    return _supported(line, told, OTHER[rule]).get(line.code, 0) == billed[line.code]


@line_edit("units.rule", "coding", "warning", MANUAL, "note", only=lambda line: _is_quarter(line))
def other_rule(line: LineView) -> Found | None:
    """The units follow another unit rule than the payer's, and are more than its own gives."""
    facts = line.claim.facts
    if facts is None or not _is_quarter(line) or line.code not in facts.session.minutes_by_code:
        return None
    if line.day != line.claim.lines[0].day:
        return None
    told, billed, rule = _told(line), _billed(line), unit_rule(line)
    bears = _too_many(line, told, billed, rule)
    if bears is None or not _by_other_rule(line, told, billed, rule):
        return None
    source = line.rule(UnitCounting)
    found = _fewer(
        line,
        bears,
        billed,
        f"the payer counts by {NAMES[rule]}, which gives {bears} for {told[line.code]} minutes; "
        f"{NAMES[OTHER[rule]]} was used",
    )
    return found._replace(source=source.cited if source else None)


@line_edit("units.too_few", "coding", "info", MANUAL, "note", only=lambda line: _is_quarter(line))
def too_few(line: LineView) -> Found | None:
    """The note's minutes bear more units than are billed: worth knowing, never changed by us."""
    facts = line.claim.facts
    if facts is None or not _is_quarter(line) or line.code not in facts.session.minutes_by_code:
        return None
    if line.day != line.claim.lines[0].day:
        return None
    told, billed = facts.session.minutes_by_code, _billed(line)
    supported = _supported(line, told, unit_rule(line))
    bears = supported.get(line.code, 0)
    counted = [code for code in billed if code in told]
    if bears <= billed[line.code] or sum(billed[c] for c in counted) >= sum(
        supported.get(c, 0) for c in counted
    ):
        return None
    return Found(
        f"Line {line.number}: {line.code} bills {billed[line.code]} units; the note's minutes bear "
        f"{bears}."
    )
