"""A throw-away PostgreSQL server: on a socket in a temporary folder, by an unprivileged user."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

USERS = ("postgres", "nobody")
"""Who may run it where we are root, which PostgreSQL refuses to be."""


class Server:
    """A running server, and new databases in it."""

    def __init__(self, folder: Path, user: str) -> None:
        self.folder = folder
        self.user = user
        self._numbers = count(1)

    def new_database(self) -> str:
        """The URL of an empty database."""
        import psycopg

        name = f"test{next(self._numbers)}"
        with psycopg.connect(
            host=str(self.folder), user=self.user, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://{self.user}@/{name}?host={self.folder}"


def _programs() -> Path | None:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    return found[-1].parent if found else None


def start() -> Iterator[Server]:
    """A server for as long as it is needed; skips the test that asks where there is none."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    user, prefix = pwd.getpwuid(os.getuid()).pw_name, []
    folder = Path(tempfile.mkdtemp(prefix="claimwright-postgres-"))
    if os.getuid() == 0:
        known = {one.pw_name for one in pwd.getpwall()}
        user = next(name for name in USERS if name in known)
        prefix = ["setpriv", f"--reuid={user}", "--clear-groups", "--"]
        shutil.chown(folder, user)
    data = str(folder / "data")
    try:
        subprocess.run(
            [*prefix, programs / "initdb", "-D", data, "-U", user, "-A", "trust", "-N"],
            check=True,
            capture_output=True,
        )
        options = f"-c listen_addresses= -k {folder} -c fsync=off -c full_page_writes=off"
        control = [*prefix, programs / "pg_ctl", "-D", data, "-w"]
        subprocess.run(
            [*control, "-l", f"{folder}/log", "-o", options, "start"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        yield Server(folder, user)
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
