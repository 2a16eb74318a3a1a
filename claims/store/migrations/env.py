"""What Alembic runs before each migration: our connection, our version table."""

from alembic import context

from claims.store import answered
from claims.store.schema import VERSION_TABLE

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=answered.CLAIM_MATCHES.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
