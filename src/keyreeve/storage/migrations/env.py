"""Run by Alembic: migrates within the transaction of the connection that it is handed."""

from alembic import context

from keyreeve.storage import sign_in_schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=sign_in_schema.sessions.metadata,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
