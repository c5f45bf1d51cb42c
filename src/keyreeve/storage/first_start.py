"""The first start: database and master key come to be together, or not at all.

Both are finished under names of their own first: `FILE.new`. Then the database gets its name,
then the master key. A crash before leaves two drafts that the next first start throws away; a crash
between leaves a database whose key is the draft beside it, which the next start recognises by the
check value and gives its name.
"""

from collections.abc import Callable
from pathlib import Path

from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage import engines, files, installation, master_key, migrations
from keyreeve.storage.errors import StartRefused
from keyreeve.storage.master_key import Ring

_SIDES = ("", "-journal", "-wal", "-shm")
_HELD_BACK = ("-journal", "-wal")
"""Where SQLite keeps what it would write into whatever database it finds beside it."""


def ensure(file: Path, settings: Settings, edge: Edge) -> None:
    """Make the installation if both halves are missing; finish what a crash interrupted.

    Raises:
        StartRefused: one half alone is missing, or a folder cannot be written.
    """
    key_file = settings.master_key_file
    if not file.exists() and not key_file.exists():
        _check_remains(file)
        _begin(file, settings, edge)
    elif not key_file.exists():
        finish_key(key_file, lambda ring: _opens(file, ring), database=str(file))
    elif not file.exists():
        raise StartRefused(file, f"the database is missing, its master key {key_file} is not")
    else:
        tidy(key_file)


def draft_of(path: Path) -> Path:
    """Return the name under which a file is finished before it gets its own."""
    return path.with_name(path.name + ".new")


def finish_key(key_file: Path, opens: Callable[[Ring], bool], *, database: str) -> None:
    """Give the draft of a master key its name, if it is the key of the database.

    Raises:
        StartRefused: there is no such draft, so the key is missing.
    """
    draft = draft_of(key_file)
    if not draft.exists() or not opens(master_key.read(draft)):
        raise StartRefused(key_file, f"the master key is missing; nothing else opens {database}")
    with files.refusing(key_file):
        files.publish(draft, key_file)


def tidy(key_file: Path) -> None:
    """Drop the second name that a crash left to the master key."""
    draft = draft_of(key_file)
    if draft.exists() and draft.samefile(key_file):
        draft.unlink()


def _check_remains(file: Path) -> None:
    """Make no database over what is left of another one: SQLite would mix the two."""
    for remains in (file.with_name(file.name + side) for side in _HELD_BACK):
        if remains.exists() and remains.stat().st_size:
            raise StartRefused(remains, f"it is left of another {file.name}; move it away")


def _begin(file: Path, settings: Settings, edge: Edge) -> None:
    draft, key_draft = draft_of(file), draft_of(settings.master_key_file)
    with files.refusing(file):
        for side in _SIDES:
            draft.with_name(draft.name + side).unlink(missing_ok=True)
        files.create(draft)
    with files.refusing(settings.master_key_file):
        key_draft.unlink(missing_ok=True)
    ring = master_key.create(key_draft, edge.entropy)
    _fill(draft, ring, settings, edge)
    with files.refusing(file):
        draft.rename(file)
        files.sync_folder(file.parent)
    with files.refusing(settings.master_key_file):
        files.publish(key_draft, settings.master_key_file)


def _fill(draft: Path, ring: Ring, settings: Settings, edge: Edge) -> None:
    ways = engines.embedded(draft)
    try:
        with ways.writer.begin() as connection:
            migrations.upgrade(connection)
            installation.found(connection, edge, ring, settings.realm)
    finally:
        ways.dispose()


def _opens(file: Path, ring: Ring) -> bool:
    ways = engines.embedded(file)
    try:
        with ways.reader.connect() as connection:
            row = installation.read(connection)
    finally:
        ways.dispose()
    return row is not None and installation.opens(row, ring)
