"""What `keyreeve db check` looks at."""

import stat
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from keyreeve.settings import Settings
from keyreeve.storage import files, installation, master_key, migrations
from keyreeve.storage.errors import StartRefused
from keyreeve.storage.opened import Opened

_SIDES = ("", "-wal", "-shm", "-journal")


def findings(opened: Opened, settings: Settings) -> tuple[str, ...]:
    """Return what is wrong with an installation, one sentence each."""
    with opened.engines.reader.connect() as connection:
        return (
            *_integrity(connection),
            *_schema(connection),
            *_key(connection, settings),
            *_epoch(connection, opened),
            *_modes(settings),
        )


def _integrity(connection: sa.Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return
    for (told,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if told != "ok":
            yield f"The database is damaged: {told}."
    for table, row_id, *_ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"The database is damaged: row {row_id} of {table} refers to nothing."


def _schema(connection: sa.Connection) -> Iterator[str]:
    revision = migrations.current(connection)
    if revision != migrations.HEAD:
        yield f"The schema is {revision}, not {migrations.HEAD}."


def _key(connection: sa.Connection, settings: Settings) -> Iterator[str]:
    row = installation.read(connection)
    if row is None:
        yield "The database holds no installation."
        return
    try:
        ring = master_key.read(settings.master_key_file)
    except StartRefused as refused:
        yield str(refused)
        return
    if not installation.opens(row, ring):
        yield f"{settings.master_key_file} is not the master key of this database."


def _epoch(connection: sa.Connection, opened: Opened) -> Iterator[str]:
    row = installation.read(connection)
    if row is None or opened.epoch_file is None:
        return
    if row.epoch_generation != opened.epoch_file.generation:
        yield f"{opened.epoch_file.path} was replaced while in use; restart every process."
    # C is read after the epoch, and only ever grows: no writer can make this look wrong.
    shared = opened.epoch_file.read()
    if shared < row.epoch:
        yield f"{opened.epoch_file.path} says {shared}, the database is at {row.epoch}."


def _modes(settings: Settings) -> Iterator[str]:
    if settings.database_file is None:
        return
    file = settings.database_file.resolve()
    for path in (file.with_name(file.name + side) for side in _SIDES):
        if path.exists() and _is_open_to_others(path):
            yield f"{path} can be read by others; set its mode to 0600."


def _is_open_to_others(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) & ~files.PRIVATE != 0
