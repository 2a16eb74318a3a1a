"""Place of service: a known code, where this payer pays the service, in step with telehealth."""

from claims.codes.places import place as known_place
from claims.edits.edit import Found, by_rule, change, line_edit
from claims.edits.telehealth import by_note
from claims.edits.view import TELEHEALTH_MODIFIERS, TELEHEALTH_PLACES, LineView
from claims.finding import Fix
from claims.policies.rules import PlaceOfServiceRule, Telehealth

CMS = "CMS Place of Service Code Set"


def _set_place(line: LineView, to: str | None, basis: str, needs: str | None = None) -> Fix:
    """Another place: on the line where it has one of its own, else on the claim."""
    where = line.number if line.line.place_of_service else 0
    return change("set_place_of_service", where, line.place, to, basis, needs)


def _is_always_in_force(place: str) -> bool:
    found = known_place(place)
    return found is not None and found.first_day is None


@line_edit(
    "place_of_service.unknown",
    "coding",
    "error",
    CMS,
    only=lambda line: len(line.place) != 2 or not _is_always_in_force(line.place),
)
def unknown(line: LineView) -> Found | None:
    """The place of service is in no list, not in force on the day of service, or lacks its zero."""
    if known_place(line.place, line.on) is not None:
        if len(line.place) == 2:
            return None
        whole = line.place.zfill(2)
        return Found(
            f"Line {line.number}: place of service {line.place} is written with two digits, "
            f"{whole}.",
            _set_place(line, whole, "code_set"),
        )
    return Found(
        f"Line {line.number}: place of service {line.place} is not in force on {line.on}.",
        _set_place(line, None, "code_set", "where the client was seen"),
    )


@line_edit("place_of_service.not_paid", "non_covered", "error", "the payer's policy", "kind")
def not_paid(line: LineView) -> Found | None:
    """The payer's policy does not pay the service at this place."""
    rule = line.rule(PlaceOfServiceRule)
    if rule is None:
        return None
    if line.place not in rule.refused and (not rule.allowed or line.place in rule.allowed):
        return None
    return by_rule(
        rule,
        "error",
        f"Line {line.number}: the payer does not pay {line.code} at place of service {line.place}.",
        _set_place(line, None, "policy", "where the client was seen"),
    )


@line_edit(
    "place_of_service.telehealth",
    "coding",
    "error",
    "the payer's policy; CPT modifier 95",
    "telehealth",
)
def telehealth(line: LineView) -> Found | None:
    """Modifier or note say telehealth, and the place of service does not, or is not this payer's.

    02 is for a client elsewhere than at home, 10 for a client at home; a payer's policy may take
    only one of them, or another place.
    """
    marked = not TELEHEALTH_MODIFIERS.isdisjoint(line.modifiers)
    told = by_note(line)
    rule = line.rule(Telehealth)
    if not marked and line.place not in TELEHEALTH_PLACES and not told:
        return None
    accepted = rule.places if rule is not None and rule.places else ("02", "10")
    if line.place in accepted or (rule is not None and not rule.covered):
        return None
    fix = _set_place(line, *_right_place(line, accepted))
    wanted = " or ".join(accepted)
    how = "its modifier says" if marked else "its note tells of"
    if line.place in TELEHEALTH_PLACES:
        message = (
            f"Line {line.number}: this payer takes place of service {wanted} for telehealth, not "
            f"{line.place}."
        )
    else:
        message = (
            f"Line {line.number}: {how} telehealth, but the place of service is {line.place}; "
            f"{wanted} is expected."
        )
    certain = marked or line.place in TELEHEALTH_PLACES
    if rule is not None:
        return by_rule(rule, "error" if certain else "warning", message, fix)
    return Found(message, fix, "warning")


def _right_place(line: LineView, accepted: tuple[str, ...]) -> tuple[str | None, str, str | None]:
    """The place to set, what it rests on, and what a person must look up first."""
    note, facts = line.claim.note, line.claim.facts
    if note is not None and note.place_of_service in accepted:
        return note.place_of_service, "note", None
    where = facts.session.client_location if facts is not None else None
    if where is not None:
        home = "10" if where == "home" else "02"
        if home in accepted:
            return home, "note", None
    if len(accepted) == 1:
        return accepted[0], "policy", None
    return None, "policy", "where the client was: 10 at home, 02 elsewhere"


@line_edit("place_of_service.home", "coding", "info", CMS, "telehealth")
def home(line: LineView) -> Found | None:
    """By the note the client was at home, and the place of service says elsewhere, or not."""
    facts = line.claim.facts
    if facts is None or line.place not in TELEHEALTH_PLACES:
        return None
    where = facts.session.client_location
    rule = line.rule(Telehealth)
    accepted = rule.places if rule is not None else ("02", "10")
    right = "10" if where == "home" else "02"
    if where is None or line.place == right or right not in accepted:
        return None
    told = "at home" if right == "10" else "not at home"
    return Found(
        f"Line {line.number}: by the note the client was {told}; that is place of service {right}, "
        f"not {line.place}.",
        _set_place(line, right, "note"),
    )
