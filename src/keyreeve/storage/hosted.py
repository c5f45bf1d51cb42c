"""Opening an installation on PostgreSQL: several hosts may share it."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import exc

from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage import (
    engines,
    files,
    first_start,
    installation,
    master_key,
    migrations,
    opened,
)
from keyreeve.storage.engines import Engines
from keyreeve.storage.errors import StartRefused
from keyreeve.storage.installation import Row
from keyreeve.storage.master_key import Ring
from keyreeve.storage.opened import Opened

# "keyreeve" as a number: one process at a time upgrades.
_NUMBER = int.from_bytes(b"keyreeve", signed=True)
_LOCK = sa.text(f"SELECT pg_advisory_lock({_NUMBER})")
_UNLOCK = sa.text(f"SELECT pg_advisory_unlock({_NUMBER})")


def open(settings: Settings, edge: Edge, *, upgrade: bool) -> Opened:  # noqa: A001 - called as hosted.open
    """Open the installation in this database; only an upgrade changes its schema or makes one.

    The master key must be there, but for the upgrade of an empty database, which makes it, so
    that no other command is needed to begin.

    Raises:
        StartRefused: naming the database or the file that is missing, newer or wrong.
    """
    shown = settings.shown_url
    ways = engines.hosted(_url(settings))
    try:
        with _refusing(shown):
            if upgrade:
                with _alone(ways):
                    _upgrade(ways, settings, edge, shown)
            row = _read(ways, shown)
        ring = master_key.read(settings.master_key_file)
        installation.examine(
            row,
            ring,
            key_file=settings.master_key_file,
            realm=settings.realm,
            database=shown,
        )
    except BaseException:
        ways.dispose()
        raise
    return Opened(ways, row.installation, opened.secrets(row, ring, settings, edge), None)


def _url(settings: Settings) -> sa.URL:
    try:
        return sa.make_url(settings.database_url)
    except (exc.ArgumentError, ValueError):
        # The cause would show the text, and so the password.
        raise StartRefused("KEYREEVE_DATABASE_URL", "it is no URL of a database") from None


@contextmanager
def _refusing(shown: str) -> Iterator[None]:
    try:
        yield
    except exc.OperationalError as away:
        raise StartRefused(shown, f"the database cannot be used: {away.orig}") from away


@contextmanager
def _alone(ways: Engines) -> Iterator[None]:
    with ways.prompt.connect() as connection:
        connection.execute(_LOCK)
        try:
            yield
        finally:
            connection.execute(_UNLOCK)


def _upgrade(ways: Engines, settings: Settings, edge: Edge, shown: str) -> None:
    key_file = settings.master_key_file
    with ways.writer.begin() as connection:
        empty = migrations.current(connection) is None
        if empty:
            _begin(connection, settings, edge)
        else:
            _examine(connection, settings, shown)
            migrations.upgrade(connection)
    if empty and not key_file.exists():
        with files.refusing(key_file):
            files.publish(first_start.draft_of(key_file), key_file)
    first_start.tidy(key_file)


def _begin(connection: sa.Connection, settings: Settings, edge: Edge) -> None:
    migrations.upgrade(connection)
    installation.found(connection, edge, _first_ring(settings, edge), settings.realm)


def _first_ring(settings: Settings, edge: Edge) -> Ring:
    key_file = settings.master_key_file
    if key_file.exists():
        return master_key.read(key_file)
    draft = first_start.draft_of(key_file)
    with files.refusing(key_file):
        draft.unlink(missing_ok=True)
    return master_key.create(draft, edge.entropy)


def _examine(connection: sa.Connection, settings: Settings, shown: str) -> None:
    migrations.check_known(connection, shown)
    row = _required(connection, shown)
    key_file = settings.master_key_file
    if not key_file.exists():
        first_start.finish_key(key_file, lambda ring: installation.opens(row, ring), database=shown)
    ring = master_key.read(key_file)
    installation.examine(row, ring, key_file=key_file, realm=settings.realm, database=shown)


def _read(ways: Engines, shown: str) -> Row:
    with ways.reader.connect() as connection:
        if migrations.current(connection) is None:
            raise StartRefused(shown, "it holds no installation; run `keyreeve db upgrade`")
        migrations.check_known(connection, shown)
        if migrations.current(connection) != migrations.HEAD:
            raise StartRefused(shown, "its schema is older; run `keyreeve db upgrade`")
        return _required(connection, shown)


def _required(connection: sa.Connection, shown: str) -> Row:
    row = installation.read(connection)
    if row is None:
        raise StartRefused(shown, "it holds no installation")
    return row
