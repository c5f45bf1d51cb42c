"""Copying the control database while it is in use."""

import os
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as sqlite

from keyreeve.storage import files
from keyreeve.storage.engines import Engines
from keyreeve.storage.errors import BackupRefused


def write(engines: Engines, target: Path) -> None:
    """Write a copy of a SQLite database as of one moment, for its owner's eyes only.

    The master key is not in it: keep both, apart from each other.

    Raises:
        BackupRefused: on PostgreSQL, where a file exists already, or where it cannot be written.
    """
    if engines.reader.dialect.name != "sqlite":
        raise BackupRefused(str(target), "on PostgreSQL, back up with pg_dump or base backups")
    draft = target.with_name(f"{target.name}.{os.getpid()}.new")
    if target.exists():
        raise BackupRefused(str(target), "the file exists already")
    try:
        files.create(draft)
        _copy(engines, draft)
        files.publish(draft, target)
    except OSError as refused:
        raise BackupRefused(str(target), refused.strerror or "cannot be written") from refused
    except sqlite.DatabaseError as refused:
        raise BackupRefused(str(target), str(refused)) from refused
    finally:
        draft.unlink(missing_ok=True)


def _copy(engines: Engines, draft: Path) -> None:
    # A connection of its own: this statement stands in no transaction, and readers may not write.
    source = engines.reader.url.database
    with closing(sqlite.connect(source, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(draft),))
    handle = os.open(draft, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
