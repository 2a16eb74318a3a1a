"""Bills of applied behaviour analysis."""

from claims.codes.units import units_by_midpoint
from claims.note import Note, NoteFacts
from models.coding_lines import Bill, Line, Refusal
from models.coding_reading import Reading, credential_role, credentials_of, load

BY_ANALYST_ONLY = frozenset({"97151", "97155", "97156", "97157", "97158"})


def adaptive_behavior(kind: str, facts: NoteFacts, note: Note | None, reading: Reading) -> Bill:
    """Units of 15 minutes of the service that the note describes, and of others told apart."""
    by_code = facts.session.minutes_by_code
    code = load("codes")["kinds"][kind][0]
    several = reading.has("aba_two_technicians") or "0362T" in facts.codes_stated
    if kind == "aba_supporting_assessment" and several:
        code = "0362T"
    here = not facts.session.participants or "client" in facts.session.participants
    if code == "97155" and not here:
        text = (
            "97155 needs the client in the session; supervising or training a technician "
            "without the client supports no code."
        )
        return Bill(refusal=Refusal("not_skilled", text))
    technician = credential_role(credentials_of(facts, note)) == "technician"
    minutes = {code: by_code[code]} if code in by_code else {}
    whole = facts.session.minutes
    # Minutes told of each service, which together are no more than the visit, are services apart.
    told_apart = code in by_code and (whole is None or sum(by_code.values()) <= whole)
    others = {
        c: m
        for c, m in by_code.items()
        if c != code
        and (c in facts.codes_stated or told_apart)
        and not (technician and c in BY_ANALYST_ONLY)
    }
    if not minutes and facts.session.minutes is not None:
        minutes = {code: facts.session.minutes - sum(others.values())}
    if not minutes and len(by_code) == 1:
        minutes = {code: next(iter(by_code.values()))}
    minutes = {c: m for c, m in {**minutes, **others}.items() if m > 0}
    if not minutes:
        text = (
            "The note does not say how long the session took, and adaptive behavior services "
            "are counted in 15 minutes; add start and stop."
        )
        return Bill(refusal=Refusal("time_missing", text))
    # Each of these codes is counted for itself whatever the payer's rule for therapy is.
    units = units_by_midpoint(minutes)
    if not units:
        text = f"{sum(minutes.values())} minutes are told; a unit needs 8."
        return Bill(refusal=Refusal("too_short", text))
    label = load("codes")["labels"][kind]
    lines, refused = [], []
    for one, count in units.items():
        spent = minutes[one]
        what = f"{spent} minutes of {label}" if one == code else f"{spent} minutes told apart"
        lines.append(Line(one, count, f"{what}: {count} x {one}.", spent))
    for activity in facts.activities:
        stated = activity.units_stated
        if stated and activity.code == code and stated > units.get(code, 0):
            refused.append(
                f"{code} x {stated} is named; {minutes[code]} minutes support {units[code]}."
            )
    return Bill(tuple(lines), refused=tuple(refused))
