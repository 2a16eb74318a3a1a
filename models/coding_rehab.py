"""Bills of occupational, physical and speech-language therapy."""

import re
from collections.abc import Mapping
from functools import cache

from claims.codes.procedures import procedures
from claims.codes.units import UNIT, AssistantSplit, assistant_split, units_for_all
from claims.note import Note, NoteFacts, UnitRule
from features.notes.durations import durations
from models.coding_kind import Kinds
from models.coding_lines import Bill, Line, Refusal
from models.coding_minutes import only_duration
from models.coding_reading import MODALITY, Reading, credential_role, credentials_of, load

LEAST_OF_A_UNIT = 8
"""Minutes. Medicare Claims Processing Manual ch. 5 §20.2.C."""
COGNITION = ("97129", "97130")
NO_MINUTES = Refusal(
    "time_missing",
    "No minutes are told for any timed service, so no timed unit is supported; "
    "add the minutes of each activity and their total.",
)
BESIDE_EACH_OTHER = ("timed", "evaluation", "reevaluation", "group_rehab")
"""Kinds that stand side by side in one visit; an evaluation leads where there is one."""
NAMED_AGAIN = 2.0
"""Log odds by the rules from which a re-evaluation that is named was one, whatever the model
holds: the words of evaluations are the same."""
GROUP_BESIDE = 1.5
"""Log odds by the rules from which a group is billed beside what was done alone."""
RULE_NAME = {"cms_8_minute": "the 8-minute rule", "ama_midpoint": "the midpoint rule"}


@cache
def timed_codes() -> frozenset[str]:
    """Codes counted in 15 minutes that share one pool of timed minutes."""
    return frozenset(code for code, rows in procedures().items() if rows[0].pool)


def treatment(
    facts: NoteFacts, note: Note | None, reading: Reading, kinds: Kinds, rule: UnitRule
) -> Bill:
    """An evaluation, timed services, a group and modalities, as far as the note has each."""
    evaluated, unclear = evaluation(facts, note, reading, kinds)
    group = kinds.of("group_rehab") > 0.5 or kinds.ruled.get("group_rehab", -1.0) > GROUP_BESIDE
    minutes, doubts = timed_minutes(facts, reading, only=not evaluated and not group)
    unclear += doubts
    timed, refused = timed_lines(facts, note, minutes, rule)
    lines = [*evaluated, *timed]
    if group:
        lines.append(Line("97150", 1, "Group therapy is told; it is counted once a day: 97150."))
    lines += modalities(facts, note, reading, alone=not lines)
    refusal = None
    if not lines:
        refusal = NO_MINUTES
        whole = facts.session.minutes
        if minutes or (whole is not None and whole < LEAST_OF_A_UNIT):
            told = sum(minutes.values()) if minutes else whole
            refusal = Refusal(
                "too_short",
                f"{told} timed minutes are told; the least for a unit is {LEAST_OF_A_UNIT}.",
            )
    return Bill(tuple(lines), refusal, tuple(refused), tuple(unclear))


def evaluation(
    facts: NoteFacts, note: Note | None, reading: Reading, kinds: Kinds
) -> tuple[list[Line], list[str]]:
    """The evaluation's line, and what is unclear about its level."""
    del note
    discipline = reading.discipline
    codes = load("codes")["complexity"].get(discipline)
    if codes is None:
        return [], []
    with_minutes = [c for c in codes.values() if c in facts.session.minutes_by_code]
    first, again = evaluated(kinds, reading)
    if first + again < 0.5 and not with_minutes:
        return [], []
    minutes = next((facts.session.minutes_by_code[c] for c in with_minutes), None)
    if again > first or codes["again"] in with_minutes:
        code = codes["again"]
        return [Line(code, 1, f"A re-evaluation is told: {code}.", minutes)], []
    level, stated = complexity(reading.prose.low, discipline, facts, codes)
    code = codes[level]
    why = f"An initial evaluation of {level} complexity is told; it is not counted by time: {code}."
    unclear = []
    if not stated:
        unclear.append(
            "The note does not say of which complexity the evaluation was; "
            f"what it tells bears {level}: {code}."
        )
    return [Line(code, 1, why, minutes)], unclear


def evaluated(kinds: Kinds, reading: Reading) -> tuple[float, float]:
    """How likely the visit had an initial evaluation, and a re-evaluation."""
    everything = kinds.of(*BESIDE_EACH_OTHER) or 1.0
    first, again = kinds.of("evaluation") / everything, kinds.of("reevaluation") / everything
    if reading.has("evaluation_rehab") and _LEVEL_TOLD.search(reading.prose.low):
        first = max(first, 0.8)
    if reading.has("reevaluation") and kinds.ruled.get("reevaluation", 0.0) > NAMED_AGAIN:
        either = max(first + again, 0.8)
        return 0.1 * either, 0.9 * either
    return first, again


