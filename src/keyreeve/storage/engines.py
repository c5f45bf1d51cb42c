"""Connections to the control database: how each engine must be spoken to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 30
READERS = 10
MORE_READERS = 50
"""Beyond these, threads wait: no more than threads that answer requests."""

# Older ones could lose a write that races a checkpoint (sqlite.org/wal.html, WAL-reset bug).
_SOUND_SINCE = (3, 51, 3)
_MENDED_BRANCHES = {(3, 50): 7, (3, 44): 6}


@dataclass(frozen=True, slots=True)
class Engines:
    """The ways into one database."""

    writer: sa.Engine
    reader: sa.Engine
    """Cannot write; each of its transactions sees one moment."""
    prompt: sa.Engine
    """Cannot write; each statement sees what is committed when it starts."""

    def dispose(self) -> None:
        """Close every connection."""
        self.writer.dispose()
        self.reader.dispose()


def embedded(file: Path) -> Engines:
    """Return the engines of a SQLite file. A process has one connection that writes."""
    url = sa.URL.create("sqlite", database=str(file))
    writer = _sqlite(url, pool_size=1, max_overflow=0)
    _begin_with(writer, "BEGIN IMMEDIATE")
    reader = _sqlite(url, pool_size=READERS, max_overflow=MORE_READERS)
    _begin_with(reader, "BEGIN")
    event.listen(reader, "connect", _only_query)
    return Engines(writer, reader, prompt=reader)


def hosted(url: sa.URL) -> Engines:
    """Return the engines of a PostgreSQL database."""
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=READERS,
        max_overflow=MORE_READERS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"application_name": "keyreeve"},
    )
    event.listen(engine, "connect", _wait_for_the_disk)
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    prompt = engine.execution_options(isolation_level="AUTOCOMMIT")
    return Engines(engine, reader, prompt)


def settle_journal(writer: sa.Engine) -> None:
    """Choose the journal: write-ahead where this SQLite is sound, rollback otherwise."""
    wanted = "WAL" if is_sound(sqlite.sqlite_version_info) else "DELETE"
    connection = writer.raw_connection()
    try:
        connection.cursor().execute(f"PRAGMA journal_mode={wanted}").fetchone()
    finally:
        connection.close()


def is_sound(version: tuple[int, int, int]) -> bool:
    """Tell whether this version of SQLite may write ahead."""
    mended = _MENDED_BRANCHES.get(version[:2])
    return version >= _SOUND_SINCE or (mended is not None and version[2] >= mended)


def _sqlite(url: sa.URL, *, pool_size: int, max_overflow: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        module=sqlite,
        pool_size=pool_size,
        max_overflow=max_overflow,
        hide_parameters=True,
        # Without an isolation level the driver leaves BEGIN to us.
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None},
    )
    event.listen(engine, "connect", _be_strict)
    return engine


def _begin_with(engine: sa.Engine, statement: str) -> None:
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(statement)

    event.listen(engine, "begin", begin)


def _be_strict(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    _run(connection, "PRAGMA foreign_keys=ON")
    _run(connection, "PRAGMA synchronous=FULL")
    _run(connection, "PRAGMA trusted_schema=OFF")


def _only_query(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    _run(connection, "PRAGMA query_only=ON")


def _wait_for_the_disk(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Have a commit mean that it stays, whatever the server's default; stronger ones are kept."""
    driver: Any = connection
    driver.autocommit = True
    weak = "current_setting('synchronous_commit') IN ('off', 'local')"
    _run(connection, f"SELECT set_config('synchronous_commit', 'on', false) WHERE {weak}")
    driver.autocommit = False


def _run(connection: DBAPIConnection, statement: str) -> None:
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()
