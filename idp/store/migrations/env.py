"""What Alembic runs for a command, on the connection and inside the transaction that `idp.store.migrate` opened."""

from alembic import context

from idp.store.metadata import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite alters a table by making it anew.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
