"""Which service lines a policy rule speaks of."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from claims.codes.taxonomies import credential_key
from claims.note import Discipline
from claims.record import Record


def _listed(value: object) -> object:
    """One value may stand alone, and several in one text: `codes: 97110 97112` is a list."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _upper(value: object) -> object:
    values = _listed(value)
    if isinstance(values, list | tuple):
        return tuple(v.upper().strip() if isinstance(v, str) else v for v in values)
    return values


CODE = r"^[0-9A-Z]{5}$"
CodeOrRange = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{5}(-[0-9A-Z]{5})?$")]
DiagnosisPrefix = Annotated[
    str, StringConstraints(pattern=r"^[A-Z][0-9][0-9A-Z]{0,5}(-[A-Z][0-9][0-9A-Z]{0,5})?$")
]
TwoCharacters = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2}$")]
Codes = Annotated[tuple[CodeOrRange, ...], BeforeValidator(_upper)]
Modifiers = Annotated[tuple[TwoCharacters, ...], BeforeValidator(_upper)]
Places = Annotated[tuple[TwoCharacters, ...], BeforeValidator(_upper)]
Disciplines = Annotated[tuple[Discipline, ...], BeforeValidator(_upper)]
Words = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_listed)]


def _prefixes(value: object) -> object:
    values = _upper(value)
    if isinstance(values, tuple):
        return tuple(v.replace(".", "") if isinstance(v, str) else v for v in values)
    return values


Diagnoses = Annotated[tuple[DiagnosisPrefix, ...], BeforeValidator(_prefixes)]
"""ICD-10-CM codes, beginnings of codes (`F84`) or ranges of beginnings (`F10-F19`), dot or not."""


@lru_cache(maxsize=4096)
def in_codes(codes: tuple[str, ...], code: str) -> bool:
    """Whether a procedure code is among codes and inclusive ranges of codes.

    >>> in_codes(("97161-97164", "G0283"), "97162"), in_codes(("97161-97164",), "97165")
    (True, False)
    """
    for item in codes:
        first, _, last = item.partition("-")
        if code == first or (last and first <= code <= last and len(code) == len(first)):
            return True
    return False


@lru_cache(maxsize=65536)
def in_diagnoses(groups: tuple[str, ...], code: str) -> bool:
    """Whether a diagnosis code (without its dot) belongs to beginnings or ranges of beginnings.

    >>> in_diagnoses(("F84", "F10-F19"), "F1120"), in_diagnoses(("F84",), "F809")
    (True, False)
    """
    for group in groups:
        first, _, last = group.partition("-")
        if code.startswith(first) or (last and first <= code[: len(last)] <= last):
            return True
    return False


class Selector(Record):
    """What a rule is limited to; an empty selector means every line of the payer.

    Within one key any value will do; all keys given must hold. What is not known of a line
    (its place, its provider's credential) does not satisfy a key that asks for it.
    """

    codes: Codes = ()
    """Procedure codes and inclusive ranges: `97161-97164`."""
    except_codes: Codes = ()
    """Codes and ranges that the rule leaves out."""
    families: Words = ()
    """Families of `procedures.csv`: psychotherapy, therapy_evaluation, aba, …"""
    therapy: bool | None = None
    """true: the codes that Medicare always holds to be therapy; false: the others."""
    disciplines: Disciplines = ()
    """Of the line; where it is not known, the rule must name all that may bill the code."""
    plans: Words = ()
    """Plans of the payer, by the names that the file's head gives them."""
    modifiers: Modifiers = ()
    """The line has at least one of these."""
    without_modifiers: Modifiers = ()
    """The line has none of these."""
    places: Places = ()
    """The line's place of service is one of these."""
    diagnoses: Diagnoses = ()
    """The line's first diagnosis."""
    credentials: Words = ()
    """The rendering provider's credential; marks do not count: `Ph.D.` is `PHD`."""

    @property
    def narrowness(self) -> tuple[int, int]:
        """How special the rule is: codes before families before disciplines; then keys given.

        >>> Selector(codes="97110").narrowness > Selector(disciplines="PT").narrowness
        True
        """
        level = 3 if self.codes else 2 if self.families else 1 if self.disciplines else 0
        return level, sum(1 for value in dict(self).values() if value not in ((), None))

    @property
    def is_static(self) -> bool:
        """Whether code and discipline alone decide (plans are settled before)."""
        return not (
            self.modifiers
            or self.without_modifiers
            or self.places
            or self.diagnoses
            or self.credentials
        )

    def takes_code(
        self, code: str, family: str, always_therapy: bool, disciplines: Iterable[str]
    ) -> bool:
        """Whether a procedure of that family belongs, done by any of these disciplines.

        disciplines: the line's own; where it is not known, all that the code may be billed by,
        each of which the rule must name.
        """
        if self.codes and not in_codes(self.codes, code):
            return False
        if self.except_codes and in_codes(self.except_codes, code):
            return False
        if self.families and family not in self.families:
            return False
        if self.therapy is not None and self.therapy != always_therapy:
            return False
        if self.disciplines:
            own = tuple(disciplines)
            return bool(own) and all(discipline in self.disciplines for discipline in own)
        return True

    def takes_line(
        self,
        modifiers: Iterable[str],
        place: str | None,
        diagnosis: str | None,
        credential: str | None,
    ) -> bool:
        """Whether the rest of the line belongs."""
        if self.modifiers and not any(m in self.modifiers for m in modifiers):
            return False
        if self.without_modifiers and any(m in self.without_modifiers for m in modifiers):
            return False
        if self.places and place not in self.places:
            return False
        if self.diagnoses and (diagnosis is None or not in_diagnoses(self.diagnoses, diagnosis)):
            return False
        if self.credentials:
            return credential is not None and credential_key(credential) in self._credential_keys
        return True

    @property
    def _credential_keys(self) -> frozenset[str]:
        return _keys(self.credentials)

    def as_text(self) -> str:
        """The selector in a few words, for ids and for `policies show`.

        >>> Selector(codes="97110 97112", disciplines="PT").as_text()
        'codes=97110,97112 disciplines=PT'
        """
        return " ".join(f"{key}={_word(value)}" for key, value in self if value not in ((), None))


@lru_cache(maxsize=1024)
def _keys(credentials: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(credential_key, credentials))


def _word(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value).lower()
