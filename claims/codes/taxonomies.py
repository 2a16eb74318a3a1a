"""Provider taxonomies and credentials: what they tell of discipline and standing.

Taxonomy codes: NUCC Health Care Provider Taxonomy code set, the codes of people who give therapy.
Credentials: as they stand after names; which of them bill for themselves is each payer's rule,
`role` says only whether their bearers practise on their own licence.
"""

import csv
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, cast

from claims.note import Discipline

Role = Literal["independent", "prescriber", "assistant", "technician", "trainee"]
TABLES = Path(__file__).parent / "tables"


class Standing(NamedTuple):
    """Who may do what, as far as a credential or taxonomy tells it."""

    credential: str
    discipline: Discipline | None
    """None where it tells none, as for a physician."""
    role: Role


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _standing(row: dict[str, str]) -> Standing:
    discipline = cast(Discipline, row["discipline"]) if row["discipline"] else None
    return Standing(row["credential"], discipline, cast(Role, row["role"]))


@lru_cache(maxsize=4096)
def credential_key(credential: str) -> str:
    """A credential without its marks: how two ways of writing one are told to be the same.

    >>> credential_key("Ph.D."), credential_key("OTR/L"), credential_key("PMHNP-BC")
    ('PHD', 'OTRL', 'PMHNPBC')
    """
    return "".join(c for c in credential.upper() if c.isalnum())


@cache
def _taxonomies() -> dict[str, Standing]:
    return {row["taxonomy"]: _standing(row) for row in _rows("taxonomies.csv")}


@cache
def _credentials() -> dict[str, Standing]:
    return {credential_key(row["credential"]): _standing(row) for row in _rows("credentials.csv")}


def by_taxonomy(code: str | None) -> Standing | None:
    """What a taxonomy code tells; None for one that is not in the table.

    >>> by_taxonomy("225200000X")
    Standing(credential='PTA', discipline='PT', role='assistant')
    """
    return _taxonomies().get(code.upper()) if code else None


@cache
def by_credential(credential: str | None) -> Standing | None:
    """What a credential tells, however it is punctuated; None for one that is not in the table.

    Of several in one text, such as `MS, OTR/L`, the first that is in the table counts.

    >>> by_credential("Ph.D."), by_credential("MS, OTR/L").credential
    (Standing(credential='PhD', discipline='MH', role='independent'), 'OTR/L')
    """
    if not credential:
        return None
    whole = _credentials().get(credential_key(credential))
    if whole:
        return whole
    for part in credential.replace(",", " ").replace(";", " ").split():
        found = _credentials().get(credential_key(part))
        if found:
            return found
    return None