_LEVEL_TOLD = re.compile(
    r"\beval(?:uation)?\b[^.;\n]{0,40}\b(?:low|moderate|high)[ -]complexity\b"
    r"|\b(?:low|moderate|mod|high)[ -]complexity (?:\w{1,12} )?eval"
)


@cache
def _levels() -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    data = load("codes")["levels"]
    return re.compile(data["stated"]), tuple(
        (level, re.compile(expression)) for level, expression in data["shown"].items()
    )


def complexity(
    low: str, discipline: str | None, facts: NoteFacts, codes: Mapping[str, str]
) -> tuple[str, bool]:
    """The evaluation's level and whether the text states it.

    Unstated, it follows what the levels rest on (comorbidities, elements examined, stability),
    and is low where the text shows none of these.
    """
    del discipline
    told, features = _levels()
    stated = told.search(low)
    if stated:
        word = stated[1] or stated[2]
        return ("moderate" if word.startswith("mod") else word), True
    named = [level for level, code in codes.items() if code in facts.codes_stated]
    if len(named) == 1 and named[0] != "again":
        return named[0], True
    return next((level for level, shown in features if shown.search(low)), "low"), False


UNTOLD_LEVELS = {"low": 0.4, "moderate": 0.38, "high": 0.22}
"""How likely each level is where nothing in the text bears on it."""


def evaluation_levels(
    facts: NoteFacts, reading: Reading, codes: Mapping[str, str]
) -> dict[str, float]:
    """How likely an initial evaluation was of each level."""
    level, stated = complexity(reading.prose.low, reading.discipline, facts, codes)
    if stated:
        return {level: 1.0}
    return {name: 0.5 * share + 0.5 * (name == level) for name, share in UNTOLD_LEVELS.items()}


def named_timed(facts: NoteFacts) -> list[str]:
    """Timed codes that the text names, by their activity or themselves, in its order."""
    pool = timed_codes()
    named = [a.code for a in facts.activities if a.code in pool]
    named += [c for c in facts.codes_stated if c in pool]
    return [c for c in dict.fromkeys(named) if c is not None]


def timed_minutes(
    facts: NoteFacts, reading: Reading, *, only: bool
) -> tuple[dict[str, int], list[str]]:
    """Minutes by timed code as the note tells them, and what is unclear.

    only: whether nothing but timed services was given, so that the session's minutes are theirs.
    """
    pool = timed_codes()
    session = facts.session
    found = {c: m for c, m in session.minutes_by_code.items() if c in pool and m > 0}
    if found:
        stated = session.timed_minutes
        if stated is not None and stated != sum(found.values()):
            return found, [
                f"The lines add up to {sum(found.values())} timed minutes, the stated total is "
                f"{stated}; the lower of the two is supported."
            ]
        return found, []
    codes = named_timed(facts)
    total = session.timed_minutes
    if total is None and only and len(codes) == 1:
        total = session.minutes if session.minutes is not None else only_duration(reading)
    if total is None or not codes:
        return {}, []
    if len(codes) == 1:
        return {codes[0]: total}, []
    share, left = divmod(total, len(codes))
    split = {code: share + (place < left) for place, code in enumerate(codes)}
    return split, [
        f"{total} timed minutes are told in one sum; they are shared evenly among "
        f"{', '.join(codes)}, as the note does not tell them apart."
    ]


def timed_lines(
    facts: NoteFacts, note: Note | None, minutes: Mapping[str, int], rule: UnitRule
) -> tuple[list[Line], list[str]]:
    """Units of timed codes under the payer's rule, an assistant's apart from a therapist's."""
    on = note.date_of_service if note else None
    told = _within_stated_total(facts, minutes) if rule == "cms_8_minute" else dict(minutes)
    units = units_for_all(told, rule, on)
    pooled = rule == "cms_8_minute" and len(told) > 1
    total = sum(told.values())
    beside = " beside the other timed minutes" if pooled else ""
    refused = [
        f"{code}: {spent} minutes earn no unit under {RULE_NAME[rule]}{beside}."
        for code, spent in told.items()
        if code not in units
    ]
    spent_on = {**told, **_further(told)}
    order = sorted(units, key=lambda code: _precedence(code, units, told))
    lines: list[Line] = []
    for code in order:
        count, spent = units[code], spent_on.get(code, 0)
        of_all = f"{spent} minutes of {total} timed ones" if pooled else f"{spent} minutes"
        why = f"{of_all}: {count} x {code} by {RULE_NAME[rule]}."
        split = _by_assistant(facts, note, code, count, spent)
        if split.without:
            lines.append(Line(code, split.without, why, spent))
        if split.with_modifier:
            lines.append(Line(code, split.with_modifier, why, spent, assistant=True))
    for code, stated in stated_units(facts).items():
        if code in spent_on and stated > units.get(code, 0):
            refused.append(
                f"{code} x {stated} is named; {spent_on[code]} minutes support "
                f"{units.get(code, 0)}."
            )
    return lines, refused


