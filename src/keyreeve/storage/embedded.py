"""Opening an embedded installation: a SQLite file, its master key and its epoch file."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import exc

from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage import (
    engines,
    epoch,
    files,
    first_start,
    installation,
    master_key,
    migrations,
    opened,
)
from keyreeve.storage.engines import Engines
from keyreeve.storage.epoch import EpochFile, Stamp
from keyreeve.storage.errors import StartRefused
from keyreeve.storage.installation import Row
from keyreeve.storage.master_key import Ring
from keyreeve.storage.opened import Opened
from keyreeve.storage.presence import Presence

EPOCH_FILE = "keyreeve.epoch"


def open(settings: Settings, edge: Edge, file: Path) -> Opened:  # noqa: A001 - called as embedded.open
    """Open the installation in this file; make it if database and master key are both missing.

    Raises:
        StartRefused: naming the file that is missing, read-only, newer or wrong.
    """
    file = file.resolve()
    with files.gate(file.parent):
        epoch.check_place(settings.data_dir / EPOCH_FILE)
        first_start.ensure(file, settings, edge)
        ring = master_key.read(settings.master_key_file)
        _make_private(file)
        ways = engines.embedded(file)
        try:
            row = _prepare(ways, file, ring, settings)
            shared = _join(ways, row, file, settings=settings, edge=edge)
            presence = Presence(file, shared)
        except BaseException:
            ways.dispose()
            raise
    keys = opened.secrets(row, ring, settings, edge)
    return Opened(ways, row.installation, keys, shared, presence)


def _make_private(file: Path) -> None:
    with files.refusing(file):
        if not os.access(file, os.R_OK | os.W_OK) or not os.access(file.parent, os.W_OK):
            raise StartRefused(file, "the database, or its folder, cannot be written")
        if stat.S_IMODE(file.stat().st_mode) != files.PRIVATE:
            file.chmod(files.PRIVATE)


def _prepare(ways: Engines, file: Path, ring: Ring, settings: Settings) -> Row:
    with _refusing(file):
        with ways.reader.connect() as connection:
            migrations.check_known(connection, str(file))
            row = installation.read(connection)
        if row is None:
            raise StartRefused(file, "it holds no installation")
        installation.examine(
            row,
            ring,
            key_file=settings.master_key_file,
            realm=settings.realm,
            database=str(file),
        )
        engines.settle_journal(ways.writer)
        with ways.writer.begin() as connection:
            migrations.upgrade(connection)
    return row


@contextmanager
def _refusing(file: Path) -> Iterator[None]:
    try:
        yield
    except exc.DatabaseError as broken:
        raise StartRefused(file, f"this is no sound database: {broken.orig}") from broken


def _join(ways: Engines, row: Row, file: Path, *, settings: Settings, edge: Edge) -> EpochFile:
    """Share the epoch file that all processes of this installation share."""
    path = settings.data_dir.resolve() / EPOCH_FILE
    stamp = epoch.stamp(row.installation.id, file)
    _check_other_folder(path, row, stamp)
    with ways.reader.connect() as connection:
        current = installation.read(connection) or row
    shared = epoch.join(path, stamp, committed=current.epoch, entropy=edge.entropy)
    if shared.generation != row.epoch_generation or str(path) != row.epoch_file:
        with ways.writer.begin() as connection:
            installation.name_epoch_file(connection, path, shared.generation)
    return shared


def _check_other_folder(path: Path, row: Row, stamp: Stamp) -> None:
    """Refuse a second epoch file: two halves of an installation would not hear of each other.

    Raises:
        StartRefused: live processes share another one.
    """
    if row.epoch_file is None or row.epoch_generation is None:
        return
    shared = replace(stamp, generation=row.epoch_generation)
    other = Path(row.epoch_file)
    epoch.recall(other, row.installation.id)
    # A copy of the database has another inode, and goes its own way.
    if epoch.peek(path) != shared and epoch.peek(other) == shared and epoch.is_alive(other):
        raise StartRefused(
            path, f"running processes share {other}; set KEYREEVE_DATA_DIR to its folder"
        )
