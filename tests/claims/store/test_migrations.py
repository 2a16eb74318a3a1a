from datetime import date
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, func, insert, inspect, select

from claims.problem import ClaimwrightError
from claims.store import Store
from claims.store.answered import CLAIM_MATCHES
from claims.store.engine import MIGRATIONS, database_url, newest_version, open_engine, upgrade
from claims.store.schema import VERSION_TABLE

METADATA = CLAIM_MATCHES.metadata
EXAMPLES: dict[type, Any] = {
    str: "x",
    int: 1,
    float: 1.0,
    bool: True,
    date: date(2026, 3, 2),
    bytes: b"x",
}


def revisions() -> list[str]:
    """Every version, the oldest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    walked = ScriptDirectory.from_config(config).walk_revisions()
    return [script.revision for script in walked][::-1]


def populate(engine) -> dict[str, int]:
    """Puts a row into every table that there is; returns how many rows each table has."""
    found = MetaData()
    found.reflect(engine)
    counts = {}
    with engine.begin() as connection:
        for table in found.sorted_tables:
            if table.name == VERSION_TABLE:
                continue
            row = {column.name: EXAMPLES[column.type.python_type] for column in table.columns}
            connection.execute(insert(table).values(row))
            counts[table.name] = connection.execute(
                select(func.count()).select_from(table)
            ).scalar()
    return counts


def test_the_newest_version_is_the_last_module():
    assert revisions()[-1] == newest_version()


@pytest.mark.parametrize("version", revisions())
def test_each_migration_runs_on_a_populated_store_of_the_version_before(empty_url, version):
    engine = create_engine(database_url(empty_url))
    before = revisions()[: revisions().index(version)]
    if before:
        upgrade(engine, before[-1])
    counts = populate(engine) if before else {}
    upgrade(engine, version)
    with engine.connect() as connection:
        for name, count in counts.items():
            if inspect(connection).has_table(name):
                table = MetaData()
                table.reflect(engine, only=[name])
                query = select(func.count()).select_from(table.tables[name])
                assert connection.execute(query).scalar() == count
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_describes(url):
    engine = open_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_a_store_of_a_newer_release_is_refused(empty_url, tmp_path):
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(ClaimwrightError, match="newer release"):
        Store.open(empty_url, "elm", tmp_path)


def test_every_table_and_column_says_what_it_is():
    for table in METADATA.sorted_tables:
        assert table.comment, table.name
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name}"


def test_the_practice_stands_first_in_every_key_and_index():
    for table in METADATA.sorted_tables:
        keys = [*table.indexes, *table.constraints]
        for key in keys:
            columns = list(getattr(key, "columns", []))
            assert not columns or columns[0].name == "practice_id", f"{table.name}: {key.name}"
