"""How the schema came to be, one revision after the other."""

from pathlib import Path

import sqlalchemy as sa

from keyreeve.storage.errors import StartRefused

HEAD = "0004"
REVISIONS = ("0001", "0002", "0003", "0004")

_version = sa.table("alembic_version", sa.column("version_num", sa.String))


def current(connection: sa.Connection) -> str | None:
    """Return the revision of the schema; None for an empty database."""
    if not sa.inspect(connection).has_table(_version.name):
        return None
    return connection.execute(sa.select(_version.c.version_num)).scalar_one_or_none()


def check_known(connection: sa.Connection, database: str) -> None:
    """Accept a schema that this Keyreeve knows.

    Raises:
        StartRefused: it is no schema of ours, or a newer Keyreeve wrote it.
    """
    revision = current(connection)
    if revision is None:
        raise StartRefused(database, "it holds no installation")
    if revision not in REVISIONS:
        raise StartRefused(database, f"its schema {revision} is of a newer Keyreeve")


def upgrade(connection: sa.Connection) -> None:
    """Bring the schema up to date, within the transaction of this connection."""
    if current(connection) == HEAD:
        return
    # Only here, and not at every start of a command: it costs a third of one.
    from alembic import command, config  # noqa: PLC0415

    settings = config.Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, HEAD)
