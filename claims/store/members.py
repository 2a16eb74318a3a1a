"""Members found without their ids: a keyed hash, whose key never enters the database."""

import hmac
import os
import re
import secrets
from datetime import date
from functools import lru_cache
from pathlib import Path

from claims.claim import Claim
from claims.problem import ClaimwrightError

KEY_FILE = "member.key"
KEY_BYTES = 32
NOT_OF_AN_ID = re.compile(r"[^0-9A-Z]")


def key_at(home: Path) -> bytes:
    """The practice's member key, made on first use, readable by its owner alone.

    Raises ClaimwrightError where it cannot be read or written, or is no key of ours.
    """
    path = home / KEY_FILE
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise ClaimwrightError(
            f"the member key {KEY_FILE} in the home folder cannot be used: {error.strerror}"
        ) from None
    except ValueError:
        raise ClaimwrightError(
            f"{KEY_FILE} in the home folder is no member key; put the right one back from a backup"
        ) from None


def _make(path: Path) -> None:
    # Written apart and linked into place: two processes that begin at once get the same key.
    own = path.with_name(f"{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
    try:
        path.hardlink_to(own)
    except FileExistsError:
        pass
    finally:
        own.unlink()


class Members:
    """Keys for people of one practice: the same id gives the same key, and no way back."""

    def __init__(self, key: bytes, practice: str) -> None:
        secret = hmac.digest(key, f"practice {practice}".encode(), "sha256")

        @lru_cache(maxsize=200_000)
        def hashed(kind: str, value: str) -> str:
            return hmac.digest(secret, f"{kind} {value}".encode(), "sha256")[:16].hex()

        self._hashed = hashed

    @property
    def check(self) -> str:
        """Tells this key from another without giving it away."""
        return self._hashed("check", "")

    def member(self, member_id: str | None) -> str | None:
        """The key of a member id, however it was spaced or written; None where there is none."""
        plain = NOT_OF_AN_ID.sub("", (member_id or "").upper())
        return self._hashed("member", plain) if plain else None

    def reference(self, value: str | None) -> str | None:
        """The key of another number that may be a person's."""
        return self._hashed("reference", value) if value else None

    def of_claim(self, claim: Claim) -> tuple[str, str]:
        """The keys of a claim's member, and of who was treated under that member id.

        Without a member id, as after an accident, name and day of birth stand for it.
        """
        subscriber = claim.subscriber
        member = self.member(subscriber.member_id) or self._hashed(
            "name", _person(subscriber.last_name, subscriber.first_name, subscriber.birth_date)
        )
        patient = claim.patient
        if patient is None:
            return member, self._hashed("person", member)
        own = _person("", patient.first_name, patient.birth_date)
        return member, self._hashed("person", f"{member} {own}")


def _person(last: str, first: str, born: date | None) -> str:
    return "|".join((last.upper(), first.upper(), born.isoformat() if born else ""))
