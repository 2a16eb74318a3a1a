"""Typed values out of segments, and complaints about what is not as it should be.

A complaint names the segment, the element and what was expected; it never repeats the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from claims.claim import Adjustment, Modifier
from claims.problem import Problem, Severity
from claims.record import Record, locations, money, quantity
from claims.x12.segments import Segment, text

NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,9})?|\.\d{1,9})")
OTHER_SEPARATORS = re.compile(r"[>:<|\\^]")
"""What senders put between components when it is not what their ISA16 says."""
BLANKS = " \t\r\n\x00"
MOST_PARTIES = 10_000
MODEL = TypeVar("MODEL", bound=Record)


class Place(NamedTuple):
    """Where in which file a transaction stands."""

    file: str
    digest: str
    interchange: str
    """ISA13."""
    transaction: str
    """ST02."""


def element(segment: Segment, number: int) -> str:
    """The standard's element `number`, as people wrote it; empty where it was not sent.

    Surrounding blanks are left out: those of ASCII alone, for a byte that is a blank in Latin-1
    may be half of a letter in UTF-8.
    """
    elements = segment.elements
    if number >= len(elements):
        return ""
    value = elements[number]
    return value.strip() if value.isascii() else text(value.strip(BLANKS))


@lru_cache(maxsize=4096)
def parse_day(value: str) -> date | None:
    """A CCYYMMDD date, or None.

    >>> parse_day("20260302"), parse_day("20260230"), parse_day("260302")
    (datetime.date(2026, 3, 2), None, None)
    """
    if len(value) != 8 or not (value.isascii() and value.isdigit()):
        return None
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None


@lru_cache(maxsize=16_384)
def parse_amount(value: str) -> Decimal | str:
    """An amount in dollars, or what is wrong with it; empty where it is no number at all.

    >>> parse_amount("150"), parse_amount("1e5"), parse_amount("0.001")
    (Decimal('150.00'), '', 'expected an amount with at most two decimals')
    """
    if not NUMBER.fullmatch(value):
        return ""
    try:
        return money(value)
    except ValueError as error:
        return str(error)


@lru_cache(maxsize=16_384)
def plain_adjustment(group: str, carc: str, amount: str, units: str) -> Adjustment | None:
    """An adjustment of these words; None where something is wrong with one of them.

    The same few come again and again in a remittance.
    """
    money = parse_amount(amount)
    if not isinstance(money, Decimal) or (units and not NUMBER.fullmatch(units)):
        return None
    try:
        return Adjustment(group=group, carc=carc, amount=money, quantity=units or None)
    except ValidationError:
        return None


class Fields:
    """Reads the segments of one record and keeps what is wrong with them."""

    def __init__(self, place: Place, parties: dict[object, Record] | None = None) -> None:
        self.place = place
        self.parties: dict[object, Record] = {} if parties is None else parties
        """Records already read from the same words in the same transaction."""
        self.claim_id: str | None = None
        self.problems: list[Problem] = []
        self._told_of_separator = False

    @property
    def unreadable(self) -> bool:
        """Whether something was wrong that the record cannot do without."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def complain(
        self, segment: Segment, field: str, message: str, severity: Severity = Severity.ERROR
    ) -> None:
        """Notes what is wrong in one element (`field`: "02", "05-1"; empty: the whole segment)."""
        self.problems.append(
            Problem(
                file=self.place.file,
                severity=severity,
                message=message,
                segment=segment.number,
                segment_id=segment.id,
                field=f"{segment.id}{field}" if field else None,
                claim_id=self.claim_id,
            )
        )

    def warn(self, segment: Segment, field: str, message: str) -> None:
        """Notes what does not agree, though everything was read."""
        self.complain(segment, field, message, Severity.WARNING)

    def components(self, segment: Segment, number: int) -> list[str]:
        """The components of a composite element, in order; one empty where it was not sent.

        Where another separator than ISA16 announces was used, that one is taken, and said so.
        """
        value = element(segment, number)
        separator = segment.delimiters.component
        if separator in value:
            return value.split(separator)
        other = OTHER_SEPARATORS.search(value)
        if other is None:
            return [value]
        if not self._told_of_separator:
            self._told_of_separator = True
            self.warn(
                segment,
                f"{number:02}",
                "its parts are not separated as ISA16 says; read all the same",
            )
        return value.split(other.group())

    def required(self, segment: Segment, number: int, what: str) -> str:
        """An element that has to be there; complains, and returns "", where it is not."""
        value = element(segment, number)
        if not value:
            self.complain(segment, f"{number:02}", f"missing; expected {what}")
        return value

    def money(self, segment: Segment, number: int) -> Decimal:
        """An amount that has to be there; complains, and returns 0, where it is not one."""
        return self._amount(segment, number) or Decimal(0)

    def optional_money(self, segment: Segment, number: int) -> Decimal | None:
        """An amount, or None where none was sent; complains about what is no amount."""
        return self._amount(segment, number) if element(segment, number) else None

    def _amount(self, segment: Segment, number: int) -> Decimal | None:
        value = element(segment, number)
        expected = "expected an amount such as 150.00"
        if not value:
            self.complain(segment, f"{number:02}", f"missing; {expected}")
        else:
            found = parse_amount(value)
            if isinstance(found, Decimal):
                return found
            self.complain(segment, f"{number:02}", found or expected)
        return None

    def quantity(self, segment: Segment, number: int) -> Decimal | None:
        """A number of units, or None where none was sent; complains about what is no number."""
        value = element(segment, number)
        if not value:
            return None
        if NUMBER.fullmatch(value):
            try:
                return quantity(value)
            except ValueError as error:
                self.complain(segment, f"{number:02}", str(error))
                return None
        self.complain(segment, f"{number:02}", "expected a number such as 1 or 2.5")
        return None

    def days(self, segment: Segment, qualifier: int) -> tuple[date, date] | None:
        """A day (D8) or range of days (RD8), the qualifier at `qualifier`, the value after it."""
        number = qualifier + 1
        first, dash, last = element(segment, number).partition("-")
        begin = parse_day(first)
        end = parse_day(last) if dash else begin
        if begin is None or end is None or end < begin:
            self.complain(
                segment,
                f"{number:02}",
                "expected a day as CCYYMMDD, or a first and a last one as CCYYMMDD-CCYYMMDD",
            )
            return None
        return begin, end

    def day(self, segment: Segment, number: int) -> date | None:
        """A day as CCYYMMDD, or None where none was sent; complains about what is none."""
        value = element(segment, number)
        found = parse_day(value)
        if value and found is None:
            self.complain(segment, f"{number:02}", "expected a day as CCYYMMDD")
        return found

    def adjustments(self, segment: Segment) -> list[Adjustment]:
        """A CAS segment: its group, then up to six reasons with their amounts and quantities."""
        group = self.required(segment, 1, "a group code: CO, PR, OA, PI or CR")
        found = []
        for number in range(2, len(segment.elements), 3):
            carc = element(segment, number)
            sent = element(segment, number + 1)
            plain = plain_adjustment(group, carc, sent, element(segment, number + 2))
            if plain:
                found.append(plain)
                continue
            if not carc and not sent:
                continue
            if not carc:
                self.complain(segment, f"{number:02}", "missing; expected a reason code")
                continue
            adjustment = self.build(
                Adjustment,
                segment,
                {"group": "01", "carc": f"{number:02}", "amount": f"{number + 1:02}"},
                group=group or "?",
                carc=carc,
                amount=self.money(segment, number + 1),
                quantity=self.quantity(segment, number + 2),
            )
            if adjustment:
                found.append(adjustment)
        return found

    def once(
        self, model: type[MODEL], key: tuple[object, ...], read: Callable[[Fields], MODEL | None]
    ) -> MODEL | None:
        """What `read` makes of the words in `key`; read again only if there was a complaint."""
        found = self.parties.get((model, key))
        if isinstance(found, model):
            return found
        complaints = len(self.problems)
        made = read(self)
        if made is not None and len(self.problems) == complaints:
            if len(self.parties) > MOST_PARTIES:
                self.parties.clear()
            self.parties[model, key] = made
        return made

    def build(
        self, model: type[MODEL], segment: Segment, fields: Mapping[str, str], **values: Any
    ) -> MODEL | None:
        """A domain value, or None with a complaint at the element that each bad field came from."""
        try:
            return model(**values)
        except ValidationError as error:
            errors = error.errors(include_input=False, include_url=False, include_context=False)
            for one, where in zip(errors, locations(errors), strict=True):
                name = str(one["loc"][0]) if one["loc"] else ""
                place = fields.get(name, "")
                message = one["msg"] if place else f"{where}: {one['msg']}"
                self.complain(segment, place, message.removeprefix("Value error, "))
            return None


def procedure(parts: list[str]) -> tuple[str, tuple[Modifier, ...]]:
    """Code and modifiers of a medical procedure identifier (SV101, SVC01, SVC06, SVD03).

    >>> procedure(["HC", "97110", "GP", "", "59"])
    ('97110', ('GP', '59'))
    """
    code = parts[1].strip() if len(parts) > 1 else ""
    return code, tuple(part.strip() for part in parts[2:6] if part.strip())
