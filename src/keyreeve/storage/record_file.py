"""One SQLite file of access records: how it comes to be, and how it is opened."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from pysqlite3 import dbapi2
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import NullPool, StaticPool

from keyreeve.storage import engines, files

BUSY_SECONDS = 5.0

UNFINISHED = ".unfinished"


def prepare(path: Path, metadata: sa.MetaData) -> None:
    """Make the file with its tables, readable by its owner alone, if it is not there.

    An older version may have made it this very day: what tables it lacks are added.

    It is made under another name and appears whole, so that nobody ever sees half of it. Nor is
    its name ever opened by other means than SQLite's: closing such a descriptor would drop the
    locks that this process holds on the file.
    """
    if path.exists():
        with disposing(writer(path)) as engine, engine.begin() as connection:
            metadata.create_all(connection)
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}-", suffix=UNFINISHED)
    os.close(descriptor)
    unfinished = Path(name)
    try:
        with disposing(writer(unfinished)) as engine, engine.begin() as connection:
            metadata.create_all(connection)
        with contextlib.suppress(FileExistsError):
            files.publish(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def writer(path: Path) -> sa.Engine:
    """Open the file to write, through one connection that stays."""
    return _engine(path, begin="BEGIN IMMEDIATE", poolclass=StaticPool)


def reader(path: Path) -> sa.Engine:
    """Open the file to read, through connections that close when they are let go.

    Raises:
        FileNotFoundError: there is none.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    return _engine(path, begin="BEGIN", poolclass=NullPool)


@contextlib.contextmanager
def disposing(engine: sa.Engine) -> Iterator[sa.Engine]:
    """Close the engine's connections at the end."""
    try:
        yield engine
    finally:
        engine.dispose()


def _engine(path: Path, *, begin: str, poolclass: type[sa.Pool]) -> sa.Engine:
    def connect() -> DBAPIConnection:
        return _connect(path)

    engine = sa.create_engine("sqlite://", module=dbapi2, creator=connect, poolclass=poolclass)

    @event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _connect(path: Path) -> DBAPIConnection:
    """Open the file if it is there.

    In WAL a commit does not wait for the disk: a loss of power may take the last records, never
    the health of the file.
    """
    try:
        connection: DBAPIConnection = dbapi2.connect(
            f"file:{quote(str(path))}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
    except dbapi2.OperationalError:
        if not path.exists():
            raise FileNotFoundError(path) from None
        raise
    journal = "WAL" if engines.is_sound(dbapi2.sqlite_version_info) else "DELETE"
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA journal_mode = {journal}")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
    return connection