def _precedence(
    code: str, units: Mapping[str, int], told: Mapping[str, int]
) -> tuple[int, int, bool]:
    """Most units first, then the order in which units are earned: whole 15s as documented, then
    the largest remainders. Cognition's two codes stand together."""
    if code in COGNITION:
        return (
            -sum(units.get(k, 0) for k in COGNITION),
            -min(sum(told.get(k, 0) for k in COGNITION), UNIT),
            code != COGNITION[0],
        )
    return -units[code], -min(told[code], UNIT), False


def _further(told: Mapping[str, int]) -> dict[str, int]:
    """Cognition's minutes between its first code (15) and the one for what goes beyond."""
    if not set(told) & set(COGNITION):
        return {}
    total = sum(told.get(code, 0) for code in COGNITION)
    return {COGNITION[0]: min(total, 15), COGNITION[1]: max(total - 15, 0)}


def _within_stated_total(facts: NoteFacts, minutes: Mapping[str, int]) -> dict[str, int]:
    """Minutes by code, brought down to the total of timed minutes where that is the lower."""
    told = dict(minutes)
    stated = facts.session.timed_minutes
    excess = sum(told.values()) - stated if stated else 0
    if excess > 0:
        longest = max(told, key=lambda code: told[code])
        told[longest] = max(0, told[longest] - excess)
    return told


def _by_assistant(
    facts: NoteFacts, note: Note | None, code: str, units: int, spent: int
) -> AssistantSplit:
    """Units of a code apart by who furnished them."""
    shared = facts.session.assistant_minutes_by_code
    if shared:
        helped = min(shared.get(code, 0), spent)
        return (
            assistant_split(units, spent - helped, helped) if helped else AssistantSplit(units, 0)
        )
    alone = credential_role(credentials_of(facts, note)) in ("pt_assistant", "ot_assistant")
    return AssistantSplit(0, units) if alone else AssistantSplit(units, 0)


def stated_units(facts: NoteFacts) -> dict[str, int]:
    """Units that the text itself claims, by code."""
    return {
        a.code: a.units_stated
        for a in facts.activities
        # "97110 15 min": the number after a code may be its minutes.
        if a.code and a.units_stated and a.units_stated not in (a.minutes, _minutes(facts, a.code))
    }


def _minutes(facts: NoteFacts, code: str) -> int | None:
    return facts.session.minutes_by_code.get(code)


@cache
def _uncharged() -> re.Pattern[str]:
    return re.compile(load("codes")["uncharged"])


def modalities(facts: NoteFacts, note: Note | None, reading: Reading, *, alone: bool) -> list[Line]:
    """Supervised modalities that were given with minutes or under their code, once a day each."""
    if reading.discipline not in ("PT", "OT"):
        return []
    medicare = note is not None and note.payer_type in ("medicare", "medicare_advantage")
    instead = load("codes")["instead_for_medicare"]
    bundled = load("codes")["named_only"]
    lines: dict[str, Line] = {}
    low = reading.prose.low
    for seen in reading.sightings:
        if not seen.group.startswith(MODALITY):
            continue
        usual = seen.group.removeprefix(MODALITY)
        code = instead.get(usual, usual) if medicare else usual
        if not code or (usual in bundled and usual not in facts.codes_stated):
            continue
        sentence = reading.prose.sentence(seen.start)
        if sentence.section == "subjective":
            continue
        start, end = max(sentence.start, seen.start - 30), min(sentence.end, seen.end + 60)
        if _uncharged().search(low, start, end):
            continue
        told = usual in facts.codes_stated or code in facts.codes_stated
        if (told and not alone) or any(durations(low, start, end)):
            why = f"{low[seen.start : seen.end]} is told; it is counted once a day: {code}."
            lines.setdefault(code, Line(code, 1, why))
    return list(lines.values())
