"""Alembic's entry: always on a connection that is handed in (see `migrations.migrate`)."""

from alembic import context

from voltyard.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters tables by copying them
    transaction_per_migration=False,
)
context.run_migrations()
