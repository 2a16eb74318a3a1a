"""The database opened: SQLite or PostgreSQL, its settings, its schema brought up to date."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from claims.problem import ClaimwrightError
from claims.store.schema import METADATA, VERSION_TABLE

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
"""How long a writer waits for another before it gives up."""
UPGRADE_LOCK = 7_041_776_020
"""Any number of ours: whoever brings the schema up to date holds it in PostgreSQL."""
WRITES = "claimwright_writes"


def database_url(url: str) -> URL:
    """The URL with the driver that is installed here.

    Raises ClaimwrightError for what is no URL of SQLite or PostgreSQL; the message holds no
    password.

    >>> database_url("postgres://elm@db/practice").drivername
    'postgresql+psycopg'
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ClaimwrightError(
            "the database's address is no SQLAlchemy URL; expected sqlite:///FILE or "
            "postgresql://USER@HOST/NAME"
        ) from None
    kind = parsed.drivername.split("+")[0]
    if kind in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if kind == "sqlite":
        return parsed
    raise ClaimwrightError("the database must be SQLite or PostgreSQL")


def open_engine(url: str) -> Engine:
    """An engine for `url`, its schema at the newest version.

    Raises ClaimwrightError where the database cannot be opened.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            _own_file(Path(parsed.database))
        engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
        _prepare_sqlite(engine)
    else:
        engine = create_engine(parsed, hide_parameters=True, pool_pre_ping=True)
    try:
        if _version(engine) != newest_version():
            upgrade(engine)
    except ClaimwrightError:
        engine.dispose()
        raise
    except DBAPIError as error:
        engine.dispose()
        # The driver's own words may hold the address with its password.
        raise ClaimwrightError(
            f"the database cannot be opened ({type(error.orig).__name__}): check its address, "
            "that it runs, and that this user may write there"
        ) from None
    return engine


def _own_file(path: Path) -> None:
    """Makes a new database's file, for its owner alone: patients' data goes in."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise ClaimwrightError(f"the database's file cannot be made: {error.strerror}") from None


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        # The driver would begin transactions on its own, and not before every statement.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -65536")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES)
        # A reader that becomes a writer may fail at once, whatever the timeout: so writers say
        # it from the start.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine, lock: int = UPGRADE_LOCK) -> Iterator[Connection]:
    """A transaction that writes, one at a time; kept whole at the end, or not at all."""
    with engine.connect() as connection:
        connection = connection.execution_options(**{WRITES: True})
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
            yield connection


def take_stock(engine: Engine) -> None:
    """Has the database count what its tables hold, by which it plans its queries.

    Where another writer is at work it is left for the next time.
    """
    with suppress(DBAPIError):
        _take_stock(engine)


def _take_stock(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 1000")
            connection.exec_driver_sql("PRAGMA optimize")
        return
    with engine.begin() as connection:
        names = inspect(connection).get_table_names()
        for name in sorted(set(names) & {table.name for table in METADATA.tables.values()}):
            connection.exec_driver_sql(f"ANALYZE {name}")


def newest_version() -> str:
    """The version of the schema that this release uses."""
    from claims.store.migrations import NEWEST

    return NEWEST


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608


def upgrade(engine: Engine, to: str = "head") -> None:
    """Brings the schema to a version, whatever it is now.

    Raises ClaimwrightError where the database was made by a newer release.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        except CommandError as error:
            raise ClaimwrightError(
                f"the database's schema cannot be brought up to date: {error}; was it made by a "
                "newer release?"
            ) from None
