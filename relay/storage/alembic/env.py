"""Alembic's entry: runs the revisions on the connection that `migrate` opened."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=None, render_as_batch=True, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
