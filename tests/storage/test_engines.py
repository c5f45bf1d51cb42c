import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from keyreeve.settings import Settings
from keyreeve.storage import engines
from keyreeve.storage.database import Database


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_only_a_sound_version_writes_ahead(version: tuple[int, int, int], *, sound: bool) -> None:
    assert engines.is_sound(version) is sound


def pragma(connection: sa.Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_every_connection_to_sqlite_is_strict(tmp_path: Path) -> None:
    ways = engines.embedded(tmp_path / "some.db")
    engines.settle_journal(ways.writer)
    for way in (ways.writer, ways.reader):
        with way.connect() as connection:
            assert pragma(connection, "journal_mode") == "wal"
            assert pragma(connection, "foreign_keys") == 1
            assert pragma(connection, "synchronous") == 2
            assert pragma(connection, "busy_timeout") == 30_000
            assert pragma(connection, "trusted_schema") == 0
    ways.dispose()


def test_an_unsound_version_keeps_a_rollback_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = engines.embedded(tmp_path / "some.db")
    engines.settle_journal(ways.writer)
    monkeypatch.setattr(engines.sqlite, "sqlite_version_info", (3, 40, 1))
    engines.settle_journal(ways.writer)
    with ways.reader.connect() as connection:
        assert pragma(connection, "journal_mode") == "delete"
    ways.dispose()


def test_the_writer_takes_the_write_lock_at_once(tmp_path: Path) -> None:
    ways = engines.embedded(tmp_path / "some.db")
    other = engines.embedded(tmp_path / "some.db")
    engines.settle_journal(ways.writer)
    with ways.writer.begin(), other.writer.connect() as impatient:
        impatient.rollback()
        raw = impatient.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA busy_timeout=1")
        with pytest.raises(exc.OperationalError, match="locked"):
            impatient.begin()
    ways.dispose()
    other.dispose()


def test_the_reader_cannot_write(tmp_path: Path) -> None:
    ways = engines.embedded(tmp_path / "some.db")
    with ways.reader.connect() as connection, pytest.raises(exc.OperationalError, match="readonly"):
        connection.exec_driver_sql("CREATE TABLE t (x)")
    ways.dispose()


def test_a_write_that_fails_is_rolled_back_with_its_tables(tmp_path: Path) -> None:
    ways = engines.embedded(tmp_path / "some.db")
    with ways.writer.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        connection.rollback()
        assert not sa.inspect(connection).has_table("t")
    ways.dispose()


def test_what_sqlite_lays_beside_the_database_is_private_too(
    settings: Settings, database: Database
) -> None:
    if settings.database_file is None:
        return
    with database.transaction() as t:
        t.touch()
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in settings.data_dir.glob("keyreeve.db*")
    }
    assert modes == dict.fromkeys(("keyreeve.db", "keyreeve.db-shm", "keyreeve.db-wal"), 0o600)


def test_postgresql_confirms_a_commit_only_when_it_is_on_disk(
    settings: Settings, database: Database
) -> None:
    if settings.database_file is not None:
        return
    name = sa.make_url(settings.database_url).database
    with database.transaction() as t:
        t.connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    ways = engines.hosted(sa.make_url(settings.database_url))
    with ways.writer.connect() as connection:
        told = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
    ways.dispose()
    assert told == "on"


def test_no_error_repeats_what_was_written(database: Database) -> None:
    with pytest.raises(exc.DBAPIError) as failed, database.transaction() as t:
        t.connection.execute(sa.text("INSERT INTO nowhere VALUES (:x)"), {"x": "kr_secret"})
    assert "kr_secret" not in str(failed.value)
